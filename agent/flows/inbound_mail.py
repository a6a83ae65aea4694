"""A raw mail, however it came: read in a process of its own, matched to whom it answers, and heard as words or receipt.

1. A report on a mail of ours (a bounce, a complaint) becomes receipts, and is no reply.
2. Whose it is: the reply token in its recipients, else the mail of ours it answers or refers to, else its sender.
3. With a virus in it, from a sender its domain disowns (DMARC), or too much to read, it is kept and a person looks at
   it: nothing is answered or opened, and a wish to stop is honoured all the same.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import partial
from uuid import UUID

from agent.flows import receipts, replies
from agent.flows.replies import MAX_BODY, Heard, Outcome, Received
from agent.log import log
from agent.rules.contact import normalise_email
from agent.rules.own_footer import less_footer
from agent.store.attachments import Attached
from agent.store.messages import Arrived
from agent.tend import Tend
from channels.arrived_mail import Envelope
from channels.attached import kind_of
from channels.email import Attachment, InboundEmail, Returned
from channels.outcomes import INVALID_ADDRESS
from channels.receipts import Receipt, ReceiptKind
from channels.tokens import in_recipients, read

_OUR_ID = re.compile(r"[0-9a-f]{32}")
_MOST_ANSWERED = 20
_DEAD = re.compile(r"5\.(?:1\.(?:[0-36]|10)|2\.1)")
"""No such mailbox, no such host, moved, disabled (RFC 3463), takes no mail (RFC 7505; Exchange Online's usual word).

A full mailbox or a policy may pass.
"""


async def receive(tend: Tend, raw: bytes, envelope: Envelope) -> Outcome:
    """Read a mail and act on it. Raises `ValueError` for one whose sender is no email address."""
    email = await tend.doors.mail_reader.read(raw)
    if email.returned:
        told = [_receipt(email, each, number, now=tend.now()) for number, each in enumerate(email.returned)]
        new = await receipts.keep(tend, [receipt for receipt in told if receipt is not None])
        log.info("mail.returned", reports=len(told), new=new)
        return Outcome(Received.RETURNED, None)
    sender = normalise_email(email.sender)
    if sender is None:
        raise ValueError("the sender is not an email address")
    heard = _heard(tend, email, envelope, sender=sender)
    return await tend.writer.run(partial(replies.receive, tend=tend, heard=heard))


def _heard(tend: Tend, email: InboundEmail, envelope: Envelope, *, sender: str) -> Heard:
    footer = tend.words.footer(
        {"brokerage": tend.team.brokerage, "postal_address": tend.team.postal_address, "unsubscribe_link": ""}
    )
    text, sent_back = less_footer(email.text, footer)
    names = tuple(dict.fromkeys(filter(None, (email.in_reply_to, *email.references[::-1]))))[:_MOST_ANSWERED]
    return Heard(
        Arrived(
            "email",
            email.external_id,
            sender,
            email.subject[:500],
            text[:MAX_BODY],
            "\n".join(filter(None, (email.quoted, sent_back)))[:MAX_BODY],
            verdicts=str(envelope.verdicts),
            attached=tuple(_attached(each, envelope) for each in email.attachments),
        ),
        named=_named(tend, envelope.recipients or email.recipients),
        automatic=email.auto_reply,
        our_ids=tuple(filter(None, map(_our_id, names))),
        provider_ids=tuple(dict.fromkeys((*map(_local, names), *names))),
        wary=_wary(email, envelope),
    )


def _attached(found: Attachment, envelope: Envelope) -> Attached:
    infected = envelope.verdicts.infected
    return Attached(
        name=found.name,
        content_type=kind_of(found.kind),
        size=found.size,
        content=b"" if infected else found.content,
        reason="a virus was found in this mail" if infected else found.refused,
    )


def _named(tend: Tend, recipients: tuple[str, ...]) -> UUID | None:
    key = tend.sealer.token_key("reply")
    tokens = (read(key, purpose="reply", token=token) for token in in_recipients(recipients))
    return next((lead_id for lead_id in tokens if lead_id is not None), None)


def _wary(email: InboundEmail, envelope: Envelope) -> str:
    if envelope.verdicts.infected:
        return "a virus was found in this mail: open none of its attachments"
    if envelope.verdicts.forged:
        return "the sender's own domain says this mail is not from there (DMARC): it may be somebody else's"
    if not email.read:
        return "the mail was too much to read safely: look at it in your mailbox"
    return ""


def _our_id(name: str) -> UUID | None:
    """Our id in the name of a message, which is its local part or stands in it."""
    found = _OUR_ID.search(_local(name).lower())
    return UUID(hex=found[0]) if found else None


def _local(name: str) -> str:
    return name.rpartition("@")[0] or name


def _receipt(email: InboundEmail, returned: Returned, number: int, *, now: datetime) -> Receipt | None:
    """A report as a receipt; None for one that says nothing we keep. It counts only for a mail of ours it names."""
    match returned.action:
        case "failed" if _DEAD.fullmatch(returned.status):
            kind, reason = ReceiptKind.BOUNCED, INVALID_ADDRESS
        case "failed":
            kind, reason = ReceiptKind.UNDELIVERED, returned.status
        case "delayed":
            kind, reason = ReceiptKind.DELAYED, returned.status
        case "delivered" | "relayed" | "expanded":
            kind, reason = ReceiptKind.DELIVERED, ""
        case "complaint":
            kind, reason = ReceiptKind.COMPLAINED, ""
        case _:
            return None
    ours = next((our_id.hex for our_id in map(_our_id, returned.about) if our_id is not None), "")
    return Receipt(
        vendor="mail",
        external_id=f"{email.external_id}#{number}",
        kind=kind,
        channel="email",
        our_id=ours,
        provider_id=_local(returned.about[0]),
        at=email.received_at or now,
        reason=reason,
        detail=returned.detail,
    )
