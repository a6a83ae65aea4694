from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from channels.outcomes import (
    CannotTell,
    Deferred,
    Found,
    NotFound,
    Refused,
    SendOutcome,
    Sent,
    Sought,
    Unknown,
)
from channels.providers.memory import MemorySmsSender
from channels.sms import OutgoingSms

NOW = datetime(2026, 7, 7, 15, 0, tzinfo=UTC)
MAYA = "+15125550142"
TEXT = OutgoingSms(our_id="touch-1", to=MAYA, body="Hi Maya")


async def test_whole_messages_are_kept_in_order() -> None:
    sender = MemorySmsSender()
    second = OutgoingSms(our_id="touch-2", to=MAYA, body="One more thing")
    await sender.send(TEXT)
    await sender.send(second)
    assert sender.sent == [TEXT, second]


@pytest.mark.parametrize(
    "answer", [Refused("invalid_address", "21211"), Deferred("throttled", 3.0), Unknown("timeout")]
)
async def test_a_scripted_failure_is_answered_once_and_nothing_is_kept(answer: SendOutcome) -> None:
    sender = MemorySmsSender()
    sender.script(answer)
    assert await sender.send(TEXT) == answer
    assert sender.sent == []
    assert await sender.find(Sought(our_id="touch-1", to=MAYA, since=NOW, words="")) == NotFound()
    assert isinstance(await sender.send(TEXT), Sent)
    assert sender.attempts == 2


async def test_a_scripted_success_names_the_message() -> None:
    sender = MemorySmsSender()
    sender.script(Sent("SM123"))
    assert await sender.send(TEXT) == Sent("SM123")
    assert await sender.find(Sought(our_id="touch-1", to=MAYA, since=NOW, words="")) == Found("SM123")


async def test_a_hanging_sender_answers_nothing_and_took_nothing() -> None:
    sender = MemorySmsSender()
    sender.script("hang")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(sender.send(TEXT), timeout=0.01)
    assert sender.sent == []
    assert sender.attempts == 1


async def test_a_lost_answer_is_unknown_although_the_message_was_taken() -> None:
    sender = MemorySmsSender()
    sender.script("accept_then_unknown")
    assert isinstance(await sender.send(TEXT), Unknown)
    assert sender.sent == [TEXT]
    assert isinstance(await sender.find(Sought(our_id="touch-1", to=MAYA, since=NOW, words="")), Found)


async def test_a_sender_that_keeps_no_list_cannot_tell() -> None:
    sender = MemorySmsSender(can_be_asked=False)
    await sender.send(TEXT)
    assert isinstance(await sender.find(Sought(our_id="touch-1", to=MAYA, since=NOW, words="")), CannotTell)
