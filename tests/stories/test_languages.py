"""Somebody writes in a language Tend does not read: a person hears of it, and nothing is guessed or answered."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy.engine import Row

from agent.store.tables import enrollments, readings, todos
from tests.cast import DIEGO, MAYA
from tests.stories.conftest import SQLITE
from tests.stories.world import World


def asked(world: World, todo: Row[Any]) -> str:
    """What a to-do asks of a person."""
    return world.opened(todos, "action", todo)


async def test_a_reply_in_a_foreign_language_goes_to_a_person_and_nothing_follows_it(world: World) -> None:
    lead_id = await world.arrive(MAYA, text_consent="yes", assigned_user_id=None)
    await world.live(minutes=5)
    before = world.sent_to(MAYA)

    await world.text(MAYA, "Quero visitar a casa no sábado, quanto custa?")
    await world.live(days=30)

    assert world.sent_to(MAYA) == before
    [todo] = await world.open_todos(lead_id)
    assert todo.kind == "read"
    assert "Portuguese" in asked(world, todo)
    [reading] = await world.rows(readings, lead_id=lead_id)
    detail = json.loads(world.opened(readings, "detail", reading))
    assert (reading.intent, detail["language"], detail["slots"]) == ("unclear", "Portuguese", {})
    lead = await world.lead(lead_id)
    assert (lead.temperature == "hot", lead.end_reason) == (False, "")
    await world.sign_in()
    assert "Not read: it is in Portuguese" in (await world.client.get(world.path(lead_id))).text


@SQLITE
@pytest.mark.parametrize("words", ["No me manden más mensajes", "ya no me escriban por favor", "ALTO"])
async def test_a_stop_in_spanish_needs_nobody(world: World, words: str) -> None:
    lead_id = await world.arrive(MAYA, text_consent="yes")
    await world.live(minutes=5)

    await world.text(MAYA, words)
    await world.live(minutes=5)

    assert (await world.lead(lead_id)).end_reason == "opted out"


@SQLITE
async def test_a_first_message_in_a_foreign_language_starts_nothing_and_a_person_answers(world: World) -> None:
    lead_id = await world.arrive(DIEGO, background="Busco un agente que hable español, quiero vender mi casa")
    await world.live(days=3)

    assert world.sent_to(DIEGO) == 0
    assert await world.rows(enrollments, lead_id=lead_id) == []
    [todo] = await world.open_todos(lead_id)
    assert "Spanish" in asked(world, todo)


@SQLITE
@pytest.mark.parametrize("words", ["Si, gracias!", "ok", "Hola, is the casa on Elm still available?"])
async def test_a_foreign_word_in_english_is_read_as_english(world: World, words: str) -> None:
    lead_id = await world.arrive(MAYA, text_consent="yes")
    await world.live(minutes=5)
    await world.text(MAYA, words)
    await world.live(minutes=5)

    [reading] = await world.rows(readings, lead_id=lead_id)
    assert json.loads(world.opened(readings, "detail", reading))["language"] in {"English", ""}
    assert not any("it is in" in asked(world, each) for each in await world.open_todos(lead_id))
