"""The HTML part: what becomes a link, what stays mere words, and what a mail program needs to show it well."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.letter import html, preview

WORDS = """Hi Maya,

Thanks for asking about *12 Oak St*. Two things to bring:

- your papers
- a pen

P.S. Would texts suit you better? You can say yes here: https://tend.example/u/a_b_c/texts

--
Alder Realty, 200 Alder Street
Stop these emails: https://tend.example/u/x_y_z
"""


def laid_out(words: str) -> str:
    return html(words, subject="A subject", letterhead="Alder Realty")


class Links(HTMLParser):
    """Collects the elements, and what every link leads to and says."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.links: list[tuple[str, str]] = []
        self._open = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        if tag == "a":
            self.links.append((dict(attrs).get("href") or "", ""))
            self._open = True

    def handle_endtag(self, tag: str) -> None:
        self._open = self._open and tag != "a"

    def handle_data(self, data: str) -> None:
        if self._open:
            self.links[-1] = (self.links[-1][0], self.links[-1][1] + data)


def test_an_address_after_words_becomes_those_words_linked() -> None:
    assert Links(laid_out(WORDS)).links == [
        ("https://tend.example/u/a_b_c/texts", "You can say yes here"),
        ("https://tend.example/u/x_y_z", "Stop these emails"),
    ]


def test_an_address_within_a_sentence_is_linked_as_it_stands() -> None:
    links = Links(laid_out("See https://a.example/x_y, or https://b.example/?a=1&b=2.")).links
    assert links == [("https://a.example/x_y",) * 2, ("https://b.example/?a=1&b=2",) * 2]


@pytest.mark.parametrize(
    "words",
    [
        "[click](https://evil.example)",
        "[click](<https://evil.example>)",
        "[click][1]\n\n[1]: https://evil.example",
        "![x](https://evil.example/pixel.png)",
        "[https://good.example](https://evil.example)",
    ],
)
def test_no_link_says_one_address_and_leads_to_another(words: str) -> None:
    page = Links(laid_out(words))
    assert "img" not in page.seen
    assert all(says in {where, "[1]"} for where, says in page.links)


def test_html_in_the_words_is_shown_and_never_obeyed() -> None:
    page = laid_out('<script>x</script> <a href="https://evil.example">y</a> <img src=x onerror=y> &lt;b&gt;')
    assert Links(page).seen.isdisjoint({"script", "img", "b"})
    assert "&lt;script&gt;x&lt;/script&gt;" in page
    assert "&amp;lt;b&amp;gt;" in page


def test_lists_line_breaks_and_emphasis_are_kept_and_headings_are_not_made() -> None:
    page = laid_out("# 4 is the number\n\na\nb\n---\n\n- **x**\n- y\n\n1. one\n2. two")
    seen = Links(page).seen
    assert {"ul", "ol", "li", "strong", "br"} <= seen
    assert seen.isdisjoint({"h1", "h2", "hr", "pre", "code", "blockquote"})
    assert "# 4 is the number" in page


def test_the_foot_is_apart_and_is_missing_where_there_is_none() -> None:
    assert 'class="foot"' in laid_out(WORDS)
    assert ">--" not in laid_out(WORDS)
    assert 'class="foot"' not in laid_out("Hi Maya,\n\nShort.")


def test_styles_are_inlined_and_what_cannot_be_stays_for_those_who_read_it() -> None:
    page = laid_out(WORDS)
    assert all("style=" in tag for tag in re.findall(r"<(?:p|a|li|ul)\b[^>]*>", page))
    assert "prefers-color-scheme: dark" in page
    assert "max-width: 600px" in page
    assert '<meta name="color-scheme" content="light dark">' in page
    assert len(page.encode()) < 20_000  # Gmail cuts a mail at 102 KB
    assert page.isascii() or "flex" not in page


def test_nothing_is_fetched_and_nobody_is_told_who_opened_it() -> None:
    page = laid_out(WORDS)
    assert Links(page).seen.isdisjoint({"img", "link", "script", "iframe", "object", "form"})
    assert "url(" not in page
    assert "@import" not in page


def test_screen_readers_hear_no_table_and_know_the_language() -> None:
    page = laid_out(WORDS)
    assert page.count("<table") == page.count('role="presentation"')
    assert '<html lang="en"' in page
    assert "<title>A subject</title>" in page


def test_the_inbox_preview_is_what_the_mail_is_about() -> None:
    assert preview(WORDS).startswith("Thanks for asking about 12 Oak St. Two things to bring:")
    assert len(preview("Hi,\n\n" + "word " * 200)) <= 121
    assert preview("") == ""
    assert preview("Saturday at ten?") == "Saturday at ten?"


def test_values_around_the_letter_are_escaped() -> None:
    page = html("x", subject="</title><script>", letterhead="<b>Alder & Sons</b>")
    assert "<script>" not in page
    assert "&lt;b&gt;Alder &amp; Sons&lt;/b&gt;" in page


@given(words=st.text(st.sampled_from("ab *_[]()<>!`\\:/.\n-1#&\"'\ufff9\ufffbhtps"), max_size=400))
def test_no_words_can_become_anything_but_words_lists_emphasis_and_links(words: str) -> None:
    page = laid_out(words)
    allowed = {"html", "head", "meta", "title", "style", "body", "div", "table", "tbody", "tr", "td"}
    assert Links(page).seen <= allowed | {"p", "br", "ul", "ol", "li", "em", "strong", "a"}
    assert all(where.startswith(("http://", "https://")) for where, _ in Links(page).links)
