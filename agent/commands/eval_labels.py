"""`tend eval reading` and `tend eval sentiment`: what messages want and in what tone, against a person's labels."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from agent.commands.eval_classes import Judged, report, table
from agent.commands.eval_lines import FIRST_MISSES, Labelled, read_lines, shared
from agent.commands.eval_readers import Timed, in_words, reader_of, spent, timed
from integrations.language_model import Intent, Reading, ReadingRequest, Sentiment

ALSO_CALLED = {"oos": "out_of_scope", "thanks_bye": "thanks", "bye": "thanks", "maybe": "unclear"}
"""Labels under other names, as public data sets have them."""

NEAREST = {
    Intent.BUY_AND_SELL: Intent.SELL,
    Intent.INVEST: Intent.BUY,
    Intent.VALUATION: Intent.QUESTION,
    Intent.NOT_NOW: Intent.NOT_INTERESTED,
    Intent.HAS_AGENT: Intent.NOT_INTERESTED,
    Intent.COMPLAINT: Intent.OUT_OF_SCOPE,
    Intent.UNCLEAR: Intent.OUT_OF_SCOPE,
}
"""What an intent counts as on a file that never uses it as a label."""


@click.command()
@shared
def reading(*, data: Path, reader: str, all_misses: bool, as_json: bool) -> None:
    """What each message wants, on lines of {"id", "text", "label"}, perhaps with "previous_outbound".

    Labels are intents. One the file never uses counts as the nearest that it does. `tend eval export` writes such a
    file of what your people corrected.
    """
    lines = read_lines(data, Labelled)
    used = {ALSO_CALLED.get(line.label, line.label) for line in lines}
    _known(data, used, Intent)
    _say(lines, reader, _as_used(used), all_misses=all_misses, as_json=as_json)


@click.command()
@shared
def sentiment(*, data: Path, reader: str, all_misses: bool, as_json: bool) -> None:
    """The tone of each message, on lines of {"id", "text", "label"}: negative, neutral or positive."""
    lines = read_lines(data, Labelled)
    _known(data, {line.label for line in lines}, Sentiment)
    _say(lines, reader, lambda found: found.sentiment, all_misses=all_misses, as_json=as_json)


def _as_used(used: set[str]) -> Callable[[Reading], str]:
    """The intent, or its neighbour where the file never uses it."""
    return lambda found: found.intent if found.intent in used else NEAREST.get(found.intent, found.intent)


def _known(data: Path, used: set[str], kind: type[Intent | Sentiment]) -> None:
    strange = sorted(used - {each.value for each in kind})
    if strange:
        raise click.ClickException(f"{data}: no such label: {', '.join(strange)}")


def _say(
    lines: Sequence[Labelled], reader: str, answer: Callable[[Reading], str], *, all_misses: bool, as_json: bool
) -> None:
    requests = [ReadingRequest(line.text, previous_outbound=line.previous_outbound) for line in lines]
    answers = asyncio.run(timed(reader_of(reader), requests))
    cost = spent(answers)
    found = report(as_judged(lines, answers, answer)) | {"reader": reader} | cost
    most = None if all_misses else FIRST_MISSES
    click.echo(json.dumps(found, indent=2) if as_json else table(found, tail=in_words(cost), most=most))


def as_judged(lines: Sequence[Labelled], answers: Sequence[Timed], answer: Callable[[Reading], str]) -> list[Judged]:
    """Each line with the answer that `answer` takes out of its reading."""
    return [
        Judged(
            id=line.id,
            text=line.text,
            label=ALSO_CALLED.get(line.label, line.label),
            answer=str(answer(got.reading)),
            confidence=got.reading.confidence,
            source=line.source,
        )
        for line, got in zip(lines, answers, strict=True)
    ]
