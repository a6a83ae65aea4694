"""Reads the dated table of quiet hours and refuses a bad one, naming the file, the key path and the reason.

Promises that whatever it returns can be evaluated: every state exists, every date is one, every window opens before
it closes, no two windows or versions of a rule overlap, and each state leaves some hour of the week beside the
default. When a text may leave is for `quiet_hours`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from agent.rules.places import states

DEFAULT, FEDERAL = "*", "US"

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NEEDED = ("id", "jurisdiction", "effective_from", "hours", "holidays", "source", "last_reviewed")
_KEYS = frozenset({*_NEEDED, "effective_to", "clock", "cap_per_24h", "note"})


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """A span of one local day: from `opens` up to, but not including, `closes`."""

    opens: time
    closes: time


@dataclass(frozen=True, slots=True, eq=False)
class HoursRule:
    """One dated rule. `week` holds the windows of Monday to Sunday; both dates are local days and inclusive."""

    id: str
    jurisdiction: str
    effective_from: date
    effective_to: date | None
    week: tuple[tuple[Window, ...], ...]
    on_holidays: bool
    clock: str | None
    cap_per_24h: int | None
    source: str
    last_reviewed: date
    note: str

    def in_force(self, day: date) -> bool:
        """Tell whether the rule applies on this local day."""
        return self.effective_from <= day and (self.effective_to is None or day <= self.effective_to)


@dataclass(frozen=True, slots=True, eq=False)
class QuietHours:
    """The whole table. Compared by identity, so that days worked out from it can be kept."""

    rules: tuple[HoursRule, ...]

    def applying(self, states: tuple[str, ...]) -> tuple[HoursRule, ...]:
        """Give the default, the federal and these states' rules, in force or not."""
        wanted = {DEFAULT, FEDERAL, *states}
        return tuple(rule for rule in self.rules if rule.jurisdiction in wanted)


def parse(text: str, *, file: str) -> QuietHours:
    """Read a table from TOML. Raises ValueError("file: key path: reason") at the first thing wrong with it."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{file}: not TOML: {error}") from error
    items = document.get("rule")
    if not isinstance(items, list) or not items or not all(isinstance(item, dict) for item in items):
        raise ValueError(f"{file}: rule: at least one [[rule]] is needed")
    rules: list[HoursRule] = []
    for index, item in enumerate(items):
        entry = _Entry(f"{file}: rule[{index}]", item)
        rules.append(entry.rule())
        entry.check_beside(rules[:-1], rules[-1])
    _check_default(rules, file=file)
    return QuietHours(tuple(rules))


def overlap(first: tuple[Window, ...], second: tuple[Window, ...]) -> tuple[Window, ...]:
    """Intersect two days' windows."""
    return tuple(
        Window(max(a.opens, b.opens), min(a.closes, b.closes))
        for a in first
        for b in second
        if max(a.opens, b.opens) < min(a.closes, b.closes)
    )


@dataclass(frozen=True, slots=True)
class _Entry:
    """One [[rule]] while it is read: `path` says where it stands."""

    path: str
    fields: Mapping[str, Any]

    def rule(self) -> HoursRule:
        for key in self.fields:
            if key not in _KEYS:
                raise self._wrong(key, "not a key of a rule")
        for key in _NEEDED:
            if key not in self.fields:
                raise self._wrong(key, "missing")
        starts, ends = self._date("effective_from"), None
        if "effective_to" in self.fields:
            ends = self._date("effective_to")
            if ends < starts:
                raise self._wrong("effective_to", f"{ends} is before effective_from {starts}")
        return HoursRule(
            id=self._text("id"),
            jurisdiction=self._jurisdiction(),
            effective_from=starts,
            effective_to=ends,
            week=self._week(),
            on_holidays=self._flag("holidays"),
            clock=self._clock(),
            cap_per_24h=self._cap(),
            source=self._text("source"),
            last_reviewed=self._date("last_reviewed"),
            note=self._text("note") if "note" in self.fields else "",
        )

    def check_beside(self, earlier: list[HoursRule], rule: HoursRule) -> None:
        """Refuse a second rule of one jurisdiction on the same days."""
        for other in earlier:
            apart = rule.effective_from > (other.effective_to or date.max) or other.effective_from > (
                rule.effective_to or date.max
            )
            if other.jurisdiction == rule.jurisdiction and not apart:
                raise self._wrong("effective_from", f"overlapping with {other.id} of the same jurisdiction")

    def _wrong(self, key: str, reason: str) -> ValueError:
        return ValueError(f"{self.path}.{key}: {reason}")

    def _text(self, key: str) -> str:
        value = self.fields.get(key)
        if not isinstance(value, str) or not value.strip():
            raise self._wrong(key, "text is needed")
        return value

    def _flag(self, key: str) -> bool:
        value = self.fields.get(key)
        if not isinstance(value, bool):
            raise self._wrong(key, "true or false is needed")
        return value

    def _date(self, key: str) -> date:
        value = self.fields.get(key)
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        raise self._wrong(key, "a date like 2026-01-31 is needed")

    def _jurisdiction(self) -> str:
        value = self._text("jurisdiction")
        if value not in {DEFAULT, FEDERAL} and value not in states():
            raise self._wrong("jurisdiction", f"unknown state “{value}”")
        return value

    def _clock(self) -> str | None:
        if "clock" not in self.fields:
            return None
        value = self._text("clock")
        try:
            ZoneInfo(value)
        except (KeyError, OSError, ValueError) as error:
            raise self._wrong("clock", f"“{value}” is not an IANA time zone") from error
        return value

    def _cap(self) -> int | None:
        value = self.fields.get("cap_per_24h")
        if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 1):
            return value
        raise self._wrong("cap_per_24h", "a whole number from 1 is needed")

    def _week(self) -> tuple[tuple[Window, ...], ...]:
        hours = self.fields.get("hours")
        if not isinstance(hours, Mapping) or not hours:
            raise self._wrong("hours", "a window that never opens: no day has hours")
        week: dict[int, tuple[Window, ...]] = {}
        for span, value in hours.items():
            windows = self._windows(f"hours.{span}", value)
            for day in self._days(span):
                if day in week:
                    raise self._wrong(f"hours.{span}", f"overlapping: {_DAYS[day]} is named twice")
                week[day] = windows
        return tuple(week.get(day, ()) for day in range(7))

    def _days(self, span: str) -> range:
        first, _, last = span.partition("-")
        if first not in _DAYS or (last or first) not in _DAYS:
            raise self._wrong(f"hours.{span}", "a day like “mon” or a span like “mon-sat” is needed")
        start, end = _DAYS.index(first), _DAYS.index(last or first)
        if end < start:
            raise self._wrong(f"hours.{span}", "the span ends before it starts")
        return range(start, end + 1)

    def _windows(self, key: str, value: object) -> tuple[Window, ...]:
        texts = value if isinstance(value, list) else [value]
        windows = sorted(self._window(key, text) for text in texts)
        if not windows:
            raise self._wrong(key, "a window that never opens: the list is empty")
        for before, after in pairwise(windows):
            if after.opens < before.closes:
                raise self._wrong(key, f"overlapping windows: {_span(before)} and {_span(after)}")
        return tuple(windows)

    def _window(self, key: str, text: object) -> Window:
        first, dash, last = str(text).partition("-")
        try:
            window = Window(time.fromisoformat(first.strip()), time.fromisoformat(last.strip()))
        except ValueError:
            dash = ""
        if not dash:
            raise self._wrong(key, f"“{text}” is not hours like “09:00-20:00”")
        if window.opens.second or window.closes.second or window.opens.tzinfo or window.closes.tzinfo:
            raise self._wrong(key, f"“{text}” has more than hours and minutes")
        if window.closes <= window.opens:
            raise self._wrong(key, f"a window that never opens: {_span(window)}")
        return window


def _check_default(rules: list[HoursRule], *, file: str) -> None:
    defaults = [rule for rule in rules if rule.jurisdiction == DEFAULT]
    if not defaults:
        raise ValueError(f"{file}: rule: one with jurisdiction “{DEFAULT}” is needed")
    if any(rule.cap_per_24h is None for rule in defaults):
        raise ValueError(f"{file}: rule: the default must have a cap_per_24h")
    for index, rule in enumerate(rules):
        for default in defaults:
            if not any(overlap(mine, theirs) for mine, theirs in zip(rule.week, default.week, strict=True)):
                raise ValueError(
                    f"{file}: rule[{index}].hours: a window that never opens: nothing is left beside the default"
                )


def _span(window: Window) -> str:
    return f"{window.opens:%H:%M}-{window.closes:%H:%M}"
