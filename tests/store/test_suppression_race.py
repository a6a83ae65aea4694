"""Two connections race on PostgreSQL: an opt-out against the mark `sending`, two texts for the last place of a cap."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.rules.closing import ClosedBy
from agent.store import suppressions as closing_store
from agent.store import touches
from agent.store.columns import database_now
from agent.store.database import Database
from agent.store.ids import new_id
from agent.store.limits import Asked
from agent.store.tables import addresses, conversations, leads, suppressions, teams
from agent.store.tables import touches as touches_table

NOW = datetime(2026, 3, 3, 16, tzinfo=UTC)
ASKED = Asked(text_budget=True, ladder=(), brake_days=7)
PHONE, EMAIL = b"the shared phone", b"the shared mail."


@dataclass(frozen=True)
class Household:
    """A team; two leads share the phone, and the second shares an email address with a third."""

    team_id: UUID
    leads: tuple[UUID, ...]
    touch_ids: tuple[UUID, ...]


async def household(database: Database) -> Household:
    made = Household(new_id(), tuple(new_id() for _ in range(3)), tuple(new_id() for _ in range(3)))
    has = ((0, "sms", PHONE), (1, "sms", PHONE), (1, "email", EMAIL), (2, "email", EMAIL))
    team = {"team_id": made.team_id}

    async def unit(conn: AsyncConnection) -> None:
        a_team = {"id": made.team_id, "key": made.team_id.hex, "created_at": NOW, "connected_at": NOW}
        await conn.execute(insert(teams).values(a_team))
        when = {"created_at": NOW, "updated_at": NOW, "arrived_at": NOW}
        await conn.execute(insert(leads), [{"id": lead_id, **team, **when} for lead_id in made.leads])
        await conn.execute(insert(conversations), [{"lead_id": each, "updated_at": NOW, **team} for each in made.leads])
        await conn.execute(
            insert(addresses),
            [
                {"id": new_id(), **team, "lead_id": made.leads[who], "channel": channel, "value_hash": value_hash}
                | {"created_at": NOW}
                for who, channel, value_hash in has
            ],
        )
        await conn.execute(
            insert(touches_table),
            [
                {"id": touch_id, **team, "lead_id": made.leads[who], "kind": "manual", "dedupe_key": touch_id.hex}
                | {"channel": "email" if who == 2 else "sms", "planned_at": NOW, "due_at": NOW, "state": "planned"}
                for who, touch_id in enumerate(made.touch_ids)
            ],
        )

    await database.writer.run(unit)
    return made


async def claimed(database: Database, made: Household, node: str) -> None:
    await database.writer.run(
        lambda conn: conn.execute(
            update(touches_table)
            .where(touches_table.c.team_id == made.team_id)
            .values(state="claimed", lease_owner=node, lease_until=database_now(60))
        )
    )


async def mark(
    database: Database, made: Household, who: Sequence[int], *, found: asyncio.Event, go_on: asyncio.Event
) -> set[int]:
    """What the sending path does with a batch: lock, look, and mark `sending`. Returns whose touches were marked."""

    async def unit(conn: AsyncConnection) -> set[int]:
        ids = [made.touch_ids[each] for each in who]
        rows = await touches.still_ours(conn, team_id=made.team_id, ids=ids, node="node")
        background = await touches.background(conn, team_id=made.team_id, rows=rows, now=NOW, asked=ASKED)
        found.set()
        await go_on.wait()
        theirs = {
            row: {(each.channel, bytes(each.value_hash)) for each in background.addresses[row.lead_id]} for row in rows
        }
        passed = [row for row in rows if not theirs[row] & background.limits.suppressed]
        marked = [touches.change(row, state="sending") for row in passed]
        await touches.settle(conn, team_id=made.team_id, changes=marked)
        return {made.touch_ids.index(row.id) for row in passed}

    return await database.writer.run(unit)


async def opt_out(database: Database, made: Household) -> None:
    """What STOP from the shared phone does: lock, then suppress every address of whoever has it."""

    async def unit(conn: AsyncConnection) -> None:
        sharing = await closing_store.lock_addresses(conn, team_id=made.team_id, hashes=[PHONE])
        assert set(sharing) == set(made.leads[:2])
        hashes = await closing_store.hashes_of(conn, team_id=made.team_id, lead_ids=sharing)
        await closing_store.suppress(
            conn, team_id=made.team_id, hashes=hashes, reason="opted out", by=ClosedBy.TEXT, now=NOW
        )

    await database.writer.run(unit)


async def test_an_opt_out_waits_for_the_transaction_that_is_marking_a_touch_to_any_of_its_addresses(
    postgres_url: str,
) -> None:
    async with Database(postgres_url).opened() as one, Database(postgres_url).opened() as other:
        for which in range(3):
            made = await household(one)
            await claimed(one, made, "node")
            found, go_on = asyncio.Event(), asyncio.Event()
            marking = asyncio.create_task(mark(one, made, [which], found=found, go_on=go_on))
            await found.wait()
            stopping = asyncio.create_task(opt_out(other, made))
            await asyncio.sleep(0.2)
            assert not stopping.done(), "the opt-out committed while a touch to its address was being marked"
            go_on.set()
            assert await marking == {which}
            await stopping


async def test_once_the_opt_out_is_committed_no_touch_enters_sending_whoever_shares_the_address(
    postgres_url: str,
) -> None:
    now = asyncio.Event()
    now.set()
    async with Database(postgres_url).opened() as one, Database(postgres_url).opened() as other:
        for _ in range(12):
            made = await household(one)
            await claimed(one, made, "node")
            stopping = asyncio.create_task(opt_out(other, made))
            marked = await mark(one, made, range(3), found=asyncio.Event(), go_on=now)
            await stopping
            left = {0, 1, 2} - marked
            assert await mark(one, made, sorted(left), found=asyncio.Event(), go_on=now) == set()
            async with one.reading(made.team_id) as conn:
                stopped = await conn.execute(
                    select(suppressions.c.value_hash).where(suppressions.c.team_id == made.team_id)
                )
                assert {bytes(value) for value in stopped.scalars()} == {PHONE, EMAIL}


async def test_two_nodes_that_text_one_number_at_once_count_each_others_text(postgres_url: str) -> None:
    async with Database(postgres_url).opened() as one, Database(postgres_url).opened() as other:
        for _ in range(8):
            made = await household(one)
            await claimed(one, made, "node")
            seen = await asyncio.gather(text(one, made, 0), text(other, made, 1))
            assert sorted(seen) == [0, 1]


async def text(database: Database, made: Household, which: int) -> int:
    """Mark a text to the shared phone; returns how many it found in the last 24 hours."""

    async def unit(conn: AsyncConnection) -> int:
        rows = await touches.still_ours(conn, team_id=made.team_id, ids=[made.touch_ids[which]], node="node")
        background = await touches.background(conn, team_id=made.team_id, rows=rows, now=NOW, asked=ASKED)
        message = {"id": new_id(), "team_id": made.team_id, "lead_id": made.leads[which], "direction": "out"}
        message |= {"channel": "sms", "address_hash": PHONE, "touch_id": rows[0].id, "at": NOW, "segments": 1}
        await touches.insert_messages(conn, [message])
        await touches.settle(conn, team_id=made.team_id, changes=[touches.change(rows[0], state="sending")])
        return background.limits.texts_in_24h.get(PHONE, 0)

    return await database.writer.run(unit)
