"""Somebody is gone from the CRM: deleted, or merged into another record there.

The CRM tells of both in the same words. Who holds one of their email addresses there now is the same human, and the
lead goes on as that record; where that record is a lead already, the two are merged here as well (`joining`). Otherwise
they were deleted, and hear no more. A phone alone proves nothing: a couple may share it.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.flows import handing, joining
from agent.flows.arrivals import TooEarly
from agent.flows.crm_people import running, take_person
from agent.store import enrollments, leads
from agent.store.wake import after_commit
from agent.tend import Tend
from integrations.crm import Crm, Person

DELETED = "deleted in the CRM"
MERGED = "merged into another record in the CRM"


async def gone(tend: Tend, crm: Crm, person_id: str) -> None:
    """Find out which it was and act on it. Raises `CrmError` while the CRM cannot be asked."""
    async with tend.reading() as conn:
        lead = await leads.by_crm_person(conn, team_id=tend.team_id, crm="followupboss", crm_person_id=person_id)
        if lead is None or lead.deleted_at is not None:
            return
        known = await leads.addresses_of(conn, team_id=tend.team_id, sealer=tend.sealer, lead_ids=[lead.id])
    emails = [each.value for each in known.get(lead.id, ()) if each.channel == "email"]
    kept = await _kept(crm, person_id, emails)
    if kept is None:
        await tend.writer.run(partial(_ends, tend=tend, person_id=person_id, reason=DELETED))
        return
    await tend.writer.run(partial(_moves, tend=tend, person_id=person_id, into=kept.id))
    held_back = await running(tend, crm, [kept])
    await take_person(tend, kept, held_back=held_back.get(kept.id, ""))


async def _kept(crm: Crm, person_id: str, emails: list[str]) -> Person | None:
    """The record that holds one of these addresses now, and is not the one that is gone."""
    for email in emails:
        for person in await crm.same_person(email=email):
            if person.id != person_id:
                return person
    return None


async def _moves(conn: AsyncConnection, *, tend: Tend, person_id: str, into: str) -> None:
    """The lead is that other record from now on, or part of the lead that the other record has."""
    lead = await _lead(conn, tend, person_id)
    if lead is None:
        return
    other = await leads.by_crm_person(conn, team_id=tend.team_id, crm="followupboss", crm_person_id=into)
    if other is not None and other.merged_into == lead.id:
        await _forget(conn, tend, other)
        other = None
    if other is not None and other.deleted_at is None:
        match await joining.join(conn, tend, other, lead, by=joining.BY_CRM):
            case "":
                await _leaves(conn, tend, lead, reason=MERGED)
                return
            case joining.BUSY:
                raise TooEarly
    if other is not None:
        await _ends(conn, tend=tend, person_id=person_id, reason=MERGED)
        return
    now = tend.now()
    await leads.change(
        conn, team_id=tend.team_id, sealer=tend.sealer, lead_id=lead.id, now=now, values={"crm_person_id": into}
    )
    await handing.tell_timeline(conn, tend, lead.id, kind="merged_in_crm", said=f"{MERGED}; they go on as that one")


async def _forget(conn: AsyncConnection, tend: Tend, other: Row[Any]) -> None:
    """A record that was merged here first is no record of its own any more."""
    alone = {"crm": "", "crm_person_id": None}
    await leads.change(conn, team_id=tend.team_id, sealer=tend.sealer, lead_id=other.id, now=tend.now(), values=alone)


async def _ends(conn: AsyncConnection, *, tend: Tend, person_id: str, reason: str) -> None:
    """Silence, and the lead leaves every list."""
    lead, now = await _lead(conn, tend, person_id), tend.now()
    if lead is None:
        return
    await enrollments.end(conn, team_id=tend.team_id, lead_ids=[lead.id], now=now, reason=reason, word="deleted")
    await handing.settle_todos(conn, tend, lead.id, by=reason, decided=True)
    await _leaves(conn, tend, lead, reason=reason)


async def _leaves(conn: AsyncConnection, tend: Tend, lead: Row[Any], *, reason: str) -> None:
    """The lead leaves every list."""
    now = tend.now()
    gone = {"deleted_at": now, "end_reason": reason, "ended_at": now}
    await leads.change(conn, team_id=tend.team_id, sealer=tend.sealer, lead_id=lead.id, now=now, values=gone)
    after_commit(conn, "live")


async def _lead(conn: AsyncConnection, tend: Tend, person_id: str) -> Row[Any] | None:
    found = await leads.by_crm_person(conn, team_id=tend.team_id, crm="followupboss", crm_person_id=person_id)
    return found if found is not None and found.deleted_at is None else None
