"""`tend eval hot`: whether the leads a person should be called out to are, and whether others are not.

Each conversation goes message by message through the path a real reply takes; what counts is whether its last message
calls a person out. Recall is the share of hot conversations that do, false alerts the share of those called out that
were not hot. Urgency is scored on the same last message.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from agent.commands.eval_classes import Judged, listed, report
from agent.commands.eval_lines import FIRST_MISSES, Conversation, read_lines, shared
from agent.commands.eval_path import Heard, Lead, hear
from agent.commands.eval_readers import in_words, reader_of, spent
from agent.rules.optout import Signal
from integrations.language_model import Reader, Urgency


@click.command()
@shared
def hot(*, data: Path, reader: str, all_misses: bool, as_json: bool) -> None:
    """Who is called out, on lines of {"id", "facts", "messages": [{"from", "text"}], "hot", "urgency"}."""
    lines = read_lines(data, Conversation)
    strange = sorted({line.urgency for line in lines} - {each.value for each in Urgency})
    if strange:
        raise click.ClickException(f"{data}: no such urgency: {', '.join(strange)}")
    empty = next((line.id for line in lines if not any(turn.by == "lead" for turn in line.messages)), None)
    if empty is not None:
        raise click.ClickException(f"{data}: in {empty} the lead says nothing")
    found = asyncio.run(measured(reader_of(reader), lines)) | {"reader": reader}
    most = None if all_misses else FIRST_MISSES
    click.echo(json.dumps(found, indent=2) if as_json else _table(found, most))


async def measured(reader: Reader, lines: Sequence[Conversation]) -> dict[str, Any]:
    """Every figure, ready for JSON."""
    heard = [await _last_heard(reader, line) for line in lines]
    pairs = list(zip(lines, heard, strict=True))
    wanted = sum(line.hot for line in lines)
    called = [line.hot for line, got in pairs if got.calls_out]
    urgencies = [
        Judged(id=line.id, text=line.messages[-1].text, label=line.urgency, answer=_urgency(got), confidence=1.0)
        for line, got in pairs
    ]
    return {
        "conversations": len(lines),
        "hot": wanted,
        "recall": sum(called) / wanted if wanted else None,
        "alerts": len(called),
        "false_alerts": called.count(False),
        "false_share": called.count(False) / len(called) if called else None,
        "missed": [_said(line, got) for line, got in pairs if line.hot and not got.calls_out],
        "called_out_for_nothing": [_said(line, got) for line, got in pairs if not line.hot and got.calls_out],
        "urgency": report(urgencies),
        **spent([got.read for got in heard if got.read is not None]),
    }


async def _last_heard(reader: Reader, line: Conversation) -> Heard:
    lead, asked, heard = Lead(line.facts), "", Heard(Signal.NONE)
    for turn in line.messages:
        if turn.by == "lead":
            heard = await hear(reader, turn.text, asked=asked, lead=lead)
        else:
            asked = turn.text
    return heard


def _urgency(heard: Heard) -> str:
    return heard.read.reading.urgency.value if heard.read is not None else Urgency.UNKNOWN.value


def _said(line: Conversation, heard: Heard) -> dict[str, str]:
    """What was decided instead, for a person to judge."""
    reading, decision = heard.read.reading if heard.read is not None else None, heard.decision
    return {
        "id": line.id,
        "text": " / ".join(f"{turn.by}: {turn.text}" for turn in line.messages[-2:]),
        "intent": reading.intent.value if reading is not None else heard.said.value,
        "urgency": _urgency(heard),
        "decided": decision.next_action if decision is not None else "not read",
    }


def _table(found: dict[str, Any], most: int | None) -> str:
    recall, share = (("-" if found[name] is None else f"{found[name]:.3f}") for name in ("recall", "false_share"))
    urgency = found["urgency"]
    return "\n".join(
        [
            (
                f"{found['conversations']} conversations, {found['hot']} of them hot: recall {recall}, "
                f"{found['alerts']} called out, {found['false_alerts']} for nothing ({share}), {in_words(found)}"
            ),
            f"  urgency: macro-F1 {urgency['macro_f1']:.3f}, accuracy {urgency['accuracy']:.3f}",
            *(
                f"    {label:8} precision {figures['precision']:.3f}  recall {figures['recall']:.3f}  "
                f"F1 {figures['f1']:.3f}  n {figures['sentences']}"
                for label, figures in urgency["labels"].items()
            ),
            *listed([_line("missed", each) for each in found["missed"]], most),
            *listed([_line("for nothing", each) for each in found["called_out_for_nothing"]], most),
        ]
    )


def _line(what: str, each: dict[str, str]) -> str:
    return f"  {what} {each['id']} ({each['intent']}, {each['urgency']}; {each['decided']}): {each['text']}"
