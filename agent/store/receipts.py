"""Delivery receipts as they were kept, which message each belongs to, and how far that message has come.

A receipt is kept once, whether its message is known yet or not.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, or_, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.store.ids import new_id
from agent.store.seal import Sealer
from agent.store.tables import messages, receipts, touches
from agent.store.upsert import insert_ignoring
from channels.receipts import Receipt, ReceiptKind

_MESSAGE = [messages.c[name] for name in ("id", "lead_id", "touch_id", "channel", "address_hash", "delivery")]


async def keep(
    conn: AsyncConnection,
    *,
    team_id: UUID,
    sealer: Sealer,
    receipt: Receipt,
    message_id: UUID | None,
    address_hash: bytes | None,
    now: datetime,
) -> bool:
    """Keep one receipt, with the hash of the address it is about; False when it was kept before."""
    receipt_id = new_id()
    kept = await conn.execute(
        insert_ignoring(conn, receipts)
        .values(
            id=receipt_id,
            team_id=team_id,
            message_id=message_id,
            vendor=receipt.vendor,
            external_id=receipt.external_id,
            channel=receipt.channel,
            kind=receipt.kind,
            our_id=receipt.our_id,
            provider_id=receipt.provider_id,
            address_hash=address_hash,
            reason=receipt.reason,
            detail=sealer.seal("receipts", "detail", receipt_id, receipt.detail) if receipt.detail else None,
            at=receipt.at,
            kept_at=now,
        )
        .returning(receipts.c.id)
    )
    return kept.first() is not None


async def message_of(conn: AsyncConnection, *, team_id: UUID, our_id: UUID | None, provider_id: str) -> Row[Any] | None:
    """The message with this id of ours, else the one the vendor calls so, with the touch it was sent by."""
    named = [messages.c.id == our_id] if our_id is not None else []
    if provider_id:
        named.append(touches.c.provider_id == provider_id)
    if not named:
        return None
    question: Select[Any] = (
        select(*_MESSAGE, touches.c.state)
        .outerjoin(touches, (touches.c.team_id == messages.c.team_id) & (touches.c.message_id == messages.c.id))
        .where(messages.c.team_id == team_id, or_(*named))
        .order_by(messages.c.id != our_id)
        .limit(1)
    )
    found: Row[Any] | None = (await conn.execute(question)).first()
    return found


async def unmatched(conn: AsyncConnection, *, team_id: UUID, since: datetime, limit: int) -> Sequence[Row[Any]]:
    """Receipts whose message was not known when they came, kept since an instant, oldest first."""
    rows = await conn.execute(
        select(receipts)
        .where(receipts.c.team_id == team_id, receipts.c.message_id.is_(None), receipts.c.kept_at > since)
        .order_by(receipts.c.kept_at)
        .limit(limit)
    )
    return rows.all()


async def matched(conn: AsyncConnection, *, team_id: UUID, receipt_id: UUID, message_id: UUID) -> bool:
    """Say whose receipt it is; False when somebody said so before."""
    done = await conn.execute(
        update(receipts)
        .where(receipts.c.team_id == team_id, receipts.c.id == receipt_id, receipts.c.message_id.is_(None))
        .values(message_id=message_id)
    )
    return done.rowcount > 0


async def came_as_far_as(
    conn: AsyncConnection, *, team_id: UUID, message_id: UUID, kind: ReceiptKind, at: datetime, reason: str
) -> None:
    """Write how far a message has come."""
    await conn.execute(
        update(messages)
        .where(messages.c.team_id == team_id, messages.c.id == message_id)
        .values(delivery=kind, delivery_at=at, delivery_reason=reason)
    )


async def blame(conn: AsyncConnection, *, team_id: UUID, touch_ids: Collection[UUID], word: str, reason: str) -> None:
    """Write on sent touches what became of them, which the brake on email counts."""
    await conn.execute(
        update(touches)
        .where(touches.c.team_id == team_id, touches.c.id.in_(list(touch_ids)), touches.c.state == "sent")
        .values(word=word, reason=reason)
    )
