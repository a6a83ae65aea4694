"""Leads that wait: for a paused campaign, a stage nobody mapped, a plan of the CRM that writes to them; then they go.

Only who was fresh on arrival waits so, and for thirty days at most: after that they are aged leads, woken by the page
for those. A hundred at a time, each like any fresh arrival, and the gate looks at every message.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.flows import enrolling, handing
from agent.log import log
from agent.rules.aging import AGED_AFTER
from agent.rules.campaigns import off_because
from agent.rules.leads import (
    Qualification,
    Status,
    not_mapped,
    placed,
    plan_writes,
    stage_guard,
    waits_for_a_plan,
)
from agent.store import leads, outcomes
from agent.store import waiting as stored
from agent.store.wake import after_commit
from agent.tend import Tend
from integrations.errors import CrmError

_AT_ONCE = 100


async def start_for_campaigns(tend: Tend) -> int:
    """Start whoever waits for a campaign that is on today, resumed or begun; returns how many."""
    async with tend.reading() as conn:
        waited_for = await stored.campaigns_waited_for(conn, team_id=tend.team_id, since=tend.now() - AGED_AFTER)
    on = [row.key for row in waited_for if not _off(tend, row)]
    return sum([await _start_for(tend, key) for key in on])


def _off(tend: Tend, campaign: Row[Any]) -> str:
    return off_because(campaign.status, starts_on=campaign.starts_on, ends_on=campaign.ends_on, today=tend.today())


async def _start_for(tend: Tend, key: str) -> int:
    async def some(conn: AsyncConnection) -> int:
        since = tend.now() - AGED_AFTER
        rows = await stored.for_campaign(conn, team_id=tend.team_id, key=key, since=since, limit=_AT_ONCE)
        for lead in rows:
            await enrolling.enroll(conn, tend, lead)
        after_commit(conn, "sending", "live")
        return len(rows)

    started = 0
    while more := await tend.writer.run(some):
        started += more
    return started


async def start_after_plans(tend: Tend) -> int:
    """Ask the CRM whether its plans still write to those who wait for that; start who is free; returns how many.

    Who waited longer than thirty days is an aged lead by then.
    """
    crm = tend.doors.crm
    if crm is None:
        return 0
    async with tend.reading() as conn:
        waits = await stored.for_a_plan(conn, team_id=tend.team_id, limit=_AT_ONCE)
    started = 0
    for lead in waits:
        try:
            plans = await crm.running(lead.crm_person_id)
        except CrmError as error:
            log.warning("plans.not_asked", reason=error.reason)
            break
        started += await tend.writer.run(partial(_after_plans, tend=tend, lead_id=lead.id, plans=plans))
    return started


async def _after_plans(conn: AsyncConnection, *, tend: Tend, lead_id: UUID, plans: Sequence[str]) -> int:
    """Start the lead that nothing of the CRM's holds up any more; say of another what does."""
    lead, now = await leads.one(conn, team_id=tend.team_id, lead_id=lead_id), tend.now()
    if lead is None or not waits_for_a_plan(lead.end_reason):
        return 0
    if not plans and now - lead.arrived_at < AGED_AFTER:
        await enrolling.enroll(conn, tend, lead)
        after_commit(conn, "sending", "live")
        return 1
    values = {"end_reason": plan_writes(plans) if plans else enrolling.TOO_OLD}
    await leads.change(conn, team_id=tend.team_id, sealer=tend.sealer, lead_id=lead_id, now=now, values=values)
    return 0


async def look_at_stages(tend: Tend) -> int:
    """Judge by the team file whom a stage nobody had mapped held up; returns how many leads it says something of now.

    Asked at every start, since that is when the team file is read.
    """
    async with tend.reading() as conn:
        held_up = await stored.for_a_stage(conn, team_id=tend.team_id)
    mapped = [lead_id for lead_id, stage in held_up if not stage_guard(stage, tend.team.stages).unknown]
    for start in range(0, len(mapped), _AT_ONCE):
        some = mapped[start : start + _AT_ONCE]
        await tend.writer.run(partial(_judge, tend=tend, lead_ids=some))
    if mapped:
        log.info("stages.mapped", leads=len(mapped))
    return len(mapped)


async def _judge(conn: AsyncConnection, *, tend: Tend, lead_ids: Sequence[UUID]) -> None:
    for lead_id in lead_ids:
        lead = await leads.one(conn, team_id=tend.team_id, lead_id=lead_id)
        if lead is not None and lead.stage_blocks == not_mapped(lead.crm_stage):
            await _by_the_map(conn, tend, lead)
    after_commit(conn, "sending", "live")


async def _by_the_map(conn: AsyncConnection, tend: Tend, lead: Row[Any]) -> None:
    """Write what the stage means, close the question, and start who waited for nothing else."""
    now = tend.now()
    verdict = stage_guard(lead.crm_stage, tend.team.stages)
    values = {"stage_blocks": "" if verdict.automation else verdict.reason}
    if verdict.status is not None:
        status, qualification = placed(Qualification(lead.qualification), status=Status(verdict.status))
        values |= {"status": status.value, "qualification": qualification.value}
    await leads.change(conn, team_id=tend.team_id, sealer=tend.sealer, lead_id=lead.id, now=now, values=values)
    await handing.settle_todos(conn, tend, lead.id, by="the stage is mapped", kinds=("map_stage",))
    if lead.end_reason != enrolling.NOT_MAPPED:
        return
    if verdict.automation and now - lead.arrived_at < AGED_AFTER:
        await enrolling.enroll(conn, tend, lead)
        return
    await outcomes.reopen(conn, team_id=tend.team_id, lead_id=lead.id, now=now)
    reason = enrolling.TOO_OLD if verdict.automation else verdict.reason
    await outcomes.end_leads(conn, team_id=tend.team_id, lead_ids=[lead.id], now=now, reason=reason)


STARTS = (start_for_campaigns, start_after_plans)
"""What is looked at again and again."""
