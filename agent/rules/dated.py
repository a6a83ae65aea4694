"""What every dated rule file shares: one entry while it is read, and the error that names file, key path and reason.

Promises that whoever reads rules from `data/` complains in one form, `file: key path: reason`, at the first thing
wrong; a bad file stops the start. What a file may say is for its own reader.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar

Rule = TypeVar("Rule")


class BadRuleFile(ValueError):
    """A rule file that cannot be used; the message names the file, the key path and the reason."""


@dataclass(frozen=True, slots=True)
class Dated(Generic[Rule]):
    """One version of a rule; both days are inclusive."""

    starts: date
    ends: date | None
    rule: Rule


def in_force(versions: Sequence[Dated[Rule]], day: date) -> Rule | None:
    """Give the rule of that day; None where there is none."""
    return next((v.rule for v in versions if v.starts <= day and (v.ends is None or day <= v.ends)), None)


def document(text: str, *, file: str) -> Mapping[str, Any]:
    """Read a rule file's TOML. Raises `BadRuleFile`."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadRuleFile(f"{file}: not TOML: {error}") from error


def entries(read: Mapping[str, Any], key: str, *, file: str) -> list[Mapping[str, Any]]:
    """Give the `[[key]]` tables of a file, at least one. Raises `BadRuleFile`."""
    items = read.get(key)
    if not isinstance(items, list) or not items or not all(isinstance(item, dict) for item in items):
        raise BadRuleFile(f"{file}: {key}: at least one [[{key}]] is needed")
    return items


@dataclass(frozen=True, slots=True)
class Entry:
    """One table while it is read: `path` says where it stands. Every reader raises `BadRuleFile`."""

    path: str
    fields: Mapping[str, Any]

    def check_keys(self, *, needed: tuple[str, ...], allowed: frozenset[str]) -> None:
        """Refuse a key nobody knows, and one that is missing."""
        for key in self.fields:
            if key not in allowed:
                raise self.wrong(key, "not a key of a rule")
        for key in needed:
            if key not in self.fields:
                raise self.wrong(key, "missing")

    def wrong(self, key: str, reason: str) -> BadRuleFile:
        """The error for one key."""
        return BadRuleFile(f"{self.path}.{key}: {reason}")

    def table(self, key: str) -> Entry:
        """A table inside this one."""
        value = self.fields.get(key)
        if not isinstance(value, dict):
            raise self.wrong(key, "a table is needed")
        return Entry(f"{self.path}.{key}", value)

    def text(self, key: str) -> str:
        """Text that says something."""
        value = self.fields.get(key)
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(key, "text is needed")
        return value

    def flag(self, key: str) -> bool:
        """A true or false."""
        value = self.fields.get(key)
        if not isinstance(value, bool):
            raise self.wrong(key, "true or false is needed")
        return value

    def day(self, key: str) -> date:
        """A date without a time."""
        value = self.fields.get(key)
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        raise self.wrong(key, "a date like 2026-01-31 is needed")

    def whole(self, key: str) -> int:
        """A whole number from 1."""
        value = self.fields.get(key)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
            return value
        raise self.wrong(key, "a whole number from 1 is needed")

    def points(self, key: str, *, least: int = -100) -> int:
        """A whole number from `least` to 100."""
        value = self.fields.get(key)
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= 100:
            return value
        raise self.wrong(key, f"a whole number from {least} to 100 is needed")

    def percent(self, key: str) -> float:
        """A number above 0 and up to 100."""
        value = self.fields.get(key)
        if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value <= 100:
            return float(value)
        raise self.wrong(key, "a percentage above 0 and up to 100 is needed")

    def in_force(self, others: Sequence[Dated[Any]] = ()) -> tuple[date, date | None]:
        """The first and the last day (None: still) it says, none of them a day of the `others`."""
        starts, ends = self.day("effective_from"), None
        if "effective_to" in self.fields:
            ends = self.day("effective_to")
            if ends < starts:
                raise self.wrong("effective_to", f"{ends} is before effective_from {starts}")
        if any(starts <= (other.ends or date.max) and other.starts <= (ends or date.max) for other in others):
            raise self.wrong("effective_from", "overlapping with another of its kind")
        return starts, ends
