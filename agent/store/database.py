"""Opens the database: one writing engine behind the group-commit writer, one reading engine beside it.

SQLite: WAL, `synchronous=FULL` (a commit forgotten at power loss could text a person twice), `BEGIN IMMEDIATE`, one
writing process per file, refused otherwise. PostgreSQL: READ COMMITTED, as many nodes as you like.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from filelock import FileLock, Timeout
from sqlalchemy import URL, event, make_url, text
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from agent.store import planner
from agent.store.copies import Witness
from agent.store.migrations import HEAD, current_revision, make_at_once, upgrade
from agent.store.same_thread import in_this_thread
from agent.store.wake import Wakes
from agent.store.writer import Writer

_DRIVERS = frozenset({"sqlite+aiosqlite", "postgresql+asyncpg"})
_READERS = 4
_STALLED_AFTER = "10s"
"""A transaction of ours is never idle for long: one that is belongs to a frozen node, and others wait for its rows."""
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA busy_timeout=5000",
    "PRAGMA foreign_keys=ON",
    "PRAGMA cache_size=-65536",
)
_FORGETTABLE = ("PRAGMA synchronous=OFF", "PRAGMA wal_autocheckpoint=20000")
"""For a copy that is thrown away: no power cut can matter to it, and its log may grow to 80 MB."""


class DatabaseUnusable(RuntimeError):
    """The URL names no database of a kind Tend knows, or nothing answers there."""


class DatabaseBusy(RuntimeError):
    """Another process writes to this SQLite file."""


class DatabaseBehind(RuntimeError):
    """The database has another schema than this version of Tend, and may not be changed here."""


class Database:
    """The store of one process. Use `async with Database(url).opened():`."""

    def __init__(self, url: str, *, wakes: Wakes | None = None, throw_away: bool = False) -> None:
        """Make both engines; nothing is opened yet. Raises `DatabaseUnusable`.

        `throw_away` is for an SQLite file that nobody needs afterwards: it survives no power cut, and statements run in
        this thread.
        """
        self.url = _known(url)
        self.wakes = wakes or Wakes()
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._lock: FileLock | None = None
        self._throw_away = throw_away and self.is_sqlite
        make = partial(_sqlite_engine, throw_away=throw_away) if self.is_sqlite else _postgres_engine
        self._write_engine = make(self.url, writing=True)
        self._read_engine = make(self.url, writing=False)
        self.writer = Writer(self._write_engine, self.wakes)
        in_file = self.is_sqlite and self.url.database not in {None, "", ":memory:"}
        self.witness = Witness(Path(str(self.url.database))) if in_file else None

    @contextlib.asynccontextmanager
    async def opened(self) -> AsyncIterator[Database]:
        """Take the file (SQLite), bring the schema up to date, start the writer; on leaving, drain and let go.

        Raises `DatabaseBusy` when another process writes to the same SQLite file, `DatabaseUnusable` when nothing
        answers.
        """
        self._take_file()
        try:
            await self._migrate()
            self.writer.start()
            try:
                yield self
            finally:
                await self.writer.close()
        finally:
            await self._write_engine.dispose()
            await self._read_engine.dispose()
            if self._lock is not None:
                self._lock.release()

    @contextlib.asynccontextmanager
    async def opened_to_read(self) -> AsyncIterator[Database]:
        """Open for reading only, beside a running server. Raises `DatabaseBehind` when the schema is another."""
        try:
            async with self._read_engine.connect() as conn:
                revision = await current_revision(conn)
            if revision != HEAD:
                message = f"the database is at {revision or 'no'} revision, this Tend wants {HEAD}: run `tend migrate`"
                raise DatabaseBehind(message)
            yield self
        finally:
            await self._read_engine.dispose()
            await self._write_engine.dispose()

    @contextlib.asynccontextmanager
    async def reading(self, team_id: UUID) -> AsyncIterator[AsyncConnection]:
        """Lend a connection that only reads; on PostgreSQL row-level security shows it that team's rows alone."""
        async with self._read_engine.connect() as conn:
            await self.see_team(conn, team_id)
            yield conn

    @contextlib.asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncConnection]:
        """Lend a connection that sees one instant of PostgreSQL for as long as it is held. `see_team` shows it rows."""
        async with self._read_engine.connect() as conn:
            await conn.execution_options(isolation_level="REPEATABLE READ")
            yield conn

    async def see_team(self, conn: AsyncConnection, team_id: UUID) -> None:
        """Show the rows of one team to a reading connection, until its transaction ends."""
        if not self.is_sqlite:
            await conn.execute(text("SELECT set_config('tend.team', :team, true)"), {"team": str(team_id)})

    def _take_file(self) -> None:
        if not self.is_sqlite or not self.url.database or self.url.database == ":memory:":
            return
        path = Path(self.url.database)
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(f"{path}.lock", thread_local=False)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            message = (
                f"another Tend is already writing to {path}. Stop it first, or run this against its address; "
                "several processes at once need PostgreSQL (TEND_DATABASE_URL)"
            )
            raise DatabaseBusy(message) from None
        self._lock = lock

    async def _migrate(self) -> None:
        try:
            await self._bring_up_to_date()
        except OSError as error:
            shown = self.url.render_as_string(hide_password=True)
            message = f"{shown} does not answer ({error.strerror or error}); start it, or mend TEND_DATABASE_URL"
            raise DatabaseUnusable(message) from None

    async def _bring_up_to_date(self) -> None:
        async with self._write_engine.connect() as conn:
            revision = await current_revision(conn)
            if revision != HEAD:
                await conn.rollback()
                async with conn.begin():
                    await (make_at_once if self._throw_away and revision is None else upgrade)(conn)
                    if self.is_sqlite:
                        await planner.teach(conn)


def _known(url: str) -> URL:
    message = "TEND_DATABASE_URL: write sqlite+aiosqlite:///FILE or postgresql+asyncpg://USER:PASSWORD@HOST/NAME"
    try:
        made = make_url(url)
    except ArgumentError:
        raise DatabaseUnusable(message) from None
    if made.drivername not in _DRIVERS:
        raise DatabaseUnusable(message)
    return made


def _sqlite_engine(url: URL, *, writing: bool, throw_away: bool) -> AsyncEngine:
    engine = create_async_engine(
        in_this_thread(url) if throw_away else url,
        poolclass=AsyncAdaptedQueuePool,
        pool_size=1 if writing else _READERS,
        max_overflow=0,
        pool_timeout=60,
        hide_parameters=True,
    )

    @event.listens_for(engine.sync_engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in _PRAGMAS + (_FORGETTABLE if throw_away else ()):
            cursor.execute(pragma)
        if not writing:
            cursor.execute("PRAGMA query_only=ON")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine


def _postgres_engine(url: URL, *, writing: bool) -> AsyncEngine:
    engine = create_async_engine(
        url,
        pool_size=1 if writing else _READERS,
        max_overflow=0,
        pool_pre_ping=True,
        isolation_level="READ COMMITTED",
        hide_parameters=True,
    )
    if writing:

        @event.listens_for(engine.sync_engine, "connect")
        def _end_when_stalled(connection: Any, _record: Any) -> None:
            cursor = connection.cursor()
            cursor.execute(f"SET idle_in_transaction_session_timeout = '{_STALLED_AFTER}'")
            cursor.close()
            connection.commit()

    else:

        @event.listens_for(engine.sync_engine, "connect")
        def _become_reader(connection: Any, _record: Any) -> None:
            cursor = connection.cursor()
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = 'tend_reader' AND pg_has_role(rolname, 'MEMBER')")
            if cursor.fetchone():
                cursor.execute("SET ROLE tend_reader")
            cursor.close()
            connection.commit()

    return engine
