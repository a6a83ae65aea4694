"""What area codes, states and ZIP prefixes say about where somebody is, read once from `data/`.

Promises plain lookups over two small tables that ship with Tend; how each was made is said inside the files.
Which of these hints is believed, and what happens when two disagree, is for `zones`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True)
class AreaCode:
    """A North American area code: its US state or territory ("" in Canada) and every zone its numbers may be in."""

    state: str
    zones: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class State:
    """A US state or territory by its postal code, its English name and every zone in it."""

    code: str
    name: str
    zones: tuple[str, ...]


@cache
def area_codes() -> Mapping[str, AreaCode]:
    """Geographic North American area codes by their three digits. Toll-free and personal codes are absent."""
    table = _read("npa_zones.json")["npa"]
    return {npa: AreaCode(state, tuple(zones)) for npa, (state, zones) in table.items()}


@cache
def states() -> Mapping[str, State]:
    """US states and territories by their two-letter code, in capitals."""
    table = _read("us_zones.json")["states"]
    return {code: State(code, name, tuple(zones)) for code, (name, zones) in table.items()}


def state_named(text: str | None) -> State | None:
    """Find the state that a person or a CRM wrote ("TX", "tx", "Texas"). None where it is no US state or territory."""
    if not text:
        return None
    folded = " ".join(text.replace(".", "").split()).casefold()
    return states().get(folded.upper()) or _states_by_name().get(folded)


def zip_zones(postal_code: str | None) -> tuple[str, ...]:
    """Every zone of the ZIPs that begin like this one; empty where it is not a US ZIP or ZIP+4."""
    digits = (postal_code or "").strip()[:5]
    if len(digits) != 5 or not (digits.isascii() and digits.isdigit()):
        return ()
    return _zip_prefixes().get(int(digits[:3]), ())


@cache
def _states_by_name() -> Mapping[str, State]:
    return {state.name.casefold(): state for state in states().values()}


@cache
def _zip_prefixes() -> Mapping[int, tuple[str, ...]]:
    prefixes: dict[int, tuple[str, ...]] = {}
    for zones, spans in _read("us_zones.json")["zip3"].items():
        for span in spans.split():
            first, _, last = span.partition("-")
            prefixes.update(dict.fromkeys(range(int(first), int(last or first) + 1), tuple(zones.split())))
    return prefixes


def _read(name: str) -> dict[str, Any]:
    table: dict[str, Any] = json.loads(files("agent.rules").joinpath("data", name).read_text("utf-8"))
    return table
