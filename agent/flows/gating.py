"""From rows to the facts the gate may know about one touch, as they are in the marking transaction.

Quiet hours come from every candidate zone of the lead, consent from the ledger, conditions from the pinned step, what a
CRM stage means from today's team file. What is counted per number and per sender is for `limiting`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Row

from agent.flows import limiting
from agent.rules import whatsapp
from agent.rules.conditions import in_words
from agent.rules.consent import Standing, standing
from agent.rules.contact import reached_by
from agent.rules.gate import STOP_CONFIRMATION, Channel, GateFacts, TouchKind
from agent.rules.leads import stage_guard
from agent.rules.quiet_hours import next_open, text_cap
from agent.rules.sequences import Sequence, Step, StepFacts, spread
from agent.rules.zones import Zones, states_for, surer, zones_for
from agent.store.touches import Background
from agent.tend import Tend

_MORNING = 9
_TO_A_PHONE = frozenset({"sms", "whatsapp"})
_NO_CONSENT_NEEDED = Standing(allowed=True, basis="none needed", reason="a person calls")


def gate_facts(
    tend: Tend, row: Row[Any], background: Background, plans: Mapping[UUID, Sequence], now: datetime
) -> GateFacts:
    """What the gate may know about one touch, as it is in this transaction."""
    lead = background.leads[row.lead_id]
    address = address_of(row, background)
    value = opened(tend, address)
    number = address if row.channel in _TO_A_PHONE else _phone(row.lead_id, background)
    phone = opened(tend, number) or None
    zones = _zones(tend, lead, phone)
    states = states_for(state=lead.residence_state or None, phone=phone)
    enrollment = background.enrollments.get(row.enrollment_id) if row.enrollment_id else None
    step = step_of(row, enrollment, plans)
    allowed = _NO_CONSENT_NEEDED
    if row.channel != "call":
        reached = reached_by(row.channel)
        asked_of = bytes(address.value_hash) if address is not None and reached == "sms" else None
        allowed = standing(background.consents.get(row.lead_id, ()), channel=reached, address=asked_of)
    wrote_at = background.whatsapp_at.get(row.lead_id)
    if row.channel == "whatsapp":
        allowed = whatsapp.standing_of(wrote_at, texts=allowed, now=now)
    met, condition = _condition(tend, step, lead, background, row)
    open_at = next_open(now, zones=zones, states=states, rules=tend.quiet_hours) if row.channel in _TO_A_PHONE else now
    later = spread(row.id.hex if enrollment is None else f"{enrollment.id.hex}:{row.step}")
    address_hash = bytes(address.value_hash) if address is not None else b""
    limited = limiting.limited(tend, row, background, number=number, now=now)
    return GateFacts(
        kind=TouchKind(row.kind),
        channel=Channel(row.channel),
        not_after=row.not_after,
        team_paused=background.limits.paused,
        enrollment_active=enrollment is None or enrollment.state == "active",
        conversation_with_human=lead.talks_with == "human",
        by_human=row.by_user_id is not None or row.kind == "manual",
        wrote_since=lead.last_inbound_at is not None and lead.last_inbound_at > row.planned_at,
        snoozed_until=lead.snoozed_until,
        lead_ended=lead.end_reason or None if row.kind != "manual" else None,
        stage_blocks=_stage_blocks(tend, lead),
        address_present=address is not None,
        address_invalid=address is not None and address.valid is False,
        landline=address is not None and address.landline is True,
        suppressed=address is not None and (reached_by(row.channel), address_hash) in background.limits.suppressed,
        consent=allowed,
        quiet_until=None if open_at <= now else open_at + later,
        texts_last_24h=background.limits.texts_in_24h.get(address_hash, 0),
        text_cap=text_cap(states, tend.quiet_hours, on=now.date()),
        listed=limited.listed,
        reassigned=limited.reassigned,
        list_too_old=limited.list_too_old,
        over_budget=limited.over_budget,
        warming_up=limited.warming_up,
        braked=limited.braked,
        proactive_today=any(
            _same_day(background.limits.proactive_at.get((row.channel, whom)), now, zones)
            for whom in (address_hash, row.lead_id)
        ),
        tomorrow_at=_tomorrow(now, zones.names[0]) + later,
        last_inbound_at=lead.last_inbound_at,
        replies_at_night=tend.settings.tend_replies_at_night,
        postal_address_set=bool(tend.team.postal_address),
        allowed_recipient=not tend.settings.send_only_to or value.lower() in tend.settings.send_only_to,
        can_send=row.channel == "call" or tend.doors.sender(row.channel) is not None,
        outside_window=_outside_window(tend, row, wrote_at, now),
        condition_met=met,
        condition_text=condition,
        zone_names=zones.names,
        is_stop_confirmation=row.purpose == STOP_CONFIRMATION,
        stop_in_doubt=lead.stop_in_doubt,
    )


def step_of(row: Row[Any], enrollment: Row[Any] | None, plans: Mapping[UUID, Sequence]) -> Step | None:
    """The step a touch stands for, in the version its enrollment pins; None for a touch of no sequence."""
    if enrollment is None or row.step is None:
        return None
    index: int = row.step
    return plans[enrollment.version_id].steps[index]


def address_of(row: Row[Any], background: Background) -> Row[Any] | None:
    """The address a touch goes to: the one it names, else the best of its channel; for a call any will do.

    Of several numbers, one with consent comes before one without.
    """
    named = (a for a in background.addresses.get(row.lead_id, ()) if a.id == row.address_id)
    if row.address_id is not None and (found := next(named, None)) is not None:
        return found
    theirs = [a for a in background.addresses.get(row.lead_id, ()) if a.channel == reached_by(row.channel)]
    if len(theirs) > 1:
        entries = background.consents.get(row.lead_id, ())
        consented = {a.id for a in theirs if standing(entries, channel=a.channel, address=bytes(a.value_hash)).allowed}
        theirs.sort(key=lambda a: (a.valid is False, a.id not in consented, a.rank, a.created_at))
    if theirs:
        return theirs[0]
    return next(iter(background.addresses.get(row.lead_id, ())), None) if row.channel == "call" else None


def opened(tend: Tend, address: Row[Any] | None) -> str:
    """An address in plain; empty without one."""
    return "" if address is None else tend.sealer.open("addresses", "value", address.id, address.value)


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
    met = step.when.holds(
        StepFacts(
            replied=replied,
            opened=bool(facts.get("opened")),
            clicked=bool(facts.get("clicked")),
            has_phone=any(a.channel == "sms" for a in background.addresses.get(lead.id, ())),
            can_text=standing(background.consents.get(lead.id, ()), channel="sms").allowed,
            intent=lead.intent,
            temperature=lead.temperature,
            area_known=bool(facts.get("area")),
            price_known=bool(facts.get("price_min") or facts.get("price_max")),
            property_known=bool(facts.get("property")),
        )
    )
    return met, "" if met else in_words(step.when)


def _outside_window(tend: Tend, row: Row[Any], wrote_at: datetime | None, now: datetime) -> str | None:
    door = tend.doors.whatsapp
    if row.channel != "whatsapp" or door is None:
        return None
    return whatsapp.why_closed(wrote_at, has_template=door.has_template, now=now)


def _phone(lead_id: UUID, background: Background) -> Row[Any] | None:
    return next((a for a in background.addresses.get(lead_id, ()) if a.channel == "sms"), None)


def _stage_blocks(tend: Tend, lead: Row[Any]) -> str | None:
    """What the team file says of the lead's CRM stage today; without a stage, what was found when it came in."""
    if not lead.crm_stage:
        return lead.stage_blocks or None
    verdict = stage_guard(lead.crm_stage, tend.team.stages)
    return None if verdict.automation else verdict.reason


def _zones(tend: Tend, lead: Row[Any], phone: str | None) -> Zones:
    """The zones the lead told or lives in; without either, those of the very number at hand."""
    known = Zones(tuple(lead.zones.split(",")), lead.zone_source) if lead.zones else None
    of_phone = zones_for(told=None, postal_code=None, state=None, phone=phone, team=tend.team.zone)
    return surer(known, of_phone)


def _same_day(last: datetime | None, now: datetime, zones: Zones) -> bool:
    """Whether an instant lies in the lead's own today, in any of their zones."""
    if last is None:
        return False
    clocks = [ZoneInfo(name) for name in zones.names]
    return any(last.astimezone(zone).date() == now.astimezone(zone).date() for zone in clocks)


@lru_cache(maxsize=64)
def _tomorrow(now: datetime, zone: str) -> datetime:
    """The next morning on this clock; a batch asks it of the same moment for every lead."""
    local = now.astimezone(ZoneInfo(zone))
    morning = (local + timedelta(days=1)).replace(hour=_MORNING, minute=0, second=0, microsecond=0)
    return max(morning.astimezone(now.tzinfo), now + timedelta(hours=1))
