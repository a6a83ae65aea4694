"""What people do in the CRM, and what leads do there where Tend cannot see it: calls, emails, notes, appointments.

A person of the team who calls, writes or notes something has the conversation from then on, and Tend is silent until
they press Done. A lead who turned to the CRM (a missed call, an email, a text with hidden words) pauses Tend, and a
person is alerted at once; the words are never guessed at. Each thing counts once, however often it is told of. Each
function runs inside one transaction.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.flows import handing, own_writes, replies
from agent.rules.crm_activity import Meaning, in_words, meaning, speaks_to_them
from agent.rules.followups import TodoKind
from agent.store import by_now, enrollments, inbox, messages, outcomes
from agent.store.wake import after_commit
from agent.tend import Tend
from integrations.crm_activity import CrmActivity

SEEN = "crm_seen"
"""The source under which the inbox remembers each thing of the CRM that was taken in."""

_ANSWER_WITHIN = timedelta(minutes=30)
_REMIND_AFTER = timedelta(hours=48)


async def logged(conn: AsyncConnection, *, tend: Tend, activity: CrmActivity) -> None:
    """A call, email, note or appointment of a person of the CRM: whoever did it, it counts once."""
    lead = await by_now.person_of_crm(conn, team_id=tend.team_id, crm="followupboss", crm_person_id=activity.person_id)
    if lead is None or lead.deleted_at is not None or activity.automatic or activity.ours:
        return
    if await own_writes.wrote(
        conn, tend, kind=activity.kind, external_id=activity.id, lead_id=lead.id, words=activity.words
    ):
        return
    if not await first_time(conn, tend, thing=f"{activity.kind}:{activity.id}"):
        return
    said = in_words(activity)
    match meaning(activity):
        case Meaning.MISSED_CALL:
            await handing.tell_timeline(conn, tend, lead.id, kind="replied_in_crm", said=said)
            await turned_to_the_crm(
                conn,
                tend,
                lead.id,
                channel=None,
                kind=TodoKind.CALL,
                action="They called and nobody took it. Call them back.",
                reason="a missed call in the CRM",
            )
        case Meaning.REPLIED:
            await handing.tell_timeline(conn, tend, lead.id, kind="replied_in_crm", said=said)
            await turned_to_the_crm(
                conn,
                tend,
                lead.id,
                channel="email",
                kind=TodoKind.READ,
                action="They emailed you in Follow Up Boss, where Tend cannot see the words. Read it and answer.",
                reason="replied; the CRM hides the words",
            )
        case Meaning.PERSON_TALKS:
            if activity.incoming:
                await replies.heard_from(conn, tend, lead.id, None, goes_on=True)
            await person_talks(conn, tend, lead, said=said, to_them=speaks_to_them(activity))


async def first_time(conn: AsyncConnection, tend: Tend, *, thing: str) -> bool:
    """Whether a thing of the CRM was not taken in before, by whatever event it was told of."""
    return await inbox.first_time(conn, team_id=tend.team_id, source=SEEN, thing=thing, kind="seen", now=tend.now())


async def person_talks(conn: AsyncConnection, tend: Tend, lead: Row[Any], *, said: str, to_them: bool) -> None:
    """A person of the team is at work with a lead: where Tend had something under way, it is theirs from now on."""
    now = tend.now()
    if to_them:
        await outcomes.contacted(conn, team_id=tend.team_id, lead_ids=[lead.id], now=now)
    paused = await enrollments.pause(conn, team_id=tend.team_id, lead_id=lead.id, now=now)
    silent = "; Tend is silent while they talk" if paused else ""
    await handing.tell_timeline(conn, tend, lead.id, kind="taken_over", said=f"{said}{silent}")
    after_commit(conn, "live")
    if not paused:
        await messages.bump(conn, team_id=tend.team_id, lead_id=lead.id, now=now, channel=None)
        return
    await messages.take_over(
        conn, team_id=tend.team_id, lead_id=lead.id, now=now, owner="human", user_id=lead.assignee_id
    )
    await handing.hand_off(
        conn,
        tend,
        lead.id,
        kind="follow_up",
        action="You are talking with them. Press Done to give the conversation back to Tend.",
        quote="",
        reasons=("a human has the conversation",),
        hot=False,
        due_in=_REMIND_AFTER,
        alert=False,
    )


async def turned_to_the_crm(
    conn: AsyncConnection, tend: Tend, lead_id: UUID, *, channel: str | None, kind: TodoKind, action: str, reason: str
) -> None:
    """A lead turned to the CRM and what they want is not known: Tend pauses, and a person is alerted at once."""
    await enrollments.pause(conn, team_id=tend.team_id, lead_id=lead_id, now=tend.now())
    await replies.heard_from(conn, tend, lead_id, channel, goes_on=True)
    await handing.hand_off(
        conn,
        tend,
        lead_id,
        kind=kind,
        action=action,
        quote="",
        reasons=(reason,),
        hot=True,
        due_in=_ANSWER_WITHIN,
        alert=True,
    )
