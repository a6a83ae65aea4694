"""Which rules of a team can never match a lead: one before them takes whatever they would, or no score meets them.

Promises no false alarm: a rule is named only where one single earlier rule asks for nothing that it does not ask for.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from itertools import combinations

from agent.rules.routing_rules import Routing, Rule, folded, grade_of


def never_reached(routing: Routing) -> list[tuple[Rule, Rule]]:
    """Each rule that an earlier one leaves nothing to, with the first such rule."""
    found: dict[str, tuple[Rule, Rule]] = {}
    for earlier, later in combinations(routing.rules, 2):
        if later.name not in found and _takes_all_of(earlier, later):
            found[later.name] = (later, earlier)
    return list(found.values())


def out_of_reach(rule: Rule) -> bool:
    """Whether no score can hold: the least points it asks for are more than the grades it names may have."""
    return not _scores(rule)


def _takes_all_of(earlier: Rule, later: Rule) -> bool:
    return (
        all(
            _covers(getattr(earlier, name), getattr(later, name))
            for name in ("campaigns", "sources", "interests", "states", "languages")
        )
        and _all_met(earlier.areas, later.areas, lambda wide, narrow: f" {folded(wide)} " in f" {folded(narrow)} ")
        and _all_met(earlier.postal_codes, later.postal_codes, lambda wide, narrow: narrow.startswith(wide))
        and _spans(earlier, later)
        and _scores(later) <= _scores(earlier)
    )


def _covers(wide: Collection[str], narrow: Collection[str]) -> bool:
    """Whether a lead that has one of the narrow values has one of the wide ones; an empty list asks nothing."""
    return not wide or (bool(narrow) and {folded(each) for each in narrow} <= {folded(each) for each in wide})


def _all_met(wide: Collection[str], narrow: Collection[str], meets: Callable[[str, str], bool]) -> bool:
    return not wide or (bool(narrow) and all(any(meets(one, each) for one in wide) for each in narrow))


def _spans(wide: Rule, narrow: Rule) -> bool:
    """Whether every price the narrow rule takes, the wide one takes too."""
    if wide.price_from is None and wide.price_to is None:
        return True
    if narrow.price_from is None and narrow.price_to is None:
        return False
    return (narrow.price_from or 0) >= (wide.price_from or 0) and (
        wide.price_to is None or (narrow.price_to is not None and narrow.price_to <= wide.price_to)
    )


def _scores(rule: Rule) -> set[int]:
    """Every score from 0 to 100 at which the rule may match."""
    return {
        points
        for points in range(101)
        if points >= (rule.score_from or 0) and (not rule.grades or grade_of(points) in rule.grades)
    }
