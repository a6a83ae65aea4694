"""People who changed in the CRM are found by asking, too: after a downtime, and where the CRM pushes nothing.

How far changes were read stands in the database, moved in the transaction that keeps what was found, so that a crash
forgets nothing. Each change is kept like a pushed event and taken in by the same tick. Where the CRM pushes, this is
the net under it, every quarter of an hour; where it does not (a key that is not the account owner's), every minute.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from agent.log import log
from agent.store import crm_links, inbox
from agent.store.inbox import Pushed
from agent.store.ticks import win_slot
from agent.store.wake import after_commit
from agent.tend import Tend
from integrations.crm import Changed, CrmEvent, CrmEventKind
from integrations.errors import CrmError

SOURCE = "crm_poll"
CRM = "followupboss"
OFTEN, SELDOM = timedelta(minutes=1), timedelta(minutes=15)
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
    job = f"crm_poll:{tend.team_id.hex}"
    if not await tend.writer.run(lambda conn: win_slot(conn, job=job, now=now, every=OFTEN, node=tend.claimer.node)):
        return 0
    known = link.changes_read_to if link is not None else None
    since = (known or tend.connected_at) - OVERLAP
    try:
        changed = await crm.changed_since(since)
    except CrmError as error:
        log.warning("crm.not_polled", reason=error.reason, permanent=error.permanent)
        return 0
    for start in range(0, len(changed), _AT_ONCE):
        await _keep(tend, changed[start : start + _AT_ONCE])
    furthest = max((each.at for each in changed), default=known or tend.connected_at)
    await tend.writer.run(lambda conn: crm_links.read_to(conn, team_id=tend.team_id, crm=CRM, at=furthest, now=now))
    if changed:
        log.info("crm.polled", changed=len(changed))
    return len(changed)


async def _keep(tend: Tend, changed: Sequence[Changed]) -> None:
    now = tend.now()
    pushed = [_event(each, now) for each in changed]

    async def unit(conn: AsyncConnection) -> None:
        await inbox.keep(conn, team_id=tend.team_id, sealer=tend.sealer, pushed=pushed)
        after_commit(conn, "intake")

    await tend.writer.run(unit)


def _event(changed: Changed, now: datetime) -> Pushed:
    return Pushed(
        source=SOURCE,
        event_id=f"{changed.person_id}:{changed.at.isoformat()}",
        kind=CrmEventKind.PERSON_UPDATED,
        body=json.dumps([changed.person_id]),
        received_at=now,
        due_at=now,
        state="kept",
    )


def event_of(event_id: str, body: str) -> CrmEvent:
    """A change found by polling, as an event."""
    ids = tuple(str(each) for each in json.loads(body))
    return CrmEvent(event_id, CrmEventKind.PERSON_UPDATED, "polled", ids, None)
