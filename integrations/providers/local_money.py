"""The price or the range somebody names, in whole dollars: “mid 400s”, “1.1 to 1.3 million”, “under 2k a month”.

An amount is a price by its sign, its unit, or the words before it; after a question about the budget any amount is.
What somebody earns, owes, has saved or is granted is no price and is left out: of a person's income Tend keeps nothing.
Which currency it is in is not told apart.
"""

from __future__ import annotations

import re

_UNITS = {
    "k": 1_000,
    "thousand": 1_000,
    "grand": 1_000,
    "m": 1_000_000,
    "mil": 1_000_000,
    "mill": 1_000_000,
    "mm": 1_000_000,
    "million": 1_000_000,
    "lakh": 100_000,
    "lakhs": 100_000,
    "lac": 100_000,
    "lacs": 100_000,
    "cr": 10_000_000,
    "crore": 10_000_000,
    "crores": 10_000_000,
}
_UNIT = r"k|thousand|grand|mm?|mill?|million|lakhs?|lacs?|crores?|cr"
_MONEY = (
    r"(?P<{0}sign>[$€£₹] ?)?(?P<{0}number>\d[\d,]{{0,12}}(?:\.\d{{1,6}})?)"
    rf" ?(?P<{{0}}unit>{_UNIT})?(?![\w%])"
)
_FLOOR = r"at least|over|above|more than|minimum(?: of| is)?|min|starting at|starting from|from|north of|no less than"
_CEILING = (
    r"under|below|less than|up to|max(?:ing)?(?: out| imum)?(?: of| is| at)?|maximum(?: of| is)?|no more than|at most"
    r"|within|top(?:s|ping)? out at|not over|cap(?:ped)?(?: is| of)?(?: at)?|can't go over|won't go over"
    r"|approved (?:for|at)"
    r"|upper limit(?: is| of)?|limit(?: is| of)?|ceiling(?: is| of)?|not exceed(?:ing)?|cheaper than"
)
_BUDGET = r"(?:budget|price|afford|spend|rent|pay|asking|offer|worth|sell it for|list it (?:at|for))"
_ABOUT = (
    r"around|about|approx(?:imately)?|roughly|close to|near|~|somewhere|in the"
    rf"|{_BUDGET}\w*(?: range)?(?: (?:is|of|for|at|would be|will be|up|somewhere|right))*:?"
)
_NOT_MONEY = (
    r" ?(?:sq|square|acres?|miles?|mins?\b|minutes?|feet|ft|beds?|bdrm|baths?|br\b|ba\b|years?|yrs?|months?|days?"
    r"|weeks?"
    r"|hours?|pm|am|people|cars?|units?|stor(?:y|ies)|rooms?|percent|down\b|deposit|in (?:savings|the bank)|saved)"
)
_PRICE = re.compile(
    rf"(?P<cue>(?<!\w)(?:{_FLOOR}|{_CEILING}|{_ABOUT}|between)(?: about| around)?:? )*"
    rf"{_MONEY.format('a')}(?P<plus>\+)?(?: ?(?:-|to|and|or|through|up to) ?{_MONEY.format('b')})?"
    rf"(?P<per> ?(?:/ ?|an? |per |each )(?:month|mo)\b|(?: in| for)? (?:rent\b|monthly\b))?(?P<not>{_NOT_MONEY})?"
    r"(?P<after> ?(?:max(?:imum)?|tops?|or (?:less|under|below)|at (?:the )?most|and (?:under|below))\b)?"
    r"(?P<floor> ?(?:or (?:more|above|over)|minimum|and (?:up|above|over)|at least)\b)?"
)
_HUNDREDS = re.compile(
    r"\b(?:(?P<part>low(?:er)?|mid(?:dle)?|high(?:er)?|upper)(?:[ -]to[ -](?P<until>mid|high|upper))?[ -]+)?"
    r"(?P<sign>\$)?(?P<hundreds>[1-9]00)(?:k|,000)?'?s\b"
)
_PARTS = {"low": (0, 35), "lower": (0, 35), "mid": (35, 65), "middle": (35, 65), "high": (65, 99), "upper": (65, 99)}
_INCOME = re.compile(
    r"\b(?:make|making|earn\w*|income|salary|salaries|paycheck|voucher|section 8|disability|ssi|ssdi|alimony"
    r"|child support|pension|benefits|owe|mortgage (?:is|of|balance)|savings?|saved|down ?payment|put down|deposit"
    r"|bonus|commission|credit score|score is|hoa|tax(?:es)?)\b[^.;!]{0,25}$"
)
_A_YEAR = re.compile(r" ?(?:/ ?|an? |per )(?:year|yr|annum)\b| ?(?:annual|income|salary|down\b|voucher|credit)")
_ASKED = re.compile(r"\b(?:budget|price|afford|spend|how much|pay)\b")
_UNWANTED = re.compile(r"\b(?:stop|don't|do not|no|not|nothing|never|none|without|can't|cannot)\b[^.!?;,]{0,40}$")
_BEFORE = 60
"""Characters before an amount that may say what it is."""
_ROUGHLY = re.compile(r"around|about|roughly|approx|close to|near|~|somewhere")
_MEANS_MONEY = re.compile(rf"under|below|less than|up to|max|more than|at most|top|cap|between|limit|{_BUDGET}")
_RENT = re.compile(r"\b(?:rent|rental|lease|month|monthly)\b")
_NUMBERS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
_WORD = "|".join(_NUMBERS)
_HUNDRED = re.compile(rf"\b(?P<hundreds>{_WORD}|a) hundred(?:(?: and)? (?P<tens>{_WORD})(?:[ -](?P<ones>{_WORD}))?)?\b")
_MILLIONS = re.compile(
    rf"\b(?P<whole>{_WORD}|a)(?: point (?P<point>{_WORD})| (?P<half>and a half))? (?=(?:mil|mill|million|thousand"
    r"|grand)\b)"
)
_SPELLED = re.compile(r"\b(?:hundred|million|mil|mill|thousand|grand)\b")


def price(text: str, asked: str) -> tuple[int | None, int | None]:
    """The lowest and highest price in lower-case `text`; `asked` is our last message, lower case."""
    text = _in_figures(text)
    text = text.replace("401k", "").replace("401(k)", "")
    if not any(character.isdigit() for character in text):
        return None, None
    if hundreds := _HUNDREDS.search(text):
        return _of_hundreds(hundreds)
    wanted, rent = bool(asked and _ASKED.search(asked)), bool(_RENT.search(text) or _RENT.search(asked))
    for found in _PRICE.finditer(text):
        before = text[max(0, found.start("anumber") - _BEFORE) : found.start("anumber")]
        if found["not"] or _INCOME.search(before) or _A_YEAR.match(text, found.end()):
            continue
        unwanted = bool(_UNWANTED.search(text[max(0, found.start() - _BEFORE) : found.start()]))
        if (named := _range(found, wanted=wanted, rent=rent, unwanted=unwanted)) is not None:
            return named
    return None, None


def _range(found: re.Match[str], *, wanted: bool, rent: bool, unwanted: bool) -> tuple[int | None, int | None] | None:
    cue = (found["cue"] or "").strip().rstrip(":")
    unit, second_unit = found["aunit"] or "", found["bunit"] or ""
    marked = bool(found["asign"] or found["bsign"] or unit or second_unit or found["per"])
    if not (marked or cue or wanted or found["after"] or found["floor"]):
        return None
    if not unit and _number(found["anumber"]) < 1000:
        unit = second_unit
    first, second = _amount(found["anumber"], unit), _amount(found["bnumber"], second_unit)
    if first is None:
        return None
    if not marked and not rent and 100 <= first < 1000 and first % 5 == 0 and (wanted or _MEANS_MONEY.search(cue)):
        first, second = first * 1000, second * 1000 if second is not None and second < 10_000 else second
    least = (200 if found["asign"] or found["per"] or rent else 1000) if marked or rent or wanted else 10_000
    if not least <= first <= 500_000_000:
        return None
    if second is not None and second >= first:
        return first, second
    if found["plus"] or found["floor"] or re.fullmatch(rf"(?:{_FLOOR})(?: about| around)?", cue):
        return (None, first) if unwanted else (first, None)
    if found["after"] or re.fullmatch(rf"(?:{_CEILING})(?: about| around)?", cue):
        return None, first
    return (first, first) if _ROUGHLY.search(cue) else (None, first)


def _of_hundreds(found: re.Match[str]) -> tuple[int, int]:
    """“the mid 400s” is 435,000 to 465,000, “the 400s” all of them."""
    base = int(found["hundreds"])
    low, high = _PARTS.get(found["part"] or "", (0, 99))
    if found["until"]:
        high = _PARTS[found["until"]][1]
    return (base + low) * 1000, (base + high) * 1000 + (999 if high == 99 else 0)


def _in_figures(text: str) -> str:
    """“four hundred fifty thousand” as 450 thousand, “half a million” as 0.5 million, “1.5 mil” as it is."""
    if not _SPELLED.search(text):
        return text
    text = re.sub(r"\bhalf a (?=mil)", "0.5 ", text)
    text = re.sub(r"\b(\d+) and a half (?=mil)", r"\1.5 ", text)
    text = re.sub(r"\b(?:a|(\d+)) million and a half\b", lambda found: f"{found[1] or 1}.5 million", text)
    text = _HUNDRED.sub(
        lambda found: str(
            _NUMBERS.get(found["hundreds"], 1) * 100
            + _NUMBERS.get(found["tens"] or "", 0)
            + _NUMBERS.get(found["ones"] or "", 0)
        ),
        text,
    )
    return _MILLIONS.sub(
        lambda found: (
            f"{_NUMBERS.get(found['whole'], 1)}"
            f"{'.5' if found['half'] else ''}{'.' + str(_NUMBERS[found['point']]) if found['point'] else ''} "
        ),
        text,
    )


def _number(number: str) -> float:
    return float(number.replace(",", "") or 0)


def _amount(number: str | None, unit: str) -> int | None:
    return round(_number(number) * _UNITS.get(unit, 1)) if number else None
