"""Who a lead may also be, and who belongs to them: look-alikes to decide on, the household, merges to undo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.rules.leads import ended_in_silence
from agent.store import likenesses
from agent.store.seal import Sealer
from agent.store.tables import addresses, leads, merges
from agent.store.views.faces import NAMELESS, best_addresses

_SHARED = {"email": "email address", "sms": "phone"}


@dataclass(frozen=True, slots=True)
class Alike:
    """Somebody who may be the same human, by what they are told apart, and why they may be the same.

    `silences`: Tend may not write to them, and after a merge to neither.
    """

    lead_id: UUID
    name: str
    email: str
    phone: str
    reason: str
    silences: str


@dataclass(frozen=True, slots=True)
class Relative:
    """Somebody who shares an address and is somebody else."""

    lead_id: UUID
    name: str
    shares: str


@dataclass(frozen=True, slots=True)
class PastMerge:
    """A merge into this lead that was not undone."""

    merge_id: UUID
    name: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Kin:
    """All three."""

    alike: tuple[Alike, ...] = ()
    household: tuple[Relative, ...] = ()
    merged: tuple[PastMerge, ...] = ()


async def kin(
    conn: AsyncConnection, *, team_id: UUID, sealer: Sealer, lead_id: UUID, names_by_key: Mapping[str, str]
) -> Kin:
    """Answer for one lead."""
    return Kin(
        await _alike(conn, team_id=team_id, sealer=sealer, lead_id=lead_id),
        await _household(conn, team_id=team_id, sealer=sealer, lead_id=lead_id),
        await _merged(conn, team_id=team_id, sealer=sealer, lead_id=lead_id, names_by_key=names_by_key),
    )


async def _alike(conn: AsyncConnection, *, team_id: UUID, sealer: Sealer, lead_id: UUID) -> tuple[Alike, ...]:
    pairs = await likenesses.open_of(conn, team_id=team_id, lead_id=lead_id)
    reasons = {
        pair.other_id if pair.one_id == lead_id else pair.one_id: sealer.open(
            "likenesses", "reason", pair.id, pair.reason
        )
        for pair in pairs
    }
    living = await _living(conn, team_id=team_id, lead_ids=list(reasons))
    reach = await best_addresses(conn, team_id=team_id, sealer=sealer, lead_ids=list(living))
    return tuple(
        Alike(
            lead_id=other,
            name=_name(sealer, living[other]),
            email=reach.get(other, {}).get("email", ""),
            phone=reach.get(other, {}).get("sms", ""),
            reason=reason,
            silences=_silences(living[other]),
        )
        for other, reason in reasons.items()
        if other in living
    )


async def _household(conn: AsyncConnection, *, team_id: UUID, sealer: Sealer, lead_id: UUID) -> tuple[Relative, ...]:
    theirs, mine = addresses.alias(), addresses.alias()
    rows = await conn.execute(
        select(theirs.c.lead_id, theirs.c.channel)
        .join(mine, (mine.c.team_id == theirs.c.team_id) & (mine.c.value_hash == theirs.c.value_hash))
        .where(mine.c.team_id == team_id, mine.c.lead_id == lead_id, theirs.c.lead_id != lead_id)
        .order_by(theirs.c.created_at)
    )
    shared: dict[UUID, list[str]] = {}
    for row in rows:
        shared.setdefault(row.lead_id, []).append(_SHARED[row.channel])
    living = await _living(conn, team_id=team_id, lead_ids=list(shared))
    return tuple(
        Relative(other, _name(sealer, living[other]), " and ".join(sorted(set(shares))))
        for other, shares in shared.items()
        if other in living
    )


async def _merged(
    conn: AsyncConnection, *, team_id: UUID, sealer: Sealer, lead_id: UUID, names_by_key: Mapping[str, str]
) -> tuple[PastMerge, ...]:
    rows = await conn.execute(
        select(merges.c.id, merges.c.merged_by, merges.c.merged_at, leads.c.id.label("gone"), leads.c.first_name,
               leads.c.last_name)
        .join(leads, (leads.c.team_id == merges.c.team_id) & (leads.c.id == merges.c.gone_id))
        .where(merges.c.team_id == team_id, merges.c.kept_id == lead_id, merges.c.undone_at.is_(None))
        .order_by(merges.c.merged_at.desc())
    )  # fmt: skip
    return tuple(
        PastMerge(
            row.id,
            _named(sealer, row.gone, row.first_name, row.last_name),
            names_by_key.get(row.merged_by, row.merged_by),
            row.merged_at,
        )
        for row in rows
    )


async def _living(conn: AsyncConnection, *, team_id: UUID, lead_ids: list[UUID]) -> dict[UUID, Row[Any]]:
    asked = select(leads).where(leads.c.team_id == team_id, leads.c.id.in_(lead_ids), leads.c.deleted_at.is_(None))
    return {row.id: row for row in await conn.execute(asked)}


def _silences(lead: Row[Any]) -> str:
    if lead.stage_blocks:
        return str(lead.stage_blocks)
    return str(lead.end_reason) if lead.end_reason and not ended_in_silence(lead.end_reason) else ""


def _name(sealer: Sealer, lead: Row[Any]) -> str:
    return _named(sealer, lead.id, lead.first_name, lead.last_name)


def _named(sealer: Sealer, lead_id: UUID, first: bytes, last: bytes) -> str:
    names = sealer.open("leads", "first_name", lead_id, first), sealer.open("leads", "last_name", lead_id, last)
    return " ".join(filter(None, names)) or NAMELESS
