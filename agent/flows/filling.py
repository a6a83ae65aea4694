"""Fills a lead from an arrival: blanks only, never over what a person said; consent, score, stage.

A stage nobody mapped blocks automation and becomes a to-do. Who gets the lead is `routing`'s.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.flows import crm_owed, handing, judging
from agent.flows.arrivals import Arrival
from agent.rules.consent import CHANNELS, Grant, in_force
from agent.rules.leads import Qualification, StageVerdict, Status, first_met, not_mapped, placed, stage_guard
from agent.rules.places import state_named
from agent.rules.steering import came_for
from agent.rules.zones import Zones, surer, zones_for
from agent.store import leads, messages
from agent.store.leads import KnownAddress
from agent.tend import Tend
from integrations.language_model import Reading


async def enter_grants(conn: AsyncConnection, tend: Tend, lead_id: UUID, arrival: Arrival) -> None:
    """Enter what the arrival consents to, unless a grant in force says it already (one from before a stop does not)."""
    ledger = await messages.consent_entries(conn, team_id=tend.team_id, lead_id=lead_id)
    there = {
        (entry.channel, entry.basis, entry.wording, entry.address)
        for channel in CHANNELS
        for entry in in_force(ledger, channel=channel)[1]
    }
    for grant, address in given(tend, arrival):
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
        await crm_owed.person(conn, tend, lead_id)


def given(tend: Tend, arrival: Arrival) -> list[tuple[Grant, bytes | None]]:
    """What the arrival consents to, each with the number it is for: texts are for those that came with it alone."""
    numbers = [tend.sealer.hash("sms", address.value) for address in arrival.known if address.channel == "sms"]
    return [(grant, address) for grant in arrival.grants for address in (numbers if grant.channel == "sms" else [None])]


async def fill(conn: AsyncConnection, tend: Tend, lead_id: UUID, arrival: Arrival, reading: Reading | None) -> None:
    """Fill the lead's blanks, judge, and say whether its CRM stage allows automation."""
    now = tend.now()
    lead = await leads.one(conn, team_id=tend.team_id, lead_id=lead_id)
    if lead is None:
        message = "the lead vanished inside its own transaction"
        raise RuntimeError(message)
    verdict = stage_verdict(tend, arrival)
    known = await leads.addresses_of(conn, team_id=tend.team_id, sealer=tend.sealer, lead_ids=[lead_id])
    values = filled(tend, lead, leads.opened(tend.sealer, lead), arrival, reading, known=known.get(lead_id, ()))
    await leads.change(conn, team_id=tend.team_id, sealer=tend.sealer, lead_id=lead_id, now=now, values=values)
    await judging.rescore(conn, tend, [lead_id])
    await leads.index_name(
        conn, team_id=tend.team_id, sealer=tend.sealer, lead_id=lead_id, names=(arrival.first_name, arrival.last_name)
    )
    if verdict is not None and not verdict.unknown:
        await handing.settle_todos(conn, tend, lead_id, by="the stage is mapped", kinds=("map_stage",))
    if verdict is not None and verdict.unknown and not arrival.imported:
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


@dataclass(frozen=True, slots=True)
class Blank:
    """A lead of whom nothing is known yet."""

    intent: str = ""
    source: str = ""
    campaign_id: UUID | None = None
    residence_state: str = ""
    zones: str = ""
    zone_source: str = ""
    crm_stage: str = ""
    stage_blocks: str = ""
    status: str = Status.NEW
    qualification: str = Qualification.UNQUALIFIED


BLANK: Mapping[str, Any] = {"first_name": "", "last_name": "", "facts": {}}
"""The personal columns of such a lead."""


def stage_verdict(tend: Tend, arrival: Arrival) -> StageVerdict | None:
    """What the team file says of the stage they are at; None for who came by no CRM."""
    return stage_guard(arrival.stage, tend.team.stages) if arrival.stage is not None else None


def filled(
    tend: Tend,
    lead: Row[Any] | Blank,
    plain: Mapping[str, Any],
    arrival: Arrival,
    reading: Reading | None,
    *,
    known: Sequence[KnownAddress],
) -> dict[str, Any]:
    """The columns of a lead (`plain` has its personal ones) once its blanks are filled; whose it is, is not among them.

    `known` are the addresses it has.
    """
    now, verdict = tend.now(), stage_verdict(tend, arrival)
    facts, intent = _learned(plain["facts"], lead.intent, arrival, reading, now)
    phone = next((a.value for a in (*arrival.known, *known) if a.channel == "sms"), None)
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
        values["stage_blocks"] = "" if verdict is None or verdict.automation else verdict.reason
        if verdict is not None and verdict.status is Status.CLOSED_WON and lead.crm_stage not in {"", arrival.stage}:
            values["deal_on"] = now.date()
    if verdict is not None and verdict.status is not None:
        values |= _placed(lead, arrival.stage or "", verdict.status)
    return values


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


def _placed(lead: Row[Any] | Blank, stage: str, said: Status) -> dict[str, str]:
    """Status and qualification by a CRM stage: only where the stage moved, or means something from now on."""
    status, qualification = Status(lead.status), Qualification(lead.qualification)
    if not lead.crm_stage:
        status, qualification = first_met(status, qualification, said=said)
    elif stage != lead.crm_stage or lead.stage_blocks == not_mapped(stage):
        status, qualification = placed(qualification, status=said)
    return {"status": status.value, "qualification": qualification.value}
