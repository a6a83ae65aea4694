"""Live pages: hints that something changed, for this team's open pages, without a broker.

A commit that asked for the wake `live` becomes the event `changed` on this node at once. `publish` writes an event into
the caller's transaction instead: it exists exactly when the change does, reaches every node by polling, and is replayed
to a browser that comes back with the id of the last one it saw. Events are hints, never content: pages refetch.

On PostgreSQL ids are taken before the commit, so a slow transaction can appear behind the newest id seen: the last ten
seconds are read again and what was already handed out is dropped. The pump runs while somebody listens.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, func, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.log import log
from agent.store.columns import database_now
from agent.store.database import Database
from agent.store.tables import live_events
from agent.store.wake import after_commit

CHANGED = "changed"
_ENDING = "live_ending"
_AGAIN_SECONDS = 10.0
_TOGETHER_SECONDS = 0.5
_KEPT = 10_000
_BEHIND = 500


@dataclass(frozen=True, slots=True)
class Hint:
    """One event: its topic, its data as JSON text, and its id (None for a hint that is not kept)."""

    topic: str
    data: str
    id: int | None = None


async def publish(conn: AsyncConnection, *, team_id: UUID, topic: str, data: Mapping[str, Any]) -> None:
    """Publish an event with the present transaction; the ten thousand newest are kept for replay."""
    row_id = (
        await conn.execute(
            insert(live_events)
            .values(team_id=team_id, topic=topic, data=json.dumps(data), at=database_now())
            .returning(live_events.c.id)
        )
    ).scalar_one()
    await conn.execute(delete(live_events).where(live_events.c.team_id == team_id, live_events.c.id < row_id - _KEPT))
    after_commit(conn, "live")


class LiveBus:
    """The hints of one team on one node."""

    def __init__(self, database: Database, *, team_id: UUID, poll_seconds: float = 1.0) -> None:
        self._database = database
        self._team_id = team_id
        self._poll_seconds = poll_seconds
        self._listeners: set[asyncio.Queue[Hint | None]] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._ended = False
        self._last = 0
        self._handed_out: set[int] = set()

    def close(self) -> None:
        """End every open stream and take no new one, so that a server can shut down; may be called from a signal."""
        self._database.wakes.set((_ENDING,))

    @property
    def listeners(self) -> int:
        """How many streams are open."""
        return len(self._listeners)

    async def stream(self, *, last_id: int | None, beat_seconds: float = 15.0) -> AsyncGenerator[Hint | None, None]:
        """Hints as they come, first those after `last_id`; None means nothing came for `beat_seconds`."""
        if self._ended:
            return
        queue: asyncio.Queue[Hint | None] = asyncio.Queue()
        seen = last_id or 0
        if not self._listeners:
            await self._start()
        self._listeners.add(queue)
        try:
            if last_id is not None:
                for row in await self._rows(last_id, again=False):
                    seen = row.id
                    yield Hint(row.topic, row.data, row.id)
            while not self._ended:
                try:
                    hint = await asyncio.wait_for(queue.get(), beat_seconds)
                except TimeoutError:
                    yield None
                    continue
                if hint is None:
                    return
                if hint.id is None or hint.id > seen or last_id is None:
                    yield hint
        finally:
            self._leave(queue)

    async def _start(self) -> None:
        newest = select(func.coalesce(func.max(live_events.c.id), 0)).where(live_events.c.team_id == self._team_id)
        async with self._database.reading(self._team_id) as conn:
            self._last = (await conn.execute(newest)).scalar_one()
        self._handed_out = {row.id for row in await self._rows(self._last, again=True)}
        if not self._tasks:
            self._tasks = [
                asyncio.create_task(self._hear(), name="live wakes"),
                asyncio.create_task(self._pump(), name="live rows"),
                asyncio.create_task(self._end(), name="live end"),
            ]

    def _leave(self, queue: asyncio.Queue[Hint | None]) -> None:
        self._listeners.discard(queue)
        if not self._listeners:
            for task in self._tasks:
                task.cancel()
            self._tasks = []

    async def _hear(self) -> None:
        while True:
            await self._database.wakes.wait("live")
            self._tell(Hint(CHANGED, "{}"))
            await asyncio.sleep(_TOGETHER_SECONDS)

    async def _pump(self) -> None:
        while True:
            await asyncio.sleep(self._poll_seconds)
            try:
                rows = await self._rows(self._last, again=True)
            except Exception:  # noqa: BLE001 - the database is away for a moment: the next look tells what was missed
                log.warning("live.look_failed", exc_info=True)
                continue
            fresh = [row for row in rows if row.id not in self._handed_out]
            self._handed_out = {row.id for row in rows}
            for row in fresh:
                self._last = max(self._last, row.id)
                self._tell(Hint(row.topic, row.data, row.id))

    async def _end(self) -> None:
        await self._database.wakes.wait(_ENDING)
        self._ended = True
        for queue in list(self._listeners):
            queue.put_nowait(None)

    def _tell(self, hint: Hint) -> None:
        for queue in list(self._listeners):
            if queue.qsize() < _BEHIND:
                queue.put_nowait(hint)
            else:
                self._listeners.discard(queue)
                queue.put_nowait(None)

    async def _rows(self, after: int, *, again: bool) -> list[Row[Any]]:
        newer = live_events.c.id > after
        if again:
            newer = or_(newer, live_events.c.at > database_now(-_AGAIN_SECONDS))
        question = select(live_events).where(live_events.c.team_id == self._team_id, newer)
        async with self._database.reading(self._team_id) as conn:
            return list(await conn.execute(question.order_by(live_events.c.id).limit(_BEHIND)))
