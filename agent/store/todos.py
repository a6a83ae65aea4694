"""To-dos: work for a human, with a due time, reasons and one next action; and the alerts that carry them.

One open to-do of a kind per lead: a second reason makes the first more urgent instead of a second row.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, literal_column, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.store.ids import new_id
from agent.store.seal import Sealer
from agent.store.tables import todos
from agent.store.upsert import insert_ignoring

CALL_WITHIN = timedelta(hours=8)
DOUBT = "opt_out_doubt"
"""The kind that only Opt out and Resume close."""
_OPEN: ColumnElement[str] = literal_column("'open'")


@dataclass(frozen=True, slots=True)
class NewTodo:
    """Work for a human about one lead. `next_alert_at` is when they hear of it (None: only on the page).

    `as_asked`: the lead named `due_at`, which then also holds for the open to-do of the same kind.
    """

    lead_id: UUID
    assignee_id: UUID | None
    touch_id: UUID | None
    kind: str
    dedupe_key: str
    hot: bool
    action: str
    quote: str
    reasons: tuple[str, ...]
    due_at: datetime
    next_alert_at: datetime | None
    as_asked: bool = False


async def open_one(conn: AsyncConnection, *, team_id: UUID, sealer: Sealer, todo: NewTodo, now: datetime) -> UUID:
    """Open a to-do, or make the open one of its kind say the newer thing; returns its id."""
    there = (
        await conn.execute(
            select(todos).where(
                todos.c.team_id == team_id,
                todos.c.lead_id == todo.lead_id,
                todos.c.kind == todo.kind,
                todos.c.state == _OPEN,
                todos.c.touch_id.is_(None),
            )
        )
    ).first()
    if there is None:
        row = _row(todo, team_id=team_id, sealer=sealer, now=now)
        await conn.execute(insert_ignoring(conn, todos), row)
        new: UUID = row["id"]
        return new
    due_at = todo.due_at if todo.as_asked else min(there.due_at, todo.due_at)
    await conn.execute(
        update(todos)
        .where(todos.c.team_id == team_id, todos.c.id == there.id)
        .values(**_words(todo, there.id, sealer), hot=there.hot or todo.hot, due_at=due_at)
    )
    known: UUID = there.id
    return known


async def open_steps(
    conn: AsyncConnection, *, team_id: UUID, sealer: Sealer, due: Sequence[NewTodo], now: datetime
) -> None:
    """Open a to-do for each due call step: it stands by itself, and never takes the words of what a lead asked."""
    if due:
        rows = [_row(todo, team_id=team_id, sealer=sealer, now=now) for todo in due]
        await conn.execute(insert_ignoring(conn, todos), rows)


def _row(todo: NewTodo, *, team_id: UUID, sealer: Sealer, now: datetime) -> dict[str, Any]:
    todo_id = new_id()
    return {
        "id": todo_id,
        "team_id": team_id,
        "lead_id": todo.lead_id,
        "assignee_id": todo.assignee_id,
        "touch_id": todo.touch_id,
        "kind": todo.kind,
        "dedupe_key": todo.dedupe_key,
        "state": "open",
        "hot": todo.hot,
        "created_at": now,
        "due_at": todo.due_at,
        "next_alert_at": todo.next_alert_at,
        **_words(todo, todo_id, sealer),
    }


def _words(todo: NewTodo, todo_id: UUID, sealer: Sealer) -> dict[str, Any]:
    return {
        "action": sealer.seal("todos", "action", todo_id, todo.action),
        "quote": sealer.seal("todos", "quote", todo_id, todo.quote),
        "reasons": sealer.seal("todos", "reasons", todo_id, json.dumps(list(todo.reasons))),
    }


async def open_of(conn: AsyncConnection, *, team_id: UUID, lead_id: UUID) -> Sequence[Row[Any]]:
    """Open to-dos of a lead, soonest due first."""
    return (
        await conn.execute(
            select(todos)
            .where(todos.c.team_id == team_id, todos.c.lead_id == lead_id, todos.c.state == _OPEN)
            .order_by(todos.c.due_at)
        )
    ).all()


async def pass_on(conn: AsyncConnection, *, team_id: UUID, lead_id: UUID, assignee_id: UUID) -> None:
    """Give a lead's open to-dos to whoever has the lead now."""
    await conn.execute(
        update(todos)
        .where(todos.c.team_id == team_id, todos.c.lead_id == lead_id, todos.c.state == _OPEN)
        .values(assignee_id=assignee_id)
    )


async def in_doubt(conn: AsyncConnection, *, team_id: UUID, lead_ids: Collection[UUID]) -> set[UUID]:
    """Which of these leads wrote words that may mean stop, and nobody has decided yet."""
    rows = await conn.execute(
        select(todos.c.lead_id).where(
            todos.c.team_id == team_id,
            todos.c.lead_id.in_(list(lead_ids)),
            todos.c.kind == DOUBT,
            todos.c.state == _OPEN,
        )
    )
    return set(rows.scalars())


def has_doubt(team_id: ColumnElement[UUID], lead_id: ColumnElement[UUID]) -> ColumnElement[bool]:
    """Whether a lead stands `in_doubt`, as a question within another."""
    return (
        exists(literal_column("1"))
        .select_from(todos)
        .where(todos.c.team_id == team_id, todos.c.lead_id == lead_id, todos.c.kind == DOUBT, todos.c.state == _OPEN)
    )


async def close(
    conn: AsyncConnection,
    *,
    team_id: UUID,
    lead_id: UUID,
    now: datetime,
    by: str,
    kinds: tuple[str, ...] | None,
    decided: bool,
) -> int:
    """Close a lead's open to-dos (of these kinds, or all), a doubt only when it was decided; returns how many."""
    question = update(todos).where(todos.c.team_id == team_id, todos.c.lead_id == lead_id, todos.c.state == _OPEN)
    if kinds is not None:
        question = question.where(todos.c.kind.in_(kinds))
    if not decided:
        question = question.where(todos.c.kind != DOUBT)
    result = await conn.execute(question.values(state="done", closed_at=now, closed_by=by, next_alert_at=None))
    return result.rowcount


async def to_nudge(conn: AsyncConnection, *, team_id: UUID, now: datetime, limit: int) -> Sequence[Row[Any]]:
    """Open to-dos whose next alert is due."""
    return (
        await conn.execute(
            select(todos)
            .where(todos.c.team_id == team_id, todos.c.state == _OPEN, todos.c.next_alert_at <= now)
            .order_by(todos.c.next_alert_at)
            .limit(limit)
        )
    ).all()


async def set_next_alert(
    conn: AsyncConnection, *, team_id: UUID, todo_id: UUID, next_alert_at: datetime | None, alerts_sent: int
) -> None:
    """Say when the to-do's next alert is due and how many there were."""
    await conn.execute(
        update(todos)
        .where(todos.c.team_id == team_id, todos.c.id == todo_id)
        .values(next_alert_at=next_alert_at, alerts=alerts_sent)
    )


async def alert_at(conn: AsyncConnection, *, team_id: UUID, todo_id: UUID, at: datetime) -> None:
    """Let the assignee hear of an open to-do at this instant: a new round of alerts, also when it was open before."""
    await conn.execute(
        update(todos)
        .where(todos.c.team_id == team_id, todos.c.id == todo_id)
        .values(next_alert_at=at, alerts=0, rounds=todos.c.rounds + 1)
    )


async def put_off(conn: AsyncConnection, *, team_id: UUID, lead_id: UUID, until: datetime) -> None:
    """Move a lead's open to-dos, and their next alerts, to an instant."""
    await conn.execute(
        update(todos)
        .where(todos.c.team_id == team_id, todos.c.lead_id == lead_id, todos.c.state == _OPEN)
        .values(due_at=until, next_alert_at=until)
    )
