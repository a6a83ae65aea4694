"""By when somebody means to act, from spans people write: “in 3 months”, “next year”, “asap”, “just browsing”.

Promises a band for words that name a span and `UNKNOWN` for all others, calendar dates among them. Of several spans the
longest counts, as haste is the costlier thing to imagine; an open one (“6+ months”) counts double.
"""

from __future__ import annotations

import re

from integrations.language_model import Timeline

_NUMBERS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "nine": 9, "twelve": 12}
_NUMBERS |= {"couple": 2, "couple of": 2, "few": 3, "several": 4, "eight": 8, "ten": 10, "eighteen": 18}
_COUNT = rf"\d{{1,3}}|{'|'.join(sorted(_NUMBERS, key=len, reverse=True))}"
_SPAN = re.compile(
    rf"\b(?:a |the next |next )?(?P<least>{_COUNT})(?: ?(?:-|to|or) ?(?P<most>{_COUNT}))? ?(?P<open>\+)? ?"
    r"(?P<unit>days?|weeks?|wks?|months?|mos?|years?|yrs?)\b(?! (?:ago|old|lease|now\b|mortgage|loan|fixed|experience))"
)
_SINCE = re.compile(r"\b(?:for|past|last|over the|been|since|every)(?: the| about| over| almost)? $")
_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}
_WORDS = (
    (
        re.compile(r"\b(?:no (?:rush|hurry)|some ?day|eventually|down the (?:road|line)|just (?:looking|browsing))\b"),
        400,
    ),
    (re.compile(r"\bnext year\b|\bin a year\b"), 365),
    (re.compile(r"\b(?:later|end of) (?:this|the) year\b"), 300),
    (re.compile(r"\bnext month\b"), 60),
    (re.compile(r"\b(?:asap|as soon as possible|immediate(?:ly)?|right away|this (?:week|month)|next week)\b"), 30),
)
_BANDS = (
    (30, Timeline.NOW),
    (90, Timeline.THREE_MONTHS),
    (180, Timeline.SIX_MONTHS),
    (365, Timeline.YEAR),
)


def timeline(words: str) -> Timeline:
    """The band `plain` words name, if they do."""
    days = [*_spans(words), *(worth for pattern, worth in _WORDS if pattern.search(words))]
    if not days:
        return Timeline.UNKNOWN
    return next((band for most, band in _BANDS if max(days) <= most), Timeline.LATER)


def _spans(words: str) -> list[int]:
    found = []
    for span in _SPAN.finditer(words):
        if _SINCE.search(words[: span.start()]):
            continue
        days = _number(span["most"] or span["least"]) * _DAYS[span["unit"][0]]
        found.append(days * 2 if span["open"] else days)
    return found


def _number(word: str) -> int:
    return int(word) if word.isdigit() else _NUMBERS[word]
