"""A person arrives, from a CRM or a form: the same human is recognised, a lead made or filled, and perhaps enrolled.

Runs inside one transaction with everything already fetched and read. Blanks are filled, nothing a person said is
overwritten. Only a fresh arrival starts a sequence by itself; everything else makes or updates a lead and enrolls
nobody: connecting a ten-year-old CRM must not text ten years of clients.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.flows import crm_owed, enrolling, filling, joining, routing
from agent.flows.arrivals import Arrival, TooEarly
from agent.rules.identity import Incoming, same_human
from agent.rules.leads import IN_THE_TRASH, source_in_words, stage_guard
from agent.store import by_now, leads
from agent.store.ids import new_id
from agent.store.turns import take_turns
from agent.store.wake import after_commit
from agent.tend import Tend
from integrations.language_model import Reading


async def recognise(conn: AsyncConnection, tend: Tend, arrival: Arrival) -> UUID | None:
    """The lead this person already is; None for someone new."""
    known = await leads.candidates(
        conn,
        team_id=tend.team_id,
        sealer=tend.sealer,
        crm=arrival.crm,
        crm_person_ids=[arrival.crm_person_id] if arrival.crm_person_id is not None else [],
        known=arrival.known,
    )
    match = same_human(incoming(arrival), known)
    return match.lead_id if match is not None else None


def incoming(arrival: Arrival) -> Incoming:
    """What somebody who arrived is recognised by."""
    return Incoming(
        sender_id=arrival.crm_person_id,
        emails=frozenset(a.value for a in arrival.known if a.channel == "email"),
        phones=frozenset(a.value for a in arrival.known if a.channel == "sms"),
        first_name=arrival.first_name,
        last_name=arrival.last_name,
    )


async def arrive(conn: AsyncConnection, tend: Tend, arrival: Arrival, reading: Reading | None) -> UUID:
    """Make or fill the lead, enter consent, judge, route and enroll; returns the lead's id.

    `reading` is what their words mean, None where they were read before.
    """
    await take_turns(conn, hashes_of(tend, arrival))
    now = tend.now()
    met = arrival.lead_id or await recognise(conn, tend, arrival)
    lead_id = await by_now.lead(conn, team_id=tend.team_id, lead_id=met) if met is not None else None
    if lead_id is not None and lead_id != met:
        await _beside(conn, tend, lead_id, arrival)
        return lead_id
    before = await leads.one(conn, team_id=tend.team_id, lead_id=lead_id) if lead_id is not None else None
    if before is not None and _is_another_record(arrival, before):
        return await _second_record(conn, tend, before, arrival, reading)
    first = before is None or (arrival.submission_id is not None and not before.intent)
    words = reading if _are_new(arrival, before) else None
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
            | ({"arrived_at": arrival.arrived_at} if arrival.arrived_at is not None else {})
            | ({"end_reason": enrolling.TOO_OLD, "ended_at": now} if arrival.imported else {}),
        )
    await leads.add_addresses(
        conn, team_id=tend.team_id, sealer=tend.sealer, lead_id=lead_id, known=arrival.known, now=now
    )
    if arrival.submission_id is not None and not arrival.repeats:
        await crm_owed.came_in(conn, tend, lead_id, submission_id=arrival.submission_id)
    await filling.enter_grants(conn, tend, lead_id, arrival)
    await filling.fill(conn, tend, lead_id, arrival, reading)
    if first or ((words is not None or arrival.submission_id is not None) and not arrival.repeats):
        await leads.note(
            conn,
            team_id=tend.team_id,
            sealer=tend.sealer,
            lead_id=lead_id,
            kind="arrived" if first else "seen_again",
            at=now,
            words=came_in(arrival),
        )
    placed = await routing.place(conn, tend, arrival, lead_id, before=before)
    after_commit(conn, "live", "sending", "upkeep")
    if (first and not arrival.imported) or words is not None:
        await crm_owed.person(conn, tend, lead_id)
    await enrolling.start(conn, tend, arrival, words, lead_id=lead_id, first=first)
    if placed:
        await routing.tell(conn, tend, arrival, lead_id)
    return lead_id


async def _second_record(
    conn: AsyncConnection, tend: Tend, lead: Row[Any], arrival: Arrival, reading: Reading | None
) -> UUID:
    """The CRM has them twice: their second record is merged into their lead, reversibly, and starts nothing.

    Where the two may not be merged it stays a lead of its own; a plan of the CRM's that runs there holds for both.
    Raises `TooEarly` while something of the lead is under way.
    """
    kept_id: UUID = lead.id
    alone = replace(arrival, lead_id=new_id(), fresh=False, hold_back="", may_assign=False)
    if lead.assignee_id is not None:
        alone = replace(alone, crm_user_id=None, shared_with=())
    other_id = await arrive(conn, tend, alone, reading)
    other = await leads.one(conn, team_id=tend.team_id, lead_id=other_id)
    if other is None:
        return kept_id
    refused = await joining.join(conn, tend, lead, other, by=joining.BY_TEND)
    if refused == joining.BUSY:
        raise TooEarly
    if refused:
        return other_id
    await enrolling.start(conn, tend, replace(arrival, message="", fresh=False), None, lead_id=kept_id, first=False)
    return kept_id


async def _beside(conn: AsyncConnection, tend: Tend, lead_id: UUID, arrival: Arrival) -> None:
    """Somebody's second record in the CRM, merged here: it fills blanks, and its stage may still forbid to write."""
    blanks = replace(arrival, message="", crm_person_id=None, background_hash=None, stage=None, fresh=False)
    await leads.add_addresses(
        conn, team_id=tend.team_id, sealer=tend.sealer, lead_id=lead_id, known=arrival.known, now=tend.now()
    )
    await filling.fill(conn, tend, lead_id, blanks, None)
    verdict = stage_guard(arrival.stage, tend.team.stages) if arrival.stage is not None else None
    if verdict is not None and not verdict.automation and not verdict.unknown and verdict.reason != IN_THE_TRASH:
        values = {"stage_blocks": verdict.reason}
        await leads.change(
            conn, team_id=tend.team_id, sealer=tend.sealer, lead_id=lead_id, now=tend.now(), values=values
        )
        await enrolling.start(conn, tend, blanks, None, lead_id=lead_id, first=False)
    after_commit(conn, "live", "sending")


def came_in(arrival: Arrival) -> dict[str, Any]:
    """What the timeline says of an arrival."""
    said = f"came in from {source_in_words(arrival.source) or 'an unknown source'}{_in_full(arrival)}"
    whole = {"whole": dict(arrival.whole)} if arrival.whole else {}
    return {"said": said, "message": arrival.message, **whole}


def _in_full(arrival: Arrival) -> str:
    """What was cut to fit, as it was written, as far as a page has room for it."""
    return "".join(f"; the {name} in full: “{value[:400]}”" for name, value in arrival.whole.items())


def hashes_of(tend: Tend, arrival: Arrival) -> list[bytes]:
    """The hash of everything this person is recognised by."""
    addresses = [leads.address_hash(tend.sealer, each.channel, each.value) for each in arrival.known]
    return [*addresses, tend.sealer.hash(arrival.crm, arrival.crm_person_id)] if arrival.crm_person_id else addresses


def _is_another_record(arrival: Arrival, before: Row[Any]) -> bool:
    """Whether the CRM has another record of whom we know by one of its records already."""
    theirs, ours = arrival.crm_person_id, before.crm_person_id
    return before.deleted_at is None and before.crm == arrival.crm and None not in {theirs, ours} and theirs != ours


def _are_new(arrival: Arrival, before: Row[Any] | None) -> bool:
    """Whether there are words to act on: a form's always; a CRM's on a fresh arrival, or when they changed."""
    if not arrival.message or arrival.submission_id is not None:
        return bool(arrival.message)
    if before is None:
        return arrival.fresh
    return before.background_hash is not None and bytes(before.background_hash) != arrival.background_hash
