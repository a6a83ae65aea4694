"""One line of `tend doctor`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, `ok`, `off` or `broken`, what was found, and what to do next (may be empty)."""

    name: str
    state: str
    found: str
    next: str = ""
