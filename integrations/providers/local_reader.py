"""The reader that needs nothing: ordered patterns, word lists and a few facts, in well under a millisecond.

Promises an answer for any text, at no cost and without a network, so that Tend works with no key and when a model
fails. It is careful rather than clever: what no pattern knows is `UNCLEAR`, for a person to read. A short yes or no
is understood through the question it answers.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, replace

from integrations.language_model import (
    ENGLISH,
    STOPS,
    Answer,
    Intent,
    Reading,
    ReadingRequest,
    Sentiment,
    Slots,
    Timeline,
    Urgency,
)
from integrations.providers.consistency import discreet, unread
from integrations.providers.local_appointments import TAKEN_UP, taken_up
from integrations.providers.local_errands import UNSURE, weighed
from integrations.providers.local_haste import urgency
from integrations.providers.local_language import language
from integrations.providers.local_meaning import LONGEST, Meaning, by_its_form, first, meaning
from integrations.providers.local_model import weights
from integrations.providers.local_patterns import RULES
from integrations.providers.local_sentences import Opinion, opinion
from integrations.providers.local_timeline import timeline
from integrations.providers.local_tone import sentiment
from integrations.providers.local_words import plain, tidy
from integrations.providers.sensitive import spared
from integrations.providers.sentence_vectors import is_installed

VERSION = "local-3"
"""The name readings carry; it changes when the tables or the weights do."""

_QUOTE = 160
_SURELY, _HARDLY = 0.6, 0.15
"""From where the second opinion alone finds somebody in a hurry, and below which it finds none where a table does."""

_TELLING = 4
"""Words below which the second opinion takes nothing back: “today please” says all there is to say."""

_TONE, _HASTE, _SLOT = (0.6, 0.3), 0.8, 0.9
_SLOTS = {"area": 0.8, "move_date": 0.8, "has_agent": 0.8}
_SENTENCE = re.compile(r"[^.?!\n]+[.?!]*")
_TIMED = frozenset({Intent.SCHEDULE_SHOWING, Intent.WANTS_CALL})
_ENDS = frozenset({Intent.HAS_AGENT, Intent.NOT_INTERESTED, Intent.OUT_OF_SCOPE})
_NOT_THEN = re.compile(r"\b(?:not (?:this|that|on|for|until)|can't|cannot|won't)\b")
_ASKS = _TIMED | {Intent.QUESTION}
_HASTE_BY_FACT = {"high": "asap", "medium": "soon", "low": "no rush", "unknown": ""}
_WANTS = frozenset({Intent.BUY, Intent.SELL, Intent.BUY_AND_SELL, Intent.RENT, Intent.INVEST, Intent.VALUATION})
_FORM_FIELDS = ("service_interest", "form_type", "tags")


class LocalReader:
    """Implements `integrations.language_model.Reader` with the tables beside it. Holds no state.

    `whole_sentences`: ask for a second opinion where the extra `local` is installed, in a thread, since it takes some
    milliseconds.
    """

    def __init__(self, *, whole_sentences: bool = True) -> None:
        self._asks = whole_sentences and is_installed()

    async def read(self, request: ReadingRequest) -> Answer:
        """Read the first `LONGEST` characters. Never raises, and costs nothing."""
        if not self._asks:
            return self._read(request, None)
        return await asyncio.to_thread(lambda: self._read(request, opinion(tidy(request.text[:LONGEST]))))

    def _read(self, request: ReadingRequest, second: Opinion | None) -> Answer:
        text = tidy(request.text[:LONGEST])
        words = plain(text)
        before = plain(request.previous_outbound[:LONGEST])
        meant = meaning(words, before, second=second.intents if second is not None else lambda: None)
        spoken = language(text)
        if spoken not in {"", ENGLISH}:
            return Answer(_foreign(text, meant, spoken))
        told = spared(text)
        asked = tidy(request.previous_outbound[:LONGEST])
        found = _slots(told, asked=asked, visit=meant.intent in _TIMED)
        meant = by_its_form(meant, words, names_facts=found != Slots())
        meant, found = _with_facts(meant, found, {} if request.previous_outbound else request.facts)
        meant, moves = weighed(taken_up(meant, words, before), words)
        words = words if told == text else plain(told)
        tone, strength = sentiment(words)
        lawful = second.on(told) if second is not None else None  # fair housing: what is protected is no haste
        haste = _urgency(words, request, found, meant, lawful) if moves else Urgency.UNKNOWN
        if haste is Urgency.HIGH and meant.intent in _ENDS:
            meant = Meaning(Intent.UNCLEAR, UNSURE, "sounds as if it were over or off topic, and in a hurry")
        by_when = _timeline(words, request.facts)
        return Answer(
            discreet(
                Reading(
                    intent=meant.intent,
                    sentiment=tone,
                    urgency=haste,
                    confidence=meant.confidence,
                    reason=meant.reason,
                    quote=_quote(text, meant.pattern),
                    reader=VERSION,
                    slots=found,
                    strength=strength,
                    timeline=by_when,
                    language=spoken,
                    confidences=confidences(strength=strength, urgency=haste, timeline=by_when, slots=found),
                    version=_seeds(),
                )
            )
        )


def _foreign(text: str, meant: Meaning, spoken: str) -> Reading:
    """In another language only what is by its own words a wish to stop is believed."""
    found = Reading(
        intent=meant.intent,
        sentiment=Sentiment.NEUTRAL,
        urgency=Urgency.UNKNOWN,
        confidence=meant.confidence,
        reason=meant.reason,
        quote=_quote(text, meant.pattern),
        reader=VERSION,
        language=spoken,
        version=_seeds(),
    )
    return found if meant.intent in STOPS and meant.pattern is not None else unread(found)


def _seeds() -> str:
    return f"seeds {weights().seeds[:12]}"


def confidences(*, strength: float, urgency: Urgency, timeline: Timeline, slots: Slots) -> dict[str, float]:
    """How far each table is to be trusted with the field it filled in: set by hand, and no probability."""
    named = [each.name for each in fields(slots) if getattr(slots, each.name) not in ("", None)]
    sure = {"sentiment": round(_TONE[0] + _TONE[1] * strength, 2)}
    if urgency is not Urgency.UNKNOWN:
        sure["urgency"] = _HASTE
    if timeline is not Timeline.UNKNOWN:
        sure["timeline"] = _HASTE
    return sure | {name: _SLOTS.get(name, _SLOT) for name in named}


def _slots(text: str, *, asked: str, visit: bool) -> Slots:
    """The facts in it; their patterns take 100 ms to compile, which waits for the first text."""
    from integrations.providers.local_slots import slots

    return slots(text, asked=asked, visit=visit)


def _with_facts(meant: Meaning, found: Slots, facts: Mapping[str, str]) -> tuple[Meaning, Slots]:
    """Let a form's fields speak where the words did not; the words always win."""
    said = tidy(facts.get("budget_range", ""))
    if said and found.price_min is None and found.price_max is None:
        budget = _slots(said, asked="budget", visit=False)
        found = replace(found, price_min=budget.price_min, price_max=budget.price_max)
    if not found.move_date:
        found = replace(found, move_date=tidy(facts.get("timeline", ""))[:80])
    if meant.intent in {Intent.UNCLEAR, Intent.GREET, Intent.THANKS, Intent.PROVIDE_INFO}:
        for name in _FORM_FIELDS:
            rule = first(RULES, plain(facts.get(name, "")[:200].replace("-", " ").replace("_", " ")))
            if rule is not None and rule.intent in _WANTS:
                return Meaning(rule.intent, 0.6, f"{rule.reason}, by the form"), found
    return meant, found


def _urgency(words: str, request: ReadingRequest, found: Slots, meant: Meaning, second: Opinion | None) -> Urgency:
    """Their words; else what is known of them, where they ask for something or nothing was said between us yet.

    Words no table knows are in a hurry where the second opinion is sure of it; where it all but rules a hurry out, the
    tables saw one in words about something else.
    """
    said = urgency(words)
    at_an_hour = (meant.intent is Intent.SCHEDULE_SHOWING and found.visit_time) or meant.reason == TAKEN_UP
    if said is Urgency.HIGH and not at_an_hour and second is not None and len(words.split()) >= _TELLING:
        likely = second.haste()
        if likely[Urgency.HIGH] < _HARDLY:
            return max(likely, key=likely.__getitem__)
    if said is Urgency.UNKNOWN and at_an_hour and not _NOT_THEN.search(words):
        return Urgency.HIGH
    if said is Urgency.UNKNOWN and second is not None and second.haste()[Urgency.HIGH] >= _SURELY:
        return Urgency.HIGH
    if said is Urgency.UNKNOWN and (meant.intent in _ASKS or not request.previous_outbound):
        return urgency(plain(" ".join(_HASTE_BY_FACT.get(fact, fact) for fact in _known(request.facts))))
    return said


def _known(facts: Mapping[str, str]) -> Iterator[str]:
    return (facts.get(name, "")[:200] for name in ("urgency", "timeline"))


def _timeline(words: str, facts: Mapping[str, str]) -> Timeline:
    """Their words before the form's."""
    said = timeline(words)
    return said if said is not Timeline.UNKNOWN else timeline(plain(facts.get("timeline", "")[:200].replace("_", " ")))


def _quote(text: str, pattern: re.Pattern[str] | None) -> str:
    """The sentence the reading rests on, in the person's own words."""
    if pattern is None:
        return text[:_QUOTE]
    resting = (sentence for sentence in _sentences(text) if pattern.search(plain(sentence)))
    return next(resting, text)[:_QUOTE]


def _sentences(text: str) -> Iterator[str]:
    for found in _SENTENCE.finditer(text):
        yield found.group().strip()
