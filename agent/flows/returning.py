"""Somebody Tend knows sends a form again: their words count like a reply, and nobody who comes back meets silence.

1. Words that say stop, or may, are acted on at once, as in a reply.
2. Whom Tend may not write to (opted out, a stage, an end that was more than silence) goes to a person, who decides.
3. Where their campaign starts nobody and nothing else runs, a person answers: only first arrivals wait for a campaign.
4. In a sequence: words pause it and triage decides what follows; without words a person looks.
5. Where nothing runs and the end was only silence, the answer is a sequence, and a person where triage asks for one.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.flows import handing, replies
from agent.flows.arrivals import Arrival
from agent.flows.following import Read, decided, follow_up
from agent.flows.opting_out import opt_out, wrong_person
from agent.rules.closing import ClosedBy
from agent.rules.followups import Decision, HandOff, TodoKind
from agent.rules.leads import ended_in_silence
from agent.rules.optout import Signal, signal
from agent.store import enrollments, leads, suppressions
from agent.tend import Tend
from integrations.language_model import Reading

ANSWER_WITHIN = timedelta(hours=4)


async def came_back(
    conn: AsyncConnection, tend: Tend, arrival: Arrival, words: Reading | None, lead: Row[Any], *, living: bool
) -> bool:
    """Do what their form asks for; True where a sequence should answer it. `words` is what they wrote, if anything."""
    address = next(a.value for a in arrival.known if a.channel == "email")
    address_hash = tend.sealer.hash("email", address)
    said = signal(arrival.message) if words is not None else Signal.NONE
    if said in {Signal.STOP, Signal.WRONG_PERSON}:
        close = opt_out if said is Signal.STOP else wrong_person
        await close(conn, tend, [lead.id], by=ClosedBy.FORM, address=("email", address_hash))
        return False
    if said is Signal.DOUBT:
        sharing = await suppressions.lock_addresses(conn, team_id=tend.team_id, hashes=[address_hash])
        for person in dict.fromkeys((lead.id, *sharing)):
            await enrollments.pause(conn, team_id=tend.team_id, lead_id=person, now=tend.now())
            await handing.ask_about_doubt(conn, tend, person, quote=arrival.message)
        return False
    if why := await _why_silent(conn, tend, lead, address_hash):
        await _ask_a_person(conn, tend, arrival, lead, words, reason=f"{why}; Tend stays silent until you decide")
        return False
    if arrival.hold_back and not living:
        why = arrival.hold_back.removeprefix("waiting: ")
        await _ask_a_person(conn, tend, arrival, lead, words, reason=f"{why}; Tend writes nothing by itself")
        return False
    ever = living or bool(await enrollments.ever(conn, team_id=tend.team_id, lead_id=lead.id))
    if living or (ever and not lead.end_reason):
        if words is None:
            await _ask_a_person(conn, tend, arrival, lead, words, reason="sent a form again, without words")
        else:
            await replies.heard_from(conn, tend, lead.id, "email", goes_on=True)
            await enrollments.pause(conn, team_id=tend.team_id, lead_id=lead.id, now=tend.now())
            await follow_up(conn, tend, _read(arrival, words, lead.id, address_hash, said_at=tend.now()))
        return False
    if words is not None:
        decision = await decided(conn, tend, lead, words, we_asked=False, said_at=tend.now())
        if isinstance(decision.followup, HandOff):
            quote = words.quote or arrival.message
            await hand_over(conn, tend, lead.id, decision.followup, decision, quote=quote)
    return words is None or not words.foreign


async def hand_over(
    conn: AsyncConnection, tend: Tend, lead_id: UUID, handed: HandOff, decision: Decision, *, quote: str
) -> None:
    """Hand a lead to a person as triage decided; what is hot shows on the lead."""
    await handing.hand_off(
        conn,
        tend,
        lead_id,
        kind=handed.kind,
        action=handed.action,
        quote=quote[:500],
        reasons=decision.reasons,
        hot=decision.hot,
        due_in=handed.due_in,
        alert=handed.alert,
        due_at=handed.due_at,
    )
    if decision.hot:
        await leads.change(
            conn,
            team_id=tend.team_id,
            sealer=tend.sealer,
            lead_id=lead_id,
            now=tend.now(),
            values={"temperature": "hot"},
        )


async def _why_silent(conn: AsyncConnection, tend: Tend, lead: Row[Any], address_hash: bytes) -> str:
    """Why Tend may not write to them by itself; empty where it may."""
    if lead.stage_blocks:
        return f"the CRM stage forbids it ({lead.stage_blocks})"
    if lead.end_reason and not ended_in_silence(lead.end_reason):
        return f"came back after: {lead.end_reason}"
    closed = await suppressions.closed(conn, team_id=tend.team_id, hashes=[address_hash])
    return "this address opted out" if ("email", address_hash) in closed else ""


async def _ask_a_person(
    conn: AsyncConnection, tend: Tend, arrival: Arrival, lead: Row[Any], words: Reading | None, *, reason: str
) -> None:
    """A person answers this form, today; at once where it asks for what only a person can give."""
    quote = arrival.message
    hot, due_in = False, ANSWER_WITHIN
    reasons: tuple[str, ...] = (reason,)
    if words is not None:
        decision = await decided(conn, tend, lead, words, we_asked=False, said_at=tend.now())
        hot, reasons = decision.hot, (reason, *decision.reasons)
        if isinstance(decision.followup, HandOff):
            due_in = min(due_in, decision.followup.due_in)
    name = tend.sealer.open("leads", "first_name", lead.id, lead.first_name) or "them"
    await handing.hand_off(
        conn,
        tend,
        lead.id,
        kind=TodoKind.ANSWER,
        action=f"Answer {name}: sent the form “{arrival.source}” again.",
        quote=quote[:500],
        reasons=reasons,
        hot=hot,
        due_in=due_in,
        alert=True,
    )


def _read(arrival: Arrival, words: Reading, lead_id: UUID, address_hash: bytes, *, said_at: datetime) -> Read:
    if arrival.submission_id is None:
        message = "only a form comes back"
        raise ValueError(message)
    return Read(
        reading_id=arrival.submission_id,
        cause=arrival.submission_id,
        lead_id=lead_id,
        words=arrival.message,
        channel="email",
        address_hash=address_hash,
        we_asked=False,
        said_at=said_at,
        reading=words,
    )
