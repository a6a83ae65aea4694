"""Copies of a database to rehearse on: the original is only read, and a server that works on it goes on undisturbed.

An SQLite file is copied by its backup API over a connection that cannot write, in one step, so that no commit tears it.
From PostgreSQL the rows of one team that the engine decides on go into a fresh SQLite file, all seen at one instant.
"""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Table, create_engine, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.store.database import Database, DatabaseUnusable
from agent.store.installation import DEFAULT_TEAM
from agent.store.tables import installation, metadata, team_tables, teams

_LEFT = frozenset(
    {
        "attachments",
        "lead_events",
        "live_events",
        "login_sessions",
        "model_calls",
        "name_tokens",
        "outbox",
        "webhook_events",
    }
)
"""A team's rows on which the engine decides nothing, or cannot without the CRM."""
_TOGETHER = 1_000


def copy_file(source: Path, target: Path) -> None:
    """Copy an SQLite file as it is at this instant. Raises `DatabaseUnusable` when it cannot be read."""
    try:
        with (
            contextlib.closing(sqlite3.connect(f"file:{source.resolve()}?mode=ro", uri=True)) as original,
            contextlib.closing(sqlite3.connect(target)) as copy,
        ):
            original.backup(copy)
    except sqlite3.Error as error:
        raise DatabaseUnusable(f"{source} cannot be copied: {error}") from None


async def copy_team(url: str, target: Path) -> None:
    """Copy the default team's rows from PostgreSQL into a fresh SQLite file.

    Raises `DatabaseBehind` when the schema is another one.
    """
    async with Database(f"sqlite+aiosqlite:///{target}").opened():
        pass
    writing = create_engine(f"sqlite:///{target}")
    try:
        async with Database(url).opened_to_read() as database, database.snapshot() as seen:
            team_id = (await seen.execute(select(teams.c.id).where(teams.c.key == DEFAULT_TEAM))).scalar_one_or_none()
            if team_id is None:
                return
            await database.see_team(seen, team_id)
            with writing.begin() as writes:
                for table in _taken():
                    async for rows in _rows(seen, table, team_id):
                        writes.execute(insert(table), rows)
    finally:
        writing.dispose()


def _taken() -> list[Table]:
    """In an order in which no row refers to a later one."""
    wanted = {installation, teams} | {table for table in team_tables() if table.name not in _LEFT}
    return [table for table in metadata.sorted_tables if table in wanted]


async def _rows(seen: AsyncConnection, table: Table, team_id: UUID) -> Any:
    result = await seen.stream(_of_team(table, team_id))
    async for part in result.mappings().partitions(_TOGETHER):
        yield [dict(row) for row in part]


def _of_team(table: Table, team_id: UUID) -> Select[Any]:
    if table is installation:
        return select(table)
    return select(table).where((table.c.id if table is teams else table.c.team_id) == team_id)
