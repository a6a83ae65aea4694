"""Troubles the stand-in can be told to have: calls refused, and calls that work but whose answer is lost on the way."""

from __future__ import annotations

from collections import Counter


class Troubles:
    """Counts down troubles by collection (`notes`); `""` means any."""

    def __init__(self) -> None:
        self._refusals: Counter[tuple[str, int]] = Counter()
        self._lost: Counter[str] = Counter()

    def refuse(self, collection: str, status: int, *, times: int) -> None:
        """Answer the next calls so, and do nothing."""
        self._refusals[collection, status] += times

    def lose_answers(self, collection: str, *, times: int) -> None:
        """Do what the next writing calls ask, and answer 502 as a proxy would."""
        self._lost[collection] += times

    def refusal(self, collection: str) -> int | None:
        """The status this call is refused with, if it is."""
        for (named, status), left in self._refusals.items():
            if left and named in {"", collection}:
                self._refusals[named, status] -= 1
                return status
        return None

    def is_lost(self, method: str, collection: str) -> bool:
        """Whether the answer to this call gets lost."""
        for named, left in self._lost.items():
            if left and named in {"", collection} and method in {"POST", "PUT"}:
                self._lost[named] -= 1
                return True
        return False
