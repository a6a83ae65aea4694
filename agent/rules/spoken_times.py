"""Turns what a lead said about time into days and hours on their own clock: “Saturday morning” is Sat 7 Mar, 8 to 12.

Promises an answer worked out from the words, the instant they were said and the lead's zone, or None; nothing is left
to a model. Our own patterns (`spoken_days`, `spoken_clock`) come first, the library dateparser where they find nothing
and the words look like a date. What was said stands beside it wherever it is shown, since people mean what they mean.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from agent.rules.spoken_clock import PartOfDay, clock_named
from agent.rules.spoken_dates import Span, month_end
from agent.rules.spoken_days import days_named
from agent.rules.spoken_numbers import MONTH, spelled_out

_LONGEST = 120
_IN_A_WHILE = re.compile(r"\bin (?:about |around )?(\d{1,3})(?: ?(?:-|to|or) ?\d{1,3})? ?(hour|hr|minute|min)s?\b")
_EITHER = re.compile(r" ?(?:,? or | and |,|;|/| then )(?: ?(?:maybe|else|even|possibly))? ?")
_LOOKS_LIKE_A_DATE = re.compile(rf"\d|\b{MONTH}\b")
_HALVES = re.compile(r"night|morning|afternoon|evening")
_LAST_CALL = time(21)


@dataclass(frozen=True, slots=True)
class When:
    """The days, perhaps a part of the day, and perhaps something else that would do as well (`either`)."""

    days: Span
    part: PartOfDay | None = None
    either: When | None = None

    @property
    def day(self) -> date:
        """The day they named: the first that is meant, or the last where “by” stood before it."""
        return self.days.last if self.days.by and self.days.last is not None else self.days.first

    def starts_at(self, zone: ZoneInfo, *, at: time) -> datetime:
        """The first instant that is meant, in UTC; `at` is the hour where they named none to begin at.

        A wall clock that is skipped in spring counts as an hour later, one that comes twice in autumn as the first.
        """
        start = self.part.start if self.part is not None and self.part.start is not None else at
        return datetime.combine(self.days.first, start, tzinfo=zone).astimezone(UTC)


def resolve(words: str, *, said_at: datetime, zone: ZoneInfo) -> When | None:
    """Say which days and hours `words` mean, said at this instant by somebody whose clock stands in `zone`.

    1. “in two hours” is counted from the instant.
    2. “Tuesday or Thursday at 5” is the first, with the other as `either`; a time said once counts for both.
    3. Days and part of the day are found apart; a part alone is today's, or tomorrow's when today's is over.
    4. Where nothing is found, the library has a look.
    """
    phrase = spelled_out(words[:_LONGEST])
    local = said_at.astimezone(zone)
    if soon := _IN_A_WHILE.search(phrase):
        minutes = int(soon[1]) * (60 if soon[2].startswith("h") else 1)
        then = (said_at.astimezone(UTC) + timedelta(minutes=minutes)).astimezone(zone)
        at = then.time().replace(second=0, microsecond=0)
        return When(Span(then.date(), then.date()), PartOfDay(at, at, f"{at:%H:%M}"))
    return _either(phrase, local) or _one(phrase, local) or _by_the_library(phrase, local)


def in_words(when: When, today: date) -> str:
    """Write it for a page: `Sat 7 Mar, morning`, `by Fri 1 May 2027`, `Sat 7 to Sun 8 Mar`, `April 2027`."""
    said = _span_in_words(when.days, today)
    if when.part is not None:
        said = f"{said}, {when.part.said}"
    return f"{said} or {in_words(when.either, today)}" if when.either is not None else said


def _one(phrase: str, local: datetime) -> When | None:
    found = days_named(phrase, local.date())
    if found is not None:
        rest = f"{phrase[: found.start]} , {phrase[found.end :]}"
        named = phrase[found.start : found.end]
        return When(found.days, clock_named(rest) or (clock_named(named) if _HALVES.search(named) else None))
    part = clock_named(phrase)
    if part is None:
        return None
    over = local.time() >= (part.end if part.end not in {None, part.start} else part.start or _LAST_CALL)
    if part.end is None:
        over = local.time() >= _LAST_CALL
    day = local.date() + timedelta(days=1 if over else 0)
    return When(Span(day, day), part)


def _either(phrase: str, local: datetime) -> When | None:
    """Two or more times that would do, each of which names a day; what is said once of the hour counts for all."""
    parts = [part for part in _EITHER.split(phrase) if part]
    if len(parts) < 2:
        return None
    found = [(days_named(part, local.date()), part) for part in parts]
    named = [when for days, part in found if days is not None and (when := _one(part, local)) is not None]
    if len({when.days for when in named}) < 2:
        return None
    hours = [when.part for when in named if when.part is not None]
    whole: When | None = None
    for when in reversed(named):
        whole = replace(when, part=when.part or (hours[0] if len(hours) == 1 else None), either=whole)
    return whole


def _by_the_library(phrase: str, local: datetime) -> When | None:
    if not _LOOKS_LIKE_A_DATE.search(phrase):
        return None
    import dateparser

    settings = {
        "RELATIVE_BASE": local.replace(tzinfo=None),
        "TIMEZONE": "UTC",  # a wall clock in, a wall clock out: nobody asks which zone this machine stands in
        "PREFER_DATES_FROM": "future",
        "REQUIRE_PARTS": ["day", "month"],
    }
    try:
        found = dateparser.parse(phrase, languages=["en"], settings=settings)
    except (ValueError, OverflowError):  # numbers no calendar has
        return None
    return When(Span(found.date(), found.date())) if found is not None and found.date() >= local.date() else None


def _span_in_words(days: Span, today: date) -> str:
    first, last = days.first, days.last
    if last is None:
        return f"from {_day(first, today)}"
    if days.by:
        return f"by {_day(last, today)}"
    if first == last:
        return _day(first, today)
    year = "" if last.year == today.year else f" {last.year}"
    if first.day == 1 and last == month_end(first):
        return f"{first:%B}{year}"
    if (last - first).days > 13:
        begins = f"{first.day} {first:%b}" + ("" if first.year == last.year else f" {first.year}")
        return f"{begins} to {last.day} {last:%b}{year}"
    begins = f"{first:%a} {first.day}" + ("" if first.month == last.month else f" {first:%b}")
    return f"{begins} to {last:%a} {last.day} {last:%b}{year}"


def _day(day: date, today: date) -> str:
    return f"{day:%a} {day.day} {day:%b}" + ("" if day.year == today.year else f" {day.year}")
