"""How many bedrooms and bathrooms somebody names, in figures: `3`, `2-3`, `2.5`, `3+`, `studio`.

A bare number counts where our question asked for it: “two is fine” after “how many bedrooms?”. The “one” of “that one”
never does.
"""

from __future__ import annotations

import re

_FIGURES = {
    "one": "1",
    "two": "2",
    "three": "3",
    "four": "4",
    "five": "5",
    "six": "6",
    "seven": "7",
    "eight": "8",
    "single": "1",
    "double": "2",
}
_NUMBER = r"(?:\d{1,2}(?:\.[05])?|one|two|three|four|five|six|seven|eight)"
_HALF = r"(?P<half>(?: and)? (?:a |1/)(?:half|2))?"
_COUNT = rf"(?P<few>{_NUMBER}){_HALF}(?P<more>\+)?(?: ?(?:-|to|or|/|and) ?(?P<many>{_NUMBER}))?(?: or more)?"
_BED = r"(?:bed ?-?rooms?|beds?|bdrms?|bdr?s?|brs?|b/?r|bhk|bed ?rms?)\b"
_BATH = r"(?:(?:full |whole )?(?:bath ?-?rooms?|baths?|ba|bth)|washrooms?|toilets?)\b"
_BEDS = re.compile(
    rf"(?<![\w.$]){_COUNT}[ -]{{0,2}}{_BED}|\b(?P<studio>studio)\b|\b(?P<single>single|double)[ -]bed ?room"
)
_BATHS = re.compile(rf"(?<![\w.$]){_COUNT}[ -]?(?:and )?{_BATH}")
_IS = r"(?: (?:that )?(?:i (?:need|want)|must be|should be|would be|will be|to be|is|are|needed is))?(?: ?[:=]| of)? ?"
_BEDS_AFTER = re.compile(rf"\b(?:bed ?rooms?|beds?){_IS}(?<!s )(?<!d )(?P<few>{_NUMBER})\b(?! ?(?:-|bath|ba\b))")
_BATHS_AFTER = re.compile(rf"\b(?:bath ?rooms?|baths?){_IS}(?<!s )(?<!h )(?P<few>{_NUMBER})\b(?! ?(?:-|bed|br\b))")
_ROOMS = re.compile(rf"(?<![\w.$]){_COUNT} rooms?\b")
_AND_BATHS = re.compile(rf"(?<![\w.$]){_COUNT}[ -]?{_BED} (?:and|&) (?:bath ?rooms?|baths?)\b")
SLASHED = re.compile(
    r"(?:\b(?:a|an|any|nice|for|find|need|want) )(?P<beds>[1-9])/(?P<baths>[1-9](?:\.5)?)\b(?!/)"
    r"|(?<![\d/])(?P<beds2>[1-9])/(?P<baths2>[1-9](?:\.5)?)(?= (?:min|or better|house|home|condo|ranch|townho|with"
    r"|under))",
    re.IGNORECASE,
)
"""“a 3/2” is three bedrooms and two baths, and no day in March."""
_BOTH = re.compile(r"^\W*(?P<beds>\d)(?: ?(?:and|,|&) ?)(?P<baths>\d(?:\.5)?)\W*$")
_ASKED_BEDS = re.compile(
    r"\b(?:how many|(?:number|no|amount|count|#) of|how much)\b[^?.!]{0,20}\b(?:bed ?rooms?|beds?|rooms?)\b"
    r"|\b(?:bed ?rooms?|beds) (?:do|would|should|are|will) you|\bbed ?rooms?\?"
)
_ASKED_BATHS = re.compile(
    r"\b(?:how many|(?:number|no|amount|count|#) of)\b[^?.!]{0,40}\b(?:bath ?rooms?|baths?)\b|\bbath ?rooms?\?"
)
_BARE = re.compile(
    r"(?<![\w.,$:/#-])(?P<few>\d|two|three|four|five|six|(?:(?<=just )|(?<=only )|(?<=need )|(?<=want )|(?<=is )"
    r"|(?<='s )"
    r"|(?<=be )|^)one|one(?=[ .,!]*$)|one(?= (?:rooms?|is|will|would|should|please)\b))(?P<more>\+)?"
    r"(?: ?(?:-|to|or) ?(?P<many>\d|two|three|four|five|six))?(?:\+| or more)?"
    r"(?![\w:/%]|\.\d|,\d{3}| ?(?:k|bath|ba|pm|am|months?|weeks?|days?|years?|people|kids|of us|acres?|miles?|cars?"
    r"|stor(?:y|ies)|more|other|million|dogs?|cats?|pets?)\b)"
)
_THAT_ONE = re.compile(r"\b(?:this|that|which|another|other|first|last|next|good|nice|bigger|smaller|cheaper) one\b")


def rooms(text: str, asked: str) -> tuple[str, str]:
    """Bedrooms and bathrooms in lower-case `text`, "" where none are named; `asked` is our last message, lower case."""
    if slashed := SLASHED.search(text):
        return slashed["beds"] or slashed["beds2"], slashed["baths"] or slashed["baths2"]
    if asked and (both := _BOTH.search(text)) and _ASKED_BEDS.search(asked) and "bath" in asked:
        return both["beds"], both["baths"]
    beds = _named(_BEDS, text) or _named(_BEDS_AFTER, text) or _named(_ROOMS, text)
    baths = _named(_BATHS, text) or _named(_BATHS_AFTER, text) or _named(_AND_BATHS, text)
    if not beds and not (baths and len(text.split()) < 4) and asked and _ASKED_BEDS.search(asked):
        beds = _named(_BARE, _THAT_ONE.sub("", text))
    elif not baths and not beds and asked and _ASKED_BATHS.search(asked):
        baths = _named(_BARE, _THAT_ONE.sub("", text))
    return beds, baths


def _named(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    if found is None:
        return ""
    groups = found.groupdict()
    if groups.get("studio"):
        return "studio"
    if groups.get("single"):
        return _figure(found["single"])
    few = _figure(found["few"]) + (".5" if groups.get("half") else "")
    many = _figure(groups.get("many") or "")
    if many and float(many) > float(few):
        return f"{few}-{many}"
    return f"{few}+" if groups.get("more") else few


def _figure(number: str) -> str:
    number = number.strip()
    return _FIGURES.get(number, number.removesuffix(".0"))
