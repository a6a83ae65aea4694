"""`tend eval`: how well Tend reads, on labelled sentences of your own. Nothing is sent, stored or fetched."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec

from agent.clock import SystemClock
from agent.commands.eval_classes import Judged, report, table
from agent.commands.eval_dates import dates
from agent.commands.eval_slots import slots
from agent.rules.optout import Signal, signal
from agent.wiring import rehearsal_doors
from integrations.language_model import Intent, Reading, ReadingRequest, Sentiment

TIERS = {"sure": frozenset({Signal.STOP}), "doubt": frozenset({Signal.STOP, Signal.WRONG_PERSON, Signal.DOUBT})}
"""What each tier finds: `sure` suppresses at once, `doubt` at the least pauses and asks a person."""


class Sentence(msgspec.Struct, frozen=True, kw_only=True):
    """One labelled sentence. `optout`: it asks to be left alone; `label` only sorts the counts."""

    id: str
    text: str
    optout: bool
    label: str = ""


class Labelled(msgspec.Struct, frozen=True, kw_only=True):
    """One message with the label a person gave it, and what we had written before."""

    id: str
    text: str
    label: str
    previous_outbound: str = ""


_Line = TypeVar("_Line", Sentence, Labelled)

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


@click.group()
def command() -> None:
    """Measure how well Tend reads, on labelled sentences of your own."""


command.add_command(slots)
command.add_command(dates)


@command.command()
@click.option("--data", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True, help="JSON lines.")
@click.option("--predictions", type=click.Path(dir_okay=False, path_type=Path), help="Write every answer to this file.")
@click.option("--json", "as_json", is_flag=True, help="For a program.")
def optout(*, data: Path, predictions: Path | None, as_json: bool) -> None:
    """Recall and precision of the opt-out rules, per tier, on lines of {"id", "text", "optout", "label"}."""
    sentences = _read(data, Sentence)
    found = [signal(sentence.text) for sentence in sentences]
    if predictions is not None:
        predictions.write_text("".join(map(_prediction, sentences, found)), "utf-8")
    tiers = _report(sentences, found)
    click.echo(json.dumps(tiers, indent=2) if as_json else _table(tiers))


_DATA = click.option(
    "--data", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True, help="JSON lines."
)
_READER = click.option("--reader", type=click.Choice(["local"]), default="local", help="Who reads.", show_default=True)
_AS_JSON = click.option("--json", "as_json", is_flag=True, help="For a program.")


@command.command()
@_DATA
@_READER
@_AS_JSON
def reading(*, data: Path, reader: str, as_json: bool) -> None:
    """What each message wants, on lines of {"id", "text", "label"}, perhaps with "previous_outbound".

    Labels are intents. One the file never uses counts as the nearest that it does.
    """
    del reader  # there is one so far that needs no key
    lines = _read(data, Labelled)
    used = {ALSO_CALLED.get(line.label, line.label) for line in lines}
    _known(data, used, Intent)

    def answer(found: Reading) -> str:
        return found.intent if found.intent in used else NEAREST.get(found.intent, found.intent)

    _say(lines, answer, as_json=as_json)


@command.command()
@_DATA
@_READER
@_AS_JSON
def sentiment(*, data: Path, reader: str, as_json: bool) -> None:
    """The tone of each message, on lines of {"id", "text", "label"}: negative, neutral or positive."""
    del reader
    lines = _read(data, Labelled)
    _known(data, {line.label for line in lines}, Sentiment)
    _say(lines, lambda found: found.sentiment, as_json=as_json)


def _known(data: Path, used: set[str], kind: type[Intent | Sentiment]) -> None:
    strange = sorted(used - {each.value for each in kind})
    if strange:
        raise click.ClickException(f"{data}: no such label: {', '.join(strange)}")


def _say(lines: Sequence[Labelled], answer: Callable[[Reading], str], *, as_json: bool) -> None:
    found = report(asyncio.run(_judged(lines, answer)))
    click.echo(json.dumps(found, indent=2) if as_json else table(found))


async def _judged(lines: Sequence[Labelled], answer: Callable[[Reading], str]) -> list[Judged]:
    """Read every line, one after the other; the first is read twice, so that tables compile on nobody's time."""
    local = rehearsal_doors(SystemClock()).local_reader
    await local.read(ReadingRequest(lines[0].text))
    judged = []
    for line in lines:
        started = time.perf_counter()
        got = (await local.read(ReadingRequest(line.text, previous_outbound=line.previous_outbound))).reading
        spent = (time.perf_counter() - started) * 1000
        label = ALSO_CALLED.get(line.label, line.label)
        judged.append(Judged(line.id, line.text, label, str(answer(got)), got.confidence, spent))
    return judged


def _read(data: Path, kind: type[_Line]) -> Sequence[_Line]:
    read = msgspec.json.Decoder(kind)
    sentences: list[_Line] = []
    for number, line in enumerate(data.read_text("utf-8").splitlines(), start=1):
        try:
            sentences += [read.decode(line)] if line.strip() else []
        except msgspec.DecodeError as error:
            raise click.ClickException(f"{data}, line {number}: {error}") from None
    if not sentences:
        raise click.ClickException(f"{data} holds no sentences")
    return sentences


def _report(sentences: Sequence[Sentence], found: Sequence[Signal]) -> dict[str, Any]:
    """Per tier: how many opt-outs it found (recall), how many of what it found are opt-outs (precision; None of none).

    A wrong person is an answer of its own: told apart in `sure`, paused in `doubt`, and counted beside both.
    """
    pairs = list(zip(sentences, found, strict=True))
    wanted = sum(sentence.optout for sentence in sentences)
    tiers = {}
    for tier, signals in TIERS.items():
        hits = [sentence.optout for sentence, got in pairs if got in signals]
        right = sum(hits)
        tiers[tier] = {
            "recall": right / wanted if wanted else None,
            "precision": right / len(hits) if hits else None,
            "found": right,
            "missed": wanted - right,
            "false_alarms": len(hits) - right,
        }
    answers: dict[str, Counter[str]] = {}
    for sentence, got in pairs:
        answers.setdefault(sentence.label or ("opt_out" if sentence.optout else "other"), Counter())[got.value] += 1
    return {
        "sentences": len(sentences),
        "opt_outs": wanted,
        "others": len(sentences) - wanted,
        "tiers": tiers,
        "answers_by_label": {label: dict(counted) for label, counted in sorted(answers.items())},
    }


def _prediction(sentence: Sentence, found: Signal) -> str:
    line = {"id": sentence.id, "opt_out": found in TIERS["sure"], "pause": found in TIERS["doubt"], "signal": found}
    return json.dumps(line) + "\n"


def _table(report: dict[str, Any]) -> str:
    lines = [f"{report['sentences']} sentences, {report['opt_outs']} of them opt-outs"]
    for tier, figures in report["tiers"].items():
        recall, precision = (
            "-" if figures[name] is None else f"{figures[name]:.3f}" for name in ("recall", "precision")
        )
        lines.append(
            f"  {tier:6} recall {recall} (missed {figures['missed']}), "
            f"precision {precision} (false alarms {figures['false_alarms']})"
        )
    for label, counted in report["answers_by_label"].items():
        lines.append(f"  {label:14} " + ", ".join(f"{answer} {count}" for answer, count in sorted(counted.items())))
    return "\n".join(lines)
