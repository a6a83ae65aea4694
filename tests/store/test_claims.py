from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, event, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.store import claims
from agent.store.claims import Claimer
from agent.store.columns import database_now
from agent.store.database import Database
from agent.store.ids import new_id
from agent.store.tables import enrollments, leads, sequence_versions, teams, touches

NOW = datetime(2026, 3, 3, 16, tzinfo=UTC)
NODE, OTHER = Claimer("node", 60), Claimer("other", 60)


@dataclass(frozen=True)
class Ground:
    """A team, one lead, and one enrollment in it."""

    team_id: UUID
    lead_id: UUID
    enrollment_id: UUID


async def ground(database: Database, *, enrollment: str = "active") -> Ground:
    made = Ground(new_id(), new_id(), new_id())
    version = new_id()

    async def unit(conn: AsyncConnection) -> None:
        team = {"team_id": made.team_id}
        await conn.execute(insert(teams).values(id=made.team_id, key="t", created_at=NOW, connected_at=NOW))
        when = {"created_at": NOW, "updated_at": NOW, "arrived_at": NOW}
        await conn.execute(insert(leads).values(id=made.lead_id, **team, **when))
        await conn.execute(
            insert(sequence_versions).values(
                id=version, **team, sequence="s", content_hash="h", content="{}", created_at=NOW
            )
        )
        await conn.execute(
            insert(enrollments).values(
                id=made.enrollment_id,
                **team,
                lead_id=made.lead_id,
                version_id=version,
                sequence="s",
                state=enrollment,
                started_at=NOW,
            )
        )

    await database.writer.run(unit)
    return made


async def plan(database: Database, made: Ground, how_many: int, **changes: Any) -> list[UUID]:
    ids = [new_id() for _ in range(how_many)]
    rows = [
        {
            "id": each,
            "team_id": made.team_id,
            "lead_id": made.lead_id,
            "kind": "manual",
            "channel": "email",
            "dedupe_key": each.hex,
            "planned_at": NOW,
            "due_at": NOW,
            "state": "planned",
            **changes,
        }
        for each in ids
    ]
    await database.writer.run(lambda conn: conn.execute(insert(touches), rows))
    return ids


async def claim(database: Database, made: Ground, by: Claimer, *, limit: int = 500, now: datetime = NOW) -> set[UUID]:
    rows = await database.writer.run(
        lambda conn: claims.claim(conn, touches, team_id=made.team_id, now=now, limit=limit, by=by)
    )
    return {row.id for row in rows}


async def states(database: Database, made: Ground) -> set[str]:
    async with database.reading(made.team_id) as conn:
        return set((await conn.execute(select(touches.c.state).where(touches.c.team_id == made.team_id))).scalars())


async def lapse(database: Database, made: Ground, *, state: str) -> None:
    await database.writer.run(
        lambda conn: conn.execute(
            update(touches)
            .where(touches.c.team_id == made.team_id)
            .values(state=state, lease_owner="dead", lease_until=database_now(-1))
        )
    )


async def test_only_what_is_due_is_claimed_and_only_once(database_url: str) -> None:
    async with Database(database_url).opened() as database:
        made = await ground(database)
        due = set(await plan(database, made, 5))
        await plan(database, made, 5, due_at=NOW + timedelta(seconds=1))
        assert await claim(database, made, NODE) == due
        assert await claim(database, made, OTHER) == set()


async def test_two_nodes_never_claim_the_same_touch(postgres_url: str) -> None:
    async with Database(postgres_url).opened() as one, Database(postgres_url).opened() as other:
        made = await ground(one)
        planned = set(await plan(one, made, 400))
        claimed: list[UUID] = []

        async def work(database: Database, by: Claimer) -> None:
            while got := await claim(database, made, by, limit=7):
                claimed.extend(got)

        await asyncio.gather(work(one, NODE), work(other, OTHER))
        assert len(claimed) == len(set(claimed)) == 400
        assert set(claimed) == planned


@pytest.mark.parametrize("state", ["paused", "ended", "completed"])
async def test_a_touch_of_an_enrollment_that_is_not_active_is_not_claimed(database_url: str, state: str) -> None:
    async with Database(database_url).opened() as database:
        made = await ground(database, enrollment=state)
        await plan(database, made, 1, enrollment_id=made.enrollment_id, step=0)
        assert await claim(database, made, NODE) == set()


async def test_a_touch_of_another_team_is_not_claimed(database_url: str) -> None:
    async with Database(database_url).opened() as database:
        made = await ground(database)
        await plan(database, made, 1)
        assert await claim(database, Ground(new_id(), made.lead_id, made.enrollment_id), NODE) == set()


async def test_a_claim_that_lapsed_goes_back_to_planned(database_url: str) -> None:
    async with Database(database_url).opened() as database:
        made = await ground(database)
        await plan(database, made, 2)
        await lapse(database, made, state="claimed")
        settled = await database.writer.run(lambda conn: claims.reclaim_lapsed(conn, team_id=made.team_id, now=NOW))
        assert settled == {"returned": 2, "uncertain": 0}
        assert await states(database, made) == {"planned"}


async def test_a_call_whose_lease_lapsed_is_uncertain_and_never_planned_again(database_url: str) -> None:
    async with Database(database_url).opened() as database:
        made = await ground(database)
        await plan(database, made, 2)
        await lapse(database, made, state="sending")
        settled = await database.writer.run(lambda conn: claims.reclaim_lapsed(conn, team_id=made.team_id, now=NOW))
        assert settled == {"returned": 0, "uncertain": 2}
        assert await states(database, made) == {"uncertain"}
        assert await claim(database, made, NODE) == set()


async def test_a_living_lease_is_left_alone(database_url: str) -> None:
    async with Database(database_url).opened() as database:
        made = await ground(database)
        await plan(database, made, 1)
        await claim(database, made, NODE)
        settled = await database.writer.run(lambda conn: claims.reclaim_lapsed(conn, team_id=made.team_id, now=NOW))
        assert settled == {"returned": 0, "uncertain": 0}


async def test_the_next_due_instant_is_told_by_tick_and_leaves_out_what_may_not_go(database_url: str) -> None:
    async with Database(database_url).opened() as database:
        made = await ground(database, enrollment="paused")
        later = NOW + timedelta(hours=3)
        await plan(database, made, 1, enrollment_id=made.enrollment_id, step=0)
        await plan(database, made, 1, due_at=later)
        async with database.reading(made.team_id) as conn:
            assert await claims.next_due(conn, team_id=made.team_id) == {"sending": later, "likeness": NOW}


async def test_the_claim_itself_finds_due_touches_by_the_partial_index_among_many(database_url: str) -> None:
    seen: list[tuple[str, Any]] = []

    def note(_conn: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: Any) -> None:
        if statement.startswith("WITH") and "lease_owner" in statement:
            seen.append((statement, parameters))

    async with Database(database_url).opened() as database:
        made = await ground(database)
        await plan(database, made, 2000, state="sent")
        await plan(database, made, 5)
        await database.writer.run(lambda conn: conn.execute(text("ANALYZE")))
        event.listen(Engine, "before_cursor_execute", note)
        try:
            assert len(await claim(database, made, NODE)) == 5
        finally:
            event.remove(Engine, "before_cursor_execute", note)
        ((statement, parameters),) = seen
        explain = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "

        async def unit(conn: AsyncConnection) -> str:
            rows = await conn.exec_driver_sql(explain + statement, parameters)
            return "\n".join(str(row) for row in rows)

        assert "ix_touches_due" in await database.writer.run(unit)
