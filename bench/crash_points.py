"""Every point of the sending path at which a process can die, and what a worker composes to stand still at one.

Nothing of Tend is changed to be killed: `Watched` wraps the writer and so sees each unit just before its commit (its
transaction still open) and just after; `Door` is a sender and sees each call begin and end. At an armed point the whole
process says where it is and waits for a word, so that whoever listens can kill or freeze it exactly there. `TAKEN`, the
call whose body the provider has and whose answer it has not given, is seen by the provider alone.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from agent.store.writer import Handler, Unit, Writer
from channels.email import OutgoingEmail
from channels.outcomes import (
    CannotTell,
    Deferred,
    FindOutcome,
    Found,
    NotFound,
    Refused,
    SendOutcome,
    Sent,
    Sought,
    Unknown,
)
from channels.sms import OutgoingSms

R = TypeVar("R")
T = TypeVar("T")

TAKEN = "taken"
SENDING = ("claiming", "claimed", "marking", "marked", "calling", TAKEN, "answered", "recording", "recorded")
RECLAIM = ("reclaiming", "reclaimed")
RECONCILE = ("asking", "asked", "settling", "settled")
POINTS = (*SENDING, *RECLAIM, *RECONCILE)
"""In the order in which one touch can meet them; `-ing` of a commit is just before it, `-ed` just after."""
BEFORE_THE_LEASE_IS_CHECKED = frozenset({"claiming", "claimed", "marked"})
"""Frozen here, a node may sleep past every grace and must still not send (`marking` holds rows others wait for)."""

_COMMITS: dict[str, tuple[str, str, Callable[[Any], bool]]] = {
    "Pacing._claim_some": ("claiming", "claimed", bool),
    "Sending.prepare": ("marking", "marked", lambda found: any(found) if isinstance(found, list) else bool(found)),
    "Sending.record": ("recording", "recorded", lambda _: True),
    "reclaim.<locals>.unit": ("reclaiming", "reclaimed", bool),
    "_settle": ("settling", "settled", lambda _: True),
}
"""By the unit's own name: the points around its commit, and whether it did anything (idle ticks are no point)."""


class Points:
    """One process's side of the talk: it stops at the armed point, once, and goes on when told."""

    def __init__(self, talk: Connection, armed: str | None) -> None:
        self._talk = talk
        self._armed = armed

    def reach(self, point: str) -> None:
        """Stand still here if this is the point, the event loop and everything on it."""
        if point == self._armed:
            self._armed = None
            self._talk.send(("reached", point))
            self._talk.recv()


class Watched(Writer):
    """The writer it wraps, with a point on either side of the commits of the sending path."""

    def __init__(self, inner: Writer, points: Points) -> None:
        self._inner = inner
        self._points = points
        self._handlers: dict[Handler[Any, Any], Handler[Any, Any]] = {}

    async def run(self, unit: Unit[R]) -> R:
        """Run one unit, standing still where asked."""
        around = _COMMITS.get(name_of(unit))
        if around is None:
            return await self._inner.run(unit)
        before, after, did = around

        async def watched(conn: AsyncConnection) -> R:
            result = await unit(conn)
            if did(result):
                self._points.reach(before)
            return result

        result = await self._inner.run(watched)
        if did(result):
            self._points.reach(after)
        return result

    async def run_each(self, handler: Handler[T, R], item: T) -> R:
        """Hand one item on; items of a handler still meet, since each handler is wrapped once."""
        around = _COMMITS.get(name_of(handler))
        if around is None:
            return await self._inner.run_each(handler, item)
        before, after, did = around
        if handler not in self._handlers:

            async def watched(conn: AsyncConnection, items: Sequence[T]) -> Sequence[R]:
                results = await handler(conn, items)
                if did(results):
                    self._points.reach(before)
                return results

            self._handlers[handler] = watched
        result: R = await self._inner.run_each(self._handlers[handler], item)
        if did(result):
            self._points.reach(after)
        return result


def name_of(unit: Callable[..., Awaitable[Any]]) -> str:
    """What a unit is called where it is written, also when arguments were bound to it."""
    return str(getattr(unit, "func", unit).__qualname__)


class Door:
    """Hands messages to the provider over HTTP and asks it afterwards; one such door for each channel.

    Headers go first with `Expect: 100-continue`: a refusal that comes before the body left is proof (`Deferred`).
    """

    def __init__(self, port: int, node: int, points: Points) -> None:
        self._port = port
        self._node = node
        self._points = points

    async def send(self, message: OutgoingEmail | OutgoingSms) -> SendOutcome:
        """Hand one message over."""
        body = json.dumps({"our_id": message.our_id, "to": message.to}).encode()
        self._points.reach("calling")
        outcome = await self._posted(body)
        self._points.reach("answered")
        return outcome

    async def find(self, sought: Sought) -> FindOutcome:
        """Ask whether our id arrived."""
        self._points.reach("asking")
        try:
            status, answer = await self._exchange(f"GET /messages/{sought.our_id}", b"")
        except OSError as error:
            return CannotTell(type(error).__name__)
        self._points.reach("asked")
        if status == 503:
            return CannotTell("busy")
        return Found(answer["id"]) if status == 200 else NotFound()

    async def _posted(self, body: bytes) -> SendOutcome:
        try:
            status, answer = await self._exchange("POST /messages", body)
        except ConnectionRefusedError:
            return Deferred("nobody listens", 0.0)
        except OSError as error:
            return Unknown(type(error).__name__)
        match status:
            case 200:
                return Sent(answer["id"])
            case 417 | 429:
                return Deferred(f"answered {status}", 0.0)
            case 400:
                return Refused("invalid_address")
            case _:
                return Unknown(f"answered {status}")

    async def _exchange(self, line: str, body: bytes) -> tuple[int, dict[str, Any]]:
        """One request on a connection of its own. Raises `OSError`."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            expect = "Expect: 100-continue\r\n" if body else ""
            head = f"{line} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Node: {self._node}\r\nContent-Length: {len(body)}\r\n"
            writer.write(f"{head}{expect}Connection: close\r\n\r\n".encode())
            if body:
                status, answer = await _answer(reader)
                if status != 100:
                    return status, answer
                writer.write(body)
            return await _answer(reader)
        finally:
            writer.close()


async def _answer(reader: asyncio.StreamReader) -> tuple[int, dict[str, Any]]:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = next((int(line[15:]) for line in head.split("\r\n") if line.lower().startswith("content-length:")), 0)
        body = await reader.readexactly(length)
    except asyncio.IncompleteReadError as error:
        raise ConnectionResetError("the answer broke off") from error
    return int(head[9:12]), json.loads(body) if body else {}
