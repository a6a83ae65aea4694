"""What a sequence and its steps are, and their plain form: read from a file or from storage, checked, hashed.

A sequence has one canonical form with a content hash and can be stored whole and pinned, so that an edit never changes
people half-way. Whether a step's words fit their channel is `agent.words`' business.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from typing import Any

from agent.rules.conditions import Condition, ConditionError, parse_condition
from integrations.language_model import Intent

LAST_DAY = 30
"""A sequence ends on this day after its start."""

DEFAULT_TIME = time(10, 0)
"""Local wall time of a step on a later day that names none."""

CHANNELS = ("email", "sms", "call")

_KEBAB = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_SEQUENCE_KEYS = ("key", "title", "goal", "intents", "again_after_days", "steps")
_STEP_KEYS = {
    "email": ("id", "day", "time", "channel", "when", "subject", "body"),
    "sms": ("id", "day", "time", "after_minutes", "channel", "when", "body"),
    "call": ("id", "day", "time", "channel", "when", "task"),
}


class SequenceError(ValueError):
    """A sequence that cannot be: `key_path` says where (`steps[3].when`), `reason` what is wrong with it."""

    def __init__(self, key_path: str, reason: str) -> None:
        self.key_path = key_path
        self.reason = reason
        super().__init__(f"{key_path}: {reason}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One touch of a sequence, or (channel `call`) one to-do for a human.

    `day` counts local calendar days from the start. `time` is the lead's local wall time; without one, day 0 means
    `after_minutes` from the start and later days mean `DEFAULT_TIME`. `subject` and `body` hold placeholders; `task`
    says what the human should do and why. Unused texts are empty.
    """

    id: str
    day: int
    time: time | None
    after_minutes: int
    channel: str
    when: Condition | None
    subject: str
    body: str
    task: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequence:
    """Up to 30 days of steps, in the order they are due. `intents` are those that start it.

    `again_after_days`: how long after they began it somebody may begin it again; None means never by itself.
    """

    key: str
    title: str
    goal: str
    intents: tuple[Intent, ...]
    steps: tuple[Step, ...]
    again_after_days: int | None = None


def sequence_from_dict(data: Mapping[str, Any]) -> Sequence:
    """Read a sequence from plain data, checking every key. Raises `SequenceError` at the first thing wrong."""
    _known(data, _SEQUENCE_KEYS, "")
    key = _text(data, "key", "")
    _kebab(key, "key")
    intents: list[Intent] = []
    for index, name in enumerate(_list(data, "intents")):
        if name not in tuple(Intent):
            raise SequenceError(f"intents[{index}]", f"{name!r} is not one of: {', '.join(Intent)}")
        if name in intents:
            raise SequenceError(f"intents[{index}]", f"{name!r} is listed twice")
        intents.append(Intent(name))
    steps: list[Step] = []
    for index, table in enumerate(_list(data, "steps")):
        path = f"steps[{index}]"
        if not isinstance(table, Mapping):
            raise SequenceError(path, "must be a table")
        step = _step(table, f"{path}.")
        if any(step.id == other.id for other in steps):
            raise SequenceError(f"{path}.id", f"{step.id!r} is used twice")
        if steps and _order(step) < _order(steps[-1]):
            raise SequenceError(f"{path}.day", f"comes before step {steps[-1].id!r}; steps stand in the order of time")
        steps.append(step)
    if not steps:
        raise SequenceError("steps", "must hold at least one step")
    return Sequence(
        key=key,
        title=_text(data, "title", ""),
        goal=_text(data, "goal", ""),
        intents=tuple(intents),
        steps=tuple(steps),
        again_after_days=_again_after(data),
    )


def sequence_to_dict(sequence: Sequence) -> dict[str, Any]:
    """Give the canonical plain form: only keys that say something, conditions as text."""
    again = sequence.again_after_days
    return {
        "key": sequence.key,
        "title": sequence.title,
        "goal": sequence.goal,
        "intents": [intent.value for intent in sequence.intents],
        "steps": [_step_to_dict(step) for step in sequence.steps],
    } | ({"again_after_days": again} if again is not None else {})


def to_json(sequence: Sequence) -> str:
    """Give the canonical form as JSON text, to be stored whole."""
    return _canonical(sequence_to_dict(sequence))


def from_json(text: str) -> Sequence:
    """Read a stored version back. Raises `ValueError` (`SequenceError` is one) for what is none."""
    data = json.loads(text)
    if not isinstance(data, dict):
        raise SequenceError("", "must be a table")
    return sequence_from_dict(data)


def content_hash(data: Mapping[str, Any]) -> str:
    """SHA-256 (hex) of plain data as canonical JSON: equal content gives an equal hash, whatever the key order."""
    return hashlib.sha256(_canonical(data).encode()).hexdigest()


def _canonical(data: Mapping[str, Any]) -> str:
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _step(table: Mapping[str, Any], path: str) -> Step:
    channel = _text(table, "channel", path)
    if channel not in CHANNELS:
        raise SequenceError(f"{path}channel", f"{channel!r} is not one of: {', '.join(CHANNELS)}")
    _known(table, _STEP_KEYS[channel], path)
    identifier = _text(table, "id", path)
    _kebab(identifier, f"{path}id")
    day = _number(table, "day", path, most=LAST_DAY)
    wall = _wall_time(table, path)
    after_minutes = 0
    if "after_minutes" in table:
        after_minutes = _number(table, "after_minutes", path, most=24 * 60)
        if day != 0 or wall is not None:
            raise SequenceError(f"{path}after_minutes", "only means something on day 0 without a time")
    return Step(
        id=identifier,
        day=day,
        time=wall,
        after_minutes=after_minutes,
        channel=channel,
        when=_when(table, path),
        subject=_text(table, "subject", path) if channel == "email" else "",
        body=_text(table, "body", path) if channel != "call" else "",
        task=_text(table, "task", path) if channel == "call" else "",
    )


def _step_to_dict(step: Step) -> dict[str, Any]:
    table: dict[str, Any] = {"id": step.id, "day": step.day, "channel": step.channel}
    if step.time is not None:
        table["time"] = step.time.strftime("%H:%M")
    if step.after_minutes:
        table["after_minutes"] = step.after_minutes
    if step.when is not None:
        table["when"] = str(step.when)
    texts = {"subject": step.subject, "body": step.body, "task": step.task}
    return table | {name: text for name, text in texts.items() if text}


def _again_after(data: Mapping[str, Any]) -> int | None:
    """The cool-down. It ends after the sequence itself, so that nobody is in it twice at once."""
    if "again_after_days" not in data:
        return None
    days = _number(data, "again_after_days", "", most=3650)
    if days <= LAST_DAY:
        raise SequenceError("again_after_days", f"must be more than {LAST_DAY}: the sequence itself may take that long")
    return days


def _order(step: Step) -> tuple[int, int, time]:
    """Sort by time; on day 0, steps without a wall time come first."""
    if step.day == 0 and step.time is None:
        return (0, step.after_minutes, time.min)
    return (step.day, 24 * 60 + 1, step.time or DEFAULT_TIME)


def _when(table: Mapping[str, Any], path: str) -> Condition | None:
    if "when" not in table:
        return None
    try:
        return parse_condition(_text(table, "when", path))
    except ConditionError as error:
        raise SequenceError(f"{path}when", str(error)) from error


def _wall_time(table: Mapping[str, Any], path: str) -> time | None:
    if "time" not in table:
        return None
    match = _CLOCK.fullmatch(_text(table, "time", path))
    if match is None:
        raise SequenceError(f"{path}time", 'must be a wall time between "00:00" and "23:59"')
    return time(int(match[1]), int(match[2]))


def _known(table: Mapping[str, Any], allowed: tuple[str, ...], path: str) -> None:
    for key in table:
        if key not in allowed:
            raise SequenceError(f"{path}{key}", f"is not allowed here; allowed: {', '.join(allowed)}")


def _kebab(value: str, path: str) -> None:
    if _KEBAB.fullmatch(value) is None:
        raise SequenceError(path, f"{value!r} must be lower-case words joined by hyphens")


def _text(table: Mapping[str, Any], key: str, path: str) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not value.strip():
        raise SequenceError(f"{path}{key}", "must be a text that is not empty")
    return value.strip()


def _number(table: Mapping[str, Any], key: str, path: str, *, most: int) -> int:
    value = table.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise SequenceError(f"{path}{key}", f"must be a whole number from 0 to {most}")
    return value


def _list(table: Mapping[str, Any], key: str) -> list[Any]:
    value = table.get(key)
    if not isinstance(value, list):
        raise SequenceError(key, "must be a list")
    return value
