"""Which time of day people mean: “after 6”, “around 2:30”, “noon”, “between 10 and 12”, “early afternoon”.

Promises a part of the day on the clock of whoever said it, or None. An hour without am or pm is one at which people
look at homes and talk: 8 to 11 in the morning, 12 at noon, 1 to 7 in the afternoon, unless “morning” or “evening” is
said beside it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time
from functools import cache


@dataclass(frozen=True, slots=True)
class PartOfDay:
    """From `start` to `end` on the wall clock; None is open. `said` is how pages write it: `morning`, `after 17:00`."""

    start: time | None
    end: time | None
    said: str


_PARTS: tuple[tuple[str, int, int, str], ...] = (
    (r"first thing(?: in the morning)?|early (?:in the )?mornings?|bright and early", 8, 10, "early morning"),
    (r"late (?:in the )?mornings?|mid-? ?mornings?", 10, 12, "late morning"),
    (r"mornings?|before lunch", 8, 12, "morning"),
    (r"early (?:in the )?afternoons?|after lunch", 12, 14, "early afternoon"),
    (r"lunch(?: ?time| hour| break)?", 12, 13, "lunchtime"),
    (r"late(?:r)? (?:in the )?afternoons?", 15, 18, "late afternoon"),
    (r"mid-? ?afternoons?", 14, 16, "mid-afternoon"),
    (r"afternoons?", 12, 17, "afternoon"),
    (r"early (?:in the )?evenings?", 17, 19, "early evening"),
    (r"evenings?|after dinner", 17, 20, "evening"),
    (r"(?:to|at )?nights?", 18, 21, "evening"),
)
_SAID_AS_TIMES = (
    (r"after (?:i get (?:off|home)(?: from)? )?(?:work|hours)|when i get (?:off|home)", (17, None)),
    (r"before work", (None, 9)),
    (r"after school", (15, None)),
    (r"(?:by |before )?(?:the )?(?:end of (?:the )?|close of )(?:business )?day|(?:by )?close of business", (None, 17)),
)
_HOUR = r"(?P<{0}h>\d{{1,2}})(?::?(?P<{0}m>[0-5]\d))?(?! ?(?:%|k\b|bed|bath|day|week|month|year|min|hour))"
_HALF = r"(?: ?(?P<{0}ap>[ap])m?\b| ?o'?clock)?"
_TIME = _HOUR + _HALF


def clock_named(phrase: str) -> PartOfDay | None:
    """Find the part of the day a phrase names; `phrase` as `spelled_out` leaves it, without the words for the day."""
    part = _part(phrase)
    half = part.said if part is not None else ""
    return _exact(phrase, half) or part


def _exact(phrase: str, half: str) -> PartOfDay | None:
    """A clock time or two, read as morning or evening where `half` of the day is named."""
    phrase = re.sub(r"\b(?:half past|half) (\d{1,2})\b", r"\1:30", phrase)
    phrase = re.sub(r"\b(?:a )?quarter (?:past|after) (\d{1,2})\b", r"\1:15", phrase)
    phrase = re.sub(r"\b(?:a )?quarter (?:to|of|till) (\d{1,2})\b", _quarter_to, phrase)
    phrase = re.sub(r"\b(?:12 )?(?:noon|midday)\b", "12:00pm", phrase)
    phrase = re.sub(r"\b(?:12 )?midnight\b", "11:59pm", phrase)
    for pattern, hours in _said_as_times():
        if pattern.search(phrase):
            return _between(*(time(hour) if hour is not None else None for hour in hours))
    span, led, bare = _times()
    if (found := span.search(phrase)) and (both := _both(found, half)):
        return _between(*both)
    for found in (*led.finditer(phrase), *bare.finditer(phrase)):
        at = _time(found["h"], found["m"], found["ap"], half)
        if at is not None:
            return _led(found.groupdict().get("lead") or "", at, about=bool(found["ish"]))
    return None


def _quarter_to(hour: re.Match[str]) -> str:
    return f"{(int(hour[1]) - 2) % 12 + 1}:45"


def _led(lead: str, at: time, *, about: bool) -> PartOfDay:
    if lead in {"after", "past", "from", "starting at", "starting", "later than", "any time after", "anytime after"}:
        return _between(at, None)
    if lead in {"before", "by", "until", "till", "til", "no later than"}:
        return _between(None, at)
    about = about or lead in {"around", "about", "near", "~", "roughly", "approximately", "close to"}
    return PartOfDay(at, at, f"about {at:%H:%M}" if about else f"{at:%H:%M}")


def _between(start: time | None, end: time | None) -> PartOfDay:
    if start is None or end is None:
        said = f"after {start:%H:%M}" if start is not None else f"before {end:%H:%M}" if end is not None else ""
        return PartOfDay(start, end, said)
    return PartOfDay(start, end, f"{start:%H:%M} to {end:%H:%M}")


def _both(found: re.Match[str], half: str) -> tuple[time, time] | None:
    """“2-4”, “10-2pm”: the first takes the second's am or pm where that keeps them in order."""
    halves = (found["ap"],) if found["ap"] else (found["bap"], None, "a", "p")
    for second in (found["bap"], "p"):
        last = _time(found["bh"], found["bm"], found["bap"] or second, half)
        firsts = (_time(found["h"], found["m"], each, half) for each in halves)
        first = next((each for each in firsts if each is not None and last is not None and each < last), None)
        if first is not None and last is not None:
            return first, last
    return None


def _time(hour: str, minute: str | None, half: str | None, part: str) -> time | None:
    number, minutes = int(hour), int(minute or 0)
    if number > 23 or (half and not 1 <= number <= 12):
        return None
    if half:
        number = number % 12 + (12 if half == "p" else 0)
    elif number < 12:
        later = 1 <= number <= 7 and not part.endswith("morning")
        number += 12 if later or part.endswith(("afternoon", "evening", "lunchtime")) else 0
    return time(number, minutes)


def _part(phrase: str) -> PartOfDay | None:
    for pattern, start, end, said in _parts():
        if pattern.search(phrase):
            return PartOfDay(time(start), time(end), said)
    return None


@cache
def _parts() -> tuple[tuple[re.Pattern[str], int, int, str], ...]:
    return tuple((re.compile(rf"\b(?:{words})\b"), start, end, said) for words, start, end, said in _PARTS)


@cache
def _said_as_times() -> tuple[tuple[re.Pattern[str], tuple[int | None, int | None]], ...]:
    return tuple((re.compile(rf"\b(?:{words})\b"), hours) for words, hours in _SAID_AS_TIMES)


@cache
def _times() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """Two times, a time a word leads to, and a time that is one by its look (or is all that is left)."""
    lead = (
        r"(?:any ?time )?after|past|later than|starting(?: at)?|from|before|by|until|till?|no later than|around|about"
        r"|near|roughly|approximately|close to|at|@|~"
    )
    ish = r"(?P<ish> ?-?ish\b)?"
    first, second = _TIME.format(""), _TIME.format("b")
    return (
        re.compile(rf"(?<![\d:/$]){first} ?(?:-|to|and|or|til|till|until|through) ?{second}"),
        re.compile(rf"(?:(?<=\s)|(?<=^)|\b)(?P<lead>{lead}) ?(?:about |around |like )?{first}{ish}"),
        re.compile(
            rf"(?<![\d:/$.])(?:(?=\d{{1,2}}(?::\d\d| ?[ap]m?\b| ?o'?clock| ?-?ish\b))|(?=\d{{1,2}}\W*$)){first}{ish}"
        ),
    )
