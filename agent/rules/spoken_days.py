"""Finds which days a phrase names: “the 7th”, “Monday next week”, “end of March”, “in two weeks”, “3/9”.

Promises the days with the place of the words that name them, or None. The patterns are tried in their order, the more
particular first, and one that makes no sense as a date is passed over. What each means stands in `spoken_dates` and
`spoken_spans`; they compile when the first phrase needs them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from agent.rules import spoken_dates as dates
from agent.rules import spoken_spans as spans
from agent.rules.holidays import HOLIDAY
from agent.rules.spoken_dates import Meaning, Span
from agent.rules.spoken_numbers import MONTH, WEEKDAY

_NTH = r"(?P<day>\d{1,2})(?:st|nd|rd|th)\b(?! (?:floor|time|showing|home|house|place|one|st|street|ave|avenue))"
_YEAR = r"(?:,? (?:of )?(?P<year>20\d\d)\b)?"
_COUNT = r"(?P<few>\d{1,3})(?: ?(?:-|to|or) ?(?P<many>\d{1,3}))?\+?"
_UNIT = r"(?P<unit>(?:business |working )?day|week|month|year|wk|mo|yr|fortnight)s?\b"
_WHICH = r"(?P<which>this coming|this|coming|upcoming|next|following|current)"
_WEEK = r"(?:of |in |on )?(?:the )?(?P<week>this|next|following) week(?:end)?\b"
_EDGE = (
    r"(?:the )?(?:very )?(?P<edge>end|beginning|start|middle|mid|early|late|first week|last week|first half|second half"
    r"|first part|latter part)(?:-| (?:of |in |part of )?)"
)
_SEASON = r"(?P<season>spring|summer|fall|autumn|winter)"
_ANY_MONTH = rf"(?:(?!may\b){MONTH}|may(?= (?:20\d\d|\d|or |to |and )|\W*$|,))"
_LED_IN = re.compile(
    r"\b(?:(?P<by>by|before|until|till|no later than)|(?P<after>after|past)|(?P<since>from|starting|as of))"
    r"(?: (?:on|in|the|about|around))* $"
)
_ITS_END = re.compile(r"\b(?:end|late|last|latter)\b")
_A_FORTNIGHT = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class FoundDays:
    """The days, and where in the phrase they were named."""

    days: Span
    start: int
    end: int


def days_named(phrase: str, today: date) -> FoundDays | None:
    """Find the days a phrase names; `phrase` as `spoken_numbers.spelled_out` leaves it."""
    for pattern, meaning in _patterns():
        for found in pattern.finditer(phrase):
            days = meaning(found, today)
            if days is not None:
                return _led_in(phrase, FoundDays(days, *found.span()))
    return None


def _led_in(phrase: str, found: FoundDays) -> FoundDays:
    """Let the word before have its say: “by Friday”, “after the 15th”; “by May” is by its first day."""
    word, first, last = _LED_IN.search(phrase[: found.start]), found.days.first, found.days.last
    if word is None or last is None:
        return found
    if word["by"]:
        whole = last - first > _A_FORTNIGHT and not _ITS_END.search(phrase[found.start : found.end])
        days = Span(first, first if whole else last, by=True)
    elif word["after"]:
        days = Span(last + timedelta(days=1), None)
    else:
        days = Span(first, None)
    return FoundDays(days, word.start(), found.end)


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], Meaning], ...]:
    month_day = (
        rf"\b(?P<month>{MONTH})\.? ?/?(?:the )?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?"
        rf"(?: ?(?:-|to|through|thru|and|or) ?(?P<until>\d{{1,2}})(?:st|nd|rd|th)?)?(?![\d:]| ?[ap]m\b){_YEAR}"
    )
    day_month = (
        rf"\b(?P<day>\d{{1,2}})(?:(?:st|nd|rd|th)?,? of |(?:st|nd|rd|th) | (?!may\b))(?P<month>{MONTH})\b{_YEAR}"
    )
    days = rf"\b(?P<weekday>{WEEKDAY}) ?(?:-|to|through|thru) ?(?P<until>{WEEKDAY})(?: {_WEEK})?"
    from_day = rf"(?:(?P<named>now|today|tomorrow)\b|(?:{_WHICH} )?(?P<weekday>{WEEKDAY})\b)"
    within = (
        r"\b(?:within|(?:in |over |during |for )?(?:the )?(?:next|coming)|under|less than|inside(?: of)?|no more than)"
        rf" (?:the next )?(?:about )?{_COUNT} {_UNIT}"
    )
    whole = r"(?P<unit>week|month|quarter|year)(?P<after_next> after next)?\b"
    months = rf"(?P<month>{MONTH})(?: ?(?:-|to|through|or|and|/) ?)(?:early |mid |late |end of )?(?P<until>{MONTH})\b"
    a_year = rf"(?:(?<=in )|(?<=by )|(?<=until )|(?<=before )|(?<=after )|^|{_EDGE})(?P<year>20[2-4]\d)\b(?![\d,])"
    at_once = (
        r"\b(?:(?:later )?to(?:day|night)|this (?:morning|afternoon|evening)|(?:right |just )?now|asap"
        r"|as soon as possible|immediately|right away|straight away)\b"
    )
    weekend = rf"\b(?:{_WHICH} |the |on )?weekend(?P<after_next> after next)?s?\b"
    rows: tuple[tuple[str, Meaning], ...] = (
        (r"\b(?P<year>20\d\d)-(?P<month>\d{1,2})-(?P<day>\d{1,2})\b", dates.iso),
        (r"(?<![\d/$.])(?P<month>\d{1,2})/(?P<day>\d{1,2})(?:/(?P<year>20\d\d|\d\d))?(?![\d/])", dates.slashed),
        (r"(?<![\d-])(?P<month>\d{1,2})[-.](?P<day>\d{1,2})[-.](?P<year>20\d\d|\d\d)(?!\d)", dates.slashed),
        (rf"\bweekend of (?:{month_day})", dates.around(dates.month_and_day, 5, 6)),
        (rf"\bweekend of (?:the )?{_NTH}", dates.around(dates.day_of_month, 5, 6)),
        (rf"\bweek of (?:{month_day})", dates.around(dates.month_and_day, 0, 6)),
        (rf"\bweek of (?:the )?{_NTH}", dates.around(dates.day_of_month, 0, 6)),
        (day_month, dates.month_and_day),
        (month_day, dates.month_and_day),
        (rf"\b{_NTH} (?:day )?of (?P<which>this|next|the|following|current) month\b", dates.day_of_month),
        (rf"\b{_NTH}", dates.day_of_month),
        (rf"\b{_COUNT} {_UNIT} (?:from|after) {from_day}", spans.counted),
        (rf"\b(?P<weekday>{WEEKDAY}) after next\b", dates.weekday_after_next),
        (days, dates.weekdays_between),
        (rf"\b(?:any )?week ?days?\b(?:(?: \w+)? {_WEEK})?", dates.working_days),
        (rf"\b(?P<weekday>{WEEKDAY}),? {_WEEK}", dates.weekday),
        (rf"\b(?P<week>this|next|following) week(?:end)?,? (?:on )?(?P<weekday>{WEEKDAY})\b", dates.weekday),
        (rf"\b(?:{_WHICH} )?(?P<weekday>{WEEKDAY})(?!\w)", dates.weekday),
        (r"\b(?:the )?day after tomorrow\b", dates.ahead(2)),
        (r"\btomorrow\b", dates.ahead(1)),
        (weekend, dates.weekend),
        (within, spans.within),
        (rf"\b{_COUNT} (?:more )?{_UNIT}(?! (?:ago|old|lease))", spans.counted),
        (rf"\b{_EDGE}(?:the )?(?:{_WHICH} )?{whole}", spans.this_or_next),
        (rf"\b(?:{_WHICH} |the (?=\w+ after next)){whole}", spans.this_or_next),
        (rf"\b(?:{_EDGE})?(?:the )?(?:{_WHICH} )?{_SEASON}\b{_YEAR}", spans.season),
        (rf"\b(?:{_EDGE})?(?:the )?q(?P<quarter>[1-4])\b{_YEAR}", spans.quarter),
        (rf"\b{months}{_YEAR}", spans.month),
        (rf"\b{_EDGE}(?:{_WHICH} )?(?P<month>{MONTH})\b{_YEAR}", spans.month),
        (rf"\b{_WHICH} (?P<month>{MONTH})\b{_YEAR}", spans.month),
        (rf"\b(?P<month>{_ANY_MONTH})\b{_YEAR}", spans.month),
        (a_year, spans.year),
        (r"\b(?:the )?holidays\b", spans.holidays),
        (HOLIDAY, spans.holiday),
        (at_once, dates.ahead(0)),
    )
    return tuple((re.compile(pattern), meaning) for pattern, meaning in rows)
