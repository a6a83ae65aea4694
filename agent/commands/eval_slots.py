"""`tend eval slots`: which facts a reader finds in messages, held against those a person labelled.

A fact is right when it is the labelled value or its wording, letter case and marks aside. A message is exact when every
labelled fact is right and none was found that is not there. Only facts the file labels at all are judged.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import click

from agent.commands.eval_facts import Told, as_labelled, found_in, labelled, plain, strange
from agent.commands.eval_lines import READERS, read_lines
from agent.commands.eval_readers import reader_of
from integrations.language_model import Reader, ReadingRequest

_SHOWN = 40


@click.command()
@click.option("--data", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True, help="JSON lines.")
@click.option(
    "--predictions", type=click.Path(dir_okay=False, path_type=Path), help="Write what was found to this file."
)
@click.option("--reader", type=click.Choice(READERS), default="local", help="Who reads.", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="For a program.")
def slots(*, data: Path, predictions: Path | None, reader: str, as_json: bool) -> None:
    """Which facts are found, on lines of {"id", "text", "previous_outbound", "slots": {"area", "beds", …}}."""
    lines = read_lines(data, Told)
    judged = labelled(lines)
    if not judged:
        raise click.ClickException(f"{data} labels no fact that Tend knows")
    found, spent = asyncio.run(_read(lines, reader_of(reader)))
    if predictions is not None:
        said = ({"id": line.id, "slots": as_labelled(got, lines)} for line, got in zip(lines, found, strict=True))
        predictions.write_text("".join(json.dumps(each) + "\n" for each in said), "utf-8")
    report = measured(lines, found, judged) | {
        "not_read": strange(lines),
        "ms_p50": median(spent),
        "ms_p95": quantiles(spent, n=20)[-1] if len(spent) > 1 else spent[0],
    }
    click.echo(json.dumps(report, indent=2) if as_json else _table(report))


async def _read(lines: Sequence[Told], reads: Reader) -> tuple[list[Mapping[str, object]], list[float]]:
    """Read every line; the first is read twice, so that patterns compile on nobody's time."""
    await reads.read(ReadingRequest(lines[0].text))
    found, spent = [], []
    for line in lines:
        started = time.perf_counter()
        answer = await reads.read(ReadingRequest(line.text, previous_outbound=line.asked))
        spent.append((time.perf_counter() - started) * 1000)
        found.append(found_in(answer.reading.slots))
    return found, spent


def measured(lines: Sequence[Told], found: Sequence[Mapping[str, object]], judged: Sequence[str]) -> dict[str, Any]:
    """Joint exactness over messages that name or were given a fact, and precision, recall and F1 of each fact."""
    counts: Counter[tuple[str, str]] = Counter()
    misses: list[dict[str, Any]] = []
    messages = 0
    for line, got in zip(lines, found, strict=True):
        wrong = {}
        for name in judged:
            wanted, said = line.accepted(name), got.get(name)
            right = said is not None and plain(said) in wanted
            counts[name, "right"] += right
            counts[name, "found"] += said is not None
            counts[name, "wanted"] += bool(wanted)
            if not right and (wanted or said is not None):
                wrong[name] = {"labelled": line.slots.get(name, "/".join(sorted(wanted))), "found": said}
        messages += any(line.accepted(name) or name in got for name in judged)
        if wrong:
            misses.append({"id": line.id, "text": line.text, "asked": line.asked, "wrong": wrong})
    return {
        "sentences": len(lines),
        "with_facts": messages,
        "joint_exact": (messages - len(misses)) / messages if messages else None,
        "slots": {name: _figures(name, counts) for name in judged},
        "misses": misses,
    }


def _figures(name: str, counts: Counter[tuple[str, str]]) -> dict[str, Any]:
    right, found, wanted = (counts[name, kind] for kind in ("right", "found", "wanted"))
    precision = right / found if found else None
    recall = right / wanted if wanted else None
    return {
        "precision": precision,
        "recall": recall,
        "f1": 2 * right / (found + wanted) if found + wanted else None,
        "labelled": wanted,
        "found": found,
    }


def _table(report: Mapping[str, Any]) -> str:
    exact = _share(report["joint_exact"])
    speed = f"ms p50 {report['ms_p50']:.2f}, p95 {report['ms_p95']:.2f}"
    lines = [f"{report['sentences']} sentences, {report['with_facts']} with facts, joint exact {exact}, {speed}"]
    for name, figures in report["slots"].items():
        shares = (f"{what} {_share(figures[what])}" for what in ("precision", "recall", "f1"))
        lines.append(f"  {name:12} {', '.join(shares)} (labelled {figures['labelled']}, found {figures['found']})")
    if report["not_read"]:
        lines.append(f"  not read: {', '.join(report['not_read'])}")
    for miss in report["misses"][:_SHOWN]:
        wrong = "; ".join(
            f"{name}: {each['labelled']!r}, found {each['found']!r}" for name, each in miss["wrong"].items()
        )
        lines.append(f"  {miss['id']}: {miss['text'][:160]}\n      {wrong}")
    if len(report["misses"]) > _SHOWN:
        lines.append(f"  and {len(report['misses']) - _SHOWN} more (--json shows all)")
    return "\n".join(lines)


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
