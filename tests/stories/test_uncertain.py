"""An answer belongs to one call: what is heard late, or asked about an earlier attempt, settles nothing newer."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import update

from agent.flows import controls, reconciling, upkeep
from agent.flows.composing import Ready
from agent.flows.sending import Ended, Sending
from agent.store import claims
from agent.store.columns import database_now
from agent.store.tables import conversations, touches
from agent.store.writer import Unit, Writer
from channels.email import OutgoingEmail
from channels.outcomes import (
    FindOutcome,
    NotFound,
    Refused,
    SendOutcome,
    Sent,
    Sought,
    Unknown,
)
from channels.providers.memory import MemoryEmailSender, MemorySmsSender
from tests.cast import MAYA
from tests.stories.conftest import SQLITE, Opens
from tests.stories.world import World


class AsksSlowly(MemoryEmailSender):
    """Says of the first message it is asked about that it has none, and takes its time."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = asyncio.Event()
        self.let_go = asyncio.Event()

    async def find(self, sought: Sought) -> FindOutcome:
        if self.asked.is_set():
            return await super().find(sought)
        self.asked.set()
        await self.let_go.wait()
        return NotFound()


class BreaksWhenAsked(MemoryEmailSender):
    """Has a bug in its questions."""

    async def find(self, sought: Sought) -> FindOutcome:
        raise RuntimeError(sought)


class RemembersWhatItWasAsked(MemoryEmailSender):
    """Notes every question."""

    def __init__(self) -> None:
        super().__init__()
        self.questions: list[tuple[str, datetime]] = []

    async def find(self, sought: Sought) -> FindOutcome:
        self.questions.append((sought.to, sought.since))
        return await super().find(sought)


class RemembersTexts(MemorySmsSender):
    """Notes every question about a text."""

    def __init__(self) -> None:
        super().__init__()
        self.questions: list[Sought] = []

    async def find(self, sought: Sought) -> FindOutcome:
        self.questions.append(sought)
        return await super().find(sought)


class AnswersClaimsLate(Writer):
    """A writer whose claims are known to their node only when most of the lease is over."""

    def __init__(self, inner: Writer, seconds: float) -> None:
        self._inner = inner
        self._seconds = seconds

    async def run(self, unit: Unit[Any]) -> Any:
        found = await self._inner.run(unit)
        if getattr(unit, "func", unit).__qualname__.startswith("Pacing._claim") and found:
            await asyncio.sleep(self._seconds)
        return found

    async def run_each(self, handler: Any, item: Any) -> Any:
        return await self._inner.run_each(handler, item)


async def second_email(world: World) -> Any:
    """The email touch that waits, once its moment has come."""
    lead_id = await world.arrive(MAYA)
    waiting = [row for row in await world.touches(lead_id) if row.state == "planned"]
    while waiting[0].channel != "email":
        await world.live(hours=1)
        waiting = [row for row in await world.touches(lead_id) if row.state == "planned"]
    world.clock.advance_to(waiting[0].due_at)
    return waiting[0]


async def prepared(world: World, sending: Sending, touch_id: UUID) -> Ready:
    """Claim and mark one touch by hand, up to the moment before its call."""
    now, by = world.tend.now(), world.tend.claimer
    await world.tend.writer.run(
        lambda conn: claims.claim(conn, touches, team_id=world.tend.team_id, now=now, limit=10, by=by)
    )
    ready = await world.tend.writer.run_each(sending.prepare, touch_id)
    assert ready is not None
    return ready


async def lapse(world: World, touch_id: UUID) -> None:
    """Let the touch's lease run out, and have that noticed."""
    await world.tend.writer.run(
        lambda conn: conn.execute(
            update(touches)
            .where(touches.c.team_id == world.tend.team_id, touches.c.id == touch_id)
            .values(lease_until=database_now(-1))
        )
    )
    await upkeep.reclaim(world.tend)


async def state_of(world: World, touch_id: UUID) -> str:
    (row,) = await world.rows(touches, id=touch_id)
    return str(row.state)


async def test_an_answer_to_an_earlier_attempt_is_not_recorded_for_a_later_one(world: World) -> None:
    touch = await second_email(world)
    sending = Sending(world.tend)
    first = await prepared(world, sending, touch.id)
    await lapse(world, touch.id)
    world.clock.advance(timedelta(minutes=16))
    await reconciling.reconcile(world.tend)
    second = await prepared(world, sending, touch.id)

    await world.tend.writer.run_each(sending.record, Ended(first, Refused("invalid_address")))
    assert await state_of(world, touch.id) == "sending"
    await world.tend.writer.run_each(sending.record, Ended(second, Sent("memory-2")))
    assert await state_of(world, touch.id) == "sent"


async def test_what_a_sender_said_of_an_earlier_attempt_does_not_settle_a_later_one(open_world: Opens) -> None:
    email = AsksSlowly()
    async with open_world(email=email) as world:
        touch = await second_email(world)
        before = world.sent_to(MAYA)
        sending = Sending(world.tend)
        await prepared(world, sending, touch.id)
        await lapse(world, touch.id)
        world.clock.advance(timedelta(minutes=16))
        frozen = asyncio.create_task(reconciling.reconcile(world.tend))
        await email.asked.wait()

        await reconciling.reconcile(world.tend)
        email.script("accept_then_unknown")
        await sending.send_due()
        assert await state_of(world, touch.id) == "uncertain"
        email.let_go.set()
        await frozen
        await world.live(minutes=16)

        assert await state_of(world, touch.id) == "sent"
        assert world.sent_to(MAYA) - before == 1


@SQLITE
async def test_the_hour_before_a_person_is_asked_counts_from_the_call(open_world: Opens) -> None:
    email = MemoryEmailSender(can_be_asked=False)
    async with open_world(email=email) as world:
        touch = await second_email(world)
        assert touch.due_at - touch.planned_at > timedelta(hours=1)
        email.script(Unknown("no answer in time"))
        await world.live(minutes=58)
        assert "uncertain" not in {todo.kind for todo in await world.open_todos(touch.lead_id)}

        await world.live(minutes=4)

        assert "uncertain" in {todo.kind for todo in await world.open_todos(touch.lead_id)}


@SQLITE
async def test_a_sender_that_breaks_when_asked_leaves_it_to_a_person(open_world: Opens) -> None:
    email = BreaksWhenAsked()
    async with open_world(email=email) as world:
        touch = await second_email(world)
        email.script(Unknown("no answer in time"))

        await world.live(minutes=62)

        assert "uncertain" in {todo.kind for todo in await world.open_todos(touch.lead_id)}


@SQLITE
async def test_a_sender_that_never_answers_a_question_leaves_it_to_a_person(open_world: Opens) -> None:
    email = AsksSlowly()
    async with open_world(email=email, tend_send_timeout_seconds=0.2) as world:
        await second_email(world)
        email.script("accept_then_unknown")

        await world.live(minutes=16)

        assert email.asked.is_set()
        assert [row.reason for row in await world.rows(touches, state="uncertain")] == [
            "no answer after the message was taken"
        ]


@SQLITE
async def test_the_sender_is_asked_with_the_address_and_since_the_call(open_world: Opens) -> None:
    email = RemembersWhatItWasAsked()
    async with open_world(email=email) as world:
        touch = await second_email(world)
        email.script(Unknown("connection reset"))
        await world.live(minutes=20)

        assert email.questions == [(MAYA.email, touch.due_at)]


async def test_the_sender_hears_which_messages_to_that_address_it_has_told_of(open_world: Opens) -> None:
    phone = RemembersTexts()
    async with open_world(sms=phone) as world:
        lead_id = await world.arrive(MAYA, text_consent="yes")
        await world.live(minutes=20)
        for end in (Sent("SM-first"), Unknown("connection reset")):
            phone.script(end)
            (talk,) = await world.rows(conversations, lead_id=lead_id)
            answer: dict[str, Any] = {
                "channel": "sms",
                "subject": "",
                "body": "Yes",
                "user_id": None,
                "generation": talk.generation,
            }
            assert isinstance(await controls.reply(world.tend, lead_id, **answer), controls.ReplyPlanned)
            await world.settle()
        await world.live(minutes=20)

        (sought,) = phone.questions
        assert sought.words == "Yes"
        assert "SM-first" in sought.others


@SQLITE
async def test_time_that_passed_before_a_claim_was_known_is_time_of_its_lease(open_world: Opens) -> None:
    calls: list[str] = []

    class Counts(MemoryEmailSender):
        async def send(self, email: OutgoingEmail) -> SendOutcome:
            calls.append(email.our_id)
            return await super().send(email)

    async with open_world(email=Counts(), tend_lease_seconds=1.5, tend_send_timeout_seconds=0.7) as world:
        await second_email(world)
        before = len(calls)
        world.tend.database.writer, real = AnswersClaimsLate(world.tend.writer, 1.0), world.tend.writer
        await Sending(world.tend).send_due()
        world.tend.database.writer = real

        assert len(calls) == before
