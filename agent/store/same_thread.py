"""SQLite in the loop's own thread: for a copy that nobody else waits for.

The usual driver hands every step of every statement to a thread and back, four times a SELECT, so that a slow disk
never stops a server. A rehearsal serves nobody and its file lies in memory: there the handing over is most of the time.
This dialect calls Python's own driver at once, under SQLAlchemy's asynchronous engine.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from typing import Any

from sqlalchemy import URL
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import await_only

_NAME = "same_thread"


class _Nothing:
    """Something to wait for that is there already: SQLAlchemy refuses an asynchronous statement that never waited."""

    def __await__(self) -> Generator[Any, None, None]:
        return
        yield


_NOTHING = _Nothing()


class _Cursor(sqlite3.Cursor):
    async def _async_soft_close(self) -> None:
        """Stay open: the rows are read from here."""


class _Connection(sqlite3.Connection):
    def cursor(self, factory: Any = _Cursor) -> Any:
        return super().cursor(factory)


class SameThread(SQLiteDialect_pysqlite):
    """SQLAlchemy's dialect for Python's `sqlite3`, called asynchronous."""

    driver = _NAME
    is_async = True
    supports_statement_cache = True

    def connect(self, *names: Any, **options: Any) -> Any:
        """Open a file."""
        return super().connect(*names, factory=_Connection, **options)

    def do_execute(self, cursor: Any, statement: str, parameters: Any, context: Any = None) -> None:
        """Run one statement."""
        del context
        await_only(_NOTHING)
        cursor.execute(statement, parameters)

    def do_executemany(self, cursor: Any, statement: str, parameters: Any, context: Any = None) -> None:
        """Run one statement for each of these."""
        del context
        await_only(_NOTHING)
        cursor.executemany(statement, parameters)


registry.register(f"sqlite.{_NAME}", __name__, SameThread.__name__)


def in_this_thread(url: URL) -> URL:
    """The same file, through this dialect."""
    return url.set(drivername=f"sqlite+{_NAME}")
