"""The ways to ask a compatible server for the form, surest first, and which of them this server takes.

Promises that a way a server refused is not tried again while another one works, and that a server which takes none is
asked from the top once more with the next message. The tool is the form under another name: whatever a model puts in
is read as its answer, and nothing is ever called.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Any

from integrations.errors import ReaderError
from integrations.providers.openai_answers import RawAnswer
from integrations.providers.openai_schema import BOUNDED, NAME, SCHEMA


class Way(StrEnum):
    """How an answer is kept to the form: by its schema, with lengths or without, by a tool, as an object, by asking."""

    BOUNDED = "json_schema with lengths"
    SCHEMA = "json_schema"
    TOOL = "tools"
    OBJECT = "json_object"
    PLAIN = "plain"

    @property
    def kept_by_server(self) -> bool:
        """Whether the server itself keeps the answer to the form, so that nothing may stand around it."""
        return self in {Way.BOUNDED, Way.SCHEMA, Way.TOOL}


WAYS = tuple(Way)
_NOT_THIS_WAY = frozenset({400, 415, 422, 500, 501})
"""How servers refuse a field they do not know; llama-cpp-python does it with 500."""

_FORM = f"\n\nAnswer with one JSON object of this schema, and nothing before or after it:\n{json.dumps(SCHEMA)}"


class StatusError(ReaderError):
    """A server answered with a status that is no success."""

    def __init__(
        self, reason: str, *, status: int, permanent: bool, detail: str, retry_after_seconds: float | None = None
    ) -> None:
        super().__init__(reason, permanent=permanent, detail=detail, retry_after_seconds=retry_after_seconds)
        self.status = status


class Ways:
    """Remembers how one server takes the question. One object per server."""

    def __init__(self) -> None:
        self._at = 0
        self._proven = False

    async def ask(self, send: Callable[[Way], Awaitable[RawAnswer]]) -> tuple[RawAnswer, Way]:
        """Send the question in the way that works, or in one after the other until one does. Raises `ReaderError`."""
        first: StatusError | None = None
        for at in range(self._at, len(WAYS)):
            try:
                raw = await send(WAYS[at])
            except StatusError as error:
                if not self._refuses(WAYS[at], error.status):
                    raise
                self._proven = False
                first = first or error
            else:
                self._at = at
                return raw, WAYS[at]
        self._at = 0
        raise first or ReaderError("refused_request", permanent=True)

    def _refuses(self, way: Way, status: int) -> bool:
        """Whether a status means this way of asking; where it has worked, a 500 is only trouble."""
        if status == 500 and self._proven:
            return False
        return status in _NOT_THIS_WAY or (status == 404 and way is Way.TOOL)

    def understood(self, way: Way) -> None:
        """The answer was the form: this way works."""
        self._at, self._proven = WAYS.index(way), True

    def misunderstood(self, way: Way) -> None:
        """The answer was no form: a server that never gave one may only seem to take this way."""
        if not self._proven:
            self._at = (WAYS.index(way) + 1) % len(WAYS)


def asked(way: Way, *, instructions: str, question: str) -> dict[str, Any]:
    """The fields of a request that asks in this way."""
    if not way.kept_by_server:
        instructions += _FORM
    turns = [{"role": "system", "content": instructions}, {"role": "user", "content": question}]
    form = {"name": NAME, "strict": True}
    match way:
        case Way.BOUNDED | Way.SCHEMA:
            schema = BOUNDED if way is Way.BOUNDED else SCHEMA
            kept: dict[str, Any] = {
                "response_format": {"type": "json_schema", "json_schema": {**form, "schema": schema}}
            }
        case Way.TOOL:
            tool = {"type": "function", "function": {**form, "parameters": SCHEMA}}
            kept = {"tools": [tool], "tool_choice": {"type": "function", "function": {"name": NAME}}}
        case Way.OBJECT:
            kept = {"response_format": {"type": "json_object"}}
        case Way.PLAIN:
            kept = {}
    return {"messages": turns, **kept}


def only_object(text: str) -> str:
    """The JSON object in an answer nobody kept to the form: without fences, thoughts and words around it."""
    said = text.rpartition("</think>")[2]
    begins, ends = said.find("{"), said.rfind("}")
    return said[begins : ends + 1] if 0 <= begins < ends else said
