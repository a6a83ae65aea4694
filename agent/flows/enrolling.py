"""Whether an arrival starts a sequence: only a fresh one does, by itself and once; everyone else gets an end reason.

What somebody wrote is acted on once: a first message that asks for a showing or a call is hot at once, and the
sequence's first email answers as well. Whoever comes back by form is `returning`'s.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.flows import handing, returning
from agent.flows.arrivals import Arrival
from agent.flows.following import decided
from agent.rules.aging import AGED_AFTER
from agent.rules.followups import HandOff, TodoKind
from agent.rules.leads import IN_THE_TRASH, ended_in_silence, not_mapped, waits_for_a_plan
from agent.rules.optout import Signal, signal
from agent.rules.sequences import choose, may_begin
from agent.store import enrollments, leads, outcomes, todos
from agent.tend import Tend
from integrations.language_model import Intent, Reading

TOO_OLD = "waiting: arrived before Tend was connected, or more than a day old; start them from “aged leads”"
NOT_MAPPED = "waiting: the CRM stage is not mapped in the team file"


async def start(
    conn: AsyncConnection, tend: Tend, arrival: Arrival, words: Reading | None, *, lead_id: UUID, first: bool
) -> None:
    """Act on new words and enroll a fresh arrival; give everyone else an end reason, so that nobody falls through.

    `words` is what they wrote now, None where nothing is new; `first` that nobody knew them before.
    """
    lead = await leads.one(conn, team_id=tend.team_id, lead_id=lead_id)
    if lead is None or lead.deleted_at is not None:
        return
    if lead.stage_blocks:
        await _stop_for_the_stage(conn, tend, arrival, lead)
    living = bool(await enrollments.living(conn, team_id=tend.team_id, lead_ids=[lead_id]))
    if living and waits_for_a_plan(arrival.hold_back):
        await _two_write(conn, tend, lead, why=arrival.hold_back.removeprefix("waiting: "))
    first_email_to_come = living and lead.last_outbound_at is None
    if arrival.submission_id is not None and not first and not first_email_to_come:
        goes_on = await returning.came_back(conn, tend, arrival, words, lead, living=living)
    else:
        goes_on = await _hear(conn, tend, arrival, words, lead)
    if goes_on and not living and not lead.stage_blocks and not arrival.imported:
        await _enroll_or_end(conn, tend, arrival, lead)


async def enroll(conn: AsyncConnection, tend: Tend, lead: Row[Any]) -> None:
    """Start the sequence for what this lead came for, and take an end that was only waiting off them.

    Whoever had the same sequence not long ago (its `again_after_days`) is a person's to answer.
    """
    now = tend.now()
    key = choose(Intent(lead.intent), tend.words.sequences)
    plan = tend.sequence(key)
    if lead.end_reason:
        await outcomes.reopen(conn, team_id=tend.team_id, lead_id=lead.id, now=now)
    ever = await enrollments.ever(conn, team_id=tend.team_id, lead_id=lead.id)
    last_began = max((row.started_at for row in ever if row.sequence == key), default=None)
    if not may_begin(plan, last_began=last_began, now=now):
        why = f"had the sequence “{plan.title}” not long ago, and it may not begin again yet"
        await _ask_a_person(conn, tend, lead, why=why)
        return
    await enrollments.start(
        conn,
        team_id=tend.team_id,
        lead_id=lead.id,
        plan=plan,
        version_id=tend.versions[key],
        zone=(lead.zones or tend.team.zone).split(",")[0],
        now=now,
    )


async def _ask_a_person(conn: AsyncConnection, tend: Tend, lead: Row[Any], *, why: str) -> None:
    """They came back and no sequence may start: no second round of the same words, and no silence either."""
    if any(todo.hot for todo in await todos.open_of(conn, team_id=tend.team_id, lead_id=lead.id)):
        return
    name = tend.sealer.open("leads", "first_name", lead.id, lead.first_name) or "them"
    await handing.hand_off(
        conn,
        tend,
        lead.id,
        kind=TodoKind.ANSWER,
        action=f"Answer {name}: they came back.",
        quote="",
        reasons=(why,),
        hot=False,
        due_in=returning.ANSWER_WITHIN,
        alert=True,
    )


async def _two_write(conn: AsyncConnection, tend: Tend, lead: Row[Any], *, why: str) -> None:
    """They came by form, and now the CRM writes to them as well: Tend is silent until a person says who goes on."""
    await enrollments.pause(conn, team_id=tend.team_id, lead_id=lead.id, now=tend.now())
    await handing.hand_off(
        conn,
        tend,
        lead.id,
        kind="follow_up",
        action="The CRM writes to them as well. Stop its plan there and press Resume, or leave them to it.",
        quote="",
        reasons=(why,),
        hot=False,
        due_in=returning.ANSWER_WITHIN,
        alert=True,
    )


async def _stop_for_the_stage(conn: AsyncConnection, tend: Tend, arrival: Arrival, lead: Row[Any]) -> None:
    """The CRM stage forbids automation. Who was fresh at a stage nobody mapped waits for that alone."""
    blocked = lead.stage_blocks
    await enrollments.end(conn, team_id=tend.team_id, lead_ids=[lead.id], now=tend.now(), reason=blocked, word="stage")
    if blocked == IN_THE_TRASH:
        await handing.settle_todos(conn, tend, lead.id, by=blocked)
    if blocked != not_mapped(lead.crm_stage):
        await _end(conn, tend, lead, reason=blocked)
    elif not lead.end_reason:
        await _end(conn, tend, lead, reason=NOT_MAPPED if arrival.fresh else TOO_OLD)


async def _enroll_or_end(conn: AsyncConnection, tend: Tend, arrival: Arrival, lead: Row[Any]) -> None:
    """Start a sequence for who is fresh, waited for this, or came back by form; say of others why nothing starts.

    Somebody who had a sequence and has no end reason is a person's, and stays that.
    """
    waits = lead.end_reason == NOT_MAPPED or waits_for_a_plan(lead.end_reason)
    waited = waits and tend.now() - lead.arrived_at < AGED_AFTER
    comes_back = arrival.submission_id is not None and ended_in_silence(lead.end_reason)
    had_one = bool(await enrollments.ever(conn, team_id=tend.team_id, lead_id=lead.id))
    if had_one and not comes_back:
        return
    if comes_back and waits_for_a_plan(lead.end_reason):
        await _ask_a_person(conn, tend, lead, why=lead.end_reason.removeprefix("waiting: "))
        return
    if arrival.hold_back or not (arrival.fresh or waited):
        await _end(conn, tend, lead, reason=arrival.hold_back or TOO_OLD)
    elif not lead.end_reason or waited or comes_back:
        await enroll(conn, tend, lead)


async def _hear(conn: AsyncConnection, tend: Tend, arrival: Arrival, words: Reading | None, lead: Row[Any]) -> bool:
    """Act on first words, or on what changed in the CRM: what is hot, or in another language, goes to a person.

    False where Tend must wait.
    """
    if words is None:
        return True
    decision = await decided(conn, tend, lead, words, we_asked=False, said_at=tend.now())
    said = signal(arrival.message) if arrival.submission_id is not None else Signal.NONE
    if said in {Signal.STOP, Signal.WRONG_PERSON, Signal.DOUBT} or (
        decision.suppress and arrival.submission_id is not None
    ):
        await enrollments.pause(conn, team_id=tend.team_id, lead_id=lead.id, now=tend.now())
        await handing.ask_about_doubt(conn, tend, lead.id, quote=arrival.message)
        return False
    match decision.followup:
        case HandOff() as handed if _in_a_language_we_do_not_read(arrival, words):
            await enrollments.pause(conn, team_id=tend.team_id, lead_id=lead.id, now=tend.now())
            await returning.hand_over(conn, tend, lead.id, handed, decision, quote=arrival.message)
            return False
        case HandOff() as handed if decision.hot:
            if lead.last_outbound_at is not None:
                await enrollments.pause(conn, team_id=tend.team_id, lead_id=lead.id, now=tend.now())
            await returning.hand_over(conn, tend, lead.id, handed, decision, quote=words.quote or arrival.message)
        case _:
            pass
    return True


def _in_a_language_we_do_not_read(arrival: Arrival, words: Reading) -> bool:
    """Whether somebody wrote us what only a person can answer. What a CRM had already is nobody's to answer now."""
    return words.foreign and bool(arrival.message) and not arrival.imported


async def _end(conn: AsyncConnection, tend: Tend, lead: Row[Any], *, reason: str) -> None:
    if lead.end_reason in {"", NOT_MAPPED} or waits_for_a_plan(lead.end_reason):
        now = tend.now()
        await leads.change(
            conn,
            team_id=tend.team_id,
            sealer=tend.sealer,
            lead_id=lead.id,
            now=now,
            values={"end_reason": reason, "ended_at": now},
        )
