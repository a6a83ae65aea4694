"""Everyone a reactivation could think of, with what decides it, in one question."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, literal_column, select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.rules.consent import Entry
from agent.store.messages import entry_of
from agent.store.tables import addresses, consents, conversations, enrollments, leads, suppressions, todos


async def everyone(conn: AsyncConnection, *, team_id: UUID, sequence: str) -> Sequence[Row[Any]]:
    """All leads not deleted, each with counts: `living` enrollments, `open_todos`, `reachable` addresses, `emails`."""
    answer = await conn.execute(
        select(
            leads,
            conversations.c.owner,
            _living(team_id).label("living"),
            _open_todos(team_id).label("open_todos"),
            _reachable(team_id).label("reachable"),
            _reachable(team_id, addresses.c.channel == "email", addresses.c.valid.is_not(False)).label("emails"),
            _reachable(team_id, addresses.c.channel == "sms", addresses.c.valid.is_not(False)).label("phones"),
            _woken(team_id, sequence).label("woken_at"),
        )
        .join(conversations, and_(conversations.c.team_id == leads.c.team_id, conversations.c.lead_id == leads.c.id))
        .where(leads.c.team_id == team_id, leads.c.deleted_at.is_(None))
    )
    return answer.all()


async def texts_allowed(conn: AsyncConnection, *, team_id: UUID) -> dict[UUID, list[Entry]]:
    """What the consent ledger says of texts, for every lead it speaks of."""
    rows = await conn.execute(
        select(consents)
        .where(consents.c.team_id == team_id, consents.c.channel == literal_column("'sms'"))
        .order_by(consents.c.recorded_at, consents.c.id)
    )
    found: dict[UUID, list[Entry]] = {}
    for row in rows:
        found.setdefault(row.lead_id, []).append(entry_of(row))
    return found


async def woken_since(
    conn: AsyncConnection, *, team_id: UUID, sequence: str, since: datetime
) -> dict[UUID | None, int]:
    """How many leads of each assignee (None: of nobody) were enrolled in that sequence since an instant."""
    rows = await conn.execute(
        select(leads.c.assignee_id, func.count().label("woken"))
        .join(enrollments, and_(enrollments.c.team_id == leads.c.team_id, enrollments.c.lead_id == leads.c.id))
        .where(
            leads.c.team_id == team_id,
            enrollments.c.sequence == sequence,
            enrollments.c.started_at > since,
        )
        .group_by(leads.c.assignee_id)
    )
    return {row.assignee_id: row.woken for row in rows}


def _living(team_id: UUID) -> ColumnElement[int]:
    return (
        select(func.count())
        .select_from(enrollments)
        .where(
            enrollments.c.team_id == team_id,
            enrollments.c.lead_id == leads.c.id,
            enrollments.c.state.in_((literal_column("'active'"), literal_column("'paused'"))),
        )
        .scalar_subquery()
    )


def _open_todos(team_id: UUID) -> ColumnElement[int]:
    return (
        select(func.count())
        .select_from(todos)
        .where(todos.c.team_id == team_id, todos.c.lead_id == leads.c.id, todos.c.state == literal_column("'open'"))
        .scalar_subquery()
    )


def _reachable(team_id: UUID, *also: ColumnElement[bool]) -> ColumnElement[int]:
    suppressed = (
        select(suppressions.c.id)
        .where(
            suppressions.c.team_id == team_id,
            suppressions.c.channel == addresses.c.channel,
            suppressions.c.value_hash == addresses.c.value_hash,
            suppressions.c.lifted_at.is_(None),
        )
        .exists()
    )
    return (
        select(func.count())
        .select_from(addresses)
        .where(addresses.c.team_id == team_id, addresses.c.lead_id == leads.c.id, ~suppressed, *also)
        .scalar_subquery()
    )


def _woken(team_id: UUID, sequence: str) -> ColumnElement[datetime]:
    return (
        select(func.max(enrollments.c.started_at))
        .where(
            enrollments.c.team_id == team_id,
            enrollments.c.lead_id == leads.c.id,
            enrollments.c.sequence == sequence,
        )
        .scalar_subquery()
    )
