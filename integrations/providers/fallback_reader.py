"""A model first and the local reader behind it, so that every message gets a reading in time.

Promises an answer within the budget plus the local reader's millisecond, and that the reading says who took over and
why. What a failed call cost is still handed on. Bugs are not caught: only expected failures fall back.
"""

from __future__ import annotations

import asyncio
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


class FallbackReader:
    """Implements `integrations.language_model.Reader`: asks `first` within the budget, otherwise `local`."""

    def __init__(self, first: Reader, local: Reader, budget_seconds: float) -> None:
        self._first = first
        self._local = local
        self._budget = budget_seconds

    async def read(self, request: ReadingRequest) -> Answer:
        """Read the message; `reader` names the local reader and the model's failure when it took over."""
        usage: Usage | None = None
        try:
            async with asyncio.timeout(self._budget):
                return await self._first.read(request)
        except TimeoutError:
            cause = "timed out"
        except ReaderError as error:
            cause = _CAUSES.get(error.reason, f"failed: {error.reason}")
            usage = error.usage if isinstance(error, UnusableAnswer) else None
        answer = await self._local.read(request)
        reading = replace(answer.reading, reader=f"{answer.reading.reader} (model {cause})")
        return replace(answer, reading=reading, usage=usage)
