from __future__ import annotations

from email import message_from_string
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.headers import list_unsubscribe, safe_header


def test_one_click_unsubscribe_is_both_headers_of_rfc_8058() -> None:
    assert list_unsubscribe("https://tend.example/u/abc") == (
        ("List-Unsubscribe", "<https://tend.example/u/abc>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
    )


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/u/abc",
        "https://",
        "mailto:stop@example.org",
        "javascript:alert(1)",
        "https://tend.example/u/a\r\nBcc: everyone@example.com",
        "https://tend.example/u/a b",
        "https://tend.example/u/a>, <https://evil.example",
        "https://tend.example/ü",
    ],
)
def test_what_is_no_plain_url_never_becomes_a_header(url: str) -> None:
    with pytest.raises(ValueError, match="unsubscribe URL"):
        list_unsubscribe(url)


@pytest.mark.parametrize(
    "value, safe",
    [
        ("Ann Lee", "Ann Lee"),
        ("Ann\r\nBcc: everyone@example.com", "Ann Bcc: everyone@example.com"),
        ("Ann\n\n<script>", "Ann <script>"),
        ("  José\t Ñúñez\x00 ", "José Ñúñez"),
        ("a\u2028b\x85c\x0bd", "a b c d"),
        ("\r\n", ""),
    ],
)
def test_a_value_stays_on_its_own_line(value: str, safe: str) -> None:
    assert safe_header(value).replace("  ", " ") == safe


@given(st.text())
def test_no_value_can_smuggle_in_a_second_header(value: str) -> None:
    safe = safe_header(value)
    assert len(safe.splitlines()) <= 1
    mail = EmailMessage()
    mail["Subject"] = safe
    mail["X-Lead"] = safe
    assert [name for name, _ in message_from_string(mail.as_string()).items()] == ["Subject", "X-Lead"]
