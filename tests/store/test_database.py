from __future__ import annotations

import asyncio
import re
import sys
from asyncio.subprocess import PIPE
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, insert, inspect, select, text
from sqlalchemy.exc import StatementError
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.store import migrations
from agent.store.columns import database_now
from agent.store.database import Database, DatabaseBehind, DatabaseBusy
from agent.store.ids import new_id
from agent.store.migrations import HEAD, current_revision
from agent.store.tables import metadata, team_tables, teams, tick_runs, users
from tests.house.tree import ROOT

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)


def test_the_head_that_starts_look_for_is_alembics_head() -> None:
    config = Config()
    config.set_main_option("script_location", migrations.__path__[0])
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


async def test_an_empty_database_is_brought_to_head_and_matches_the_tables(empty_database_url: str) -> None:
    async with Database(empty_database_url).opened() as database, database._write_engine.connect() as conn:  # noqa: SLF001 - drift is asked of the engine
        assert await current_revision(conn) == HEAD
        drift = await conn.run_sync(
            lambda sync: compare_metadata(MigrationContext.configure(sync, opts={"compare_type": False}), metadata)
        )
    assert drift == []


async def test_a_database_made_at_once_is_the_one_the_migrations_leave(tmp_path: Path) -> None:
    described = []
    for throw_away in (True, False):
        url = f"sqlite+aiosqlite:///{tmp_path / f'{throw_away}.db'}"
        async with Database(url, throw_away=throw_away).opened() as database, database._read_engine.connect() as conn:  # noqa: SLF001 - the schema is asked of the engine
            assert await current_revision(conn) == HEAD
            described.append(await conn.run_sync(_described))
    assert described[0] == described[1]


def _described(conn: Connection) -> dict[str, list[set[str]]]:
    """Every table's columns, indexes, constraints and references, in no order, as text."""
    found = inspect(conn)
    return {
        table: [
            {
                f"{each['name']} {each['type']} {each['nullable']} {each['default']}"
                for each in found.get_columns(table)
            },
            {f"{each['name']} {each['column_names']} {each['unique']}" for each in found.get_indexes(table)},
            {f"{each['name']} {each['column_names']}" for each in found.get_unique_constraints(table)},
            {f"{each['name']} {each['sqltext']}" for each in found.get_check_constraints(table)},
            {f"{each['constrained_columns']} {each['referred_table']}" for each in found.get_foreign_keys(table)},
            set(found.get_pk_constraint(table)["constrained_columns"]),
        ]
        for table in found.get_table_names()
    }


async def test_the_server_ends_a_transaction_that_stalls_so_that_other_nodes_go_on(postgres_url: str) -> None:
    async with Database(postgres_url).opened() as database:
        found = await database.writer.run(lambda conn: conn.execute(text("SHOW idle_in_transaction_session_timeout")))
    assert found.scalar_one() == "10s"


async def test_a_database_of_another_revision_is_not_read(empty_sqlite_url: str) -> None:
    database = Database(empty_sqlite_url)
    with pytest.raises(DatabaseBehind, match="tend migrate"):
        async with database.opened_to_read():
            pass


async def test_a_second_process_on_one_sqlite_file_is_refused_with_what_to_do(sqlite_url: str) -> None:
    async with Database(sqlite_url).opened():
        with pytest.raises(DatabaseBusy, match="another Tend is already writing"):
            async with Database(sqlite_url).opened():
                pass
    async with Database(sqlite_url).opened():
        pass


async def test_another_process_is_refused_in_words_and_may_still_read(sqlite_url: str) -> None:
    program = (
        "import asyncio, sys; from agent.store.database import Database\n"
        "async def main():\n"
        "    async with Database(sys.argv[1]).opened_to_read(): print('read')\n"
        "    async with Database(sys.argv[1]).opened(): print('wrote')\n"
        "asyncio.run(main())"
    )
    async with Database(sqlite_url).opened():
        other = await asyncio.create_subprocess_exec(
            sys.executable, "-c", program, sqlite_url, cwd=ROOT, stdout=PIPE, stderr=PIPE
        )
        said, complained = await other.communicate()
    assert other.returncode == 1
    assert said.split() == [b"read"]
    assert b"another Tend is already writing to" in complained


async def test_partial_indexes_are_the_same_by_migration_as_by_the_tables(database_url: str) -> None:
    wanted = {
        index.name: str(where)
        for table in metadata.tables.values()
        for index in table.indexes
        if (where := index.dialect_options["sqlite"]["where"]) is not None
    }
    assert len(wanted) > 8
    async with Database(database_url).opened() as database, database.reading(new_id()) as conn:
        listed = "SELECT name, sql FROM sqlite_master WHERE type = 'index'"
        if not database.is_sqlite:
            listed = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
        found = {name: sql or "" for name, sql in await conn.execute(text(listed))}
    for name, where in wanted.items():
        states = set(re.findall(r"'(\w+)'", where))
        assert set(re.findall(r"'(\w+)'", found[name].partition(" WHERE ")[2])) == states, name


async def test_several_nodes_may_write_to_one_postgresql(postgres_url: str) -> None:
    async with Database(postgres_url).opened() as one, Database(postgres_url).opened() as other:
        for database, slot in ((one, "1"), (other, "2")):
            row = insert(tick_runs).values(job="x", slot=slot, at=NOON)
            await database.writer.run(partial(AsyncConnection.execute, statement=row))
        async with one.reading(new_id()) as conn:
            assert (await conn.execute(select(tick_runs.c.slot).order_by(tick_runs.c.slot))).scalars().all() == [
                "1",
                "2",
            ]


async def test_sqlite_is_opened_so_that_a_commit_survives_power_loss(sqlite_url: str) -> None:
    async with Database(sqlite_url).opened() as database, database._write_engine.connect() as conn:  # noqa: SLF001 - the pragmas are the claim
        found = {
            name: (await conn.execute(text(f"PRAGMA {name}"))).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


async def test_a_reader_cannot_write(sqlite_url: str) -> None:
    async with Database(sqlite_url).opened() as database, database.reading(new_id()) as conn:
        with pytest.raises(Exception, match="readonly"):
            await conn.execute(insert(tick_runs).values(job="x", slot="1", at=NOON))


async def test_an_instant_comes_back_aware_and_in_utc(database_url: str) -> None:
    elsewhere = NOON.astimezone(timezone(timedelta(hours=-6))) + timedelta(microseconds=123456)
    async with Database(database_url).opened() as database:
        await database.writer.run(lambda conn: conn.execute(insert(tick_runs).values(job="x", slot="1", at=elsewhere)))
        async with database.reading(new_id()) as conn:
            found = (await conn.execute(select(tick_runs.c.at))).scalar_one()
            assert found == elsewhere
            assert found.utcoffset() == timedelta(0)
            database_says = (await conn.execute(select(database_now()))).scalar_one()
            assert abs(database_says - datetime.now(UTC)) < timedelta(minutes=5)


async def test_a_naive_moment_is_refused(sqlite_url: str) -> None:
    async with Database(sqlite_url).opened() as database:
        with pytest.raises(StatementError, match="aware"):
            await database.writer.run(
                lambda conn: conn.execute(
                    insert(tick_runs).values(job="x", slot="1", at=datetime(2026, 3, 3, 12))  # noqa: DTZ001 - the fault
                )
            )


async def test_a_reader_opened_for_one_team_sees_no_other_on_postgresql(postgres_url: str) -> None:
    ours, theirs = new_id(), new_id()
    async with Database(postgres_url).opened() as database:

        async def unit(conn: AsyncConnection) -> None:
            for team, key in ((ours, "ours"), (theirs, "theirs")):
                await conn.execute(insert(teams).values(id=team, key=key, created_at=NOON, connected_at=NOON))
                await conn.execute(
                    insert(users).values(id=new_id(), team_id=team, key=f"dana of {key}", created_at=NOON)
                )

        await database.writer.run(unit)
        async with database.reading(ours) as conn:
            assert (await conn.execute(select(users.c.key))).scalars().all() == ["dana of ours"]
        async with database.reading(new_id()) as conn:
            assert (await conn.execute(select(users.c.key))).scalars().all() == []


async def test_row_level_security_guards_every_table_with_a_teams_data(postgres_url: str) -> None:
    async with Database(postgres_url).opened() as database, database.reading(new_id()) as conn:
        guarded = (
            await conn.execute(text("SELECT relname FROM pg_class WHERE relrowsecurity AND relkind = 'r'"))
        ).scalars()
        assert set(guarded) == {table.name for table in team_tables()}


async def test_a_team_of_many_leads_is_not_read_through_to_find_two_of_them(sqlite_url: str) -> None:
    async with Database(sqlite_url).opened() as database, database._read_engine.connect() as conn:  # noqa: SLF001 - the planner is asked over a connection opened after the schema
        found = await conn.execute(
            text("EXPLAIN QUERY PLAN SELECT * FROM leads WHERE team_id = x'01' AND id IN (x'02', x'03')")
        )
        assert [row.detail for row in found] == ["SEARCH leads USING INDEX sqlite_autoindex_leads_1 (id=?)"]
