"""Leads that wait for a decision of a person: a campaign that is paused, a stage nobody mapped. Decided, they start.

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
from agent.rules.leads import Qualification, Status, not_mapped, placed, stage_guard
from agent.store import leads, outcomes
from agent.store import waiting as stored
from agent.store.wake import after_commit
from agent.tend import Tend

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
