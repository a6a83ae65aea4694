"""The email door: what leaves, what arrives, and what a sender must do.

A message carries our own id (`our_id`) before the call, so that a crash in the middle can be settled afterwards.
Rendering, consent and suppression are decided before this door; parsing of raw mail is in `channels.mime`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from channels.outcomes import FindOutcome, SendOutcome


@dataclass(frozen=True, slots=True)
class OutgoingEmail:
    """One email to one person.

    `text` is Markdown as one writes it without thinking of it; the HTML part, if any, is made of it when the mail
    leaves. `letterhead` is whose sheet that part is; empty: the mail is text only. `references` are the ids of the
    mails this one answers, without angle brackets, the one it replies to last. `headers` are extra ones
    (List-Unsubscribe, Auto-Submitted).
    """

    our_id: str
    to: str
    from_name: str
    from_address: str
    reply_to: str
    subject: str
    text: str
    headers: tuple[tuple[str, str], ...] = ()
    letterhead: str = ""
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Attachment:
    """What was attached to a mail: name and type as its sender says, `size` in bytes.

    `content` is there when it may be kept, else `refused` says why not.
    """

    name: str
    kind: str
    size: int
    content: bytes = b""
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Returned:
    """What a mail server reports of one recipient of one of our mails (RFC 3464), or a provider of a complaint.

    `action` is `failed`, `delayed`, `delivered`, `relayed`, `expanded`, `complaint`, …; `status` such as `5.1.1`;
    `about` the message ids in the returned header, the mail's own first, without angle brackets.
    """

    action: str
    status: str
    recipient: str
    detail: str
    about: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InboundEmail:
    """One parsed email as it reached us.

    `text` is the sender's own words with quoted history and footers removed; `quoted` is what was removed.
    `auto_reply` says a machine wrote it (RFC 3834 headers and the usual signs), so that it is no reply.
    `recipients` are all To/Cc/Delivered-To addresses, lower case. `returned` is not empty for a bounce. `read` is False
    when the body was too much to read: there are no words then, and a person has to look.
    """

    external_id: str
    sender: str
    sender_name: str
    recipients: tuple[str, ...]
    subject: str
    text: str
    quoted: str
    in_reply_to: str
    references: tuple[str, ...]
    auto_reply: bool
    received_at: datetime | None
    attachments: tuple[Attachment, ...] = ()
    returned: tuple[Returned, ...] = ()
    read: bool = True


class EmailSender(Protocol):
    """Sends one email, and can be asked afterwards whether it did."""

    async def send(self, email: OutgoingEmail) -> SendOutcome:
        """Hand one email over. Answers within the sender's own time limit; never raises for the vendor's faults."""
        ...

    async def find(self, *, our_id: str, to: str, since: datetime, words: str) -> FindOutcome:
        """Say whether the message with our id and these words reached the vendor since that instant.

        A vendor that does not keep our id is asked by address, time and words.
        """
        ...
