"""A sender asks for time: its whole channel waits, nothing else does, and nobody's message loses a try by it."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from agent.flows import pausing
from agent.store.tables import messages
from channels.email import OutgoingEmail
from channels.outcomes import CONFIGURATION, THROTTLED, Deferred, SendOutcome
from channels.providers.memory import MemoryEmailSender, MemorySmsSender
from tests import cast
from tests.cast import MAYA, RUTH
from tests.stories.conftest import SQLITE, Opens
from tests.stories.world import World


class SlowPost(MemoryEmailSender):
    """A sender in the middle of its call."""

    def __init__(self) -> None:
        super().__init__()
        self.reached = asyncio.Event()
        self.let_go = asyncio.Event()

    async def send(self, email: OutgoingEmail) -> SendOutcome:
        self.reached.set()
        await self.let_go.wait()
        return await super().send(email)


async def first_touches(world: World, lead_ids: list[UUID]) -> list[Any]:
    """The first touch of each lead's sequence."""
    return [(await world.touches(lead_id, step=0))[0] for lead_id in lead_ids]


async def test_the_whole_channel_waits_as_long_as_asked_and_only_the_message_it_refused_counts_a_try(
    open_world: Opens,
) -> None:
    email = MemoryEmailSender()
    async with open_world(email=email, tend_emails_per_second=1.0) as world:
        await pausing.pause_everything(world.tend, reason="until all are here")
        ids = [await world.arrive(lead) for lead in (MAYA, RUTH, cast.guest(5))]
        email.script(Deferred(THROTTLED, 100.0))
        await pausing.resume_everything(world.tend)
        await world.settle()

        firsts = await first_touches(world, ids)
        assert email.attempts == 1, "the others were claimed, and went back"
        assert [touch.state for touch in firsts] == ["planned"] * 3
        assert sorted(touch.attempts for touch in firsts) == [0, 0, 1]
        assert {touch.lease_owner for touch in firsts} == {None}
        await world.live(seconds=99)
        assert email.attempts == 1

        await world.live(seconds=60)
        firsts = await first_touches(world, ids)
        assert [touch.state for touch in firsts] == ["sent"] * 3
        assert sorted(touch.attempts for touch in firsts) == [1, 1, 2]


@SQLITE
async def test_a_message_marked_while_another_is_told_to_wait_is_not_handed_over(open_world: Opens) -> None:
    email = SlowPost()
    email.script(Deferred(THROTTLED, 100.0))
    async with open_world(email=email, tend_emails_per_second=2.0) as world:
        await pausing.pause_everything(world.tend, reason="until all are here")
        ids = [await world.arrive(lead) for lead in (MAYA, RUTH)]
        await pausing.resume_everything(world.tend)
        busy = asyncio.Event()

        async def unit(_: AsyncConnection) -> None:
            await busy.wait()

        ticking = asyncio.create_task(world.tick("sending"))
        await email.reached.wait()
        writing = asyncio.create_task(world.tend.writer.run(unit))
        await asyncio.sleep(1.0)  # the second has had its turn, and waits for the writer
        email.let_go.set()
        await asyncio.sleep(0.1)
        busy.set()
        await asyncio.gather(writing, ticking)

        assert email.attempts == 1
        refused, waiting = sorted(await first_touches(world, ids), key=lambda touch: -touch.attempts)
        assert (refused.attempts, waiting.attempts, waiting.state) == (1, 0, "planned")
        assert waiting.reason == "the sender asked for time"
        assert len(await world.rows(messages, direction="out")) == 0


@SQLITE
async def test_while_one_channel_waits_the_other_goes_on(open_world: Opens) -> None:
    phone = MemorySmsSender()
    async with open_world(sms=phone) as world:
        phone.script(Deferred(THROTTLED, 3600.0))
        await world.arrive(MAYA, text_consent="yes")
        await world.live(minutes=30)
        await world.arrive(RUTH)
        await world.live(minutes=5)
        assert phone.attempts == 1
        assert len(world.emails_to(RUTH)) == 1


@SQLITE
async def test_an_account_that_has_to_be_mended_holds_up_no_other_message(open_world: Opens) -> None:
    email = MemoryEmailSender()
    email.script(Deferred(CONFIGURATION, 900.0, "not verified"))
    async with open_world(email=email) as world:
        for lead in (MAYA, RUTH):
            await world.arrive(lead)
        await world.live(seconds=30)
        assert (email.attempts, len(email.sent)) == (2, 1)
