"""`INSERT … ON CONFLICT` on both databases, chosen by the connection at hand."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection


def insert_ignoring(conn: AsyncConnection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """Build an insert that leaves an existing row as it is."""
    return _insert_ignoring(conn.dialect.name, table)


def insert_or(conn: AsyncConnection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """Start an insert whose conflict the caller resolves with `.on_conflict_do_update(...)`."""
    return postgresql.insert(table) if conn.dialect.name == "postgresql" else sqlite.insert(table)


@cache
def _insert_ignoring(dialect: str, table: Table) -> postgresql.Insert | sqlite.Insert:
    if dialect == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()
