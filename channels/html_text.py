"""The words of an HTML mail, and which of them the mail program marked as the quoted earlier message.

One pass, linear by construction: every tag is found once with `str.find`, and a search that failed is not repeated
(`html.parser` takes seconds on 20 KB of `<a <a <a`). The result is plain text for reading, never markup to show.
"""

from __future__ import annotations

import html
import re

_HIDDEN = {
    name: re.compile(f"</{name}", re.IGNORECASE | re.ASCII) for name in ("script", "style", "head", "title", "template")
}
_BREAKS = frozenset({"address", "article", "blockquote", "center", "div", "dl", "dd", "dt", "fieldset", "footer",
                     "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "ol", "p", "pre",
                     "section", "table", "td", "th", "tr", "ul"})  # fmt: skip
_NAME = re.compile(r"/?([a-zA-Z][a-zA-Z0-9]{0,19})")
# Gmail, Yahoo, Outlook on the web and desktop, Proton Mail, Zoho: from this element on, the rest is the old message.
_QUOTE_MARKS = ("gmail_quote", "yahoo_quoted", "divrplyfwdmsg", "appendonsend", "outlookmessageheader",
                "mail-editor-reference-message", "protonmail_quote", "zmail_extra")  # fmt: skip
_HUGE_REFERENCE = re.compile("&#[0-9]{8,};?")  # html.unescape raises on thousands of digits
_MAX_TEXT = 128 * 1024


def read(markup: str) -> tuple[str, str]:
    """Give (own words, quoted words) as plain text, one line per block; a `<blockquote>` keeps its `> ` marks.

    Scripts, styles and comments are left out, entities are decoded, an unfinished tag at the end is read as text.
    At most 128 Ki characters come out.
    """
    page = _Page()
    absent: set[str] = set()
    position = 0
    while position < len(markup) and page.size < _MAX_TEXT:
        opening = markup.find("<", position)
        if opening < 0:
            break
        page.write(markup[position:opening])
        if markup.startswith("<!--", opening):
            closing = markup.find("-->", opening + 4)
            position = len(markup) if closing < 0 else closing + 3
            continue
        if not markup[opening + 1 : opening + 2].isalpha() and markup[opening + 1 : opening + 2] not in {"/", "!", "?"}:
            page.write("<")  # a bare sign, as in "I <3 this place"
            position = opening + 1
            continue
        closing = markup.find(">", opening)
        if closing < 0:
            position = opening
            break
        tag = markup[opening + 1 : closing]
        position = closing + 1
        name = found[1].lower() if (found := _NAME.match(tag)) else ""
        if name in _HIDDEN and not tag.startswith("/") and name not in absent:
            end = _HIDDEN[name].search(markup, position)
            if end is None:
                absent.add(name)
            else:
                position = end.start()
            continue
        page.tag(name, tag)
    page.write(markup[position : position + _MAX_TEXT])
    return page.finish()


class _Page:
    """Lines as they come out, with the depth of blockquotes and whether the quoted part has begun."""

    def __init__(self) -> None:
        self.size = 0
        self._own: list[str] = []
        self._quoted: list[str] = []
        self._lines = self._own
        self._line: list[str] = []
        self._depth = 0

    def write(self, chunk: str) -> None:
        if chunk:
            self._line.append(chunk)
            self.size += len(chunk)

    def tag(self, name: str, tag: str) -> None:
        if name == "br":
            self._break()
        elif name in _BREAKS:
            if self._line:
                self._break()
            if name in {"p", "blockquote"}:
                self._lines.append("")
            if name == "blockquote":
                self._depth = max(0, self._depth - 1) if tag.startswith("/") else self._depth + 1
        if self._lines is self._own and not tag.startswith("/"):
            attributes = tag[:500].lower()
            if any(mark in attributes for mark in _QUOTE_MARKS):
                self._break()
                self._lines, self._depth = self._quoted, 0

    def finish(self) -> tuple[str, str]:
        self._break()
        return "\n".join(self._own), "\n".join(self._quoted)

    def _break(self) -> None:
        line = " ".join(html.unescape(_HUGE_REFERENCE.sub("\ufffd", "".join(self._line))).split())
        self._lines.append(f"> {line}" if self._depth and line else line)
        self._line.clear()
