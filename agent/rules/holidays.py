"""The eleven federal holidays of the United States (5 U.S.C. 6103), computed for any year since 2021.

Promises both the day itself and the weekday on which it is observed when it falls on a weekend; a state's own
holidays are not known here.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache

_MONDAY, _THURSDAY, _SATURDAY, _SUNDAY = 0, 3, 5, 6


def is_federal_holiday(day: date) -> bool:
    """Tell whether `day` is a federal holiday or the weekday on which one is observed."""
    return day in federal_holidays(day.year)


@lru_cache(maxsize=64)
def federal_holidays(year: int) -> frozenset[date]:
    """Give every date of `year` on which a federal holiday falls or is observed.

    A holiday on Saturday is also kept on the Friday before (which may be 31 December), one on Sunday on the Monday
    after.
    """
    fixed = {date(year, 1, 1), date(year, 6, 19), date(year, 7, 4), date(year, 11, 11), date(year, 12, 25)}
    floating = {
        _nth(3, _MONDAY, month=1, year=year),  # Birthday of Martin Luther King, Jr.
        _nth(3, _MONDAY, month=2, year=year),  # Washington's Birthday
        _nth(1, _MONDAY, month=6, year=year) - timedelta(days=7),  # Memorial Day: the last Monday of May
        _nth(1, _MONDAY, month=9, year=year),  # Labor Day
        _nth(2, _MONDAY, month=10, year=year),  # Columbus Day
        _nth(4, _THURSDAY, month=11, year=year),  # Thanksgiving Day
    }
    observed = {_observed(day) for day in (*fixed, date(year + 1, 1, 1))}
    return frozenset(fixed | floating | {day for day in observed if day.year == year})


def holiday_named(name: str, year: int) -> date:
    """Give the day of a holiday in `year`, by a name as `HOLIDAY` finds it. Raises KeyError for any other name."""
    return _BY_NAME[" ".join(name.replace("'", "").split())](year)


def _nth(count: int, weekday: int, *, month: int, year: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (count - 1))


def _observed(day: date) -> date:
    if day.weekday() == _SATURDAY:
        return day - timedelta(days=1)
    return day + timedelta(days=1) if day.weekday() == _SUNDAY else day


_BY_NAME: dict[str, Callable[[int], date]] = {
    "new years": lambda year: date(year, 1, 1),
    "new year": lambda year: date(year, 1, 1),
    "memorial day": lambda year: _nth(1, _MONDAY, month=6, year=year) - timedelta(days=7),
    "labor day": lambda year: _nth(1, _MONDAY, month=9, year=year),
    "thanksgiving": lambda year: _nth(4, _THURSDAY, month=11, year=year),
    "christmas": lambda year: date(year, 12, 25),
    "xmas": lambda year: date(year, 12, 25),
}
HOLIDAY = r"\b(?:the )?(?P<holiday>new year'?s?|memorial day|labor day|thanksgiving|christmas|xmas)\b"
"""Finds the holidays that people date other things by, in lower-case text."""
