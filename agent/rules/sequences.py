"""When each step of a 30-day sequence is due, and which sequence an intent starts.

Pure: the month ahead follows from the sequence, its start and the lead's zone alone. What a step is stands in
`rules.steps`, what its `when` may ask in `rules.conditions`; both are offered here too, so that the shell has one door.
Whether a due touch may be sent is the gate's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from zoneinfo import ZoneInfo

from agent.rules.conditions import Condition, ConditionError, StepFacts, parse_condition
from agent.rules.steps import (
    CHANNELS,
    DEFAULT_TIME,
    LAST_DAY,
    Sequence,
    SequenceError,
    Step,
    content_hash,
    from_json,
    sequence_from_dict,
    sequence_to_dict,
    to_json,
)
from integrations.language_model import Intent

_SPREAD_SECONDS = 900

__all__ = [
    "CHANNELS",
    "DEFAULT_TIME",
    "LAST_DAY",
    "Condition",
    "ConditionError",
    "Planned",
    "Sequence",
    "SequenceError",
    "Step",
    "StepFacts",
    "choose",
    "content_hash",
    "due_at",
    "following",
    "from_json",
    "may_begin",
    "parse_condition",
    "plan",
    "sequence_from_dict",
    "sequence_to_dict",
    "spread",
    "to_json",
]


@dataclass(frozen=True, slots=True)
class Planned:
    """One step with the instant it is due (aware UTC), if nothing holds it."""

    step_index: int
    step: Step
    due_at: datetime


def due_at(step: Step, *, started_at: datetime, zone: str, not_before: datetime) -> datetime:
    """Say when a step is due, in UTC, and never before `not_before` (the end of the step before it).

    On day 0 without a time: `after_minutes` after the start. Otherwise the wall time in `zone` on the local start date
    plus `day` days, so that 10:00 stays 10:00 across a change of clocks. A wall time that the change skips moves
    forward by the gap; one that occurs twice means the first. Raises `zoneinfo.ZoneInfoNotFoundError` for no zone.
    """
    if step.day == 0 and step.time is None:
        due = started_at + timedelta(minutes=step.after_minutes)
    else:
        local = ZoneInfo(zone)
        day = started_at.astimezone(local).date() + timedelta(days=step.day)
        due = datetime.combine(day, step.time or DEFAULT_TIME, tzinfo=local)
    return max(due.astimezone(UTC), not_before.astimezone(UTC))


def spread(key: str) -> timedelta:
    """How long after a moment that many share (10:00, the end of quiet hours) the touch of this key goes: 0 to 15 min.

    The same key gives the same answer on every node and in a rehearsal, so that a morning is no stampede.
    """
    return timedelta(seconds=int.from_bytes(blake2b(key.encode(), digest_size=4).digest(), "big") % _SPREAD_SECONDS)


def following(
    sequence: Sequence,
    *,
    after: int,
    started_at: datetime,
    zone: str,
    not_before: datetime,
    spread_by: str,
    only_ahead: bool = False,
) -> Planned | None:
    """The step after index `after` and when it is due; None at the end.

    A step with a time of day goes within the quarter of an hour after it, by `spread` of `spread_by` and its index. One
    whose own moment has passed is due at once; with `only_ahead` it is passed over.
    """
    for index in range(after + 1, len(sequence.steps)):
        step = sequence.steps[index]
        due = due_at(step, started_at=started_at, zone=zone, not_before=started_at)
        if step.day > 0 or step.time is not None:
            due += spread(f"{spread_by}:{index}")
        if not only_ahead or due > not_before:
            return Planned(index, step, max(due, not_before.astimezone(UTC)))
    return None


def plan(sequence: Sequence, *, started_at: datetime, zone: str) -> tuple[Planned, ...]:
    """Lay out all steps from the start, each no earlier than the one before. Conditions and holds are not looked at."""
    planned: list[Planned] = []
    earliest = started_at
    for index, step in enumerate(sequence.steps):
        earliest = due_at(step, started_at=started_at, zone=zone, not_before=earliest)
        planned.append(Planned(index, step, earliest))
    return tuple(planned)


def may_begin(sequence: Sequence, *, last_began: datetime | None, now: datetime) -> bool:
    """Whether somebody may begin this sequence: for the first time always, again once its cool-down is over."""
    if last_began is None:
        return True
    days = sequence.again_after_days
    return days is not None and now - last_began >= timedelta(days=days)


def choose(intent: Intent, sequences: Mapping[str, Sequence]) -> str:
    """Name the sequence an intent starts; intents nobody lists go where `unclear` goes.

    Whether anything may start at all (an opt-out, another agent's client) is decided before this is asked.
    Raises `LookupError` when no sequence takes `unclear`.
    """
    for wanted in (intent, Intent.UNCLEAR):
        for key, sequence in sequences.items():
            if wanted in sequence.intents:
                return key
    raise LookupError("no sequence takes the intent 'unclear'")
