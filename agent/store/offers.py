"""Leads nobody has, offered to people: a row for each lead, person and round; `until` is empty for those of a pond.

States: *open*, *claimed* (by the one who has the lead; the unique index allows one a lead), *lapsed* (somebody else has
it, or nobody took it in time).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, insert, literal_column, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.store.ids import new_id
from agent.store.tables import alerts, offers

_OPEN: ColumnElement[str] = literal_column("'open'")
ALERT = "offer"
"""The name of the alerts that carry an offer."""


async def open_round(
    conn: AsyncConnection,
    *,
    team_id: UUID,
    lead_id: UUID,
    user_ids: Sequence[UUID],
    rule: str,
    reached: int,
    now: datetime,
    until: datetime | None,
) -> Mapping[UUID, UUID]:
    """Offer a lead to these people, in a round of its own; returns the offers' ids by person."""
    last = select(func.max(offers.c.round)).where(offers.c.team_id == team_id, offers.c.lead_id == lead_id)
    before = (await conn.execute(last)).scalar_one()
    ids = {user_id: new_id() for user_id in user_ids}
    rows = [
        {
            "id": offer_id,
            "team_id": team_id,
            "lead_id": lead_id,
            "user_id": user_id,
            "rule": rule,
            "round": 0 if before is None else before + 1,
            "reached": reached,
            "state": "open",
            "offered_at": now,
            "until": until,
        }
        for user_id, offer_id in ids.items()
    ]
    await conn.execute(insert(offers), rows)
    return ids


async def one(conn: AsyncConnection, *, team_id: UUID, offer_id: UUID) -> Row[Any] | None:
    """One offer, or None."""
    return (
        await conn.execute(select(offers).where(offers.c.team_id == team_id, offers.c.id == offer_id))
    ).one_or_none()


async def open_of(conn: AsyncConnection, *, team_id: UUID, lead_id: UUID) -> Sequence[Row[Any]]:
    """The open offers of a lead, in the order they were made."""
    return (
        await conn.execute(
            select(offers)
            .where(offers.c.team_id == team_id, offers.c.lead_id == lead_id, offers.c.state == _OPEN)
            .order_by(offers.c.id)
        )
    ).all()


async def overdue(conn: AsyncConnection, *, team_id: UUID, now: datetime, limit: int) -> Sequence[UUID]:
    """Leads whose offers nobody claimed in time, the longest overdue first."""
    return (
        (
            await conn.execute(
                select(offers.c.lead_id)
                .where(offers.c.team_id == team_id, offers.c.state == _OPEN, offers.c.until <= now)
                .group_by(offers.c.lead_id)
                .order_by(func.min(offers.c.until))
                .limit(limit)
            )
        )
        .scalars()
        .all()
    )


async def claim(conn: AsyncConnection, *, team_id: UUID, lead_id: UUID, user_id: UUID, now: datetime) -> None:
    """Mark the lead as claimed by this person. Raises `IntegrityError` where somebody else claimed it before."""
    claimed = await conn.execute(
        update(offers)
        .where(
            offers.c.team_id == team_id,
            offers.c.lead_id == lead_id,
            offers.c.user_id == user_id,
            offers.c.state == _OPEN,
        )
        .values(state="claimed", ended_at=now)
    )
    if not claimed.rowcount:
        ids = await open_round(
            conn, team_id=team_id, lead_id=lead_id, user_ids=[user_id], rule="", reached=0, now=now, until=None
        )
        await conn.execute(
            update(offers)
            .where(offers.c.team_id == team_id, offers.c.id == ids[user_id])
            .values(state="claimed", ended_at=now)
        )


async def lapse(conn: AsyncConnection, *, team_id: UUID, lead_id: UUID, now: datetime) -> None:
    """End a lead's open offers, and drop those of their alerts that have not left."""
    await conn.execute(
        update(offers)
        .where(offers.c.team_id == team_id, offers.c.lead_id == lead_id, offers.c.state == _OPEN)
        .values(state="lapsed", ended_at=now)
    )
    await conn.execute(
        update(alerts)
        .where(
            alerts.c.team_id == team_id,
            alerts.c.lead_id == lead_id,
            alerts.c.name == ALERT,
            alerts.c.state == literal_column("'planned'"),
        )
        .values(state="canceled", reason="the offer is over", ended_at=now)
    )


async def open_to(conn: AsyncConnection, *, team_id: UUID, lead_ids: Collection[UUID]) -> dict[UUID, list[Row[Any]]]:
    """The open offers of these leads, by lead."""
    found: dict[UUID, list[Row[Any]]] = {}
    rows = await conn.execute(
        select(offers)
        .where(offers.c.team_id == team_id, offers.c.lead_id.in_(list(lead_ids)), offers.c.state == _OPEN)
        .order_by(offers.c.id)
    )
    for row in rows:
        found.setdefault(row.lead_id, []).append(row)
    return found
