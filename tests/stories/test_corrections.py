"""A person says that a message was read wrongly: what it means is kept, and only what is harmless follows from it."""

from __future__ import annotations

from uuid import UUID

import pytest

from agent.flows import correcting
from agent.rules.triage import TodoKind
from agent.store.tables import enrollments, readings, suppressions
from tests.cast import DIEGO, MAYA
from tests.stories.conftest import SQLITE
from tests.stories.world import World

SAID = "Could we walk through the house on Thursday at 10 with my wife?"


async def read_wrongly(world: World) -> tuple[UUID, UUID]:
    """A lead whose reply was read; returns lead and reading."""
    lead_id = await world.arrive(MAYA)
    await world.settle()
    await world.text(MAYA, SAID)
    await world.settle()
    (reading,) = await world.rows(readings, lead_id=lead_id)
    return lead_id, reading.id


async def correct(world: World, lead_id: UUID, reading_id: UUID, intent: str) -> int:
    await world.sign_in()
    answer = await world.press(lead_id, "correct", reading=reading_id.hex, intent=intent)
    await world.settle()
    return answer.status_code


async def test_the_lead_is_shown_by_what_the_person_said(world: World) -> None:
    lead_id, reading_id = await read_wrongly(world)

    assert await correct(world, lead_id, reading_id, "sell") in {200, 303}

    assert (await world.lead(lead_id)).intent == "sell"
    (reading,) = await world.rows(readings, lead_id=lead_id)
    assert (reading.intent, reading.corrected_intent) == ("schedule_showing", "sell")
    assert reading.corrected_by == world.tend.user_ids["dana"]
    page = (await world.client.get(world.path(lead_id))).text
    assert "A person said: wants to sell" in page


@SQLITE
async def test_what_was_corrected_becomes_a_line_of_a_labelled_file(world: World) -> None:
    lead_id, reading_id = await read_wrongly(world)
    await correct(world, lead_id, reading_id, "wants_call")
    await correct(world, lead_id, reading_id, "question")

    (line,) = await correcting.exported(world.tend)

    assert (line["text"], line["label"], line["read_as"]) == (SAID, "question", "schedule_showing")
    assert line["previous_outbound"] in {email.text for email in world.emails_to(MAYA)} | {
        text.body for text in world.texts_to(MAYA)
    }


@SQLITE
async def test_a_word_that_is_no_wish_leaves_the_lead_what_it_was_known_by_before(world: World) -> None:
    lead_id, reading_id = await read_wrongly(world)
    before = (await world.lead(lead_id)).intent
    await correct(world, lead_id, reading_id, "rent")
    await correct(world, lead_id, reading_id, "schedule_showing")

    assert (await world.lead(lead_id)).intent == before


@SQLITE
async def test_a_correction_takes_no_opt_out_back(world: World) -> None:
    lead_id, reading_id = await read_wrongly(world)
    await world.text(MAYA, "STOP")
    await world.settle()

    ended = (await world.lead(lead_id)).end_reason

    await correct(world, lead_id, reading_id, "buy")

    assert await world.rows(suppressions) != []
    assert {row.state for row in await world.rows(enrollments, lead_id=lead_id)} == {"ended"}
    assert (await world.lead(lead_id)).end_reason == ended != ""


@SQLITE
@pytest.mark.parametrize("meant", ["opt_out", "wrong_person"])
async def test_words_that_meant_stop_silence_tend_and_a_person_decides(world: World, meant: str) -> None:
    lead_id, reading_id = await read_wrongly(world)

    await correct(world, lead_id, reading_id, meant)

    assert TodoKind.OPT_OUT_DOUBT in {todo.kind for todo in await world.open_todos(lead_id)}
    assert {row.state for row in await world.rows(enrollments, lead_id=lead_id)} == {"paused"}
    sent = world.sent_to(MAYA)
    await world.live(days=8)
    assert world.sent_to(MAYA) == sent


@SQLITE
@pytest.mark.parametrize(
    "fields", [{"reading": "0" * 32, "intent": "buy"}, {"reading": "x", "intent": "buy"}, {"intent": "purchase"}, {}]
)
async def test_what_is_not_offered_is_refused(world: World, fields: dict[str, str]) -> None:
    lead_id, reading_id = await read_wrongly(world)
    await world.sign_in()

    answer = await world.press(lead_id, "correct", **({"reading": reading_id.hex} | fields))

    assert answer.status_code == 404
    (reading,) = await world.rows(readings, lead_id=lead_id)
    assert reading.corrected_intent == ""


@SQLITE
async def test_another_leads_message_is_not_corrected_by_way_of_this_one(world: World) -> None:
    _, reading_id = await read_wrongly(world)
    other_id = await world.arrive(DIEGO)

    assert await correct(world, other_id, reading_id, "buy") == 404
