"""Column types and database expressions that mean the same on SQLite and PostgreSQL.

`Id` is a UUID; `Instant` is an aware UTC moment; `database_now` is the database's own clock, which leases are measured
on.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Dialect, Float, Uuid, literal
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine


class Id(Uuid[UUID]):
    """A UUID: native on PostgreSQL, 32 hex digits on SQLite.

    A sent touch reads some thirty of them, mostly the same few again, and Python takes 2 µs to make one from text.
    """

    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        """Make each id once."""
        del coltype
        return None if dialect.supports_native_uuid else _read_id


@lru_cache(maxsize=65_536)
def _made(digits: str) -> UUID:
    return UUID(hex=digits)


def _read_id(digits: str | None) -> UUID | None:
    return None if digits is None else _made(digits)


class Instant(TypeDecorator[datetime]):
    """An aware UTC moment with microseconds: `timestamptz` on PostgreSQL, sortable text on SQLite."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Pick the native type."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(TIMESTAMP(timezone=True))
        return dialect.type_descriptor(DateTime())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive moments; store UTC."""
        del dialect
        return None if value is None else _as_utc(value)

    def bind_processor(self, dialect: Dialect) -> Any:
        """Write SQLite's text in one step, as its own type writes it."""
        return super().bind_processor(dialect) if dialect.name == "postgresql" else _write_instant

    def result_processor(self, dialect: Dialect, coltype: Any) -> Any:
        """Read SQLite's text in one step: a sent touch reads some fifteen of them."""
        return super().result_processor(dialect, coltype) if dialect.name == "postgresql" else _read_instant

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return an aware UTC moment."""
        del dialect
        return None if value is None else value.astimezone(UTC)


_NAIVE = len("2026-11-21 09:00:00.000000")


def _as_utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        message = "an instant must be aware (UTC)"
        raise ValueError(message)
    return value if value.tzinfo is UTC else value.astimezone(UTC)


def _write_instant(value: datetime | None) -> str | None:
    return None if value is None else _as_utc(value).isoformat(" ", "microseconds")[:_NAIVE]


def _read_instant(written: str | None) -> datetime | None:
    return None if written is None else datetime.fromisoformat(written + "+00:00")


class database_now(FunctionElement[datetime]):  # noqa: N801 - reads as the SQL function it is
    """The database's clock plus `seconds` (may be negative). Leases live on this clock only.

    The seconds are a bound value, so that a statement that names this clock is compiled once.
    """

    type = Instant()
    inherit_cache = True

    def __init__(self, seconds: float = 0.0) -> None:
        super().__init__(literal(float(seconds), Float))


@compiles(database_now)
def _any_now(element: database_now, compiler: SQLCompiler, **how: Any) -> str:
    """Only so that a statement can be printed without a database at hand."""
    return f"database_now({compiler.process(element.clauses, **how)})"


@compiles(database_now, "sqlite")
def _sqlite_now(element: database_now, compiler: SQLCompiler, **how: Any) -> str:
    seconds = compiler.process(element.clauses, **how)
    return f"strftime('%Y-%m-%d %H:%M:%f000', 'now', printf('%+.3f seconds', {seconds}))"


@compiles(database_now, "postgresql")
def _postgres_now(element: database_now, compiler: SQLCompiler, **how: Any) -> str:
    return f"(clock_timestamp() + make_interval(secs => {compiler.process(element.clauses, **how)}))"
