"""The emails exchanged with a lead, by the names mail programs know them by, so that an answer stands under them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.store.messages import mail_id
from agent.store.tables import messages

_NEWEST = 10


async def earlier_mails(
    conn: AsyncConnection, *, team_id: UUID, lead_ids: Collection[UUID], domain: str
) -> Mapping[UUID, tuple[str, ...]]:
    """The newest message ids by lead, oldest first, without angle brackets; ours are `<id in hex>@domain`."""
    rows = await conn.execute(
        select(messages.c.id, messages.c.lead_id, messages.c.direction, messages.c.external_id)
        .where(
            messages.c.team_id == team_id,
            messages.c.lead_id.in_(list(lead_ids)),
            messages.c.channel == literal_column("'email'"),
        )
        .order_by(messages.c.lead_id, messages.c.at, messages.c.id)
    )
    found: dict[UUID, list[str]] = {}
    for row in rows:
        name = f"{row.id.hex}@{domain}" if row.direction == "out" else mail_id(row.external_id or "")
        if "@" in name:
            found.setdefault(row.lead_id, []).append(name)
    return {lead_id: tuple(names[-_NEWEST:]) for lead_id, names in found.items()}
