"""When a lead that is put aside comes back: tonight, tomorrow morning or Monday morning, on the lead's own clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

_TONIGHT, _MORNING = time(18), time(9)


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to put a lead aside: the word in the form, the words on the button, the instant (UTC)."""

    word: str
    label: str
    until: datetime


def choices(now: datetime, *, zone: str) -> tuple[Choice, ...]:
    """Give what makes sense at `now`: “tonight” only before 17:30, “Monday” only where it is not tomorrow."""
    local = now.astimezone(ZoneInfo(zone))
    found = []
    if local.time() < time(17, 30):
        found.append(Choice("tonight", "Tonight 18:00", _at(local, days=0, clock=_TONIGHT)))
    found.append(Choice("tomorrow", "Tomorrow 9:00", _at(local, days=1, clock=_MORNING)))
    to_monday = 7 - local.weekday()
    if to_monday > 1:
        found.append(Choice("monday", "Monday 9:00", _at(local, days=to_monday, clock=_MORNING)))
    return tuple(found)


def until(word: str, now: datetime, *, zone: str) -> datetime | None:
    """The instant a form's word means now; None for a word that is not offered."""
    return next((choice.until for choice in choices(now, zone=zone) if choice.word == word), None)


def _at(local: datetime, *, days: int, clock: time) -> datetime:
    return datetime.combine(local.date() + timedelta(days=days), clock, tzinfo=local.tzinfo).astimezone(UTC)
