"""Whether an arrival starts a sequence: only a fresh one does, by itself and once; everyone else gets an end reason."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.flows import handing
from agent.flows.arrivals import Arrival
from agent.rules.sequences import choose
from agent.rules.triage import HandOff, TriageFacts, decide
from agent.store import enrollments, leads
from agent.tend import Tend
from integrations.language_model import Intent, Reading

TOO_OLD = "waiting: arrived before Tend was connected, or more than a day old; start them from “aged leads”"
NOT_MAPPED = "waiting: the CRM stage is not mapped in the team file"


async def start(conn: AsyncConnection, tend: Tend, arrival: Arrival, reading: Reading, *, lead_id: UUID) -> None:
    """Enroll a fresh arrival; give everyone else an end reason, so that nobody falls through."""
    now = tend.now()
    lead = await leads.one(conn, team_id=tend.team_id, lead_id=lead_id)
    if lead is None or lead.deleted_at is not None:
        return
    if lead.stage_blocks:
        blocked = lead.stage_blocks
        await enrollments.end(conn, team_id=tend.team_id, lead_ids=[lead_id], now=now, reason=blocked, word="stage")
        await _end(conn, tend, lead, reason=NOT_MAPPED if "not mapped" in blocked else blocked)
        return
    if arrival.message:
        await _answer_message(conn, tend, arrival, reading, lead_id=lead_id)
    if await enrollments.living(conn, team_id=tend.team_id, lead_ids=[lead_id]):
        return
    ever = await enrollments.ever(conn, team_id=tend.team_id, lead_id=lead_id)
    if not arrival.fresh or ever or arrival.hold_back:
        await _end(conn, tend, lead, reason=arrival.hold_back or TOO_OLD)
        return
    if lead.end_reason:
        return
    key = choose(Intent(lead.intent), tend.words.sequences)
    await enrollments.start(
        conn,
        team_id=tend.team_id,
        lead_id=lead_id,
        plan=tend.sequence(key),
        version_id=tend.versions[key],
        zone=(lead.zones or tend.team.zone).split(",")[0],
        now=now,
    )


async def _answer_message(
    conn: AsyncConnection, tend: Tend, arrival: Arrival, reading: Reading, *, lead_id: UUID
) -> None:
    """A form that already asks for a showing or a call is hot at once; the sequence's first email still answers."""
    decision = decide(
        reading,
        facts=TriageFacts(
            first_name=arrival.first_name,
            can_call=any(a.channel == "sms" for a in arrival.known),
            has_open_handoff=False,
            previous_intent=None,
        ),
    )
    match decision.followup:
        case HandOff(kind=kind, due_in=due_in, action=action, alert=alert) if decision.hot:
            await handing.hand_off(
                conn,
                tend,
                lead_id,
                kind=kind,
                action=action,
                quote=(reading.quote or arrival.message)[:500],
                reasons=decision.reasons,
                hot=True,
                due_in=due_in,
                alert=alert,
            )
            await leads.change(
                conn,
                team_id=tend.team_id,
                sealer=tend.sealer,
                lead_id=lead_id,
                now=tend.now(),
                values={"temperature": "hot"},
            )
        case _:
            pass


async def _end(conn: AsyncConnection, tend: Tend, lead: Row[Any], *, reason: str) -> None:
    if not lead.end_reason:
        now = tend.now()
        await leads.change(
            conn,
            team_id=tend.team_id,
            sealer=tend.sealer,
            lead_id=lead.id,
            now=now,
            values={"end_reason": reason, "ended_at": now},
        )
