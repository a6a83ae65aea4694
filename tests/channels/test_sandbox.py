from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from channels.email import OutgoingEmail
from channels.outcomes import (
    CannotTell,
    Found,
    NotFound,
    Sought,
)
from channels.providers.sandbox import SandboxEmailSender, SandboxSmsSender
from channels.sms import OutgoingSms

NOW = datetime(2026, 7, 7, 15, 0, tzinfo=UTC)
MAYA = "+15125550142"


class Minutes:
    """A clock that moves a minute each time it is read."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now


def text(our_id: str) -> OutgoingSms:
    return OutgoingSms(our_id=our_id, to=MAYA, body="Hi Maya, still looking in Hyde Park?")


async def test_a_second_receipt_of_the_same_id_is_counted_as_doubled() -> None:
    sandbox = SandboxSmsSender(clock=lambda: NOW)
    first = await sandbox.send(text("touch-1"))
    await sandbox.send(text("touch-2"))
    again = await sandbox.send(text("touch-1"))
    assert (sandbox.count, sandbox.doubled) == (3, 1)
    assert again.provider_id != first.provider_id
    assert await sandbox.find(Sought(our_id="touch-1", to=MAYA, since=NOW, words="")) == Found(first.provider_id)


async def test_names_say_that_nothing_left() -> None:
    sandbox = SandboxSmsSender(clock=lambda: NOW)
    assert (await sandbox.send(text("touch-1"))).provider_id.startswith("sandbox-")


async def test_two_sandboxes_never_give_the_same_name() -> None:
    """As before and after a restart: the names are kept in one table."""
    before, after = (SandboxSmsSender(clock=lambda: NOW) for _ in range(2))
    assert (await before.send(text("touch-1"))).provider_id != (await after.send(text("touch-1"))).provider_id


async def test_ids_and_instants_are_remembered_and_words_and_addresses_are_not() -> None:
    sandbox = SandboxEmailSender(clock=lambda: NOW)
    await sandbox.send(
        OutgoingEmail(
            our_id="touch-1",
            to="maya.lopez@example.com",
            from_name="Sam Ortiz",
            from_address="sam@example.org",
            reply_to="sam@example.org",
            subject="Saturday",
            text="The house on Avenue G",
        )
    )
    (received,) = sandbox.received()
    assert (received.our_id, received.received_at) == ("touch-1", NOW)
    kept = repr([vars(sandbox), received])
    assert not any(word in kept for word in ("maya", "Avenue G", "Saturday", "Ortiz"))


async def test_only_the_newest_ids_are_remembered_while_the_count_goes_on() -> None:
    sandbox = SandboxSmsSender(clock=Minutes(), kept=3)
    for n in range(5):
        await sandbox.send(text(f"touch-{n}"))
    assert [received.our_id for received in sandbox.received()] == ["touch-2", "touch-3", "touch-4"]
    assert sandbox.count == 5


async def test_about_a_time_it_has_forgotten_the_sandbox_says_so_instead_of_no() -> None:
    clock = Minutes()
    sandbox = SandboxSmsSender(clock=clock, kept=1)
    await sandbox.send(text("touch-0"))
    forgotten_at = clock.now
    await sandbox.send(text("touch-1"))
    assert isinstance(await sandbox.find(Sought(our_id="touch-0", to=MAYA, since=forgotten_at, words="")), CannotTell)
    assert (
        await sandbox.find(Sought(our_id="touch-9", to=MAYA, since=forgotten_at + timedelta(seconds=1), words=""))
        == NotFound()
    )


async def test_a_caller_that_gives_up_waiting_finds_the_message_was_taken() -> None:
    sandbox = SandboxSmsSender(clock=lambda: NOW, delay_seconds=30)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(sandbox.send(text("touch-1")), timeout=0.01)
    assert sandbox.count == 1
    assert isinstance(await sandbox.find(Sought(our_id="touch-1", to=MAYA, since=NOW, words="")), Found)
