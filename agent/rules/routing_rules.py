"""Who gets which lead, as the team file says it: rules with conditions, people, and how a lead goes to one of them.

A rule's conditions must all hold, each where one of its values does; a rule without conditions takes every lead. Which
of a rule's people gets the lead is `routing`'s. There is no condition on a name, a family, an origin or an income, nor
may one come: who is served by whom must not hang on them (Fair Housing Act, 42 U.S.C. 3604). A language is only what
the lead or the team said.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

CLAIM_MINUTES = 10
MOST_FALLBACKS = 2
GRADES: Mapping[str, int] = {"A": 80, "B": 60, "C": 40, "D": 0}
"""The least points of each grade, best first, for a lead whose form was not graded."""
_WORD = re.compile(r"\w+")


class How(StrEnum):
    """How a lead goes to one of several people."""

    ROUND_ROBIN = "round_robin"
    WEIGHTED = "weighted"
    FIRST_TO_CLAIM = "first_to_claim"
    POND = "pond"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule. Conditions that are empty or None ask nothing; texts are compared without regard to case.

    `interests` are what a form says is wanted, or an intent; `areas` are found as words in the lead's area or home;
    `postal_codes` are beginnings; prices are whole dollars, and a lead's range must meet them; `grades` of `GRADES`.
    `people` and each list of `fallbacks` are keys in the order that decides ties; `weights` are by key, 1 where unsaid.
    """

    name: str
    campaigns: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    interests: frozenset[str] = frozenset()
    areas: tuple[str, ...] = ()
    postal_codes: tuple[str, ...] = ()
    states: frozenset[str] = frozenset()
    price_from: int | None = None
    price_to: int | None = None
    languages: frozenset[str] = frozenset()
    score_from: int | None = None
    grades: frozenset[str] = frozenset()
    people: tuple[str, ...]
    how: How = How.ROUND_ROBIN
    weights: Mapping[str, float] = field(default_factory=dict)
    fallbacks: tuple[tuple[str, ...], ...] = ()
    claim_minutes: int = CLAIM_MINUTES

    @property
    def lists(self) -> tuple[tuple[str, ...], ...]:
        """The people, then each fallback."""
        return self.people, *self.fallbacks


@dataclass(frozen=True, slots=True)
class Routing:
    """A team's rules in order; the first whose conditions hold decides."""

    rules: tuple[Rule, ...] = ()

    def named(self, name: str) -> Rule | None:
        """The rule of this name, where the team still has it."""
        return next((rule for rule in self.rules if rule.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadFacts:
    """What a rule may ask of a lead.

    `campaign` is its key, `home` the property they ask about, `state` two capitals, `language` an English name.
    `is_new`: it came in just now and may be written to; others came long ago, so nobody is called to hurry for them.
    """

    campaign: str = ""
    source: str = ""
    interests: tuple[str, ...] = ()
    area: str = ""
    home: str = ""
    postal_code: str = ""
    state: str = ""
    price_min: int | None = None
    price_max: int | None = None
    language: str = ""
    score: int = 0
    given_grade: str = ""
    is_new: bool = True

    @property
    def grade(self) -> str:
        """The grade its form was given, else what its points are worth."""
        return self.given_grade or grade_of(self.score)


def grade_of(points: int) -> str:
    """A from 80 points, B from 60, C from 40, else D."""
    return next(grade for grade, least in GRADES.items() if points >= least)


def holds(rule: Rule, lead: LeadFacts) -> bool:
    """Whether every condition of the rule holds; what is not known of the lead meets no condition that asks for it."""
    return (
        _one_of(rule.campaigns, lead.campaign)
        and _one_of(rule.sources, lead.source)
        and _one_of(rule.interests, *lead.interests)
        and _names_one(rule.areas, lead.area, lead.home)
        and _begins_like(rule.postal_codes, lead.postal_code)
        and _one_of(rule.states, lead.state)
        and _meets(rule.price_from, rule.price_to, low=lead.price_min, high=lead.price_max)
        and _one_of(rule.languages, lead.language)
        and (rule.score_from is None or lead.score >= rule.score_from)
        and _one_of(rule.grades, lead.grade)
    )


def folded(text: str) -> str:
    """A text as it is compared: its words in small letters, whatever stands between them."""
    return " ".join(_WORD.findall(text.casefold().replace("_", " ")))


def _one_of(wanted: frozenset[str], *said: str) -> bool:
    if not wanted:
        return True
    ours = {folded(each) for each in said} - {""}
    return not ours.isdisjoint(folded(each) for each in wanted)


def _names_one(wanted: tuple[str, ...], *said: str) -> bool:
    texts = [f" {folded(each)} " for each in said]
    return not wanted or any(f" {folded(area)} " in text for area in wanted for text in texts)


def _begins_like(prefixes: tuple[str, ...], postal_code: str) -> bool:
    given = postal_code.strip()
    return not prefixes or (bool(given) and given.startswith(prefixes))


def _meets(wanted_from: int | None, wanted_to: int | None, *, low: int | None, high: int | None) -> bool:
    """Whether the lead's prices and the rule's have one in common; a lead with one price has that one alone."""
    if wanted_from is None and wanted_to is None:
        return True
    low, high = (low or high), (high or low)
    if low is None or high is None:
        return False
    return (wanted_from is None or high >= wanted_from) and (wanted_to is None or low <= wanted_to)
