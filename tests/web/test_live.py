"""Live pages: a hint reaches an open stream, is replayed to one that comes back, and ends with the server."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID

import httpx
import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.store.database import Database
from agent.store.ids import new_id
from agent.store.live import Hint, LiveBus, publish
from agent.store.tables import live_events, teams
from agent.store.wake import after_commit
from tests.web.stage import Stage


@contextlib.asynccontextmanager
async def a_bus(url: str) -> AsyncIterator[tuple[Database, UUID, LiveBus]]:
    """An open database with one team, and its bus."""
    async with Database(url).opened() as database:
        team_id = await a_team(database)
        yield database, team_id, LiveBus(database, team_id=team_id, poll_seconds=0.05)


async def a_team(database: Database) -> UUID:
    """One more team."""
    team_id = new_id()

    async def unit(conn: AsyncConnection) -> None:
        now = datetime.now(UTC)
        await conn.execute(insert(teams).values(id=team_id, key=team_id.hex, created_at=now, connected_at=now))

    await database.writer.run(unit)
    return team_id


async def say(database: Database, team_id: UUID, number: int) -> None:
    """Publish one event."""
    await database.writer.run(lambda conn: publish(conn, team_id=team_id, topic="lead", data={"lead": number}))


async def first_hint(bus: LiveBus) -> Hint | None:
    """The first hint of a stream, kept or not."""
    async with contextlib.aclosing(bus.stream(last_id=None, beat_seconds=5)) as stream:
        return await anext(stream)


async def open_streams(bus: LiveBus, count: int) -> None:
    """Wait until so many streams are open."""
    async with asyncio.timeout(5):
        while bus.listeners < count:  # noqa: ASYNC110 - a bus tells nobody that somebody listens
            await asyncio.sleep(0.01)


async def listen(bus: LiveBus, *, count: int, last_id: int | None = None) -> list[Hint]:
    """The first so many kept events of a stream."""
    found: list[Hint] = []
    async for hint in bus.stream(last_id=last_id, beat_seconds=5):
        if hint is not None and hint.id is not None:
            found.append(hint)
        if len(found) == count:
            break
    return found


async def test_a_commit_that_asked_for_it_is_a_hint_at_once(database_url: str) -> None:
    async with a_bus(database_url) as (database, _, bus):

        async def unit(conn: AsyncConnection) -> None:
            after_commit(conn, "live")

        first = asyncio.create_task(first_hint(bus))
        await open_streams(bus, 1)
        await database.writer.run(unit)

        assert await first == Hint("changed", "{}")


async def test_a_published_event_reaches_the_stream_with_its_data(database_url: str) -> None:
    async with a_bus(database_url) as (database, team_id, bus):
        hearing = asyncio.create_task(listen(bus, count=2))
        await open_streams(bus, 1)
        await say(database, team_id, 7)
        await say(database, team_id, 8)

        assert [hint.data for hint in await hearing] == ['{"lead": 7}', '{"lead": 8}']


async def test_a_stream_that_comes_back_gets_what_it_missed_once(database_url: str) -> None:
    async with a_bus(database_url) as (database, team_id, bus):
        hearing = asyncio.create_task(listen(bus, count=1))
        await open_streams(bus, 1)
        await say(database, team_id, 1)
        seen = (await hearing)[0].id
        await say(database, team_id, 2)
        await say(database, team_id, 3)

        again = asyncio.create_task(listen(bus, count=3, last_id=seen))
        await asyncio.sleep(0.3)
        await say(database, team_id, 4)

        assert [hint.data for hint in await again] == ['{"lead": 2}', '{"lead": 3}', '{"lead": 4}']


async def test_an_event_of_another_team_is_not_heard(database_url: str) -> None:
    async with a_bus(database_url) as (database, team_id, bus):
        other = await a_team(database)
        hearing = asyncio.create_task(listen(bus, count=1))
        await open_streams(bus, 1)
        await say(database, other, 66)
        await say(database, team_id, 7)

        assert [hint.data for hint in await hearing] == ['{"lead": 7}']


async def test_an_event_of_a_transaction_that_failed_never_was(database_url: str) -> None:
    async with a_bus(database_url) as (database, team_id, bus):

        async def unit(conn: AsyncConnection) -> None:
            await publish(conn, team_id=team_id, topic="lead", data={"lead": 1})
            raise LookupError

        with pytest.raises(LookupError):
            await database.writer.run(unit)
        async with database.reading(team_id) as conn:
            kept = (await conn.execute(select(func.count()).where(live_events.c.team_id == team_id))).scalar_one()

        assert kept == 0
        assert bus.listeners == 0


async def test_closing_the_bus_ends_every_stream_and_takes_no_new_one(sqlite_url: str) -> None:
    async with a_bus(sqlite_url) as (_, _, bus):
        hearing = [asyncio.create_task(listen(bus, count=1)) for _ in range(3)]
        await open_streams(bus, 3)
        bus.close()

        assert await asyncio.wait_for(asyncio.gather(*hearing), 2) == [[], [], []]
        assert await asyncio.wait_for(listen(bus, count=1), 2) == []
        assert bus.listeners == 0


async def test_a_stream_nobody_reads_costs_nothing_when_it_is_gone(sqlite_url: str) -> None:
    async with a_bus(sqlite_url) as (_, _, bus):
        hearing = asyncio.create_task(listen(bus, count=1))
        await open_streams(bus, 1)
        hearing.cancel()
        await asyncio.gather(hearing, return_exceptions=True)

        assert bus.listeners == 0


def test_the_stream_is_server_sent_events_that_no_proxy_should_keep(own_stage: Stage) -> None:
    url = f"{own_stage.address}/events"
    with httpx.stream("GET", url, headers={"accept": "text/event-stream"}, timeout=5) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert stream.headers["cache-control"] == "no-cache"
        assert stream.headers["x-accel-buffering"] == "no"
        lines = stream.iter_lines()
        assert next(lines) == ": here"
        own_stage.form("Nora", "Lindqvist", "nora.lindqvist@example.com", message="Is 9 Cedar Lane available?")
        own_stage.tick()
        assert any(line == "event: changed" for line in lines)
