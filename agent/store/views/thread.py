"""The conversation with one lead as one list: what was said, what happened, what was not sent, each with its reason.

Messages, timeline events and touches without a message are merged by time. Every outbound message says who wrote it,
why it was allowed to go and what became of it; a reading stands under the words it read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.rules.deliveries import FAILED
from agent.rules.triage_words import SAID
from agent.store import attachments
from agent.store.attachments import Attachment
from agent.store.seal import Sealer
from agent.store.tables import lead_events, messages, readings, touches
from channels.receipts import ReceiptKind
from channels.sms import Segments, segments
from integrations.language_model import ENGLISH, NOT_ASKED, Intent

_CAME = {
    ReceiptKind.SENT: "sent",
    ReceiptKind.DELAYED: "on its way, delayed",
    ReceiptKind.UNDELIVERED: "not delivered",
    ReceiptKind.REJECTED: "turned away by the sender",
    ReceiptKind.UNSUBSCRIBED: "delivered, unsubscribed",
    ReceiptKind.COMPLAINED: "reported as spam",
}
_BECAME = {
    "sent": "sent",
    "sending": "leaving now",
    "failed": "failed",
    "uncertain": "uncertain",
    "planned": "will be tried again",
    "claimed": "leaving now",
}
_NOT_SENT = {"skipped": "Not sent", "canceled": "Canceled", "failed": "Failed"}
_AT_ONE_INSTANT = {"event": 0, "in": 1, "out": 2, "quiet": 3}
_FIRST = ("arrived", "seen_again")
_NOTHING = Segments("", 0)
_CALLED = {"email": "email", "sms": "text", "whatsapp": "WhatsApp", "call": "call"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry. `kind`: `in` their words, `out` ours, `event` what happened, `quiet` what was not sent and why.

    `who` is a name, `by_tend` says Tend wrote it. `why` is the gate's verdict or the reading; `state` is what became
    of an outbound message. `ask_about` names the touch of which a person must say whether it arrived. `segments` and
    `encoding` are how a text is billed, `attachments` what came with it. `reading_id` is the reading a person may
    correct, `meant` what one said it means.
    """

    kind: Literal["in", "out", "event", "quiet"]
    at: datetime
    channel: str
    who: str
    by_tend: bool
    subject: str
    body: str
    why: str
    state: str
    trouble: bool
    ask_about: UUID | None = None
    segments: int = 0
    encoding: str = ""
    attachments: tuple[Attachment, ...] = ()
    reading_id: UUID | None = None
    meant: str = ""


async def thread(
    conn: AsyncConnection,
    *,
    team_id: UUID,
    sealer: Sealer,
    lead_id: UUID,
    first_name: str,
    user_names: Mapping[str, str],
) -> tuple[Entry, ...]:
    """All entries, oldest first. `user_names` are by user key, as messages name who wrote."""
    said = await _messages(conn, team_id=team_id, lead_id=lead_id)
    files = await attachments.of_lead(conn, team_id=team_id, sealer=sealer, lead_id=lead_id)
    entries = [_said(sealer, row, files.get(row.id, ()), first_name=first_name, user_names=user_names) for row in said]
    spoken = {row.touch_id for row in said}
    answered = min((entry.at for entry in entries if entry.by_tend), default=None)
    entries += await _events(
        conn, team_id=team_id, sealer=sealer, lead_id=lead_id, first_name=first_name, answered=answered
    )
    quiet = await conn.execute(
        select(touches).where(
            touches.c.team_id == team_id, touches.c.lead_id == lead_id, touches.c.state.in_(tuple(_NOT_SENT))
        )
    )
    entries += [_quiet(row) for row in quiet if row.id not in spoken]
    return tuple(sorted(entries, key=lambda entry: (entry.at, _AT_ONE_INSTANT[entry.kind])))


async def _messages(conn: AsyncConnection, *, team_id: UUID, lead_id: UUID) -> list[Row[Any]]:
    rows = await conn.execute(
        select(
            messages,
            touches.c.state.label("touch_state"),
            touches.c.reason.label("touch_reason"),
            touches.c.word.label("touch_word"),
            touches.c.verdict,
            touches.c.kind.label("touch_kind"),
            readings.c.id.label("reading_id"),
            readings.c.intent,
            readings.c.confidence_percent,
            readings.c.reader,
            readings.c.detail,
            readings.c.corrected_intent,
        )
        .outerjoin(touches, (touches.c.team_id == messages.c.team_id) & (touches.c.id == messages.c.touch_id))
        .outerjoin(readings, (readings.c.team_id == messages.c.team_id) & (readings.c.message_id == messages.c.id))
        .where(messages.c.team_id == team_id, messages.c.lead_id == lead_id)
        .order_by(messages.c.at, messages.c.id)
    )
    return list(rows)


def _said(
    sealer: Sealer,
    row: Row[Any],
    files: tuple[Attachment, ...],
    *,
    first_name: str,
    user_names: Mapping[str, str],
) -> Entry:
    inbound = row.direction == "in"
    body = sealer.open("messages", "body", row.id, row.body)
    billed = row.channel == "sms" and not inbound and bool(body)
    cost = segments(body) if billed else _NOTHING
    state, trouble = ("", False) if inbound else _became(row)
    return Entry(
        kind="in" if inbound else "out",
        at=row.at,
        channel=_CALLED.get(row.channel, row.channel),
        who=first_name if inbound else user_names.get(row.written_by, "Tend"),
        by_tend=not inbound and row.written_by == "tend",
        subject=sealer.open("messages", "subject", row.id, row.subject) if row.channel == "email" else "",
        body=body or ("" if files else "(the words are not here)"),
        why=_read(sealer, row) if inbound else row.verdict or "",
        state=state,
        trouble=trouble,
        ask_about=row.touch_id if (row.touch_state, row.touch_word) == ("uncertain", "asked") else None,
        segments=cost.count,
        encoding=cost.encoding,
        attachments=files,
        reading_id=row.reading_id if row.intent else None,
        meant=SAID[Intent(row.corrected_intent)] if row.corrected_intent else "",
    )


def _became(row: Row[Any]) -> tuple[str, bool]:
    """What became of an outbound message, as far as it is known, and whether that is trouble."""
    if row.touch_state in {"sent", None} and row.delivery:
        kind = ReceiptKind(row.delivery)
        why = row.delivery_reason.replace("_", " ")
        said = _CAME.get(kind, kind.value)
        return f"{said}: {why}" if why and kind in FAILED else said, kind in FAILED or kind is ReceiptKind.COMPLAINED
    state = _BECAME.get(row.touch_state or "sent", row.touch_state or "")
    reason = "" if row.touch_reason == row.verdict else row.touch_reason or ""
    said = f"{state}: {reason}" if state not in {"", "sent"} and reason else state
    return said, row.touch_state in {"failed", "uncertain"}


def _read(sealer: Sealer, row: Row[Any]) -> str:
    """How the words were read and how sure that is."""
    if row.reading_id is None:
        return ""
    if not row.intent:
        return "not read yet"
    detail = json.loads(sealer.open("readings", "detail", row.reading_id, row.detail) or "{}")
    meant = detail.get("reason") or SAID[Intent(row.intent)]
    if row.intent == Intent.UNCLEAR and detail.get("language", ENGLISH) not in {"", ENGLISH}:
        return f"Not read: {meant}"
    return f"Read as: {meant}, {row.confidence_percent}% sure{_by(row.reader)}"


def _by(reader: str) -> str:
    """Who read, where that is worth a word: a model by its name, the local reader only when it stood in for one."""
    name, _, cause = reader.partition(" (")
    if not name.startswith("local"):
        return f"; read by {reader}"
    cause = cause.rstrip(")")
    return f"; the {cause}, so Tend read it itself" if cause not in {"", NOT_ASKED} else ""


async def _events(
    conn: AsyncConnection,
    *,
    team_id: UUID,
    sealer: Sealer,
    lead_id: UUID,
    first_name: str,
    answered: datetime | None,
) -> list[Entry]:
    rows = await conn.execute(
        select(lead_events)
        .where(lead_events.c.team_id == team_id, lead_events.c.lead_id == lead_id)
        .order_by(lead_events.c.at, lead_events.c.kind.not_in(_FIRST), lead_events.c.id)
    )
    entries = []
    for row in rows:
        words = json.loads(sealer.open("lead_events", "payload", row.id, row.payload) or "{}")
        said = str(words.get("said") or row.kind.replace("_", " "))
        if row.kind == "arrived" and answered is not None:
            said += f" · Tend answered {_quickly(answered - row.at)}"
        entries.append(_entry("event", row.at, body=said))
        if words.get("message"):
            entries.append(_entry("in", row.at, body=str(words["message"]), channel="on arrival", who=first_name))
    return entries


def _quickly(took: timedelta) -> str:
    seconds = round(took.total_seconds())
    if seconds < 1:
        return "at once"
    return (
        f"in {seconds} s"
        if seconds < 120
        else f"in {seconds // 60} min"
        if seconds < 7200
        else f"in {seconds // 3600} h"
    )


def _quiet(row: Row[Any]) -> Entry:
    what = f"{_NOT_SENT[row.state]}: {_CALLED.get(row.channel, row.channel)}"
    step = f", step {row.step + 1}" if row.step is not None else ""
    return _entry("quiet", row.ended_at or row.planned_at, body=f"{what}{step}", why=row.reason or row.verdict)


def _entry(
    kind: Literal["in", "event", "quiet"], at: datetime, *, body: str, channel: str = "", who: str = "", why: str = ""
) -> Entry:
    return Entry(
        kind=kind,
        at=at,
        channel=channel,
        who=who,
        by_tend=False,
        subject="",
        body=body,
        why=why,
        state="",
        trouble=False,
    )
