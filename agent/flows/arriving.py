"""A person arrives, from a CRM or a form: the same human is recognised, a lead made or filled, and perhaps enrolled.

Runs inside one transaction with everything already fetched and read. Blanks are filled, nothing a person said is
overwritten. Only a fresh arrival starts a sequence by itself; everything else makes or updates a lead and enrolls
nobody: connecting a ten-year-old CRM must not text ten years of clients.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.flows import handing, judging
from agent.rules.consent import Grant
from agent.rules.identity import Incoming, same_human
from agent.rules.leads import stage_guard
from agent.rules.sequences import choose
from agent.rules.triage import HandOff, TriageFacts, decide
from agent.rules.zones import zones_for
from agent.store import enrollments, leads, messages
from agent.store.ids import new_id
from agent.store.leads import KnownAddress
from agent.store.tables import leads as leads_table
from agent.store.wake import after_commit
from agent.tend import Tend
from integrations.language_model import Intent, Reading

TOO_OLD = "waiting: arrived before Tend was connected, or more than a day old; start them from “aged leads”"
NOT_MAPPED = "waiting: the CRM stage is not mapped in the team file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One person as they arrive, addresses normalised, best first.

    `fresh` says the arrival may start a sequence; `facts` are structured facts (property, timeline, company…);
    `message` is what they wrote, empty when nothing was.
    """

    crm: str
    crm_person_id: str | None
    first_name: str
    last_name: str
    known: Sequence[KnownAddress]
    source: str
    fresh: bool
    lead_id: UUID | None = None
    state: str = ""
    postal_code: str = ""
    stage: str | None = None
    crm_user_id: str | None = None
    campaign_id: UUID | None = None
    assignee_id: UUID | None = None
    may_assign: bool = True
    arrived_at: datetime | None = None
    message: str = ""
    hold_back: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    grants: Sequence[Grant] = ()
    consent_source: str = ""
    consent_ip: str = ""


async def recognise(conn: AsyncConnection, tend: Tend, arrival: Arrival) -> UUID | None:
    """The lead this person already is; None for someone new."""
    known = await leads.candidates(
        conn,
        team_id=tend.team_id,
        sealer=tend.sealer,
        crm=arrival.crm,
        crm_person_id=arrival.crm_person_id,
        known=arrival.known,
    )
    match = same_human(
        Incoming(
            sender_id=arrival.crm_person_id,
            emails=frozenset(a.value for a in arrival.known if a.channel == "email"),
            phones=frozenset(a.value for a in arrival.known if a.channel == "sms"),
            first_name=arrival.first_name,
            last_name=arrival.last_name,
        ),
        known,
    )
    return match.lead_id if match is not None else None


async def arrive(conn: AsyncConnection, tend: Tend, arrival: Arrival, reading: Reading) -> UUID:
    """Make or fill the lead, enter consent, judge, assign and enroll; returns the lead's id."""
    now = tend.now()
    lead_id = arrival.lead_id or await recognise(conn, tend, arrival)
    before = await leads.one(conn, team_id=tend.team_id, lead_id=lead_id) if lead_id is not None else None
    if lead_id is None or before is None:
        lead_id = lead_id or new_id()
        await leads.create(
            conn,
            team_id=tend.team_id,
            sealer=tend.sealer,
            lead_id=lead_id,
            now=now,
            values={
                "first_name": arrival.first_name,
                "last_name": arrival.last_name,
                "facts": {},
                "source": arrival.source,
            }
            | ({"arrived_at": arrival.arrived_at} if arrival.arrived_at is not None else {}),
        )
    await leads.add_addresses(
        conn, team_id=tend.team_id, sealer=tend.sealer, lead_id=lead_id, known=arrival.known, now=now
    )
    await _enter_grants(conn, tend, lead_id, arrival, now)
    blocked = await _fill(conn, tend, lead_id, arrival, reading, now)
    await leads.note(
        conn,
        team_id=tend.team_id,
        sealer=tend.sealer,
        lead_id=lead_id,
        kind="arrived" if before is None else "seen_again",
        at=now,
        words={"said": f"came in from {arrival.source or 'an unknown source'}", "message": arrival.message},
    )
    after_commit(conn, "live", "sending", "upkeep")
    await _start(conn, tend, lead_id, arrival, reading, blocked=blocked, now=now)
    return lead_id


async def _enter_grants(conn: AsyncConnection, tend: Tend, lead_id: UUID, arrival: Arrival, now: datetime) -> None:
    there = {
        (entry.channel, entry.basis, entry.wording)
        for entry in await messages.consent_entries(conn, team_id=tend.team_id, lead_id=lead_id)
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
            at=now,
        )


async def _fill(
    conn: AsyncConnection, tend: Tend, lead_id: UUID, arrival: Arrival, reading: Reading, now: datetime
) -> str:
    """Fill the lead's blanks, judge and assign; returns why automation is blocked, empty when it is not."""
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
    intent = lead.intent or reading.intent.value
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
            action=f"Say in the team file what the stage “{arrival.stage}” means; until then Tend leaves this lead alone.",
            quote="",
            reasons=(verdict.reason,),
            hot=False,
            due_in=timedelta(hours=24),
            alert=False,
            now=now,
        )
    return blocked


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


async def _start(
    conn: AsyncConnection,
    tend: Tend,
    lead_id: UUID,
    arrival: Arrival,
    reading: Reading,
    *,
    blocked: str,
    now: datetime,
) -> None:
    """Enroll a fresh arrival; give everyone else an end reason, so that nobody falls through."""
    lead = await leads.one(conn, team_id=tend.team_id, lead_id=lead_id)
    if lead is None or lead.deleted_at is not None:
        return
    living = await enrollments.living(conn, team_id=tend.team_id, lead_ids=[lead_id])
    if blocked:
        await enrollments.end(conn, team_id=tend.team_id, lead_ids=[lead_id], now=now, reason=blocked, word="stage")
        await _end(conn, tend, lead_id, f"{NOT_MAPPED}" if "not mapped" in blocked else blocked, lead.end_reason, now)
        return
    if arrival.message:
        await _answer_message(conn, tend, lead_id, arrival, reading, now)
    if living:
        return
    ever = await enrollments.ever(conn, team_id=tend.team_id, lead_id=lead_id)
    if not arrival.fresh or ever or arrival.hold_back:
        await _end(conn, tend, lead_id, arrival.hold_back or TOO_OLD, lead.end_reason, now)
        return
    if lead.end_reason:
        return
    key = choose(Intent(reading.intent), tend.words.sequences)
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
    conn: AsyncConnection, tend: Tend, lead_id: UUID, arrival: Arrival, reading: Reading, now: datetime
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
                now=now,
            )
            await leads.change(
                conn, team_id=tend.team_id, sealer=tend.sealer, lead_id=lead_id, now=now, values={"temperature": "hot"}
            )
        case _:
            pass


async def _end(conn: AsyncConnection, tend: Tend, lead_id: UUID, reason: str, already: str, now: datetime) -> None:
    if not already:
        await leads.change(
            conn,
            team_id=tend.team_id,
            sealer=tend.sealer,
            lead_id=lead_id,
            now=now,
            values={"end_reason": reason, "ended_at": now},
        )
