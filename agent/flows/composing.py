"""From rows to facts for the gate, and from a passed touch to the message that leaves.

Runs inside the marking transaction, so it only computes. Code decides recipient, sender and links; words come from the
pinned sequence version, a named message, or what a person wrote.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Row

from agent.rules.consent import Standing, standing
from agent.rules.contact import greeting_name
from agent.rules.gate import Channel, GateFacts, TouchKind
from agent.rules.quiet_hours import next_open, text_cap
from agent.rules.sequences import Sequence, Step, StepFacts
from agent.rules.team import Assignee
from agent.rules.zones import Zones, states_for, zones_for
from agent.store.ids import new_id
from agent.store.touches import Background
from agent.tend import Doors, Tend
from agent.words import Rendered
from channels.email import OutgoingEmail
from channels.headers import list_unsubscribe, safe_header
from channels.outcomes import Refused, SendOutcome
from channels.sms import OutgoingSms, segments
from channels.tokens import make, reply_address

_MORNING = 9
_NO_CONSENT_NEEDED = Standing(allowed=True, basis="none needed", reason="a person calls")


@dataclass(frozen=True, slots=True)
class Ready:
    """A touch marked `sending`, with everything its call needs."""

    touch_id: UUID
    message_id: UUID
    address_hash: bytes
    send: Callable[[Doors], Awaitable[SendOutcome]]


def gate_facts(
    tend: Tend, row: Row[Any], background: Background, plans: Mapping[UUID, Sequence], now: datetime
) -> GateFacts:
    """What the gate may know about one touch, as it is in this transaction."""
    lead = background.leads[row.lead_id]
    talk = background.conversations[row.lead_id]
    address = _address(row, background)
    value = _open_address(tend, address)
    phone = value if row.channel == "sms" else _phone(tend, row.lead_id, background)
    zones = _zones(tend, lead, phone)
    states = states_for(state=lead.residence_state or None, phone=phone)
    enrollment = background.enrollments.get(row.enrollment_id) if row.enrollment_id else None
    step = _step(row, enrollment, plans)
    allowed = _NO_CONSENT_NEEDED
    if row.channel != "call":
        allowed = standing(background.consents.get(row.lead_id, ()), channel=row.channel)
    met, condition = _condition(tend, step, lead, background, row)
    open_at = next_open(now, zones=zones, states=states, rules=tend.quiet_hours) if row.channel == "sms" else now
    address_hash = bytes(address.value_hash) if address is not None else b""
    return GateFacts(
        kind=TouchKind(row.kind),
        channel=Channel(row.channel),
        not_after=row.not_after,
        team_paused=background.paused,
        enrollment_active=enrollment is None or enrollment.state == "active",
        conversation_with_human=talk.owner == "human",
        by_human=row.by_user_id is not None or row.kind == "manual",
        expected_generation=row.expected_generation,
        generation=talk.generation,
        snoozed_until=lead.snoozed_until,
        lead_ended=lead.end_reason or None if row.kind != "manual" else None,
        stage_blocks=lead.stage_blocks or None,
        address_present=address is not None,
        address_invalid=address is not None and address.valid is False,
        landline=address is not None and address.landline is True,
        suppressed=address is not None and (row.channel, address_hash) in background.suppressed,
        consent=allowed,
        quiet_until=None if open_at <= now else open_at,
        texts_last_24h=background.texts_today.get(address_hash, 0),
        text_cap=text_cap(states, tend.quiet_hours, on=now.date()),
        proactive_today=_same_day(background.sequence_days.get((row.lead_id, row.channel)), now, zones),
        tomorrow_at=_tomorrow(now, zones),
        last_inbound_at=lead.last_inbound_at,
        replies_at_night=tend.settings.tend_replies_at_night,
        postal_address_set=bool(tend.team.postal_address),
        allowed_recipient=not tend.settings.send_only_to or value.lower() in tend.settings.send_only_to,
        can_send=row.channel == "call" or (tend.doors.email if row.channel == "email" else tend.doors.sms) is not None,
        condition_met=met,
        condition_text=condition,
        zone_names=zones.names,
        is_stop_confirmation=row.purpose == "stop-confirmation",
    )


def compose(
    tend: Tend, row: Row[Any], background: Background, plans: Mapping[UUID, Sequence], now: datetime
) -> tuple[Ready, dict[str, Any]]:
    """Render one touch; returns what to send and the message row that records it."""
    lead = background.leads[row.lead_id]
    address = _address(row, background)
    if address is None:
        message = "the gate passed a touch without an address"
        raise RuntimeError(message)
    assignee = tend.assignee(lead.assignee_id)
    message_id = new_id()
    rendered = _words(tend, row, lead, background, plans, assignee)
    to = _open_address(tend, address)
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
        text = OutgoingSms(our_id=our_id, to=to, body=sms_body)
        return Ready(row.id, message_id, bytes(address.value_hash), lambda doors: _send_sms(doors, text)), message_row
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
        headers=list_unsubscribe(unsubscribe_link(tend, row.lead_id)),
    )
    return Ready(row.id, message_id, bytes(address.value_hash), lambda doors: _send_email(doors, email)), message_row


def values_for(tend: Tend, lead: Row[Any], assignee: Assignee) -> dict[str, str]:
    """The fields a text may name, for one lead; empty where unknown, so that the text's own fallback stands."""
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
        "price_range": price_range(facts),
        "unsubscribe_link": unsubscribe_link(tend, lead.id),
        "postal_address": tend.team.postal_address,
    }


def price_range(facts: Mapping[str, Any]) -> str:
    """Write a price range as people do: `$450k–$500k`, `up to $500k`."""
    low, high = facts.get("price_min"), facts.get("price_max")
    if low and high:
        return f"{_money(low)} to {_money(high)}"
    if high:
        return f"up to {_money(high)}"
    return f"from {_money(low)}" if low else ""


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
    assignee: Assignee,
) -> Rendered:
    values = values_for(tend, lead, assignee)
    may_text = standing(background.consents.get(row.lead_id, ()), channel="sms").allowed
    has_phone = any(a.channel == "sms" for a in background.addresses.get(row.lead_id, ()))
    ask = consent_link(tend, row.lead_id) if has_phone and not may_text else None
    if row.words is not None:
        written = json.loads(tend.sealer.open("touches", "words", row.id, row.words))
        return Rendered(text_id="written", text_hash="", subject=written.get("subject", ""), body=written["body"])
    if row.purpose:
        return tend.words.render_message(row.purpose, channel=row.channel, values=values, consent_link=None)
    enrollment = background.enrollments[row.enrollment_id]
    step = _step(row, enrollment, plans)
    if step is None:
        message = f"touch {row.id} has neither words, purpose nor step"
        raise RuntimeError(message)
    return tend.words.render_step(
        step,
        sequence_key=enrollment.sequence,
        values=values,
        first_text=row.lead_id not in background.texted_before,
        consent_link=ask,
    )


def _author(tend: Tend, row: Row[Any]) -> str:
    if row.by_user_id is None:
        return "tend"
    return next((key for key, user_id in tend.user_ids.items() if user_id == row.by_user_id), "person")


def _step(row: Row[Any], enrollment: Row[Any] | None, plans: Mapping[UUID, Sequence]) -> Step | None:
    if enrollment is None or row.step is None:
        return None
    index: int = row.step
    return plans[enrollment.version_id].steps[index]


def _condition(
    tend: Tend,
    step: Step | None,
    lead: Row[Any],
    background: Background,
    row: Row[Any],
) -> tuple[bool, str]:
    if step is None or step.when is None:
        return True, ""
    facts = json.loads(tend.sealer.open("leads", "facts", lead.id, lead.facts) or "{}")
    enrollment = background.enrollments[row.enrollment_id]
    replied = lead.last_inbound_at is not None and lead.last_inbound_at >= enrollment.started_at
    return (
        step.when.holds(
            StepFacts(
                replied=replied,
                opened=bool(facts.get("opened")),
                clicked=bool(facts.get("clicked")),
                has_phone=any(a.channel == "sms" for a in background.addresses.get(lead.id, ())),
                can_text=standing(background.consents.get(lead.id, ()), channel="sms").allowed,
                intent=lead.intent,
                temperature=lead.temperature,
                area_known=bool(facts.get("area")),
                price_known=bool(price_range(facts)),
                property_known=bool(facts.get("property")),
            )
        ),
        str(step.when),
    )


def _address(row: Row[Any], background: Background) -> Row[Any] | None:
    theirs = [a for a in background.addresses.get(row.lead_id, ()) if a.channel == row.channel]
    theirs.sort(key=lambda a: (a.valid is False, a.rank, a.created_at))
    if theirs:
        return theirs[0]
    return next(iter(background.addresses.get(row.lead_id, ())), None) if row.channel == "call" else None


def _open_address(tend: Tend, address: Row[Any] | None) -> str:
    return "" if address is None else tend.sealer.open("addresses", "value", address.id, address.value)


def _phone(tend: Tend, lead_id: UUID, background: Background) -> str | None:
    phone = next((a for a in background.addresses.get(lead_id, ()) if a.channel == "sms"), None)
    return None if phone is None else _open_address(tend, phone)


def _zones(tend: Tend, lead: Row[Any], phone: str | None) -> Zones:
    if lead.zones:
        return Zones(tuple(lead.zones.split(",")), lead.zone_source)
    return zones_for(told=None, postal_code=None, state=lead.residence_state or None, phone=phone, team=tend.team.zone)


def _same_day(last: datetime | None, now: datetime, zones: Zones) -> bool:
    if last is None:
        return False
    zone = ZoneInfo(zones.names[0])
    return last.astimezone(zone).date() == now.astimezone(zone).date()


def _tomorrow(now: datetime, zones: Zones) -> datetime:
    local = now.astimezone(ZoneInfo(zones.names[0]))
    morning = (local + timedelta(days=1)).replace(hour=_MORNING, minute=0, second=0, microsecond=0)
    return max(morning.astimezone(now.tzinfo), now + timedelta(hours=1))


def _money(dollars: int) -> str:
    return f"${dollars // 1000}k" if dollars >= 1000 else f"${dollars}"


async def _send_sms(doors: Doors, text: OutgoingSms) -> SendOutcome:
    return await doors.sms.send(text) if doors.sms is not None else Refused("configuration", "no sender for texts")


async def _send_email(doors: Doors, email: OutgoingEmail) -> SendOutcome:
    return await doors.email.send(email) if doors.email is not None else Refused("configuration", "no sender for email")
