"""Every fault of a model's server, over loopback: each ends in a local reading within the budget, which says so."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Literal

import pytest

from integrations.language_model import Intent, ReadingRequest
from integrations.providers.cascade_reader import CascadeReader
from integrations.providers.fallback_reader import FallbackReader
from integrations.providers.local_reader import VERSION, LocalReader
from integrations.providers.openai_reader import OpenAIReader
from integrations.providers.openai_schema import SCHEMA
from integrations.providers.openai_ways import only_object
from tests.integrations.model_server import FORM, SAID, Fault, ModelServer, serving

Api = Literal["responses", "chat"]
BUDGET = 0.5
SLACK = 1.0
"""Seconds a busy machine may add."""

ASKED = ReadingRequest(SAID)
WITH_LENGTHS = "json_schema with lengths"
WAYS = [WITH_LENGTHS, "json_schema", "tools", "json_object", "plain"]
CAUSES = {
    Fault.REFUSAL: "refused",
    Fault.TRUNCATED: "stopped short",
    Fault.FILTERED: "stopped short",
    Fault.WRONG_JSON: "answered nonsense",
    Fault.WRONG_FORM: "answered nonsense",
    Fault.UNKNOWN_WORD: "answered nonsense",
    Fault.COMMENTARY: "answered nonsense",
    Fault.EMPTY: "said nothing",
    Fault.NO_CHOICE: "said nothing",
    Fault.NOT_JSON: "answered nonsense",
    Fault.NO_BODY: "answered nonsense",
    Fault.THROTTLED: "throttled",
    Fault.NO_QUOTA: "out of quota",
    Fault.BAD_KEY: "refused the key",
    Fault.NO_MODEL: "failed: not_found",
    Fault.BROKEN: "unavailable",
    Fault.BUSY: "unavailable",
    Fault.SLOW: "timed out",
    Fault.HANG: "timed out",
    Fault.TRICKLE: "timed out",
    Fault.CUT_OFF: "unreachable",
}
NEVER_WHOLE = {Fault.SLOW, Fault.HANG, Fault.TRICKLE}
PAID = {
    Fault.REFUSAL, Fault.TRUNCATED, Fault.FILTERED, Fault.WRONG_JSON, Fault.WRONG_FORM, Fault.UNKNOWN_WORD,
    Fault.COMMENTARY, Fault.EMPTY, Fault.NO_CHOICE,
}  # fmt: skip
"""Faults in an answer that was given, and so costs."""


@asynccontextmanager
async def reading(server: ModelServer, *, api: Api, budget: float = 10 * BUDGET) -> AsyncIterator[FallbackReader]:
    async with serving(server) as url, asking(url, api=api, budget=budget) as reader:
        yield reader


@asynccontextmanager
async def asking(url: str, *, api: Api, budget: float = 10 * BUDGET) -> AsyncIterator[FallbackReader]:
    model = OpenAIReader(
        api_key="sk-invented",
        base_url=url,
        model="small-model",
        instructions="Read one message.",
        version="prompt 2 abc",
        timeout_seconds=budget,
        api=api,
    )
    try:
        yield FallbackReader(model, LocalReader(), budget)
    finally:
        await model.aclose()


def test_every_fault_has_its_word() -> None:
    assert set(CAUSES) == set(Fault) - {Fault.NONE}


@pytest.mark.parametrize("api", ["responses", "chat"])
@pytest.mark.parametrize("fault", [*CAUSES])
async def test_each_fault_ends_in_a_local_reading_within_the_budget(fault: Fault, api: Api) -> None:
    server, budget = ModelServer(fault, seconds=20), BUDGET if fault in NEVER_WHOLE else 10 * BUDGET
    async with reading(server, api=api, budget=budget) as reader:
        begun = time.monotonic()
        answer = await reader.read(ASKED)
        assert time.monotonic() - begun < budget + SLACK
    assert server.asked, "the server was reached"
    assert answer.reading.reader == f"{VERSION} (model {CAUSES[fault]})"
    assert answer.reading == (await local(ASKED, reader=answer.reading.reader))
    assert (answer.usage is not None) is (fault in PAID)


async def local(request: ReadingRequest, *, reader: str) -> object:
    return replace((await LocalReader().read(request)).reading, reader=reader)


@pytest.mark.parametrize("api", ["responses", "chat"])
async def test_a_whole_answer_is_believed(api: Api) -> None:
    async with reading(ModelServer(), api=api) as reader:
        answer = await reader.read(ASKED)
    assert (answer.reading.intent, answer.reading.slots.property) == (Intent.SCHEDULE_SHOWING, "12 Elm Ct")
    assert not answer.reading.by_local_reader
    assert answer.reading.version == "prompt 2 abc"
    assert answer.usage is not None
    assert answer.usage.input_tokens > 0


async def test_nobody_there_is_unreachable() -> None:
    async with serving(ModelServer()) as url:
        pass
    async with asking(url, api="chat") as reader:
        assert (await reader.read(ASKED)).reading.reader == f"{VERSION} (model unreachable)"


async def test_a_throttled_server_is_left_alone_as_long_as_it_asks_and_then_asked_again() -> None:
    server = ModelServer(Fault.THROTTLED, retry_after=0.6)
    async with reading(server, api="chat") as reader:
        for _ in range(5):
            assert (await reader.read(ASKED)).reading.reader == f"{VERSION} (model throttled)"
        assert len(server.asked) == 1
        server.fault = Fault.NONE
        await asyncio.sleep(0.7)
        assert not (await reader.read(ASKED)).reading.by_local_reader


@pytest.mark.parametrize("fault", [Fault.BAD_KEY, Fault.NO_QUOTA, Fault.NO_MODEL])
async def test_a_server_that_refuses_whoever_asks_is_not_asked_for_each_message(fault: Fault) -> None:
    server = ModelServer(fault)
    async with reading(server, api="responses") as reader:
        said = {(await reader.read(ASKED)).reading.reader for _ in range(5)}
    assert said == {f"{VERSION} (model {CAUSES[fault]})"}
    assert len(server.asked) == 1


@pytest.mark.parametrize("fault", [Fault.REFUSAL, Fault.BUSY, Fault.COMMENTARY])
async def test_after_a_fault_of_one_message_the_next_is_asked_at_once(fault: Fault) -> None:
    server = ModelServer(fault)
    async with reading(server, api="responses") as reader:
        await reader.read(ASKED)
        server.fault = Fault.NONE
        assert not (await reader.read(ASKED)).reading.by_local_reader


async def test_twenty_messages_to_a_hanging_server_wait_once() -> None:
    async with reading(ModelServer(Fault.HANG), api="chat", budget=BUDGET) as reader:
        begun = time.monotonic()
        answers = await asyncio.gather(*(reader.read(ASKED) for _ in range(20)))
        assert time.monotonic() - begun < BUDGET + 2 * SLACK
    assert {answer.reading.reader for answer in answers} == {f"{VERSION} (model timed out)"}


# ---- how a server is asked


@pytest.mark.parametrize("status", [400, 422, 500, 501])
@pytest.mark.parametrize(
    "refuses, tried",
    [
        ([], WAYS[:1]),
        (WAYS[:1], WAYS[:2]),
        (WAYS[:2], WAYS[:3]),
        (WAYS[:3], WAYS[:4]),
        (WAYS[:4], WAYS),
    ],
)
async def test_what_a_server_refuses_is_tried_once_and_remembered(
    refuses: list[str], tried: list[str], status: int
) -> None:
    server = ModelServer(refuses=dict.fromkeys(refuses, status))
    async with reading(server, api="chat") as reader:
        for _ in range(3):
            assert not (await reader.read(ASKED)).reading.by_local_reader
    assert server.asked == [*tried, tried[-1], tried[-1]]


async def test_a_server_that_takes_no_way_ends_in_a_local_reading() -> None:
    server = ModelServer(refuses=dict.fromkeys(WAYS, 400))
    async with reading(server, api="chat") as reader:
        assert (await reader.read(ASKED)).reading.reader == f"{VERSION} (model failed: bad_request)"


async def test_the_vendor_is_asked_in_one_way_only() -> None:
    server = ModelServer(refuses={"responses": 400})
    async with reading(server, api="responses") as reader:
        assert (await reader.read(ASKED)).reading.by_local_reader
    assert server.asked == ["responses"]


async def test_trouble_of_a_server_that_has_answered_does_not_change_how_it_is_asked() -> None:
    server = ModelServer()
    async with reading(server, api="chat") as reader:
        await reader.read(ASKED)
        server.fault = Fault.BROKEN
        assert (await reader.read(ASKED)).reading.reader == f"{VERSION} (model unavailable)"
        server.fault = Fault.NONE
        await reader.read(ASKED)
    assert server.asked == [WITH_LENGTHS] * 3


async def test_a_server_changed_for_one_that_takes_less_is_learnt_anew() -> None:
    server = ModelServer()
    async with reading(server, api="chat") as reader:
        await reader.read(ASKED)
        server.refuses = {WITH_LENGTHS: 400, "json_schema": 400}
        assert not (await reader.read(ASKED)).reading.by_local_reader
        await reader.read(ASKED)
    assert server.asked == [WITH_LENGTHS, WITH_LENGTHS, "json_schema", "tools", "tools"]


async def test_a_server_that_takes_the_schema_and_heeds_it_not_is_asked_in_words_in_the_end() -> None:
    server = ModelServer(Fault.COMMENTARY)
    async with reading(server, api="chat") as reader:
        readers = [(await reader.read(ASKED)).reading.reader for _ in range(5)]
    assert server.asked == [*WAYS[:4], "json_object"]
    assert readers[:3] == [f"{VERSION} (model answered nonsense)"] * 3
    assert readers[3:] == ["small-model"] * 2, "asked in words, an answer may have words around it"


@pytest.mark.parametrize("refused", [WAYS[:1], WAYS[:2], WAYS[:3]])
async def test_whoever_does_not_get_the_schema_as_a_field_gets_it_in_words(refused: list[str]) -> None:
    server = ModelServer(refuses=dict.fromkeys(refused, 400))
    async with reading(server, api="chat") as reader:
        await reader.read(ASKED)
    last = server.bodies[-1]
    told = last["messages"][0]["content"]
    assert (json.dumps(SCHEMA) in told) is (server.asked[-1] == "json_object")
    assert json.loads(last["messages"][1]["content"])["text"] == SAID
    assert last["max_tokens"] > 0


async def test_thoughts_before_the_answer_are_not_part_of_it() -> None:
    whole = json.dumps(FORM)
    assert only_object(f"<think>{{hm}}</think>\n{whole}") == whole
    assert only_object(f"```json\n{whole}\n```") == whole
    assert only_object("no object here") == "no object here"


# ---- the cascade


@pytest.mark.parametrize(
    "text, asked",
    [
        ("Thanks!", False),
        ("Can we see it Saturday at 2pm?", False),
        ("the thing with the stuff, you know", True),
        ("please never write to me again", True),
        ("Quero visitar a casa no sábado", True),
    ],
)
async def test_the_model_is_asked_only_where_it_may_change_something(text: str, *, asked: bool) -> None:
    server = ModelServer(form=FORM | {"quote": "", "language": ""})
    async with reading(server, api="chat") as reader:
        answer = await CascadeReader(reader, LocalReader(), below=0.6).read(ReadingRequest(text))
    assert bool(server.asked) is asked
    assert (answer.reading.reader == f"{VERSION} (model not asked)") is not asked
    assert (answer.usage is not None) is asked


async def test_a_model_that_fails_in_the_cascade_ends_in_the_local_reading() -> None:
    async with reading(ModelServer(Fault.BUSY), api="chat") as reader:
        answer = await CascadeReader(reader, LocalReader(), below=1.0).read(ASKED)
    assert answer.reading.reader == f"{VERSION} (model unavailable)"
