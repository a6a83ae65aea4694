"""The local reader first, and a model only where it is unsure: most messages are plain, and cost nothing.

Promises that what may be a wish to stop, or is in a language Tend does not read, is never the local reader's alone: a
model may raise the one, and may find it in the other. The reading says that no model was asked.
"""

from __future__ import annotations

from dataclasses import replace

from integrations.language_model import NOT_ASKED, STOPS, Answer, Reader, Reading, ReadingRequest


class CascadeReader:
    """Implements `integrations.language_model.Reader`: asks `model` below a confidence of `below`, else `local` alone.

    `model` is one that answers in any case (`FallbackReader`).
    """

    def __init__(self, model: Reader, local: Reader, *, below: float) -> None:
        self._model = model
        self._local = local
        self._below = below

    async def read(self, request: ReadingRequest) -> Answer:
        """Read the message, at the cost of a model call only where that may change something."""
        answer = await self._local.read(request)
        if self._unsure(answer.reading):
            return await self._model.read(request)
        return replace(answer, reading=replace(answer.reading, reader=f"{answer.reading.reader} ({NOT_ASKED})"))

    def _unsure(self, reading: Reading) -> bool:
        return reading.confidence < self._below or reading.intent in STOPS or reading.foreign
