"""One OpenAI-compatible server: sends a question in either API shape and names what goes wrong.

The only module that imports the vendor's SDK, so that it loads when a reader is made and not before. Promises that
every failure of the vendor or the network is a `ReaderError`, within the time limit, with no retry of its own.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2
import openai
from openai import AsyncOpenAI

from integrations.errors import ReaderError
from integrations.providers.openai_answers import RawAnswer
from integrations.providers.openai_schema import NAME, SCHEMA
from integrations.providers.openai_ways import StatusError, Way, asked

VENDOR = "https://api.openai.com/v1"
"""Where requests go when no other address is set."""

MOST_OUTPUT_TOKENS = 800
"""A filled-in form takes about 150; the rest is room for long quotes."""

_REASONS = {
    400: "bad_request",
    401: "bad_key",
    403: "forbidden",
    404: "not_found",
    413: "bad_request",
    422: "bad_request",
}


class Client:
    """Asks one model. `instructions` are the operator's; `question` is untrusted and only ever the user's turn."""

    def __init__(
        self,
        *,
        api_key: str,
        base_url: str,
        model: str,
        timeout_seconds: float,
        http_client: httpx2.AsyncClient | None,
    ) -> None:
        self._client = AsyncOpenAI(
            api_key=api_key or "none",
            base_url=base_url or VENDOR,
            timeout=httpx2.Timeout(timeout_seconds, connect=min(5.0, timeout_seconds)),
            max_retries=0,
            http_client=http_client,
        )
        self._model = model
        self._timeout = timeout_seconds
        self._limits = _limits(base_url or VENDOR)

    async def respond(self, *, instructions: str, question: str) -> RawAnswer:
        """Ask through the Responses API, keeping nothing on the vendor's side. Raises `ReaderError`."""
        return await self._asked(
            self._client.responses.with_raw_response.create,
            model=self._model,
            instructions=instructions,
            input=[{"role": "user", "content": question}],
            text={"format": {"type": "json_schema", "name": NAME, "strict": True, "schema": SCHEMA}},
            store=False,
            reasoning={"effort": "none"},
            max_output_tokens=MOST_OUTPUT_TOKENS,
        )

    async def chat(self, way: Way, *, instructions: str, question: str) -> RawAnswer:
        """Ask through chat completions, with only what compatible servers know. Raises `ReaderError`."""
        return await self._asked(
            self._client.chat.completions.with_raw_response.create,
            model=self._model,
            **asked(way, instructions=instructions, question=question),
            **self._limits,
        )

    async def models(self) -> tuple[str, ...]:
        """The names of the models the server lists. Raises `ReaderError`; nobody's words are sent."""
        raw = await self._asked(self._client.models.with_raw_response.list)
        try:
            listed = json.loads(raw.content)["data"]
            return tuple(str(each["id"]) for each in listed)
        except (ValueError, TypeError, KeyError, RecursionError):
            raise ReaderError("malformed_answer", permanent=False, detail="a list of models that is none") from None

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _asked(self, ask: Callable[..., Awaitable[Any]], **question: Any) -> RawAnswer:
        """Ask once; the time limit holds for the whole answer, so a trickling server cannot stretch it."""
        try:
            async with asyncio.timeout(self._timeout):
                raw = await ask(**question)
        except (TimeoutError, openai.APITimeoutError):
            raise ReaderError("timeout", permanent=False) from None
        except openai.APIConnectionError as error:
            raise ReaderError("unreachable", permanent=False, detail=type(error.__cause__).__name__) from None
        except openai.APIStatusError as error:
            raise _refusal(error) from None
        except openai.OpenAIError as error:
            raise ReaderError("malformed_answer", permanent=False, detail=type(error).__name__) from None
        return RawAnswer(content=raw.content, request_id=raw.request_id or "")


def _limits(base_url: str) -> dict[str, Any]:
    """How long an answer may be, in the words of each side; a server of one's own is asked not to vary its answers."""
    if base_url == VENDOR:
        return {"max_completion_tokens": MOST_OUTPUT_TOKENS}
    return {"max_tokens": MOST_OUTPUT_TOKENS, "temperature": 0}


def _refusal(error: openai.APIStatusError) -> StatusError:
    status, code = error.status_code, str(error.code or "")[:80]
    told = _retry_after(error) if status == 429 and code != "insufficient_quota" else None
    reason, permanent = _reason(status, code)
    return StatusError(
        reason, status=status, permanent=permanent, detail=f"HTTP {status} {code}".rstrip(), retry_after_seconds=told
    )


def _reason(status: int, code: str) -> tuple[str, bool]:
    if status == 429:
        return ("out_of_quota", True) if code == "insufficient_quota" else ("throttled", False)
    if status >= 500 or status in {408, 409}:
        return "unavailable", False
    return _REASONS.get(status, "refused_request"), True


def _retry_after(error: openai.APIStatusError) -> float | None:
    """Seconds the server asks for, however it says it; None where it does not."""
    told = error.response.headers.get("retry-after", "")
    try:
        seconds = float(told)
    except ValueError:
        seconds = _seconds_until(told)
    return seconds if 0 <= seconds < float("inf") else None


def _seconds_until(told: str) -> float:
    try:
        until = parsedate_to_datetime(told)
    except ValueError:
        return -1.0
    return (until - datetime.now(until.tzinfo or UTC)).total_seconds()
