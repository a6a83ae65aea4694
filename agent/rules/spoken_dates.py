"""What the words for single days mean: calendar dates, days of the month, days of the week, weekends.

Each function takes a match with named groups and the day it was said on. It gives the days, or None for a day that
does not exist. Weeks begin on Monday; “next Friday” is the Friday of next week, a bare “Friday” the next one after
today. A day without a month or a year is the next such day, today included.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from agent.rules.spoken_numbers import month_of, weekday_of

NEXT = frozenset({"next", "following"})


@dataclass(frozen=True, slots=True)
class Span:
    """From `first` to `last`, both included; `last` None has no end. `by`: any day before will do as well."""

    first: date
    last: date | None
    by: bool = False


Meaning = Callable[[re.Match[str], date], Span | None]


def iso(found: re.Match[str], _today: date) -> Span | None:
    """`2027-03-09`."""
    return _one(_date(int(found["year"]), int(found["month"]), int(found["day"])))


def slashed(found: re.Match[str], today: date) -> Span | None:
    """`3/9`, `3/9/27`: month and day as in the United States, turned round where the first cannot be a month."""
    month, day = int(found["month"]), int(found["day"])
    if month > 12 >= day:
        month, day = day, month
    if found["year"] is None:
        return _one(_upcoming(month, day, today))
    year = int(found["year"])
    return _one(_date(year + 2000 if year < 100 else year, month, day))


def month_and_day(found: re.Match[str], today: date) -> Span | None:
    """`March 9th`, `9 March 2027`, `March 3-5`."""
    month, day = month_of(found["month"]), int(found["day"])
    first = _date(int(found["year"]), month, day) if found["year"] else _upcoming(month, day, today)
    until = found.groupdict().get("until")
    if first is None or until is None:
        return _one(first)
    last = _date(first.year, first.month, int(until))
    return Span(first, last) if last is not None and last > first else _one(first)


def day_of_month(found: re.Match[str], today: date) -> Span | None:
    """“the 13th of this month” stays in it, also when it is over; “the 7th” is the next 7th."""
    day = int(found["day"])
    which = found.groupdict().get("which")
    if which:
        first = months_on(today.replace(day=1), 1 if which in NEXT else 0)
        return _one(_date(first.year, first.month, day))
    months = (months_on(today.replace(day=1), ahead) for ahead in range(13))
    there = (_date(first.year, first.month, day) for first in months)
    return _one(next((each for each in there if each is not None and each >= today), None))


def around(meaning: Meaning, first: int, last: int) -> Meaning:
    """“the weekend of the 14th”, “the week of March 9”: these days of the week in which that day lies."""

    def days(found: re.Match[str], today: date) -> Span | None:
        named = meaning(found, today)
        if named is None:
            return None
        start = monday(named.first)
        return Span(start + timedelta(days=first), start + timedelta(days=last))

    return days


def weekday(found: re.Match[str], today: date) -> Span | None:
    """The day in the week that was said, or the next one; “this Friday” may be today, “Friday” is not."""
    wanted, said = weekday_of(found["weekday"]), found.groupdict()
    which, week = said.get("which") or "", said.get("week") or ""
    if which in NEXT or week in NEXT:
        return _one(monday(today) + timedelta(days=7 + wanted))
    if week:
        return _one(monday(today) + timedelta(days=wanted))
    ahead = (wanted - today.weekday()) % 7
    return _one(today + timedelta(days=ahead if ahead or which.startswith("this") else 7))


def weekday_after_next(found: re.Match[str], today: date) -> Span | None:
    """“the Friday after next”: in the week after next week."""
    return _one(monday(today) + timedelta(days=14 + weekday_of(found["weekday"])))


def weekdays_between(found: re.Match[str], today: date) -> Span | None:
    """“Monday through Thursday”, what is left of it this week, else next week."""
    first, last = weekday_of(found["weekday"]), weekday_of(found["until"])
    start = monday(today) + timedelta(days=first)
    end = start + timedelta(days=(last - first) % 7)
    if found["week"] in NEXT or end < today:
        start, end = start + timedelta(days=7), end + timedelta(days=7)
    return Span(max(start, today), end)


def working_days(found: re.Match[str], today: date) -> Span | None:
    """“weekdays”, “any weekday next week”: Monday to Friday, what is left of them."""
    start = monday(today)
    if found["week"] in NEXT or today.weekday() > 4:
        start += timedelta(days=7)
    return Span(max(start, today), start + timedelta(days=4))


def weekend(found: re.Match[str], today: date) -> Span | None:
    """The coming Saturday and Sunday, what is left of them; the next weekend is a week later."""
    saturday = monday(today) + timedelta(days=5)
    if found["which"] in NEXT:
        saturday += timedelta(days=7)
    if found["after_next"]:
        saturday += timedelta(days=14)
    return Span(max(saturday, today), saturday + timedelta(days=1))


def ahead(days: int) -> Meaning:
    """So many days after today."""
    return lambda _found, today: _one(today + timedelta(days=days))


def monday(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def months_on(day: date, months: int) -> date:
    """The same day so many months later, or the last of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def month_end(day: date) -> date:
    """The last day of a day's month."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def _upcoming(month: int, day: int, today: date) -> date | None:
    """The next such day, today included; 29 February waits for a leap year, at most eight years away."""
    days = (_date(year, month, day) for year in range(today.year, today.year + 9))
    return next((each for each in days if each is not None and each >= today), None)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _one(day: date | None) -> Span | None:
    return Span(day, day) if day is not None else None
