"""The engagement score: how likely a lead is to act soon, moved by every event, from 0 to 100, and the temperature.

1. What is known of them counts as long as it is known; what they want, said and did counts in full while it is fresh.
2. Opens weigh least and clicks more, and neither counts that a machine made; listings they looked at count each.
3. From a week of quiet on, all that spoke for them fades week by week, half of it in `half_life_days`. What spoke
   against them stays.
4. A lead turns hot at one number and cools off only below a lower one, so that a point more or less changes nothing.

Weights are `data/scoring.toml`. Nothing protected by fair-housing law can enter: `EngagementFacts` has no field for a
name, language, place, family, origin or income, and no field for what somebody wrote.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from agent.rules.ledger import Line, summed
from agent.rules.scoring_profiles import EngagementProfile
from agent.rules.timelines import days_until_move

Temperature = Literal["hot", "warm", "cold"]

_DAY, _WEEK, _HOUR = timedelta(days=1), timedelta(days=7), timedelta(hours=1)
_LASTING = frozenset({"came", "phone", "email", "price", "pre_approved", "returning_visitor"})


@dataclass(frozen=True, slots=True, kw_only=True)
class EngagementFacts:
    """All that an engagement score may rest on.

    `intent`, `urgency` and `sentiment` are values of the reading door's enums, anything else counts as unknown;
    `timeline` is what they said about when (`3 months`, `end of May`), `timeline_on` the day they said it. `opens`,
    `clicks` and `listings` count messages and views, without a machine's (`machine_opens`). `answer_minutes`: how long
    their latest answer took. `last_active_at`: the last sign of life: words, a click, an open, a listing, the arrival.
    `refused`: Tend is done with them, and not because of silence. `waiting_for_us`: they asked for something only a
    person can give, and wait for it.
    """

    has_email: bool = False
    has_phone: bool = False
    intent: str = ""
    urgency: str = "unknown"
    sentiment: str = ""
    timeline: str = ""
    timeline_on: date | None = None
    price_known: bool = False
    pre_approved: bool = False
    showing_asked: bool = False
    returning_visitor: bool = False
    replies: int = 0
    answer_minutes: int | None = None
    opens: int = 0
    clicks: int = 0
    machine_opens: int = 0
    listings: int = 0
    last_active_at: datetime | None = None
    refused: bool = False
    waiting_for_us: bool = False


@dataclass(frozen=True, slots=True)
class Engagement:
    """Points, the profile's version, lines that sum to the points, and when time alone changes them (None: never)."""

    points: int
    version: str
    lines: tuple[Line, ...]
    changes_at: datetime | None


def score(facts: EngagementFacts, now: datetime, profile: EngagementProfile) -> Engagement:
    """Add up what speaks for and against the lead acting soon; the strongest first, then fading, clamping last."""
    lines = sorted(_lines(facts, now, profile), key=lambda line: -abs(line.points))
    fading = sum(line.points for line in lines if line.points > 0 and line.fact not in _LASTING)
    quiet = _quiet(facts, now)
    lost = fading - _left(fading, quiet // _WEEK, profile)
    if lost:
        weeks = quiet // _WEEK
        said = f"quiet for {weeks} weeks" if weeks > 1 else "quiet for a week"
        lines.append(Line(-lost, f"{said}: what they did fades by half in {profile.half_life_days} days", "fading"))
    points, summed_up = summed(lines)
    return Engagement(points, profile.version, summed_up, _changes_at(facts, now, fading, profile))


def temperature(points: int, *, before: str, waiting_for_us: bool, profile: EngagementProfile) -> Temperature:
    """Hot, warm or cold, where a lead that was hotter `before` stays so until the lower number is passed.

    Whoever waits for a person is hot whatever the points.
    """
    edges = profile.points["temperature"]
    if waiting_for_us or points >= edges["hot_until" if before == "hot" else "hot_from"]:
        return "hot"
    return "warm" if points >= edges["warm_from" if before == "cold" else "warm_until"] else "cold"


def _lines(facts: EngagementFacts, now: datetime, profile: EngagementProfile) -> Iterator[Line]:
    known, wants = profile.points["known"], profile.points["intent"]
    for true, name, text in (
        (True, "came", "came to us"),
        (facts.has_phone, "phone", "left a phone number"),
        (facts.has_email, "email", "left an email address"),
        (facts.price_known, "price", "named a price"),
        (facts.pre_approved, "pre_approved", "pre-approved"),
        (facts.returning_visitor, "returning_visitor", "came back to our pages"),
        (facts.refused, "refused", "done with: no more is asked of them"),
    ):
        if true and known[name]:
            yield Line(known[name], text, name)
    if wants.get(facts.intent):
        yield Line(wants[facts.intent], _INTENTS[facts.intent], "intent")
    yield from _when(facts, profile)
    yield from _talk(facts, profile)
    yield from _pages(facts, profile)
    if facts.last_active_at is not None and (quiet := _quiet(facts, now)) < _WEEK:
        name, text = ("within_a_day", "within a day") if quiet < _DAY else ("within_a_week", "within a week")
        yield Line(profile.points["fading"][name], f"a sign of life {text}", "last_active_at")


def _when(facts: EngagementFacts, profile: EngagementProfile) -> Iterator[Line]:
    urgency = profile.points["urgency"]
    if urgency.get(facts.urgency):
        yield Line(urgency[facts.urgency], _URGENCIES[facts.urgency], "urgency")
    days = days_until_move(facts.timeline, said_on=facts.timeline_on)
    if days is None:
        return
    for most, name, text in (
        (31, "month", "wants to move within a month"),
        (92, "quarter", "wants to move within three months"),
        (183, "half_year", "wants to move within half a year"),
    ):
        if days <= most:
            yield Line(profile.points["timeline"][name], text, "timeline")
            return
    yield Line(profile.points["timeline"]["later"], "moves later than in half a year", "timeline")


def _talk(facts: EngagementFacts, profile: EngagementProfile) -> Iterator[Line]:
    talk = profile.points["talk"]
    if facts.showing_asked:
        yield Line(talk["showing_asked"], "asked to see a home", "showing_asked")
    if facts.replies > 0:
        points = min(talk["replies_at_most"], talk["each_reply"] * facts.replies)
        yield Line(points, f"wrote to us {_times(facts.replies)}", "replies")
    if facts.answer_minutes is not None and facts.answer_minutes <= 60:
        quick = facts.answer_minutes <= 10
        name = "answer_in_10_minutes" if quick else "answer_in_an_hour"
        yield Line(talk[name], f"answers within {'minutes' if quick else 'the hour'}", "answer_minutes")
    if facts.sentiment in _TONES:
        yield Line(talk[facts.sentiment], _TONES[facts.sentiment], "sentiment")


def _pages(facts: EngagementFacts, profile: EngagementProfile) -> Iterator[Line]:
    pages = profile.points["pages"]
    if facts.listings > 0:
        points = min(pages["listings_at_most"], pages["each_listing"] * facts.listings)
        yield Line(points, f"looked at {_many(facts.listings, 'listing')}", "listings")
    if facts.clicks > 0:
        points = min(pages["clicks_at_most"], pages["each_click"] * facts.clicks)
        yield Line(points, f"clicked in {_many(facts.clicks, 'message')}", "clicks")
    if facts.opens > 0:
        points = min(pages["opens_at_most"], pages["each_open"] * facts.opens)
        yield Line(points, f"opened {_many(facts.opens, 'message')}", "opens")
    if facts.machine_opens > 0:
        text = f"{_many(facts.machine_opens, 'open or click', 'opens or clicks')} by a machine, not counted"
        yield Line(0, text, "machine_opens")


def _quiet(facts: EngagementFacts, now: datetime) -> timedelta:
    return timedelta(0) if facts.last_active_at is None else max(timedelta(0), now - facts.last_active_at)


def _left(points: int, weeks: int, profile: EngagementProfile) -> int:
    """What remains of points after so many quiet weeks."""
    return round(points * math.exp2(-7 * weeks / profile.half_life_days))


def _changes_at(facts: EngagementFacts, now: datetime, fading: int, profile: EngagementProfile) -> datetime | None:
    """The first full hour at which the score is another though nothing happened; None when it is settled."""
    if facts.last_active_at is None:
        return None
    weeks = _quiet(facts, now) // _WEEK
    if _quiet(facts, now) < _DAY:
        edge = facts.last_active_at + _DAY
    elif weeks == 0 or _left(fading, weeks, profile) > 0:
        edge = facts.last_active_at + (weeks + 1) * _WEEK
    else:
        return None
    into = timedelta(minutes=edge.minute, seconds=edge.second, microseconds=edge.microsecond)
    return edge - into + _HOUR if into else edge


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _many(count: int, one: str, more: str = "") -> str:
    return f"{count} {one if count == 1 else more or one + 's'}"


_URGENCIES = {"high": "sounds urgent", "medium": "means it, without haste", "low": "in no hurry"}
_TONES = {"positive": "sounds pleased", "negative": "sounds annoyed"}
_INTENTS = {
    "schedule_showing": "wants to see a home",
    "wants_call": "wants a call",
    "valuation": "asked what their home is worth",
    "buy": "wants to buy",
    "sell": "wants to sell",
    "buy_and_sell": "wants to buy and sell",
    "invest": "wants to invest",
    "rent": "wants to rent",
    "question": "asked a question",
    "provide_info": "tells us more",
    "affirm": "said yes",
    "deny": "said no",
    "thanks": "thanked us",
    "greet": "greeted us",
    "not_now": "said not now",
    "not_interested": "not interested",
    "has_agent": "has an agent",
    "wrong_person": "the wrong person",
    "opt_out": "asked us to stop",
    "are_you_a_bot": "asked whether a person is there",
    "complaint": "complained",
    "out_of_scope": "wrote about something else",
    "unclear": "unclear what they want",
}
