"""How likely a lead is to act soon, as points with their reasons: a ledger of plus and minus that sums to the score.

Promises that every point is explained and that nothing protected by fair-housing law can enter: there is no field for a
name, language, place, family, origin or income, only for what the person asked for and did. Weights are a first guess
of practice, to be calibrated on a team's own outcomes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from agent.rules.timelines import days_until_move
from integrations.language_model import Intent, Urgency

Temperature = Literal["hot", "warm", "cold"]

HOT_FROM = 70
WARM_FROM = 40
START = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreFacts:
    """What a score may rest on.

    `intent` and `urgency` are values of `Intent` and `Urgency`, anything else counts as unknown. `timeline` is what the
    person said about when (`3 months`, `asap`), empty when unknown. `returning_visitor`: the browser that sent the form
    had sent one before. `replies` counts their messages to us. `answer_minutes`: how long their latest answer took,
    None when they have not answered. `last_heard_at`: their last message or form, None when unknown.
    """

    has_email: bool
    has_phone: bool
    intent: str
    urgency: str
    timeline: str
    price_known: bool
    pre_approved: bool
    showing_asked: bool
    returning_visitor: bool
    replies: int
    last_heard_at: datetime | None
    answer_minutes: int | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """One line of the ledger: points (negative ones too) and a plain phrase."""

    points: int
    text: str


@dataclass(frozen=True, slots=True)
class Score:
    """Points from 0 to 100, the temperature they mean, and reasons that sum to the points exactly."""

    points: int
    temperature: Temperature
    reasons: tuple[Reason, ...]


def score(facts: ScoreFacts, now: datetime) -> Score:
    """Add up what speaks for and against the lead acting soon; strongest reasons first, clamping last and named."""
    found = sorted(_reasons(facts, now), key=lambda reason: -abs(reason.points))
    total = sum(reason.points for reason in found)
    points = min(100, max(0, total))
    if points != total:
        found.append(Reason(points - total, "kept between 0 and 100"))
    return Score(points, temperature_of(points), tuple(found))


def temperature_of(points: int) -> Temperature:
    """Hot from 70 points, warm from 40, else cold."""
    if points >= HOT_FROM:
        return "hot"
    return "warm" if points >= WARM_FROM else "cold"


def _reasons(facts: ScoreFacts, now: datetime) -> Iterator[Reason]:
    yield Reason(START, "came to us")
    if facts.has_phone:
        yield Reason(6, "left a phone number")
    if facts.has_email:
        yield Reason(4, "left an email address")
    if facts.intent in _INTENTS:
        yield Reason(*_INTENTS[facts.intent])
    if facts.showing_asked:
        yield Reason(25, "asked to see a home")
    yield from _when(facts)
    if facts.price_known:
        yield Reason(5, "named a price")
    if facts.pre_approved:
        yield Reason(15, "pre-approved")
    if facts.returning_visitor:
        yield Reason(5, "came back to our pages")
    yield from _talk(facts, now)


def _when(facts: ScoreFacts) -> Iterator[Reason]:
    if facts.urgency == Urgency.HIGH:
        yield Reason(15, "sounds urgent")
    elif facts.urgency == Urgency.MEDIUM:
        yield Reason(6, "means it, without haste")
    elif facts.urgency == Urgency.LOW:
        yield Reason(-5, "in no hurry")
    days = days_until_move(facts.timeline)
    if days is None:
        return
    if days <= 31:
        yield Reason(12, "wants to move within a month")
    elif days <= 92:
        yield Reason(8, "wants to move within three months")
    elif days <= 183:
        yield Reason(3, "wants to move within half a year")
    else:
        yield Reason(-5, "moves later than in half a year")


def _talk(facts: ScoreFacts, now: datetime) -> Iterator[Reason]:
    if facts.replies > 0:
        times = "once" if facts.replies == 1 else f"{facts.replies} times"
        yield Reason(min(15, 5 * facts.replies), f"wrote to us {times}")
    if facts.answer_minutes is not None and facts.answer_minutes <= 60:
        quick = facts.answer_minutes <= 10
        yield Reason(6 if quick else 3, "answers within minutes" if quick else "answers within the hour")
    if facts.last_heard_at is None:
        return
    silence = now - facts.last_heard_at
    if silence <= timedelta(days=1):
        yield Reason(8, "heard from within a day")
    elif silence <= timedelta(days=7):
        yield Reason(4, "heard from within a week")
    elif silence > timedelta(days=90):
        yield Reason(-20, "silent for more than 90 days")
    elif silence > timedelta(days=30):
        yield Reason(-10, "silent for more than 30 days")


_INTENTS: dict[str, tuple[int, str]] = {
    Intent.SCHEDULE_SHOWING: (15, "wants to see a home"),
    Intent.WANTS_CALL: (20, "wants a call"),
    Intent.VALUATION: (20, "asked what their home is worth"),
    Intent.BUY: (15, "wants to buy"),
    Intent.SELL: (18, "wants to sell"),
    Intent.BUY_AND_SELL: (20, "wants to buy and sell"),
    Intent.INVEST: (12, "wants to invest"),
    Intent.RENT: (10, "wants to rent"),
    Intent.QUESTION: (8, "asked a question"),
    Intent.PROVIDE_INFO: (6, "tells us more"),
    Intent.AFFIRM: (8, "said yes"),
    Intent.DENY: (-8, "said no"),
    Intent.NOT_NOW: (-15, "said not now"),
    Intent.NOT_INTERESTED: (-60, "not interested"),
    Intent.HAS_AGENT: (-80, "has an agent"),
    Intent.WRONG_PERSON: (-100, "the wrong person"),
    Intent.OPT_OUT: (-100, "asked us to stop"),
    Intent.COMPLAINT: (-10, "complained"),
}
