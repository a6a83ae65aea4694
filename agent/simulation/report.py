"""What a rehearsal found, as plain values: every touch from its start on, with its reason, and what that comes to.

A row is one touch. It tells what became of it and when, or until when it waits; `held` names the last reason it had to
wait for on the way. Words are opened only for the lead who was asked about.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.flows import planning
from agent.store import leads as lead_store
from agent.store.ids import shown
from agent.store.plain_rows import plain
from agent.store.tables import enrollments, leads, messages, touches
from agent.tend import Tend

_NAMES = ("first_name", "last_name")


class NobodyThere(LookupError):
    """No lead has that id or address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One touch. `at` is when it ended, or is due; `why` is the reason in words, `word` the same as one word."""

    at: datetime
    due_at: datetime
    lead: str
    name: str
    zone: str
    sequence: str
    step: str
    channel: str
    kind: str
    state: str
    word: str
    held: str
    why: str
    touch_id: UUID
    segments: int
    subject: str = ""
    body: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed:
    """Everything a rehearsal tells. `paused`: all sending is paused now; the rehearsal went on as if it were not.

    `segment_price` is what a segment of a text costs, in micro-dollars.
    """

    start: datetime
    until: datetime
    leads: int
    paused: bool
    segment_price: int
    rows: tuple[Told, ...] = field(repr=False)

    def counted(self) -> dict[str, Any]:
        """The sums a program reads: `touches` by state, `skipped` and `held` by reason."""
        segments = sum(row.segments for row in self.rows if row.state == "sent")
        return {
            "leads": self.leads,
            "from": self.start.isoformat(),
            "until": self.until.isoformat(),
            "sending_paused": self.paused,
            "touches": dict(Counter(row.state for row in self.rows)),
            "sent_by_channel": dict(Counter(row.channel for row in self.rows if row.state == "sent")),
            "text_segments": segments,
            "texts_cost_micro_dollars": segments * self.segment_price,
            "skipped": dict(Counter(row.word for row in self.rows if row.state == "skipped")),
            "held": dict(Counter(row.held for row in self.rows if row.held)),
        }


async def gather(tend: Tend, *, start: datetime, until: datetime, sequence: str | None, paused: bool) -> Rehearsed:
    """Read what happened between the two instants (of one sequence, or all), in the order it happened."""
    async with tend.reading() as conn:
        people = select(func.count()).where(leads.c.team_id == tend.team_id, leads.c.deleted_at.is_(None))
        how_many = (await conn.execute(people)).scalar_one()
        rows = await _rows(conn, tend, start=start, sequence=sequence)
        told = sorted((_told(tend, row) for row in rows), key=lambda each: (each.at, each.lead, each.touch_id))
        return Rehearsed(
            start=start,
            until=until,
            leads=how_many,
            paused=paused,
            segment_price=tend.settings.tend_text_segment_price,
            rows=tuple(told),
        )


async def of_lead(tend: Tend, found: Rehearsed, lead_id: UUID) -> Rehearsed:
    """The same for one lead, with the words they would get."""
    rows = [row for row in found.rows if row.lead == shown("lead", lead_id)]
    async with tend.reading() as conn:
        written = {
            row.touch_id: row
            for row in await conn.execute(
                select(messages).where(
                    messages.c.team_id == tend.team_id, messages.c.lead_id == lead_id, messages.c.direction == "out"
                )
            )
        }
    return replace(found, leads=1, rows=tuple(_with_words(tend, row, written.get(row.touch_id)) for row in rows))


async def find(tend: Tend, asked: str) -> UUID:
    """A lead by its id as shown, its email address or its phone number. Raises `NobodyThere`."""
    async with tend.reading() as conn:
        found = await lead_store.asked_for(conn, team_id=tend.team_id, sealer=tend.sealer, asked=asked)
    if found is None:
        raise NobodyThere(f"no lead is “{asked}”; give an id (lead_…), an email address or a phone number")
    return found


def _with_words(tend: Tend, row: Told, message: Row[Any] | None) -> Told:
    if message is None:
        return row
    opened = tend.sealer.open
    return replace(
        row,
        subject=opened("messages", "subject", message.id, message.subject),
        body=opened("messages", "body", message.id, message.body),
    )


async def _rows(conn: AsyncConnection, tend: Tend, *, start: datetime, sequence: str | None) -> list[Row[Any]]:
    question = (
        select(
            touches.c.id,
            touches.c.lead_id,
            touches.c.step,
            touches.c.kind,
            touches.c.channel,
            touches.c.purpose,
            touches.c.state,
            touches.c.due_at,
            touches.c.ended_at,
            touches.c.word,
            touches.c.held_word,
            touches.c.reason,
            touches.c.verdict,
            messages.c.segments,
            leads.c.first_name,
            leads.c.last_name,
            leads.c.zones,
            enrollments.c.sequence,
            enrollments.c.version_id,
        )
        .join(leads, (leads.c.team_id == touches.c.team_id) & (leads.c.id == touches.c.lead_id))
        .outerjoin(
            enrollments, (enrollments.c.team_id == touches.c.team_id) & (enrollments.c.id == touches.c.enrollment_id)
        )
        .outerjoin(messages, (messages.c.team_id == touches.c.team_id) & (messages.c.id == touches.c.message_id))
        .where(touches.c.team_id == tend.team_id, or_(touches.c.ended_at.is_(None), touches.c.ended_at >= start))
    )
    if sequence is not None:
        question = question.where(enrollments.c.sequence == sequence)
    rows = plain(await conn.execute(question))
    await planning.pinned(conn, tend, [row for row in rows if row.version_id is not None])
    return rows


def _told(tend: Tend, row: Row[Any]) -> Told:
    step = row.purpose
    if row.version_id is not None and row.step is not None:
        step = tend.plans[row.version_id].steps[row.step].id
    name = " ".join(tend.sealer.open("leads", part, row.lead_id, getattr(row, part)) for part in _NAMES)
    return Told(
        at=row.ended_at or row.due_at,
        due_at=row.due_at,
        lead=shown("lead", row.lead_id),
        name=name.strip(),
        zone=row.zones.split(",")[0] or tend.team.zone,
        sequence=row.sequence or "",
        step=step,
        channel=row.channel,
        kind=row.kind,
        state=row.state,
        word=row.word,
        held=row.held_word,
        why=row.reason or row.verdict,
        touch_id=row.id,
        segments=row.segments or 0,
    )
