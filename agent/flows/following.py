"""What follows from words a lead wrote, as `rules.triage` decides it: hand off, resume, end, answer, or stop writing.

The words may be a reply, or a form by somebody Tend knows. Runs inside the transaction that keeps what they mean.
Whatever is decided, the lead is left with a to-do, a resume date or an end reason. A reading may raise what the opt-out
rules found and never lowers it: a model may raise to a stop, the local reader (whose patterns know less than those
rules) only to a doubt. While a doubt is open nothing resumes, ends or is answered; only people are asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.flows import handing, judging
from agent.flows.opting_out import opt_out, wrong_person
from agent.rules.closing import closed_on
from agent.rules.contact import reached_by
from agent.rules.leads import ended_in_silence
from agent.rules.triage import Decision, End, HandOff, Resume, TodoKind, TriageFacts, as_far_as_it_may, decide
from agent.rules.zones import likeliest
from agent.store import enrollments, leads, outbox, suppressions, todos
from agent.store.wake import after_commit
from agent.tend import Tend
from integrations.language_model import Intent, Reading


@dataclass(frozen=True, slots=True)
class Read:
    """What a lead wrote, with what it means.

    `cause` is the message or form it stands in, `reading_id` the reading of it; `address_hash` is the address on
    `channel` it came from. `we_asked`: our last message proposed a step. `said_at`: when they wrote it.
    """

    reading_id: UUID
    cause: UUID
    lead_id: UUID
    words: str
    channel: str
    address_hash: bytes
    we_asked: bool
    said_at: datetime
    reading: Reading


async def follow_up(conn: AsyncConnection, tend: Tend, read: Read) -> None:
    """Judge the lead anew, decide, and do it."""
    address = _address(read)
    sharing = await suppressions.lock_addresses(conn, team_id=tend.team_id, hashes=[address[1]])
    lead = await leads.one(conn, team_id=tend.team_id, lead_id=read.lead_id)
    if lead is None:
        return
    decision = await decided(conn, tend, lead, read.reading, we_asked=read.we_asked, said_at=read.said_at)
    await judging.learn(conn, tend, lead, read.reading, words=read.words, hot=decision.hot)
    if decision.lead_event is not None:
        await handing.move(conn, tend, lead.id, decision.lead_event)
    if decision.suppress:
        close = opt_out if read.reading.intent is Intent.OPT_OUT else wrong_person
        await close(conn, tend, [lead.id], by=closed_on(read.channel), address=address)
        return
    if decision.pause_for_doubt:
        await enrollments.pause(conn, team_id=tend.team_id, lead_id=lead.id, now=tend.now())
    for person in sharing if _asks_about_stop(decision) else ():
        if person != lead.id:
            await enrollments.pause(conn, team_id=tend.team_id, lead_id=person, now=tend.now())
            await handing.ask_about_doubt(conn, tend, person, quote=_quote(read))
    in_doubt = bool(await todos.in_doubt(conn, team_id=tend.team_id, lead_ids=[lead.id]))
    if in_doubt and not isinstance(decision.followup, HandOff):
        return
    if decision.acknowledge is not None and not lead.end_reason and not in_doubt:
        await handing.answer(
            conn,
            tend,
            lead.id,
            purpose=decision.acknowledge,
            channel=read.channel,
            cause=read.cause,
            to=read.address_hash,
        )
    await _do(conn, tend, lead, read, decision)
    await outbox.queue_note(
        conn,
        team_id=tend.team_id,
        sealer=tend.sealer,
        lead_id=lead.id,
        dedupe_key=f"reading:{read.reading_id.hex}",
        subject="Hot lead" if decision.hot else "Replied",
        body=f"{_quote(read)}\n\n{decision.next_action}",
        now=tend.now(),
    )
    after_commit(conn, "live", "upkeep")


async def decided(
    conn: AsyncConnection, tend: Tend, lead: Row[Any], reading: Reading, *, we_asked: bool, said_at: datetime
) -> Decision:
    """Ask the rules what follows for this lead."""
    theirs = await leads.addresses_of(conn, team_id=tend.team_id, sealer=tend.sealer, lead_ids=[lead.id])
    open_work = await todos.open_of(conn, team_id=tend.team_id, lead_id=lead.id)
    return decide(
        as_far_as_it_may(reading),
        facts=TriageFacts(
            said_at=said_at,
            now=tend.now(),
            zone=likeliest(lead.zones.split(",") if lead.zones else [], team=tend.team.zone),
            first_name=tend.sealer.open("leads", "first_name", lead.id, lead.first_name),
            can_call=any(address.channel == "sms" for address in theirs.get(lead.id, ())),
            has_open_handoff=any(todo.hot for todo in open_work),
            previous_intent=lead.intent or None,
            we_asked=we_asked,
        ),
    )


def _asks_about_stop(decision: Decision) -> bool:
    return isinstance(decision.followup, HandOff) and decision.followup.kind is TodoKind.OPT_OUT_DOUBT


async def _do(conn: AsyncConnection, tend: Tend, lead: Row[Any], read: Read, decision: Decision) -> None:
    now = tend.now()
    match decision.followup:
        case Resume(days=days):
            await _resume_later(conn, tend, lead, read, days=days)
        case End(reason=reason):
            await enrollments.end(
                conn,
                team_id=tend.team_id,
                lead_ids=[lead.id],
                now=now,
                reason=reason,
                word="ended",
                but_people=True,
            )
            await handing.settle_todos(conn, tend, lead.id, by=reason)
            lasts = lead.end_reason and not ended_in_silence(lead.end_reason)
            ended = {} if lasts else {"end_reason": reason, "ended_at": now}
            await leads.change(
                conn,
                team_id=tend.team_id,
                sealer=tend.sealer,
                lead_id=lead.id,
                now=now,
                values={**ended, "next_action": ""},
            )
        case HandOff(kind=kind, due_in=due_in, action=action, alert=alert, due_at=due_at):
            await handing.hand_off(
                conn,
                tend,
                lead.id,
                kind=kind,
                action=action,
                quote=_quote(read),
                reasons=decision.reasons,
                hot=decision.hot,
                due_in=due_in,
                alert=alert,
                due_at=due_at,
            )


async def _resume_later(conn: AsyncConnection, tend: Tend, lead: Row[Any], read: Read, *, days: int) -> None:
    """Resume the enrollment in some days; a lead without one is handed to a person, so that nobody falls through."""
    now = tend.now()
    resume_at = now + timedelta(days=days)
    living = await enrollments.pause(conn, team_id=tend.team_id, lead_id=lead.id, now=now, resume_at=resume_at)
    await leads.change(
        conn,
        team_id=tend.team_id,
        sealer=tend.sealer,
        lead_id=lead.id,
        now=now,
        values={"follow_up_on": resume_at.date()},
    )
    if not living and not lead.end_reason:
        action = "They wrote after the sequence ended. Answer if it needs one."
        await handing.read_it_yourself(conn, tend, lead.id, quote=_quote(read), action=action)


def _address(read: Read) -> tuple[str, bytes]:
    return reached_by(read.channel), read.address_hash


def _quote(read: Read) -> str:
    return read.reading.quote or read.words[:300]
