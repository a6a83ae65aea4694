"""`tend eval optout`: whether those who ask to be left alone are, and whether others are not silenced.

Each message goes the whole path of a reply: the rules for opt-out words, then the reader, which may raise to a doubt
(or, where it is a model, to a stop). Two tiers: *suppress* closes the address at once, *pause* silences Tend and asks a
person, or more.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from agent.commands.eval_classes import listed
from agent.commands.eval_lines import FIRST_MISSES, Sentence, read_lines, shared
from agent.commands.eval_path import Heard, Lead, hear
from agent.commands.eval_readers import in_words, reader_of, spent
from agent.rules.optout import is_stop_keyword
from integrations.language_model import Reader

_WRONG_PERSON = "wrong_person"
_ON_PURPOSE = ("hardneg", "gt", "hum", "pub")
"""Sources whose messages were collected because they look like opt-outs: what they cause is counted apart."""


@click.command()
@shared
@click.option("--predictions", type=click.Path(dir_okay=False, path_type=Path), help="Write every answer to this file.")
def optout(*, data: Path, reader: str, all_misses: bool, as_json: bool, predictions: Path | None) -> None:
    """Recall and precision of both tiers, on lines of {"id", "text", "optout", "must_stop", "label", "source"}."""
    sentences = read_lines(data, Sentence)
    heard = asyncio.run(_heard(reader_of(reader), sentences))
    if predictions is not None:
        predictions.write_text("".join(map(_prediction, sentences, heard)), "utf-8")
    found = tiers(sentences, heard) | {"reader": reader}
    most = None if all_misses else FIRST_MISSES
    click.echo(json.dumps(found, indent=2) if as_json else _table(found, most))


async def _heard(reader: Reader, sentences: Sequence[Sentence]) -> list[Heard]:
    return [await hear(reader, sentence.text, asked="", lead=Lead()) for sentence in sentences]


def tiers(sentences: Sequence[Sentence], heard: Sequence[Heard]) -> dict[str, Any]:
    """Per tier: how much of what it should find it found (recall), and how much of what it found was right (precision).

    What `suppress` should find is `must_stop`, opt-outs and wrong persons alike; what `pause` should find is `optout`,
    and a wrong person is none of its false alarms, since that address is closed. A figure of nothing is None.
    """
    pairs = list(zip(sentences, heard, strict=True))
    others = [(line, got) for line, got in pairs if not line.optout and line.label in {"", "other"}]
    ordinary = [got for line, got in others if line.source.split(":")[0] not in _ON_PURPOSE]
    keywords = [got for line, got in pairs if line.optout and is_stop_keyword(line.text)]
    return {
        "sentences": len(pairs),
        "opt_outs": sum(line.optout for line in sentences),
        "pause": _tier(
            [(line, line.optout, got.pauses) for line, got in pairs if line.optout or line.label != _WRONG_PERSON]
        ),
        "suppress": _tier([(line, _must_stop(line), got.suppresses) for line, got in pairs]),
        "ordinary": {"sentences": len(ordinary), **_share(ordinary)},
        "keywords": {"sentences": len(keywords), "suppressed": sum(got.suppresses for got in keywords)},
        "answers_by_label": _answers(pairs),
        **spent([got.read for got in heard if got.read is not None]),
    }


def _must_stop(line: Sentence) -> bool:
    return line.optout if line.must_stop is None else line.must_stop


def _tier(rows: Sequence[tuple[Sentence, bool, bool]]) -> dict[str, Any]:
    wanted = sum(due for _, due, _ in rows)
    found = sum(done for _, _, done in rows)
    right = sum(due and done for _, due, done in rows)
    return {
        "recall": right / wanted if wanted else None,
        "precision": right / found if found else None,
        "found": right,
        "missed": wanted - right,
        "false_alarms": found - right,
        "misses": [{"id": line.id, "text": line.text} for line, due, done in rows if due and not done],
        "alarms": [{"id": line.id, "text": line.text} for line, due, done in rows if done and not due],
    }


def _share(heard: Sequence[Heard]) -> dict[str, Any]:
    """How many ordinary messages each tier silences, and what share of them that is."""
    paused, suppressed = sum(got.pauses for got in heard), sum(got.suppresses for got in heard)
    return {
        "paused": paused,
        "paused_share": paused / len(heard) if heard else None,
        "suppressed": suppressed,
        "silent_for_another_reason": sum(got.silences and not got.pauses for got in heard),
    }


def _answers(pairs: Sequence[tuple[Sentence, Heard]]) -> dict[str, dict[str, int]]:
    """What became of each label of each kind of source."""
    counted: dict[str, Counter[str]] = {}
    for line, got in pairs:
        kind = line.source.split(":")[0]
        label = line.label or ("opt_out" if line.optout else "other")
        answer = "suppress" if got.suppresses else "pause" if got.pauses else "neither"
        counted.setdefault(f"{label} {kind}".strip(), Counter())[answer] += 1
    return {label: dict(answers.most_common()) for label, answers in sorted(counted.items())}


def _prediction(sentence: Sentence, got: Heard) -> str:
    line = {"id": sentence.id, "opt_out": got.suppresses, "pause": got.pauses, "signal": got.said}
    return json.dumps(line) + "\n"


def _table(found: dict[str, Any], most: int | None) -> str:
    ordinary, keywords = found["ordinary"], found["keywords"]
    lines = [f"{found['sentences']} lines, {found['opt_outs']} of them opt-outs, {in_words(found)}"]
    for tier in ("suppress", "pause"):
        figures = found[tier]
        recall, precision = (
            "-" if figures[name] is None else f"{figures[name]:.3f}" for name in ("recall", "precision")
        )
        lines.append(
            f"  {tier:8} recall {recall} (missed {figures['missed']}), "
            f"precision {precision} (false alarms {figures['false_alarms']})"
        )
    if ordinary["sentences"]:
        lines.append(
            f"  ordinary messages paused: {ordinary['paused']} of {ordinary['sentences']} "
            f"({ordinary['paused_share']:.2%}), suppressed: {ordinary['suppressed']}, "
            f"silent for another reason (a complaint, an annoyed no): {ordinary['silent_for_another_reason']}"
        )
    lines.append(f"  keywords suppressed: {keywords['suppressed']} of {keywords['sentences']}")
    for label, counted in found["answers_by_label"].items():
        lines.append(f"  {label:22} " + ", ".join(f"{answer} {count}" for answer, count in counted.items()))
    for tier in ("suppress", "pause"):
        lines += listed([f"  {tier} missed {each['id']}: {each['text']}" for each in found[tier]["misses"]], most)
        lines += listed([f"  {tier} false alarm {each['id']}: {each['text']}" for each in found[tier]["alarms"]], most)
    return "\n".join(lines)
