"""Labelled messages whose facts are known, as `tend eval slots` and `tend eval dates` read them.

Promises one shape for both: the message, what we had written before, and the facts by the names Tend has for them.
Public data sets call some of them otherwise (`prev_system`, `visit_date`); what Tend has no name for is left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import fields

import msgspec

from integrations.language_model import Slots

ALSO_CALLED = {"visit_date": "visit_time", "price": "price_max"}
NAMES = tuple(field.name for field in fields(Slots))


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One message with the facts it names. `slots_surface` holds them as they were written, where `slots` does not."""

    id: str
    text: str
    previous_outbound: str = ""
    prev_system: str = ""
    slots: dict[str, str | int | bool] = {}
    slots_surface: dict[str, str | int | bool] = {}

    @property
    def asked(self) -> str:
        """What we had written before."""
        return self.previous_outbound or self.prev_system

    def accepted(self, name: str) -> frozenset[str]:
        """The spellings of a fact that count as right, made plain; empty where the message does not name it."""
        told = (given.get(called) for given in (self.slots, self.slots_surface) for called in _names_of(name))
        return frozenset(plain(value) for value in told if value not in {None, ""})


def labelled(lines: Sequence[Told]) -> tuple[str, ...]:
    """The facts this file labels at all: only they are judged, since of others it says nothing."""
    return tuple(name for name in NAMES if any(line.accepted(name) for line in lines))


def strange(lines: Sequence[Told]) -> tuple[str, ...]:
    """Labels Tend has no name for."""
    used = {ALSO_CALLED.get(name, name) for line in lines for name in line.slots}
    return tuple(sorted(used - set(NAMES)))


def plain(value: object) -> str:
    """A value without case, blanks and marks, so that `San Jose.` and `san jose` are one."""
    return re.sub(r"[^a-z0-9]", "", str(value).lower())


def as_labelled(found: Mapping[str, object], lines: Sequence[Told]) -> dict[str, object]:
    """The facts under the names this file has for them."""
    theirs = {ours: other for other, ours in ALSO_CALLED.items() if any(other in line.slots for line in lines)}
    return {theirs.get(name, name): value for name, value in found.items()}


def found_in(slots: Slots) -> Mapping[str, object]:
    """The facts a reading names."""
    return {name: value for name in NAMES if (value := getattr(slots, name)) not in ("", None)}


def _names_of(name: str) -> tuple[str, ...]:
    return (name, *(other for other, ours in ALSO_CALLED.items() if ours == name))
