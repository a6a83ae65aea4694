"""Senders that send nothing: what is handed over is taken, counted and goes nowhere.

They play the vendor's part honestly: they number what they receive, can be asked afterwards, and count a message that
reaches them twice, apart from our own database, so that the two can be compared. The words are not kept: ids and
instants only, for the newest hundred thousand. The memory is this process's own; after a restart an earlier message is
`NotFound`, as nothing left the house.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from channels.email import OutgoingEmail
from channels.outcomes import (
    CannotTell,
    FindOutcome,
    Found,
    NotFound,
    Sent,
    Sought,
)
from channels.sms import OutgoingSms

KEPT = 100_000


@dataclass(frozen=True, slots=True)
class Received:
    """One message as the sandbox remembers it: our id, the name it gave it, and when."""

    our_id: str
    provider_id: str
    received_at: datetime


class _Sandbox:
    """The receiving end, the same for both channels.

    `count` is every message taken, a doubled one each time; `doubled` how many of them came with an id already seen.
    """

    def __init__(self, *, clock: Callable[[], datetime], delay_seconds: float = 0.0, kept: int = KEPT) -> None:
        self.count = 0
        self.doubled = 0
        self._clock = clock
        self._delay_seconds = delay_seconds
        self._kept = kept
        self._received: dict[str, Received] = {}
        self._forgotten_at: datetime | None = None

    def received(self) -> tuple[Received, ...]:
        """List what is remembered, oldest first, each id once as it first came."""
        return tuple(self._received.values())

    async def find(self, sought: Sought) -> FindOutcome:
        """Answer from memory; `CannotTell` only when something received at or after `since` was already forgotten."""
        known = self._received.get(sought.our_id)
        if known is not None:
            return Found(known.provider_id)
        if self._forgotten_at is not None and self._forgotten_at >= sought.since:
            return CannotTell("the sandbox remembers only its newest messages")
        return NotFound()

    async def _take(self, our_id: str) -> Sent:
        provider_id = f"sandbox-{uuid4().hex}"
        self.count += 1
        if our_id in self._received:
            self.doubled += 1
        else:
            self._received[our_id] = Received(our_id, provider_id, self._clock())
            if len(self._received) > self._kept:
                oldest = self._received.pop(next(iter(self._received)))
                self._forgotten_at = oldest.received_at
        if self._delay_seconds:
            await asyncio.sleep(self._delay_seconds)
        return Sent(provider_id)


class SandboxEmailSender(_Sandbox):
    """Takes every email and delivers none.

    `delay_seconds` passes between taking a message and answering: the moment in which a crash leaves a touch uncertain.
    """

    async def send(self, email: OutgoingEmail) -> Sent:
        """Count one email and name it."""
        return await self._take(email.our_id)


class SandboxSmsSender(_Sandbox):
    """Takes every text and delivers none. See `SandboxEmailSender` for `delay_seconds`."""

    async def send(self, sms: OutgoingSms) -> Sent:
        """Count one text and name it."""
        return await self._take(sms.our_id)

    def answers_itself(self, body: str) -> bool:  # noqa: ARG002 it answers nothing
        """No: what leads write never reaches the sandbox."""
        return False
