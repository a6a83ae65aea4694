"""Aged leads: off until a person starts it from a preview with counts; then highest score first, at most N a day each.

A run is one row. The tick enrolls today's share in the `aged-lead` sequence, which goes through the same gate as
everything else; stopping a run enrolls nobody more and leaves those already enrolled to the page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import literal_column, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.rules.aging import AgedCandidate, phone_note, pick, why_not
from agent.rules.consent import Entry, standing
from agent.rules.leads import Status, ended_in_silence
from agent.rules.sequences import may_begin
from agent.rules.triage import OPTED_OUT
from agent.store import aged, enrollments, leads, outcomes
from agent.store.ids import new_id
from agent.store.tables import reactivations
from agent.store.ticks import win_slot
from agent.store.upsert import insert_or
from agent.store.wake import after_commit
from agent.tend import Tend

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
    return await tend.writer.run(lambda conn: _wake(conn, tend))


async def _wake(conn: AsyncConnection, tend: Tend) -> int:
    now = tend.now()
    limit = await _running(conn, tend)
    job = f"reactivation:{tend.team_id.hex}"
    if limit is None or not await win_slot(conn, job=job, now=now, every=EVERY, node=tend.claimer.node):
        return 0
    chosen = pick(
        await _candidates(conn, tend),
        now=now,
        daily_limit_per_assignee=limit,
        already_today=await aged.woken_since(
            conn, team_id=tend.team_id, sequence=SEQUENCE, since=now - timedelta(hours=24)
        ),
    )
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
    if chosen:
        after_commit(conn, "sending", "live")
    return len(chosen)


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
        cooling=not may_begin(tend.sequence(SEQUENCE), last_began=row.woken_at, now=tend.now()),
    )
