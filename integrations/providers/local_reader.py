"""The reader that needs nothing: ordered patterns, word lists and a few facts, in well under a millisecond.

Promises an answer for any text, at no cost and without a network, so that Tend works with no key and when a model
fails. It is careful rather than clever: what no pattern knows is `UNCLEAR`, for a person to read. A short yes or no
is understood through the question it answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from integrations.language_model import Answer, Intent, Reading, ReadingRequest, Sentiment, Slots, Urgency
from integrations.providers.local_meaning import LONGEST, Meaning, by_its_form, first, meaning
from integrations.providers.local_patterns import RULES
from integrations.providers.local_tone import sentiment, urgency
from integrations.providers.local_words import plain, tidy

VERSION = "local-2"
"""The name readings carry; it changes when the tables or the weights do."""

_QUOTE = 160
_SENTENCE = re.compile(r"[^.?!\n]+[.?!]*")
_TIMED = frozenset({Intent.SCHEDULE_SHOWING, Intent.WANTS_CALL})
_WANTS = frozenset({Intent.BUY, Intent.SELL, Intent.BUY_AND_SELL, Intent.RENT, Intent.INVEST, Intent.VALUATION})
_FORM_FIELDS = ("service_interest", "form_type", "tags")


class LocalReader:
    """Implements `integrations.language_model.Reader` with the tables beside it. Holds no state."""

    async def read(self, request: ReadingRequest) -> Answer:
        """Read the first `LONGEST` characters. Never raises, and costs nothing."""
        text = tidy(request.text[:LONGEST])
        words = plain(text)
        meant = meaning(words, plain(request.previous_outbound[:LONGEST]))
        asked = tidy(request.previous_outbound[:LONGEST])
        found = _slots(text, asked=asked, visit=meant.intent in _TIMED)
        meant = by_its_form(meant, words, names_facts=found != Slots())
        meant, found = _with_facts(meant, found, request.facts)
        return Answer(
            Reading(
                intent=meant.intent,
                sentiment=sentiment(words) if words else Sentiment.NEUTRAL,
                urgency=_urgency(words, request.facts, found, meant.intent),
                confidence=meant.confidence,
                reason=meant.reason,
                quote=_quote(text, meant.pattern),
                reader=VERSION,
                slots=found,
            )
        )


def _slots(text: str, *, asked: str, visit: bool) -> Slots:
    """The facts in it; their patterns take 100 ms to compile, which waits for the first text."""
    from integrations.providers.local_slots import slots

    return slots(text, asked=asked, visit=visit)


def _with_facts(meant: Meaning, found: Slots, facts: Mapping[str, str]) -> tuple[Meaning, Slots]:
    """Let a form's fields speak where the words did not; the words always win."""
    budget = _slots(tidy(facts.get("budget_range", "")), asked="budget", visit=False)
    if found.price_min is None and found.price_max is None:
        found = replace(found, price_min=budget.price_min, price_max=budget.price_max)
    if not found.move_date:
        found = replace(found, move_date=tidy(facts.get("timeline", ""))[:80])
    if meant.intent in {Intent.UNCLEAR, Intent.GREET, Intent.THANKS, Intent.PROVIDE_INFO}:
        for name in _FORM_FIELDS:
            rule = first(RULES, plain(facts.get(name, "")[:200].replace("-", " ").replace("_", " ")))
            if rule is not None and rule.intent in _WANTS:
                return Meaning(rule.intent, 0.6, f"{rule.reason}, by the form"), found
    return meant, found


def _urgency(words: str, facts: Mapping[str, str], found: Slots, intent: Intent) -> Urgency:
    said = urgency(words)
    if said is Urgency.UNKNOWN and intent is Intent.SCHEDULE_SHOWING and found.visit_time:
        return Urgency.HIGH
    if said is Urgency.UNKNOWN:
        return urgency(plain(f"{facts.get('urgency', '')} {facts.get('timeline', '')}"[:200]))
    return said


def _quote(text: str, pattern: re.Pattern[str] | None) -> str:
    """The sentence the reading rests on, in the person's own words."""
    if pattern is None:
        return text[:_QUOTE]
    resting = (sentence for sentence in _sentences(text) if pattern.search(plain(sentence)))
    return next(resting, text)[:_QUOTE]


def _sentences(text: str) -> Iterator[str]:
    for found in _SENTENCE.finditer(text):
        yield found.group().strip()
