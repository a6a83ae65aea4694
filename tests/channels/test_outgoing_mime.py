"""Outgoing mail as other programs read it: one set of headers whatever is in them, and the same words in both parts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email import OutgoingEmail
from channels.headers import list_unsubscribe
from channels.outgoing_mime import UnusableAddress, build

AT = datetime(2026, 7, 7, 15, 0, tzinfo=UTC)
EMAIL = OutgoingEmail(
    our_id="0198" + "a" * 28,
    to="maya.lopez@example.com",
    from_name="Dana Reyes, Alder Realty",
    from_address="hello@tend.example",
    reply_to="r+" + "a" * 52 + "@reply.tend.example",
    subject="Your tour on Saturday",
    text="Hi Maya,\n\nSaturday at ten?\n\n--\nAlder Realty\nStop these emails: https://tend.example/u/abc\n",
    headers=list_unsubscribe("https://tend.example/u/" + "a" * 120),
    letterhead="Alder Realty",
)
HEADERS = [
    "From", "To", "Reply-To", "Subject", "Date", "Message-ID", "List-Unsubscribe", "List-Unsubscribe-Post",
    "MIME-Version", "Content-Type",
]  # fmt: skip
hostile = st.text(st.sampled_from('ab\r\n\t\x00\x0b\x0c\x1c\x85\u2028 :;,<>"\\()=?@_é🏡\u202e'), max_size=300)


def read(raw: bytes) -> EmailMessage:
    return message_from_bytes(raw, policy=policy.default)


def built(email: OutgoingEmail = EMAIL, *, vendor_names_it: bool = False) -> EmailMessage:
    return read(build(email, at=AT, vendor_names_it=vendor_names_it))


def part(mail: EmailMessage, kind: str) -> str:
    found = mail.get_body((kind,))
    assert found is not None
    return str(found.get_content()).replace("\r\n", "\n")


def test_a_mail_has_the_headers_of_a_good_citizen() -> None:
    mail = built()
    assert sorted(mail.keys()) == sorted(HEADERS)
    assert mail["From"] == '"Dana Reyes, Alder Realty" <hello@tend.example>'
    assert mail["List-Unsubscribe"] == "<https://tend.example/u/" + "a" * 120 + ">"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["Date"] == "Tue, 07 Jul 2026 15:00:00 +0000"
    assert mail["Message-ID"] == f"<{EMAIL.our_id}@tend.example>"


def test_long_addresses_and_ids_are_never_encoded_since_machines_read_them_raw() -> None:
    raw = build(replace(EMAIL, references=("x" * 190 + "@mail.example",)), at=AT, vendor_names_it=True)
    assert b"List-Unsubscribe: <https://tend.example/u/" + b"a" * 120 + b">\r\n" in raw
    assert b"<" + b"x" * 190 + b"@mail.example>" in raw
    assert b"=?" not in raw.split(b"\r\n\r\n")[0]


def test_both_parts_say_the_same_and_text_comes_first() -> None:
    mail = built()
    assert [p.get_content_type() for p in mail.iter_parts()] == ["text/plain", "text/html"]
    assert part(mail, "plain") == EMAIL.text
    assert "Saturday at ten?" in part(mail, "html")
    assert 'href="https://tend.example/u/abc"' in part(mail, "html")


def test_without_a_letterhead_the_mail_is_text_alone() -> None:
    mail = built(replace(EMAIL, letterhead="", text="[x](https://evil.example) <b>"))
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content() == "[x](https://evil.example) <b>\r\n"


def test_an_answer_names_what_it_answers_and_our_own_name_survives_a_vendor_that_renames() -> None:
    answer = replace(EMAIL, references=("first@tend.example", "theirs@mail.example"))
    assert built(answer)["In-Reply-To"] == "<theirs@mail.example>"
    assert built(answer)["References"] == "<first@tend.example> <theirs@mail.example>"
    renamed = built(answer, vendor_names_it=True)["References"]
    assert renamed == f"<first@tend.example> <theirs@mail.example> <{EMAIL.our_id}@tend.example>"
    assert built(vendor_names_it=True)["References"] == f"<{EMAIL.our_id}@tend.example>"
    assert built()["References"] is None


@given(subject=hostile, name=hostile, reference=hostile, value=hostile)
def test_no_value_can_begin_a_header_of_its_own(subject: str, name: str, reference: str, value: str) -> None:
    email = replace(EMAIL, subject=subject, from_name=name, references=(reference,), headers=(("X-Note", value),))
    raw = build(email, at=AT, vendor_names_it=True)
    mail = read(raw)
    assert set(mail.keys()) <= {*HEADERS, "X-Note", "In-Reply-To", "References"}
    assert len(mail.keys()) == len(set(mail.keys()))
    assert mail["From"].addresses[0].addr_spec == "hello@tend.example"
    assert len(mail["From"].addresses) == 1
    head = raw.split(b"\r\n\r\n")[0]
    assert head.isascii()
    assert b"\n" not in head.replace(b"\r\n", b"")
    assert part(mail, "plain") == EMAIL.text


@given(text=st.text(max_size=2000))
def test_any_words_arrive_as_they_were_and_no_line_is_too_long(text: str) -> None:
    raw = build(replace(EMAIL, text=text, letterhead=""), at=AT, vendor_names_it=False)
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert raw.count(b"\n") == raw.count(b"\r\n") == raw.count(b"\r")
    found = read(raw).get_body(("plain",))
    assert found is not None
    sent = bytes(found.get_payload(decode=True)).decode()
    lines = text.encode("utf-8", "replace").decode().replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")
    assert sent.replace("\r\n", "\n") == lines + "\n"


@given(subject=st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=100))
def test_a_subject_in_any_script_is_read_as_it_was_written(subject: str) -> None:
    assert built(replace(EMAIL, subject=subject))["Subject"] == subject


def test_a_domain_in_another_script_is_written_in_ascii() -> None:
    assert built(replace(EMAIL, to="ann@bücher.example"))["To"] == "ann@xn--bcher-kva.example"


@pytest.mark.parametrize(
    "to", ["", "ann", "ann@", "añn@example.com", "a@b\r\nBcc: x@y.z", "a b@c.d", "a@b,c@d.e", "<a@b>"]
)
def test_an_address_that_cannot_be_written_to_is_refused(to: str) -> None:
    with pytest.raises(UnusableAddress):
        built(replace(EMAIL, to=to))


def test_a_header_with_an_impossible_name_is_a_bug_and_said_so() -> None:
    with pytest.raises(ValueError, match="not the name of a header"):
        built(replace(EMAIL, headers=(("Bcc: x@y.z\r\nX", "y"),)))
