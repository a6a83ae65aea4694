"""Senders that cannot send as they are configured: how much waits for a person to mend them, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.store.tables import messages, touches
from channels.outcomes import CONFIGURATION
from channels.receipts import ReceiptKind

_LOOKS_BACK = timedelta(days=1)
_ARRIVED = (ReceiptKind.DELIVERED, ReceiptKind.READ, ReceiptKind.OPENED, ReceiptKind.CLICKED)


@dataclass(frozen=True, slots=True)
class Trouble:
    """One channel's trouble: messages that wait, messages turned away in the last day, and why, where it is known."""

    channel: str
    waiting: int
    turned_away: int
    reason: str


async def trouble(conn: AsyncConnection, *, team_id: UUID, now: datetime) -> tuple[Trouble, ...]:
    """What a person must mend, by channel; empty when all is well.

    A message turned away afterwards counts until a later one arrives, for a day at most.
    """
    waits = (
        await conn.execute(
            select(touches.c.channel, func.count().label("touches"), func.max(touches.c.reason).label("reason"))
            .where(
                touches.c.team_id == team_id,
                touches.c.state == literal_column("'planned'"),
                touches.c.word == literal_column(f"'{CONFIGURATION}'"),
            )
            .group_by(touches.c.channel)
        )
    ).all()
    recent = (
        messages.c.team_id == team_id,
        messages.c.direction == literal_column("'out'"),
        messages.c.at >= now - _LOOKS_BACK,
    )
    arrived = (
        select(messages.c.channel, func.max(messages.c.at).label("at"))
        .where(*recent, messages.c.delivery.in_(_ARRIVED))
        .group_by(messages.c.channel)
        .subquery()
    )
    turned_away = (
        await conn.execute(
            select(messages.c.channel, func.count().label("messages"))
            .outerjoin(arrived, arrived.c.channel == messages.c.channel)
            .where(
                *recent,
                messages.c.delivery_reason == CONFIGURATION,
                arrived.c.at.is_(None) | (messages.c.at > arrived.c.at),
            )
            .group_by(messages.c.channel)
        )
    ).all()
    waiting = {row.channel: row for row in waits}
    away = {row.channel: row.messages for row in turned_away}
    return tuple(
        Trouble(
            channel,
            waiting[channel].touches if channel in waiting else 0,
            away.get(channel, 0),
            waiting[channel].reason if channel in waiting else "",
        )
        for channel in sorted(waiting.keys() | away.keys())
    )


async def try_again(conn: AsyncConnection, *, team_id: UUID, now: datetime) -> int:
    """Let what waits for a sender to be mended be tried now; returns how many."""
    result = await conn.execute(
        update(touches)
        .where(
            touches.c.team_id == team_id,
            touches.c.state == literal_column("'planned'"),
            touches.c.word == literal_column(f"'{CONFIGURATION}'"),
        )
        .values(due_at=now)
    )
    return result.rowcount
