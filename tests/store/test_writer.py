from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import UTC, datetime

import pytest
from sqlalchemy import event, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.store.database import Database
from agent.store.tables import tick_runs
from agent.store.wake import after_commit
from agent.store.writer import Writer, WriterClosed, WriterFull

AT = datetime(2026, 3, 3, 16, tzinfo=UTC)


def write(slot: str) -> Callable[[AsyncConnection], Awaitable[str]]:
    async def unit(conn: AsyncConnection) -> str:
        await conn.execute(insert(tick_runs).values(job="test", slot=slot, at=AT))
        return slot

    return unit


async def slots(database: Database) -> list[str]:
    async with database._read_engine.connect() as conn:  # noqa: SLF001 - no team owns these rows
        return sorted((await conn.execute(select(tick_runs.c.slot))).scalars())


@contextlib.contextmanager
def counted_commits(database: Database) -> Iterator[list[int]]:
    seen: list[int] = []
    engine = database._write_engine.sync_engine  # noqa: SLF001 - the commits themselves are what is counted

    def note(_connection: object) -> None:
        seen.append(1)

    event.listen(engine, "commit", note)
    yield seen
    event.remove(engine, "commit", note)


async def test_units_that_arrive_together_share_transactions(database_url: str) -> None:
    async with Database(database_url).opened() as database:
        with counted_commits(database) as commits:
            answers = await asyncio.gather(*(database.writer.run(write(f"{n:03}")) for n in range(200)))
        assert answers == [f"{n:03}" for n in range(200)]
        assert len(await slots(database)) == 200
        assert len(commits) < 10


async def test_one_bad_unit_fails_alone(database_url: str) -> None:
    async with Database(database_url).opened() as database:
        await database.writer.run(write("taken"))
        names = [f"{n:03}" for n in range(250)]
        units = [*(write(name) for name in names), write("taken"), *(write(f"late {name}") for name in names)]
        answers = await asyncio.gather(*(database.writer.run(unit) for unit in units), return_exceptions=True)
        failed = [answer for answer in answers if isinstance(answer, BaseException)]
        assert len(failed) == 1
        assert isinstance(failed[0], IntegrityError)
        assert len(await slots(database)) == 501


async def test_a_handler_gets_every_item_that_met_in_one_call(database_url: str) -> None:
    calls: list[int] = []

    async def handler(conn: AsyncConnection, items: Sequence[str]) -> Sequence[str]:
        calls.append(len(items))
        await conn.execute(insert(tick_runs), [{"job": "test", "slot": item, "at": AT} for item in items])
        return [item.upper() for item in items]

    async with Database(database_url).opened() as database:
        wanted = [f"a{n}" for n in range(300)]
        answers = await asyncio.gather(*(database.writer.run_each(handler, item) for item in wanted))
        assert answers == [item.upper() for item in wanted]
        assert sum(calls) == 300
        assert len(calls) < 10


async def test_a_bad_item_of_a_batch_fails_alone_and_the_others_are_written(database_url: str) -> None:
    async def handler(conn: AsyncConnection, items: Sequence[str]) -> Sequence[str]:
        await conn.execute(insert(tick_runs), [{"job": "test", "slot": item, "at": AT} for item in items])
        return items

    async with Database(database_url).opened() as database:
        await database.writer.run(write("b"))
        answers = await asyncio.gather(
            *(database.writer.run_each(handler, item) for item in "abc"), return_exceptions=True
        )
        assert [type(answer).__name__ for answer in answers] == ["str", "IntegrityError", "str"]
        assert await slots(database) == ["a", "b", "c"]


async def test_a_commit_that_fails_grants_nothing(database_url: str) -> None:
    async with Database(database_url).opened() as database:
        engine = database._write_engine.sync_engine  # noqa: SLF001 - the commit is broken at the engine's own seam

        def refuse(_connection: object) -> None:
            raise ConnectionError("the disk is gone")

        event.listen(engine, "commit", refuse)
        answers = await asyncio.gather(*(database.writer.run(write(str(n))) for n in range(3)), return_exceptions=True)
        event.remove(engine, "commit", refuse)
        assert all(isinstance(answer, ConnectionError) for answer in answers)
        assert await slots(database) == []
        assert await database.writer.run(write("after")) == "after"


async def test_ticks_are_woken_only_by_a_commit(database_url: str) -> None:
    async with Database(database_url).opened() as database:

        async def fails(conn: AsyncConnection) -> None:
            after_commit(conn, "sending")
            raise ValueError("no")

        async def works(conn: AsyncConnection) -> None:
            after_commit(conn, "sending")

        with pytest.raises(ValueError, match="no"):
            await database.writer.run(fails)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(database.wakes.wait("sending"), 0.05)
        await database.writer.run(works)
        await asyncio.wait_for(database.wakes.wait("sending"), 1)


async def test_too_much_waiting_is_refused_at_once(sqlite_url: str) -> None:
    async with Database(sqlite_url).opened() as database:
        writer = Writer(database._write_engine, database.wakes, max_waiting=3)  # noqa: SLF001 - a small one of the test's own
        waiting = [asyncio.ensure_future(writer.run(write(str(n)))) for n in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(WriterFull):
            await writer.run(write("one too many"))
        writer.start()
        assert await asyncio.gather(*waiting) == ["0", "1", "2"]
        await writer.close()


async def test_closing_finishes_what_was_accepted_and_takes_no_more(database_url: str) -> None:
    async with Database(database_url).opened() as database:
        accepted = [asyncio.ensure_future(database.writer.run(write(str(n)))) for n in range(50)]
        await asyncio.sleep(0)
        await database.writer.close()
        assert len(await asyncio.gather(*accepted)) == 50
        with pytest.raises(WriterClosed):
            await database.writer.run(write("late"))
