"""An SQLite connection that works in the loop's own thread: for a copy that nobody else waits for.

The usual driver hands every step of every statement to a thread and back, four times a SELECT, so that a slow disk
never stops a server. A rehearsal serves nobody and its file lies in memory: there the handing over is most of the time.
This offers the driver's interface, as far as SQLAlchemy's dialect uses it, and does each step at once.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from typing import Any, Self


async def connect(path: str, **options: Any) -> Connection:
    """Open a file. SQLAlchemy's `async_creator_fn` (see its aiosqlite dialect)."""
    return Connection(sqlite3.connect(path, **options))


class Cursor:
    """One cursor; its coroutines never wait."""

    def __init__(self, cursor: sqlite3.Cursor) -> None:
        self._cursor = cursor

    async def __aenter__(self) -> Self:
        """Nothing to wait for."""
        return self

    @property
    def description(self) -> Any:
        """The columns of the result."""
        return self._cursor.description

    @property
    def rowcount(self) -> int:
        """How many rows the statement changed."""
        return self._cursor.rowcount

    @property
    def lastrowid(self) -> int | None:
        """The id of the row inserted last."""
        return self._cursor.lastrowid

    async def execute(self, statement: str, values: Sequence[Any] = ()) -> None:
        """Run one statement."""
        self._cursor.execute(statement, values)

    async def executemany(self, statement: str, values: Sequence[Sequence[Any]]) -> None:
        """Run one statement for each of these."""
        self._cursor.executemany(statement, values)

    async def fetchall(self) -> list[Any]:
        """All rows."""
        return self._cursor.fetchall()

    async def close(self) -> None:
        """Let go of the result."""
        self._cursor.close()


class Connection:
    """One connection. `_tx` and `_conn` are what the dialect reaches for when it sets the isolation level."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._conn: sqlite3.Connection = connection
        self._connection: sqlite3.Connection | None = connection
        self._tx = self

    def put_nowait(self, work: tuple[asyncio.Future[Any], Callable[[], Any]]) -> None:
        """Do at once what the dialect would leave to a thread."""
        future, function = work
        future.set_result(function())

    def cursor(self) -> Cursor:
        """Make a cursor."""
        return Cursor(self._conn.cursor())

    @property
    def isolation_level(self) -> str | None:
        """Python's own opening of transactions; None where statements say it."""
        return self._conn.isolation_level

    async def create_function(self, *args: Any, **options: Any) -> None:
        """Offer a function to SQL."""
        self._conn.create_function(*args, **options)

    async def commit(self) -> None:
        """Commit."""
        self._conn.commit()

    async def rollback(self) -> None:
        """Roll back."""
        self._conn.rollback()

    async def close(self) -> None:
        """Close the file."""
        self._conn.close()
        self._connection = None

    def stop(self) -> None:
        """Close the file; there is no thread to end."""
        self._conn.close()
        self._connection = None
