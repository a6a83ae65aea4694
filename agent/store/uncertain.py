"""Touches whose call's end nobody saw: when to ask the sender, and which of them wait for a person's word."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, literal_column, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.store.tables import messages, touches

_ABOUT = timedelta(hours=1)
"""More than any call takes, and than the vendor's clock is off."""


async def due_to_ask(conn: AsyncConnection, *, team_id: UUID, now: datetime, limit: int) -> Sequence[Row[Any]]:
    """Touches whose outcome is unknown, whose time to ask has come and whom no person was asked about.

    Each with `called_at`, when its call was begun, `called_hash` and sealed `called_address` and `called_words`, as its
    message has them.
    """
    return (
        await conn.execute(
            select(
                touches,
                messages.c.at.label("called_at"),
                messages.c.address.label("called_address"),
                messages.c.address_hash.label("called_hash"),
                messages.c.body.label("called_words"),
            )
            .outerjoin(messages, and_(messages.c.team_id == touches.c.team_id, messages.c.id == touches.c.message_id))
            .where(
                touches.c.team_id == team_id,
                touches.c.state == literal_column("'uncertain'"),
                touches.c.word != literal_column("'asked'"),
                touches.c.due_at <= now,
            )
            .order_by(touches.c.due_at)
            .limit(limit)
        )
    ).all()


async def names_at_the_vendor(
    conn: AsyncConnection, *, team_id: UUID, address_hash: bytes, since: datetime
) -> frozenset[str]:
    """What the vendor calls the messages to an address of which we know that it took them, about since an instant."""
    rows = await conn.execute(
        select(touches.c.provider_id)
        .join(messages, and_(messages.c.team_id == touches.c.team_id, messages.c.touch_id == touches.c.id))
        .where(
            messages.c.team_id == team_id,
            messages.c.address_hash == address_hash,
            messages.c.at >= since - _ABOUT,
            touches.c.provider_id != literal_column("''"),
        )
    )
    return frozenset(row.provider_id for row in rows)


async def still_uncertain(conn: AsyncConnection, *, team_id: UUID, touch_id: UUID) -> Row[Any] | None:
    """The touch, locked, if it is still uncertain."""
    return (
        await conn.execute(
            select(touches)
            .where(
                touches.c.team_id == team_id, touches.c.id == touch_id, touches.c.state == literal_column("'uncertain'")
            )
            .with_for_update()
        )
    ).one_or_none()


async def asked_about(conn: AsyncConnection, *, team_id: UUID, lead_id: UUID) -> int:
    """How many touches of this lead wait for a person to say what became of them."""
    question = select(func.count()).where(
        touches.c.team_id == team_id,
        touches.c.lead_id == lead_id,
        touches.c.state == literal_column("'uncertain'"),
        touches.c.word == literal_column("'asked'"),
    )
    return int((await conn.execute(question)).scalar_one())


async def taken_by(conn: AsyncConnection, *, team_id: UUID, touch_id: UUID, user_id: UUID) -> None:
    """From here on this touch is a person's own."""
    await conn.execute(
        update(touches).where(touches.c.team_id == team_id, touches.c.id == touch_id).values(by_user_id=user_id)
    )
