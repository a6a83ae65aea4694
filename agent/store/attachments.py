"""What came with an inbound message: kept sealed, waiting to be fetched from a vendor, or refused for a reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, literal_column, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.store.ids import new_id
from agent.store.seal import Sealer
from agent.store.tables import attachments, leads, messages
from agent.store.wake import after_commit


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """One file as it arrived: with its content, or waiting at `source_url`, or with the `reason` it is refused for."""

    name: str
    content_type: str
    size: int = 0
    content: bytes = b""
    source_url: str = ""
    reason: str = ""

    @property
    def state(self) -> str:
        """Refused, kept or waiting."""
        if self.reason:
            return "refused"
        return "kept" if self.content else "waiting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """One file as a page shows it. `state` is kept, waiting, claimed (being fetched) or refused, with its `reason`."""

    id: UUID
    name: str
    content_type: str
    size: int
    state: str
    reason: str
    source_url: str


async def keep(
    conn: AsyncConnection,
    *,
    team_id: UUID,
    sealer: Sealer,
    message_id: UUID,
    attached: Sequence[Attached],
    now: datetime,
) -> None:
    """Keep what came with a message, in the transaction that keeps the message."""
    rows: list[dict[str, Any]] = []
    for position, each in enumerate(attached):
        row_id = new_id()
        rows.append(
            {
                "id": row_id,
                "team_id": team_id,
                "message_id": message_id,
                "position": position,
                "name": sealer.seal("attachments", "name", row_id, each.name) if each.name else None,
                "content_type": each.content_type,
                "size": each.size,
                "content": sealer.seal_bytes("attachments", "content", row_id, each.content)
                if each.state == "kept"
                else None,
                "source_url": sealer.seal("attachments", "source_url", row_id, each.source_url)
                if each.source_url
                else None,
                "state": each.state,
                "due_at": now,
                "reason": each.reason,
            }
        )
    await conn.execute(insert(attachments), rows)
    after_commit(conn, "attachments")


async def of_lead(
    conn: AsyncConnection, *, team_id: UUID, sealer: Sealer, lead_id: UUID
) -> dict[UUID, tuple[Attachment, ...]]:
    """What came with this lead's messages, by message, without the contents."""
    rows = await conn.execute(
        select(*(column for column in attachments.c if column is not attachments.c.content))
        .join(messages, (messages.c.team_id == attachments.c.team_id) & (messages.c.id == attachments.c.message_id))
        .where(attachments.c.team_id == team_id, messages.c.lead_id == lead_id)
        .order_by(attachments.c.position)
    )
    found: dict[UUID, tuple[Attachment, ...]] = {}
    for row in rows:
        found[row.message_id] = (*found.get(row.message_id, ()), _shown(sealer, row))
    return found


async def content_of(
    conn: AsyncConnection, *, team_id: UUID, sealer: Sealer, lead_id: UUID, attachment_id: UUID
) -> tuple[Attachment, bytes] | None:
    """One kept file of this lead, with its content."""
    row = (
        await conn.execute(
            select(attachments)
            .join(messages, (messages.c.team_id == attachments.c.team_id) & (messages.c.id == attachments.c.message_id))
            .join(leads, (leads.c.team_id == messages.c.team_id) & (leads.c.id == messages.c.lead_id))
            .where(
                attachments.c.team_id == team_id,
                attachments.c.id == attachment_id,
                attachments.c.state == literal_column("'kept'"),
                messages.c.lead_id == lead_id,
                leads.c.deleted_at.is_(None),
            )
        )
    ).first()
    if row is None:
        return None
    return _shown(sealer, row), sealer.open_bytes("attachments", "content", row.id, row.content)


async def bytes_kept(conn: AsyncConnection, *, team_id: UUID, message_id: UUID) -> int:
    """How much of what came with a message is kept so far."""
    total: int | None = await conn.scalar(
        select(func.sum(attachments.c.size)).where(
            attachments.c.team_id == team_id,
            attachments.c.message_id == message_id,
            attachments.c.state == literal_column("'kept'"),
        )
    )
    return total or 0


async def fetched(
    conn: AsyncConnection, *, team_id: UUID, sealer: Sealer, attachment_id: UUID, kind: str, content: bytes
) -> None:
    """Keep what was fetched; where it came from is needed no more."""
    await _end(
        conn,
        team_id,
        attachment_id,
        state="kept",
        content_type=kind,
        size=len(content),
        content=sealer.seal_bytes("attachments", "content", attachment_id, content),
        source_url=None,
        reason="",
    )


async def refuse(conn: AsyncConnection, *, team_id: UUID, attachment_id: UUID, reason: str) -> None:
    """Give a file up; a person still finds where it lies."""
    await _end(conn, team_id, attachment_id, state="refused", reason=reason)


async def again(conn: AsyncConnection, *, team_id: UUID, attachment_id: UUID, at: datetime, reason: str) -> None:
    """Let a file be fetched again later."""
    await _end(conn, team_id, attachment_id, state="waiting", due_at=at, reason=reason)


async def _end(conn: AsyncConnection, team_id: UUID, attachment_id: UUID, **values: Any) -> None:
    await conn.execute(
        update(attachments)
        .where(attachments.c.team_id == team_id, attachments.c.id == attachment_id)
        .values(lease_owner=None, lease_until=None, **values)
    )


def _shown(sealer: Sealer, row: Row[Any]) -> Attachment:
    return Attachment(
        id=row.id,
        name=sealer.open("attachments", "name", row.id, row.name),
        content_type=row.content_type,
        size=row.size,
        state=row.state,
        reason=row.reason,
        source_url=sealer.open("attachments", "source_url", row.id, row.source_url),
    )
