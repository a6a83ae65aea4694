"""What people do in the CRM pauses Tend and moves the conversation to them; what machines do, or Tend itself, does not.

The stand-in shows Tend's own notes under the user whose key Tend has, as Follow Up Boss does.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.flows import controls, reactivation
from agent.store import outbox
from agent.store.tables import conversations, enrollments, lead_events, leads, todos, webhook_events
from agent.store.tables import outbox as outbox_table
from integrations.standins import followupboss_logged as logged
from tests import cast
from tests.cast import DIEGO, MAYA
from tests.stories.conftest import SQLITE
from tests.stories.world import World

HUMAN = "Dana Reyes"


async def owner(world: World, lead_id: UUID) -> str:
    (row,) = await world.rows(conversations, lead_id=lead_id)
    return str(row.owner)


async def told(world: World, lead_id: UUID) -> str:
    rows = await world.rows(lead_events, lead_id=lead_id)
    return " ".join(world.opened(lead_events, "payload", row) for row in rows)


async def in_a_sequence(world: World) -> tuple[UUID, int]:
    """Maya, an hour into her sequence, and who she is in the CRM."""
    lead_id = await world.arrive(MAYA)
    await world.live(hours=1)
    (person_id,) = world.account.people
    return lead_id, person_id


def log(world: World, what: str, person_id: int, **how: Any) -> tuple[str, int]:
    made = getattr(logged, what)(world.account, person_id, **how)
    return {"call": "callsCreated", "email": "emailsCreated", "note": "notesCreated"}.get(what, f"{what}sCreated"), made


@pytest.mark.parametrize(
    "what, said",
    [
        ("call", "Dana Reyes called them from the CRM"),
        ("email", "Dana Reyes emailed them from the CRM"),
        ("note", "Dana Reyes wrote a note on them from the CRM"),
        ("appointment", "Dana Reyes made an appointment with them from the CRM"),
    ],
)
async def test_a_humans_call_email_note_or_appointment_pauses_tend_and_is_theirs(
    world: World, what: str, said: str
) -> None:
    lead_id, person_id = await in_a_sequence(world)
    before = world.sent_to(MAYA)

    event, made = log(world, what, person_id, by=HUMAN)
    await world.push(event, [made])
    await world.live(days=5)

    assert world.sent_to(MAYA) == before
    assert (await world.enrollment(lead_id)).state == "paused"
    assert await owner(world, lead_id) == "human"
    assert [todo.kind for todo in await world.open_todos(lead_id)] == ["follow_up"]
    assert said in await told(world, lead_id)

    await controls.done(world.tend, lead_id, user_id=None)
    await world.live(days=4)
    assert world.sent_to(MAYA) > before


@pytest.mark.parametrize(
    "what, how",
    [
        ("email", {"by": HUMAN, "action_plan_id": 12}),
        ("note", {}),
        ("note", {"by": HUMAN, "system": "Zapier"}),
    ],
)
@SQLITE
async def test_what_the_crms_own_machinery_or_another_program_does_pauses_nothing(
    world: World, what: str, how: dict[str, Any]
) -> None:
    lead_id, person_id = await in_a_sequence(world)

    event, made = log(world, what, person_id, **how)
    await world.push(event, [made])
    await world.live(minutes=5)

    assert (await world.enrollment(lead_id)).state == "active"
    assert await owner(world, lead_id) == "tend"
    assert {row.state for row in await world.rows(webhook_events)} == {"done"}


@SQLITE
async def test_the_crms_instant_answer_by_text_is_told_from_a_humans(world: World) -> None:
    lead_id, person_id = await in_a_sequence(world)
    text = world.account.add_outgoing_text(
        person_id, from_number=cast.OUR_NUMBER, to_number=MAYA.phone, user_name=HUMAN
    )
    world.account.texts[text]["leadFlowRouteId"] = 7

    await world.push("textMessagesCreated", [text])
    await world.settle()

    assert (await world.enrollment(lead_id)).state == "active"


async def test_a_note_tend_wrote_comes_back_and_is_no_humans(world: World) -> None:
    lead_id, _ = await in_a_sequence(world)
    await owe_a_note(world, lead_id)
    await world.settle()
    (note,) = world.account.notes

    await world.push("notesCreated", [note])
    await world.live(minutes=5)

    assert (await world.enrollment(lead_id)).state == "active"
    assert await owner(world, lead_id) == "tend"


@pytest.mark.parametrize("system", ["Tend", None])
@SQLITE
async def test_a_note_of_tends_whose_id_was_never_learned_is_known_by_system_or_words(
    world: World, system: str | None
) -> None:
    lead_id, person_id = await in_a_sequence(world)
    await owe_a_note(world, lead_id)
    await world.settle()
    (written,) = world.account.notes.values()
    again = logged.note(world.account, person_id, by=HUMAN, system=system)
    world.account.notes[again] |= {"subject": written["subject"], "body": f"<p>{written['body'].upper()}</p>"}

    await world.push("notesCreated", [again])
    await world.live(minutes=5)

    assert await owner(world, lead_id) == "tend"


@SQLITE
async def test_a_humans_note_beside_tends_own_is_still_a_humans(world: World) -> None:
    lead_id, person_id = await in_a_sequence(world)
    await owe_a_note(world, lead_id)
    await world.settle()

    note = logged.note(world.account, person_id, by=HUMAN, body="Spoke with her mother, call on Monday.")
    await world.push("notesCreated", [note])
    await world.live(minutes=5)

    assert await owner(world, lead_id) == "human"


@SQLITE
async def test_a_text_tend_logged_there_comes_back_in_either_direction_and_means_nothing(world: World) -> None:
    lead_id, person_id = await in_a_sequence(world)
    for incoming in (0, 1):
        text = world.account.add_outgoing_text(person_id, from_number=cast.OUR_NUMBER, to_number=MAYA.phone)
        world.account.texts[text] |= {"isIncoming": incoming, "isExternal": True, "systemName": world.account.system}
        await world.push("textMessagesCreated", [text])
    await world.live(minutes=5)

    assert (await world.enrollment(lead_id)).state == "active"
    assert await world.open_todos(lead_id) == []


@pytest.mark.parametrize("seconds, kind, hot", [(0, "call", True), (95, "follow_up", False)])
async def test_a_leads_call_pauses_tend_and_a_missed_one_is_hot(
    world: World, seconds: int, kind: str, *, hot: bool
) -> None:
    lead_id, person_id = await in_a_sequence(world)

    call = logged.call(world.account, person_id, by=HUMAN, incoming=True, seconds=seconds)
    await world.push("callsCreated", [call])
    await world.settle()

    (todo,) = await world.open_todos(lead_id)
    assert (todo.kind, todo.hot) == (kind, hot)
    assert (await world.enrollment(lead_id)).state == "paused"
    assert (await world.lead(lead_id)).last_inbound_at == world.clock.now()


@SQLITE
async def test_a_leads_email_to_the_crm_has_no_words_and_a_human_is_alerted_at_once(world: World) -> None:
    lead_id, person_id = await in_a_sequence(world)

    email = logged.email(world.account, person_id, incoming=True)
    await world.push("emailsCreated", [email])
    await world.settle()

    (todo,) = await world.open_todos(lead_id)
    assert (todo.kind, todo.hot) == ("read", True)
    assert "hidden for privacy" not in world.opened(todos, "quote", todo)
    assert (await world.enrollment(lead_id)).state == "paused"


@SQLITE
async def test_an_email_that_lies_somewhere_else_is_never_fetched_from_there(world: World) -> None:
    lead_id, person_id = await in_a_sequence(world)
    email = logged.email(world.account, person_id, by=HUMAN)
    world.account.base_url = "http://127.0.0.1:9"

    await world.push("emailsCreated", [email])
    await world.live(minutes=10)

    assert [(row.state, row.reason) for row in await world.rows(webhook_events, kind="email_created")] == [
        ("failed", "foreign_link")
    ]
    assert await owner(world, lead_id) == "tend"


@SQLITE
async def test_the_same_call_told_of_twice_counts_once(world: World) -> None:
    lead_id, person_id = await in_a_sequence(world)
    call = logged.call(world.account, person_id, by=HUMAN)
    await world.push("callsCreated", [call])
    await world.settle()
    await controls.done(world.tend, lead_id, user_id=None)

    await world.push("callsCreated", [call])
    await world.settle()

    assert await world.open_todos(lead_id) == []
    assert await owner(world, lead_id) == "tend"


async def test_a_call_that_is_heard_of_before_its_person_takes_both_in_and_nothing_leaves(world: World) -> None:
    person_id = world.add_to_crm(DIEGO)
    world.clock.advance(timedelta(seconds=10))
    call = logged.call(world.account, person_id, by=HUMAN)

    await world.push("callsCreated", [call])
    await world.push("peopleCreated", [person_id])
    await world.live(hours=6)

    lead_id = await world.lead_id(DIEGO)
    assert world.sent_to(DIEGO) == 0
    assert await owner(world, lead_id) == "human"


@SQLITE
async def test_a_call_to_an_old_client_makes_no_work_for_anybody(world: World) -> None:
    person_id = world.add_to_crm(DIEGO, created=world.clock.now() - timedelta(days=900))
    call = logged.call(world.account, person_id, by=HUMAN)

    await world.push("callsCreated", [call])
    await world.live(days=3)

    (lead,) = await world.rows(leads)
    assert await world.rows(enrollments) == []
    assert await world.open_todos(lead.id) == []
    assert "called them" in await told(world, lead.id)


@SQLITE
async def test_a_note_this_key_may_not_read_holds_up_nothing(world: World) -> None:
    await world.push("notesCreated", [987_654])
    await world.live(minutes=1)

    assert [row.state for row in await world.rows(webhook_events)] == ["done"]


async def test_who_unsubscribed_from_the_crms_own_email_hears_no_more_from_tend(world: World) -> None:
    lead_id, person_id = await in_a_sequence(world)
    before = world.sent_to(MAYA)

    gone = logged.unsubscribe(world.account, person_id, campaign_id=31)
    await world.push("emEventsUnsubscribed", [gone])
    await world.live(days=31)

    assert world.sent_to(MAYA) == before
    assert (await world.lead(lead_id)).end_reason == "opted out"


@SQLITE
async def test_who_unsubscribed_before_tend_knew_them_is_never_woken(world: World) -> None:
    person_id = world.add_to_crm(DIEGO, created=world.clock.now() - timedelta(days=300))
    gone = logged.unsubscribe(world.account, person_id)
    await world.push("emEventsUnsubscribed", [gone])
    await world.settle()
    await reactivation.start(world.tend, daily_limit=10, user_id=None)
    await world.tick("reactivation")

    assert (await world.lead(await world.lead_id(DIEGO))).end_reason == "opted out"
    assert await world.rows(enrollments) == []


@SQLITE
async def test_mail_of_tends_own_that_somebody_unsubscribed_from_is_no_second_opt_out(world: World) -> None:
    lead_id, person_id = await in_a_sequence(world)
    await owe_a_note(world, lead_id)
    (owed,) = await world.rows(outbox_table, lead_id=lead_id, kind="note")
    await world.tend.writer.run(partial(written_as, world=world, row_id=owed.id, kind="mail", external_id="31"))

    gone = logged.unsubscribe(world.account, person_id, campaign_id=31)
    await world.push("emEventsUnsubscribed", [gone])
    await world.settle()

    assert (await world.enrollment(lead_id)).state == "active"


@SQLITE
async def test_events_that_mean_nothing_are_kept_and_ignored(world: World) -> None:
    for event in (
        "tasksCreated",
        "dealsUpdated",
        "stageUpdated",
        "pipelineCreated",
        "emEventsOpened",
        "emEventsClicked",
    ):
        world.account.add_webhook(event=event, url=f"{world.address}/hooks/followupboss")
        await world.push(event, [5])
    await world.settle()

    assert [row.state for row in await world.rows(webhook_events)] == ["ignored"] * 6


@SQLITE
async def test_an_update_that_overtakes_the_creation_waits_until_the_person_is_whole(world: World) -> None:
    person_id = world.add_to_crm(MAYA)
    await world.push("peopleUpdated", [person_id])
    await world.settle()
    assert await world.rows(leads) == []

    world.account.change_person(person_id, background="Could we see 9 Elm St on Saturday?")
    await world.live(seconds=world.tend.settings.tend_debounce_seconds)
    assert (await world.lead(await world.lead_id(MAYA))).temperature == "hot"


async def written_as(conn: AsyncConnection, *, world: World, row_id: UUID, kind: str, external_id: str) -> None:
    await conn.execute(
        update(outbox_table)
        .where(outbox_table.c.team_id == world.tend.team_id, outbox_table.c.id == row_id)
        .values(kind=kind, external_id=external_id, state="done")
    )


async def owe_a_note(world: World, lead_id: UUID) -> None:
    await world.tend.writer.run(
        lambda conn: outbox.queue_note(
            conn,
            team_id=world.tend.team_id,
            sealer=world.tend.sealer,
            lead_id=lead_id,
            dedupe_key="a note",
            subject="Tend",
            body="Asked for a showing.",
            now=world.clock.now(),
        )
    )
    assert await world.rows(outbox_table, lead_id=lead_id)


@SQLITE
async def test_a_look_at_a_home_counts_once_toward_the_score_and_starts_nothing(world: World) -> None:
    lead_id, person_id = await in_a_sequence(world)
    before = (await world.lead(lead_id)).score, len(world.emails_to(MAYA))
    looks = [logged.look(world.account, person_id, street=f"{number} Elm Ct", city="Austin") for number in (12, 14)]
    inquiry = logged.look(world.account, person_id, street="12 Elm Ct", city="Austin", kind="General Inquiry")
    stranger = logged.look(world.account, world.add_to_crm(DIEGO), street="12 Elm Ct", city="Austin")
    for _ in range(2):
        await world.push("eventsCreated", [*looks, inquiry, stranger])
        await world.settle()

    assert (await world.lead(lead_id)).score > before[0]
    assert len(world.emails_to(MAYA)) == before[1]
    events = await world.rows(lead_events, lead_id=lead_id, kind="listing_viewed")
    said = " ".join(world.opened(lead_events, "payload", event) for event in events)
    assert len(events) == 2
    assert "12 Elm Ct, Austin" in said
    assert "14 Elm Ct, Austin" in said
    assert len(await world.rows(leads)) == 1
