"""A model first and the local reader behind it, so that every message gets a reading in time.

Promises an answer within the budget plus the local reader's millisecond, and that the reading says who took over and
why. What a failed call cost is still handed on. A server that asks for time, or refuses whoever asks, is left alone for
as long (two minutes at most), and the readings meanwhile say the same. Bugs are not caught: only expected failures are.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

from integrations.errors import ReaderError
from integrations.language_model import Answer, Reader, ReadingRequest, Usage
from integrations.providers.unusable_answer import UnusableAnswer

_CAUSES = {
    "timeout": "timed out",
    "refused": "refused",
    "incomplete": "stopped short",
    "empty": "said nothing",
    "nonsense": "answered nonsense",
    "malformed_answer": "answered nonsense",
    "throttled": "throttled",
    "out_of_quota": "out of quota",
    "unreachable": "unreachable",
    "unavailable": "unavailable",
    "model_failed": "failed",
    "bad_key": "refused the key",
}


LONGEST_REST = 120.0
"""Seconds a server may have itself left alone for."""

_REFUSED_REST = 60.0
_REFUSED = frozenset({"bad_key", "forbidden", "not_found", "out_of_quota"})
"""Refusals that no other message mends."""


class FallbackReader:
    """Implements `integrations.language_model.Reader`: asks `first` within the budget, otherwise `local`."""

    def __init__(self, first: Reader, local: Reader, budget_seconds: float) -> None:
        self._first = first
        self._local = local
        self._budget = budget_seconds
        self._resting = ("", 0.0)

    async def read(self, request: ReadingRequest) -> Answer:
        """Read the message; `reader` names the local reader and the model's failure when it took over."""
        cause, until = self._resting
        if time.monotonic() < until:
            return await self._locally(request, cause, usage=None)
        try:
            async with asyncio.timeout(self._budget):
                return await self._first.read(request)
        except TimeoutError:
            return await self._locally(request, "timed out", usage=None)
        except ReaderError as error:
            cause = _CAUSES.get(error.reason, f"failed: {error.reason}")
            self._rest(error, cause)
            return await self._locally(request, cause, usage=error.usage if isinstance(error, UnusableAnswer) else None)

    def _rest(self, error: ReaderError, cause: str) -> None:
        seconds = _REFUSED_REST if error.reason in _REFUSED else error.retry_after_seconds or 0.0
        self._resting = (cause, time.monotonic() + min(seconds, LONGEST_REST))

    async def _locally(self, request: ReadingRequest, cause: str, *, usage: Usage | None) -> Answer:
        answer = await self._local.read(request)
        reading = replace(answer.reading, reader=f"{answer.reading.reader} (model {cause})")
        return replace(answer, reading=reading, usage=usage)
