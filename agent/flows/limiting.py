"""From rows to what stands against a touch beside hours and consent: number lists, the sender's budgets, email's brake.

Each answer is a sentence or None; the gate decides what it means for the touch.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.engine import Row

from agent.rules import do_not_call, sender_limits
from agent.rules.consent import WRITTEN_BASES
from agent.rules.do_not_call import NumberFacts
from agent.store.limits import Asked
from agent.store.touches import Background
from agent.tend import Tend
from channels.sms import fold, segments

_STEP_SEGMENTS = 2
"""The most a sequence's text may take, frames and all (checked at start); written words are measured."""


@dataclass(frozen=True, slots=True)
class Limited:
    """What stands against one touch, each in words; None where nothing does."""

    listed: str | None = None
    reassigned: str | None = None
    list_too_old: str | None = None
    over_budget: str | None = None
    warming_up: str | None = None
    braked: str | None = None


def asked(tend: Tend, now: datetime) -> Asked:
    """Which counts the settings and today's rules ask for."""
    brake = tend.limits.brake_on(now.date())
    return Asked(
        text_budget=tend.settings.text_budget is not None,
        ladder=tend.settings.email_ladder,
        brake_days=brake.window_days if brake is not None else 0,
    )


def limited(tend: Tend, row: Row[Any], background: Background, *, number: Row[Any] | None, now: datetime) -> Limited:
    """What stands against this touch. `number`: the phone it would reach."""
    if row.channel == "email":
        return _email(tend, background, now)
    rule = tend.limits.do_not_call_on(now.date())
    found = background.limits
    facts = _number(background, number, row)
    return Limited(
        listed=do_not_call.why_listed(facts, on=now.date(), rule=rule) if rule is not None else None,
        reassigned=do_not_call.why_reassigned(facts),
        list_too_old=do_not_call.why_too_old(found.list_checked_on, on=now.date(), rule=rule) if rule else None,
        over_budget=sender_limits.why_over_budget(
            spent=found.segments_in_24h, needed=_segments(tend, row), budget=tend.settings.text_budget
        )
        if row.channel == "sms"
        else None,
    )


def _email(tend: Tend, background: Background, now: datetime) -> Limited:
    found = background.limits
    step = sender_limits.ladder_step(tend.settings.email_ladder, first_email_at=found.first_email_at, now=now)
    brake = tend.limits.brake_on(now.date())
    return Limited(
        warming_up=sender_limits.why_warming_up(sent=found.emails_in_24h, step=step),
        braked=sender_limits.why_braked(
            sent=found.emails_in_window, bounces=found.bounces, complaints=found.complaints, rule=brake
        )
        if brake is not None
        else None,
    )


def _number(background: Background, number: Row[Any] | None, row: Row[Any]) -> NumberFacts:
    """The relationship is the lead's own doing: how they came in, and what they wrote since."""
    lead = background.leads[row.lead_id]
    value_hash = bytes(number.value_hash) if number is not None else b""
    written = [
        entry.at.date()
        for entry in background.consents.get(row.lead_id, ())
        if entry.channel == "sms" and entry.action == "granted" and entry.basis in WRITTEN_BASES
    ]
    return NumberFacts(
        listed=value_hash in background.limits.listed,
        reassigned_on=background.limits.reassigned.get(value_hash),
        consented_on=max(written, default=None),
        inquired_on=_latest(lead.arrived_at, lead.last_inbound_at),
        dealt_on=lead.deal_on,
    )


def _latest(*moments: datetime | None) -> date | None:
    return max((moment.date() for moment in moments if moment is not None), default=None)


def _segments(tend: Tend, row: Row[Any]) -> int:
    if row.words is None or row.channel != "sms":
        return _STEP_SEGMENTS
    return segments(fold(json.loads(tend.sealer.open("touches", "words", row.id, row.words))["body"])).count
