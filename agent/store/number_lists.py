"""The number lists a team uploads: entered in parts, in force only when whole, kept as keyed hashes.

While an upload is under way its numbers count beside the older list's, never instead of them; one that breaks off takes
nothing away, and the next one cleans up after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.store.ids import new_id
from agent.store.limits import DNC
from agent.store.tables import listed_numbers, number_lists
from agent.store.upsert import insert_or


async def latest(conn: AsyncConnection, *, team_id: UUID, kind: str) -> date | None:
    """The day of the newest list in force; None where there is none."""
    found: date | None = await conn.scalar(
        select(func.max(number_lists.c.checked_on)).where(
            number_lists.c.team_id == team_id,
            number_lists.c.kind == kind,
            number_lists.c.in_force_at.is_not(None),
        )
    )
    return found


async def begin(
    conn: AsyncConnection, *, team_id: UUID, kind: str, checked_on: date, numbers: int, now: datetime
) -> UUID:
    """Make a list that is not in force yet; returns its id."""
    list_id = new_id()
    await conn.execute(
        insert(number_lists).values(
            id=list_id, team_id=team_id, kind=kind, checked_on=checked_on, numbers=numbers, uploaded_at=now
        )
    )
    return list_id


async def add(
    conn: AsyncConnection, *, team_id: UUID, kind: str, list_id: UUID, checked_on: date, hashes: Sequence[bytes]
) -> None:
    """Enter some numbers of a list; one that an older list has moves to this one."""
    statement = insert_or(conn, listed_numbers)
    await conn.execute(
        statement.on_conflict_do_update(
            index_elements=["team_id", "kind", "value_hash"],
            set_={"list_id": statement.excluded.list_id, "checked_on": statement.excluded.checked_on},
        ),
        [
            {"team_id": team_id, "kind": kind, "value_hash": each, "list_id": list_id, "checked_on": checked_on}
            for each in hashes
        ],
    )


async def clear(conn: AsyncConnection, *, team_id: UUID, kind: str, hashes: Sequence[bytes]) -> None:
    """Take numbers off, whichever list they stand on."""
    await conn.execute(
        delete(listed_numbers).where(
            listed_numbers.c.team_id == team_id,
            listed_numbers.c.kind == kind,
            listed_numbers.c.value_hash.in_(list(hashes)),
        )
    )


async def put_in_force(conn: AsyncConnection, *, team_id: UUID, kind: str, list_id: UUID, now: datetime) -> None:
    """Let a list count. A Do-Not-Call list takes the place of those before it; other answers add up."""
    if kind == DNC:
        await conn.execute(
            delete(listed_numbers).where(
                listed_numbers.c.team_id == team_id,
                listed_numbers.c.kind == kind,
                listed_numbers.c.list_id != list_id,
            )
        )
    await conn.execute(
        update(number_lists)
        .where(number_lists.c.team_id == team_id, number_lists.c.id == list_id)
        .values(in_force_at=now)
    )
