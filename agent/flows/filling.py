"""Fills a lead from an arrival: blanks only, never over what a person said; consent, score, assignee, stage.

A stage nobody mapped blocks automation and becomes a to-do.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.flows import handing, judging
from agent.flows.arrivals import Arrival
from agent.rules.consent import CHANNELS, in_force
from agent.rules.leads import stage_guard
from agent.rules.steering import came_for
from agent.rules.zones import zones_for
from agent.store import leads, messages
from agent.store.tables import leads as leads_table
from agent.tend import Tend
from integrations.language_model import Reading


async def enter_grants(conn: AsyncConnection, tend: Tend, lead_id: UUID, arrival: Arrival) -> None:
    """Enter what the arrival consents to, unless a grant in force says it already (one from before a stop does not)."""
    ledger = await messages.consent_entries(conn, team_id=tend.team_id, lead_id=lead_id)
    there = {
        (entry.channel, entry.basis, entry.wording)
        for channel in CHANNELS
        for entry in in_force(ledger, channel=channel)[1]
    }
    for grant in arrival.grants:
        if (grant.channel, grant.basis, grant.wording) in there:
            continue
        await messages.enter_consent(
            conn,
            team_id=tend.team_id,
            sealer=tend.sealer,
            lead_id=lead_id,
            channel=grant.channel,
            action="granted",
            basis=grant.basis,
            source=arrival.consent_source or arrival.source,
            wording=grant.wording,
            ip=arrival.consent_ip,
            at=tend.now(),
        )


async def fill(conn: AsyncConnection, tend: Tend, lead_id: UUID, arrival: Arrival, reading: Reading) -> None:
    """Fill the lead's blanks, judge, assign, and say whether its CRM stage allows automation."""
    now = tend.now()
    lead = await leads.one(conn, team_id=tend.team_id, lead_id=lead_id)
    if lead is None:
        message = "the lead vanished inside its own transaction"
        raise RuntimeError(message)
    plain = leads.opened(tend.sealer, lead)
    facts = judging.merged({**arrival.facts, **plain["facts"]}, reading)
    verdict = stage_guard(arrival.stage, tend.team.stages) if arrival.stage is not None else None
    blocked = "" if verdict is None or verdict.automation else verdict.reason
    phone = next((a.value for a in arrival.known if a.channel == "sms"), None)
    zones = zones_for(
        told=None,
        postal_code=arrival.postal_code or None,
        state=arrival.state or None,
        phone=phone,
        team=tend.team.zone,
    )
    wanted = came_for(reading.intent, hints=arrival.hints, property_known=bool(facts.get("property")))
    intent = lead.intent or wanted.value
    judged = judging.judge(
        facts,
        intent=intent,
        has_email=any(a.channel == "email" for a in arrival.known),
        has_phone=phone is not None,
        replies=0,
        last_heard_at=lead.last_inbound_at,
        now=now,
    )
    values: dict[str, Any] = {
        "first_name": plain["first_name"] or arrival.first_name,
        "last_name": plain["last_name"] or arrival.last_name,
        "facts": facts,
        "intent": intent,
        "source": lead.source or arrival.source,
        "assignee_id": lead.assignee_id or await _assignee(conn, tend, arrival),
        "campaign_id": lead.campaign_id or arrival.campaign_id,
        "residence_state": lead.residence_state or arrival.state.upper()[:2],
        "zones": ",".join(zones.names),
        "zone_source": zones.source,
    }
    if lead.last_inbound_at is None:
        values |= {
            "score": judged.points,
            "temperature": judged.temperature,
            "score_reasons": [[reason.points, reason.text] for reason in judged.reasons],
        }
    if arrival.crm_person_id is not None:
        values |= {"crm": arrival.crm, "crm_person_id": arrival.crm_person_id, "crm_stage": arrival.stage or ""}
        values["stage_blocks"] = blocked
        if verdict is not None and verdict.status is not None:
            values["status"] = verdict.status.value
    await leads.change(conn, team_id=tend.team_id, sealer=tend.sealer, lead_id=lead_id, now=now, values=values)
    await leads.index_name(
        conn, team_id=tend.team_id, sealer=tend.sealer, lead_id=lead_id, names=(arrival.first_name, arrival.last_name)
    )
    if verdict is not None and verdict.unknown:
        await handing.hand_off(
            conn,
            tend,
            lead_id,
            kind="map_stage",
            action=f"Say in the team file what the stage “{arrival.stage}” means. Until then Tend is silent.",
            quote="",
            reasons=(verdict.reason,),
            hot=False,
            due_in=timedelta(hours=24),
            alert=False,
        )


async def _assignee(conn: AsyncConnection, tend: Tend, arrival: Arrival) -> UUID | None:
    """Whose lead this is: the arrival's own answer, the CRM's, else the person with the fewest so far."""
    if arrival.assignee_id is not None:
        return arrival.assignee_id
    for assignee in tend.team.assignees:
        if arrival.crm_user_id and assignee.crm_user_id == arrival.crm_user_id:
            return tend.user_ids[assignee.key]
    if not arrival.may_assign:
        return None
    rows = await conn.execute(
        select(leads_table.c.assignee_id, func.count().label("held"))
        .where(leads_table.c.team_id == tend.team_id, leads_table.c.assignee_id.is_not(None))
        .group_by(leads_table.c.assignee_id)
    )
    held = {row.assignee_id: row.held for row in rows}
    ids = [tend.user_ids[assignee.key] for assignee in tend.team.assignees]
    return min(ids, key=lambda user_id: held.get(user_id, 0))
