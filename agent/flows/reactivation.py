"""Aged leads: off until a person starts it from a preview with counts; then highest score first, at most N a day each.

A run is one row. The tick enrolls today's share in the `aged-lead` sequence, which goes through the same gate as
everything else; stopping a run enrolls nobody more and leaves those already enrolled to the page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import literal_column, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.flows import crm_owed
from agent.log import log
from agent.rules.aging import AgedCandidate, phone_note, pick, why_not
from agent.rules.consent import Entry, standing
from agent.rules.leads import Status, ended_in_silence, plan_writes, waits_for_a_plan
from agent.rules.sequences import may_begin
from agent.rules.triage import OPTED_OUT
from agent.store import aged, enrollments, leads, outcomes
from agent.store.ids import new_id
from agent.store.tables import reactivations
from agent.store.ticks import win_slot
from agent.store.upsert import insert_or
from agent.store.wake import after_commit
from agent.tend import Tend
from integrations.errors import CrmError

SEQUENCE = "aged-lead"
DEFAULT_DAILY_LIMIT = 10
EVERY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Preview:
    """What starting would do: of `total` leads, `eligible` could be woken; the others by reason.

    `notes` counts among the eligible what may not be done by telephone.
    """

    total: int
    eligible: int
    by_reason: Mapping[str, int]
    per_assignee: Mapping[str, int]
    notes: Mapping[str, int]


async def preview(tend: Tend) -> Preview:
    """Count who would be woken and why the others would not."""
    now = tend.now()
    async with tend.reading() as conn:
        everyone = await _candidates(conn, tend)
    reasons = Counter(why_not(candidate, now) for candidate in everyone)
    eligible = [candidate for candidate in everyone if why_not(candidate, now) is None]
    del reasons[None]
    return Preview(
        total=len(everyone),
        eligible=len(eligible),
        by_reason={str(reason): count for reason, count in reasons.most_common()},
        per_assignee=Counter(tend.assignee(candidate.assignee_id).name for candidate in eligible),
        notes=Counter(note for candidate in eligible if (note := phone_note(candidate, now)) is not None),
    )


async def start(tend: Tend, *, daily_limit: int, user_id: UUID | None) -> None:
    """Start waking aged leads, at most `daily_limit` a day for each assignee; of two at once the later counts."""

    async def unit(conn: AsyncConnection) -> None:
        await _stop(conn, tend)
        run = {
            "daily_limit": daily_limit,
            "started_at": tend.now(),
            "started_by": user_id.hex if user_id is not None else "",
        }
        running = insert_or(conn, reactivations).values(id=new_id(), team_id=tend.team_id, state="running", **run)
        await conn.execute(
            running.on_conflict_do_update(
                index_elements=["team_id"], index_where=literal_column("state = 'running'"), set_=run
            )
        )
        after_commit(conn, "reactivation", "live")

    await tend.writer.run(unit)


async def stop(tend: Tend) -> None:
    """Stop waking aged leads."""
    await tend.writer.run(lambda conn: _stop(conn, tend))


async def running(tend: Tend) -> int | None:
    """The daily limit of the run that is on; None when it is off."""
    async with tend.reading() as conn:
        return await _running(conn, tend)


async def wake_due(tend: Tend) -> int:
    """Enroll today's share of aged leads while a run is on; returns how many."""
    if await running(tend) is None:
        return 0
    free = await _free_of_plans(tend)
    return await tend.writer.run(lambda conn: _wake(conn, tend, free))


async def _free_of_plans(tend: Tend) -> set[UUID]:
    """Who is next and no plan of the CRM's own writes to; of the others it is noted, so that they are passed over."""
    async with tend.reading() as conn:
        limit = await _running(conn, tend)
        chosen = await _next(conn, tend, limit) if limit is not None else []
        found = [await leads.one(conn, team_id=tend.team_id, lead_id=lead_id) for lead_id in chosen]
    free = set()
    for lead in found:
        if lead is None:
            continue
        try:
            known = tend.doors.crm is not None and lead.crm_person_id is not None
            plans = await tend.doors.crm.running(lead.crm_person_id) if tend.doors.crm is not None and known else ()
        except CrmError as error:
            log.warning("plans.not_asked", reason=error.reason)
            continue
        if plans:
            await tend.writer.run(partial(_held_by, tend=tend, lead_id=lead.id, why=plan_writes(plans)))
        else:
            free.add(lead.id)
    return free


async def _held_by(conn: AsyncConnection, *, tend: Tend, lead_id: UUID, why: str) -> None:
    values = {"end_reason": why, "ended_at": tend.now()}
    await leads.change(conn, team_id=tend.team_id, sealer=tend.sealer, lead_id=lead_id, now=tend.now(), values=values)


async def _wake(conn: AsyncConnection, tend: Tend, free: set[UUID]) -> int:
    now = tend.now()
    limit = await _running(conn, tend)
    job = f"reactivation:{tend.team_id.hex}"
    if limit is None or not await win_slot(conn, job=job, now=now, every=EVERY, node=tend.claimer.node):
        return 0
    chosen = [lead_id for lead_id in await _next(conn, tend, limit) if lead_id in free]
    for lead_id in chosen:
        lead = await leads.one(conn, team_id=tend.team_id, lead_id=lead_id)
        await outcomes.reopen(conn, team_id=tend.team_id, lead_id=lead_id, now=now)
        await enrollments.start(
            conn,
            team_id=tend.team_id,
            lead_id=lead_id,
            plan=tend.sequence(SEQUENCE),
            version_id=tend.versions[SEQUENCE],
            zone=((lead.zones if lead is not None else "") or tend.team.zone).split(",")[0],
            now=now,
        )
        await crm_owed.person(conn, tend, lead_id)
    if chosen:
        after_commit(conn, "sending", "live")
    return len(chosen)


async def _next(conn: AsyncConnection, tend: Tend, limit: int) -> list[UUID]:
    """Who would be woken now, at most so many a day for each assignee."""
    since = tend.now() - timedelta(hours=24)
    return list(
        pick(
            await _candidates(conn, tend),
            now=tend.now(),
            daily_limit_per_assignee=limit,
            already_today=await aged.woken_since(conn, team_id=tend.team_id, sequence=SEQUENCE, since=since),
        )
    )


async def _running(conn: AsyncConnection, tend: Tend) -> int | None:
    return (
        await conn.execute(
            select(reactivations.c.daily_limit).where(
                reactivations.c.team_id == tend.team_id, reactivations.c.state == "running"
            )
        )
    ).scalar_one_or_none()


async def _stop(conn: AsyncConnection, tend: Tend) -> None:
    await conn.execute(
        update(reactivations)
        .where(reactivations.c.team_id == tend.team_id, reactivations.c.state == "running")
        .values(state="stopped", stopped_at=tend.now())
    )
    after_commit(conn, "live")


async def _candidates(conn: AsyncConnection, tend: Tend) -> list[AgedCandidate]:
    ledgers = await aged.texts_allowed(conn, team_id=tend.team_id)
    return [
        _candidate(tend, row, ledgers.get(row.id, ()))
        for row in await aged.everyone(conn, team_id=tend.team_id, sequence=SEQUENCE)
    ]


def _candidate(tend: Tend, row: Row[Any], ledger: Sequence[Entry]) -> AgedCandidate:
    closed = row.status in {Status.CLOSED_WON, Status.CLOSED_LOST} or bool(row.stage_blocks)
    return AgedCandidate(
        lead_id=row.id,
        assignee_id=row.assignee_id,
        score=row.score,
        last_heard_at=row.last_inbound_at or row.arrived_at,
        opted_out=row.end_reason == OPTED_OUT or row.reachable == 0,
        closed=closed,
        ended_for_good=bool(row.end_reason) and not ended_in_silence(row.end_reason),
        human_has_it=row.owner == "human",
        open_todo=row.open_todos > 0,
        in_sequence=row.living > 0,
        emailable=row.emails > 0,
        text_consent=row.phones > 0 and standing(ledger, channel="sms").allowed,
        crm_writes=waits_for_a_plan(row.end_reason),
        cooling=not may_begin(tend.sequence(SEQUENCE), last_began=row.woken_at, now=tend.now()),
    )
