"""One transaction at a time decides who somebody is: nodes that hear of the same address at once take turns.

Whether an address is a known lead's is asked before the lead is written, and no row stands for a lead that is not there
yet. So whoever asks first locks the address itself, on PostgreSQL, until its commit; whoever asks next sees the lead.
SQLite has one writer, and needs no turns.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import ARRAY, BigInteger, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

_TAKE = text("SELECT count(pg_advisory_xact_lock(key)) FROM unnest(:keys) AS key").bindparams(
    bindparam("keys", type_=ARRAY(BigInteger))
)


async def take_turns(conn: AsyncConnection, hashes: Iterable[bytes]) -> None:
    """Wait until no other transaction decides about one of these hashes, and keep them until the commit.

    Always in the same order, so that two that want the same ones cannot wait for each other.
    """
    if conn.dialect.name != "postgresql":
        return
    keys = sorted({int.from_bytes(each[:8], signed=True) for each in hashes})
    if keys:
        await conn.execute(_TAKE, {"keys": keys})
