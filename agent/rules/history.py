"""What happened with a lead and when, and the facts a score may rest on as they were known at any instant.

Promises that nothing after the instant asked about enters, so that the same rule serves today's score and one of the
past. A fact nobody dated counts today and not in the past.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from agent.rules.engagement import EngagementFacts
from agent.rules.timelines import days_until_move

_EVER = datetime.max.replace(tzinfo=UTC)

How = Literal["opened", "clicked"]


@dataclass(frozen=True, slots=True)
class Looked:
    """A message was opened or clicked in, so long after it arrived."""

    how: How
    message_id: UUID
    at: datetime
    after: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """One lead. `learned` are facts by name, with the instant each became known in `since` (None: nobody dated it).

    `reached_since` is the instant of the first address of each channel. `heard` and `sent` are messages, oldest first,
    `tones` the sentiment of their words as it was read, `listings` when they looked at one. `refused_at`: when Tend was
    done with them for more than silence. `waits_for_us`: something only a person can give is asked for now.
    """

    arrived_at: datetime
    learned: Mapping[str, Any]
    since: Mapping[str, datetime | None]
    reached_since: Mapping[str, datetime]
    heard: tuple[datetime, ...] = ()
    sent: tuple[datetime, ...] = ()
    looked: tuple[Looked, ...] = ()
    listings: tuple[datetime, ...] = ()
    tones: tuple[tuple[datetime, str], ...] = ()
    refused_at: datetime | None = None
    waits_for_us: bool = False


def as_now(history: History, *, machine_seconds: int) -> EngagementFacts:
    """The facts as they are known at present: everything kept, also by a vendor whose clock is ahead of ours."""
    return _facts(history, history.learned, _EVER, machine_seconds=machine_seconds, waits=history.waits_for_us)


def as_of(history: History, at: datetime, *, machine_seconds: int) -> EngagementFacts:
    """The facts as they were known at an instant of the past."""
    known = {
        name: value
        for name, value in history.learned.items()
        if (since := history.since.get(name)) is not None and since <= at
    }
    return _facts(history, known, at, machine_seconds=machine_seconds, waits=False)


def _facts(
    history: History, known: Mapping[str, Any], at: datetime, *, machine_seconds: int, waits: bool
) -> EngagementFacts:
    heard = [moment for moment in history.heard if moment <= at]
    listings = [moment for moment in history.listings if moment <= at]
    looked = [look for look in history.looked if look.at <= at]
    theirs = [look for look in looked if look.after >= timedelta(seconds=machine_seconds)]
    tones = [tone for moment, tone in history.tones if moment <= at]
    alive = [history.arrived_at, *heard, *listings, *(look.at for look in theirs)]
    said_of_when, said_on = timeline(known, history.since)
    return EngagementFacts(
        has_email=_reached(history, "email", at),
        has_phone=_reached(history, "sms", at),
        intent=str(known.get("intent") or ""),
        urgency=str(known.get("urgency") or "unknown"),
        sentiment=tones[-1] if tones else "",
        timeline=said_of_when,
        timeline_on=said_on,
        price_known=any(known.get(name) for name in ("price_min", "price_max", "budget_range")),
        pre_approved=known.get("pre_approved") is True,
        showing_asked=bool(known.get("showing_asked")),
        returning_visitor=known.get("returning_visitor") is True,
        replies=len(heard),
        answer_minutes=_answer_minutes(history, heard),
        opens=len({look.message_id for look in theirs if look.how == "opened"}),
        clicks=len({look.message_id for look in theirs if look.how == "clicked"}),
        machine_opens=len({look.message_id for look in looked} - {look.message_id for look in theirs}),
        listings=len(listings),
        last_active_at=max((moment for moment in alive if moment <= at), default=None),
        refused=history.refused_at is not None and history.refused_at <= at,
        waiting_for_us=waits,
    )


def timeline(known: Mapping[str, Any], since: Mapping[str, datetime | None]) -> tuple[str, date | None]:
    """When they would move, in the words that say how soon, theirs before the form's; and when they said so."""
    said = [(str(known[name]), _day(since.get(name))) for name in ("move_date", "timeline") if known.get(name)]
    telling = (each for each in said if days_until_move(each[0], said_on=each[1]) is not None)
    return next(telling, said[0] if said else ("", None))


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment is not None else None


def _reached(history: History, channel: str, at: datetime) -> bool:
    since = history.reached_since.get(channel)
    return since is not None and since <= at


def _answer_minutes(history: History, heard: list[datetime]) -> int | None:
    """Minutes from our last message before their latest one; None where there was none."""
    if not heard:
        return None
    ours = [moment for moment in history.sent if moment < heard[-1]]
    earlier = heard[-2] if len(heard) > 1 else None
    if not ours or (earlier is not None and ours[-1] < earlier):
        return None
    return (heard[-1] - ours[-1]) // timedelta(minutes=1)
