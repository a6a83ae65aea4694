"""What follows when a touch ends: the next step of its enrollment, a to-do for a call step, the end of a sequence.

Runs inside the transaction that ended the touch. A sequence's last step ends the lead as `re-engaged` or `archived`,
so nobody falls through.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.flows import crm_owed
from agent.flows.composing import values_for
from agent.rules.sequences import Sequence as Plan
from agent.rules.sequences import following, from_json
from agent.rules.working_hours import due_within
from agent.store import enrollments, outcomes, steps, todos
from agent.store.steps import NextStep
from agent.store.tables import sequence_versions
from agent.store.touches import Background
from agent.tend import Tend

ARCHIVED = "archived: no answer in 30 days"
RE_ENGAGED = "re-engaged: the sequence ended in conversation"
_LIVING = frozenset({"active", "paused"})


async def pinned(conn: AsyncConnection, tend: Tend, rows: Iterable[Row[Any]]) -> Mapping[UUID, Plan]:
    """The sequence version each of these enrollments pins; versions never change, so they are kept once read."""
    missing = {row.version_id for row in rows} - tend.plans.keys()
    if missing:
        found = await conn.execute(
            select(sequence_versions.c.id, sequence_versions.c.content).where(
                sequence_versions.c.team_id == tend.team_id, sequence_versions.c.id.in_(list(missing))
            )
        )
        for version in found:
            tend.plans[version.id] = from_json(version.content)
    return tend.plans


def back_in_line(
    touch: Row[Any],
    living: Mapping[UUID, Row[Any]],
    now: datetime,
    *,
    due_at: datetime,
    reason: str,
    word: str = "try_again",
) -> dict[str, Any]:
    """The change that lets a touch be tried again after a call that proved nothing left.

    Where its enrollment ended while the call was in flight it is canceled instead: what ends an enrollment cannot
    cancel a touch that is `sending`.
    """
    enrollment = living.get(touch.enrollment_id) if touch.enrollment_id is not None else None
    if enrollment is not None and enrollment.state not in _LIVING:
        reason = enrollment.end_reason
        ended = {"state": "canceled", "ended_at": now, "word": "ended", "reason": reason}
        return {**ended, "lease_owner": None, "message_id": None}
    again = {"state": "planned", "due_at": due_at, "word": word, "reason": reason}
    return {**again, "lease_owner": None, "message_id": None}


async def plan_next(
    conn: AsyncConnection,
    tend: Tend,
    ended: Sequence[Row[Any]],
    living: Mapping[UUID, Row[Any]],
    plans: Mapping[UUID, Plan],
    *,
    only_ahead: bool = False,
) -> None:
    """Plan the step after each ended touch whose enrollment still lives; complete those that have none left.

    With `only_ahead` steps whose own moment has passed are passed over instead of being made up for.
    """
    now = tend.now()
    next_steps: list[NextStep] = []
    finished: list[Row[Any]] = []
    for touch in ended:
        enrollment = living.get(touch.enrollment_id) if touch.enrollment_id is not None else None
        if enrollment is None or enrollment.state not in _LIVING:
            continue
        zone = enrollment.zones.split(",")[0] or tend.team.zone
        ahead = following(
            plans[enrollment.version_id],
            after=touch.step,
            started_at=enrollment.started_at,
            zone=zone,
            not_before=now,
            spread_by=enrollment.id.hex,
            only_ahead=only_ahead,
        )
        if ahead is None:
            finished.append(enrollment)
            continue
        next_steps.append(NextStep(enrollment.id, touch.lead_id, ahead.step_index, ahead.step.channel, ahead.due_at))
    await steps.plan(conn, team_id=tend.team_id, now=now, ahead=next_steps)
    if finished:
        await _finish(conn, tend, finished, now)


def call_for(
    tend: Tend, touch: Row[Any], background: Background, plans: Mapping[UUID, Plan], now: datetime
) -> todos.NewTodo:
    """What a due call step asks of the assignee, within eight hours of their day."""
    lead = background.leads[touch.lead_id]
    enrollment = background.enrollments[touch.enrollment_id]
    plan = plans[enrollment.version_id]
    assignee = tend.assignee(lead.assignee_id)
    task = tend.words.render_step(
        plan.steps[touch.step],
        sequence_key=enrollment.sequence,
        values=values_for(tend, lead, assignee),
        first_text=False,
        consent_link=None,
    ).body
    return todos.NewTodo(
        lead_id=touch.lead_id,
        assignee_id=lead.assignee_id,
        touch_id=touch.id,
        kind="call",
        dedupe_key=f"touch:{touch.id.hex}",
        hot=False,
        action=task,
        quote="",
        reasons=(f"step {touch.step + 1} of “{plan.title}”",),
        due_at=due_within(now, todos.CALL_WITHIN, assignee),
        next_alert_at=None,
    )


async def after_sent(
    conn: AsyncConnection,
    tend: Tend,
    sent: Sequence[Row[Any]],
    now: datetime,
    *,
    dead_addresses: Collection[bytes] = (),
    landlines: Collection[bytes] = (),
) -> None:
    """Mark leads as contacted and tell the CRM; mark dead addresses as invalid, numbers without texts as landlines."""
    await outcomes.contacted(conn, team_id=tend.team_id, lead_ids=[touch.lead_id for touch in sent], now=now)
    await crm_owed.went_out(conn, tend, [touch.message_id for touch in sent if touch.message_id is not None])
    await outcomes.mark_invalid(conn, team_id=tend.team_id, hashes=dead_addresses)
    await outcomes.mark_landline(conn, team_id=tend.team_id, hashes=landlines)


async def _finish(conn: AsyncConnection, tend: Tend, finished: Sequence[Row[Any]], now: datetime) -> None:
    talking = await outcomes.in_conversation(conn, team_id=tend.team_id, enrollment_ids=[row.id for row in finished])
    for reason, rows in (
        (RE_ENGAGED, [row for row in finished if row.lead_id in talking]),
        (ARCHIVED, [row for row in finished if row.lead_id not in talking]),
    ):
        await enrollments.complete(
            conn, team_id=tend.team_id, enrollment_ids=[row.id for row in rows], now=now, reason=reason
        )
        await outcomes.end_leads(
            conn, team_id=tend.team_id, lead_ids=[row.lead_id for row in rows], now=now, reason=reason
        )
