"""What a model says, held against the words themselves and against itself; the words win.

1. In a language Tend does not read, nothing is believed but that they want out: a person reads the rest.
2. Where the local rules find an opt-out or the wrong person and the model does not, a person decides.
3. A slot stays only where its words, or its number, stand in the message and are of its kind: rooms are a count, a
   price is no hour, and what is put in several slots is in none. Prices are the right way round.
4. A span of time is counted here, and not by the model.
5. What fair-housing law protects is in no slot, reason or quote.

Promises never to raise, and never to make anything of a reading that neither the model nor the words said.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from integrations.language_model import (
    ENGLISH,
    OTHER_LANGUAGE,
    STOPS,
    Intent,
    Reading,
    ReadingRequest,
    Sentiment,
    Slots,
    Timeline,
    Urgency,
)
from integrations.providers.local_language import language
from integrations.providers.local_meaning import LONGEST, first
from integrations.providers.local_patterns import RULES
from integrations.providers.local_timeline import timeline
from integrations.providers.local_words import plain, tidy
from integrations.providers.sensitive import clause_without, spared, tells

UNREAD = 0.9
"""How sure it is that a message in another language is for a person."""

DOUBTED = 0.49
"""Below what is acted on: a person decides."""

FOUND = 0.9
"""How far a slot is to be trusted that stands in the message."""

_PROTECTED = "the reason named what fair-housing law protects, and is left out"
_WORD = re.compile(r"\w+")
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
_SPELLED = re.compile(r"\b(?:hundred|thousand|million|grand|mil|half)\b")
_LITTLE_WORDS = frozenset({"a", "an", "and", "at", "between", "by", "for", "from", "in", "of", "on", "or", "the", "to"})
_FIGURES = {"two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8"}
_COUNT = re.compile(
    r"(?<![\w$.])(?:\d{1,2}(?:\.\d)?\+?(?!\d|,\d|k\b)"
    r"|(?:one|two|three|four|five|six|seven|eight|single|double|studios?)\b)",
    re.IGNORECASE,
)
_LEAST_PRICE = 100
_ONE_ROOM = re.compile(r"\bone[- ](?:bed|bath|br\b|ba\b)", re.IGNORECASE)
_FEW = 3
_MONEY_HINTS = re.compile(r"approv|qualif|cash|lend|financ|mortgage|loan|bank", re.IGNORECASE)
_AGENT_HINTS = re.compile(r"agent|realt|broker|represent", re.IGNORECASE)


def consistent(reading: Reading, request: ReadingRequest) -> Reading:
    """The reading as far as it agrees with the message it is of."""
    text = tidy(request.text)
    reading = replace(reading, language=_language(reading.language, text))
    if reading.foreign and reading.intent not in STOPS:
        return unread(reading)
    rule = first(RULES, plain(text[:LONGEST]))
    if rule is not None and rule.intent in STOPS and reading.intent not in STOPS:
        reading = replace(reading, intent=rule.intent, confidence=DOUBTED, reason=rule.reason)
    told = spared(text)
    slots = _slots(reading.slots, told)
    by_when = timeline(plain(told[:LONGEST]))
    if by_when is not Timeline.UNKNOWN:
        reading = replace(reading, timeline=by_when)
    found = {name: FOUND for name in Slots.__dataclass_fields__ if getattr(slots, name) not in {"", None}}
    return discreet(replace(reading, slots=slots, confidences={**reading.confidences, **found}))


def unread(reading: Reading) -> Reading:
    """A message for a person who knows the language: nothing of it is guessed."""
    return Reading(
        intent=Intent.UNCLEAR,
        sentiment=Sentiment.NEUTRAL,
        urgency=Urgency.UNKNOWN,
        confidence=UNREAD,
        reason=f"it is in {reading.language}, which Tend does not read",
        quote=clause_without(reading.quote),
        reader=reading.reader,
        timeline=Timeline.UNKNOWN,
        language=reading.language,
        version=reading.version,
    )


def discreet(reading: Reading) -> Reading:
    """The reading without what fair-housing law protects."""
    slots: dict[str, Any] = {name: "" for name in _KEPT_AS_WRITTEN if tells(_common(getattr(reading.slots, name)))}
    return replace(
        reading,
        reason=_PROTECTED if tells(reading.reason) else reading.reason,
        quote=clause_without(reading.quote),
        slots=replace(reading.slots, **slots),
        confidences={name: sure for name, sure in reading.confidences.items() if name not in slots},
    )


_KEPT_AS_WRITTEN = ("area", "property", "visit_time", "move_date")


def _common(slot: str) -> str:
    """A slot without the words that are names by their capitals, and without addresses: “Temple, TX” is a town."""
    return "" if re.match(r"\d+ ", slot) else re.sub(r"\b[A-Z]\w+", " ", slot)


def _language(told: str, text: str) -> str:
    """The language by the words; where they are too few to tell and no single word either, the one the model names."""
    found = language(text)
    if found or not told or told.startswith(ENGLISH) or len(_WORD.findall(text)) < _FEW:
        return found or (ENGLISH if told.startswith(ENGLISH) else "")
    return told if told.replace(" ", "").isalpha() else OTHER_LANGUAGE


def _slots(given: Slots, text: str) -> Slots:
    words = _said(text)
    low, high = (_price(amount, text) for amount in (given.price_min, given.price_max))
    if low is not None and high is not None and low > high:
        low, high = high, low
    as_told = {name: getattr(given, name) for name in _KEPT_AS_WRITTEN}
    once = Counter(_said(slot) for slot in as_told.values())
    written: Mapping[str, str] = {
        name: slot if _stands(slot, words) and once[_said(slot)] == 1 else "" for name, slot in as_told.items()
    }
    rooms: Mapping[str, str] = {
        name: slot if _stands(slot, words) and _COUNT.search(slot) else ""
        for name, slot in (("beds", given.beds), ("baths", given.baths))
    }
    return Slots(
        **written,
        **rooms,
        price_min=low,
        price_max=high,
        pre_approved=given.pre_approved if _MONEY_HINTS.search(text) else None,
        has_agent=given.has_agent if _AGENT_HINTS.search(text) else None,
    )


def _stands(slot: str, words: frozenset[str]) -> bool:
    """Whether all that a slot says was said."""
    said = _said(slot) - _LITTLE_WORDS
    return bool(said) and said <= words


def _said(text: str) -> frozenset[str]:
    """The words of a text, with the small numbers among them in figures too; “that one” is none."""
    words = frozenset(_WORD.findall(text.casefold()))
    return words | {_FIGURES[word] for word in words & _FIGURES.keys()} | ({"1"} if _ONE_ROOM.search(text) else set())


def _price(amount: int | None, text: str) -> int | None:
    """The amount where the message has its number, in ones, thousands or millions, or spells one out."""
    if amount is None or amount < _LEAST_PRICE:
        return None
    if _SPELLED.search(text.casefold()):
        return amount
    said = {float(found.replace(",", "")) for found in _NUMBER.findall(text)}
    return amount if any(round(number * unit) == amount for number in said for unit in (1, 1000, 1_000_000)) else None
