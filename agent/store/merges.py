"""The journal of a merge: what moved from one lead to the other and what changed, so that it can be undone exactly.

Promises that undoing puts back what moved and only what still is as the merge left it: whatever somebody changed since
stays changed. Whether a merge may be, or may be undone, is for the flow.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Table, delete, insert, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.store.claims import WAITING
from agent.store.columns import Instant
from agent.store.ids import new_id
from agent.store.seal import Sealer
from agent.store.tables import (
    addresses,
    alerts,
    consents,
    enrollments,
    lead_events,
    merges,
    messages,
    metadata,
    model_calls,
    name_tokens,
    outbox,
    readings,
    submissions,
    todos,
    touches,
)
from agent.store.upsert import insert_ignoring

MOVES = (
    addresses, consents, lead_events, enrollments, touches, messages, readings, submissions, todos, alerts, outbox,
    model_calls,
)  # fmt: skip
STAYS = frozenset({"conversations", "name_tokens", "likeness_keys", "offers"})
"""Tables about one lead whose rows stay where they are."""
_WORKED_ON = (touches, readings, submissions, alerts, outbox)
_AFTER_ALL_THEIRS = 100
"""How far behind the addresses that were there those stand that came with a merge."""


@dataclass(slots=True)
class Journal:
    """What one merge did: rows that moved by table, columns that changed (before and after), name tokens added."""

    moved: dict[str, list[str]] = field(default_factory=dict)
    changed: list[tuple[str, str, dict[str, list[Any]]]] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)

    def of(self, table: Table) -> list[UUID]:
        """The ids of the rows of a table that moved."""
        return [UUID(hex=each) for each in self.moved.get(table.name, [])]

    def left(self, row_id: UUID) -> dict[str, Any]:
        """The columns of one row as the merge left them."""
        found: dict[str, Any] = {}
        for name, changed_id, columns in self.changed:
            if changed_id == row_id.hex:
                table = metadata.tables[name]
                found |= {column: _typed(table, column, after) for column, (_, after) in columns.items()}
        return found


async def under_way(conn: AsyncConnection, *, team_id: UUID, lead_ids: Collection[UUID]) -> bool:
    """Whether something of these leads is being worked on right now; what waits is locked until the commit."""
    found = False
    for table in _WORKED_ON:
        rows = await conn.execute(
            select(table.c.state)
            .where(
                table.c.team_id == team_id,
                table.c.lead_id.in_(list(lead_ids)),
                table.c.state.in_((WAITING[table.name], "claimed", "sending")),
            )
            .order_by(table.c.id)
            .with_for_update()
        )
        found = any(state != WAITING[table.name] for state in rows.scalars()) or found
    return found


async def change(
    conn: AsyncConnection, table: Table, row: Row[Any], values: Mapping[str, Any], *, journal: Journal
) -> None:
    """Change a row's columns and remember what stood there."""
    (key,) = table.primary_key.columns
    new = {name: value for name, value in values.items() if value != getattr(row, name)}
    if new:
        row_id = getattr(row, key.name)
        await conn.execute(update(table).where(table.c.team_id == row.team_id, key == row_id).values(new))
        plain = {name: [_plain(getattr(row, name)), _plain(value)] for name, value in new.items()}
        journal.changed.append((table.name, row_id.hex, plain))


async def move(conn: AsyncConnection, *, team_id: UUID, kept_id: UUID, gone_id: UUID, journal: Journal) -> None:
    """Let everything of the lead that goes be the other's. An address that both have stays where it is."""
    there = select(addresses.c.channel, addresses.c.value_hash).where(addresses.c.team_id == team_id)
    has = {
        (row.channel, bytes(row.value_hash)) for row in await conn.execute(there.where(addresses.c.lead_id == kept_id))
    }
    for table in MOVES:
        rows = (await conn.execute(select(table).where(table.c.team_id == team_id, table.c.lead_id == gone_id))).all()
        ids = [row.id for row in rows if table is not addresses or (row.channel, bytes(row.value_hash)) not in has]
        if ids:
            journal.moved[table.name] = [each.hex for each in ids]
            await _hand(conn, table, team_id=team_id, ids=ids, from_id=gone_id, to_id=kept_id, step=_AFTER_ALL_THEIRS)
    known = select(name_tokens.c.token_hash).where(name_tokens.c.team_id == team_id)
    theirs = set((await conn.execute(known.where(name_tokens.c.lead_id == kept_id))).scalars())
    added = set((await conn.execute(known.where(name_tokens.c.lead_id == gone_id))).scalars()) - theirs
    journal.tokens = [bytes(each).hex() for each in sorted(added)]
    if added:
        rows_to_add = [{"team_id": team_id, "token_hash": each, "lead_id": kept_id} for each in added]
        await conn.execute(insert_ignoring(conn, name_tokens), rows_to_add)


async def move_back(conn: AsyncConnection, *, team_id: UUID, kept_id: UUID, gone_id: UUID, journal: Journal) -> None:
    """Let what moved be the other lead's again, with what its sequences planned since."""
    for table in MOVES:
        ids = journal.of(table)
        if ids:
            await _hand(conn, table, team_id=team_id, ids=ids, from_id=kept_id, to_id=gone_id, step=-_AFTER_ALL_THEIRS)
    steps = select(touches.c.id).where(
        touches.c.team_id == team_id, touches.c.enrollment_id.in_(journal.of(enrollments))
    )
    for table, column in ((todos, todos.c.touch_id), (messages, messages.c.touch_id), (touches, touches.c.id)):
        theirs = update(table).where(table.c.team_id == team_id, column.in_(steps))
        await conn.execute(theirs.values(lead_id=gone_id))
    if journal.tokens:
        await conn.execute(
            delete(name_tokens).where(
                name_tokens.c.team_id == team_id,
                name_tokens.c.lead_id == kept_id,
                name_tokens.c.token_hash.in_([bytes.fromhex(each) for each in journal.tokens]),
            )
        )


async def restore(conn: AsyncConnection, *, team_id: UUID, journal: Journal) -> None:
    """Put back what the merge changed, last first, wherever it still is as the merge left it."""
    for name, row_id, columns in reversed(journal.changed):
        table = metadata.tables[name]
        (key,) = table.primary_key.columns
        this = (table.c.team_id == team_id) & (key == UUID(hex=row_id))
        row = (await conn.execute(select(table).where(this))).one_or_none()
        back = {
            column: _typed(table, column, before)
            for column, (before, after) in columns.items()
            if row is not None and getattr(row, column) == _typed(table, column, after)
        }
        if back:
            await conn.execute(update(table).where(this).values(back))


async def enter(
    conn: AsyncConnection,
    *,
    team_id: UUID,
    sealer: Sealer,
    kept_id: UUID,
    gone_id: UUID,
    journal: Journal,
    by: str,
    now: datetime,
) -> UUID:
    """Keep what a merge did; returns its id."""
    merge_id = new_id()
    written = json.dumps({"moved": journal.moved, "changed": journal.changed, "tokens": journal.tokens})
    await conn.execute(
        insert(merges).values(
            id=merge_id,
            team_id=team_id,
            kept_id=kept_id,
            gone_id=gone_id,
            journal=sealer.seal("merges", "journal", merge_id, written),
            merged_by=by,
            merged_at=now,
        )
    )
    return merge_id


async def one(
    conn: AsyncConnection, *, team_id: UUID, sealer: Sealer, merge_id: UUID
) -> tuple[Row[Any], Journal] | None:
    """A merge and its journal, locked; None where there is none."""
    asked = select(merges).where(merges.c.team_id == team_id, merges.c.id == merge_id).with_for_update()
    row = (await conn.execute(asked)).one_or_none()
    if row is None:
        return None
    return row, Journal(**json.loads(sealer.open("merges", "journal", row.id, row.journal)))


async def undone(conn: AsyncConnection, *, team_id: UUID, merge_id: UUID, by: str, now: datetime) -> None:
    """Remember who undid a merge, and when."""
    done = update(merges).where(merges.c.team_id == team_id, merges.c.id == merge_id)
    await conn.execute(done.values(undone_at=now, undone_by=by))


async def since(
    conn: AsyncConnection, *, team_id: UUID, lead_id: UUID, at: datetime, journal: Journal
) -> dict[str, int]:
    """How many messages, forms, consents and sequences there are that came after the merge, by table."""
    moments = {messages: "at", submissions: "received_at", consents: "recorded_at", enrollments: "started_at"}
    found: dict[str, int] = {}
    for table, moment in moments.items():
        rows = await conn.execute(
            select(table.c.id).where(table.c.team_id == team_id, table.c.lead_id == lead_id, table.c[moment] > at)
        )
        found[table.name] = len(set(rows.scalars()) - set(journal.of(table)))
    return found


async def _hand(
    conn: AsyncConnection, table: Table, *, team_id: UUID, ids: Sequence[UUID], from_id: UUID, to_id: UUID, step: int
) -> None:
    values: dict[str, Any] = {"lead_id": to_id}
    if table is addresses:
        values["rank"] = addresses.c.rank + step
    these = update(table).where(table.c.team_id == team_id, table.c.lead_id == from_id)
    for start in range(0, len(ids), 500):
        await conn.execute(these.where(table.c.id.in_(ids[start : start + 500])).values(values))


def _plain(value: Any) -> Any:
    """A column's value as JSON keeps it."""
    return msgspec.to_builtins(value)


def _typed(table: Table, column: str, value: Any) -> Any:
    """What a column's value was before JSON kept it."""
    kind = table.c[column].type
    wanted = datetime if isinstance(kind, Instant) else kind.python_type
    return None if value is None else msgspec.convert(value, wanted, strict=False)
