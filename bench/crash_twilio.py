"""The real Twilio provider under the crash harness, and Twilio's stand-in in a process of its own, with its moods.

The sender is the one that sends live; around it stand only the points to die at. Each node calls the stand-in under a
path of its own, by which the one whose next message is to be held is known.
"""

from __future__ import annotations

import asyncio
import contextvars
import ctypes
import os
import random
import re
import threading
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from typing import Any

import uvicorn

from agent.web.server import bind
from bench.crash_held import Held, obey
from bench.crash_points import Points
from channels.outcomes import (
    FindOutcome,
    SendOutcome,
    Sought,
)
from channels.providers.twilio_messages import Account, TwilioMessages
from channels.providers.twilio_sms import TwilioSmsSender
from channels.sms import OutgoingSms
from channels.standins.twilio_account import Behaviour, TwilioAccount
from channels.standins.twilio_server import app

_SERVICE = "MG" + "0" * 31 + "1"
_MOODS = {
    Behaviour.TAKES: 78,
    Behaviour.BUSY: 8,
    Behaviour.FAILS: 3,
    Behaviour.FAILS_TAKEN: 3,
    Behaviour.BREAKS_OFF: 3,
    Behaviour.HANGS: 2,
    Behaviour.HANGS_TAKEN: 3,
}
_SLOW, _SLOW_SECONDS = 0.08, 0.1
_CANNOT_SAY = 0.1
_mood: contextvars.ContextVar[Behaviour] = contextvars.ContextVar("mood", default=Behaviour.TAKES)


class WatchedSender(TwilioSmsSender):
    """The provider as it is, with a point before and after each call."""

    def __init__(self, messages: TwilioMessages, points: Points) -> None:
        super().__init__(messages, service_sid=_SERVICE)
        self._points = points

    async def send(self, sms: OutgoingSms) -> SendOutcome:
        """Hand one text over, standing still where asked."""
        self._points.reach("calling")
        outcome = await super().send(sms)
        self._points.reach("answered")
        return outcome

    async def find(self, sought: Sought) -> FindOutcome:
        """Look for one text, standing still where asked."""
        self._points.reach("asking")
        found = await super().find(sought)
        self._points.reach("asked")
        return found


def watched_sender(points: Points, *, port: int, timeout_seconds: float) -> WatchedSender:
    """The sender of this process."""
    account = TwilioAccount(lambda: datetime.now(UTC))
    given = Account(
        sid=account.sid,
        user=account.sid,
        password=account.token,
        base_url=f"http://127.0.0.1:{port}/node-{os.getpid()}",
        public_url="https://tend.example",
        timeout_seconds=timeout_seconds,
    )
    return WatchedSender(TwilioMessages(given), points)


class _Moody(TwilioAccount):
    def next_answer(self) -> Behaviour:
        """What its mood is for the request at hand."""
        self.posts += 1
        return _mood.get()


class _Server:
    """The stand-in's app, with moods, and one node's message held."""

    def __init__(self, held: Held, seed: int, account: TwilioAccount) -> None:
        self._app = app(account)
        self._held = held
        self._chosen = random.Random(seed)  # noqa: S311 - moods, the same for the same seed

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        found = re.fullmatch(r"/node-(\d+)(/.*)", scope["path"])
        assert found is not None
        node, path = found.groups()
        scope = {**scope, "path": path, "raw_path": path.encode()}
        if scope["method"] == "GET":
            await self._app(scope, receive, send if self._chosen.random() >= _CANNOT_SAY else _busy(send))
            return
        if self._held.claims(node):
            await self._app(scope, receive, self._after_standing_still(send))
            return
        _mood.set(self._chosen.choices(list(_MOODS), list(_MOODS.values()))[0])
        if self._chosen.random() < _SLOW:
            await asyncio.sleep(_SLOW_SECONDS)
        await self._app(scope, receive, send)

    def _after_standing_still(self, send: Any) -> Any:
        """Say that it was taken, and give no answer until released."""

        async def sending(message: Any) -> None:
            if message["type"] == "http.response.start":
                await asyncio.to_thread(self._held.stand_still)
            await send(message)

        return sending


def _busy(send: Any) -> Any:
    async def sending(message: Any) -> None:
        await send({**message, "status": 503} if message["type"] == "http.response.start" else message)

    return sending


def provide_twilio(talk: Connection, seed: int, *, ahead: ctypes.c_double) -> None:
    """Serve until the other end of `talk` is closed; first says the port, then answers what it is told."""
    account = _Moody(lambda: datetime.now(UTC) + timedelta(seconds=ahead.value))
    held = Held(talk)
    server, listener = _Server(held, seed, account), bind("127.0.0.1", 0)
    running = uvicorn.Server(uvicorn.Config(server, log_level="critical", lifespan="off", ws="none"))
    threading.Thread(target=running.run, kwargs={"sockets": [listener]}, daemon=True).start()
    talk.send(("port", listener.getsockname()[1]))
    obey(talk, held, account.received)
