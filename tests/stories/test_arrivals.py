"""Who starts a sequence: fresh arrivals, once. Old clients, closed stages and the deleted are left alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from agent.flows import controls
from agent.flows.intake import Intake
from agent.store.tables import addresses, enrollments, leads, touches, webhook_events
from integrations.language_model import Answer, ReadingRequest
from integrations.providers.followupboss import FollowUpBoss
from integrations.providers.local_reader import LocalReader
from tests import cast
from tests.cast import DIEGO, JUNE, MAYA, OLIVE, WALT
from tests.stories.conftest import SQLITE, Opens
from tests.stories.world import OUR_PAGE, World


class Stumbling(LocalReader):
    """A reader with a bug that one person's words bring out."""

    over = "house 2"

    async def read(self, request: ReadingRequest) -> Answer:
        if self.over in request.text:
            raise ZeroDivisionError
        return await super().read(request)


async def test_connecting_an_old_crm_makes_leads_and_writes_to_nobody(world: World) -> None:
    old = [
        world.add_to_crm(
            cast.guest(number), text_consent="yes", created=world.clock.now() - timedelta(days=30 + 300 * number)
        )
        for number in range(8)
    ]
    await world.push("peopleUpdated", old)
    await world.push("peopleTagsCreated", old[:3])
    await world.live(days=2)

    people = await world.rows(leads)
    assert len(people) == 8
    assert await world.rows(enrollments) == []
    assert (world.email.sent, world.sms.sent) == ([], [])
    assert all(person.end_reason.startswith("waiting") for person in people)


@SQLITE
async def test_somebody_created_a_day_and_a_minute_ago_starts_nothing(world: World) -> None:
    world.clock.advance(timedelta(days=3))
    late = world.clock.now() - timedelta(hours=24, minutes=1)
    lead_id = await world.arrive(DIEGO, created=late)
    await world.live(hours=1)

    assert await world.rows(enrollments, lead_id=lead_id) == []
    assert world.sent_to(DIEGO) == 0


@SQLITE
async def test_somebody_created_before_tend_was_connected_starts_nothing(world: World) -> None:
    lead_id = await world.arrive(OLIVE, created=world.tend.connected_at - timedelta(minutes=1))

    assert await world.rows(enrollments, lead_id=lead_id) == []
    assert (await world.lead(lead_id)).end_reason.startswith("waiting")


@SQLITE
async def test_a_past_client_is_left_alone_whatever_they_carry(world: World) -> None:
    lead_id = await world.arrive(OLIVE, stage="Closed", text_consent="yes")
    await world.live(days=2)

    lead = await world.lead(lead_id)
    assert (lead.status, lead.stage_blocks) == ("closed_won", "closed: a past client")
    assert world.sent_to(OLIVE) == 0
    assert await world.open_todos(lead_id) == []


@SQLITE
async def test_a_stage_nobody_mapped_stops_tend_and_asks_a_person(world: World) -> None:
    lead_id = await world.arrive(DIEGO, stage="Nurture (long)", text_consent="yes")
    await world.live(days=2)

    assert world.sent_to(DIEGO) == 0
    (todo,) = await world.open_todos(lead_id)
    assert todo.kind == "map_stage"


async def test_a_stage_that_moves_on_ends_the_sequence(world: World) -> None:
    lead_id = await world.arrive(MAYA, text_consent="yes")
    await world.live(minutes=5)
    before = world.sent_to(MAYA)
    (person_id,) = world.account.people
    world.account.change_person(person_id, stage="Under contract")

    await world.push("peopleStageUpdated", [person_id])
    await world.live(days=31)

    assert world.sent_to(MAYA) == before
    assert (await world.enrollment(lead_id)).state == "ended"
    assert {row.state for row in await world.touches(lead_id)} <= {"sent", "skipped", "canceled"}
    assert (await world.lead(lead_id)).end_reason == "under contract"


async def test_somebody_deleted_in_the_crm_hears_no_more(world: World) -> None:
    lead_id = await world.arrive(MAYA, text_consent="yes")
    await world.live(minutes=5)
    before = world.sent_to(MAYA)
    (person_id,) = world.account.people
    world.account.delete_person(person_id)

    await world.push("peopleDeleted", [person_id])
    await world.live(days=31)

    assert world.sent_to(MAYA) == before
    assert (await world.lead(lead_id)).deleted_at is not None
    assert await world.open_todos(lead_id) == []


async def test_a_couple_with_one_phone_stays_two_people(world: World) -> None:
    june = await world.arrive(JUNE)
    walt = await world.arrive(WALT)

    assert june != walt
    assert len(await world.rows(leads)) == 2
    assert (len(world.emails_to(JUNE)), len(world.emails_to(WALT))) == (1, 1)


async def test_the_same_human_by_form_and_by_crm_is_one_lead_and_gets_one_first_email(world: World) -> None:
    answer = await world.post_form(cast.form(MAYA))
    assert answer.status_code == 201
    await world.settle()

    lead_id = await world.arrive(MAYA)
    await world.live(minutes=10)

    assert len(await world.rows(leads, deleted_at=None)) == 1
    assert (await world.lead(lead_id)).crm_person_id is not None
    assert len(world.emails_to(MAYA)) == 1


async def test_events_in_any_order_lead_to_the_same_person(world: World) -> None:
    person_id = world.add_to_crm(MAYA)
    for event in ("peopleTagsCreated", "peopleUpdated", "peopleStageUpdated", "peopleCreated", "peopleUpdated"):
        await world.push(event, [person_id])
    await world.live(minutes=5)

    assert len(await world.rows(leads)) == 1
    assert len(await world.rows(enrollments)) == 1
    assert len(world.emails_to(MAYA)) == 1


@SQLITE
async def test_what_the_person_said_is_not_overwritten_by_a_later_fetch(world: World) -> None:
    lead_id = await world.arrive(MAYA)
    (person_id,) = world.account.people
    world.account.change_person(person_id, firstName="M.", lastName="")

    await world.push("peopleUpdated", [person_id])
    await world.settle()

    plain = await world.plain(lead_id)
    assert (plain["first_name"], plain["last_name"]) == (MAYA.first, MAYA.last)


@SQLITE
async def test_an_event_about_somebody_who_is_gone_makes_nobody(world: World) -> None:
    await world.push("peopleCreated", [987654])
    await world.live(minutes=1)

    assert [row.state for row in await world.rows(webhook_events)] == ["done"]
    assert await world.rows(leads) == []


async def test_one_person_tend_stumbles_over_holds_up_nobody_else_and_is_tried_again(open_world: Opens) -> None:
    reader = Stumbling()
    async with open_world(reader=reader) as world:
        crowd = [world.add_to_crm(cast.guest(number), background=f"house {number}") for number in range(5)]
        for person_id in crowd:
            await world.push("peopleCreated", [person_id])
        await world.live(seconds=4)

        assert [len(world.emails_to(cast.guest(number))) for number in range(5)] == [1, 1, 0, 1, 1]
        assert sorted(row.state for row in await world.rows(webhook_events)) == ["done"] * 4 + ["kept"]

        reader.over = "nobody"
        await world.live(minutes=1)
        assert len(world.emails_to(cast.guest(2))) == 1
        assert {row.state for row in await world.rows(webhook_events)} == {"done"}


async def test_one_record_the_crm_shows_wrongly_holds_up_nobody_and_is_shown_to_a_person(world: World) -> None:
    crowd = [world.add_to_crm(cast.guest(number)) for number in range(4)]
    right = world.account.people[crowd[2]]["created"]
    world.account.people[crowd[2]]["created"] = "yesterday"
    for person_id in crowd:
        await world.push("peopleCreated", [person_id])
    await world.live(seconds=4)

    assert [len(world.emails_to(cast.guest(number))) for number in range(4)] == [1, 1, 0, 1]
    await world.live(minutes=5)
    assert sorted(row.state for row in await world.rows(webhook_events)) == ["done"] * 3 + ["failed"]
    await world.sign_in()
    page = (await world.client.get("/")).text
    assert "1 change from your CRM could not be taken in (malformed answer)" in page

    world.account.people[crowd[2]]["created"] = right
    await world.client.post("/events/again", headers=OUR_PAGE)
    await world.live(minutes=1)
    assert len(world.emails_to(cast.guest(2))) == 1
    assert "could not be taken in" not in (await world.client.get("/")).text


@SQLITE
async def test_a_key_the_crm_no_longer_takes_fails_no_event_and_is_shown(world: World) -> None:
    person_id = world.add_to_crm(MAYA)
    await world.push("peopleCreated", [person_id])
    locked_out = FollowUpBoss(api_key="another", base_url=world.tend.settings.fub_base_url)
    intake = Intake(replace(world.tend, doors=replace(world.tend.doors, crm=locked_out)))
    for _ in range(8):
        world.clock.advance(timedelta(minutes=15))
        assert await intake.take_in() == 1
    await locked_out.aclose()

    assert [row.state for row in await world.rows(webhook_events)] == ["kept"]
    await world.sign_in()
    assert "could not be taken in yet (bad key)" in (await world.client.get("/")).text
    await world.live(minutes=15)
    assert len(world.emails_to(MAYA)) == 1


@SQLITE
async def test_while_the_crm_refuses_to_answer_the_event_waits_and_is_worked_afterwards(world: World) -> None:
    person_id = world.add_to_crm(MAYA)
    meter = world.account.meter
    while meter.count("global", registered=True).allowed:
        pass
    await world.push("peopleCreated", [person_id])
    await world.live(seconds=5)
    (event,) = await world.rows(webhook_events)
    assert event.state == "kept"
    assert event.due_at > world.clock.now()

    await world.live(minutes=1)

    assert len(world.emails_to(MAYA)) == 1


@pytest.mark.parametrize("who", ["Dana Reyes", ""])
@SQLITE
async def test_a_humans_text_in_the_crm_takes_the_conversation_and_a_machines_does_not(world: World, who: str) -> None:
    lead_id = await world.arrive(MAYA)
    (person_id,) = world.account.people
    before = world.sent_to(MAYA)
    plan = 0 if who else 12
    text_id = world.account.add_outgoing_text(
        person_id, from_number=cast.OUR_NUMBER, to_number=MAYA.phone, user_name=who, action_plan_id=plan
    )

    await world.push("textMessagesCreated", [text_id])
    await world.live(days=1 if who else 4)

    if who:
        assert world.sent_to(MAYA) == before
        assert [todo.kind for todo in await world.open_todos(lead_id)] == ["follow_up"]
    else:
        assert world.sent_to(MAYA) > before


@SQLITE
async def test_while_a_human_talks_in_the_crm_the_sequence_waits_and_burns_no_step(world: World) -> None:
    lead_id = await world.arrive(MAYA)
    await world.live(hours=1)
    (person_id,) = world.account.people
    before = await world.touches(lead_id)
    text_id = world.account.add_outgoing_text(
        person_id, from_number=cast.OUR_NUMBER, to_number=MAYA.phone, user_name="Dana Reyes"
    )

    await world.push("textMessagesCreated", [text_id])
    await world.live(days=8)
    assert await world.touches(lead_id) == before
    await controls.done(world.tend, lead_id, user_id=None)
    await world.live(days=4)

    assert "late" not in {touch.word for touch in await world.touches(lead_id)}
    assert len(world.emails_to(MAYA)) > 1


@SQLITE
async def test_hidden_words_of_somebody_archived_open_the_conversation_again(world: World) -> None:
    lead_id = await world.arrive(MAYA)
    (person_id,) = world.account.people
    await world.live(days=35)
    assert (await world.lead(lead_id)).end_reason.startswith("archived")
    text_id = world.account.add_incoming_text(
        person_id, message="hello again", from_number=MAYA.phone, to_number=cast.OUR_NUMBER
    )

    await world.push("textMessagesCreated", [text_id])
    await world.settle()

    assert (await world.lead(lead_id)).end_reason == ""


async def test_a_text_whose_words_the_crm_hides_goes_to_a_human_at_once(world: World) -> None:
    lead_id = await world.arrive(MAYA)
    (person_id,) = world.account.people
    text_id = world.account.add_incoming_text(
        person_id, message="yes please", from_number=MAYA.phone, to_number=cast.OUR_NUMBER
    )

    await world.push("textMessagesCreated", [text_id])
    await world.push("textMessagesCreated", [text_id])
    await world.settle()

    (todo,) = await world.open_todos(lead_id)
    assert (todo.kind, todo.hot) == ("read", True)
    assert (await world.enrollment(lead_id)).state == "paused"


@SQLITE
async def test_the_next_arrival_goes_to_whoever_has_fewest(world: World) -> None:
    ids = [await world.arrive(cast.guest(number)) for number in range(4)]

    held = [world.tend.assignee((await world.lead(lead_id)).assignee_id).key for lead_id in ids]
    assert sorted(held) == ["dana", "dana", "theo", "theo"]


@SQLITE
async def test_nothing_is_planned_for_who_can_be_reached_by_nothing(world: World) -> None:
    person_id = world.add_to_crm(MAYA, email="", phone="")
    await world.push("peopleCreated", [person_id])
    await world.live(days=32)

    (person,) = await world.rows(leads)
    rows = await world.rows(touches, lead_id=person.id)
    assert {row.state for row in rows} == {"skipped"}
    assert {row.word for row in rows} <= {"no_address", "condition"}
    assert person.end_reason.startswith("archived")


async def test_a_phone_alone_is_a_second_lead_and_the_first_takes_no_address_of_theirs(world: World) -> None:
    june = await world.arrive(JUNE)
    before = await world.rows(addresses, lead_id=june)
    nameless = replace(WALT, first="", last="")
    walt = await world.arrive(nameless)
    assert walt != june
    assert await world.rows(addresses, lead_id=june) == before


@SQLITE
async def test_a_repeat_fills_blanks_and_changes_neither_assignee_nor_status_nor_source(world: World) -> None:
    maya = await world.arrive(replace(MAYA, last=""))
    await world.live(minutes=5)
    before = await world.lead(maya)
    again = cast.form(MAYA, campaign="elsewhere", source="another page")
    again["contact"] |= {"firstName": "Mabel"}
    assert (await world.post_form(again)).status_code == 201
    await world.live(minutes=5)
    now, plain = await world.lead(maya), await world.plain(maya)
    assert (now.assignee_id, now.status, now.source) == (before.assignee_id, before.status, before.source)
    assert (plain["first_name"], plain["last_name"]) == ("Maya", "Okafor")
