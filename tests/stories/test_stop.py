"""Story 2: somebody says stop. In the transaction that keeps the words everything ends, on every channel, for good."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from agent.store.tables import conversations, enrollments, messages, outbox, suppressions, todos, touches
from channels.outcomes import Deferred, SendOutcome
from channels.providers.memory import MemorySmsSender
from channels.sms import OutgoingSms
from tests import cast
from tests.cast import HANK, MAYA, RUTH
from tests.stories.conftest import SQLITE, Opens
from tests.stories.world import World


class SlowPhone(MemorySmsSender):
    """A sender in the middle of its call: it says when it was reached and answers when it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.reached = asyncio.Event()
        self.let_go = asyncio.Event()

    async def send(self, sms: OutgoingSms) -> SendOutcome:
        self.reached.set()
        await self.let_go.wait()
        return await super().send(sms)


async def test_stop_by_text_is_answered_with_empty_twiml_and_ends_everything_at_once(world: World) -> None:
    lead_id = await world.arrive(HANK, text_consent="yes")
    await world.live(minutes=2)
    assert world.sent_to(HANK) == 2

    answer = await world.text(HANK, "STOP")

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/xml")
    assert answer.text.endswith("<Response/>")
    assert {row.channel for row in await world.rows(suppressions, reason="opted out")} == {"sms", "email"}
    assert (await world.enrollment(lead_id)).state == "ended"
    lead = await world.lead(lead_id)
    assert (lead.end_reason, lead.temperature) == ("opted out", "cold")
    assert {row.state for row in await world.touches(lead_id, kind="sequence")} == {"sent", "canceled"}
    (note,) = await world.rows(outbox, lead_id=lead_id, kind="note")
    assert note.state == "waiting"


async def test_nothing_leaves_on_any_channel_for_a_month_after_stop_in_any_words(world: World) -> None:
    said = ["Stop.", "please stop texting me", "unsubscribe", "Take me off your list!", "STOPALL"]
    ids = [await world.arrive(cast.guest(number), text_consent="yes") for number in range(len(said))]
    await world.live(minutes=5)
    before = [world.sent_to(cast.guest(number)) for number in range(len(said))]
    assert 0 not in before

    for number, words in enumerate(said):
        assert (await world.text(cast.guest(number), words)).status_code == 200
    await world.live(days=32)

    after = [world.sent_to(cast.guest(number)) for number in range(len(said))]
    assert after == [count + 1 for count in before], "one confirmation each, and nothing else"
    assert all("you are opted out" in world.texts_to(cast.guest(number))[-1].body for number in range(len(said)))
    assert [await world.open_todos(lead_id) for lead_id in ids] == [[]] * len(said)
    assert [note["subject"] for note in world.account.notes.values()] == ["Opted out"] * len(said)


async def test_stop_by_email_silences_texts_too(world: World) -> None:
    await world.arrive(RUTH, text_consent="yes")
    await world.live(minutes=5)
    before = world.sent_to(RUTH)

    assert (await world.mail(cast.mail(RUTH, "Unsubscribe me please"))).status_code == 200
    await world.live(days=31)

    assert world.sent_to(RUTH) == before
    assert {row.channel for row in await world.rows(suppressions)} == {"sms", "email"}


async def test_a_text_in_flight_when_they_say_stop_is_counted_and_is_the_last(open_world: Opens) -> None:
    phone = SlowPhone()
    async with open_world(sms=phone) as world:
        await world.push("peopleCreated", [world.add_to_crm(HANK, text_consent="yes")])
        driving = asyncio.create_task(world.live(minutes=1))
        await asyncio.wait_for(phone.reached.wait(), 10)
        lead_id = await world.lead_id(HANK)

        assert (await world.text(HANK, "STOP")).status_code == 200
        (flying,) = await world.rows(touches, lead_id=lead_id, state="sending")
        phone.let_go.set()
        await driving
        await world.live(days=31)

        assert [("opted out" in text.body) for text in world.texts_to(HANK)] == [False, True]
        (landed,) = await world.rows(touches, id=flying.id)
        assert landed.state == "sent"
        assert {row.state for row in await world.touches(lead_id)} <= {"sent", "canceled"}
        assert (await world.enrollment(lead_id)).state == "ended"


async def test_a_text_the_carrier_put_off_while_they_said_stop_is_canceled_and_never_tried_again(
    open_world: Opens,
) -> None:
    phone = SlowPhone()
    phone.script(Deferred("throttled", 5.0))
    async with open_world(sms=phone) as world:
        await world.push("peopleCreated", [world.add_to_crm(HANK, text_consent="yes")])
        driving = asyncio.create_task(world.live(minutes=1))
        await asyncio.wait_for(phone.reached.wait(), 10)
        lead_id = await world.lead_id(HANK)
        assert (await world.text(HANK, "STOP")).status_code == 200
        phone.let_go.set()
        await driving
        await world.live(days=2)

        assert phone.attempts == 2
        assert ["opted out" in text.body for text in world.texts_to(HANK)] == [True]
        assert {row.state for row in await world.touches(lead_id)} <= {"sent", "canceled"}


async def test_stop_cancels_what_a_person_had_written_and_what_was_already_claimed(world: World) -> None:
    lead_id = await world.arrive(HANK, text_consent="yes")
    await world.live(hours=20)
    assert await world.tick("sending") == 0
    waiting = [row.id for row in await world.touches(lead_id) if row.state == "planned"]
    assert waiting

    await world.text(HANK, "stop")

    after = {row.id: row for row in await world.touches(lead_id)}
    assert {after[touch_id].state for touch_id in waiting} == {"canceled"}
    assert {after[touch_id].word for touch_id in waiting} == {"opted_out"}


@SQLITE
async def test_the_carrier_that_already_answered_stop_is_believed(world: World) -> None:
    lead_id = await world.arrive(HANK, text_consent="yes")

    await world.text(HANK, "ok whatever", keyword="STOP")

    assert (await world.lead(lead_id)).end_reason == "opted out"


async def test_a_replayed_stop_changes_nothing_more(world: World) -> None:
    lead_id = await world.arrive(HANK)
    sid = "SM" + "5" * 32

    for _ in range(3):
        assert (await world.text(HANK, "STOP", sid=sid)).status_code == 200

    assert len(await world.rows(messages, lead_id=lead_id, direction="in")) == 1
    assert len(await world.rows(outbox, lead_id=lead_id, kind="note")) == 1


@SQLITE
async def test_words_that_may_mean_stop_silence_tend_until_a_person_decides(world: World) -> None:
    lead_id = await world.arrive(MAYA, text_consent="yes")
    await world.live(minutes=5)
    before = world.sent_to(MAYA)

    await world.text(MAYA, "maybe stop the texts for now, email is fine")
    await world.live(days=20)

    (todo,) = await world.rows(todos, lead_id=lead_id, kind="opt_out_doubt")
    assert todo.state == "open"
    assert world.sent_to(MAYA) == before
    assert (await world.enrollment(lead_id)).state == "paused"


async def test_start_opens_only_the_channel_it_came_on_and_asks_a_person(world: World) -> None:
    lead_id = await world.arrive(HANK, text_consent="yes")
    await world.live(minutes=2)
    before = world.sent_to(HANK)
    await world.text(HANK, "STOP")
    world.clock.advance(timedelta(days=1))

    await world.text(HANK, "START")
    await world.live(days=10)

    lifted = {row.channel: row.lifted_at is not None for row in await world.rows(suppressions)}
    assert lifted == {"sms": True, "email": False}
    assert [todo.kind for todo in await world.open_todos(lead_id)] == ["read"]
    assert world.sent_to(HANK) == before
    assert [row.state for row in await world.rows(enrollments, lead_id=lead_id)] == ["ended"]


@SQLITE
async def test_help_is_answered_by_text_even_without_consent_to_texts(world: World) -> None:
    lead_id = await world.arrive(MAYA)

    await world.text(MAYA, "HELP")
    await world.settle()

    (answer,) = world.texts_to(MAYA)
    assert "Alder Realty" in answer.body
    assert "STOP" in answer.body
    assert (await world.enrollment(lead_id)).state == "active"


@SQLITE
async def test_help_from_somebody_archived_is_answered_and_leaves_them_archived(world: World) -> None:
    lead_id = await world.arrive(MAYA)
    await world.live(days=35)

    await world.text(MAYA, "HELP")
    await world.settle()

    assert len(world.texts_to(MAYA)) == 1
    assert (await world.lead(lead_id)).end_reason.startswith("archived")


@SQLITE
async def test_stop_in_the_quoted_history_of_an_email_is_not_theirs(world: World) -> None:
    lead_id = await world.arrive(RUTH)
    await world.live(minutes=1)

    raw = cast.mail(RUTH, "Sounds good, thank you", quoting="Reply with the word STOP to end these messages.\nSTOP")
    await world.mail(raw)
    await world.settle()

    assert await world.rows(suppressions) == []
    assert (await world.lead(lead_id)).end_reason == ""
    (kept,) = await world.rows(messages, direction="in")
    assert "STOP" in world.opened(messages, "quoted", kept)
    assert "STOP" not in world.opened(messages, "body", kept)


@SQLITE
async def test_our_own_footer_sent_back_without_a_mark_is_not_theirs_and_their_words_beside_it_are(
    world: World,
) -> None:
    lead_id = await world.arrive(RUTH)
    await world.live(minutes=1)
    ours = world.emails_to(RUTH)[-1].text.replace("\n--\n", "\n")
    assert "Stop these emails" in ours

    await world.mail(cast.mail(RUTH, f"Yes, Saturday works!\n\nVastaa: Dana\n\n{ours}"))
    await world.settle()
    assert (await world.lead(lead_id)).end_reason == ""
    assert await world.rows(todos, lead_id=lead_id, kind="opt_out_doubt") == []

    await world.mail(cast.mail(RUTH, f"Please stop emailing me.\n\nVastaa: Dana\n\n{ours}"))
    await world.settle()
    assert len(await world.rows(todos, lead_id=lead_id, kind="opt_out_doubt")) == 1


@SQLITE
async def test_a_vacation_notice_changes_nothing(world: World) -> None:
    lead_id = await world.arrive(RUTH)
    await world.live(minutes=1)
    (talk,) = await world.rows(conversations, lead_id=lead_id)

    raw = cast.mail(RUTH, "I am out of the office. To stop these messages write STOP.", Auto_Submitted="auto-replied")
    assert (await world.mail(raw)).status_code == 200
    await world.settle()

    assert await world.rows(suppressions) == []
    assert (await world.enrollment(lead_id)).state == "active"
    (after,) = await world.rows(conversations, lead_id=lead_id)
    assert after.generation == talk.generation
    assert (await world.lead(lead_id)).last_inbound_at is None
    assert len(await world.rows(messages, direction="in")) == 1


@SQLITE
@pytest.mark.parametrize("mark", [{"List_Id": "<family.example.com>"}, {"Auto_Submitted": "auto-replied"}])
async def test_a_mail_with_a_machines_marks_that_plainly_asks_to_stop_pauses_everything_and_a_person_decides(
    world: World, mark: dict[str, Any]
) -> None:
    lead_id = await world.arrive(RUTH)
    await world.live(minutes=1)
    before = world.sent_to(RUTH)

    assert (await world.mail(cast.mail(RUTH, "Please remove me from your list.", **mark))).status_code == 200
    await world.live(days=10)

    assert world.sent_to(RUTH) == before
    assert (await world.enrollment(lead_id)).state == "paused"
    (todo,) = await world.rows(todos, lead_id=lead_id, kind="opt_out_doubt")
    assert todo.state == "open"


async def test_one_who_shares_the_phone_stops_for_both(world: World) -> None:
    june = await world.arrive(cast.JUNE, text_consent="yes")
    walt = await world.arrive(cast.WALT, text_consent="yes")
    assert june != walt
    await world.live(minutes=3)
    before = world.sent_to(cast.JUNE) + len(world.emails_to(cast.WALT))

    await world.text(cast.JUNE, "STOP")
    await world.live(days=31)

    assert world.sent_to(cast.JUNE) + len(world.emails_to(cast.WALT)) == before + 1, "one confirmation, to the phone"
    assert {(await world.lead(lead_id)).end_reason for lead_id in (june, walt)} == {"opted out"}
