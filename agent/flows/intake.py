"""CRM webhook to lead: keep the event (commit), answer; then fetch what it names and take it in.

`keep` is the whole of the request: one inbox row, unique by source and event id, committed before 2xx. The tick takes
due events together, fetches what they name once over HTTP (`crm_fetched`), and writes each thing in a transaction of
its own, so replays and reordering are harmless: what counts is what was fetched.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.flows import polling
from agent.flows.arrivals import TooEarly
from agent.flows.crm_fetched import PEOPLE, PERSON_EVENTS, Taken, fetched
from agent.log import log
from agent.store import claims, inbox
from agent.store.claims import Only
from agent.store.inbox import Pushed
from agent.store.tables import webhook_events
from agent.store.wake import after_commit
from agent.tend import Tend
from integrations.crm import CrmEvent, CrmEventKind
from integrations.errors import CrmError

_BATCH = 50
_GIVE_UP_AFTER = 200
_REFUSED_AT_MOST = 3
_OUR_OWN = frozenset({"bad_key", "forbidden"})
"""Refusals that say nothing of a record: nobody is fetched until a person mends the key."""
_SETTLES = frozenset({CrmEventKind.PERSON_CREATED, CrmEventKind.NOTE_CREATED, CrmEventKind.APPOINTMENT_CREATED})
"""Told of before it is whole: a person without their tags, a note of ours whose id is not remembered yet."""


class Intake:
    """The intake of one process. One object, so that events of many requests meet in the writer."""

    def __init__(self, tend: Tend) -> None:
        self._tend = tend

    async def keep(self, event: CrmEvent, body: bytes) -> None:
        """Keep one verified event; returns once it is on disk. Raises `WriterFull` when too much is waiting."""
        tend = self._tend
        now = tend.now()
        wait = tend.settings.tend_debounce_seconds if event.kind in _SETTLES else 0.0
        await tend.writer.run_each(
            self._keep_each,
            Pushed(
                source=tend.doors.crm_hook.source if tend.doors.crm_hook is not None else "crm",
                event_id=event.event_id,
                kind=event.kind.value,
                body=body.decode("utf-8", "replace"),
                received_at=now,
                due_at=now + timedelta(seconds=wait),
                state="ignored" if event.kind is CrmEventKind.OTHER else "kept",
            ),
        )

    async def _keep_each(self, conn: AsyncConnection, pushed: Sequence[Pushed]) -> Sequence[None]:
        await inbox.keep(conn, team_id=self._tend.team_id, sealer=self._tend.sealer, pushed=pushed)
        after_commit(conn, "intake")
        return [None] * len(pushed)

    async def take_in(self) -> int:
        """Work every event that is due; returns how many."""
        tend = self._tend
        if tend.doors.crm is None:
            return 0
        sources = [polling.SOURCE, *([tend.doors.crm_hook.source] if tend.doors.crm_hook is not None else [])]

        async def unit(conn: AsyncConnection) -> Sequence[Row[Any]]:
            return await claims.claim(
                conn,
                webhook_events,
                team_id=tend.team_id,
                now=tend.now(),
                limit=_BATCH,
                by=tend.claimer,
                only=Only("source", tuple(sources)),
            )

        claimed = await tend.writer.run(unit)
        by_kind: defaultdict[str, list[tuple[Row[Any], CrmEvent]]] = defaultdict(list)
        for row in claimed:
            event = self._event(row)
            by_kind[PEOPLE if event.kind in PERSON_EVENTS else event.kind.value].append((row, event))
        for group, work in by_kind.items():
            await self._work(group, work)
        return len(claimed)

    def _event(self, row: Row[Any]) -> CrmEvent:
        """What a kept event says: pushed by the CRM, or found by polling."""
        tend = self._tend
        body = tend.sealer.open("webhook_events", "payload", row.id, row.payload)
        if row.source == polling.SOURCE or tend.doors.crm_hook is None:
            return polling.event_of(row.event_id, body)
        return tend.doors.crm_hook.parse(body.encode())

    async def _work(self, group: str, work: list[tuple[Row[Any], CrmEvent]]) -> None:
        """Fetch what these events name and take it in piece by piece: one that breaks holds up its own events only."""
        tend, rows = self._tend, [row for row, _ in work]
        lie_at = {resource: event.uri for _, event in work for resource in event.resource_ids}
        try:
            found, refused = await self._fetched_or_refused(group, dict(sorted(lie_at.items())))
        except CrmError as error:
            log.warning("intake.postponed", events=len(rows), reason=error.reason, permanent=error.permanent)
            await self._later(rows, reason=error.reason, wait=error.retry_after_seconds, at_most=_GIVE_UP_AFTER)
            return
        broken: dict[str, str] = {}
        early: dict[str, str] = {}
        for resource, take in found:
            try:
                await take()
            except TooEarly:
                early[resource] = "not whole yet"
            except CrmError as error:
                log.warning("intake.postponed", events=1, reason=error.reason, permanent=error.permanent)
                broken[resource] = error.reason
            except Exception as error:  # noqa: BLE001 - a bug: its events wait, the others go on
                log.exception("intake.failed", resource=resource, error=type(error).__name__)
                broken[resource] = f"could not be taken in: {type(error).__name__}"
        soon = tend.settings.tend_debounce_seconds
        put_back = ((refused, _REFUSED_AT_MOST, None), (broken, _GIVE_UP_AFTER, None), (early, _GIVE_UP_AFTER, soon))
        for reasons, at_most, wait in put_back:
            stuck = [row for row, event in work if reasons.keys() & set(event.resource_ids)]
            if stuck:
                await self._later(stuck, reason=next(iter(reasons.values())), wait=wait, at_most=at_most)
        waiting = refused.keys() | broken.keys() | early.keys()
        done = [row.id for row, event in work if not waiting & set(event.resource_ids)]
        await tend.writer.run(lambda conn: inbox.end(conn, team_id=tend.team_id, ids=done, state="done", reason=""))

    async def _fetched_or_refused(self, group: str, lie_at: Mapping[str, str]) -> tuple[list[Taken], dict[str, str]]:
        """What could be fetched, and why each of the others is refused for good: then each is asked for by itself.

        `lie_at` is where the CRM said each id lies. Raises `CrmError` for what says nothing of a record: a key that is
        wrong, a CRM that is away.
        """
        try:
            return list(await fetched(self._tend, group, lie_at)), {}
        except CrmError as error:
            if not error.permanent or error.reason in _OUR_OWN:
                raise
            if len(lie_at) == 1:
                (only,) = lie_at
                log.warning("intake.refused", resource=only, reason=error.reason)
                return [], {only: error.reason}
        found: list[Taken] = []
        refused: dict[str, str] = {}
        for each, uri in lie_at.items():
            taken, not_taken = await self._fetched_or_refused(group, {each: uri})
            found += taken
            refused |= not_taken
        return found, refused

    async def _later(self, rows: Sequence[Row[Any]], *, reason: str, wait: float | None, at_most: int) -> None:
        """Put events back to be tried again, and give up on those that were tried `at_most` times."""
        tend = self._tend

        async def unit(conn: AsyncConnection) -> None:
            for row in rows:
                if row.attempts >= at_most:
                    await inbox.end(conn, team_id=tend.team_id, ids=[row.id], state="failed", reason=reason)
                    continue
                at = tend.now() + timedelta(seconds=wait or min(5.0 * 2**row.attempts, 900.0))
                await inbox.again(conn, team_id=tend.team_id, ids=[row.id], at=at, reason=reason)

        await tend.writer.run(unit)
