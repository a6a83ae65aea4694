"""Whom a lead nobody has is open to, and what was last decided about whose it is, as the lead's page tells it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.store import offers as stored
from agent.store.seal import Sealer
from agent.store.tables import lead_events, offers

_TOLD_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class OpenTo:
    """Who may take the lead: their names, until when (None: it is in a pond), and whether the reader is one of them.

    Without names it was given to nobody, and only the lead of the team may take it.
    """

    names: tuple[str, ...]
    until: datetime | None
    mine: bool


@dataclass(frozen=True, slots=True)
class Whose:
    """Why the lead is whose it is, in the last decision's own words (may be empty), and who may take one nobody has.

    `missed`: it was offered to the reader lately, and somebody else has it.
    """

    why: str
    open_to: OpenTo | None
    missed: bool


async def whose(
    conn: AsyncConnection,
    *,
    team_id: UUID,
    sealer: Sealer,
    lead: Row[Any],
    user_id: UUID | None,
    takes_any: bool,
    names: Mapping[UUID, str],
    now: datetime,
) -> Whose:
    """Answer for one lead and the person `user_id`, who may take any lead where `takes_any`."""
    decided = (
        await conn.execute(
            select(lead_events)
            .where(lead_events.c.team_id == team_id, lead_events.c.lead_id == lead.id, lead_events.c.kind == "routed")
            .order_by(lead_events.c.at.desc(), lead_events.c.id.desc())
            .limit(1)
        )
    ).one_or_none()
    words = json.loads(sealer.open("lead_events", "payload", decided.id, decided.payload)) if decided else {}
    why = str(words.get("said") or "")
    if lead.assignee_id is None:
        rows = await stored.open_of(conn, team_id=team_id, lead_id=lead.id)
        return Whose(why, open_to(rows, user_id=user_id, takes_any=takes_any, names=names), missed=False)
    missed = (
        await conn.execute(
            select(offers.c.id).where(
                offers.c.team_id == team_id,
                offers.c.lead_id == lead.id,
                offers.c.user_id == user_id,
                offers.c.state == "lapsed",
                offers.c.ended_at > now - _TOLD_FOR,
            )
        )
    ).first()
    return Whose(why, None, missed=missed is not None and lead.assignee_id != user_id)


def open_to(rows: Sequence[Row[Any]], *, user_id: UUID | None, takes_any: bool, names: Mapping[UUID, str]) -> OpenTo:
    """Whom the open offers of one lead name, in the order of `names`."""
    offered = {row.user_id for row in rows}
    return OpenTo(
        names=tuple(name for each, name in names.items() if each in offered),
        until=rows[0].until if rows else None,
        mine=takes_any or user_id in offered,
    )
