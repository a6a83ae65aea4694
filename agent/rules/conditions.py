"""The closed little language of `when` lines: `has phone and no reply and (opened or clicked)`.

A condition is parsed once, at start, into a small tree; asking it is a pure function of typed facts. It cannot name
anything but the facts below, so a sequence file can neither reach other data nor fail while a touch is due.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from agent.rules.triage_words import SAID
from integrations.language_model import Intent

MAX_LENGTH = 300
"""Longest `when` line in characters; bounds the nesting as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFacts:
    """What a condition may ask about one enrollment, at the moment its step comes due.

    `opened` and `clicked` speak of the enrollment's emails, `replied` of any channel. `intent` is a value of `Intent`,
    `temperature` one of hot, warm, cold.
    """

    replied: bool
    opened: bool
    clicked: bool
    has_phone: bool
    can_text: bool
    intent: str
    temperature: str
    area_known: bool
    price_known: bool
    property_known: bool


class ConditionError(ValueError):
    """A `when` line that is not in the language. `position` counts characters from 1."""

    def __init__(self, *, position: int, found: str, allowed: tuple[str, ...]) -> None:
        self.position = position
        self.found = found
        self.allowed = allowed
        super().__init__(f"position {position}: found {found or 'the end'!r}, allowed here: {', '.join(allowed)}")


@dataclass(frozen=True, slots=True)
class Fact:
    """One yes-or-no fact, by the name of its field in `StepFacts`."""

    name: str

    def holds(self, facts: StepFacts) -> bool:
        """Say whether the fact is so."""
        return bool(getattr(facts, self.name))

    def __str__(self) -> str:
        return _PHRASE_OF[self.name]


@dataclass(frozen=True, slots=True)
class Is:
    """`intent is buy`, `temperature is warm`: a fact with a closed list of values."""

    name: str
    value: str

    def holds(self, facts: StepFacts) -> bool:
        """Say whether the fact has this value."""
        return str(getattr(facts, self.name)) == self.value

    def __str__(self) -> str:
        return f"{self.name} is {self.value}"


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of a part. `no reply` and `cannot text` are the everyday spellings of two of them."""

    part: Condition

    def holds(self, facts: StepFacts) -> bool:
        """Say whether the part fails."""
        return not self.part.holds(facts)

    def __str__(self) -> str:
        if isinstance(self.part, Fact) and self.part.name in _DENIAL_OF:
            return _DENIAL_OF[self.part.name]
        return f"not {_inside(self.part)}"


@dataclass(frozen=True, slots=True)
class Every:
    """Parts joined by `and`."""

    parts: tuple[Condition, ...]

    def holds(self, facts: StepFacts) -> bool:
        """Say whether all parts hold."""
        return all(part.holds(facts) for part in self.parts)

    def __str__(self) -> str:
        return " and ".join(_inside(part) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Either:
    """Parts joined by `or`."""

    parts: tuple[Condition, ...]

    def holds(self, facts: StepFacts) -> bool:
        """Say whether at least one part holds."""
        return any(part.holds(facts) for part in self.parts)

    def __str__(self) -> str:
        return " or ".join(_inside(part) for part in self.parts)


Condition = Fact | Is | Not | Every | Either

PHRASES: Mapping[str, Condition] = MappingProxyType(
    {
        "replied": Fact("replied"),
        "no reply": Not(Fact("replied")),
        "opened": Fact("opened"),
        "clicked": Fact("clicked"),
        "has phone": Fact("has_phone"),
        "can text": Fact("can_text"),
        "cannot text": Not(Fact("can_text")),
        "area known": Fact("area_known"),
        "price known": Fact("price_known"),
        "property known": Fact("property_known"),
    }
)
"""Every phrase the language knows, besides `intent is …` and `temperature is …`."""

VALUES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"intent": tuple(intent.value for intent in Intent), "temperature": ("hot", "warm", "cold")}
)
"""The values that may follow `is`."""

_PHRASE_OF = {fact.name: phrase for phrase, fact in PHRASES.items() if isinstance(fact, Fact)}
_DENIAL_OF = {
    denial.part.name: phrase
    for phrase, denial in PHRASES.items()
    if isinstance(denial, Not) and isinstance(denial.part, Fact)
}
_FACT_STARTS = (*PHRASES, "intent is …", "temperature is …", "not", "(")
_TOKEN = re.compile(r"\s*([A-Za-z_]+|[()]|\S)")


def parse_condition(text: str) -> Condition:
    """Parse one `when` line. `not` binds tighter than `and`, `and` tighter than `or`; parentheses group.

    Raises `ConditionError` with the position and what is allowed there.
    """
    if len(text) > MAX_LENGTH:
        raise ConditionError(position=MAX_LENGTH + 1, found=text[MAX_LENGTH], allowed=(f"{MAX_LENGTH} characters",))
    parser = _Parser(text)
    condition = parser.either()
    parser.finish()
    return condition


def in_words(condition: Condition) -> str:
    """Tell a condition to a person: `has phone and no reply` is “we have a phone number and they have not replied”."""
    match condition:
        case Fact(name=name):
            return _TOLD[name][0]
        case Not(part=Fact(name=name)):
            return _TOLD[name][1]
        case Is(name="intent", value=value):
            return f"the lead {SAID[Intent(value)]}"
        case Is(value=value):
            return f"the lead is {value}"
        case Not(part=part):
            return f"it is not so that {in_words(part)}"
        case Every(parts=parts):
            return " and ".join(f"{'either ' * isinstance(part, Either)}{in_words(part)}" for part in parts)
        case Either(parts=parts):
            return " or ".join(in_words(part) for part in parts)


_TOLD: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "replied": ("they have replied", "they have not replied"),
        "opened": ("they opened an email", "they opened no email"),
        "clicked": ("they followed a link", "they followed no link"),
        "has_phone": ("we have a phone number", "we have no phone number"),
        "can_text": ("they agreed to texts", "they have not agreed to texts"),
        "area_known": ("they named an area", "they have not named an area"),
        "price_known": ("they named a price", "they have not named a price"),
        "property_known": ("they named a home", "they have not named a home"),
    }
)


def _inside(part: Condition) -> str:
    """Print a part of a larger condition; parentheses keep the tree as it is."""
    return f"({part})" if isinstance(part, Every | Either) else str(part)


class _Parser:
    """Recursive descent over the words of one line."""

    def __init__(self, text: str) -> None:
        self._tokens = [(match.start(1) + 1, match[1]) for match in _TOKEN.finditer(text)]
        self._end = len(text.rstrip()) + 1
        self._at = 0

    def either(self) -> Condition:
        """Alternatives joined by `or`."""
        parts = [self.every()]
        while self._take("or"):
            parts.append(self.every())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def every(self) -> Condition:
        """Terms joined by `and`."""
        parts = [self.term()]
        while self._take("and"):
            parts.append(self.term())
        return parts[0] if len(parts) == 1 else Every(tuple(parts))

    def term(self) -> Condition:
        """One fact, a negated term, or a group in parentheses."""
        if self._take("not"):
            return Not(self.term())
        if self._take("("):
            group = self.either()
            if not self._take(")"):
                raise self._error(("and", "or", ")"))
            return group
        return self._fact()

    def finish(self) -> None:
        """Refuse anything left over."""
        if self._at < len(self._tokens):
            raise self._error(("and", "or", "the end"))

    def _fact(self) -> Condition:
        first = self._peek()
        if first in VALUES:
            self._at += 1
            if not self._take("is"):
                raise self._error(("is",))
            value = self._peek()
            if value not in VALUES[first]:
                raise self._error(VALUES[first])
            self._at += 1
            return Is(first, value)
        seconds = tuple(phrase.partition(" ")[2] for phrase in PHRASES if phrase.partition(" ")[0] == first)
        if not seconds:
            raise self._error(_FACT_STARTS)
        self._at += 1
        if seconds == ("",):
            return PHRASES[first]
        second = self._peek()
        if second not in seconds:
            raise self._error(seconds)
        self._at += 1
        return PHRASES[f"{first} {second}"]

    def _peek(self) -> str:
        return self._tokens[self._at][1] if self._at < len(self._tokens) else ""

    def _take(self, word: str) -> bool:
        if self._peek() != word:
            return False
        self._at += 1
        return True

    def _error(self, allowed: tuple[str, ...]) -> ConditionError:
        position = self._tokens[self._at][0] if self._at < len(self._tokens) else self._end
        return ConditionError(position=position, found=self._peek(), allowed=allowed)
