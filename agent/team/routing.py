"""Who gets which lead, as the team file says it: `[routing]` with its rules, read in order and checked whole.

A setting nobody knows is refused, and so is one that would do nothing where it stands: a weight without `weighted`, a
window without `first_to_claim`, a fallback of a pond.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from agent.rules.languages import language_named
from agent.rules.places import state_named
from agent.rules.routing_rules import CLAIM_MINUTES, GRADES, MOST_FALLBACKS, How, Routing, Rule
from agent.team.values import Values

_KEYS = (
    "name", "campaigns", "sources", "interests", "areas", "postal_codes", "states", "price_from", "price_to",
    "languages", "score_from", "grades", "people", "how", "weights", "fallbacks", "claim_minutes",
)  # fmt: skip
_A_DAY = 24 * 60


def read_routing(values: Values, data: Mapping[str, Any], *, assignees: Collection[str]) -> Routing:
    """Read `[routing]`; `assignees` are the keys of the team's people in order. Raises `TeamFileError`."""
    if "routing" not in data:
        return Routing()
    table = values.table(data["routing"], "routing")
    values.only(table, "routing", ("claim_minutes", "rules"))
    minutes = _minutes(values, table, "routing.claim_minutes", default=CLAIM_MINUTES)
    rules = tuple(
        _rule(values, row, f"routing.{path}", tuple(assignees), minutes) for path, row in values.tables(table, "rules")
    )
    names = [rule.name for rule in rules]
    for index, name in enumerate(names):
        if name in names[:index]:
            values.refuse(f"routing.rules[{index}].name", f"{name!r} is the name of an earlier rule already")
    return Routing(rules)


def _rule(values: Values, row: Mapping[str, Any], path: str, assignees: tuple[str, ...], minutes: int) -> Rule:
    values.only(row, path, _KEYS)
    how = How(values.one_of(row, f"{path}.how", tuple(How)) or How.ROUND_ROBIN)
    people = _people(values, row.get("people"), f"{path}.people", assignees) if "people" in row else assignees
    price_from, price_to = _whole(values, row, f"{path}.price_from"), _whole(values, row, f"{path}.price_to")
    if price_from is not None and price_to is not None and price_to < price_from:
        values.refuse(f"{path}.price_to", "it is below price_from")
    if "claim_minutes" in row and how is not How.FIRST_TO_CLAIM:
        values.refuse(f"{path}.claim_minutes", 'a window stands only with how = "first_to_claim"')
    return Rule(
        name=values.words(row, f"{path}.name"),
        campaigns=_set(values, row, f"{path}.campaigns"),
        sources=_set(values, row, f"{path}.sources"),
        interests=_set(values, row, f"{path}.interests"),
        areas=_some(values, row, f"{path}.areas"),
        postal_codes=_postal_codes(values, row, f"{path}.postal_codes"),
        states=_states(values, row, f"{path}.states"),
        price_from=price_from,
        price_to=price_to,
        languages=frozenset(language_named(each) for each in _some(values, row, f"{path}.languages")),
        score_from=_score(values, row, f"{path}.score_from"),
        grades=_grades(values, row, f"{path}.grades"),
        people=people,
        how=how,
        weights=_weights(values, row, f"{path}.weights", people, how),
        fallbacks=_fallbacks(values, row, f"{path}.fallbacks", assignees, how),
        claim_minutes=_minutes(values, row, f"{path}.claim_minutes", default=minutes),
    )


def _people(values: Values, given: Any, path: str, assignees: tuple[str, ...]) -> tuple[str, ...]:
    if not isinstance(given, list) or not given:
        values.refuse(path, f"name people by their keys, such as [{', '.join(map(repr, assignees))}]")
    for index, key in enumerate(given):
        if key not in assignees:
            values.refuse(path, f"{key!r} is the key of nobody; there are {', '.join(assignees)}")
        if key in given[:index]:
            values.refuse(path, f"{key!r} stands there twice")
    return tuple(given)


def _fallbacks(
    values: Values, row: Mapping[str, Any], path: str, assignees: tuple[str, ...], how: How
) -> tuple[tuple[str, ...], ...]:
    given = row.get("fallbacks", [])
    if not isinstance(given, list) or not all(isinstance(each, list) for each in given):
        values.refuse(path, 'write a list of lists, such as [["dana"], ["theo"]]')
    if len(given) > MOST_FALLBACKS:
        values.refuse(path, f"there may be {MOST_FALLBACKS} at most; after them the lead of the team has it")
    if given and how is How.POND:
        values.refuse(path, "a pond waits for its people and falls back to nobody")
    return tuple(_people(values, each, f"{path}[{index}]", assignees) for index, each in enumerate(given))


def _weights(values: Values, row: Mapping[str, Any], path: str, people: tuple[str, ...], how: How) -> dict[str, float]:
    if "weights" not in row:
        return {}
    if how is not How.WEIGHTED:
        values.refuse(path, 'weights stand only with how = "weighted"')
    table = values.table(row["weights"], path)
    values.only(table, path, people)
    return {key: float(values.number(table, f"{path}.{key}", whole=False) or 1) for key in table}


def _some(values: Values, row: Mapping[str, Any], path: str) -> tuple[str, ...]:
    """A condition's values; an empty list or text would look like a condition and ask nothing."""
    given = values.list_of_words(row, path)
    if path.rsplit(".", 1)[-1] in row and not all((given, *given)):
        values.refuse(path, "write at least one value, or leave the condition out")
    return given


def _set(values: Values, row: Mapping[str, Any], path: str) -> frozenset[str]:
    return frozenset(_some(values, row, path))


def _states(values: Values, row: Mapping[str, Any], path: str) -> frozenset[str]:
    found = set()
    for each in _some(values, row, path):
        state = state_named(each)
        found.add(state.code if state is not None else values.refuse(path, f"{each!r} is no US state"))
    return frozenset(found)


def _postal_codes(values: Values, row: Mapping[str, Any], path: str) -> tuple[str, ...]:
    given = _some(values, row, path)
    for each in given:
        if not (each.isascii() and each.isdigit() and len(each) <= 5):
            values.refuse(path, f"{each!r} is no ZIP or beginning of one, such as 787 or 78704")
    return given


def _grades(values: Values, row: Mapping[str, Any], path: str) -> frozenset[str]:
    given = _some(values, row, path)
    for each in given:
        if each not in GRADES:
            values.refuse(path, f"{each!r} is none of {', '.join(GRADES)}")
    return frozenset(given)


def _score(values: Values, row: Mapping[str, Any], path: str) -> int | None:
    points = _whole(values, row, path)
    if points is not None and points > 100:
        values.refuse(path, "a score is 100 at most")
    return points


def _minutes(values: Values, row: Mapping[str, Any], path: str, *, default: int) -> int:
    minutes = _whole(values, row, path) or default
    if minutes > _A_DAY:
        values.refuse(path, "a day, 1440 minutes, is the most")
    return minutes


def _whole(values: Values, row: Mapping[str, Any], path: str) -> int | None:
    number = values.number(row, path, whole=True)
    return None if number is None else int(number)
