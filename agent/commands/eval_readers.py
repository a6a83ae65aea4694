"""Who reads for `tend eval`, what each reading took, and what it cost.

All come through the doors `tend serve` opens, by the same settings, so that what is measured is what a lead would meet;
where the settings have no key there is no model to measure, and the command says so.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any

import click
from msgspec.structs import replace

from agent import wiring, words
from agent.clock import SystemClock
from agent.commands.starting import plain_failures, read_settings
from integrations.language_model import NOT_ASKED, Answer, Reader, Reading, ReadingRequest


@dataclass(frozen=True, slots=True)
class Timed:
    """An answer and the milliseconds it took."""

    answer: Answer
    milliseconds: float

    @property
    def reading(self) -> Reading:
        """What it says."""
        return self.answer.reading


def reader_of(name: str) -> Reader:
    """The reader of this name. Raises click's own exception where the settings do not provide for it."""
    if name == "small":
        return wiring.rehearsal_doors(SystemClock(), whole_sentences=False).local_reader
    with plain_failures():
        settings = replace(read_settings(), tend_sending="sandbox")
        if name != "local" and not settings.openai_api_key:
            raise click.ClickException(f"--reader {name} needs a model, and OPENAI_API_KEY is not set")
        if name == "model":
            settings = replace(settings, tend_llm_below=1.0)
        if name == "cascade" and settings.tend_llm_below >= 1:
            raise click.ClickException("--reader cascade needs TEND_LLM_BELOW under 1; now the model is always asked")
        doors = wiring.doors(settings, words.load(), SystemClock())
    return doors.local_reader if name == "local" else doors.reader


async def timed(reader: Reader, requests: Sequence[ReadingRequest]) -> list[Timed]:
    """Read one after the other; tables compile, and weights load, before the first is timed."""
    await wiring.rehearsal_doors(SystemClock()).local_reader.read(ReadingRequest("can we see it?"))
    return [await once(reader, request) for request in requests]


async def once(reader: Reader, request: ReadingRequest) -> Timed:
    """Read one message against the clock."""
    started = time.perf_counter()
    answer = await reader.read(request)
    return Timed(answer, (time.perf_counter() - started) * 1000)


def spent(answers: Sequence[Timed]) -> dict[str, Any]:
    """What they took and cost: `latency_ms`, and `cost` with calls to a model, cents, and how often it gave up."""
    took = [each.milliseconds for each in answers] or [0.0]  # where the rules stopped every message, none was read
    calls = [each.answer.usage for each in answers if each.answer.usage is not None]
    return {
        "latency_ms": {"p50": median(took), "p95": quantiles(took, n=20)[-1] if len(took) > 1 else took[0]},
        "cost": {
            "calls": len(calls),
            "cents": sum(each.cost_microusd for each in calls) / 10_000,
            "fell_back": sum(_fell_back(each.reading.reader) for each in answers),
        },
    }


def _fell_back(reader: str) -> bool:
    """Whether the local reader stood in for a model that was asked."""
    return "(model " in reader and NOT_ASKED not in reader


def in_words(found: dict[str, Any]) -> str:
    """The same as the end of a line."""
    latency, cost = found["latency_ms"], found["cost"]
    said = f"p50 {latency['p50']:.2f} ms, p95 {latency['p95']:.2f} ms"
    if cost["calls"] or cost["fell_back"]:
        said += f", {cost['calls']} calls for {cost['cents']:.3f} cents, {cost['fell_back']} fell back"
    return said
