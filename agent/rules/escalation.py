"""Who hears of a to-do, and when: the assignee when it is made and again when it is due, then the lead of the team.

Promises at most three alerts a to-do, and that one nobody did reaches the lead of the team. Who the people are, when a
to-do is looked at, and how they are reached is left to the flows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

MAX_ALERTS = 3
ESCALATE_AFTER = timedelta(minutes=30)
LOOK_AGAIN_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ReAlert:
    """Tell the assignee now, and look again `at`."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Escalate:
    """Tell the lead of the team now, and look again `at`."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Wait:
    """Tell nobody now, and look again at `until`, which lies after now."""

    until: datetime


def escalation(todo_due_at: datetime, now: datetime, alerts_sent: int) -> ReAlert | Escalate | Wait:
    """Say who hears of an open to-do whose moment to look has come; `alerts_sent` counts all its alerts so far.

    1. After three alerts nobody: it stays in the queue, overdue, and is looked at a day later.
    2. Not due yet: the assignee hears of it once, then it waits until it is due.
    3. Due: the assignee hears again, and 30 minutes later it is looked at once more.
    4. Thirty minutes overdue and the assignee was told: the lead of the team. If nobody was told, the assignee first.
    """
    if alerts_sent >= MAX_ALERTS:
        return Wait(max(todo_due_at, now + LOOK_AGAIN_AFTER))
    if now < todo_due_at:
        return ReAlert(todo_due_at) if alerts_sent == 0 else Wait(todo_due_at)
    escalate_at = todo_due_at + ESCALATE_AFTER
    if now < escalate_at:
        return ReAlert(now + ESCALATE_AFTER) if alerts_sent < MAX_ALERTS - 1 else Wait(escalate_at)
    return ReAlert(now + ESCALATE_AFTER) if alerts_sent == 0 else Escalate(now + LOOK_AGAIN_AFTER)
