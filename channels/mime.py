"""Raw mail in, one `InboundEmail` out: who wrote, to whom, about which of our mails, and in which own words.

Any bytes are answered, in time linear in their length; only mail without a sender is refused. Nothing is fetched,
executed or believed: names, addresses and dates are the sender's claims, and attachments come as bytes, unopened, where
`channels.attached` keeps such. Matching to a lead, verdicts on SPF and DKIM, and what the words mean are others' work;
`mail_reader` calls this in a process of its own, which is ended when it takes too long.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from channels import bounces, html_text, own_words
from channels.auto_replies import is_auto_reply, says_undelivered
from channels.email import InboundEmail
from channels.mime_fields import Fields, addresses, decoded, mailbox, one_line
from channels.mime_parts import Mail, Words, head, take_apart

MAX_BYTES = 10 * 1024 * 1024
_MAX_HEAD = 64 * 1024
_MESSAGE_ID = re.compile(r"<([^<>\s]{1,500})>")
_MAX_RECIPIENTS = 200
_MAX_REFERENCES = 50


class MalformedMail(ValueError):
    """The mail has no From, or an empty one: there is nobody who could have written it."""


def parse(raw: bytes) -> InboundEmail:
    """Read one raw mail (RFC 5322, MIME); of longer ones the first 10 MiB.

    Message ids stand without their angle brackets; a mail without one is named by the SHA-256 of its bytes.
    `received_at` is our own server's stamp (the topmost Received), else the sender's Date, else None. `text` is empty
    when stripping left nothing; `quoted` then holds all there was. A From that holds words and no address is kept as
    those words, in lower case. `read` is False where parts were too deep or too many to look at. Raises
    `MalformedMail` when From is missing or empty.
    """
    mail = take_apart(raw[:MAX_BYTES])
    return _email(raw, mail, _split(mail.words), read=mail.whole)


def parse_head(raw: bytes) -> InboundEmail:
    """Read the header alone, of at most 64 KiB, and leave the words to a person. Raises `MalformedMail`."""
    fields, _ = head(raw[:_MAX_HEAD])
    return _email(raw, Mail(fields, (), (), ()), own_words.OwnWords("", ""), read=False)


def _email(raw: bytes, mail: Mail, written: own_words.OwnWords, *, read: bool) -> InboundEmail:
    fields = mail.fields
    origin = fields.first("from") or ""
    address, name = mailbox(origin)
    sender = address or decoded(origin).lower()[:320]
    if not sender:
        raise MalformedMail("the mail has no From")
    subject = decoded(fields.first("subject") or "")
    return InboundEmail(
        external_id=next(iter(_message_ids(fields, "message-id")), "") or f"sha256:{hashlib.sha256(raw).hexdigest()}",
        sender=sender,
        sender_name=name,
        recipients=_recipients(fields),
        subject=subject,
        text=written.text,
        quoted=written.quoted,
        wrapped=written.wrapped,
        in_reply_to=next(iter(_message_ids(fields, "in-reply-to")), ""),
        references=_message_ids(fields, "references")[-_MAX_REFERENCES:],
        auto_reply=is_auto_reply(fields, sender=sender, subject=subject),
        received_at=_received_at(fields),
        attachments=mail.attachments,
        returned=bounces.read(mail),
        undelivered=says_undelivered(fields, sender=sender, subject=subject),
        read=read,
    )


def _split(words: tuple[Words, ...]) -> own_words.OwnWords:
    bodies: list[str] = []
    marked: list[str] = []
    for part in words:
        own, quoted = html_text.read(part.text) if part.html else (part.text, "")
        bodies.append(own)
        marked.append(quoted)
    written = own_words.split("\n\n".join(bodies))
    old = "\n".join(filter(None, (written.quoted, *(text.strip("\n") for text in marked))))
    wrapped = tuple(map(_storable, written.wrapped))
    return own_words.OwnWords(_storable(written.text), _storable(old)[: own_words.MAX_QUOTED], wrapped)


def _storable(text: str) -> str:
    """Leave out what no database takes: NUL, and halves of surrogate pairs."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def _recipients(fields: Fields) -> tuple[str, ...]:
    """Every address this went to, each once. The envelope's own fields stand first, so that no long To hides them."""
    values = (
        *fields.every("delivered-to", "x-original-to", "envelope-to", "x-forwarded-to"),
        *fields.every("to", "cc"),
    )
    found = dict.fromkeys(one_line(address) for value in values for address in addresses(value))
    return tuple(found)[:_MAX_RECIPIENTS]


def _message_ids(fields: Fields, name: str) -> tuple[str, ...]:
    value = fields.first(name) or ""
    if "=?" in value:  # some mailers encode an id that is longer than a line
        value = decoded(value)
    return tuple(map(one_line, _MESSAGE_ID.findall(value) or [bare for bare in value.split()[:1] if "@" in bare[:500]]))


def _received_at(fields: Fields) -> datetime | None:
    stamp = (fields.first("received") or "").rpartition(";")[2]
    for value in (stamp, fields.first("date") or ""):
        try:
            at = parsedate_to_datetime(value[:100].strip())
            return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    return None
