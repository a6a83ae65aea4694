"""What the words for longer times mean: so many weeks from now, and weeks, months, quarters, seasons, years, holidays.

Each function takes a match with named groups and the day it was said on. Of a time that has begun only the rest is
given. “Next March” and “next summer” are next year's; the end of a month or season is its last third, of a
year its last quarter.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from agent.rules.holidays import holiday_named
from agent.rules.spoken_dates import NEXT, Span, monday, month_end, months_on, weekday
from agent.rules.spoken_numbers import month_of

_FIRST_MONTH = {"spring": 3, "summer": 6, "fall": 9, "autumn": 9, "winter": 12}
_AT_MOST = 600


def counted(found: re.Match[str], today: date) -> Span | None:
    """“in 2 weeks” is that day, “a week from Friday” too; “3 to 6 months” are the days between."""
    start, said = today, found.groupdict()
    if said.get("weekday"):
        named = weekday(found, today)
        start = named.first if named is not None else today
    elif said.get("named") == "tomorrow":
        start += timedelta(days=1)
    few, many = int(found["few"]), int(found["many"] or found["few"])
    if not few <= many <= _AT_MOST:
        return None
    return Span(_later(start, few, found["unit"]), _later(start, many, found["unit"]))


def within(found: re.Match[str], today: date) -> Span | None:
    """“within 30 days”, “in the next 2-3 months”: from today on."""
    many = int(found["many"] or found["few"])
    return Span(today, _later(today, many, found["unit"])) if many <= _AT_MOST else None


def this_or_next(found: re.Match[str], today: date) -> Span | None:
    """A week, month, quarter or year, or the part of it that was named."""
    on = (1 if found["which"] in NEXT else 0) + (2 if found["after_next"] else 0)
    match found["unit"]:
        case "week":
            return _part_of_week(found, monday(today) + timedelta(days=7 * on), today)
        case "month":
            first = months_on(today.replace(day=1), on)
            last = month_end(first)
        case "quarter":
            first = months_on(today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1), 3 * on)
            last = month_end(months_on(first, 2))
        case _:
            first, last = date(today.year + on, 1, 1), date(today.year + on, 12, 31)
    return _part(found, first, last, today)


def month(found: re.Match[str], today: date) -> Span | None:
    """A month by name: the next one, this one included; “March or April” is both."""
    number, said = month_of(found["month"]), found.groupdict()
    year = today.year + (number < today.month)
    if found["year"]:
        year = int(found["year"])
    elif said.get("which") == "next":
        year = today.year + 1
    first = date(year, number, 1)
    if not said.get("until"):
        return _part(found, first, month_end(first), today)
    last = month_of(found["until"])
    return _part(found, first, month_end(date(year + (last < number), last, 1)), today)


def season(found: re.Match[str], today: date) -> Span | None:
    """Three whole months, as weather people count; one under way is meant while it lasts."""
    begins = _FIRST_MONTH[found["season"]]
    year = today.year - (begins == 12 and today.month < 3)
    if found["year"]:
        year = int(found["year"])
    elif found["which"] == "next" or month_end(months_on(date(year, begins, 1), 2)) < today:
        year += 1
    first = date(year, begins, 1)
    return _part(found, first, month_end(months_on(first, 2)), today)


def quarter(found: re.Match[str], today: date) -> Span | None:
    """`Q2`, `Q1 2027`."""
    begins = int(found["quarter"]) * 3 - 2
    year = int(found["year"]) if found["year"] else today.year + (begins + 2 < today.month)
    first = date(year, begins, 1)
    return _part(found, first, month_end(months_on(first, 2)), today)


def year(found: re.Match[str], today: date) -> Span | None:
    """`in 2027`, `early 2027`."""
    number = int(found["year"])
    return _part(found, date(number, 1, 1), date(number, 12, 31), today)


def holiday(found: re.Match[str], today: date) -> Span | None:
    """Thanksgiving, Christmas and their like, the next one."""
    days = (holiday_named(found["holiday"], number) for number in (today.year, today.year + 1))
    there = next((day for day in days if day >= today), None)
    return Span(there, there) if there is not None else None


def holidays(_found: re.Match[str], today: date) -> Span | None:
    """“the holidays”: Christmas to New Year's Day."""
    began = today.year - (today.month == 1 and today.day == 1)
    return Span(max(date(began, 12, 24), today), date(began + 1, 1, 1))


def _part(found: re.Match[str], first: date, last: date, today: date) -> Span:
    """The part of it that was named: a third (of a year a quarter) at either end, the middle, a half, or a week."""
    length = (last - first).days + 1
    third = timedelta(days=length // 3 if length < 300 else 90)
    half, week = timedelta(days=length // 2), timedelta(days=6)
    match (found.groupdict().get("edge") or "").strip(" -"):
        case "first week":
            last = first + week
        case "last week":
            first = last - week
        case "end" | "late" | "latter part":
            first = last - third + timedelta(days=1)
        case "beginning" | "start" | "early" | "first part":
            last = first + third - timedelta(days=1)
        case "middle" | "mid":
            first, last = first + third, last - third
        case "first half":
            last = first + half - timedelta(days=1)
        case "second half":
            first += half
    return Span(max(first, today) if last >= today else first, last)


def _part_of_week(found: re.Match[str], start: date, today: date) -> Span:
    match (found.groupdict().get("edge") or "").strip(" -"):
        case "":
            first, last = 0, 6
        case "end" | "late" | "latter part" | "second half":
            first, last = 3, 4
        case "middle" | "mid":
            first, last = 1, 3
        case _:
            first, last = 0, 1
    if start + timedelta(days=last) < today:
        start += timedelta(days=7)
    return Span(max(start + timedelta(days=first), today), start + timedelta(days=last))


def _later(start: date, many: int, unit: str) -> date:
    if "month" in unit or unit == "mo":
        return months_on(start, many)
    if "year" in unit or unit == "yr":
        return months_on(start, many * 12)
    if unit.startswith(("business", "working")):
        return _working_days_on(start, many)
    return start + timedelta(days=many * {"week": 7, "wk": 7, "fortnight": 14}.get(unit, 1))


def _working_days_on(day: date, many: int) -> date:
    while many:
        day += timedelta(days=1)
        many -= day.weekday() < 5
    return day
