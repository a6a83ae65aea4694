"""A model's server over HTTP reads replies: what it is told, what is kept of its answer, and what a fault leads to."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from agent import readers, words
from agent import settings as settings_file
from agent.checkup.model import looks
from agent.commands import database_checked
from agent.settings import Secret, Settings
from agent.store.tables import model_calls, readings
from integrations.providers.cascade_reader import CascadeReader
from integrations.providers.fallback_reader import FallbackReader
from integrations.providers.local_reader import VERSION, LocalReader
from integrations.providers.openai_reader import OpenAIReader
from tests.cast import MAYA
from tests.integrations.model_server import FORM, SAID, Fault, ModelServer, serving
from tests.stories.conftest import SQLITE, Opens
from tests.stories.world import World


@asynccontextmanager
async def asking(server: ModelServer) -> AsyncIterator[FallbackReader]:
    async with serving(server) as url:
        model = OpenAIReader(
            api_key="sk-invented",
            base_url=url,
            model="gpt-6-luna",
            instructions="Read one message.",
            version="prompt 2 abc",
            timeout_seconds=2,
            api="responses",
        )
        try:
            yield FallbackReader(model, LocalReader(), 2)
        finally:
            await model.aclose()


async def replied(world: World, words: str) -> UUID:
    lead_id = await world.arrive(MAYA, text_consent="yes")
    await world.live(minutes=5)
    await world.text(MAYA, words)
    await world.live(minutes=1)
    return lead_id


def last_question(server: ModelServer) -> dict[str, Any]:
    asked: dict[str, Any] = json.loads(server.bodies[-1]["input"][0]["content"])
    return asked


async def test_a_model_is_told_what_we_wrote_and_what_is_known_and_its_answer_and_price_are_kept(
    open_world: Opens,
) -> None:
    server = ModelServer()
    async with asking(server) as reader, open_world(reader=reader, at=datetime.now(UTC)) as world:
        lead_id = await replied(world, SAID)
        question = last_question(server)
        assert question["text"] == SAID
        assert question["previous_outbound"]
        assert (question["facts"]["source"], question["facts"]["stage"]) == ("Zillow", "Lead")
        assert server.bodies[-1]["store"] is False

        [reading] = await world.rows(readings, lead_id=lead_id)
        detail = json.loads(world.opened(readings, "detail", reading))
        assert (reading.intent, reading.reader) == ("schedule_showing", "gpt-6-luna")
        assert (detail["version"], detail["language"], detail["strength"]) == ("prompt 2 abc", "English", 0.4)
        assert detail["confidences"]["visit_time"] > 0
        [call] = [row for row in await world.rows(model_calls, lead_id=lead_id) if row.purpose == "reply"]
        assert (call.input_tokens, call.output_tokens, call.cost_microusd) == (1000, 100, 150)
        assert (call.outcome, call.request_id) == ("read", "req_1")
        [said] = [line for line in await database_checked.findings(world.tend.settings) if "read" in line.name]
        assert "a model was asked of 1 of 1 messages (100%)" in said.found


@SQLITE
@pytest.mark.parametrize("fault", [Fault.REFUSAL, Fault.THROTTLED, Fault.BUSY, Fault.NOT_JSON])
async def test_a_fault_of_the_model_makes_no_hot_lead_disappear(open_world: Opens, fault: Fault) -> None:
    async with asking(ModelServer(fault)) as reader, open_world(reader=reader) as world:
        lead_id = await replied(world, SAID)
        [reading] = await world.rows(readings, lead_id=lead_id)
        assert reading.reader.startswith(f"{VERSION} (model ")
        [todo] = await world.open_todos(lead_id)
        assert (todo.kind, todo.hot) == ("showing", True)
        paid = [row.outcome for row in await world.rows(model_calls, lead_id=lead_id) if row.purpose == "reply"]
        assert paid == (["unusable"] if fault is Fault.REFUSAL else [])


@SQLITE
async def test_a_model_that_says_stop_is_believed_and_one_that_denies_it_is_not(open_world: Opens) -> None:
    stops = ModelServer(form=FORM | {"intent": "opt_out", "quote": "", "language": "English"})
    async with asking(stops) as reader, open_world(reader=reader) as world:
        lead_id = await replied(world, "enough is enough with you lot")
        assert (await world.lead(lead_id)).end_reason == "opted out"
    denies = ModelServer(form=FORM | {"intent": "thanks", "quote": "", "language": "English"})
    async with asking(denies) as reader, open_world(reader=reader) as world:
        lead_id = await replied(world, "Stop texting me")
        assert (await world.lead(lead_id)).end_reason == "opted out"
        assert server_saw(denies, "Stop texting me") is False


@SQLITE
async def test_a_reading_kept_before_there_was_more_to_say_is_still_shown(world: World) -> None:
    lead_id = await replied(world, SAID)
    [reading] = await world.rows(readings, lead_id=lead_id)
    old = {"quote": "Can we see it", "reason": "asks to see a home", "slots": {}}

    async def unit(conn: AsyncConnection) -> None:
        sealed = world.tend.sealer.seal("readings", "detail", reading.id, json.dumps(old))
        await conn.execute(
            update(readings)
            .where(readings.c.team_id == world.tend.team_id, readings.c.id == reading.id)
            .values(detail=sealed)
        )

    await world.tend.writer.run(unit)
    await world.sign_in()
    page = await world.client.get(world.path(lead_id))
    assert (page.status_code, "asks to see a home" in page.text) == (200, True)


@pytest.mark.parametrize(
    "given, kind",
    [
        ({}, LocalReader),
        ({"OPENAI_API_KEY": "sk-invented"}, FallbackReader),
        ({"OPENAI_API_KEY": "sk-invented", "TEND_LLM_BELOW": "0.6"}, CascadeReader),
        ({"TEND_LLM_BELOW": "0.6"}, LocalReader),
    ],
)
def test_the_settings_say_who_reads(
    given: dict[str, str], kind: type, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("OPENAI_API_KEY", "TEND_LLM_BELOW"):
        monkeypatch.delenv(name, raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    prompt = words.load().prompts["read-reply"]
    assert type(readers.reader(settings_file.load(), prompt, LocalReader())) is kind


@pytest.mark.parametrize(
    "model, base_url, said",
    [("gpt-5-nano", "", ["2026-12-11"]), ("gpt-6-luna", "", []), ("gpt-5-nano", "http://127.0.0.1:1/v1", [])],
)
async def test_a_model_that_is_to_be_shut_down_is_named_with_its_day(
    model: str, base_url: str, said: list[str]
) -> None:
    settings = Settings(tend_llm_model=model, openai_base_url=base_url, openai_api_key=Secret("sk-invented"))
    _, (_, look) = looks(settings)
    assert [line.found.partition(" on ")[2][:10] async for line in look] == said


def server_saw(server: ModelServer, words: str) -> bool:
    return any(words in json.dumps(body) for body in server.bodies)
