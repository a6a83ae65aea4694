"""First start and every start: the installation row, its hash key, the default team and the team's people.

The embedded default makes one team. Its people come from the team file and are matched by key, so editing the file
changes a person without losing their leads.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.rules.team import Assignee
from agent.store.database import Database
from agent.store.ids import new_id
from agent.store.seal import Sealer, unwrap, wrap
from agent.store.tables import installation, sequence_versions, teams, users
from agent.store.upsert import insert_ignoring

DEFAULT_TEAM = "default"


@dataclass(frozen=True, slots=True)
class Installed:
    """What a start finds: who this installation is, how it seals, and its team."""

    installation_id: UUID
    epoch: int
    sealer: Sealer
    team_id: UUID
    connected_at: datetime


async def install(conn: AsyncConnection, *, key: bytes | None, now: datetime) -> Installed:
    """Find or make the installation and its default team. Raises `SealBroken` when the key is another one."""
    found = (await conn.execute(select(installation))).one_or_none()
    if found is None:
        values = {"id": new_id(), "hash_key": wrap(key, os.urandom(32)), "created_at": now, "epoch": 0, "singleton": 1}
        await conn.execute(insert_ignoring(conn, installation).values(values))
        found = (await conn.execute(select(installation))).one()
    sealer = Sealer(key, unwrap(key, found.hash_key))
    await conn.execute(
        insert_ignoring(conn, teams).values(id=new_id(), key=DEFAULT_TEAM, created_at=now, connected_at=now)
    )
    team = (await conn.execute(select(teams).where(teams.c.key == DEFAULT_TEAM))).one()
    return Installed(found.id, found.epoch, sealer, team.id, team.connected_at)


async def pause(conn: AsyncConnection, *, team_id: UUID, now: datetime, reason: str) -> None:
    """Stop all sending of a team, for this reason from here on."""
    await conn.execute(update(teams).where(teams.c.id == team_id).values(paused_at=now, paused_reason=reason))


async def unpause(conn: AsyncConnection, *, team_id: UUID, now: datetime) -> None:
    """Let a team send again; email's brake counts from now on."""
    values = {"paused_at": None, "paused_reason": "", "brake_released_at": now}
    await conn.execute(update(teams).where(teams.c.id == team_id).values(values))


async def default_team(database: Database) -> UUID | None:
    """The default team's id, where there was a first start."""
    async with database.reading(UUID(int=0)) as conn:
        found: UUID | None = (await conn.execute(select(teams.c.id).where(teams.c.key == DEFAULT_TEAM))).scalar()
    return found


async def seat(
    conn: AsyncConnection, *, team_id: UUID, sealer: Sealer, assignees: Sequence[Assignee], now: datetime
) -> dict[str, UUID]:
    """Write the team's people and return their ids by key; those no longer in the file are marked as having left."""
    rows = (await conn.execute(select(users.c.key, users.c.id).where(users.c.team_id == team_id))).all()
    known = {row.key: row.id for row in rows}
    for assignee in assignees:
        row_id = known.get(assignee.key) or new_id()
        values = {
            "name": sealer.seal("users", "name", row_id, assignee.name),
            "phone": sealer.seal("users", "phone", row_id, assignee.phone),
            "email": sealer.seal("users", "email", row_id, assignee.email),
            "zone": assignee.zone,
            "role": "lead" if assignee.leads_team else "assignee",
            "crm_user_id": assignee.crm_user_id,
            "left_at": None,
        }
        if assignee.key in known:
            await conn.execute(update(users).where(users.c.team_id == team_id, users.c.id == row_id).values(values))
        else:
            await conn.execute(
                insert(users).values(id=row_id, team_id=team_id, key=assignee.key, created_at=now, **values)
            )
        known[assignee.key] = row_id
    here = [assignee.key for assignee in assignees]
    await conn.execute(
        update(users)
        .where(users.c.team_id == team_id, users.c.key.not_in(here), users.c.left_at.is_(None))
        .values(left_at=now)
    )
    return {key: known[key] for key in here}


async def pin_sequences(
    conn: AsyncConnection, *, team_id: UUID, contents: Mapping[str, tuple[str, str]], now: datetime
) -> dict[str, UUID]:
    """Store each sequence's present version whole, by content hash, and return version ids by sequence key.

    `contents` maps a sequence's key to (content hash, content as JSON).
    """
    versions: dict[str, UUID] = {}
    for sequence, (content_hash, content) in contents.items():
        await conn.execute(
            insert_ignoring(conn, sequence_versions).values(
                id=new_id(),
                team_id=team_id,
                sequence=sequence,
                content_hash=content_hash,
                content=content,
                created_at=now,
            )
        )
        versions[sequence] = (
            await conn.execute(
                select(sequence_versions.c.id).where(
                    sequence_versions.c.team_id == team_id,
                    sequence_versions.c.sequence == sequence,
                    sequence_versions.c.content_hash == content_hash,
                )
            )
        ).scalar_one()
    return versions
