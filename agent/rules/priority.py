"""The order of the queue: who a human should turn to first.

Promises one total order for any to-dos: somebody waiting to see a home or to talk comes first, then other hot leads,
then what is overdue, then the rest by score; what is snoozed comes last. Filtering and drawing is left to the page.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Literal

from agent.rules.followups import TodoKind

Act = Literal["call", "write", "open"]
Rank = tuple[int, float, int, float, float]

_AT_ONCE = frozenset({TodoKind.SHOWING, TodoKind.CALL})


class Tier(IntEnum):
    """The queue's sections, first to last."""

    WAITING_FOR_US = 0
    HOT = 1
    OVERDUE = 2
    OPEN = 3
    SNOOZED = 4


@dataclass(frozen=True, slots=True)
class QueueFacts:
    """One open to-do. `waiting_since`: when the lead wrote what it is about, None when they did not."""

    todo_kind: str
    due_at: datetime
    score: int
    hot: bool
    waiting_since: datetime | None
    snoozed_until: datetime | None


def rank(facts: QueueFacts, now: datetime) -> Rank:
    """Give the sort key, smallest first: tier, longest overdue (whole minutes), score, soonest due, longest waiting.

    Snoozed to-dos are ordered by when they come back.
    """
    place = tier(facts, now)
    due = facts.due_at.timestamp()
    waiting = (facts.waiting_since or facts.due_at).timestamp()
    if place is Tier.SNOOZED and facts.snoozed_until is not None:
        return (place, facts.snoozed_until.timestamp(), -facts.score, due, waiting)
    overdue_minutes = max(timedelta(0), now - facts.due_at) // timedelta(minutes=1)
    return (place, -float(overdue_minutes), -facts.score, due, waiting)


def best_act(action: str, *, phone: bool, email: bool, undecided: bool) -> Act:
    """Name the one thing to do first: call where that is asked or nothing else is, else write, else look at the lead.

    `action` is what a to-do asks for in words, empty where there is none. Whose words may mean stop is looked at first.
    """
    if undecided:
        return "open"
    if phone and (not action or action.startswith("Call")):
        return "call"
    if action.startswith(("Answer", "Write")) or (email and not action):
        return "write"
    return "open"


def tier(facts: QueueFacts, now: datetime) -> Tier:
    """Say in which section of the queue a to-do stands."""
    if facts.snoozed_until is not None and facts.snoozed_until > now:
        return Tier.SNOOZED
    if facts.hot:
        return Tier.WAITING_FOR_US if facts.todo_kind in _AT_ONCE else Tier.HOT
    return Tier.OVERDUE if facts.due_at < now else Tier.OPEN
