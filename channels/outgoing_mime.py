"""One email as the bytes that leave: headers no value can add to, a text part and an HTML part of the same words.

Everything is ASCII on the wire: names and subjects as RFC 2047 words, bodies quoted-printable. The message is named
`<our id@our domain>`; that name also stands in References where the vendor writes a Message-ID of its own, so that an
answer still names it. What the words are, and which headers a mail needs, is decided elsewhere.
"""

from __future__ import annotations

import re
from binascii import b2a_qp
from datetime import datetime
from email import policy
from email.generator import BytesGenerator
from email.header import Header
from email.message import Message
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.utils import format_datetime, quote
from io import BytesIO

from channels import letter
from channels.email import OutgoingEmail
from channels.headers import safe_header

_WIRE = policy.Compat32(linesep="\r\n", mangle_from_=False, max_line_length=None)
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,255}")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9 ]*")
_NAME = re.compile(r"[A-Za-z0-9-]+")
_FOLD = 76


class UnusableAddress(ValueError):
    """An address that cannot be written to: malformed, or not ASCII although its domain was encoded."""


def own_message_id(our_id: str, from_address: str) -> str:
    """Name a message of ours as other mail programs will: `<our id@our domain>`, without the angle brackets."""
    return f"{our_id}@{from_address.rpartition('@')[2]}"


def ascii_address(address: str) -> str:
    """Give an address as it travels, its domain in ASCII (RFC 5891). Raises `UnusableAddress`."""
    local, _, domain = address.rpartition("@")
    try:
        plain = f"{local}@{domain if domain.isascii() else domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        raise UnusableAddress("the domain cannot be written in ASCII") from None
    if not _ADDRESS.fullmatch(plain):
        raise UnusableAddress("this is not an address that can be written to")
    return plain


def build(email: OutgoingEmail, *, at: datetime, vendor_names_it: bool) -> bytes:
    """Build the raw mail, with CRLF line ends. Raises `UnusableAddress`.

    `vendor_names_it`: the vendor replaces Message-ID (SES does), so our name goes into References as well.
    """
    own_id = own_message_id(email.our_id, ascii_address(email.from_address))
    references = [*email.references, *([own_id] if vendor_names_it else [])]
    message = _body(email)
    _put(message, "From", _mailbox(email.from_name, email.from_address))
    _put(message, "To", ascii_address(email.to))
    _put(message, "Reply-To", ascii_address(email.reply_to))
    _put(message, "Subject", email.subject)
    _put(message, "Date", format_datetime(at))
    _put(message, "Message-ID", f"<{own_id}>")
    if email.references:
        _put(message, "In-Reply-To", f"<{_id(email.references[-1])}>")
    if references:
        _put(message, "References", " ".join(f"<{_id(each)}>" for each in references))
    for name, value in email.headers:
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is not the name of a header")
        _put(message, name, value)
    written = BytesIO()
    BytesGenerator(written, policy=_WIRE).flatten(message)
    return written.getvalue()


def _body(email: OutgoingEmail) -> Message:
    text = _part(email.text, "plain")
    if not email.letterhead:
        text["MIME-Version"] = "1.0"
        return text
    both = MIMEMultipart("alternative", policy=_WIRE)
    both.attach(text)
    both.attach(_part(letter.html(email.text, subject=email.subject, letterhead=email.letterhead), "html"))
    return both


def _part(words: str, kind: str) -> Message:
    part = MIMENonMultipart("text", kind, policy=_WIRE, charset="utf-8")
    del part["MIME-Version"]
    part["Content-Transfer-Encoding"] = "quoted-printable"
    lines = "\n".join(re.split("\r\n|\r|\n", words)).rstrip("\n") + "\n"
    part.set_payload(b2a_qp(lines.encode("utf-8", "replace")).decode("ascii"))
    return part


def _put(message: Message, name: str, value: str) -> None:
    """Write one header on lines of its own making: whatever the value holds, it cannot begin another."""
    value = safe_header(value)
    message[name] = _folded(name, value) if value.isascii() else _encoded(name, value)


def _folded(name: str, value: str) -> str:
    lines, line = [], f"{name}:"
    for word in value.split(" "):
        if len(line) + 1 + len(word) > _FOLD and line.strip(" ") and not line.endswith(":"):
            lines.append(line)
            line = ""
        line += f" {word}"
    return "\r\n".join([*lines, line]).removeprefix(f"{name}: ")


def _encoded(name: str, value: str) -> str:
    return Header(value, "utf-8", maxlinelen=_FOLD, header_name=name).encode(linesep="\r\n")


def _mailbox(name: str, address: str) -> str:
    name = safe_header(name)
    if not name:
        return ascii_address(address)
    if not name.isascii():
        # An encoded word is a word: specials in it are inert, and it needs no quotation marks (RFC 2047, section 5).
        return f"{_encoded('From', name)} <{ascii_address(address)}>".replace("\r\n", "")
    return f"{name if _PLAIN_NAME.fullmatch(name) else _quoted(name)} <{ascii_address(address)}>"


def _quoted(name: str) -> str:
    return f'"{quote(name)}"'


def _id(value: str) -> str:
    """A message id fit to stand between angle brackets."""
    return re.sub(r"[^!-;=?-~]", "", value)[:500]
