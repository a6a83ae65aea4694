"""What a person does from a page or a command: each button is one function here, one transaction.

Whoever acts takes the conversation: Tend is silent until they press Done or Resume. A person's own message goes through
the same gate as every other touch.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.flows import handing, opting_in, waiting
from agent.flows.opting_in import EmailAllowed
from agent.rules.followups import TodoKind
from agent.rules.leads import LeadEvent
from agent.store import enrollments, leads, messages, outcomes, suppressions, todos
from agent.store.ids import new_id
from agent.store.tables import campaigns, conversations, touches
from agent.store.wake import after_commit
from agent.tend import Tend

REPLY_KEEPS_FOR = timedelta(hours=24)
HUMAN_KEEPS_FOR = timedelta(hours=48)
PERSON_ENDED = "done: a person closed it"


@dataclass(frozen=True, slots=True)
class ReplyPlanned:
    """The reply is on its way to the gate as this touch."""

    touch_id: UUID


@dataclass(frozen=True, slots=True)
class ReplyRefused:
    """Nothing was planned, and why, in a sentence for the person."""

    reason: str


async def call(tend: Tend, lead_id: UUID, *, user_id: UUID | None) -> None:
    """A person calls: the conversation is theirs, the hot to-do is answered."""
    await tend.writer.run(lambda conn: _take(conn, tend, lead_id, user_id, did="called"))


async def text(tend: Tend, lead_id: UUID, *, user_id: UUID | None) -> None:
    """A person texts from their own phone: the conversation is theirs."""
    await tend.writer.run(lambda conn: _take(conn, tend, lead_id, user_id, did="texted from their own phone"))


async def reply(
    tend: Tend, lead_id: UUID, *, channel: str, subject: str, body: str, user_id: UUID | None, generation: int
) -> ReplyPlanned | ReplyRefused:
    """Plan a person's own message, unless the lead wrote again since the page was shown (`generation`)."""
    if channel not in {"email", "sms", "whatsapp"}:
        return ReplyRefused("Choose email, text or WhatsApp.")
    if not body.strip():
        return ReplyRefused("Write something first.")

    async def unit(conn: AsyncConnection) -> ReplyPlanned | ReplyRefused:
        talk = (
            await conn.execute(
                select(conversations.c.generation)
                .where(conversations.c.team_id == tend.team_id, conversations.c.lead_id == lead_id)
                .with_for_update()
            )
        ).scalar_one_or_none()
        if talk is None:
            return ReplyRefused("This lead does not exist any more.")
        if talk != generation:
            return ReplyRefused("They wrote again while you were typing. Read it, then send.")
        if await todos.in_doubt(conn, team_id=tend.team_id, lead_ids=[lead_id]):
            return ReplyRefused("Their words may ask us to stop. Press “Opt out” or “Resume Tend” first.")
        await _take(conn, tend, lead_id, user_id, did="replied")
        words = {"subject": subject.strip() or "Your message", "body": body.strip()}
        return ReplyPlanned(await _plan_words(conn, tend, lead_id, channel=channel, words=words, user_id=user_id))

    return await tend.writer.run(unit)


async def pause(tend: Tend, lead_id: UUID, *, user_id: UUID | None) -> None:
    """Tend is silent with this lead until a person resumes."""

    async def unit(conn: AsyncConnection) -> None:
        now = tend.now()
        await enrollments.pause(conn, team_id=tend.team_id, lead_id=lead_id, now=now)
        await messages.take_over(conn, team_id=tend.team_id, lead_id=lead_id, now=now, owner="human", user_id=user_id)
        await _said(conn, tend, lead_id, kind="paused", said="Tend was paused")
        await _keep_in_sight(conn, tend, lead_id)

    await tend.writer.run(unit)


async def resume(tend: Tend, lead_id: UUID, *, user_id: UUID | None) -> None:
    """Give the conversation back to Tend; the sequence goes on. Where words may have meant stop, they did not."""
    del user_id

    async def unit(conn: AsyncConnection) -> None:
        now = tend.now()
        await messages.take_over(conn, team_id=tend.team_id, lead_id=lead_id, now=now, owner="tend", user_id=None)
        await leads.change(
            conn, team_id=tend.team_id, sealer=tend.sealer, lead_id=lead_id, now=now, values={"snoozed_until": None}
        )
        for person in {lead_id, *await _in_doubt_with(conn, tend, lead_id)}:
            await handing.settle_todos(conn, tend, person, by="resumed", kinds=("opt_out_doubt",), decided=True)
            resumed = await enrollments.resume(conn, team_id=tend.team_id, lead_id=person, now=now)
            if resumed:
                await handing.settle_todos(conn, tend, person, by="resumed", kinds=("follow_up",))
            else:
                await _end_if_idle(conn, tend, person)
            await _said(conn, tend, person, kind="resumed", said="Tend may write again")

    await tend.writer.run(unit)


async def allow_email_again(tend: Tend, lead_id: UUID, *, reason: str, user_id: UUID | None) -> EmailAllowed:
    """The lead asked a person for emails again; who opened it and why is kept. The person has the conversation."""

    async def unit(conn: AsyncConnection) -> EmailAllowed:
        told = "a person" if user_id is None else tend.assignee(user_id).key
        answer = await opting_in.allow_email_again(conn, tend, lead_id, told=told, reason=reason.strip()[:300])
        if answer is EmailAllowed.YES:
            await _take(conn, tend, lead_id, user_id, did="opened email again")
        return answer

    return await tend.writer.run(unit)


async def snooze(tend: Tend, lead_id: UUID, *, until: datetime, user_id: UUID | None) -> None:
    """Put a lead aside until an instant; it comes back by itself, or at once when they write."""
    del user_id

    async def unit(conn: AsyncConnection) -> None:
        now = tend.now()
        await leads.change(
            conn, team_id=tend.team_id, sealer=tend.sealer, lead_id=lead_id, now=now, values={"snoozed_until": until}
        )
        await handing.put_off_todos(conn, tend, lead_id, until=until)
        await _said(conn, tend, lead_id, kind="snoozed", said="put aside")

    await tend.writer.run(unit)


async def told_zone(tend: Tend, lead_id: UUID, *, zone: str, user_id: UUID | None) -> None:
    """The lead told a person by which clock they live: it counts before their address and their number."""
    del user_id

    async def unit(conn: AsyncConnection) -> None:
        values = {"zones": zone, "zone_source": "told"}
        await leads.change(
            conn, team_id=tend.team_id, sealer=tend.sealer, lead_id=lead_id, now=tend.now(), values=values
        )
        await _said(conn, tend, lead_id, kind="zone_told", said="told by which clock they live")

    await tend.writer.run(unit)


async def done(tend: Tend, lead_id: UUID, *, user_id: UUID | None) -> None:
    """The work is done: to-dos close, Tend has the conversation again, a paused sequence resumes in three days.

    Words that may mean stop are not decided by this: that to-do stays open, and Tend silent.
    """
    del user_id

    async def unit(conn: AsyncConnection) -> None:
        now = tend.now()
        await handing.settle_todos(conn, tend, lead_id, by="done")
        await messages.take_over(conn, team_id=tend.team_id, lead_id=lead_id, now=now, owner="tend", user_id=None)
        undecided = await todos.in_doubt(conn, team_id=tend.team_id, lead_ids=[lead_id])
        living = await enrollments.living(conn, team_id=tend.team_id, lead_ids=[lead_id])
        if any(row.state == "paused" for row in living) and not undecided:
            await enrollments.pause(
                conn, team_id=tend.team_id, lead_id=lead_id, now=now, resume_at=now + timedelta(days=3)
            )
        await _end_if_idle(conn, tend, lead_id)
        await leads.change(
            conn, team_id=tend.team_id, sealer=tend.sealer, lead_id=lead_id, now=now, values={"next_action": ""}
        )
        await _said(conn, tend, lead_id, kind="done", said="marked as done")

    await tend.writer.run(unit)


async def confirm_campaign(tend: Tend, key: str, *, status: str) -> None:
    """Say what a campaign is: active, paused or completed. Once it is active, whoever waited for it starts."""

    async def unit(conn: AsyncConnection) -> None:
        await conn.execute(
            update(campaigns).where(campaigns.c.team_id == tend.team_id, campaigns.c.key == key).values(status=status)
        )
        after_commit(conn, "live")

    await tend.writer.run(unit)
    if status == "active":
        await waiting.start_for_campaigns(tend)


async def _take(conn: AsyncConnection, tend: Tend, lead_id: UUID, user_id: UUID | None, *, did: str) -> None:
    now = tend.now()
    await messages.take_over(conn, team_id=tend.team_id, lead_id=lead_id, now=now, owner="human", user_id=user_id)
    await enrollments.pause(conn, team_id=tend.team_id, lead_id=lead_id, now=now)
    await handing.settle_todos(conn, tend, lead_id, by=did, kinds=tuple(TodoKind))
    await handing.move(conn, tend, lead_id, LeadEvent.MESSAGE_SENT)
    await _said(conn, tend, lead_id, kind="taken_over", said=f"a person {did} and has the conversation")
    await _keep_in_sight(conn, tend, lead_id)


async def _in_doubt_with(conn: AsyncConnection, tend: Tend, lead_id: UUID) -> set[UUID]:
    """The leads who share an address with this one and wait for the same decision."""
    theirs = await suppressions.hashes_of(conn, team_id=tend.team_id, lead_ids=[lead_id])
    sharing = await suppressions.lock_addresses(conn, team_id=tend.team_id, hashes=[value for _, value in theirs])
    return await todos.in_doubt(conn, team_id=tend.team_id, lead_ids=sharing)


async def _end_if_idle(conn: AsyncConnection, tend: Tend, lead_id: UUID) -> None:
    """A lead with neither a sequence nor open work is done with."""
    living = await enrollments.living(conn, team_id=tend.team_id, lead_ids=[lead_id])
    if not living and not await todos.open_of(conn, team_id=tend.team_id, lead_id=lead_id):
        now = tend.now()
        await outcomes.end_leads(conn, team_id=tend.team_id, lead_ids=[lead_id], now=now, reason=PERSON_ENDED)


async def _keep_in_sight(conn: AsyncConnection, tend: Tend, lead_id: UUID) -> None:
    """While a person has the lead, a to-do keeps it from being forgotten."""
    await handing.hand_off(
        conn,
        tend,
        lead_id,
        kind="follow_up",
        action="You have this conversation. Press Done to give it back to Tend.",
        quote="",
        reasons=("a person has the conversation",),
        hot=False,
        due_in=HUMAN_KEEPS_FOR,
        alert=False,
    )


async def _plan_words(
    conn: AsyncConnection, tend: Tend, lead_id: UUID, *, channel: str, words: dict[str, str], user_id: UUID | None
) -> UUID:
    now = tend.now()
    touch_id = new_id()
    await conn.execute(
        insert(touches).values(
            id=touch_id,
            team_id=tend.team_id,
            lead_id=lead_id,
            kind="manual",
            channel=channel,
            dedupe_key=f"manual:{touch_id.hex}",
            words=tend.sealer.seal("touches", "words", touch_id, json.dumps(words)),
            by_user_id=user_id,
            planned_at=now,
            due_at=now,
            not_after=now + REPLY_KEEPS_FOR,
            state="planned",
        )
    )
    after_commit(conn, "sending", "live")
    return touch_id


async def _said(conn: AsyncConnection, tend: Tend, lead_id: UUID, *, kind: str, said: str) -> None:
    await handing.tell_timeline(conn, tend, lead_id, kind=kind, said=said)
    after_commit(conn, "live", "sending")
