"""Senders for tests: they keep whole messages, and answer as a test scripts them.

Without a script every message is taken. A script is a queue of answers, one per attempt: any `SendOutcome`, `"hang"`
(no answer, ever: the caller's time limit has to end it) or `"accept_then_unknown"` (taken, and the answer lost).
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Generic, Literal, TypeVar

from channels.email import OutgoingEmail
from channels.outcomes import (
    CannotTell,
    FindOutcome,
    Found,
    NotFound,
    SendOutcome,
    Sent,
    Sought,
    Unknown,
)
from channels.sms import OutgoingSms

Message = TypeVar("Message", OutgoingEmail, OutgoingSms)
Scripted = SendOutcome | Literal["hang", "accept_then_unknown"]


class _Memory(Generic[Message]):
    """What both channels share. `sent` is what was taken, in order; `attempts` counts every call of `send`."""

    def __init__(self, *, can_be_asked: bool = True) -> None:
        self.sent: list[Message] = []
        self.attempts = 0
        self._can_be_asked = can_be_asked
        self._script: deque[Scripted] = deque()
        self._provider_ids: dict[str, str] = {}

    def script(self, *answers: Scripted) -> None:
        """Queue answers for the attempts to come. A scripted `Sent` keeps the message under the name it gives."""
        self._script.extend(answers)

    async def find(self, sought: Sought) -> FindOutcome:
        """Say whether the message was taken; `CannotTell` always for a sender made with `can_be_asked=False`."""
        if not self._can_be_asked:
            return CannotTell("this sender keeps no list")
        provider_id = self._provider_ids.get(sought.our_id)
        return NotFound() if provider_id is None else Found(provider_id)

    async def _take(self, message: Message) -> SendOutcome:
        self.attempts += 1
        answer = self._script.popleft() if self._script else Sent(f"memory-{self.attempts}")
        match answer:
            case "hang":
                await asyncio.Event().wait()
                raise AssertionError("nobody sets this event")
            case "accept_then_unknown":
                self._keep(message, f"memory-{self.attempts}")
                return Unknown("no answer after the message was taken")
            case Sent(provider_id):
                self._keep(message, provider_id)
                return answer
            case _:
                return answer

    def _keep(self, message: Message, provider_id: str) -> None:
        self.sent.append(message)
        self._provider_ids.setdefault(message.our_id, provider_id)


class MemoryEmailSender(_Memory[OutgoingEmail]):
    """Keeps every email it takes in `sent`."""

    async def send(self, email: OutgoingEmail) -> SendOutcome:
        """Take one email, or answer as scripted."""
        return await self._take(email)


class MemorySmsSender(_Memory[OutgoingSms]):
    """Keeps every text it takes in `sent`. `answered`: the whole messages this vendor answers itself, in lower case."""

    def __init__(self, *, can_be_asked: bool = True, answered: frozenset[str] = frozenset()) -> None:
        super().__init__(can_be_asked=can_be_asked)
        self._answered = answered

    def answers_itself(self, body: str) -> bool:
        """Whether it was made to answer this text."""
        return body.strip().lower() in self._answered

    async def send(self, sms: OutgoingSms) -> SendOutcome:
        """Take one text, or answer as scripted."""
        return await self._take(sms)
