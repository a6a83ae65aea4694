"""Reads the dated table of quiet hours and refuses a bad one, naming the file, the key path and the reason.

Promises that whatever it returns can be evaluated: every state exists, every date is one, every window opens before
it closes, no two windows or versions of a rule overlap, and each state leaves some hour of the week beside the
default. When a text may leave is for `quiet_hours`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from itertools import pairwise
from zoneinfo import ZoneInfo

from agent.rules.dated import BadRuleFile, Entry, document, entries
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
    """Read a table from TOML. Raises `BadRuleFile` ("file: key path: reason") at the first thing wrong with it."""
    rules: list[HoursRule] = []
    for index, item in enumerate(entries(document(text, file=file), "rule", file=file)):
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


class _Entry(Entry):
    """One [[rule]] of hours while it is read."""

    __slots__ = ()

    def rule(self) -> HoursRule:
        self.check_keys(needed=_NEEDED, allowed=_KEYS)
        starts, ends = self.in_force()
        return HoursRule(
            id=self.text("id"),
            jurisdiction=self._jurisdiction(),
            effective_from=starts,
            effective_to=ends,
            week=self._week(),
            on_holidays=self.flag("holidays"),
            clock=self._clock(),
            cap_per_24h=self.whole("cap_per_24h") if "cap_per_24h" in self.fields else None,
            source=self.text("source"),
            last_reviewed=self.day("last_reviewed"),
            note=self.text("note") if "note" in self.fields else "",
        )

    def check_beside(self, earlier: list[HoursRule], rule: HoursRule) -> None:
        """Refuse a second rule of one jurisdiction on the same days."""
        for other in earlier:
            apart = rule.effective_from > (other.effective_to or date.max) or other.effective_from > (
                rule.effective_to or date.max
            )
            if other.jurisdiction == rule.jurisdiction and not apart:
                raise self.wrong("effective_from", f"overlapping with {other.id} of the same jurisdiction")

    def _jurisdiction(self) -> str:
        value = self.text("jurisdiction")
        if value not in {DEFAULT, FEDERAL} and value not in states():
            raise self.wrong("jurisdiction", f"unknown state “{value}”")
        return value

    def _clock(self) -> str | None:
        if "clock" not in self.fields:
            return None
        value = self.text("clock")
        try:
            ZoneInfo(value)
        except (KeyError, OSError, ValueError) as error:
            raise self.wrong("clock", f"“{value}” is not an IANA time zone") from error
        return value

    def _week(self) -> tuple[tuple[Window, ...], ...]:
        hours = self.fields.get("hours")
        if not isinstance(hours, Mapping) or not hours:
            raise self.wrong("hours", "a window that never opens: no day has hours")
        week: dict[int, tuple[Window, ...]] = {}
        for span, value in hours.items():
            windows = self._windows(f"hours.{span}", value)
            for day in self._days(span):
                if day in week:
                    raise self.wrong(f"hours.{span}", f"overlapping: {_DAYS[day]} is named twice")
                week[day] = windows
        return tuple(week.get(day, ()) for day in range(7))

    def _days(self, span: str) -> range:
        first, _, last = span.partition("-")
        if first not in _DAYS or (last or first) not in _DAYS:
            raise self.wrong(f"hours.{span}", "a day like “mon” or a span like “mon-sat” is needed")
        start, end = _DAYS.index(first), _DAYS.index(last or first)
        if end < start:
            raise self.wrong(f"hours.{span}", "the span ends before it starts")
        return range(start, end + 1)

    def _windows(self, key: str, value: object) -> tuple[Window, ...]:
        texts = value if isinstance(value, list) else [value]
        windows = sorted(self._window(key, text) for text in texts)
        if not windows:
            raise self.wrong(key, "a window that never opens: the list is empty")
        for before, after in pairwise(windows):
            if after.opens < before.closes:
                raise self.wrong(key, f"overlapping windows: {_span(before)} and {_span(after)}")
        return tuple(windows)

    def _window(self, key: str, text: object) -> Window:
        first, dash, last = str(text).partition("-")
        try:
            window = Window(time.fromisoformat(first.strip()), time.fromisoformat(last.strip()))
        except ValueError:
            dash = ""
        if not dash:
            raise self.wrong(key, f"“{text}” is not hours like “09:00-20:00”")
        if window.opens.second or window.closes.second or window.opens.tzinfo or window.closes.tzinfo:
            raise self.wrong(key, f"“{text}” has more than hours and minutes")
        if window.closes <= window.opens:
            raise self.wrong(key, f"a window that never opens: {_span(window)}")
        return window


def _check_default(rules: list[HoursRule], *, file: str) -> None:
    defaults = [rule for rule in rules if rule.jurisdiction == DEFAULT]
    if not defaults:
        raise BadRuleFile(f"{file}: rule: one with jurisdiction “{DEFAULT}” is needed")
    if any(rule.cap_per_24h is None for rule in defaults):
        raise BadRuleFile(f"{file}: rule: the default must have a cap_per_24h")
    for index, rule in enumerate(rules):
        for default in defaults:
            if not any(overlap(mine, theirs) for mine, theirs in zip(rule.week, default.week, strict=True)):
                raise BadRuleFile(
                    f"{file}: rule[{index}].hours: a window that never opens: nothing is left beside the default"
                )


def _span(window: Window) -> str:
    return f"{window.opens:%H:%M}-{window.closes:%H:%M}"
