"""Troubles the stand-in can be told to have: refusals, answers lost on the way, and calls nobody ever answers.

Some are counted out by a test, others come at random, the same for the same seed. What was had is counted.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from enum import StrEnum


class Trouble(StrEnum):
    """What goes wrong with one call. The last three may leave the caller not knowing whether it was done."""

    THROTTLED = "429"
    BROKEN = "503"
    LOST = "done, answered 502"
    SILENT = "never answered"
    SILENT_BUT_DONE = "done, never answered"

    @property
    def done(self) -> bool:
        """Whether what was asked for happens all the same."""
        return self in {Trouble.LOST, Trouble.SILENT_BUT_DONE}

    @property
    def silent(self) -> bool:
        """Whether no answer ever comes."""
        return self in {Trouble.SILENT, Trouble.SILENT_BUT_DONE}


class Troubles:
    """Counts down troubles by collection (`notes`); `""` means any."""

    def __init__(self) -> None:
        self.had: Counter[Trouble] = Counter()
        self._refusals: Counter[tuple[str, int]] = Counter()
        self._lost: Counter[str] = Counter()
        self._rates: Mapping[Trouble, float] = {}
        self._chosen = random.Random()  # noqa: S311 - which calls fail, not a secret

    def refuse(self, collection: str, status: int, *, times: int) -> None:
        """Answer the next calls so, and do nothing."""
        self._refusals[collection, status] += times

    def mend(self, collection: str) -> None:
        """Refuse no more calls of this collection."""
        self._refusals = Counter({key: left for key, left in self._refusals.items() if key[0] != collection})

    def lose_answers(self, collection: str, *, times: int) -> None:
        """Do what the next writing calls ask, and answer 502 as a proxy would."""
        self._lost[collection] += times

    def at_random(self, rates: Mapping[Trouble, float], *, seed: int) -> None:
        """From now on let this share of all calls go wrong in each of these ways; none with an empty mapping."""
        self._rates = dict(rates)
        self._chosen.seed(seed)

    def refusal(self, collection: str) -> int | None:
        """The status this call is refused with, if it is."""
        for (named, status), left in self._refusals.items():
            if left and named in {"", collection}:
                self._refusals[named, status] -= 1
                return status
        return None

    def next(self, method: str, collection: str) -> Trouble | None:
        """What goes wrong with this call, if anything does."""
        found = self._counted(method, collection) or self._by_chance()
        if found is not None:
            self.had[found] += 1
        return found

    def _counted(self, method: str, collection: str) -> Trouble | None:
        for named, left in self._lost.items():
            if left and named in {"", collection} and method in {"POST", "PUT"}:
                self._lost[named] -= 1
                return Trouble.LOST
        return None

    def _by_chance(self) -> Trouble | None:
        at = self._chosen.random() if self._rates else 1.0
        for trouble, rate in self._rates.items():
            if at < rate:
                return trouble
            at -= rate
        return None
