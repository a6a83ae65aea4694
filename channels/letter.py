"""The HTML part of an email, made of the same words as its text part: one calm sheet, the same in every mail program.

The words are Markdown cut down to paragraphs, line breaks, lists and emphasis; HTML in them is shown, never obeyed,
and only addresses that stand there to be read become links. What follows a line `--` is the foot, in small print. The
styles are inlined and the layout is tables, because Outlook and Gmail know no better; there is no image, no remote file
and nothing that tells who opened it. It takes about a millisecond, so it is done when the mail leaves.
"""

from __future__ import annotations

import re
from functools import cache
from html import escape
from pathlib import Path
from string import Template

import css_inline
from markdown_it import MarkdownIt

_FOOT = re.compile(r"\n+--\n")
_ADDRESS = re.compile(r"https?://[^\s<>\"`\\]*[^\s<>\"`\\.,;:!?)\]}'*_]")
_AFTER_WORDS = re.compile(r"(?m)(?:(?<=^)|(?<=[.!?] ))([^\n.!?]{1,200}): (https?://[^\s<>\"`\\]+)$")
_GREETING = re.compile(r"[^\n]{1,60},\n+")
_PREVIEW_CHARACTERS = 120
_FILLER = "&#8199;&#847; " * 60
"""Blank characters after the preview, so that an inbox does not go on with the letterhead and the greeting."""


def preview(words: str) -> str:
    """Give what an inbox shows beside the subject: the first words after the greeting, without Markdown's signs."""
    letter = _FOOT.split(words, maxsplit=1)[0].strip()
    text = " ".join(re.sub(r"[*_`]|^[-+] ", "", _GREETING.sub("", letter, count=1), flags=re.MULTILINE).split())
    if len(text) <= _PREVIEW_CHARACTERS:
        return text
    return text[:_PREVIEW_CHARACTERS].rpartition(" ")[0] + "…"


def html(words: str, *, subject: str, letterhead: str) -> str:
    """Lay the words out on a sheet under the `letterhead`, with every style inlined and the inbox's preview hidden."""
    letter, *foot = _FOOT.split(words, maxsplit=1)
    page = _sheet().substitute(
        subject=escape(subject),
        preheader=escape(preview(words)),
        filler=_FILLER,
        letterhead=escape(letterhead),
        letter=_laid_out(letter),
        foot=f'<tr><td class="foot" dir="auto" align="left">{_laid_out(foot[0])}</td></tr>\n' if foot else "",
    )
    return _inliner().inline(page)


def _laid_out(words: str) -> str:
    return str(_markdown().render(_linked(words.strip())))


def _linked(words: str) -> str:
    """Write addresses as Markdown links: `Stop these emails: https://…` at a line's end is those words, linked."""
    kept: list[str] = []

    def keep(link: str) -> str:
        kept.append(link)
        return f"\ufff9{len(kept) - 1}\ufffb"

    def after_words(found: re.Match[str]) -> str:
        return keep(f"[{_plain(found[1])}](<{found[2]}>)")

    words = re.sub("[\ufff9-\ufffb]", "", words)
    words = _AFTER_WORDS.sub(after_words, words)
    words = re.sub(r"([\[\]])", r"\\\1", words)
    words = _ADDRESS.sub(lambda found: keep(f"<{found[0]}>"), words)
    return re.sub("\ufff9(\\d+)\ufffb", lambda found: kept[int(found[1])], words)


def _plain(words: str) -> str:
    return re.sub(r"([\[\]\\<>])", r"\\\1", words)


@cache
def _markdown() -> MarkdownIt:
    made = MarkdownIt("zero", {"html": False, "breaks": True, "xhtmlOut": False})
    made.enable(["list", "emphasis", "link", "autolink", "newline", "escape", "balance_pairs", "fragments_join"])
    return made


@cache
def _inliner() -> css_inline.CSSInliner:
    return css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


@cache
def _sheet() -> Template:
    return Template(Path(__file__).with_name("letter.html").read_text(encoding="utf-8"))
