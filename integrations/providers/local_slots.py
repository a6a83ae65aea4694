"""Facts a lead names, found by patterns: place, rooms, price, times, pre-approval, another agent.

Works on text as `local_words.tidy` leaves it and returns the person's own words, except prices, which become whole
dollars. There is no list of places: an area is what follows in, near or around. Turning a phrase into a date is left
to code that knows the day and the lead's zone.
"""

from __future__ import annotations

import re

from integrations.language_model import Slots

_NUMBER = r"(?:\d{1,2}(?:\.\d)?|one|two|three|four|five|six|seven|eight)"
_COUNT = rf"{_NUMBER}\+?(?: ?(?:-|to|or) ?{_NUMBER})?"
_BEDS = re.compile(
    rf"\b({_COUNT})(?: or more)?[ -]?(?:bed ?rooms?|beds?|bdrms?|brs?|bds?)\b|\b(studio)\b", re.IGNORECASE
)
_BATHS = re.compile(rf"\b({_COUNT})(?: or more)?[ -]?(?:(?:full )?bath ?rooms?|baths?|ba)\b", re.IGNORECASE)

_UNITS = {
    "k": 1_000,
    "thousand": 1_000,
    "grand": 1_000,
    "m": 1_000_000,
    "mil": 1_000_000,
    "mm": 1_000_000,
    "million": 1_000_000,
}
_MONEY = r"(?P<{0}sign>\$ ?)?(?P<{0}number>\d[\d,]*(?:\.\d+)?) ?(?P<{0}unit>k|thousand|grand|mm?|mil|million)?(?![\w%])"
_FLOOR = r"at least|over|above|more than|minimum|min|starting at|from|north of"
_CEILING = (
    r"under|below|less than|up to|max(?:imum)?(?: of| is)?|no more than|at most|within|top out at|not over"
    r"|cap(?:ped)? at"
)
_ABOUT = (
    r"around|about|approx(?:imately)?|roughly|close to|near|budget(?:ed)?(?: is| of| for| around| about)*"
    r"|price(?:d)?(?: at| of| is)?|afford|spend|~"
)
_NOT_MONEY = (
    r" ?(?:sq|square|acres?|miles?|min|feet|ft|beds?|baths?|br\b|ba\b|years?|months?|days?|weeks?|hours?|pm|am|people)"
)
_PRICE = re.compile(
    rf"(?P<cue>\b(?:{_FLOOR}|{_CEILING}|{_ABOUT}|between)\b:? )*"
    rf"{_MONEY.format('a')}(?: ?(?:-|to|and) ?{_MONEY.format('b')})?"
    rf"(?P<per> ?(?:/ ?|a |per )(?:month|mo)\b)?(?P<not>{_NOT_MONEY})?",
    re.IGNORECASE,
)

_DAY = r"(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?s?"
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)"
)
_CLOCK = (
    r"(?:(?:around |about |after |before |by )?(?:\d{1,2}(?::\d\d)? ?(?:[ap]\.?m\b\.?|o'clock)|\d{1,2}:\d\d|noon)"
    r"|(?:in the )?(?:morning|afternoon|evening)s?)"
)
_DATE = (
    rf"(?:{_MONTH}\.? \d{{1,2}}(?:st|nd|rd|th)?|\d{{1,2}}(?:st|nd|rd|th)? of {_MONTH}"
    rf"|\d{{1,2}}/\d{{1,2}}(?:/\d{{2,4}})?|the \d{{1,2}}(?:st|nd|rd|th))\b"
)
_SOON = (
    rf"(?:(?:this|next|on|the) )?{_DAY}\b|(?:this|next) (?:week(?:end)?|{_DAY})\b|day after tomorrow|today|tomorrow"
    rf"|tonight|(?:the |over the )?weekend|{_DATE}"
)
_VISIT = re.compile(
    rf"\b(?P<visit>(?:(?:{_SOON})(?:,? (?:at |@ ?)?{_CLOCK})*(?:,? (?:or|and) (?:{_SOON}|{_CLOCK}))?)"
    rf"|{_CLOCK}(?: (?:on )?(?:{_SOON}))|at {_CLOCK}|in the (?:morning|afternoon|evening))",
    re.IGNORECASE,
)
_SPAN = (
    r"(?:\d+|one|two|three|four|five|six|nine|twelve|(?:a )?(?:few|couple(?: of)?)|a)(?: ?(?:-|to|or) ?(?:\d+|two|three"
    r"|four|six))?(?: more)? (?:days?|weeks?|months?|years?)"
)
_MOVE_PHRASE = (
    rf"(?:(?:the )?(?:end|beginning|start|middle) of )?(?:{_DATE}(?:,? \d{{4}})?|{_MONTH}(?:,? \d{{4}})?\b|(?:this"
    rf"|next|the|early|late) (?:year|month|spring|summer|fall|winter|week|weekend)"
    rf"|spring|summer|fall|winter|asap|as soon as possible|immediately|right away)"
)
_MOVE = re.compile(
    r"\b(?:mov(?:e|ing)|relocat\w+|lease(?: is)? (?:up|ends?|expires?|over|runs out)|clos(?:e|ing)|settled"
    r"|buy(?:ing)?|sell(?:ing)?|rent(?:ing)?"
    rf"|need (?:a place|it|to be (?:in|out))|be (?:in|out)|start(?:ing)?|available)\b[^.?!\n]{{0,30}}?\b(?:by|in|on"
    rf"|before|around|for|at|within|until|come)? ?(?P<move>{_MOVE_PHRASE})"
    rf"|\b(?P<lead>in|within) (?P<span>{_SPAN})\b|\b(?:by|before) (?P<by>{_MOVE_PHRASE})"
    rf"|^\W*(?P<only>{_MOVE_PHRASE}|{_SPAN})\W*$",
    re.IGNORECASE,
)

_ADDRESS = re.compile(
    r"\b\d{1,5} (?:[NSEW]\.? )?(?:[A-Za-z0-9][\w']*\.? ){1,3}(?:st|street|ave|avenue|rd|road|dr|drive|ln|lane|ct"
    r"|court|blvd|boulevard|way|pl|place|cir"
    r"|circle|ter|terrace|trl|trail|pkwy|parkway|hwy|loop)\b\.?|\bmls ?#? ?\d{4,}",
    re.IGNORECASE,
)
_NOT_AREA = (
    r"(?!(?:the )?(?:morning|afternoon|evening|spring|summer|fall|winter|future|meantime|market|process|area|next"
    r"|past|last|same|middle|end|works?"
    rf"|general|touch|person|mind|case|cash|time|advance|fact|order|{_MONTH}|{_DAY}|{_NUMBER}|a|an|my|our|your|his"
    rf"|her|this|that|it|here|there|any|some|about"
    r"|noon|half|between|buying|selling|renting|seeing|moving|looking|getting|viewing|finding|investing|all|which"
    r"|what|no|good|great|excess|contact|question|response|reply|exchange|good)\b)"
)
_PLACE_NAME = r"[A-Z][\w'-]*\.?(?: (?:[A-Z][\w'-]*\.?|of|de|del|la|the))*(?<! the)(?<! of)(?:, ?[A-Z]{2}\b)?"
_AREA = re.compile(
    rf"\b(?:[Ii]n|[Nn]ear(?:by)?|[Aa]round|[Cc]lose to|[Oo]utside(?: of)?|[Aa]rea of|[Mm]ov(?:e|ing) to"
    rf"|[Rr]elocat(?:e|ing) to) (?:the )?(?i:{_NOT_AREA})(?P<name>{_PLACE_NAME}|\d{{5}}\b)"
)
_AREA_LOWER = re.compile(
    rf"\b(?:in|near|around|close to|outside(?: of)?|moving to"
    rf"|relocating to) {_NOT_AREA}(?P<name>(?:the )?[a-z][a-z']{{2,}}(?: (?!(?:with|for|and|or|under|over|around"
    rf"|near|by|that|on|at|to|is|if|please|but|from|up|area|asap|next|this|below|less|ideally|preferably"
    rf"|thanks?)\b)[a-z']{{3,}})?)",
    re.IGNORECASE,
)
_ZIP = re.compile(r"\b(?:zip(?: code)?|area)(?: is)?:? (\d{5})\b|\b(\d{5}) (?:zip|area)", re.IGNORECASE)

_APPROVED_NOT = re.compile(
    r"\b(?:not|n't|never|haven't|hasn't|without|need to get|have to get"
    r"|still need)(?: \w+){0,3} (?:a )?pre-? ?(?:approv|qualif)\w*",
    re.IGNORECASE,
)
_APPROVED_ASK = re.compile(
    r"\b(?:how|should|do i|do we|can i|can we|what)\b[^.!\n]*\bpre-? ?(?:approv|qualif)", re.IGNORECASE
)
_APPROVED = re.compile(
    r"\bpre-? ?(?:approv|qualif)\w*\b|\b(?:cash buyers?|paying (?:in |all )?cash|all cash|cash offer"
    r"|financing (?:is )?(?:lined up|in place))\b",
    re.IGNORECASE,
)
_AGENT_NOT = re.compile(
    r"\b(?:don't|do not|dont|doesn't|not|no|without|haven't|never|need|looking for|find)\b(?: \w+){0,4} (?:agent"
    r"|realtor|broker)s?\b",
    re.IGNORECASE,
)
_AGENT = re.compile(
    r"(?<!you )\b(?:have|'ve got|got|working with|signed with|using|hired|represented by|my|our"
    r"|with) (?:already )?(?:a |an |my |our |another )?(?:\w+ )?(?:agent|realtor|broker)\b",
    re.IGNORECASE,
)


def slots(text: str, *, visit: bool) -> Slots:
    """Find what the text names. `visit` says that a bare time is for a showing or a call, not for moving."""
    without_addresses = _ADDRESS.sub("#", text)
    low, high = _prices(without_addresses)
    when = _VISIT.search(without_addresses)
    move = _MOVE.search(without_addresses)
    property_named = _ADDRESS.search(text)
    return Slots(
        area=_area(text),
        property=property_named.group().strip(" .") if property_named else "",
        beds=_first(_BEDS, text),
        baths=_first(_BATHS, text),
        price_min=low,
        price_max=high,
        visit_time=when.group("visit").strip(" ,.") if when and (visit or not move) else "",
        move_date=_move(move) if move and not visit else "",
        pre_approved=_pre_approved(text),
        has_agent=_has_agent(text),
    )


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return next((group for group in found.groups() if group), "") if found else ""


def _prices(text: str) -> tuple[int | None, int | None]:
    """The first amount or range that is money by its sign, its unit or the words before it."""
    for found in _PRICE.finditer(text):
        cue = (found["cue"] or "").strip().rstrip(":").lower()
        unit = (found["aunit"] or "").lower()
        second_unit = (found["bunit"] or "").lower()
        if found["not"] or not (found["asign"] or found["bsign"] or unit or second_unit or found["per"] or cue):
            continue
        second = _amount(found["bnumber"], second_unit)
        first = _amount(found["anumber"], unit or (second_unit if _mantissa(found["anumber"]) < 1000 else ""))
        if first is None or first < (200 if found["asign"] or found["per"] else 1000) or first > 500_000_000:
            continue
        if cue and not (found["asign"] or unit or second_unit or found["per"]) and first < 10_000:
            continue
        if second is not None and second >= first:
            return first, second
        if re.fullmatch(_FLOOR, cue):
            return first, None
        return (
            (None, first) if re.fullmatch(_CEILING, cue) or not cue.startswith(("around", "about")) else (first, first)
        )
    return None, None


def _mantissa(number: str) -> float:
    return float(number.replace(",", "") or 0)


def _amount(number: str | None, unit: str) -> int | None:
    return round(_mantissa(number) * _UNITS.get(unit, 1)) if number else None


def _move(found: re.Match[str]) -> str:
    if found["span"]:
        return f"{found['lead']} {found['span']}"
    return (found["move"] or found["by"] or found["only"] or "").strip()


def _area(text: str) -> str:
    zip_code = _first(_ZIP, text)
    if zip_code:
        return zip_code
    found = _AREA.search(text) or _AREA_LOWER.search(text)
    return found["name"].strip(" .,") if found else ""


def _pre_approved(text: str) -> bool | None:
    if _APPROVED_NOT.search(text):
        return False
    return True if _APPROVED.search(text) and not _APPROVED_ASK.search(text) else None


def _has_agent(text: str) -> bool | None:
    if _AGENT_NOT.search(text):
        return False
    return True if _AGENT.search(text) else None
