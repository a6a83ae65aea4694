"""From a passed touch to the message that leaves: words, sender, recipient, headers.

Runs inside the marking transaction, so it only computes. Code decides recipient, sender and links; words come from the
pinned sequence version, a named message, or what a person wrote.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.flows.gating import address_of, opened, step_of
from agent.rules import whatsapp
from agent.rules.consent import standing
from agent.rules.contact import greeting_name, reached_by
from agent.rules.prices import price_range
from agent.rules.sequences import Sequence
from agent.rules.team import Assignee
from agent.store import threads
from agent.store.ids import new_id
from agent.store.touches import Background
from agent.tend import Doors, Tend
from agent.words import Rendered
from channels.email import OutgoingEmail
from channels.headers import list_unsubscribe, safe_header
from channels.outcomes import Refused, SendOutcome
from channels.sms import OutgoingSms, fold, segments
from channels.tokens import make, reply_address
from channels.whatsapp import OutgoingWhatsApp


@dataclass(frozen=True, slots=True)
class Ready:
    """A touch marked `sending`, with everything its call needs."""

    touch_id: UUID
    message_id: UUID
    lead_id: UUID
    channel: str
    address_hash: bytes
    send: Callable[[Doors], Awaitable[SendOutcome]]
    epoch: int = 0


def compose(
    tend: Tend,
    row: Row[Any],
    background: Background,
    plans: Mapping[UUID, Sequence],
    *,
    talk: tuple[str, ...],
    now: datetime,
) -> tuple[Ready, dict[str, Any]]:
    """Render one touch; returns what to send and the message row that records it. `talk` are the mails it continues."""
    lead = background.leads[row.lead_id]
    address = address_of(row, background)
    if address is None:
        message = "the gate passed a touch without an address"
        raise RuntimeError(message)
    assignee = tend.assignee(lead.assignee_id)
    message_id = new_id()
    unsubscribe = unsubscribe_link(tend, row.lead_id) if row.channel == "email" else ""
    rendered = _words(tend, row, lead, background, plans, unsubscribe=unsubscribe)
    to = opened(tend, address)
    seal = tend.sealer.seal
    sms_body = rendered.body
    message_row = {
        "id": message_id,
        "team_id": tend.team_id,
        "lead_id": row.lead_id,
        "touch_id": row.id,
        "direction": "out",
        "channel": row.channel,
        "external_id": None,
        "address_hash": bytes(address.value_hash),
        "address": seal("messages", "address", message_id, to),
        "subject": seal("messages", "subject", message_id, rendered.subject) if rendered.subject else None,
        "body": seal("messages", "body", message_id, rendered.body),
        "text_id": rendered.text_id,
        "text_hash": rendered.text_hash,
        "segments": segments(sms_body).count if row.channel == "sms" else 0,
        "written_by": _author(tend, row),
        "at": now,
    }
    our_id = message_id.hex
    if row.channel == "sms":
        return _ready(row, message_id, address, partial(_send_sms, text=OutgoingSms(our_id, to, sms_body))), message_row
    if row.channel == "whatsapp":
        free = whatsapp.is_open(background.whatsapp_at.get(row.lead_id), now)
        blanks = () if free else _blanks(tend, lead, rendered.body)
        note = OutgoingWhatsApp(our_id, to, rendered.body, blanks)
        return _ready(row, message_id, address, partial(_send_whatsapp, note=note)), message_row
    email = OutgoingEmail(
        our_id=our_id,
        to=to,
        from_name=safe_header(f"{assignee.name}, {tend.team.brokerage}"),
        from_address=f"hello@{tend.settings.tend_email_domain}",
        reply_to=reply_address(
            token=make(tend.sealer.token_key("reply"), purpose="reply", value=row.lead_id),
            domain=tend.settings.tend_email_domain,
        ),
        subject=safe_header(rendered.subject),
        text=rendered.body,
        headers=(*list_unsubscribe(unsubscribe), *_automatic(row)),
        letterhead=tend.team.brokerage,
        references=() if row.kind == "sequence" else talk,
    )
    return _ready(row, message_id, address, partial(_send_email, email=email)), message_row


def _ready(
    row: Row[Any], message_id: UUID, address: Row[Any], send: Callable[[Doors], Awaitable[SendOutcome]]
) -> Ready:
    return Ready(row.id, message_id, row.lead_id, row.channel, bytes(address.value_hash), send)


async def earlier_mails(conn: AsyncConnection, tend: Tend, rows: Iterable[Row[Any]]) -> Mapping[UUID, tuple[str, ...]]:
    """By lead, the mails that an email among these touches continues; a step of a sequence begins anew."""
    leads = {row.lead_id for row in rows if row.channel == "email" and row.kind != "sequence"}
    if not leads:
        return {}
    return await threads.earlier_mails(
        conn, team_id=tend.team_id, lead_ids=leads, domain=tend.settings.tend_email_domain
    )


def _automatic(row: Row[Any]) -> tuple[tuple[str, str], ...]:
    """Say that no person pressed a button for this mail, so that no machine answers it (RFC 3834)."""
    if row.by_user_id is not None:
        return ()
    return (("Auto-Submitted", "auto-generated" if row.kind == "sequence" else "auto-replied"),)


def values_for(tend: Tend, lead: Row[Any], assignee: Assignee, *, unsubscribe: str = "") -> dict[str, str]:
    """The fields a text may name, for one lead; empty where unknown, so that the text's own fallback stands.

    `unsubscribe` is the lead's link, which only emails name.
    """
    facts = json.loads(tend.sealer.open("leads", "facts", lead.id, lead.facts) or "{}")
    first = tend.sealer.open("leads", "first_name", lead.id, lead.first_name)
    last = tend.sealer.open("leads", "last_name", lead.id, lead.last_name)
    return {
        "first_name": greeting_name(first) or "",
        "lead_name": f"{first} {last}".strip() or "A lead without a name",
        "agent_name": assignee.name,
        "agent_first_name": assignee.first_name,
        "agent_phone": assignee.phone,
        "brokerage": tend.team.brokerage,
        "area": str(facts.get("area") or ""),
        "property": str(facts.get("property") or ""),
        "price_range": price_range(facts.get("price_min"), facts.get("price_max")),
        "unsubscribe_link": unsubscribe,
        "postal_address": tend.team.postal_address,
    }


def unsubscribe_link(tend: Tend, lead_id: UUID) -> str:
    """The lead's own unsubscribe page (RFC 8058: a GET shows it, a POST acts)."""
    token = make(tend.sealer.token_key("unsubscribe"), purpose="unsubscribe", value=lead_id)
    return f"{tend.settings.public_url}/u/{token}"


def consent_link(tend: Tend, lead_id: UUID) -> str:
    """The lead's own page to allow texts."""
    return (
        f"{tend.settings.public_url}/u/{make(tend.sealer.token_key('consent'), purpose='consent', value=lead_id)}/texts"
    )


def _words(
    tend: Tend,
    row: Row[Any],
    lead: Row[Any],
    background: Background,
    plans: Mapping[UUID, Sequence],
    *,
    unsubscribe: str,
) -> Rendered:
    values = values_for(tend, lead, tend.assignee(lead.assignee_id), unsubscribe=unsubscribe)
    if row.words is not None:
        written = json.loads(tend.sealer.open("touches", "words", row.id, row.words))
        body = fold(written["body"]) if row.channel == "sms" else written["body"]
        if row.channel == "email":
            body = f"{body}\n\n--\n{tend.words.footer(values)}"
        return Rendered(text_id="written", text_hash="", subject=written.get("subject", ""), body=body)
    if row.purpose:
        return tend.words.render_message(row.purpose, channel=reached_by(row.channel), values=values, consent_link=None)
    enrollment = background.enrollments[row.enrollment_id]
    step = step_of(row, enrollment, plans)
    if step is None:
        message = f"touch {row.id} has neither words, purpose nor step"
        raise RuntimeError(message)
    ask = consent_link(tend, row.lead_id) if row.channel == "email" and _may_ask(row.lead_id, background) else None
    return tend.words.render_step(
        step,
        sequence_key=enrollment.sequence,
        values=values,
        first_text=not lead.texted_before,
        consent_link=ask,
    )


def _may_ask(lead_id: UUID, background: Background) -> bool:
    """Whether a mail may ask the lead to allow texts: they have a number, and have not said yes."""
    if not any(address.channel == "sms" for address in background.addresses.get(lead_id, ())):
        return False
    return not standing(background.consents.get(lead_id, ()), channel="sms").allowed


def _author(tend: Tend, row: Row[Any]) -> str:
    if row.by_user_id is None:
        return "tend"
    return next((key for key, user_id in tend.user_ids.items() if user_id == row.by_user_id), "person")


def _blanks(tend: Tend, lead: Row[Any], body: str) -> tuple[str, ...]:
    """What goes into the template's blanks: their name, and the words on one line, as Meta wants them."""
    first = greeting_name(tend.sealer.open("leads", "first_name", lead.id, lead.first_name))
    return first or "there", " ".join(body.split())


async def _send_whatsapp(doors: Doors, note: OutgoingWhatsApp) -> SendOutcome:
    return (
        await doors.whatsapp.send(note)
        if doors.whatsapp is not None
        else Refused("configuration", "no sender for WhatsApp")
    )


async def _send_sms(doors: Doors, text: OutgoingSms) -> SendOutcome:
    return await doors.sms.send(text) if doors.sms is not None else Refused("configuration", "no sender for texts")


async def _send_email(doors: Doors, email: OutgoingEmail) -> SendOutcome:
    return await doors.email.send(email) if doors.email is not None else Refused("configuration", "no sender for email")
