"""A phrase about time made ready to be understood: lower case, numbers in figures, common slips and short forms undone.

Promises the same meaning in fewer spellings: `two weeks` is `2 weeks`, `the first of march` is `the 1st of march`,
`tmrw` is `tomorrow`, `EOM` is `end of month`.
"""

from __future__ import annotations

import calendar
import re
import unicodedata
from functools import cache

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAY = (
    r"(?:mon(?:day)?|tue(?:s(?:day)?)?|wed(?:s|nesday)?|thu(?:r(?:s(?:day)?)?)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)"
    r"(?:s|\.)?"
)
MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)"
)

_ONES = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
nineteen twenty
"""
_TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "ninety": 90}
_NTHS = """
zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth
sixteenth seventeenth eighteenth nineteenth twentieth
"""
_UNITS = r"(?:days?|weeks?|months?|years?|hours?|minutes?|mins?|hrs?)"
_SLIPS = (
    (r"\b(?:tmrw|tmr|tmw|tomo|2morrow|tommorr?ow|tomorow|tomm?orr?ows?)\b", "tomorrow"),
    (r"\b(?:tonite|2nite)\b", "tonight"),
    (r"\b24/7\b", "any time"),
    (r"\b(?:wensday|wednsday|wedsday|wendsday)\b", "wednesday"),
    (r"\b(?:thrusday|thurday|thursady)\b", "thursday"),
    (r"\b(?:saterday|satuday|saturdy)\b", "saturday"),
    (r"\b(?:tuseday|teusday)\b", "tuesday"),
    (r"\b(?:febuary|feburary)\b", "february"),
    (r"\bwknd\b", "weekend"),
    (r"\bweek end\b", "weekend"),
    (r"\b(?:nxt)\b", "next"),
    (r"\beom\b", "end of month"),
    (r"\beow\b", "end of week"),
    (r"\beoy\b", "end of year"),
    (r"\b(?:eod|cob)\b", "end of day"),
    (r"\by/?e\b", "end of year"),
    (r"\bmths?\b", "months"),
    (r"\bwks\b", "weeks"),
    (r"\byrs?\b", "years"),
    (r"\b(?:a )?half (?:a )?year\b|\bhalf a year\b", "6 months"),
    (r"\b(?:a|1) year and a half\b", "18 months"),
    (r"\b(?:a )?couple(?: of)?(?: more)?(?= )", "2"),
    (r"\b(?:a )?few(?: more)?(?= )", "3"),
    (r"\bseveral(?= )", "4"),
    (r"\bhalf an? hour\b", "30 minutes"),
    (r"\ban? hour and a half\b", "90 minutes"),
    (rf"\b(?:an?|one)(?: full| whole)? (?={_UNITS}\b)", "1 "),
    (r"\b1 (day|week|month|year) or (?:two|2)\b", r"1-2 \1s"),
    (r"(?<=\w) or so\b", ""),
    (r"(?<=\d)ish\b", " ish"),
    (r"\ba little\b|\bsometime\b|\bsome time\b|\bmaybe\b|\bprobably\b|\bsay\b|\blike\b", ""),
    (r"['’]s\b", ""),
)


def spelled_out(words: str) -> str:
    """Write the phrase the plain way."""
    text = unicodedata.normalize("NFKC", words).lower().replace("–", "-").replace("—", "-").replace("’", "'")
    text = re.sub(r"[!?;\"“”()]+", " ", text)
    text = re.sub(r"\.(?=\s|$)", " ", re.sub(r"\b([ap])\. ?m\b\.?", r"\1m", text))
    numbers, values = _numbers()
    text = numbers.sub(lambda found: values[found[0].replace("-", " ")], text)
    for pattern, plain in _slips():
        text = pattern.sub(plain, text)
    return " ".join(text.split())


def weekday_of(name: str) -> int:
    """0 for Monday."""
    return _WEEKDAYS.index(name[:3])


def month_of(name: str) -> int:
    """1 for January."""
    return _MONTHS.index(name[:3]) + 1


@cache
def _numbers() -> tuple[re.Pattern[str], dict[str, str]]:
    """The number words in one pattern, longest first, and the figures they stand for."""
    ones, nths = _ONES.split(), _NTHS.split()
    figures = {word: number for number, word in enumerate(ones) if number > 1} | _TENS
    orders = {word: number for number, word in enumerate(nths) if number}
    orders |= {f"twenty {word}": 20 + number for number, word in enumerate(nths[:10]) if number}
    orders |= {"thirtieth": 30, "thirty first": 31}
    months = "|".join(f"(?<={name.lower()} )" for name in calendar.month_name[1:])
    before = rf"(?:(?<=the )|(?<=on )|(?<=for )|{months})"
    not_after = r"(?! (?:week|half|part|thing|weekend|time|one|showing))"
    any_nth, any_one = (
        "|".join(word.replace(" ", "[- ]") for word in sorted(words, key=len, reverse=True))
        for words in (orders, figures)
    )
    of_month = rf"(?= (?:day )?of (?:{MONTH}|this|next)\b)"
    pattern = rf"{before}(?:{any_nth})\b{not_after}|\b(?:{any_nth}){of_month}|(?<![\w-])(?:{any_one})(?![\w-])"
    values = {word: _nth(value) for word, value in orders.items()}
    return re.compile(pattern), values | {word: str(value) for word, value in figures.items()}


@cache
def _slips() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Compiled when the first phrase needs them; they count in figures."""
    one = (r"(?<![\w-])one(?=(?: ?(?:-|to|or) ?\d)| (?:day|week|month|year)|$)", "1")
    tens = (r"\b([2-9])0[- ]([1-9])(?= (?:days?|weeks?|months?|minutes?)\b)", r"\1\2")
    return tuple((re.compile(pattern), plain) for pattern, plain in (one, tens, *_SLIPS))


def _nth(value: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(value % 10 if value not in {11, 12, 13} else 0, "th")
    return f"{value}{ending}"
