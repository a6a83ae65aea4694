"""Whole mails, as programs compose them. Every person and mail is invented."""

from __future__ import annotations

import base64
import hashlib
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.email import InboundEmail
from channels.mime import MAX_BYTES, MalformedMail, parse

FOOTER = "Reply STOP and we never write again."
GMAIL_HTML = (
    '<div dir="ltr">Saturday works!<br></div><br><div class="gmail_quote gmail_quote_container"><div dir="ltr" '
    'class="gmail_attr">On Tue, Jul 7, 2026 at 10:00 AM Sam Ortiz &lt;<a href="mailto:sam@example.org">sam@example.org'
    f'</a>&gt; wrote:<br></div><blockquote class="gmail_quote"><p>Hi Maya</p><p>{FOOTER}</p></blockquote></div>'
)
OUTLOOK_HTML = (
    "<html><head><title>STOP</title><style>p.MsoNormal {margin:0} /* STOP */</style></head><body><!-- STOP -->"
    '<p class=MsoNormal>Saturday&nbsp;works!</p><hr><div id="divRplyFwdMsg" dir="ltr"><b>From:</b> Sam Ortiz<br>'
    f"<b>Sent:</b> Tuesday</div><div>{FOOTER}</div></body></html>"
)
OUTLOOK_DESKTOP_HTML = (
    "<p>Saturday works!</p><div style='border-top:solid #E1E1E1 1.0pt'><p><b>From:</b> Sam Ortiz &lt;sam@example.org"
    f"&gt;<br><b>Sent:</b> Tuesday, July 7<br><b>To:</b> Maya<br><b>Subject:</b> Your tour</p></div><p>{FOOTER}</p>"
)
APPLE_HTML = (
    '<html><body>Saturday works!<br><div><br><blockquote type="cite"><div>On Jul 7, 2026, Sam wrote:</div><br>'
    f"<div>{FOOTER}</div></blockquote></div><br></body></html>"
)


def mail(
    body: bytes | str = "Saturday works!\n", *headers: str, origin: str = "Maya Lopez <maya.lopez@example.com>"
) -> bytes:
    head = "\n".join((f"From: {origin}", "To: Sam <r+abc@reply.example.org>", "Subject: Re: Your tour", *headers))
    return head.encode() + b"\n\n" + (body if isinstance(body, bytes) else body.encode())


def test_a_plain_reply_is_read_field_by_field() -> None:
    raw = mail(
        f"Saturday works!\n\nOn Tue, Jul 7, 2026 Sam wrote:\n> {FOOTER}\n",
        "Cc: <Joe.Kim@Example.com>, joe.kim@example.com",
        "Delivered-To: sam@example.org",
        "X-Original-To: team@example.org",
        "Message-ID: <CAB-1@mail.example.com>",
        "In-Reply-To: <0100-abc@email.example.net>",
        "References: <first@example.org>\n <0100-abc@email.example.net>",
        "Date: Tue, 7 Jul 2026 10:00:00 -0500",
    )
    assert parse(raw) == InboundEmail(
        external_id="CAB-1@mail.example.com",
        sender="maya.lopez@example.com",
        sender_name="Maya Lopez",
        recipients=("sam@example.org", "team@example.org", "r+abc@reply.example.org", "joe.kim@example.com"),
        subject="Re: Your tour",
        text="Saturday works!",
        quoted=f"On Tue, Jul 7, 2026 Sam wrote:\n> {FOOTER}",
        in_reply_to="0100-abc@email.example.net",
        references=("first@example.org", "0100-abc@email.example.net"),
        auto_reply=False,
        received_at=datetime(2026, 7, 7, 15, 0, tzinfo=UTC),
    )


def composed(*, plain: str | None, html: str | None) -> bytes:
    message = EmailMessage()
    message["From"] = "Maya Lopez <maya.lopez@example.com>"
    if plain is not None:
        message.set_content(plain)
    if html is not None and plain is not None:
        message.add_alternative(html, subtype="html")
    elif html is not None:
        message.set_content(html, subtype="html")
    return message.as_bytes()


def with_attachments() -> bytes:
    message = EmailMessage()
    message["From"] = "Maya Lopez <maya.lopez@example.com>"
    message.set_content("Saturday works!")
    message.add_alternative(GMAIL_HTML, subtype="html")
    message.add_attachment("STOP everything", filename="notes.txt")
    message.add_attachment(b"STOP" * 1000, maintype="application", subtype="pdf", filename="letter.pdf")
    message.add_attachment(EmailMessage())
    return message.as_bytes()


TEXT = "Content-Type: text/plain; charset="
MIXED = 'Content-Type: multipart/mixed; boundary="xyz"'
COMPOSED = {
    "plain and html": composed(plain="Saturday works!", html="<p>STOP</p>"),
    "plain left blank": composed(plain=" \n", html="<p>Saturday works!</p>"),
    "attachments": with_attachments(),
    "html, gmail": composed(plain=None, html=GMAIL_HTML),
    "html, outlook on the web": composed(plain=None, html=OUTLOOK_HTML),
    "html, outlook desktop": composed(plain=None, html=OUTLOOK_DESKTOP_HTML),
    "html, apple": composed(plain=None, html=APPLE_HTML),
    "html, unclosed quotation": composed(plain=None, html=f"Saturday works!<blockquote><p>{FOOTER}<p>{FOOTER}"),
    "html, hidden parts": composed(plain=None, html="<script>STOP</script><STYLE>STOP</STYLE>Saturday works!<!-- STOP"),
    "base64": mail(base64.encodebytes(b"Saturday works!"), "Content-Transfer-Encoding: base64"),
    "base64, cut short": mail(base64.b64encode(b"Saturday works!!!")[:21], "Content-Transfer-Encoding: base64"),
    "quoted-printable": mail("Saturday=20wor=\nks=21", "Content-Transfer-Encoding: quoted-printable"),
    "windows line ends": mail("Saturday works!\r\n").replace(b"\n", b"\r\n"),
    "old mac line ends": mail("Saturday works!").replace(b"\n", b"\r"),
    "mbox line first": b"From maya Tue Jul  7 10:00:00 2026\n" + mail(),
    "blank lines first": b"\r\n\r\n" + mail(),
    "no closing boundary": mail("--xyz\n\nSaturday works!", MIXED),
    "boundary that never comes": mail("Saturday works!", MIXED),
    "boundary not given": mail("Saturday works!", "Content-Type: multipart/mixed"),
    "text after the closing boundary": mail("STOP\n--xyz\n\nSaturday works!\n--xyz--\nSTOP", MIXED),
    "longer boundary inside": mail(
        "--xyz\n\nSaturday works!\n--xyz\nContent-Type: image/png\n\n--xyzzy\n--xyz--", MIXED
    ),
    "words split by a picture": mail(
        "--xyz\n\nSaturday\n--xyz\nContent-Type: image/png\n\nSTOP\n--xyz\n\nworks!\n--xyz--", MIXED
    ),
    "an attachment known only by its name": mail(
        "--xyz\nContent-Type: text/plain; name=notes.txt\n\nSTOP\n--xyz\n\nSaturday works!\n--xyz--", MIXED
    ),
    "all of it one text with a name": mail("Saturday works!", 'Content-Type: text/plain; name="message.txt"'),
    "two html alternatives": mail(
        "--xyz\nContent-Type: text/html\n\nSaturday works!\n--xyz\nContent-Type: text/html\n\nSaturday!\n--xyz--",
        'Content-Type: multipart/alternative; boundary="xyz"',
    ),
    "content type in shouting": mail("Saturday works!", "CONTENT-TYPE: TEXT/PLAIN; CHARSET=UTF-8"),
    "content type that is nonsense": mail("Saturday works!", "Content-Type: ;;;=("),
}


@pytest.mark.parametrize("raw", COMPOSED.values(), ids=COMPOSED.keys())
def test_the_words_are_found_however_the_mail_is_built(raw: bytes) -> None:
    read = parse(raw)
    assert read.text.replace("\n\n", " ").rstrip("!") == "Saturday works"
    assert read.sender == "maya.lopez@example.com"


@pytest.mark.parametrize(
    "raw, text",
    [
        (mail("mañana".encode(), f"{TEXT}utf-8"), "mañana"),
        (mail("mañana".encode("latin-1"), f"{TEXT}iso-8859-1"), "mañana"),
        (mail("it’s".encode("cp1252"), f"{TEXT}iso-8859-1"), "it’s"),
        (mail("mañana".encode("utf-16"), f"{TEXT}utf-16"), "mañana"),
        (mail("завтра".encode("koi8-r"), f"{TEXT}koi8-r"), "завтра"),
        (mail("明日".encode("iso2022_jp"), f"{TEXT}iso-2022-jp"), "明日"),
        (mail("mañana".encode(), f"{TEXT}x-unknown"), "mañana"),
        (mail("mañana".encode("cp1252"), f"{TEXT}x-unknown"), "mañana"),
        (mail("mañana".encode("cp1252"), f"{TEXT}us-ascii"), "mañana"),
        (mail("mañana".encode(), "X-Nothing: said"), "mañana"),
        (mail(b"ma\xf1ana", f"{TEXT}utf-8"), "ma\ufffdana"),
        (mail(b"a" * 9, f"{TEXT}punycode"), "a" * 9),
        (mail(b"a" * 9, f"{TEXT}idna"), "a" * 9),
        (mail(b"hex", f"{TEXT}hex"), "hex"),
        (mail(b"\\u0053TOP", f"{TEXT}unicode_escape"), "\\u0053TOP"),
        (mail(b"a\x00b", f"{TEXT}utf-8"), "ab"),
    ],
)
def test_every_charset_becomes_text_and_none_raises(raw: bytes, text: str) -> None:
    assert parse(raw).text == text


@pytest.mark.parametrize(
    "origin, sender, name",
    [
        ("maya@example.com", "maya@example.com", ""),
        ('"Lopez, Maya" <Maya@Example.COM>', "maya@example.com", "Lopez, Maya"),
        ("=?utf-8?q?Jos=C3=A9?= <jose@example.com>", "jose@example.com", "José"),
        ("=?utf-8?b?8J+PoQ==?= <house@example.com>", "house@example.com", "🏡"),
        ("=?x-none?q?Maya?= <maya@example.com>", "maya@example.com", "Maya"),
        ("Maya <maya@example.com>, joe@example.com", "maya@example.com", "Maya"),
        ("Maya\n Lopez <maya@example.com>", "maya@example.com", "Maya Lopez"),
        ("Maya <<maya@example.com>>", "maya@example.com", ""),
        ("((((((" * 100 + " maya@example.com", "maya@example.com", ""),
        ("MAILER-DAEMON (Mail Delivery System)", "mailer-daemon (mail delivery system)", ""),
        ("Undisclosed", "undisclosed", ""),
    ],
)
def test_the_sender_is_found_in_every_way_of_writing_it(origin: str, sender: str, name: str) -> None:
    read = parse(mail(origin=origin))
    assert (read.sender, read.sender_name) == (sender, name)


@pytest.mark.parametrize(
    "raw",
    [b"", b"\n\n\n", b"hello", b"To: sam@example.org\n\nSTOP", b"From: \n\nSTOP", b"From:\n \n\nSTOP", b"\xff\xfe"],
)
def test_mail_from_nobody_is_refused_with_the_reason(raw: bytes) -> None:
    with pytest.raises(MalformedMail, match="no From"):
        parse(raw)


def test_a_mail_without_an_id_is_named_by_its_bytes() -> None:
    raw = mail()
    assert parse(raw).external_id == f"sha256:{hashlib.sha256(raw).hexdigest()}"
    assert parse(raw + b".").external_id != parse(raw).external_id


def test_no_header_value_spans_two_lines() -> None:
    read = parse(
        mail(
            "x",
            "Subject: =?utf-8?q?Hi=0D=0ABcc=3A_all=40example.com?=",
            "Message-ID: <a\x0bb@c>",
            origin="a@example.org",
        )
    )
    for value in (read.subject, read.sender, read.sender_name, read.external_id):
        assert len(value.splitlines()) <= 1


@pytest.mark.parametrize(
    "headers, expected",
    [
        (["Date: Tue, 7 Jul 2026 10:00:00 -0500"], datetime(2026, 7, 7, 15, 0, tzinfo=UTC)),
        (["Date: Tue, 7 Jul 2026 10:00:00 -0000"], datetime(2026, 7, 7, 10, 0, tzinfo=UTC)),
        (
            ["Received: from a by b; Wed, 8 Jul 2026 01:00:00 +0000",
             "Received: from c by a; Thu, 9 Jul 2026 01:00:00 +0000",
             "Date: Tue, 7 Jul 2020 10:00:00 -0500"],
            datetime(2026, 7, 8, 1, 0, tzinfo=UTC),
        ),
        (["Received: nonsense", "Date: Tue, 7 Jul 2026 10:00:00 +0000"], datetime(2026, 7, 7, 10, 0, tzinfo=UTC)),
        (["Date: yesterday"], None),
        (["Date: Tue, 7 Jul 99999 10:00:00 +9999999999"], None),
        (["Date: Fri, 31 Dec 9999 23:59:59 -2359"], None),
        ([], None),
    ],
)  # fmt: skip
def test_our_servers_stamp_comes_before_the_senders_date(headers: list[str], expected: datetime | None) -> None:
    assert parse(mail("x", *headers)).received_at == expected


@pytest.fixture
def _in_austin() -> Iterator[None]:
    """Run on a machine whose own zone is not UTC."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = "America/Chicago"
    time.tzset()
    yield
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


@pytest.mark.usefixtures("_in_austin")
def test_a_date_of_unknown_zone_does_not_depend_on_the_machine() -> None:
    assert parse(mail("x", "Date: Tue, 7 Jul 2026 10:00:00 -0000")).received_at == datetime(
        2026, 7, 7, 10, 0, tzinfo=UTC
    )


@pytest.mark.parametrize(
    "headers",
    [
        ["Auto-Submitted: auto-replied"],
        ["Auto-Submitted: auto-generated (vacation)"],
        ["Auto-Submitted:auto-notified; owner-email=x"],
        ["Precedence: bulk"],
        ["Precedence: Auto_Reply"],
        ["Precedence: list"],
        ["X-Autoreply: yes"],
        ["X-Autorespond: vacation"],
        ["X-Auto-Response-Suppress: All"],
        ["X-Auto-Response-Suppress: DR, OOF, AutoReply"],
        ["List-Id: Neighbours <list.example.org>"],
        ["Return-Path: <>"],
        ["Return-Path:"],
        ["Content-Type: multipart/report; report-type=delivery-status; boundary=x"],
        ["X-Failed-Recipients: maya.lopez@example.com"],
    ],
)
def test_mail_a_machine_wrote_is_known_by_its_headers(headers: list[str]) -> None:
    assert parse(mail("STOP", *headers)).auto_reply


@pytest.mark.parametrize(
    "origin",
    ["MAILER-DAEMON@example.com", "MAILER-DAEMON (Mail Delivery System)", "Postmaster <postmaster@example.org>"],
)
def test_mail_from_a_mail_system_is_no_reply(origin: str) -> None:
    assert parse(mail("STOP", origin=origin)).auto_reply


@pytest.mark.parametrize(
    "subject, machine",
    [
        ("Out of office", True),
        ("Out of the Office: back Monday", True),
        ("Automatic reply: Your tour", True),
        ("Auto: Your tour", True),
        ("OOO: Your tour", True),
        ("Autoreply", True),
        ("Respuesta automática: Visita", True),
        ("=?utf-8?q?R=C3=A9ponse_automatique?=", True),
        ("Undelivered Mail Returned to Sender", True),
        ("Delivery Status Notification (Failure)", True),
        ("Re: Out of office", False),
        ("Re: Your tour", False),
        ("Vacation home on the lake", False),
        ("Auto loan letter", False),
        ("Automatic garage door?", False),
        ("Office out of town", False),
        ("", False),
    ],
)
def test_a_subject_gives_a_vacation_notice_away(subject: str, *, machine: bool) -> None:
    raw = f"From: maya.lopez@example.com\nSubject: {subject}\n\nSaturday works!".encode()
    assert parse(raw).auto_reply is machine


@pytest.mark.parametrize(
    "headers",
    [
        ["Auto-Submitted: no"],
        ["Precedence: normal"],
        ["X-Auto-Response-Suppress: DR, RN, NRN"],
        ["Return-Path: <maya.lopez@example.com>"],
        ["X-Autoreply: no"],
        ["Content-Type: multipart/alternative; boundary=x"],
    ],
)
def test_a_persons_mail_is_not_taken_for_a_machines(headers: list[str]) -> None:
    assert not parse(mail("STOP", *headers)).auto_reply


def test_a_list_of_ten_thousand_recipients_hides_no_envelope_address() -> None:
    crowd = ", ".join(f"n{n}@example.com" for n in range(10_000))
    read = parse(mail("x", f"Cc: {crowd}", "Delivered-To: r+abc@reply.example.org"))
    assert read.recipients[0] == "r+abc@reply.example.org"
    assert len(read.recipients) == 200


def test_of_a_huge_mail_the_beginning_is_read() -> None:
    raw = mail("--xyz\n\nSaturday works!\n--xyz\nContent-Type: image/png\n\n", MIXED) + b"STOP\n" * MAX_BYTES
    assert parse(raw).text == "Saturday works!"


lines = st.sampled_from(
    [b"From: maya@example.com", b"From: ", b"Content-Type: multipart/mixed; boundary=x", b"--x", b"--x--", b"",
     b"Content-Type: text/html; charset=utf-16", b"Content-Transfer-Encoding: base64", b"<blockquote>",
     b"&#99999999999;",
     b"Subject: =?utf-8?b?////?=", b"Date: 1", b"References: <", b"> STOP", b'To: "a', b" folded", b"Received: ;"]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300) | st.lists(lines | st.binary(max_size=20), max_size=25).map(b"\n".join))
def test_no_bytes_raise_anything_but_that_nobody_wrote_them(noise: bytes) -> None:
    for raw in (noise, b"From: maya@example.com\n" + noise):
        try:
            read = parse(raw)
        except MalformedMail:
            continue
        assert read.sender
        assert read.external_id
        stored = "".join((read.text, read.quoted, read.subject, read.sender, read.sender_name, *read.recipients))
        assert "\x00" not in stored
        assert stored.encode("utf-8")
        assert len(read.text.encode()) <= 8192


@pytest.mark.parametrize(
    "headers,name,kind,size",
    [
        ("Content-Type: image/png; name=kitchen.png", "kitchen.png", "image/png", 10),
        ("Content-Type: image/png\nContent-Disposition: attachment; filename=a.png", "a.png", "image/png", 10),
        ("Content-Type: text/html; name=x.html", "x.html", "text/html", 10),
        ("Content-Type: application/pdf", "", "application/pdf", 10),
        ("Content-Type: message/rfc822", "", "message/rfc822", 10),
        ("Content-Disposition: attachment; filename*=utf-8''caf%C3%A9.pdf", "café.pdf", "text/plain", 10),
        ('Content-Disposition: attachment; filename="..\\\\..\\\\x/../evil.exe"', "evil.exe", "text/plain", 10),
        ("Content-Type: image/png; name=a.png\nContent-Transfer-Encoding: base64", "a.png", "image/png", 7),
        ("Content-Type: image/png; name=" + "a" * 5000, "a" * 200, "image/png", 10),
    ],
)
def test_what_is_attached_is_named_without_its_path_and_sized(headers: str, name: str, kind: str, size: int) -> None:
    raw = mail(f"--b\n\nhi\n--b\n{headers}\n\n0123456789\n--b--\n", "Content-Type: multipart/mixed; boundary=b")

    found = parse(raw)

    assert found.text == "hi"
    (attached,) = found.attachments
    assert (attached.name[:200], attached.kind, attached.size) == (name, kind, size)


def test_at_most_fifty_attachments_are_named() -> None:
    parts = "--b\nContent-Type: image/png\n\nx\n" * 60
    assert len(parse(mail(parts, "Content-Type: multipart/mixed; boundary=b")).attachments) == 50


def test_an_id_that_a_mailer_encoded_for_its_length_is_the_id() -> None:
    reply = EmailMessage()
    reply["From"] = "maya.lopez@example.com"
    reply["In-Reply-To"] = f"<{'0123456789' * 6}-000000@us-west-2.mail.example.com>"
    reply.set_content("yes")
    assert b"=?utf-8?" in reply.as_bytes()

    assert parse(reply.as_bytes()).in_reply_to == f"{'0123456789' * 6}-000000@us-west-2.mail.example.com"
