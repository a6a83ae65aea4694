"""How soon “3 months”, “asap” or “next year” is, in days, from what people write in forms and messages.

Promises a number only where the words name a span; a calendar date needs a resolver with today's date and is None here.
"""

from __future__ import annotations

import re

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


def days_until_move(timeline: str) -> int | None:
    """Give the days until somebody means to act, at the latest they named: `3-6 months` is 180; None when unsaid.

    An open end (`6+ months`) counts double.
    """
    text = " ".join(timeline.casefold().replace("_", " ").split())[:200]
    text = re.sub(r"\b(a|an|one)(?= (day|week|month|year)\b)", "1", text)
    if span := _SPAN.search(text):
        days = int(span[2] or span[1]) * _DAYS[span[4]]
        return days * 2 if span[3] else days
    if _NOT_NOW.search(text):
        return None
    return next((days for pattern, days in _WORDS if pattern.search(text)), None)
