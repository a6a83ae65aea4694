"""A lead's two scores with their ledgers, as a program or a person at a terminal reads them."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.store.seal import Sealer
from agent.store.tables import leads


async def lead_scores(
    conn: AsyncConnection, *, team_id: UUID, sealer: Sealer, lead_ids: Collection[UUID]
) -> dict[UUID, dict[str, Any]]:
    """The scores of these leads as they stand; `campaign` is None for who came by no form."""
    rows = await conn.execute(
        select(leads).where(leads.c.team_id == team_id, leads.c.id.in_(list(lead_ids)), leads.c.deleted_at.is_(None))
    )
    return {row.id: _scores(sealer, row) for row in rows}


def _scores(sealer: Sealer, row: Row[Any]) -> dict[str, Any]:
    return {
        "engagement": {
            "points": row.score,
            "temperature": row.temperature,
            "version": row.score_version,
            "ledger": _ledger(sealer, row, "score_reasons"),
        },
        "campaign": None
        if row.campaign_score is None
        else {
            "points": row.campaign_score,
            "grade": row.grade,
            "version": row.campaign_version,
            "ledger": _ledger(sealer, row, "campaign_reasons"),
        },
    }


def _ledger(sealer: Sealer, row: Row[Any], column: str) -> list[dict[str, Any]]:
    return [as_entry(*line) for line in json.loads(sealer.open("leads", column, row.id, getattr(row, column)) or "[]")]


def as_entry(points: int, text: str, because: str = "", since: str = "", most: int = 0) -> dict[str, Any]:
    """One line of a ledger: `of` is the most it could have given, None where it is open."""
    return {"points": points, "of": most or None, "text": text, "because": because or None, "since": since or None}
