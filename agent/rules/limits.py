"""The dated limits beside the hours, read from `data/limits.toml`: the Do-Not-Call list's, and those of email's brake.

Promises that a bad file is refused whole with file, key path and reason, that no two tables of a kind overlap, and that
today's is found. What the limits mean for a touch is for `do_not_call` and `sender_limits`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from agent.rules.dated import Dated, Entry, Rule, document, entries, in_force
from agent.rules.places import states

_FILE = "limits.toml"
_DATED = ("id", "jurisdiction", "effective_from", "source", "last_reviewed")
_DNC_KEYS = ("list_good_for_days", "inquiry_months", "deal_months")
_BRAKE_KEYS = ("window_days", "from_emails", "bounces_over_percent", "complaints_from_percent")


@dataclass(frozen=True, slots=True)
class DoNotCallRule:
    """How old the list may be, and how long a relationship lets a listed number be texted."""

    list_good_for_days: int
    inquiry_months: int
    deal_months: int


@dataclass(frozen=True, slots=True)
class BrakeRule:
    """When email pauses by itself: shares of the emails of the last `window_days`, from `from_emails` on."""

    window_days: int
    from_emails: int
    bounces_over_percent: float
    complaints_from_percent: float


@dataclass(frozen=True, slots=True, eq=False)
class Limits:
    """The whole file."""

    do_not_call: tuple[Dated[DoNotCallRule], ...]
    email_brake: tuple[Dated[BrakeRule], ...]

    def do_not_call_on(self, day: date) -> DoNotCallRule | None:
        """The Do-Not-Call rule in force; None where there is none."""
        return in_force(self.do_not_call, day)

    def brake_on(self, day: date) -> BrakeRule | None:
        """The brake in force; None where there is none."""
        return in_force(self.email_brake, day)


@cache
def load_limits() -> Limits:
    """Read the file that ships with Tend, once. Raises `BadRuleFile`."""
    return parse(files("agent.rules").joinpath("data", _FILE).read_text("utf-8"), file=f"agent/rules/data/{_FILE}")


def parse(text: str, *, file: str) -> Limits:
    """Read limits from TOML. Raises `BadRuleFile` at the first thing wrong with it."""
    read = document(text, file=file)
    return Limits(
        do_not_call=_versions(read, "do_not_call", _do_not_call, needed=_DNC_KEYS, file=file),
        email_brake=_versions(read, "email_brake", _brake, needed=_BRAKE_KEYS, file=file),
    )


def _versions(
    read: Mapping[str, Any], kind: str, make: Callable[[Entry], Rule], *, needed: tuple[str, ...], file: str
) -> tuple[Dated[Rule], ...]:
    found: list[Dated[Rule]] = []
    for index, item in enumerate(entries(read, kind, file=file)):
        entry = Entry(f"{file}: {kind}[{index}]", item)
        entry.check_keys(needed=(*_DATED, *needed), allowed=frozenset({*_DATED, *needed, "effective_to", "note"}))
        for key in ("id", "source"):
            entry.text(key)
        entry.day("last_reviewed")
        if (where := entry.text("jurisdiction")) not in {"*", "US"} and where not in states():
            raise entry.wrong("jurisdiction", f"unknown state “{where}”")
        starts, ends = entry.in_force(found)
        found.append(Dated(starts, ends, make(entry)))
    return tuple(found)


def _do_not_call(entry: Entry) -> DoNotCallRule:
    return DoNotCallRule(*(entry.whole(key) for key in _DNC_KEYS))


def _brake(entry: Entry) -> BrakeRule:
    return BrakeRule(
        window_days=entry.whole("window_days"),
        from_emails=entry.whole("from_emails"),
        bounces_over_percent=entry.percent("bounces_over_percent"),
        complaints_from_percent=entry.percent("complaints_from_percent"),
    )
