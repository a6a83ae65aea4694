"""A rehearsal told to a person or a program: tables on a terminal, one JSON object, or CSV with a row per touch."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from agent.simulation.report import Rehearsed, Told

MOST_LEADS = 40
"""Leads shown where a person is watching; a file gets them all."""
_COLUMNS = (
    "at",
    "due_at",
    "lead",
    "name",
    "zone",
    "sequence",
    "step",
    "channel",
    "kind",
    "state",
    "word",
    "held",
    "why",
    "segments",
    "subject",
    "body",
)
_CALLED = {"email": "email", "sms": "text", "whatsapp": "WhatsApp message", "call": "call"}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_json(found: Rehearsed) -> str:
    """One JSON object: the sums, and under `rows` each touch."""
    return json.dumps({**found.counted(), "rows": [_plain(row) for row in found.rows]})


def as_csv(found: Rehearsed) -> str:
    """A header and a row per touch. A cell that a spreadsheet would take for a formula begins with an apostrophe."""
    written = io.StringIO()
    writer = csv.DictWriter(written, _COLUMNS)
    writer.writeheader()
    for row in found.rows:
        writer.writerow({key: _safe(value) for key, value in _plain(row).items()})
    return written.getvalue()


def _safe(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def print_everyone(found: Rehearsed, console: Console) -> None:
    """Who gets what, a line per lead; below it, what does not go out and why."""
    theirs: dict[str, list[Told]] = {}
    for row in found.rows:
        theirs.setdefault(row.lead, []).append(row)
    shown = list(theirs.values())[: MOST_LEADS if console.is_terminal else None]
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("Lead", "Sequence", "First", "Last"):
        table.add_column(name, overflow="ellipsis", no_wrap=name in {"First", "Last"})
    for name in ("Emails", "Texts", "Calls", "Held", "Skipped"):
        table.add_column(name, justify="right")
    table.add_column("Why not")
    for rows in shown:
        table.add_row(*_line(rows))
    console.print(table)
    if len(shown) < len(theirs):
        console.print(f"… and {len(theirs) - len(shown):,} more leads: --csv or --json has them all", style="dim")
    _print_sums(found, console)


def print_one(found: Rehearsed, console: Console) -> None:
    """One lead's own timeline, on the lead's clock, with the words."""
    if not found.rows:
        console.print("Nothing is planned for this lead.")
        return
    first = found.rows[0]
    console.print(f"{escape(first.name or first.lead)}, times in {first.zone}", style="bold")
    for row in found.rows:
        console.print(
            Text(f"\n{_when(row.at, row.zone)}  {_CALLED.get(row.channel, row.channel)}  {_became(row)}", style="bold")
        )
        console.print(Text(f"{row.sequence} · {row.step}" if row.sequence else row.kind, style="dim"))
        if row.why:
            console.print(Text(row.why, style="dim"))
        if row.subject:
            console.print(Text(f"Subject: {row.subject}"))
        if row.body:
            console.print(Text(row.body.strip()))


def _print_sums(found: Rehearsed, console: Console) -> None:
    sums = found.counted()
    sent = sums["sent_by_channel"]
    days = (found.until - found.start).days
    console.print(
        f"\n{found.leads:,} leads, {days} days from {found.start:%a %d %b %Y %H:%M} UTC: "
        f"{sent.get('email', 0):,} emails, {sent.get('sms', 0):,} texts, {sent.get('call', 0):,} calls to make."
    )
    if sums["text_segments"]:
        cost = sums["texts_cost_micro_dollars"] / 1_000_000
        console.print(f"The texts are {sums['text_segments']:,} segments and cost about ${cost:,.2f}.")
    for said, counts in (("skipped", sums["skipped"]), ("held for a while", sums["held"])):
        for word, how_many in sorted(counts.items(), key=lambda each: -each[1]):
            console.print(f"  {how_many:7,}  {said}: {word.replace('_', ' ')}")
    if found.paused:
        console.print("All sending is paused now. This is what happens if you resume at the start.", style="yellow")
    console.print("A rehearsal: nothing was sent, and your database was only read.", style="dim")


def _line(rows: Sequence[Told]) -> tuple[str, ...]:
    sent = Counter(row.channel for row in rows if row.state == "sent")
    whys = Counter((row.word or row.state).replace("_", " ") for row in rows if row.state in _NOT_SENT)
    went = [row for row in rows if row.state == "sent"]
    first, last = (_when(went[i].at, went[i].zone) if went else "" for i in (0, -1))
    return (
        escape(rows[0].name or rows[0].lead),
        escape(", ".join(dict.fromkeys(row.sequence for row in rows if row.sequence))),
        first,
        last,
        *(str(sent[channel]) for channel in ("email", "sms", "call")),
        str(sum(1 for row in rows if row.held)),
        str(sum(1 for row in rows if row.state == "skipped")),
        ", ".join(f"{word} {number}" for word, number in whys.most_common(3)),
    )


_NOT_SENT = frozenset({"skipped", "canceled", "failed", "uncertain"})


def _became(row: Told) -> str:
    said = "to-do for a person" if row.channel == "call" and row.state == "sent" else row.state
    return f"{said} (held: {row.held.replace('_', ' ')})" if row.held else said


def _when(moment: datetime, zone: str) -> str:
    return f"{moment.astimezone(ZoneInfo(zone)):%a %d %b %H:%M}"


def _plain(row: Told) -> dict[str, Any]:
    values = {key: getattr(row, key) for key in _COLUMNS}
    return {**values, "at": row.at.isoformat(), "due_at": row.due_at.isoformat()}
