"""`tend eval dates`: which days and hours phrases come to, held against what a person says they mean.

A line is a phrase with the instant it was said at, a zone, and the day it means (null: none). `until`, `from`, `to` and
`or` are judged where they stand: the last day, the hours, another day that would do. A line of a dialogue with a
labelled `visit_date` is read too: its wording is the phrase, its labelled day the answer, `--reference` the day it was
said on; and, beside it, the day that comes out when a reader has to find the phrase in the message first.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from agent.commands.eval_facts import Told
from agent.commands.eval_lines import READERS, read_lines
from agent.commands.eval_readers import reader_of
from agent.rules.spoken_times import When, resolve
from integrations.language_model import Reader, ReadingRequest

_SHOWN = 40
_JUDGED = ("until", "from", "to", "or")


class Phrase(Told, frozen=True, kw_only=True, rename={"from_": "from", "or_": "or"}):
    """A phrase and what it means, or a dialogue's line whose `slots` hold a `visit_date`."""

    reference: str = ""
    zone: str = ""
    date: str | None = None
    until: str | None = None
    from_: str | None = None
    to: str | None = None
    or_: str | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """One phrase: what it means, what it came to, and (in a dialogue) what came of the whole message."""

    id: str
    phrase: str
    wanted: dict[str, str | None]
    found: dict[str, str | None]
    in_message: str | None = None
    of_dialogue: bool = False

    @property
    def right(self) -> bool:
        """Whether the day and all else that is known of it came out."""
        return all(self.found[name] == value for name, value in self.wanted.items())


@click.command()
@click.option("--data", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True, help="JSON lines.")
@click.option("--reference", default="2019-03-01", show_default=True, help="The day of lines that name none.")
@click.option("--zone", default="America/Los_Angeles", show_default=True, help="The zone of lines that name none.")
@click.option("--reader", type=click.Choice(READERS), default="local", help="Who reads.", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="For a program.")
def dates(*, data: Path, reference: str, zone: str, reader: str, as_json: bool) -> None:
    """Which days phrases come to, on lines of {"id", "text", "reference", "zone", "date"}."""
    lines = read_lines(data, Phrase)
    dialogue = any(line.slots for line in lines)
    kept = [line for line in lines if not dialogue or line.accepted("visit_time")]
    try:
        judged = asyncio.run(_judged(kept, reference, zone, reads=reader_of(reader) if dialogue else None))
    except (ValueError, KeyError) as error:
        raise click.ClickException(f"{data}: {error}") from None
    if not judged:
        raise click.ClickException(f"{data} holds no phrases")
    report = measured(judged)
    click.echo(json.dumps(report, indent=2) if as_json else _table(report))


async def _judged(lines: Sequence[Phrase], reference: str, zone: str, *, reads: Reader | None) -> list[Judged]:
    """Work every phrase out; with a reader (in a dialogue) also what it finds in the whole message."""
    judged = []
    for line in lines:
        clock = ZoneInfo(line.zone or zone)
        said_at = datetime.fromisoformat(line.reference or f"{reference}T12:00")
        said_at = said_at if said_at.tzinfo is not None else said_at.replace(tzinfo=clock)
        if reads is None:
            found = _told(resolve(line.text, said_at=said_at, zone=clock))
            judged.append(Judged(line.id, line.text, _wanted(line), found))
            continue
        phrase = str(line.slots_surface.get("visit_date") or line.slots["visit_date"])
        read = await reads.read(ReadingRequest(line.text, previous_outbound=line.asked))
        judged.append(
            Judged(
                line.id,
                phrase,
                {"date": date.fromisoformat(str(line.slots["visit_date"])).isoformat()},
                _told(resolve(phrase, said_at=said_at, zone=clock)),
                in_message=_told(resolve(read.reading.slots.visit_time, said_at=said_at, zone=clock))["date"],
                of_dialogue=True,
            )
        )
    return judged


def measured(judged: Sequence[Judged]) -> dict[str, Any]:
    """The share that came out right, of phrases and (in dialogues) of messages, and every miss."""
    told = [each for each in judged if each.of_dialogue]
    whole = sum(each.in_message == each.wanted["date"] for each in told)
    misses = [each for each in judged if not each.right]
    return {
        "phrases": len(judged),
        "resolved": sum(each.found["date"] is not None for each in judged) / len(judged),
        "right": (len(judged) - len(misses)) / len(judged),
        "right_from_message": whole / len(told) if told else None,
        "misses": [
            {"id": each.id, "phrase": each.phrase, "wanted": each.wanted, "found": each.found} for each in misses
        ],
    }


def _wanted(line: Phrase) -> dict[str, str | None]:
    known = {"until": line.until, "from": line.from_, "to": line.to, "or": line.or_}
    return {"date": line.date} | {name: known[name] for name in _JUDGED if known[name] is not None or name != "or"}


def _told(when: When | None) -> dict[str, str | None]:
    """What a phrase came to, in the shape of a line."""
    if when is None:
        return dict.fromkeys(("date", *_JUDGED))
    days, part, one_day = when.days, when.part, when.days.last == when.days.first
    return {
        "date": when.day.isoformat(),
        "until": None if days.by or days.last is None or one_day else days.last.isoformat(),
        "from": f"{part.start:%H:%M}" if part is not None and part.start is not None else None,
        "to": f"{part.end:%H:%M}" if part is not None and part.end is not None else None,
        "or": when.either.day.isoformat() if when.either is not None else None,
    }


def _table(report: dict[str, Any]) -> str:
    whole = report["right_from_message"]
    lines = [
        f"{report['phrases']} phrases, right {report['right']:.3f}, resolved {report['resolved']:.3f}"
        + ("" if whole is None else f", right when first found in the message {whole:.3f}")
    ]
    for miss in report["misses"][:_SHOWN]:
        found = {name: miss["found"][name] for name in miss["wanted"]}
        lines.append(f"  {miss['id']}: {miss['phrase']}\n      {_said(miss['wanted'])}, found {_said(found)}")
    return "\n".join(lines)


def _said(told: dict[str, str | None]) -> str:
    return ", ".join(f"{name} {value}" for name, value in told.items() if value is not None) or "nothing"
