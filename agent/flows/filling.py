"""Fills a lead from an arrival: blanks only, never over what a person said; consent, score, stage.

A stage nobody mapped blocks automation and becomes a to-do. Who gets the lead is `routing`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
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
    facts, intent = _learned(plain["facts"], lead.intent, arrival, reading, now)
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
        "compared_at": None,
    }
    if arrival.form is not None:
        values |= judging.worth(tend, arrival.form)
    if reading is not None and arrival.background_hash is not None:
        values["background_hash"] = arrival.background_hash
    if arrival.crm_person_id is not None:
        values |= {"crm": arrival.crm, "crm_person_id": arrival.crm_person_id, "crm_stage": arrival.stage or ""}
        values["crm_user_id"] = arrival.crm_user_id or ""
        values["stage_blocks"] = blocked
        if verdict is not None and verdict.status is Status.CLOSED_WON and lead.crm_stage not in {"", arrival.stage}:
            values["deal_on"] = now.date()
    if verdict is not None and verdict.status is not None:
        values |= _placed(lead, arrival.stage or "", verdict.status)
    await leads.change(conn, team_id=tend.team_id, sealer=tend.sealer, lead_id=lead_id, now=now, values=values)
    await judging.rescore(conn, tend, [lead_id])
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


def _learned(
    known: Mapping[str, Any], intent: str, arrival: Arrival, reading: Reading | None, now: datetime
) -> tuple[dict[str, Any], str]:
    """The lead's facts and intent with what the arrival adds; what a form says outright, its words do not overrule."""
    blanks = {name: value for name, value in arrival.facts.items() if name not in known}
    facts = judging.told(known, blanks, now)
    if reading is None:
        return facts, intent
    facts = judging.merged(facts, reading, now, words=arrival.message)
    if arrival.form is not None and "urgency" in blanks:
        facts = judging.told(facts, {"urgency": blanks["urgency"]}, now)
    if intent:
        return facts, intent
    wanted = came_for(reading.intent, hints=arrival.hints, property_known=bool(facts.get("property")))
    quote = reading.quote if arrival.message else ""
    return judging.shown_by(facts, now, {"intent": quote}), wanted.value


def _placed(lead: Row[Any], stage: str, said: Status) -> dict[str, str]:
    """Status and qualification by a CRM stage: only where the stage moved, or means something from now on."""
    status, qualification = Status(lead.status), Qualification(lead.qualification)
    if not lead.crm_stage:
        status, qualification = first_met(status, qualification, said=said)
    elif stage != lead.crm_stage or lead.stage_blocks == not_mapped(stage):
        status, qualification = placed(qualification, status=said)
    return {"status": status.value, "qualification": qualification.value}
