"""What follows from a reading, as `rules.triage` decides it: hand off, resume, end, answer, or stop writing.

Runs inside the transaction that stores the reading. Whatever is decided, the lead is left with a to-do, a resume date
or an end reason. A reading may raise what the opt-out rules found and never lowers it: a model may raise to a stop, the
local reader (whose patterns know less than those rules) only to a doubt. While a doubt is open nothing resumes, ends or
is answered; only people are asked.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.flows import handing, judging
from agent.flows.opting_out import opt_out, wrong_person
from agent.rules.closing import ClosedBy
from agent.rules.triage import Decision, End, HandOff, Resume, TodoKind, TriageFacts, decide
from agent.store import enrollments, leads, outbox, suppressions, todos
from agent.store.wake import after_commit
from agent.tend import Tend
from integrations.language_model import Answer, Intent, Reading


@dataclass(frozen=True, slots=True)
class Read:
    """One inbound message with what it means. `before` is our message it may answer."""

    reading_id: UUID
    lead_id: UUID
    message: Row[Any]
    before: Row[Any] | None
    answer: Answer


async def follow_up(conn: AsyncConnection, tend: Tend, read: Read) -> None:
    """Judge the lead anew, decide, and do it."""
    address = _address(read)
    sharing = await suppressions.lock_addresses(conn, team_id=tend.team_id, hashes=[address[1]])
    lead = await leads.one(conn, team_id=tend.team_id, lead_id=read.lead_id)
    if lead is None:
        return
    decision = await _decide(conn, tend, lead, read)
    await judging.learn(conn, tend, lead, read.answer.reading, hot=decision.hot)
    if decision.lead_event is not None:
        await handing.move(conn, tend, lead.id, decision.lead_event)
    if decision.suppress:
        by = ClosedBy(read.message.channel)
        close = opt_out if read.answer.reading.intent is Intent.OPT_OUT else wrong_person
        await close(conn, tend, [lead.id], by=by, address=address)
        return
    if decision.pause_for_doubt:
        await enrollments.pause(conn, team_id=tend.team_id, lead_id=lead.id, now=tend.now())
    for person in sharing if _asks_about_stop(decision) else ():
        if person != lead.id:
            await enrollments.pause(conn, team_id=tend.team_id, lead_id=person, now=tend.now())
            await handing.ask_about_doubt(conn, tend, person, quote=_quote(tend, read))
    in_doubt = bool(await todos.in_doubt(conn, team_id=tend.team_id, lead_ids=[lead.id]))
    if in_doubt and not isinstance(decision.followup, HandOff):
        return
    if decision.acknowledge is not None and not lead.end_reason and not in_doubt:
        await handing.answer(
            conn,
            tend,
            lead.id,
            purpose=decision.acknowledge,
            channel=read.message.channel,
            cause=read.message.id,
            to=address[1],
        )
    await _do(conn, tend, lead, read, decision)
    await outbox.queue_note(
        conn,
        team_id=tend.team_id,
        sealer=tend.sealer,
        lead_id=lead.id,
        dedupe_key=f"reading:{read.reading_id.hex}",
        subject="Hot lead" if decision.hot else "Replied",
        body=f"{_quote(tend, read)}\n\n{decision.next_action}",
        now=tend.now(),
    )
    after_commit(conn, "live", "upkeep")


async def _decide(conn: AsyncConnection, tend: Tend, lead: Row[Any], read: Read) -> Decision:
    theirs = await leads.addresses_of(conn, team_id=tend.team_id, sealer=tend.sealer, lead_ids=[lead.id])
    open_work = await todos.open_of(conn, team_id=tend.team_id, lead_id=lead.id)
    asked = read.before is not None and "?" in tend.sealer.open("messages", "body", read.before.id, read.before.body)
    return decide(
        _as_far_as_it_may(read.answer.reading),
        facts=TriageFacts(
            first_name=tend.sealer.open("leads", "first_name", lead.id, lead.first_name),
            can_call=any(address.channel == "sms" for address in theirs.get(lead.id, ())),
            has_open_handoff=any(todo.hot for todo in open_work),
            previous_intent=lead.intent or None,
            we_asked=asked,
        ),
    )


def _asks_about_stop(decision: Decision) -> bool:
    return isinstance(decision.followup, HandOff) and decision.followup.kind is TodoKind.OPT_OUT_DOUBT


def _as_far_as_it_may(reading: Reading) -> Reading:
    """The local reader's opt-out is a guess beside the rules, which did not find one: a person decides."""
    if reading.intent in {Intent.OPT_OUT, Intent.WRONG_PERSON} and reading.by_local_reader:
        return replace(reading, confidence=min(reading.confidence, 0.49))
    return reading


async def _do(conn: AsyncConnection, tend: Tend, lead: Row[Any], read: Read, decision: Decision) -> None:
    now = tend.now()
    match decision.followup:
        case Resume(days=days):
            await _resume_later(conn, tend, lead, read, days=days)
        case End(reason=reason):
            await enrollments.end(conn, team_id=tend.team_id, lead_ids=[lead.id], now=now, reason=reason, word="ended")
            await handing.settle_todos(conn, tend, lead.id, by=reason)
            await leads.change(
                conn,
                team_id=tend.team_id,
                sealer=tend.sealer,
                lead_id=lead.id,
                now=now,
                values={"end_reason": reason, "ended_at": now, "next_action": ""},
            )
        case HandOff(kind=kind, due_in=due_in, action=action, alert=alert):
            await handing.hand_off(
                conn,
                tend,
                lead.id,
                kind=kind,
                action=action,
                quote=_quote(tend, read),
                reasons=decision.reasons,
                hot=decision.hot,
                due_in=due_in,
                alert=alert,
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
        await handing.read_it_yourself(conn, tend, lead.id, quote=_quote(tend, read), action=action)


def _address(read: Read) -> tuple[str, bytes]:
    return read.message.channel, bytes(read.message.address_hash)


def _quote(tend: Tend, read: Read) -> str:
    return read.answer.reading.quote or tend.sealer.open("messages", "body", read.message.id, read.message.body)[:300]
