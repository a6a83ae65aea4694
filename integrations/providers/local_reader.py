"""The reader that needs nothing: ordered patterns, word lists and a few facts, in well under a millisecond.

Promises an answer for any text, at no cost and without a network, so that Tend works with no key and when a model
fails. It is careful rather than clever: what no pattern knows is `UNCLEAR`, for a person to read. A short yes or no
is understood through the question it answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from integrations.language_model import Answer, Intent, Reading, ReadingRequest, Sentiment, Slots, Urgency
from integrations.providers.local_answers import ABOUT_US, QUESTION_SHAPE, SHORT_ANSWERS
from integrations.providers.local_patterns import RULES
from integrations.providers.local_rules import Rule
from integrations.providers.local_tone import sentiment, urgency
from integrations.providers.local_words import plain, tidy

VERSION = "local-1"
"""The name readings carry; it changes when the tables do."""

LONGEST = 2000
"""Characters read; what follows them is rarely the point, and time stays bounded."""

_SHORT = 9
_QUOTE = 160
_SENTENCE = re.compile(r"[^.?!\n]+[.?!]*")
_WANTS = frozenset({Intent.BUY, Intent.SELL, Intent.BUY_AND_SELL, Intent.RENT, Intent.INVEST, Intent.VALUATION})
_ASKED: tuple[tuple[re.Pattern[str], Intent | None, Intent | None], ...] = (
    (re.compile(r"\b(?:see|tour|visit|showing|view|walk ?through|stop by)\b"), Intent.SCHEDULE_SHOWING, None),
    (re.compile(r"\b(?:call|phone|talk|chat|speak)\b"), Intent.WANTS_CALL, None),
    (re.compile(r"\b(?:agent|realtor|broker)\b"), Intent.HAS_AGENT, None),
    (re.compile(r"\b(?:worth|value|valuation)\b"), Intent.VALUATION, None),
    (re.compile(r"\b(?:still|interested|looking)\b"), None, Intent.NOT_INTERESTED),
)
"""What a yes and a no mean after each question of ours; None leaves them a yes and a no."""

_FORM_FIELDS = ("service_interest", "form_type", "tags")


@dataclass(frozen=True, slots=True)
class _Meaning:
    intent: Intent
    confidence: float
    reason: str
    pattern: re.Pattern[str] | None = None


_UNKNOWN = _Meaning(Intent.UNCLEAR, 0.2, "nothing in it is known to the local reader")


class LocalReader:
    """Implements `integrations.language_model.Reader` with the tables beside it. Holds no state."""

    async def read(self, request: ReadingRequest) -> Answer:
        """Read the first `LONGEST` characters. Never raises, and costs nothing."""
        text = tidy(request.text[:LONGEST])
        words = plain(text)
        meaning = _meaning(words, plain(request.previous_outbound[:LONGEST]))
        found = _slots(text, visit=meaning.intent in {Intent.SCHEDULE_SHOWING, Intent.WANTS_CALL})
        meaning, found = _with_facts(_settled(meaning, words, found), found, request.facts)
        return Answer(
            Reading(
                intent=meaning.intent,
                sentiment=sentiment(words) if words else Sentiment.NEUTRAL,
                urgency=_urgency(words, request.facts, found, meaning.intent),
                confidence=meaning.confidence,
                reason=meaning.reason,
                quote=_quote(text, meaning.pattern),
                reader=VERSION,
                slots=found,
            )
        )


def _meaning(words: str, question: str) -> _Meaning:
    """The first rule that matches; for a few words, what they answer."""
    if not words:
        return _Meaning(Intent.UNCLEAR, 0.0, "there are no words in it")
    short = len(words.split()) <= _SHORT
    rule = _first(RULES, words)
    answer = _first(SHORT_ANSWERS, words)
    if answer and short and (rule is None or (rule.confidence < 0.8 and answer.intent is Intent.DENY)):
        return _in_context(answer, question)
    if rule is not None:
        return _of(rule)
    if answer is not None and not (answer.intent is Intent.GREET and not short):
        return _in_context(answer, question) if short else replace(_of(answer), confidence=0.6)
    return _UNKNOWN


def _in_context(answer: Rule, question: str) -> _Meaning:
    if "?" in question and answer.intent in {Intent.AFFIRM, Intent.DENY}:
        asked = question.rsplit("?", 1)[0][-200:]
        for topic, after_yes, after_no in _ASKED:
            meant = after_yes if answer.intent is Intent.AFFIRM else after_no
            if meant is not None and topic.search(asked):
                return _Meaning(meant, 0.75, f"{answer.reason} to our question", answer.pattern)
    return _of(answer)


def _settled(meaning: _Meaning, words: str, found: Slots) -> _Meaning:
    """What remains after the tables: facts alone are information, a question about us is one, others are off topic."""
    if meaning is not _UNKNOWN:
        return meaning
    if QUESTION_SHAPE.search(words):
        if ABOUT_US.search(words):
            return _Meaning(Intent.QUESTION, 0.45, "asks something", QUESTION_SHAPE)
        return _Meaning(Intent.OUT_OF_SCOPE, 0.4, "asks about nothing Tend knows", QUESTION_SHAPE)
    if found != Slots() or any(character.isdigit() for character in words):
        return _Meaning(Intent.PROVIDE_INFO, 0.6, "gives details")
    return meaning


def _slots(text: str, *, visit: bool) -> Slots:
    """The facts in it; their patterns take 50 ms to compile, which waits for the first text."""
    from integrations.providers.local_slots import slots

    return slots(text, visit=visit)


def _with_facts(meaning: _Meaning, found: Slots, facts: Mapping[str, str]) -> tuple[_Meaning, Slots]:
    """Let a form's fields speak where the words did not; the words always win."""
    budget = _slots(tidy(facts.get("budget_range", "")), visit=False)
    if found.price_min is None and found.price_max is None:
        found = replace(found, price_min=budget.price_min, price_max=budget.price_max)
    if not found.move_date:
        found = replace(found, move_date=tidy(facts.get("timeline", ""))[:80])
    if meaning.intent in {Intent.UNCLEAR, Intent.GREET, Intent.THANKS, Intent.PROVIDE_INFO}:
        for name in _FORM_FIELDS:
            rule = _first(RULES, plain(facts.get(name, "")[:200].replace("-", " ").replace("_", " ")))
            if rule is not None and rule.intent in _WANTS:
                return _Meaning(rule.intent, 0.6, f"{rule.reason}, by the form"), found
    return meaning, found


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


def _first(rules: tuple[Rule, ...], words: str) -> Rule | None:
    return next((rule for rule in rules if rule.pattern.search(words)), None) if words else None


def _of(rule: Rule) -> _Meaning:
    return _Meaning(rule.intent, rule.confidence, rule.reason, rule.pattern)
