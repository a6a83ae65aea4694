"""Leads that look alike: what each is found by, who still has to be compared, which pairs a person was asked about.

Keys are kept as keyed hashes. A pair is one row, the lower id first; what a person decided stays decided.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, literal_column, or_, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.rules.likeness import Likeness, Person, keys
from agent.store import leads as lead_store
from agent.store.ids import new_id
from agent.store.seal import Sealer
from agent.store.tables import leads, likeness_keys, likenesses
from agent.store.upsert import insert_ignoring

OPEN, NOT_THE_SAME = "open", "not_the_same"
_SAYS_NOTHING = 25
"""A key that more leads share than this tells nobody apart."""


async def uncompared(conn: AsyncConnection, *, team_id: UUID, limit: int) -> list[UUID]:
    """Leads that changed since they were compared, or never were."""
    rows = await conn.execute(
        select(leads.c.id)
        .where(leads.c.team_id == team_id, leads.c.compared_at.is_(None), leads.c.deleted_at.is_(None))
        .order_by(leads.c.updated_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(rows.scalars())


async def compare_again(conn: AsyncConnection, *, team_id: UUID, lead_ids: Collection[UUID]) -> None:
    """Let these leads be compared anew."""
    these = update(leads).where(leads.c.team_id == team_id, leads.c.id.in_(list(lead_ids)))
    await conn.execute(these.values(compared_at=None))


async def compared(conn: AsyncConnection, *, team_id: UUID, lead_ids: Collection[UUID], now: datetime) -> None:
    """Remember that these leads were compared."""
    these = update(leads).where(leads.c.team_id == team_id, leads.c.id.in_(list(lead_ids)))
    await conn.execute(these.values(compared_at=now))


async def people(conn: AsyncConnection, *, team_id: UUID, sealer: Sealer, lead_ids: Collection[UUID]) -> list[Person]:
    """These leads as they are compared; who was deleted or merged is not among them."""
    asked = select(leads).where(
        leads.c.team_id == team_id, leads.c.id.in_(list(lead_ids)), leads.c.deleted_at.is_(None)
    )
    rows = (await conn.execute(asked)).all()
    theirs = await lead_store.addresses_of(conn, team_id=team_id, sealer=sealer, lead_ids=[row.id for row in rows])
    return [
        Person(
            lead_id=row.id,
            first_name=sealer.open("leads", "first_name", row.id, row.first_name),
            last_name=sealer.open("leads", "last_name", row.id, row.last_name),
            emails=frozenset(a.value for a in theirs.get(row.id, ()) if a.channel == "email"),
            phones=frozenset(a.value for a in theirs.get(row.id, ()) if a.channel == "sms"),
        )
        for row in rows
    ]


async def file_under(conn: AsyncConnection, *, team_id: UUID, sealer: Sealer, found: Sequence[Person]) -> None:
    """Keep what these leads are found by, in place of what they were found by before."""
    ids = [person.lead_id for person in found]
    old = delete(likeness_keys).where(likeness_keys.c.team_id == team_id, likeness_keys.c.lead_id.in_(ids))
    await conn.execute(old)
    rows = [
        {"team_id": team_id, "key_hash": sealer.hash("likeness", key), "lead_id": person.lead_id}
        for person in found
        for key in sorted(keys(person))
    ]
    if rows:
        await conn.execute(insert_ignoring(conn, likeness_keys), rows)


async def sharing_a_key(conn: AsyncConnection, *, team_id: UUID, lead_ids: Collection[UUID]) -> dict[UUID, set[UUID]]:
    """The leads that share a telling key with each of these, which are no longer than `_SAYS_NOTHING` to a key."""
    mine = likeness_keys.alias()
    crowd = (
        select(func.count())
        .select_from(likeness_keys)
        .where(likeness_keys.c.team_id == team_id, likeness_keys.c.key_hash == mine.c.key_hash)
        .scalar_subquery()
    )
    other = likeness_keys.alias()
    rows = await conn.execute(
        select(mine.c.lead_id.label("one"), other.c.lead_id.label("other"))
        .join(other, (other.c.team_id == mine.c.team_id) & (other.c.key_hash == mine.c.key_hash))
        .where(
            mine.c.team_id == team_id,
            mine.c.lead_id.in_(list(lead_ids)),
            other.c.lead_id != mine.c.lead_id,
            crowd <= _SAYS_NOTHING,
        )
        .distinct()
    )
    found: dict[UUID, set[UUID]] = {}
    for row in rows:
        found.setdefault(row.one, set()).add(row.other)
    return found


async def suggest(
    conn: AsyncConnection,
    *,
    team_id: UUID,
    sealer: Sealer,
    found: Mapping[tuple[UUID, UUID], Likeness],
    now: datetime,
) -> int:
    """Keep pairs to ask a person about, each once; returns how many are new."""
    new = 0
    for (one_id, other_id), like in found.items():
        row_id = new_id()
        result = await conn.execute(
            insert_ignoring(conn, likenesses).values(
                id=row_id,
                team_id=team_id,
                one_id=min(one_id, other_id),
                other_id=max(one_id, other_id),
                state=OPEN,
                percent=like.percent,
                reason=sealer.seal("likenesses", "reason", row_id, like.reason),
                found_at=now,
            )
        )
        new += result.rowcount
    return new


async def open_of(conn: AsyncConnection, *, team_id: UUID, lead_id: UUID) -> Sequence[Row[Any]]:
    """Pairs with this lead that nobody decided yet, likeliest first."""
    asked = select(likenesses).where(
        likenesses.c.team_id == team_id,
        likenesses.c.state == literal_column("'open'"),
        or_(likenesses.c.one_id == lead_id, likenesses.c.other_id == lead_id),
    )
    return (await conn.execute(asked.order_by(likenesses.c.percent.desc(), likenesses.c.id))).all()


async def decide(
    conn: AsyncConnection, *, team_id: UUID, one_id: UUID, other_id: UUID, state: str, by: str, now: datetime
) -> bool:
    """Remember what a person said of a pair; False where nobody had been asked."""
    result = await conn.execute(
        update(likenesses)
        .where(
            likenesses.c.team_id == team_id,
            likenesses.c.one_id == min(one_id, other_id),
            likenesses.c.other_id == max(one_id, other_id),
        )
        .values(state=state, decided_at=now, decided_by=by)
    )
    return result.rowcount > 0
