"""The one MetaData, and the columns that recur: our id, the team, sealed values, leases.

Every table that holds a team's data carries `team_id`; `team_tables` lists them for the check that none is forgotten.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ForeignKey, Integer, LargeBinary, MetaData, Table, Text

from agent.store.columns import Id, Instant

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def row_id() -> Column[UUID]:
    """Our own UUIDv7, made before the insert."""
    return Column("id", Id, primary_key=True)


def team_id() -> Column[UUID]:
    """The team whose row this is."""
    return Column("team_id", Id, ForeignKey("teams.id"), nullable=False)


def reference(name: str, target: str, *, nullable: bool = False, index: bool = False) -> Column[UUID]:
    """A reference to another table's id."""
    return Column(name, Id, ForeignKey(f"{target}.id", ondelete="CASCADE"), nullable=nullable, index=index)


def text(name: str, *, nullable: bool = False, default: str | None = "") -> Column[str]:
    """Short text that is not personal data."""
    return Column(name, Text, nullable=nullable, server_default=None if nullable else default)


def sealed(name: str) -> Column[bytes]:
    """Personal data, sealed by `agent.store.seal` (NULL where absent)."""
    return Column(name, LargeBinary, nullable=True)


def hashed(name: str, *, nullable: bool = False) -> Column[bytes]:
    """A keyed hash that looks personal data up."""
    return Column(name, LargeBinary(16), nullable=nullable)


def instant(name: str, *, nullable: bool = True) -> Column[datetime]:
    """An aware UTC moment."""
    return Column(name, Instant, nullable=nullable)


def count(name: str) -> Column[int]:
    """A whole number that starts at 0."""
    return Column(name, Integer, nullable=False, server_default="0")


def claimable() -> list[Column[Any]]:
    """What a row needs to be claimed as work: a state, a due time on Tend's clock, a lease on the database's."""
    return [
        Column("state", Text, nullable=False),
        instant("due_at", nullable=False),
        count("attempts"),
        Column("lease_owner", Text, nullable=True),
        instant("lease_until"),
        text("reason"),
    ]


def team_tables() -> frozenset[Table]:
    """All tables that hold a team's data."""
    return frozenset(table for table in metadata.tables.values() if "team_id" in table.c)
