"""The real senders of email under the crash harness: SMTP to a mail server, SES to its stand-in, each with moods.

The senders are those that send live; around them stand only the points to die at. The other side runs in a process of
its own and knows a node by the name it logs in with. Neither can be asked afterwards: a doubt goes to a person.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import random
import threading
from collections.abc import Callable, Mapping
from email import message_from_bytes, policy
from multiprocessing.connection import Connection
from typing import Any, Protocol

from aiosmtpd.smtp import SMTP, AuthResult

from bench.crash_held import Held, obey
from bench.crash_points import Points
from channels.email import EmailSender, OutgoingEmail
from channels.outcomes import (
    FindOutcome,
    SendOutcome,
    Sought,
)
from channels.providers.aws import Account
from channels.providers.ses import SesSender
from channels.providers.smtp import Server, SmtpSender
from channels.standins.amazon import Amazon, Fault, Misbehaviour

_SMTP_MOODS = {"prompt": 78, "busy": 8, "drops": 4, "drops taken": 4, "hangs": 3, "hangs taken": 3}
_BUSY, _FAILS = Fault(429, "TooManyRequestsException", "slower"), Fault(503, "ServiceUnavailable", "busy")
_SES_MOODS: tuple[tuple[Misbehaviour, int], ...] = (
    ("", 78), (_BUSY, 8), (_FAILS, 3), ("reset", 3), ("take and reset", 3), ("half", 3), ("hang", 2),
)  # fmt: skip
_HANGS_SECONDS = 5.0


class Watched:
    """A sender as it is, with a point before and after each call."""

    def __init__(self, sender: EmailSender, points: Points) -> None:
        self._sender = sender
        self._points = points

    async def send(self, email: OutgoingEmail) -> SendOutcome:
        """Hand one email over, standing still where asked."""
        self._points.reach("calling")
        outcome = await self._sender.send(email)
        self._points.reach("answered")
        return outcome

    async def find(self, sought: Sought) -> FindOutcome:
        """Ask for one email, standing still where asked."""
        self._points.reach("asking")
        found = await self._sender.find(sought)
        self._points.reach("asked")
        return found


def _over_smtp(points: Points, *, port: int, timeout_seconds: float) -> Watched:
    server = Server("127.0.0.1", port, user=str(os.getpid()), password="x", tls="offered")  # noqa: S106 opens nothing
    return Watched(SmtpSender(server, timeout_seconds=timeout_seconds * 0.9), points)


def _through_ses(points: Points, *, port: int, timeout_seconds: float) -> Watched:
    account = Account("us-east-1", str(os.getpid()), "x", endpoint_url=f"http://127.0.0.1:{port}")
    return Watched(SesSender(account, configuration_set="", timeout_seconds=timeout_seconds * 0.9), points)


MAILERS = {"smtp": _over_smtp, "ses": _through_ses}


class _Counting(Protocol):
    """The other side: what it received, and how it serves."""

    received: list[tuple[str, str]]

    async def listen(self) -> int: ...


class _Post:
    """A mail server that counts."""

    def __init__(self, held: Held, chosen: random.Random) -> None:
        self.received: list[tuple[str, str]] = []
        self._held = held
        self._chosen = chosen

    async def listen(self) -> int:
        def one_more() -> SMTP:
            return SMTP(self, authenticator=_welcome, auth_require_tls=False, loop=asyncio.get_running_loop())

        server = await asyncio.get_running_loop().create_server(one_more, "127.0.0.1", 0, backlog=128)
        return int(server.sockets[0].getsockname()[1])

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 aiosmtpd's own name
        node = session.auth_data.login.decode()
        held = self._held.is_next(node)
        mood = "prompt" if held else self._chosen.choices(list(_SMTP_MOODS), list(_SMTP_MOODS.values()))[0]
        if mood == "busy":
            return "451 4.3.2 later"
        if mood in {"prompt", "drops taken", "hangs taken"}:
            mail = message_from_bytes(envelope.content, policy=policy.default)
            self.received.append((mail["Message-ID"].strip("<>").partition("@")[0], envelope.rcpt_tos[0]))
            await _stand_still(self._held, node)
        if mood.startswith("hangs"):
            await asyncio.sleep(_HANGS_SECONDS)
        if mood.startswith("drops"):
            server.transport.abort()
        return "250 OK"


class _Ses(Amazon):
    """SES that counts."""

    def __init__(self, held: Held, chosen: random.Random) -> None:
        super().__init__()
        self._whole_life = contextlib.AsyncExitStack()
        self._held = held
        self._chosen = chosen

    @property
    def received(self) -> list[tuple[str, str]]:
        """Our id and the address of each mail taken."""
        asked = (taken.asked for taken in self.mails)
        return [(each["EmailTags"][0]["Value"], each["Destination"]["ToAddresses"][0]) for each in asked]

    async def listen(self) -> int:
        url = await self._whole_life.enter_async_context(self.serving())
        return int(url.rpartition(":")[2])

    async def meets(self, headers: Mapping[str, str]) -> Misbehaviour:
        if self._held.is_next(_node(headers)):
            return ""
        return self._chosen.choices([mood for mood, _ in _SES_MOODS], [weight for _, weight in _SES_MOODS])[0]

    async def answers(self, headers: Mapping[str, str]) -> None:
        await _stand_still(self._held, _node(headers))


def provide_smtp(talk: Connection, seed: int, *, ahead: ctypes.c_double) -> None:  # noqa: ARG001 it tells no time
    """Serve mail until the other end of `talk` is closed."""
    _provide(talk, seed, _Post)


def provide_ses(talk: Connection, seed: int, *, ahead: ctypes.c_double) -> None:  # noqa: ARG001 it tells no time
    """Serve SES until the other end of `talk` is closed."""
    _provide(talk, seed, _Ses)


def _provide(talk: Connection, seed: int, make: Callable[[Held, random.Random], _Counting]) -> None:
    """First say the port, then answer what is told."""
    held = Held(talk)
    provider = make(held, random.Random(seed))  # noqa: S311 - moods, the same for the same seed
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    talk.send(("port", asyncio.run_coroutine_threadsafe(provider.listen(), loop).result()))
    obey(talk, held, lambda: provider.received)


async def _stand_still(held: Held, node: str) -> None:
    if held.claims(node):
        await asyncio.to_thread(held.stand_still)


def _node(headers: Mapping[str, str]) -> str:
    return headers.get("authorization", "").partition("Credential=")[2].partition("/")[0]


def _welcome(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:  # noqa: ARG001 its shape
    return AuthResult(success=True, auth_data=data)
