"""What changed in the CRM is found by asking, too: after a downtime, and where the CRM pushes nothing.

How far changes were read stands in the database, and moves after what was found is kept, so that a crash forgets
nothing. Each change is kept like a pushed event and taken in by the same tick. Where the CRM pushes, this is the net
under it, every quarter of an hour; where it does not (a key that is not the account owner's), every minute. Texts,
calls and notes are asked for of leads in a sequence alone, unsubscriptions of everybody, and once a day whether each in
a sequence is still there.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.ext.asyncio import AsyncConnection

from agent.log import log
from agent.store import crm_links, inbox
from agent.store.inbox import Pushed
from agent.store.ticks import win_slot
from agent.store.wake import after_commit
from agent.tend import Tend
from integrations.crm import Crm, CrmEvent, CrmEventKind
from integrations.errors import CrmError

SOURCE = "crm_poll"
CRM = "followupboss"
OFTEN, SELDOM, DAILY = timedelta(minutes=1), timedelta(minutes=15), timedelta(days=1)
OVERLAP = timedelta(minutes=2)
"""Read again each time: the CRM's stamps are whole seconds, and what it commits late carries an earlier one."""

_AT_ONCE = 500


async def poll_due(tend: Tend) -> int:
    """Read what changed since the last time, when it is time; returns how many changes were found."""
    crm, now = tend.doors.crm, tend.now()
    if crm is None:
        return 0
    async with tend.reading() as conn:
        link = await crm_links.one(conn, team_id=tend.team_id, crm=CRM)
    every = SELDOM if link is not None and link.pushes else OFTEN
    if link is not None and link.polled_at is not None and now - link.polled_at < every:
        return 0
    if not await _ours_to_do(tend, "crm_poll", OFTEN):
        return 0
    known = link.changes_read_to if link is not None and link.changes_read_to is not None else tend.connected_at
    try:
        changed = await crm.changed_since(known - OVERLAP)
        found = [_found(each.person_id, each.at, CrmEventKind.PERSON_UPDATED, each.person_id) for each in changed]
        found += await _logged(tend, crm, known - OVERLAP)
        found += [
            _Found(f"{CrmEventKind.UNSUBSCRIBED}:{each}", CrmEventKind.UNSUBSCRIBED, each, uri)
            for each, uri in await crm.unsubscribed_since(known - OVERLAP)
        ]
    except CrmError as error:
        log.warning("crm.not_polled", reason=error.reason, permanent=error.permanent)
        return 0
    await _keep(tend, found)
    furthest = max((each.at for each in changed), default=known)
    await tend.writer.run(lambda conn: crm_links.read_to(conn, team_id=tend.team_id, crm=CRM, at=furthest, now=now))
    if found:
        log.info("crm.polled", found=len(found))
    return len(found)


async def look_for_the_gone(tend: Tend) -> int:
    """Once a day, see whether everybody in a sequence is still in the CRM; returns how many were not.

    Only with a key that is shown everybody: whom another is no longer shown may well be there.
    """
    crm = tend.doors.crm
    if crm is None or not await _ours_to_do(tend, "crm_gone", DAILY):
        return 0
    async with tend.reading() as conn:
        ids = await crm_links.in_a_sequence(conn, team_id=tend.team_id, crm=CRM)
    try:
        if not ids or not (await crm.identity()).sees_all:
            return 0
        there = {person.id for person in await crm.people(ids)}
    except CrmError as error:
        log.warning("crm.not_polled", reason=error.reason, permanent=error.permanent)
        return 0
    gone = [person_id for person_id in ids if person_id not in there]
    await _keep(tend, [_found(each, tend.now(), CrmEventKind.PERSON_DELETED, each) for each in gone])
    return len(gone)


def event_of(event_id: str, body: str) -> CrmEvent:
    """A change found by polling, as an event."""
    said = json.loads(body)
    return CrmEvent(event_id, CrmEventKind(said["kind"]), "polled", (str(said["id"]),), None, said.get("uri", ""))


@dataclass(frozen=True, slots=True)
class _Found:
    """One thing found by asking: `event_id` is the same however often it is found. `uri`: where it lies, if it says."""

    event_id: str
    kind: CrmEventKind
    resource_id: str
    uri: str = ""


def _found(person_id: str, at: datetime, kind: CrmEventKind, resource_id: str) -> _Found:
    return _Found(f"{kind}:{person_id}:{at.isoformat()}", kind, resource_id)


async def _logged(tend: Tend, crm: Crm, since: datetime) -> list[_Found]:
    """What was logged of leads in a sequence since an instant."""
    async with tend.reading() as conn:
        ours = set(await crm_links.in_a_sequence(conn, team_id=tend.team_id, crm=CRM))
    if not ours:
        return []
    active = [each.person_id for each in await crm.active_since(since) if each.person_id in ours]
    return [
        _Found(f"{kind}:{logged}", kind, logged)
        for person_id in active
        for kind, logged in await crm.logged_since(person_id, since)
    ]


async def _keep(tend: Tend, found: Sequence[_Found]) -> None:
    """Keep what was found, some at a time; what was kept before stays as it is."""
    for start in range(0, len(found), _AT_ONCE):
        pushed = [_pushed(each, tend.now()) for each in found[start : start + _AT_ONCE]]
        await tend.writer.run(partial(_keep_some, tend=tend, pushed=pushed))


async def _keep_some(conn: AsyncConnection, *, tend: Tend, pushed: Sequence[Pushed]) -> None:
    await inbox.keep(conn, team_id=tend.team_id, sealer=tend.sealer, pushed=pushed)
    after_commit(conn, "intake")


def _pushed(found: _Found, now: datetime) -> Pushed:
    return Pushed(
        source=SOURCE,
        event_id=found.event_id,
        kind=found.kind,
        body=json.dumps({"kind": found.kind, "id": found.resource_id, "uri": found.uri}),
        received_at=now,
        due_at=now,
        state="kept",
    )


async def _ours_to_do(tend: Tend, work: str, every: timedelta) -> bool:
    """Whether this node, of all, does it now."""
    job, now = f"{work}:{tend.team_id.hex}", tend.now()
    return await tend.writer.run(lambda conn: win_slot(conn, job=job, now=now, every=every, node=tend.claimer.node))
