"""Leads that nobody has yet: offered to several people for a while, or left in a pond; the first to take one has it.

1. Who is offered a lead hears of it in the hours they work, at once where its grade is A, with a link of their own.
2. Taking locks the lead first, so that of two who press at one instant one has it and the other is told who.
3. Where nobody took it in time, the next list of its rule hears, and after the last one the lead of the team has it.
4. What is offered and what came of it stands on the timeline, with the reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.flows import alerts, crm_owed, handing, staffing
from agent.log import log
from agent.rules.leads import ended_in_silence
from agent.rules.routing import Assigned, InPond, Offered, route_on
from agent.rules.team import Assignee
from agent.store import offers, workloads
from agent.store.tables import leads as leads_table
from agent.store.wake import after_commit
from agent.tend import Tend
from channels.tokens import make

_AT_ONCE = 50
_NOT_OFFERED = "This lead is not offered to you, so it stays as it is."
_LATE = "Nobody took it in time."


@dataclass(frozen=True, slots=True)
class Taken:
    """They have the lead."""


@dataclass(frozen=True, slots=True)
class NotTaken:
    """They do not have it, and why, in a sentence for them."""

    reason: str


async def give(conn: AsyncConnection, tend: Tend, lead_id: UUID, *, user_id: UUID, why: str, is_new: bool) -> None:
    """Give a lead to a person and say why on its timeline; whatever was offered is over."""
    now = tend.now()
    await offers.lapse(conn, team_id=tend.team_id, lead_id=lead_id, now=now)
    await workloads.assign(conn, team_id=tend.team_id, lead_id=lead_id, user_id=user_id, now=now, is_new=is_new)
    await handing.tell_timeline(conn, tend, lead_id, kind="routed", said=why)
    await crm_owed.assignee(conn, tend, lead_id)
    after_commit(conn, "live", "upkeep")
    log.info("lead.assigned", lead=lead_id.hex, user=user_id.hex)


async def offer(conn: AsyncConnection, tend: Tend, lead: Row[Any], given: Offered, *, minutes: int) -> None:
    """Offer a lead to people for so many minutes, counted from when the first of them hears of it."""
    now = tend.now()
    people = staffing.of_keys(tend, given.keys)
    hears = {person.key: alerts.hears_at(tend, lead, person) for person in people}
    until = min(hears.values()) + timedelta(minutes=minutes)
    ids = await _open(conn, tend, lead.id, people, rule=given.rule, reached=given.at, until=until)
    for person in people:
        if hears[person.key] < until:
            action = (
                f"Take it first; the offer ends in {round((until - hears[person.key]) / timedelta(minutes=1))} min."
            )
            await _tell(conn, tend, lead, person, ids[person.key], action=action, why=given.rule, at=hears[person.key])
    await handing.tell_timeline(conn, tend, lead.id, kind="routed", said=given.why)
    after_commit(conn, "live", "upkeep")
    log.info("lead.offered", lead=lead.id.hex, people=len(people), until=until.isoformat(), at=now.isoformat())


async def put_in_pond(conn: AsyncConnection, tend: Tend, lead: Row[Any], given: InPond, *, hurry: bool) -> None:
    """Leave a lead to whoever of the pond takes it; where it should not wait, all of them hear of it at once."""
    people = staffing.of_keys(tend, given.keys)
    ids = await _open(conn, tend, lead.id, people, rule=given.rule, reached=0, until=None)
    if hurry:
        for person in people:
            action = "It is in the pond; take it if you can."
            await _tell(conn, tend, lead, person, ids[person.key], action=action, why=given.rule, at=tend.now())
    await handing.tell_timeline(conn, tend, lead.id, kind="routed", said=given.why)
    after_commit(conn, "live")
    log.info("lead.in_pond", lead=lead.id.hex, people=len(people))


async def take(tend: Tend, lead_id: UUID, *, user_id: UUID) -> Taken | NotTaken:
    """Let a person take a lead that is open to them; the lead of the team may take any."""
    found: Taken | NotTaken = await tend.writer.run(partial(_take, tend=tend, lead_id=lead_id, user_id=user_id))
    return found


async def _take(conn: AsyncConnection, *, tend: Tend, lead_id: UUID, user_id: UUID) -> Taken | NotTaken:
    lead = await _locked(conn, tend, lead_id)
    if lead is None or lead.deleted_at is not None:
        return NotTaken(_NOT_OFFERED)
    if lead.assignee_id is not None:
        if lead.assignee_id == user_id:
            return Taken()
        return NotTaken(f"{tend.assignee(lead.assignee_id).name} was quicker and has this lead.")
    now = tend.now()
    theirs = await offers.open_of(conn, team_id=tend.team_id, lead_id=lead_id)
    leads_team = user_id == tend.user_ids[tend.team.lead_of_team.key]
    if not leads_team and user_id not in {row.user_id for row in theirs}:
        return NotTaken(_NOT_OFFERED)
    await offers.claim(conn, team_id=tend.team_id, lead_id=lead_id, user_id=user_id, now=now)
    await give(conn, tend, lead_id, user_id=user_id, why=_why_taken(tend, theirs, user_id), is_new=True)
    return Taken()


async def lapse_due(tend: Tend) -> int:
    """Ask the next people about leads that nobody took in time; returns how many leads."""

    async def unit(conn: AsyncConnection) -> int:
        overdue = await offers.overdue(conn, team_id=tend.team_id, now=tend.now(), limit=_AT_ONCE)
        for lead_id in overdue:
            await _go_on(conn, tend, lead_id)
        return len(overdue)

    return await tend.writer.run(unit)


async def _go_on(conn: AsyncConnection, tend: Tend, lead_id: UUID) -> None:
    """Nobody took this lead in time: its next list hears, or the lead of the team has it."""
    lead = await _locked(conn, tend, lead_id)
    theirs = await offers.open_of(conn, team_id=tend.team_id, lead_id=lead_id)
    now = tend.now()
    if lead is None or not theirs or theirs[0].until is None or theirs[0].until > now:
        return
    await offers.lapse(conn, team_id=tend.team_id, lead_id=lead_id, now=now)
    if lead.assignee_id is not None or lead.deleted_at is not None or _is_over(lead):
        return
    rule = tend.team.routing.named(theirs[0].rule)
    if rule is None:
        leader = tend.team.lead_of_team
        name = staffing.names(tend)[leader.key]
        why = f"{_LATE} {name} leads the team and takes it: the rule is no longer in the team file."
        await _give_to_leader(conn, tend, lead, why)
        return
    people = await staffing.people(conn, tend)
    team_lead = tend.team.lead_of_team.key
    facts = staffing.facts_of(tend, lead)
    match route_on(rule, facts, people, team_lead=team_lead, reached=theirs[0].reached):
        case Offered(why=why) as given:
            again = Offered(keys=given.keys, at=given.at, rule=given.rule, why=f"{_LATE} {why}")
            await offer(conn, tend, lead, again, minutes=rule.claim_minutes)
        case Assigned(why=why) | InPond(why=why):
            await _give_to_leader(conn, tend, lead, f"{_LATE} {why}")


async def _give_to_leader(conn: AsyncConnection, tend: Tend, lead: Row[Any], why: str) -> None:
    leader = tend.team.lead_of_team
    await give(conn, tend, lead.id, user_id=tend.user_ids[leader.key], why=why, is_new=True)
    at = alerts.hears_at(tend, lead, leader)
    await alerts.tell_person(
        conn, tend, lead, leader, name="unclaimed", cause=lead.id.hex, channels=("sms", "email"), also={}, at=at
    )


async def _open(
    conn: AsyncConnection,
    tend: Tend,
    lead_id: UUID,
    people: Sequence[Assignee],
    *,
    rule: str,
    reached: int,
    until: datetime | None,
) -> dict[str, UUID]:
    """Write the offers; returns their ids by the person's key."""
    ids = await offers.open_round(
        conn,
        team_id=tend.team_id,
        lead_id=lead_id,
        user_ids=[tend.user_ids[person.key] for person in people],
        rule=rule,
        reached=reached,
        now=tend.now(),
        until=until,
    )
    return {person.key: ids[tend.user_ids[person.key]] for person in people}


async def _tell(
    conn: AsyncConnection,
    tend: Tend,
    lead: Row[Any],
    person: Assignee,
    offer_id: UUID,
    *,
    action: str,
    why: str,
    at: datetime,
) -> None:
    also = {"action": action, "reasons": f"rule “{why}”", "link": take_link(tend, offer_id)}
    await alerts.tell_person(
        conn, tend, lead, person, name=offers.ALERT, cause=offer_id.hex, channels=("sms", "email"), also=also, at=at
    )


def take_link(tend: Tend, offer_id: UUID) -> str:
    """Where one person takes one lead that is offered to them; the link says who they are."""
    return f"{tend.settings.public_url}/take/{make(tend.sealer.token_key('take'), purpose='take', value=offer_id)}"


async def _locked(conn: AsyncConnection, tend: Tend, lead_id: UUID) -> Row[Any] | None:
    """The lead, which nobody else changes until this transaction ends."""
    return (
        await conn.execute(
            select(leads_table)
            .where(leads_table.c.team_id == tend.team_id, leads_table.c.id == lead_id)
            .with_for_update(key_share=True)
        )
    ).one_or_none()


def _is_over(lead: Row[Any]) -> bool:
    """Whether there is nobody left to win: they opted out, have an agent, a person closed it."""
    return bool(lead.end_reason) and not ended_in_silence(lead.end_reason)


def _why_taken(tend: Tend, theirs: Sequence[Row[Any]], user_id: UUID) -> str:
    names = staffing.names(tend)
    name = names[tend.assignee(user_id).key]
    if user_id not in {row.user_id for row in theirs}:
        return f"{name} took it: leads the team."
    if theirs[0].until is None:
        return f"{name} took it from the pond."
    others = [names[tend.assignee(row.user_id).key] for row in theirs if row.user_id != user_id]
    return f"{name} took it first; it was offered to {' and '.join(others)} too." if others else f"{name} took it."
