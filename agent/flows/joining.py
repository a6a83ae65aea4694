"""Two leads turn out to be one human: a person merges them, or the CRM did, and what that moved can be undone.

One transaction each. Everything of the one becomes the other's: addresses, consents, messages, timeline, to-dos, what
is planned and what the CRM is owed. Of two sequences the one of the lead that stays goes on; whoever may not be written
to may not be afterwards; suppressions stand on their addresses as ever. `store.merges` keeps what moved from where.
Undoing is refused, in words, once something happened that belongs to neither alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import literal_column, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.flows import crm_owed, handing, judging
from agent.rules.gate import STOP_CONFIRMATION
from agent.rules.joining import gains_consent, goes_on, is_forbidden, joined
from agent.store import enrollments, leads, likenesses, merges, messages, offers, suppressions, todos
from agent.store.merges import Journal
from agent.store.steps import LATE_AFTER
from agent.store.tables import conversations, touches
from agent.store.tables import enrollments as enrollments_table
from agent.store.tables import leads as leads_table
from agent.store.tables import todos as todos_table
from agent.store.turns import take_turns
from agent.store.wake import after_commit
from agent.tend import Tend

BY_CRM, BY_TEND = "crm", "Tend"
MERGED = "merged with another lead"
BUSY = "Something of theirs is on its way just now. Press again in a moment."
_GONE = "One of them is not there any more."


@dataclass(frozen=True, slots=True)
class Merged:
    """They are one lead now, this one."""

    kept_id: UUID


@dataclass(frozen=True, slots=True)
class Undone:
    """They are two again."""

    kept_id: UUID
    back_id: UUID


@dataclass(frozen=True, slots=True)
class MergeRefused:
    """Nothing was changed, and why, in a sentence for the person."""

    reason: str


async def merge(tend: Tend, one_id: UUID, other_id: UUID, *, user_id: UUID | None) -> Merged | MergeRefused:
    """A person says that two leads are one human. The one the CRM knows stays, else the older."""

    async def unit(conn: AsyncConnection) -> Merged | MergeRefused:
        one, other = await _both(conn, tend, one_id, other_id)
        if one is None or other is None or one_id == other_id:
            return MergeRefused(_GONE)
        kept, gone = (one, other) if goes_on(one._asdict(), other._asdict()) else (other, one)
        by = "a person" if user_id is None else tend.assignee(user_id).key
        refused = await join(conn, tend, kept, gone, by=by)
        return MergeRefused(refused) if refused else Merged(kept.id)

    return await tend.writer.run(unit)


async def join(conn: AsyncConnection, tend: Tend, kept: Row[Any], gone: Row[Any], *, by: str) -> str:
    """Make `gone` part of `kept`; returns why not, empty where it was done. Both rows were read in this transaction."""
    if await merges.under_way(conn, team_id=tend.team_id, lead_ids=[kept.id, gone.id]):
        return BUSY
    if await _would_gain(conn, tend, kept, gone):
        return "Together they would have agreed to more than each of them did. Ask them first."
    now, journal = tend.now(), Journal()
    await offers.lapse(conn, team_id=tend.team_id, lead_id=gone.id, now=now)
    before = {row.id: {**row._asdict(), **leads.opened(tend.sealer, row)} for row in (kept, gone)}
    silent = any(is_forbidden(row) for row in before.values())
    await _one_sequence(conn, tend, kept, gone, silent=silent, journal=journal)
    await _one_todo_of_a_kind(conn, tend, kept, gone, journal=journal)
    await _one_conversation(conn, tend, kept, gone, journal=journal)
    new = joined(before[kept.id], before[gone.id])
    if "assignee_id" in new:
        await offers.lapse(conn, team_id=tend.team_id, lead_id=kept.id, now=now)
    left = {"merged_into": kept.id, "deleted_at": now}
    left |= {"crm": "", "crm_person_id": None} if "crm_person_id" in new else {}
    await merges.change(conn, leads_table, gone, left, journal=journal)
    values = leads.sealed_values(tend.sealer, kept.id, new)
    await merges.change(conn, leads_table, kept, values, journal=journal)
    await merges.move(conn, team_id=tend.team_id, kept_id=kept.id, gone_id=gone.id, journal=journal)
    await merges.enter(
        conn,
        team_id=tend.team_id,
        sealer=tend.sealer,
        kept_id=kept.id,
        gone_id=gone.id,
        journal=journal,
        by=by,
        now=now,
    )
    said = f"merged with {_name(before[gone.id])}, who came in from {before[gone.id]['source'] or 'an unknown source'}"
    await handing.tell_timeline(conn, tend, kept.id, kind="merged", said=said)
    await _see_to(conn, tend, [kept.id], why="they were merged, and nothing of either goes on")
    return ""


async def undo(tend: Tend, merge_id: UUID, *, user_id: UUID | None) -> Undone | MergeRefused:
    """A person takes a merge back: they are two again, each as it was."""

    async def unit(conn: AsyncConnection) -> Undone | MergeRefused:
        found = await merges.one(conn, team_id=tend.team_id, sealer=tend.sealer, merge_id=merge_id)
        if found is None or found[0].undone_at is not None:
            return MergeRefused("This was undone already.")
        row, journal = found
        await _both(conn, tend, row.kept_id, row.gone_id)
        if why := await _why_not_undone(conn, tend, row, journal):
            return MergeRefused(why)
        now = tend.now()
        await merges.move_back(conn, team_id=tend.team_id, kept_id=row.kept_id, gone_id=row.gone_id, journal=journal)
        await merges.restore(conn, team_id=tend.team_id, journal=journal)
        await _nothing_overdue(conn, tend, row.gone_id)
        by = "a person" if user_id is None else tend.assignee(user_id).key
        await merges.undone(conn, team_id=tend.team_id, merge_id=merge_id, by=by, now=now)
        for lead_id in (row.kept_id, row.gone_id):
            await _next_turn(conn, tend, lead_id)
            await handing.tell_timeline(conn, tend, lead_id, kind="unmerged", said="a merge was undone: they are two")
        await _see_to(conn, tend, [row.kept_id, row.gone_id], why="a merge was undone, and nothing goes on with them")
        return Undone(row.kept_id, row.gone_id)

    return await tend.writer.run(unit)


async def _both(conn: AsyncConnection, tend: Tend, one_id: UUID, other_id: UUID) -> list[Row[Any] | None]:
    """The two leads, where they live; they and their addresses are locked as arrivals and opt-outs lock them."""
    hashes = [
        value for _, value in await suppressions.hashes_of(conn, team_id=tend.team_id, lead_ids=[one_id, other_id])
    ]
    await take_turns(conn, hashes)
    await suppressions.lock_addresses(conn, team_id=tend.team_id, hashes=hashes)
    both = select(leads_table.c.id).where(
        leads_table.c.team_id == tend.team_id, leads_table.c.id.in_([one_id, other_id])
    )
    await conn.execute(both.order_by(leads_table.c.id).with_for_update())
    rows = [await leads.one(conn, team_id=tend.team_id, lead_id=lead_id) for lead_id in (one_id, other_id)]
    return [row if row is not None and row.deleted_at is None else None for row in rows]


async def _would_gain(conn: AsyncConnection, tend: Tend, kept: Row[Any], gone: Row[Any]) -> bool:
    mine, theirs = [await messages.consent_entries(conn, team_id=tend.team_id, lead_id=row.id) for row in (kept, gone)]
    each = await suppressions.hashes_of_each(conn, team_id=tend.team_id, lead_ids=[kept.id, gone.id])
    values = [value for pairs in each.values() for _, value in pairs]
    closed = await suppressions.closed(conn, team_id=tend.team_id, hashes=values)
    return gains_consent(mine, theirs, theirs=each[kept.id], others=each[gone.id], closed=closed.keys())


async def _one_sequence(
    conn: AsyncConnection, tend: Tend, kept: Row[Any], gone: Row[Any], *, silent: bool, journal: Journal
) -> None:
    """At most one of them goes on: the one of the lead that stays, and none where Tend must be `silent`."""
    living = await enrollments.living(conn, team_id=tend.team_id, lead_ids=[kept.id, gone.id])
    stays = {row.id for row in living if row.lead_id == kept.id} or {row.id for row in living}
    over = [row for row in living if silent or row.id not in stays]
    ended = {"state": "ended", "ended_at": tend.now(), "end_reason": MERGED, "resume_at": None}
    for row in over:
        await merges.change(conn, enrollments_table, row, ended, journal=journal)
    waiting = await conn.execute(
        select(touches).where(
            touches.c.team_id == tend.team_id,
            touches.c.lead_id.in_([kept.id, gone.id]),
            touches.c.state == literal_column("'planned'"),
            touches.c.purpose != STOP_CONFIRMATION,
        )
    )
    canceled = {"state": "canceled", "ended_at": tend.now(), "reason": MERGED, "word": "merged"}
    for touch in waiting.all():
        if silent or touch.enrollment_id in {row.id for row in over}:
            await merges.change(conn, touches, touch, canceled, journal=journal)


async def _one_todo_of_a_kind(
    conn: AsyncConnection, tend: Tend, kept: Row[Any], gone: Row[Any], *, journal: Journal
) -> None:
    """Where both ask a person for the same, the hotter stands, else the one that is due first."""
    closed = {"state": "done", "closed_at": tend.now(), "closed_by": MERGED, "next_alert_at": None}
    mine, theirs = [
        {row.kind: row for row in await todos.open_of(conn, team_id=tend.team_id, lead_id=lead_id) if not row.touch_id}
        for lead_id in (kept.id, gone.id)
    ]
    for kind in mine.keys() & theirs.keys():
        second = max(mine[kind], theirs[kind], key=lambda row: (not row.hot, row.due_at))
        await merges.change(conn, todos_table, second, closed, journal=journal)
    for row in await todos.open_of(conn, team_id=tend.team_id, lead_id=gone.id):
        passed_on = {"assignee_id": kept.assignee_id or row.assignee_id}
        await merges.change(conn, todos_table, row, passed_on, journal=journal)


async def _one_conversation(
    conn: AsyncConnection, tend: Tend, kept: Row[Any], gone: Row[Any], *, journal: Journal
) -> None:
    """Whom a person was talking with stays theirs, and Tend's sequence rests."""
    ids = [kept.id, gone.id]
    asked = select(conversations).where(conversations.c.team_id == tend.team_id, conversations.c.lead_id.in_(ids))
    talk = {row.lead_id: row for row in await conn.execute(asked)}
    mine, theirs = talk[kept.id], talk[gone.id]
    values: dict[str, Any] = {"last_channel": mine.last_channel or theirs.last_channel}
    if "human" in {mine.owner, theirs.owner}:
        talks = mine if mine.owner == "human" else theirs
        values |= {"owner": "human", "owner_user_id": talks.owner_user_id}
        resting = {"state": "paused", "paused_at": tend.now(), "resume_at": None}
        for row in await enrollments.living(conn, team_id=tend.team_id, lead_ids=ids):
            if row.state == "active":
                await merges.change(conn, enrollments_table, row, resting, journal=journal)
    await merges.change(conn, conversations, mine, values, journal=journal)
    await _next_turn(conn, tend, kept.id)


async def _next_turn(conn: AsyncConnection, tend: Tend, lead_id: UUID) -> None:
    """Words written for an earlier moment are not sent."""
    mine = update(conversations).where(conversations.c.team_id == tend.team_id, conversations.c.lead_id == lead_id)
    await conn.execute(mine.values(generation=conversations.c.generation + 1, updated_at=tend.now()))


async def _why_not_undone(conn: AsyncConnection, tend: Tend, row: Row[Any], journal: Journal) -> str:
    """Why a merge cannot be taken back; empty where it can."""
    if row.merged_by == BY_CRM:
        return "They were merged in the CRM, which knows one person now."
    kept, gone = [await leads.one(conn, team_id=tend.team_id, lead_id=each) for each in (row.kept_id, row.gone_id)]
    if kept is None or gone is None or gone.merged_into != kept.id:
        return _GONE
    if kept.merged_into is not None:
        return "They were merged once more since. Undo that first."
    if kept.deleted_at is not None:
        return "They were deleted in the CRM since."
    if journal.left(kept.id).get("crm_stage", kept.crm_stage) != kept.crm_stage:
        return "The CRM moved them to another stage since."
    if await merges.under_way(conn, team_id=tend.team_id, lead_ids=[kept.id]):
        return BUSY
    since = await merges.since(conn, team_id=tend.team_id, lead_id=kept.id, at=row.merged_at, journal=journal)
    return next((why for table, why in _SINCE.items() if since[table]), "")


_SINCE: Mapping[str, str] = {
    "messages": "They wrote or were written to since, as one.",
    "submissions": "They sent a form since, as one.",
    "consents": "What they agreed to changed since.",
    "enrollments": "A sequence began with them since, as one.",
}


async def _nothing_overdue(conn: AsyncConnection, tend: Tend, lead_id: UUID) -> None:
    """What was planned for then goes now, not late."""
    now = tend.now()
    waiting = (touches.c.state == literal_column("'planned'")) & (touches.c.due_at < now)
    theirs = update(touches).where(touches.c.team_id == tend.team_id, touches.c.lead_id == lead_id, waiting)
    of_a_sequence = theirs.where(touches.c.enrollment_id.is_not(None))
    await conn.execute(of_a_sequence.values(due_at=now, not_after=now + LATE_AFTER))


async def _see_to(conn: AsyncConnection, tend: Tend, lead_ids: Sequence[UUID], *, why: str) -> None:
    """Score them anew and tell the CRM; whoever has nothing planned, no to-do and no end is a person's to look at."""
    await judging.rescore(conn, tend, lead_ids)
    for lead_id in lead_ids:
        lead = await leads.one(conn, team_id=tend.team_id, lead_id=lead_id)
        if lead is not None and not judging.never_met(lead):
            await crm_owed.person(conn, tend, lead_id)
        work = await todos.open_of(conn, team_id=tend.team_id, lead_id=lead_id)
        living = await enrollments.living(conn, team_id=tend.team_id, lead_ids=[lead_id])
        goes_on_itself = any(row.state == "active" or row.resume_at is not None for row in living)
        if lead is None or lead.end_reason or work or goes_on_itself:
            continue
        await handing.hand_off(
            conn,
            tend,
            lead_id,
            kind="follow_up",
            action="Look at their page and decide how to go on.",
            quote="",
            reasons=(why,),
            hot=False,
            due_in=timedelta(hours=24),
            alert=False,
        )
    await likenesses.compare_again(conn, team_id=tend.team_id, lead_ids=lead_ids)
    after_commit(conn, "live", "sending", "upkeep", "likeness")


def _name(plain: Mapping[str, Any]) -> str:
    return f"{plain['first_name']} {plain['last_name']}".strip() or "a lead without a name"
