"""A model's server that fails on demand, over a real loopback port: both of the vendor's API shapes, every fault known.

It judges nothing: it gives back the form it was told to. `refuses` are the ways of asking that it does not take, with
the status it says so by.
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import uvicorn

FORM: dict[str, Any] = {
    "reason": "asks to see a home on Saturday",
    "quote": "Can we see 12 Elm Ct on Saturday?",
    "intent": "schedule_showing",
    "sentiment": "positive",
    "urgency": "high",
    "confidence": 0.93,
    "sentiment_strength": 0.4,
    "timeline": "unknown",
    "language": "English",
    "confidences": {"sentiment": 0.8, "urgency": 0.9, "timeline": 0.5},
    "slots": {
        "area": "",
        "property": "12 Elm Ct",
        "beds": "",
        "baths": "",
        "price_min": None,
        "price_max": 450_000,
        "visit_time": "Saturday",
        "move_date": "",
        "pre_approved": True,
        "has_agent": None,
    },
}
"""A form as a model fills it in about `SAID`."""

SAID = "Can we see 12 Elm Ct on Saturday? We're pre-approved up to 450k."


class Fault(StrEnum):
    """What goes wrong."""

    NONE = "none"
    REFUSAL = "refusal"
    TRUNCATED = "truncated"
    FILTERED = "filtered"
    WRONG_JSON = "wrong json"
    WRONG_FORM = "wrong form"
    UNKNOWN_WORD = "unknown word"
    COMMENTARY = "commentary"
    EMPTY = "empty"
    NO_CHOICE = "no choice"
    NOT_JSON = "not json"
    NO_BODY = "no body"
    THROTTLED = "429"
    NO_QUOTA = "no quota"
    BAD_KEY = "401"
    NO_MODEL = "404"
    BROKEN = "500"
    BUSY = "503"
    SLOW = "slow"
    HANG = "hang"
    TRICKLE = "trickle"
    CUT_OFF = "cut off"


_STATUSES = {
    Fault.THROTTLED: (429, "rate_limit_exceeded"),
    Fault.NO_QUOTA: (429, "insufficient_quota"),
    Fault.BAD_KEY: (401, "invalid_api_key"),
    Fault.NO_MODEL: (404, "model_not_found"),
    Fault.BROKEN: (500, "server_error"),
    Fault.BUSY: (503, "overloaded"),
}
_TEXTS = {
    Fault.WRONG_JSON: json.dumps(FORM)[:-9] + ",}",
    Fault.WRONG_FORM: '{"intent": "opt_out"}',
    Fault.UNKNOWN_WORD: json.dumps(FORM | {"intent": "make_an_offer"}),
    Fault.COMMENTARY: f"Sure! Here is what I found:\n```json\n{json.dumps(FORM)}\n```\nAnything else?",
    Fault.EMPTY: "",
    Fault.TRUNCATED: json.dumps(FORM)[:40],
}


@dataclass
class ModelServer:
    """The server's mood and memory. `seconds` is what a slow answer takes, `retry_after` what a throttled one says."""

    fault: Fault = Fault.NONE
    form: Mapping[str, Any] = field(default_factory=lambda: FORM)
    refuses: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 5.0
    retry_after: float = 1.0
    asked: list[str] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = json.loads(await _whole(receive))
        way = _way(body)
        self.asked.append(way)
        self.bodies.append(body)
        if way in self.refuses:
            return await _answer(send, self.refuses[way], {"error": {"message": f"{way} is unknown", "code": None}})
        match self.fault:
            case Fault.HANG:
                await asyncio.sleep(60)
            case Fault.SLOW:
                await asyncio.sleep(self.seconds)
            case Fault.TRICKLE | Fault.CUT_OFF:
                return await _bits(send, stop_after=3 if self.fault is Fault.CUT_OFF else 10_000)
            case Fault.NOT_JSON:
                return await _answer(send, 200, "<html>busy</html>")
            case Fault.NO_BODY:
                return await _answer(send, 200, "")
            case fault if fault in _STATUSES:
                status, code = _STATUSES[fault]
                return await _answer(
                    send, status, {"error": {"message": "No.", "code": code}}, retry_after=self.retry_after
                )
        shape = _response if scope["path"].endswith("/responses") else _completion
        return await _answer(send, 200, shape(self.fault, self._text(), way=way))

    def _text(self) -> str:
        return _TEXTS.get(self.fault, json.dumps(dict(self.form)))


@asynccontextmanager
async def serving(server: ModelServer) -> AsyncIterator[str]:
    """Serve on an ephemeral loopback port and yield the base URL."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(
            server, log_level="critical", lifespan="off", ws="none", interface="asgi3", timeout_graceful_shutdown=0
        )
        running = uvicorn.Server(config)
        task = asyncio.create_task(running.serve(sockets=[listener]))
        while not running.started:  # noqa: ASYNC110 (uvicorn has no event for it)
            await asyncio.sleep(0.005)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        finally:
            running.should_exit = running.force_exit = True
            await task


async def _whole(receive: Any) -> bytes:
    body, more = b"", True
    while more:
        event = await receive()
        body += event.get("body", b"")
        more = event.get("more_body", False)
    return body


def _way(body: Mapping[str, Any]) -> str:
    if "text" in body:
        return "responses"
    if "tools" in body:
        return "tools"
    wanted = body.get("response_format", {})
    lengths = "maxLength" in json.dumps(wanted)
    return str(wanted.get("type", "plain")) + (" with lengths" if lengths else "")


async def _answer(send: Any, status: int, body: object, *, retry_after: float | None = None) -> None:
    content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    headers = [(b"content-type", b"application/json"), (b"x-request-id", b"req_1")]
    if retry_after is not None:
        headers.append((b"retry-after", str(retry_after).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})


async def _bits(send: Any, *, stop_after: int) -> None:
    """An answer that comes a blank at a time, and is never whole."""
    headers = [(b"content-type", b"application/json"), (b"content-length", b"100000")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    for _ in range(stop_after):
        await send({"type": "http.response.body", "body": b" ", "more_body": True})
        await asyncio.sleep(0.02)


def _response(fault: Fault, text: str, *, way: str) -> dict[str, Any]:
    del way
    part: dict[str, Any] = {"type": "output_text", "text": text, "annotations": []}
    if fault is Fault.REFUSAL:
        part = {"type": "refusal", "refusal": "I can't help with that."}
    said = {"id": "m", "type": "message", "role": "assistant", "status": "completed", "content": [part]}
    why = {Fault.TRUNCATED: "max_output_tokens", Fault.FILTERED: "content_filter"}.get(fault)
    return {
        "id": "r", "object": "response", "created_at": 1, "model": "gpt-6-luna", "error": None,
        "status": "incomplete" if why else "completed",
        "incomplete_details": {"reason": why} if why else None,
        "output": [] if fault is Fault.NO_CHOICE else [said],
        "usage": {"input_tokens": 1000, "output_tokens": 100, "total_tokens": 1100},
    }  # fmt: skip


def _completion(fault: Fault, text: str, *, way: str) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": text, "refusal": None}
    if fault is Fault.REFUSAL:
        message |= {"content": None, "refusal": "I can't help with that."}
    elif way == "tools":
        call = {"id": "call_0", "type": "function", "function": {"name": "reading", "arguments": text}}
        message |= {"content": None, "tool_calls": [call]}
    finish = {Fault.TRUNCATED: "length", Fault.FILTERED: "content_filter"}.get(fault, "stop")
    choice = {"index": 0, "finish_reason": finish, "message": message}
    return {
        "id": "c", "object": "chat.completion", "created": 1, "model": "small-model",
        "choices": [] if fault is Fault.NO_CHOICE else [choice],
        "usage": {"prompt_tokens": 900, "completion_tokens": 90, "total_tokens": 990},
    }  # fmt: skip
