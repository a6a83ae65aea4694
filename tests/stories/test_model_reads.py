"""A model's server over HTTP reads replies: what it is told, what is kept of its answer, and what a fault leads to."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from agent.commands import database_checked
from agent.store.tables import model_calls, readings
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


def server_saw(server: ModelServer, words: str) -> bool:
    return any(words in json.dumps(body) for body in server.bodies)
