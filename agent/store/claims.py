"""Claims on due work: one conditional UPDATE … RETURNING per batch, with leases on the database's clock.

A claimed row whose lease lapsed goes back to waiting: nothing was done with it. A touch or alert whose lease lapsed
while `sending` becomes `uncertain`: it may have left. (Claim form and literals: measured, see docs/decisions.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CompoundSelect,
    Table,
    and_,
    bindparam,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import ReturningUpdate

from agent.store.columns import database_now
from agent.store.plain_rows import plain
from agent.store.tables import (
    alerts,
    attachments,
    enrollments,
    installation,
    leads,
    offers,
    outbox,
    readings,
    submissions,
    todos,
    touches,
    webhook_events,
)

WAITING = {
    "webhook_events": "kept",
    "submissions": "kept",
    "touches": "planned",
    "readings": "unread",
    "alerts": "planned",
    "outbox": "waiting",
    "attachments": "waiting",
}
_WORKED_BY = {
    webhook_events: "intake",
    submissions: "intake",
    touches: "sending",
    readings: "reading",
    alerts: "alerts",
    outbox: "crm_sync",
    attachments: "attachments",
}
_LEAVES_THE_HOUSE = (touches, alerts)
_SILENT_IN_A_COPY = (touches, alerts, outbox)
ASK_AFTER = timedelta(minutes=15)
"""How long after a lapse the sender is asked at the earliest: a frozen node may wake and finish its call."""


@dataclass(frozen=True, slots=True)
class Claimer:
    """Who claims: the node's name and how long its leases last."""

    node: str
    lease_seconds: float


@dataclass(frozen=True, slots=True)
class Only:
    """Some kind of rows: those whose `column` holds one of `these`, or with `but` all others."""

    column: str
    these: tuple[str, ...]
    but: bool = False


async def claim(
    conn: AsyncConnection,
    table: Table,
    *,
    team_id: UUID,
    now: datetime,
    limit: int,
    by: Claimer,
    only: Only | None = None,
) -> Sequence[Row[Any]]:
    """Claim up to `limit` rows that are due at `now` (`only` some kind of them), oldest first; return them whole.

    Of touches only id and channel come back: the sending path reads them again where it marks them.
    """
    statement = _claim(table, only, by.lease_seconds, skip_locked=conn.dialect.name == "postgresql")
    asked = {"team": team_id, "now": now, "most": limit, "node": by.node}
    return plain(await conn.execute(statement, asked))


@lru_cache(maxsize=64)
def _claim(table: Table, only: Only | None, lease_seconds: float, *, skip_locked: bool) -> ReturningUpdate[Any]:
    """The statement, built once for each kind of claim."""
    due = (
        select(table.c.id)
        .where(table.c.team_id == bindparam("team"), _waiting(table), table.c.due_at <= bindparam("now"))
        .order_by(table.c.due_at)
        .limit(bindparam("most"))
    )
    if table in _SILENT_IN_A_COPY:
        due = due.where(_may_go(table))
    if only is not None:
        these = table.c[only.column].in_(only.these)
        due = due.where(~these if only.but else these)
    if skip_locked:
        due = due.with_for_update(skip_locked=True, of=table)
    chosen = due.cte("chosen")
    if skip_locked:
        chosen = chosen.prefix_with("MATERIALIZED")
    return (
        update(table)
        .where(table.c.team_id == bindparam("team"), table.c.id.in_(select(chosen.c.id)))
        .values(
            state="claimed",
            attempts=table.c.attempts + 1,
            lease_owner=bindparam("node"),
            lease_until=database_now(lease_seconds),
        )
        .returning(*((table.c.id, table.c.channel) if table is touches else table.c))
    )


async def let_go(conn: AsyncConnection, *, team_id: UUID) -> None:
    """Let every lease lapse at once: nobody will come back to finish (a copy of a database at work)."""
    for table in _WORKED_BY:
        await conn.execute(
            update(table)
            .where(table.c.team_id == team_id, table.c.lease_until.is_not(None))
            .values(lease_until=database_now(-1))
        )


async def reclaim_lapsed(conn: AsyncConnection, *, team_id: UUID, now: datetime) -> dict[str, int]:
    """Settle rows whose lease lapsed; count those `returned` to waiting and those now `uncertain`."""
    returned = uncertain = 0
    for table in _WORKED_BY:
        lapsed = and_(table.c.team_id == team_id, table.c.lease_until < database_now())
        back = await conn.execute(
            update(table)
            .where(lapsed, table.c.state == literal_column("'claimed'"))
            .values(state=WAITING[table.name], lease_owner=None, lease_until=None)
        )
        returned += back.rowcount
        if table in _LEAVES_THE_HOUSE:
            lost = await conn.execute(
                update(table)
                .where(lapsed, table.c.state == literal_column("'sending'"))
                .values(
                    state="uncertain",
                    due_at=now + ASK_AFTER,
                    reason="the call's end was not recorded",
                    lease_until=None,
                )
            )
            uncertain += lost.rowcount
    return {"returned": returned, "uncertain": uncertain}


async def next_due(conn: AsyncConnection, *, team_id: UUID) -> dict[str, datetime]:
    """The earliest instant at which each tick has work, by its name, in one question; idle ticks are missing."""
    found: dict[str, datetime] = {}
    for row in await conn.execute(_next_due(team_id)):
        if row.due_at is not None:
            found[row.tick] = min(row.due_at, found.get(row.tick, row.due_at))
    return found


@lru_cache(maxsize=64)
def _next_due(team_id: UUID) -> CompoundSelect[Any]:
    """The question, built once: it is asked at every stop of a moved clock."""
    questions = []
    for table, tick in _WORKED_BY.items():
        earliest = select(literal(tick).label("tick"), func.min(table.c.due_at).label("due_at"))
        earliest = earliest.where(table.c.team_id == team_id, _waiting(table))
        questions.append(earliest.where(_may_go(table)) if table in _SILENT_IN_A_COPY else earliest)
    questions += [
        select(literal("reconcile"), func.min(touches.c.due_at)).where(
            touches.c.team_id == team_id,
            touches.c.state == literal_column("'uncertain'"),
            touches.c.word != literal_column("'asked'"),
        ),
        select(literal("upkeep"), func.min(enrollments.c.resume_at)).where(
            enrollments.c.team_id == team_id, enrollments.c.state == literal_column("'paused'")
        ),
        select(literal("upkeep"), func.min(todos.c.next_alert_at)).where(
            todos.c.team_id == team_id, todos.c.state == literal_column("'open'")
        ),
        select(literal("upkeep"), func.min(offers.c.until)).where(
            offers.c.team_id == team_id, offers.c.state == literal_column("'open'")
        ),
        select(literal("scoring"), func.min(leads.c.rescore_at)).where(
            leads.c.team_id == team_id, leads.c.rescore_at.is_not(None)
        ),
        select(literal("likeness"), func.min(leads.c.updated_at)).where(
            leads.c.team_id == team_id, leads.c.compared_at.is_(None), leads.c.deleted_at.is_(None)
        ),
    ]
    return union_all(*questions)


def _waiting(table: Table) -> Any:
    return table.c.state == literal_column(f"'{WAITING[table.name]}'")


def _may_go(table: Table) -> Any:
    """Nothing leaves a database that is a copy; a touch of an enrollment goes only while that is active.

    The CRM hears of a lead in the order things happened: what is owed waits while something earlier is told or waits
    longer.
    """
    copied = exists(select(literal_column("1")).select_from(installation).where(installation.c.copy_since.is_not(None)))
    if table is outbox:
        earlier = outbox.alias()
        before = exists(literal_column("1")).select_from(earlier)
        before = before.where(earlier.c.team_id == outbox.c.team_id, earlier.c.lead_id == outbox.c.lead_id)
        longer = (earlier.c.state == literal_column("'waiting'")) & (earlier.c.due_at > outbox.c.due_at)
        before = before.where(earlier.c.id < outbox.c.id, (earlier.c.state == literal_column("'claimed'")) | longer)
        return and_(~before, ~copied)
    if table is not touches:
        return ~copied
    active = exists(
        select(literal_column("1"))
        .select_from(enrollments)
        .where(enrollments.c.team_id == touches.c.team_id, enrollments.c.id == touches.c.enrollment_id)
        .where(enrollments.c.state == literal_column("'active'"))
    )
    return and_(or_(touches.c.enrollment_id.is_(None), active), ~copied)
