"""Two connections race on PostgreSQL: after an opt-out's commit on an address nothing enters `sending` to it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.store import messages, touches
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


async def mark(database: Database, made: Household, which: int, *, found: asyncio.Event, go_on: asyncio.Event) -> bool:
    """What the sending path does: lock, look, and mark `sending`. Returns whether it was marked."""

    async def unit(conn: AsyncConnection) -> bool:
        rows = await touches.still_ours(conn, team_id=made.team_id, ids=[made.touch_ids[which]], node="node")
        background = await touches.background(conn, team_id=made.team_id, rows=rows, now=NOW, asked=ASKED)
        found.set()
        await go_on.wait()
        (row,) = rows
        theirs = {(each.channel, bytes(each.value_hash)) for each in background.addresses[row.lead_id]}
        if theirs & background.limits.suppressed:
            return False
        await touches.settle(conn, team_id=made.team_id, changes=[touches.change(row, state="sending")])
        return True

    return await database.writer.run(unit)


async def opt_out(database: Database, made: Household) -> None:
    """What STOP from the shared phone does: lock, then suppress every address of whoever has it."""

    async def unit(conn: AsyncConnection) -> None:
        sharing = await messages.lock_address(conn, team_id=made.team_id, value_hash=PHONE)
        assert set(sharing) == set(made.leads[:2])
        hashes = await messages.hashes_of(conn, team_id=made.team_id, lead_ids=sharing)
        await messages.suppress(conn, team_id=made.team_id, hashes=hashes, reason="opted out", source="sms", now=NOW)

    await database.writer.run(unit)


async def test_an_opt_out_waits_for_the_transaction_that_is_marking_a_touch_to_any_of_its_addresses(
    postgres_url: str,
) -> None:
    async with Database(postgres_url).opened() as one, Database(postgres_url).opened() as other:
        for which in range(3):
            made = await household(one)
            await claimed(one, made, "node")
            found, go_on = asyncio.Event(), asyncio.Event()
            marking = asyncio.create_task(mark(one, made, which, found=found, go_on=go_on))
            await found.wait()
            stopping = asyncio.create_task(opt_out(other, made))
            await asyncio.sleep(0.2)
            assert not stopping.done(), "the opt-out committed while a touch to its address was being marked"
            go_on.set()
            assert await marking
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
            marked = await asyncio.gather(*(mark(one, made, who, found=asyncio.Event(), go_on=now) for who in range(3)))
            await stopping
            left = [who for who, was in enumerate(marked) if not was]
            again = await asyncio.gather(*(mark(one, made, who, found=asyncio.Event(), go_on=now) for who in left))
            assert not any(again)
            async with one.reading(made.team_id) as conn:
                stopped = await conn.execute(
                    select(suppressions.c.value_hash).where(suppressions.c.team_id == made.team_id)
                )
                assert {bytes(value) for value in stopped.scalars()} == {PHONE, EMAIL}
