"""The schema's history. `HEAD` is the revision this version of Tend needs; Alembic is imported only to get there.

A file that is thrown away has no history: it is made in one step, as the migrations would leave it.

Migrations carry dated names, run on both databases, and are never edited once released.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.store.tables import metadata

HEAD = "2026_11_21_corrections"


async def current_revision(conn: AsyncConnection) -> str | None:
    """Read which revision the database is at; None for an empty one."""
    try:
        revision: str | None = (await conn.execute(text("SELECT version_num FROM alembic_version"))).scalar()
    except DBAPIError:
        await conn.rollback()
        return None
    return revision


async def upgrade(conn: AsyncConnection) -> None:
    """Bring the database to `HEAD` in the transaction at hand."""
    await conn.run_sync(_upgrade)


async def make_at_once(conn: AsyncConnection) -> None:
    """Make the schema of an empty SQLite database without walking through its history."""
    await conn.run_sync(metadata.create_all)
    await conn.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
    await conn.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": HEAD})


def _upgrade(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415 - 150 ms that only a first start pays
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
