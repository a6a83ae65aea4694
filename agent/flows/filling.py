"""Fills a lead from an arrival: blanks only, never over what a person said; consent, score, stage.

A stage nobody mapped blocks automation and becomes a to-do. Who gets the lead is `routing`'s.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.flows import handing, judging
from agent.flows.arrivals import Arrival
from agent.rules.consent import CHANNELS, in_force
from agent.rules.leads import Qualification, Status, first_met, not_mapped, placed, stage_guard
from agent.rules.places import state_named
from agent.rules.steering import came_for
from agent.rules.zones import Zones, surer, zones_for
from agent.store import leads, messages
from agent.tend import Tend
from integrations.language_model import Reading


async def enter_grants(conn: AsyncConnection, tend: Tend, lead_id: UUID, arrival: Arrival) -> None:
    """Enter what the arrival consents to, unless a grant in force says it already (one from before a stop does not).

    Consent to texts is for the numbers that came with it, and for no other of the lead's.
    """
    ledger = await messages.consent_entries(conn, team_id=tend.team_id, lead_id=lead_id)
    there = {
        (entry.channel, entry.basis, entry.wording, entry.address)
        for channel in CHANNELS
        for entry in in_force(ledger, channel=channel)[1]
    }
    numbers = [tend.sealer.hash("sms", address.value) for address in arrival.known if address.channel == "sms"]
    given = [
        (grant, address) for grant in arrival.grants for address in (numbers if grant.channel == "sms" else [None])
    ]
    for grant, address in given:
        if (grant.channel, grant.basis, grant.wording, address) in there:
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
            address_hash=address,
        )


async def fill(conn: AsyncConnection, tend: Tend, lead_id: UUID, arrival: Arrival, reading: Reading | None) -> None:
    """Fill the lead's blanks, judge, and say whether its CRM stage allows automation."""
    now = tend.now()
    lead = await leads.one(conn, team_id=tend.team_id, lead_id=lead_id)
    if lead is None:
        message = "the lead vanished inside its own transaction"
        raise RuntimeError(message)
    plain = leads.opened(tend.sealer, lead)
    facts = {**arrival.facts, **plain["facts"]}
    intent = lead.intent
    if reading is not None:
        facts = judging.merged(facts, reading)
        wanted = came_for(reading.intent, hints=arrival.hints, property_known=bool(facts.get("property")))
        intent = intent or wanted.value
    verdict = stage_guard(arrival.stage, tend.team.stages) if arrival.stage is not None else None
    blocked = "" if verdict is None or verdict.automation else verdict.reason
    known = await leads.addresses_of(conn, team_id=tend.team_id, sealer=tend.sealer, lead_ids=[lead_id])
    phone = next((a.value for a in (*arrival.known, *known.get(lead_id, ())) if a.channel == "sms"), None)
    found = zones_for(
        told=None,
        postal_code=arrival.postal_code or None,
        state=arrival.state or None,
        phone=phone,
        team=tend.team.zone,
    )
    zones = surer(Zones(tuple(lead.zones.split(",")), lead.zone_source) if lead.zones else None, found)
    state = state_named(arrival.state)
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
        "campaign_id": lead.campaign_id or arrival.campaign_id,
        "residence_state": state.code if state is not None else lead.residence_state,
        "zones": ",".join(zones.names),
        "zone_source": zones.source,
    }
    if lead.last_inbound_at is None:
        values |= {
            "score": judged.points,
            "temperature": "hot" if lead.temperature == "hot" else judged.temperature,
            "score_reasons": [[reason.points, reason.text] for reason in judged.reasons],
        }
    if reading is not None and arrival.background_hash is not None:
        values["background_hash"] = arrival.background_hash
    if arrival.crm_person_id is not None:
        values |= {"crm": arrival.crm, "crm_person_id": arrival.crm_person_id, "crm_stage": arrival.stage or ""}
        values["stage_blocks"] = blocked
        if verdict is not None and verdict.status is Status.CLOSED_WON and lead.crm_stage not in {"", arrival.stage}:
            values["deal_on"] = now.date()
    if verdict is not None and verdict.status is not None:
        values |= _placed(lead, arrival.stage or "", verdict.status)
    await leads.change(conn, team_id=tend.team_id, sealer=tend.sealer, lead_id=lead_id, now=now, values=values)
    await leads.index_name(
        conn, team_id=tend.team_id, sealer=tend.sealer, lead_id=lead_id, names=(arrival.first_name, arrival.last_name)
    )
    if verdict is not None and not verdict.unknown:
        await handing.settle_todos(conn, tend, lead_id, by="the stage is mapped", kinds=("map_stage",))
    if verdict is not None and verdict.unknown:
        await handing.hand_off(
            conn,
            tend,
            lead_id,
            kind="map_stage",
            action=f"Say in the team file what the stage “{arrival.stage}” means and start Tend again. "
            "Until then Tend is silent with them.",
            quote="",
            reasons=(verdict.reason,),
            hot=False,
            due_in=timedelta(hours=24),
            alert=False,
        )


def _placed(lead: Row[Any], stage: str, said: Status) -> dict[str, str]:
    """Status and qualification by a CRM stage: only where the stage moved, or means something from now on."""
    status, qualification = Status(lead.status), Qualification(lead.qualification)
    if not lead.crm_stage:
        status, qualification = first_met(status, qualification, said=said)
    elif stage != lead.crm_stage or lead.stage_blocks == not_mapped(stage):
        status, qualification = placed(qualification, status=said)
    return {"status": status.value, "qualification": qualification.value}
