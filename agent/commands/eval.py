"""`tend eval`: how well Tend reads, on labelled sentences of your own. Nothing is sent, stored or fetched."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import msgspec

from agent.rules.optout import Signal, signal

TIERS = {"sure": frozenset({Signal.STOP}), "doubt": frozenset({Signal.STOP, Signal.WRONG_PERSON, Signal.DOUBT})}
"""What each tier finds: `sure` suppresses at once, `doubt` at the least pauses and asks a person."""


class Sentence(msgspec.Struct, frozen=True, kw_only=True):
    """One labelled sentence. `optout`: it asks to be left alone; `label` only sorts the counts."""

    id: str
    text: str
    optout: bool
    label: str = ""


@click.group()
def command() -> None:
    """Measure how well Tend reads, on labelled sentences of your own."""


@command.command()
@click.option("--data", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True, help="JSON lines.")
@click.option("--predictions", type=click.Path(dir_okay=False, path_type=Path), help="Write every answer to this file.")
@click.option("--json", "as_json", is_flag=True, help="For a program.")
def optout(*, data: Path, predictions: Path | None, as_json: bool) -> None:
    """Recall and precision of the opt-out rules, per tier, on lines of {"id", "text", "optout", "label"}."""
    sentences = _read(data)
    found = [signal(sentence.text) for sentence in sentences]
    if predictions is not None:
        predictions.write_text("".join(map(_prediction, sentences, found)), "utf-8")
    report = _report(sentences, found)
    click.echo(json.dumps(report, indent=2) if as_json else _table(report))


def _read(data: Path) -> Sequence[Sentence]:
    read = msgspec.json.Decoder(Sentence)
    sentences = []
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
