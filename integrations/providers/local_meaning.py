"""What the local reader takes a message to mean: sure rules first, then the model, then nothing.

1. A rule for an opt-out or the wrong person decides, whatever else is said.
2. A short yes or no to a question of ours means what it answers.
3. A rule that is sure decides, and so does one for short answers on a message of four words at most.
4. Otherwise the model's likeliest intent does, with its probability as confidence; the rules that matched are among
   what it looks at. Where there is a second opinion (`local_sentences`), the mean of both counts.
5. Below `LIKELY`, or where the model knows none of the words, nobody knows: a question is a question, facts alone are
   information (`by_its_form`), the rest is for a person to read.

The model may find an opt-out or a wrong person where no rule did. Callers treat that as a doubt, since the rules for
the law's own words (`agent.rules.optout`) have spoken before.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from integrations.language_model import Intent
from integrations.providers.local_answers import ABOUT_US, QUESTION_SHAPE, SHORT_ANSWERS
from integrations.providers.local_features import features
from integrations.providers.local_model import weights
from integrations.providers.local_patterns import RULES
from integrations.providers.local_rules import Rule
from integrations.providers.local_words import plain, tidy

LONGEST = 2000
"""Characters read; what follows them is rarely the point, and time stays bounded."""

SURE = 0.9
"""A rule this sure needs no second opinion."""

LIKELY = 0.2
"""Below this the model has nothing to say."""

RAISED = 0.6
"""Below this an opt-out that no rule found is not worth a pause: ordinary words would cause too many."""

ALONE = 0.6
"""How sure a second opinion has to be of words that the first has never seen."""

_BARE_NO = re.compile(r"\W*(?:no|nope|nah|naw|no way|not (?:today|now)|maybe not|no,? thank(?:s| ?you)|i'm good)\W*")
HARDLY = 0.3
"""The same for a wrong person, whom only this reader would name."""

_SHORT = 9
_BARE = 4
_FIRST = frozenset({Intent.OPT_OUT, Intent.WRONG_PERSON})
_ASKED: tuple[tuple[re.Pattern[str], Intent | None, Intent | None], ...] = (
    (re.compile(r"\b(?:see|tour|visit|showing|view|walk ?through|stop by)\b"), Intent.SCHEDULE_SHOWING, None),
    (re.compile(r"\b(?:call|phone|talk|chat|speak)\b"), Intent.WANTS_CALL, None),
    (re.compile(r"\b(?:agent|realtor|broker)\b"), Intent.HAS_AGENT, None),
    (re.compile(r"\b(?:worth|value|valuation)\b"), Intent.VALUATION, None),
    (re.compile(r"\b(?:still|interested|looking)\b"), None, Intent.NOT_INTERESTED),
)
"""What a yes and a no mean after each question of ours; None leaves them a yes and a no."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """An intent, how sure, why, and the pattern it rests on (None where no rule decided)."""

    intent: Intent
    confidence: float
    reason: str
    pattern: re.Pattern[str] | None = None


Opinion = Callable[[], Mapping[Intent, float] | None]
"""Asked for when it is needed: how likely each intent is; None where there is none to be had."""

NO_WORDS = Meaning(Intent.UNCLEAR, 0.0, "there are no words in it")
UNKNOWN = Meaning(Intent.UNCLEAR, 0.2, "nothing in it is known to the local reader")


def meaning(words: str, question: str, *, second: Opinion = lambda: None) -> Meaning:
    """Judge `plain` words by the first four steps above; `UNKNOWN` is left to the fifth.

    `question` is our last message, plain; "" for none. `second` is the second opinion on the same words.
    """
    if not words:
        return NO_WORDS
    rule, answer = first(RULES, words), first(SHORT_ANSWERS, words)
    if rule is not None and rule.intent in _FIRST:
        return of(rule)
    if not question and _BARE_NO.fullmatch(words):
        return Meaning(Intent.NOT_INTERESTED, 0.6, "says no, and to no question of ours", _BARE_NO)
    length = len(words.split())
    if answer is not None and length <= _SHORT and (rule is None or rule.confidence < 0.8):
        answered = _in_context(answer, question)
        if answered is not None:
            return answered
    if rule is not None and rule.confidence >= SURE:
        return of(rule)
    if answer is not None and rule is None and (length <= _BARE or (length <= _SHORT and answer.confidence > SURE)):
        return of(answer)
    return _likeliest(words, question, second, rule, answer) or UNKNOWN


def by_its_form(meant: Meaning, words: str, *, names_facts: bool) -> Meaning:
    """What remains of the unknown: a question about us is one, others are off topic, facts alone are information."""
    if meant is not UNKNOWN:
        return meant
    if QUESTION_SHAPE.search(words):
        if ABOUT_US.search(words):
            return Meaning(Intent.QUESTION, 0.45, "asks something", QUESTION_SHAPE)
        return Meaning(Intent.OUT_OF_SCOPE, 0.4, "asks about nothing Tend knows", QUESTION_SHAPE)
    if names_facts or any(character.isdigit() for character in words):
        return Meaning(Intent.PROVIDE_INFO, 0.6, "gives details")
    return meant


def features_of(text: str, asked: str) -> frozenset[str]:
    """What the model looks at in a message as it arrived, after our message `asked`."""
    words = plain(tidy(text[:LONGEST]))
    return _features(words, plain(asked[:LONGEST]), first(SHORT_ANSWERS, words))


def first(rules: tuple[Rule, ...], words: str) -> Rule | None:
    """The first row that matches."""
    return next((rule for rule in rules if rule.pattern.search(words)), None) if words else None


def of(rule: Rule) -> Meaning:
    """What a row says."""
    return Meaning(rule.intent, rule.confidence, rule.reason, rule.pattern)


def _in_context(answer: Rule, question: str) -> Meaning | None:
    if "?" in question and answer.intent in {Intent.AFFIRM, Intent.DENY}:
        asked = question.rsplit("?", 1)[0][-200:]
        for topic, after_yes, after_no in _ASKED:
            meant = after_yes if answer.intent is Intent.AFFIRM else after_no
            if meant is not None and topic.search(asked):
                return Meaning(meant, 0.75, f"{answer.reason} to our question", answer.pattern)
    return None


def _features(words: str, asked: str, answer: Rule | None) -> frozenset[str]:
    ruled = [f"{row.intent}:{row.confidence}" for row in RULES if row.pattern.search(words)]
    return features(words, asked=asked, ruled=ruled, answered=answer.intent.value if answer is not None else "")


def _likely(names: frozenset[str], other: Mapping[Intent, float] | None) -> dict[Intent, float] | None:
    """The mean of both opinions; of words the first has never seen only the second has one."""
    known = any(name.startswith("w:") and name in weights().features for name in names)
    if not known:
        return None if other is None or max(other.values()) < ALONE else dict(other)
    own = weights().probabilities(names)
    return own if other is None else {intent: (each + other[intent]) / 2 for intent, each in own.items()}


def _likeliest(words: str, asked: str, second: Opinion, rule: Rule | None, answer: Rule | None) -> Meaning | None:
    names = _features(words, asked, answer)
    likely = _likely(names, second())
    if likely is None:
        return None
    for raised, least in ((Intent.OPT_OUT, RAISED), (Intent.WRONG_PERSON, HARDLY)):
        if likely[raised] < least:
            del likely[raised]
    intent = max(likely, key=likely.__getitem__)
    if likely[intent] < LIKELY:
        return None
    for row in (rule, answer):
        if row is not None and row.intent is intent:
            return Meaning(intent, max(row.confidence, likely[intent]), row.reason, row.pattern)
    return Meaning(intent, likely[intent], "by the words it uses")
