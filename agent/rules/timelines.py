"""How soon “3 months”, “asap” or “next year” is, in days, from what people write in forms and messages.

Promises a number where the words name a span, and where they name a date and the day they were said on is known.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from agent.rules.spoken_days import days_named
from agent.rules.spoken_numbers import spelled_out

_SPAN = re.compile(r"\b(\d{1,3})(?:\s*(?:-|–|to)\s*(\d{1,3}))?\s*(\+?)\s*(day|week|month|year|yr|mo|wk)s?\b")
_DAYS = {"day": 1, "week": 7, "wk": 7, "month": 30, "mo": 30, "year": 365, "yr": 365}
_WORDS = (
    (re.compile(r"\b(asap|immediate(ly)?|right away|now|today|tomorrow|urgent(ly)?|this week)\b"), 7),
    (re.compile(r"\bnext week\b"), 14),
    (re.compile(r"\bthis month\b"), 31),
    (re.compile(r"\bnext month\b"), 61),
    (re.compile(r"\bthis (spring|summer|fall|autumn|winter)\b"), 150),
    (re.compile(r"\bnext year\b"), 365),
    (re.compile(r"\b(just (looking|browsing)|not sure|no rush|some ?day)\b"), 365),
)
_NOT_NOW = re.compile(r"\bnot (right )?now\b")


def days_until_move(timeline: str, *, said_on: date | None) -> int | None:
    """Give the days until somebody means to act, at the latest they named: `3-6 months` is 180; None when unsaid.

    An open end (`6+ months`) counts double. A date counts from the day it was said on, and only where that is known.
    """
    text = " ".join(timeline.casefold().replace("_", " ").split())[:200]
    text = re.sub(r"\b(a|an|one)(?= (day|week|month|year)\b)", "1", text)
    if span := _SPAN.search(text):
        days = int(span[2] or span[1]) * _DAYS[span[4]]
        return days * 2 if span[3] else days
    if _NOT_NOW.search(text):
        return None
    for pattern, days in _WORDS:
        if pattern.search(text):
            return days
    return _until(text, said_on) if said_on is not None else None


def _until(text: str, said_on: date) -> int | None:
    found = days_named(spelled_out(text), said_on)
    return (max((found.days.last or found.days.first) - said_on, timedelta())).days if found is not None else None
