"""Story 4: a due touch is claimed, gated, marked, handed over and recorded; whatever goes wrong ends in one state."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.flows import pausing, upkeep
from agent.flows.sending import Sending
from agent.store import claims
from agent.store.columns import database_now
from agent.store.tables import addresses, messages, touches
from channels.email import OutgoingEmail
from channels.outcomes import Deferred, Refused, SendOutcome, Unknown
from channels.providers.memory import MemoryEmailSender
from tests import cast
from tests.cast import DIEGO, MAYA
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


async def lapse(world: World, state: str) -> None:
    """Let the leases of touches in this state run out, on the database's clock."""

    async def unit(conn: AsyncConnection) -> None:
        await conn.execute(
            update(touches)
            .where(touches.c.team_id == world.tend.team_id, touches.c.state == state)
            .values(lease_until=database_now(-1))
        )

    await world.tend.writer.run(unit)


async def first_touch(world: World, lead_id: UUID) -> Any:
    """The first touch of the lead's sequence."""
    (touch,) = await world.touches(lead_id, step=0)
    return touch


async def test_a_sent_touch_plans_exactly_the_next_one(world: World) -> None:
    lead_id = await world.arrive(DIEGO)
    await world.settle()

    rows = await world.touches(lead_id)
    planned = [row for row in rows if row.state == "planned"]
    assert len(planned) == 1
    assert [row.step for row in rows] == list(range(len(rows)))
    assert planned[0].step == (await world.enrollment(lead_id)).step


async def test_a_whole_month_ends_every_step_and_then_the_lead(world: World) -> None:
    lead_id = await world.arrive(MAYA, text_consent="yes", background="I want to buy a home in Mueller for 500k")
    await world.live(days=32)

    enrollment = await world.enrollment(lead_id)
    steps = world.tend.sequence(enrollment.sequence).steps
    rows = await world.touches(lead_id)
    assert enrollment.state == "completed"
    assert [row.step for row in rows] == list(range(len(steps)))
    assert {row.state for row in rows} <= {"sent", "skipped"}
    assert all(row.ended_at >= row.due_at for row in rows if row.state == "sent")
    assert (await world.lead(lead_id)).end_reason.startswith("archived")
    sent = [row for row in rows if row.state == "sent" and row.channel != "call"]
    assert len(sent) == world.sent_to(MAYA)
    assert len({email.our_id for email in world.emails_to(MAYA)}) == len(world.emails_to(MAYA))


@SQLITE
async def test_one_sequence_email_a_day_at_most(world: World) -> None:
    lead_id = await world.arrive(DIEGO)
    await world.live(days=32)

    days = [row.ended_at.date() for row in await world.touches(lead_id, channel="email", state="sent")]
    assert len(days) == len(set(days))


@SQLITE
async def test_while_everything_is_paused_what_is_due_waits_and_goes_after(world: World) -> None:
    await pausing.pause_everything(world.tend, reason="the office is closed")
    lead_id = await world.arrive(MAYA)
    await world.live(hours=3)

    assert world.sent_to(MAYA) == 0
    assert (await first_touch(world, lead_id)).word == "paused"
    await pausing.resume_everything(world.tend)
    await world.settle()
    assert len(world.emails_to(MAYA)) == 1


@pytest.mark.parametrize("wait", [40.0, None])
@SQLITE
async def test_an_answer_that_proves_nothing_left_is_tried_again_after_a_while(
    open_world: Opens, wait: float | None
) -> None:
    email = MemoryEmailSender()
    email.script(Deferred("throttled", wait), Deferred("throttled", wait))
    async with open_world(email=email) as world:
        lead_id = await world.arrive(MAYA)
        touch = await first_touch(world, lead_id)
        assert (touch.state, touch.word, touch.attempts) == ("planned", "try_again", 1)
        assert touch.due_at - world.clock.now() >= timedelta(seconds=wait or 30)
        assert await world.rows(messages, direction="out", channel="email") == []

        await world.live(minutes=5)

        assert (await first_touch(world, lead_id)).state == "sent"
        assert email.attempts == 3
        assert len(world.emails_to(MAYA)) == 1


@SQLITE
async def test_what_was_held_for_hours_is_not_given_up_at_the_first_refusal_to_take_it(world: World) -> None:
    await pausing.pause_everything(world.tend, reason="the office is closed")
    lead_id = await world.arrive(MAYA)
    await world.live(hours=3)
    world.email.script(Deferred("throttled", 1.0))

    await pausing.resume_everything(world.tend)
    await world.settle()
    assert (await first_touch(world, lead_id)).attempts == 1
    await world.live(minutes=1)

    assert len(world.emails_to(MAYA)) == 1


@SQLITE
async def test_after_six_refusals_to_take_it_the_touch_fails_and_the_sequence_goes_on(open_world: Opens) -> None:
    email = MemoryEmailSender()
    email.script(*[Deferred("throttled", 1.0)] * 6)
    async with open_world(email=email) as world:
        lead_id = await world.arrive(MAYA)
        await world.live(minutes=30)

        touch = await first_touch(world, lead_id)
        assert (touch.state, touch.word, email.attempts) == ("failed", "gave_up", 6)
        assert len(await world.touches(lead_id)) > 1


@SQLITE
async def test_a_vendor_that_is_busy_for_ten_minutes_and_asks_for_a_second_each_time_costs_no_message(
    open_world: Opens,
) -> None:
    email = MemoryEmailSender()
    async with open_world(email=email) as world:
        email.script(*[Deferred("throttled", 1.0)] * 5)
        lead_id = await world.arrive(MAYA)
        await world.live(minutes=5)
        assert (await first_touch(world, lead_id)).state == "planned"

        await world.live(minutes=25)
        assert (await first_touch(world, lead_id)).state == "sent"
        assert len(world.emails_to(MAYA)) == 1


async def test_an_address_that_does_not_exist_fails_for_good_and_is_not_written_to_again(open_world: Opens) -> None:
    email = MemoryEmailSender()
    email.script(Refused("invalid_address", "no such mailbox"))
    async with open_world(email=email) as world:
        lead_id = await world.arrive(MAYA)
        await world.live(days=3)

        assert (await first_touch(world, lead_id)).state == "failed"
        (address,) = await world.rows(addresses, lead_id=lead_id, channel="email")
        assert address.valid is False
        assert email.attempts == 1
        later = [row for row in await world.touches(lead_id, channel="email") if row.step]
        assert {row.word for row in later if row.state == "skipped"} == {"bad_email"}


async def test_an_unknown_end_is_never_sent_again_and_is_found_at_the_sender(open_world: Opens) -> None:
    email = MemoryEmailSender()
    email.script("accept_then_unknown")
    async with open_world(email=email) as world:
        lead_id = await world.arrive(MAYA)
        assert (await first_touch(world, lead_id)).state == "uncertain"
        await world.live(minutes=14)
        assert (await first_touch(world, lead_id)).state == "uncertain"

        await world.live(minutes=2)

        found = await first_touch(world, lead_id)
        assert (found.state, found.provider_id) == ("sent", "memory-1")
        assert email.attempts == 1
        assert (await world.lead(lead_id)).status == "contacted"
        assert len(await world.touches(lead_id)) > 1


async def test_an_email_the_sender_never_got_is_sent_after_all_and_once(open_world: Opens) -> None:
    email = MemoryEmailSender()
    email.script(Unknown("connection reset"))
    async with open_world(email=email) as world:
        lead_id = await world.arrive(MAYA)
        await world.live(minutes=16)

        assert (await first_touch(world, lead_id)).state == "sent"
        assert len(world.emails_to(MAYA)) == 1


async def test_where_the_sender_cannot_tell_a_person_is_asked_after_an_hour(open_world: Opens) -> None:
    email = MemoryEmailSender(can_be_asked=False)
    email.script(Unknown("no answer in time"))
    async with open_world(email=email) as world:
        lead_id = await world.arrive(MAYA)
        await world.live(minutes=59)
        assert (await first_touch(world, lead_id)).state == "uncertain"
        assert await world.open_todos(lead_id) == []

        await world.live(minutes=2)

        assert (await first_touch(world, lead_id)).state == "uncertain"
        assert [todo.kind for todo in await world.open_todos(lead_id)] == ["uncertain"]
        assert email.attempts == 1
        assert len(await world.touches(lead_id)) > 1


@contextlib.asynccontextmanager
async def asked_about(open_world: Opens) -> AsyncIterator[tuple[World, MemoryEmailSender, UUID, Any]]:
    """A world in which a person must say what became of Maya's first email."""
    email = MemoryEmailSender(can_be_asked=False)
    email.script(Unknown("no answer in time"))
    async with open_world(email=email) as world:
        lead_id = await world.arrive(MAYA)
        await world.live(minutes=61)
        yield world, email, lead_id, await first_touch(world, lead_id)


async def say(world: World, lead_id: UUID, touch: Any, decision: str) -> str:
    """Press a button on the lead's page, as a browser does; the page it leads to."""
    await world.sign_in()
    answer = await world.press(lead_id, f"touches/{touch.id}", decision=decision, back="lead")
    assert answer.status_code == 303
    return (await world.client.get(world.path(lead_id))).text


async def test_it_arrived_ends_the_doubt_and_the_to_do(open_world: Opens) -> None:
    async with asked_about(open_world) as (world, email, lead_id, touch):
        page = await say(world, lead_id, touch, "arrived")

        assert (await first_touch(world, lead_id)).state == "sent"
        assert (email.attempts, await world.open_todos(lead_id)) == (1, [])
        assert "It arrived" not in page


async def test_send_again_sends_once_however_often_it_is_pressed(open_world: Opens) -> None:
    async with asked_about(open_world) as (world, email, lead_id, touch):
        await say(world, lead_id, touch, "again")
        await say(world, lead_id, touch, "again")
        await world.settle()

        assert (await first_touch(world, lead_id)).state == "sent"
        assert email.attempts == 2


@SQLITE
async def test_send_again_is_not_too_late_however_long_nobody_decided(open_world: Opens) -> None:
    async with asked_about(open_world) as (world, email, lead_id, touch):
        await world.live(days=4)
        before = email.attempts
        await say(world, lead_id, touch, "again")
        await world.settle()

        assert (await first_touch(world, lead_id)).state == "sent"
        assert email.attempts == before + 1


async def test_drop_ends_the_touch_without_another_call(open_world: Opens) -> None:
    async with asked_about(open_world) as (world, email, lead_id, touch):
        await say(world, lead_id, touch, "drop")
        await world.settle()

        assert (await first_touch(world, lead_id)).state == "failed"
        assert (email.attempts, await world.open_todos(lead_id)) == (1, [])


@SQLITE
async def test_a_sender_that_never_answers_leaves_the_touch_uncertain(open_world: Opens) -> None:
    email = MemoryEmailSender()
    email.script("hang")
    async with open_world(email=email, tend_send_timeout_seconds=0.2) as world:
        lead_id = await world.arrive(MAYA)

        assert (await first_touch(world, lead_id)).state == "uncertain"


async def test_a_call_whose_lease_ran_out_becomes_uncertain_and_its_late_success_is_still_taken(
    open_world: Opens,
) -> None:
    post = SlowPost()
    async with open_world(email=post) as world:
        await world.push("peopleCreated", [world.add_to_crm(MAYA)])
        driving = asyncio.create_task(world.live(seconds=30))
        await asyncio.wait_for(post.reached.wait(), 10)
        lead_id = await world.lead_id(MAYA)
        await lapse(world, "sending")
        await upkeep.reclaim(world.tend)
        assert (await first_touch(world, lead_id)).state == "uncertain"

        post.let_go.set()
        await driving

        assert (await first_touch(world, lead_id)).state == "sent"
        assert len(world.emails_to(MAYA)) == 1


async def test_a_node_that_lost_its_lease_before_the_call_does_not_call_and_cannot_record(world: World) -> None:
    lead_id = await world.arrive(MAYA)
    (waiting,) = [row for row in await world.touches(lead_id) if row.state == "planned"]
    world.clock.advance_to(waiting.due_at)
    other = Sending(world.tend)
    mine = Sending(world.tend)
    before = world.sent_to(MAYA)

    (claimed,) = await claim_by_hand(world)
    await lapse(world, "claimed")
    assert await world.tend.writer.run_each(mine.prepare, claimed.id) is None
    await upkeep.reclaim(world.tend)
    assert await other.send_due() >= 1
    assert await world.tend.writer.run_each(mine.prepare, claimed.id) is None

    (row,) = await world.rows(touches, id=claimed.id)
    assert row.state in {"sent", "skipped"}
    assert world.sent_to(MAYA) - before <= 1


async def claim_by_hand(world: World) -> list[Any]:
    """Claim what is due as a node would that then froze."""

    async def unit(conn: AsyncConnection) -> list[Any]:
        found = await claims.claim(
            conn,
            touches,
            team_id=world.tend.team_id,
            now=world.tend.now(),
            limit=10,
            by=world.tend.claimer,
        )
        return list(found)

    return await world.tend.writer.run(unit)


async def test_two_nodes_driving_one_database_send_everything_once(world: World) -> None:
    for number in range(12):
        world.add_to_crm(cast.guest(number))
    await world.push("peopleCreated", list(world.account.people))
    await world.live(seconds=4)
    for _ in range(4):
        world.clock.advance(timedelta(days=1, hours=2))
        await asyncio.gather(*(Sending(world.tend).send_due() for _ in range(4)))

    ids = [email.our_id for email in world.email.sent]
    assert len(ids) == len(set(ids))
    assert len(ids) >= 24


@SQLITE
async def test_sending_only_to_named_addresses_skips_everybody_else(open_world: Opens) -> None:
    async with open_world(tend_send_only_to="maya.okafor@example.com") as world:
        await world.arrive(MAYA)
        lead_id = await world.arrive(DIEGO)
        await world.settle()

        assert (len(world.emails_to(MAYA)), len(world.emails_to(DIEGO))) == (1, 0)
        assert (await first_touch(world, lead_id)).word == "send_only_to"


@SQLITE
async def test_a_call_step_becomes_a_to_do_and_no_message(world: World) -> None:
    lead_id = await world.arrive(DIEGO, background="I want to buy a home")
    await world.live(days=2)

    (call,) = await world.touches(lead_id, channel="call")
    assert (call.state, call.word, call.message_id) == ("sent", "to_do", None)
    (todo,) = await world.open_todos(lead_id)
    assert (todo.kind, todo.touch_id) == ("call", call.id)
    assert world.texts_to(DIEGO) == []
