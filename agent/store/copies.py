"""Whether this database is the one that sent, or a copy of it: a copy must not send what the original may have sent.

SQLite: every batch of calls raises the installation's `epoch` and notes it in a witness file beside the database, with
the file's own identity. A database that lies behind its witness was restored; one without a witness, or in another
file, was copied. PostgreSQL: the cluster's system identifier, its timeline and the database's oid are kept in the
`installation` row; a dump restored elsewhere, a clone or a promoted replica has others.
What neither can see: a whole data folder copied back over itself byte by byte into the same files (SQLite), or the disk
of a whole cluster turned back (PostgreSQL).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.store.tables import installation

REASON = (
    "this database is a copy or was restored, and the original may have sent what is due here. Enter opt-outs that "
    "came since, then `tend resume` goes on without what was due in between"
)
_WHERE = text(
    "SELECT (SELECT system_identifier FROM pg_control_system())::text || '/' || "
    "(SELECT timeline_id FROM pg_control_checkpoint())::text || '/' || "
    "(SELECT oid FROM pg_database WHERE datname = current_database())::text"
)
_RAISE = update(installation).values(epoch=installation.c.epoch + 1).returning(installation.c.epoch)
_WHERE_PLAIN = text("SELECT (SELECT oid FROM pg_database WHERE datname = current_database())::text")


@dataclass(frozen=True, slots=True)
class Witness:
    """The file beside an SQLite database that remembers how far it had come."""

    database: Path

    @property
    def path(self) -> Path:
        """Where it stands."""
        return self.database.with_name(f"{self.database.name}.witness")

    def note(self, installation_id: str, epoch: int) -> None:
        """Remember that calls up to this epoch may have been made. One small write: it must survive us, not the power.

        After a loss of power the database itself may be the only one that remembers, and it is never behind.
        """
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, f"{installation_id} {self._file()} {epoch:>20}\n".encode())
        finally:
            os.close(descriptor)

    def vouches(self, installation_id: str, epoch: int) -> bool:
        """Whether this file is the one that was here before, and has forgotten nothing."""
        try:
            known, file, noted = self.path.read_text().split()
            return known == installation_id and file == self._file() and int(noted) <= epoch
        except (OSError, ValueError):
            return False

    def _file(self) -> str:
        return f"{self.database.stat().st_ino:020d}"


async def is_copy(conn: AsyncConnection, witness: Witness | None) -> bool:
    """Whether this database was in use somewhere else, or further on than it is now. A new one is not."""
    row = (await conn.execute(select(installation))).one()
    if row.epoch == 0 or row.copy_since is not None:
        return row.copy_since is not None
    if conn.dialect.name == "postgresql":
        return bool(row.place != await _place(conn))
    return witness is not None and not witness.vouches(row.id.hex, row.epoch)


async def refuse(conn: AsyncConnection, *, now: datetime) -> None:
    """No touch is claimed from here on, so that what is due keeps the moment it was due at, until `adopt`."""
    await conn.execute(update(installation).where(installation.c.copy_since.is_(None)).values(copy_since=now))


async def adopt(conn: AsyncConnection, witness: Witness | None) -> datetime | None:
    """From here on this is the one database that sends; says since when it was refused as a copy, None if it was not.

    The witness hears of the epoch that is committed already: a crash before this commit must not look like a copy.
    """
    place = await _place(conn) if conn.dialect.name == "postgresql" else ""
    before = (await conn.execute(select(installation.c.id, installation.c.epoch, installation.c.copy_since))).one()
    await conn.execute(update(installation).values(epoch=installation.c.epoch + 1, place=place, copy_since=None))
    if witness is not None:
        witness.note(before.id.hex, before.epoch)
    refused_since: datetime | None = before.copy_since
    return refused_since


async def advance(conn: AsyncConnection) -> int:
    """Raise the epoch because calls are about to be made (SQLite, whose writer is alone); 0 where nothing is noted."""
    if conn.dialect.name == "postgresql":
        return 0
    return int((await conn.execute(_RAISE)).scalar_one())


async def _place(conn: AsyncConnection) -> str:
    try:
        async with conn.begin_nested():
            return str((await conn.execute(_WHERE)).scalar_one())
    except DBAPIError:
        return str((await conn.execute(_WHERE_PLAIN)).scalar_one())
