"""What the two API shapes answer: the text of the verdict and what it cost, or why there is none.

Checks run in one order: status, error, refusal, text. In the Responses shape a message in the `commentary` phase is
thinking aloud and never part of the verdict, and neither a refusal nor a failure is an HTTP error.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from integrations.errors import ReaderError
from integrations.language_model import Usage
from integrations.providers.openai_prices import Tokens, cost_microusd
from integrations.providers.unusable_answer import UnusableAnswer

_Shape = TypeVar("_Shape")


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """An HTTP answer as it came."""

    content: bytes
    request_id: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The text a model gave as its answer, the model that gave it, and what it cost."""

    text: str
    model: str
    usage: Usage | None


class _Details(msgspec.Struct):
    cached_tokens: int | None = None
    cache_write_tokens: int | None = None


class _Usage(msgspec.Struct):
    """Both shapes' token counts; compatible servers leave details out or null."""

    input_tokens: int = 0
    output_tokens: int = 0
    input_tokens_details: _Details | None = None
    prompt_tokens: int = 0
    completion_tokens: int = 0
    prompt_tokens_details: _Details | None = None


class _Part(msgspec.Struct):
    type: str = ""
    text: str | None = None
    refusal: str | None = None


class _Item(msgspec.Struct):
    type: str = ""
    phase: str | None = None
    content: list[_Part] | None = None


class _Problem(msgspec.Struct):
    code: str | None = None
    reason: str | None = None


class _Response(msgspec.Struct):
    model: str = ""
    status: str | None = None
    error: _Problem | None = None
    incomplete_details: _Problem | None = None
    output: list[_Item] = []
    usage: _Usage | None = None


class _Function(msgspec.Struct):
    arguments: str | None = None


class _ToolCall(msgspec.Struct):
    function: _Function | None = None


class _Message(msgspec.Struct):
    content: str | None = None
    refusal: str | None = None
    tool_calls: list[_ToolCall] | None = None


class _Choice(msgspec.Struct):
    message: _Message
    finish_reason: str | None = None


class _Completion(msgspec.Struct):
    choices: list[_Choice]
    model: str = ""
    usage: _Usage | None = None


def from_responses(raw: RawAnswer, *, asked: str) -> Verdict:
    """Read an answer of the Responses API. Raises `ReaderError`; `asked` is the model named in the request."""
    response = _decoded(raw, _Response)
    model = response.model or asked
    usage = _usage(response.usage, model, raw)
    fail = _failing(usage)
    if response.status == "incomplete":
        why = (response.incomplete_details.reason if response.incomplete_details else None) or ""
        raise fail("incomplete", detail=why, permanent=why == "content_filter")
    if response.status != "completed" or response.error is not None:
        code = response.error.code if response.error else None
        raise fail("model_failed", detail=code or response.status or "", permanent=False)
    messages = [item for item in response.output if item.type == "message" and item.phase != "commentary"]
    parts = messages[-1].content or [] if messages else []
    if any(part.type == "refusal" for part in parts):
        raise fail("refused", detail="", permanent=True)
    text = "".join(part.text or "" for part in parts if part.type == "output_text")
    if not text.strip():
        raise fail("empty", detail="", permanent=False)
    return Verdict(text, model, usage)


def from_chat(raw: RawAnswer, *, asked: str) -> Verdict:
    """Read an answer of the chat-completions API. Raises `ReaderError`; `asked` is the model named in the request."""
    completion = _decoded(raw, _Completion)
    model = completion.model or asked
    usage = _usage(completion.usage, model, raw)
    fail = _failing(usage)
    if not completion.choices:
        raise fail("empty", detail="", permanent=False)
    choice = completion.choices[0]
    if choice.finish_reason in {"length", "content_filter"}:
        raise fail("incomplete", detail=choice.finish_reason, permanent=choice.finish_reason == "content_filter")
    if choice.message.refusal:
        raise fail("refused", detail="", permanent=True)
    text = _filled_in(choice.message) or choice.message.content or ""
    if not text.strip():
        raise fail("empty", detail="", permanent=False)
    return Verdict(text, model, usage)


def _filled_in(message: _Message) -> str:
    """The form that came as the arguments of the tool, if it did."""
    calls = [call.function.arguments for call in message.tool_calls or [] if call.function is not None]
    return calls[0] or "" if len(calls) == 1 else ""


def _decoded(raw: RawAnswer, shape: type[_Shape]) -> _Shape:
    try:
        return msgspec.json.decode(raw.content, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ReaderError("malformed_answer", permanent=False, detail="not the shape of the API") from None


def _usage(given: _Usage | None, model: str, raw: RawAnswer) -> Usage | None:
    if given is None:
        return None
    details = given.input_tokens_details or given.prompt_tokens_details or _Details()
    tokens = Tokens(
        input=given.input_tokens or given.prompt_tokens,
        output=given.output_tokens or given.completion_tokens,
        cached=details.cached_tokens or 0,
        written=details.cache_write_tokens or 0,
    )
    return Usage(
        model=model,
        input_tokens=tokens.input,
        output_tokens=tokens.output,
        cost_microusd=cost_microusd(model, tokens),
        request_id=raw.request_id,
    )


def _failing(usage: Usage | None) -> Callable[..., UnusableAnswer]:
    def fail(reason: str, **told: Any) -> UnusableAnswer:
        return UnusableAnswer(reason, usage=usage, **told)

    return fail
