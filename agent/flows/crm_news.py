"""What a CRM says of a lead beside who they are: a person deleted there, a text logged there.

Whoever is deleted in the CRM hears no more. A text of a lead is a reply like any other, and goes the same way; a
human's own takes the conversation over. Each function runs inside one transaction.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from agent.flows import handing, replies
from agent.flows.replies import Heard
from agent.rules.auto_texts import is_automatic
from agent.rules.contact import normalise_phone
from agent.rules.optout import signal
from agent.store import enrollments, leads, messages
from agent.store.messages import Arrived
from agent.store.wake import after_commit
from agent.tend import Tend
from integrations.crm import CrmText


async def deleted(conn: AsyncConnection, *, tend: Tend, person_id: str) -> None:
    """A person deleted in the CRM: silence, and the lead leaves every list."""
    now = tend.now()
    found = await leads.by_crm_person(conn, team_id=tend.team_id, crm="followupboss", crm_person_id=person_id)
    if found is None or found.deleted_at is not None:
        return
    reason = "deleted in the CRM"
    await enrollments.end(conn, team_id=tend.team_id, lead_ids=[found.id], now=now, reason=reason, word="deleted")
    await handing.settle_todos(conn, tend, found.id, by=reason, decided=True)
    await leads.change(
        conn,
        team_id=tend.team_id,
        sealer=tend.sealer,
        lead_id=found.id,
        now=now,
        values={"deleted_at": now, "end_reason": reason, "ended_at": now},
    )
    after_commit(conn, "live")


async def logged_text(conn: AsyncConnection, *, tend: Tend, text: CrmText) -> None:
    """A text logged in the CRM: a human's own takes the conversation over; a lead's is a reply like any other.

    Where the CRM hides the words, a person reads them there. Words it shows are heard whoever wrote them, also where
    nobody is, or is any more, that person of the CRM.
    """
    now = tend.now()
    if text.automatic:
        return
    found = await leads.by_crm_person(conn, team_id=tend.team_id, crm="followupboss", crm_person_id=text.person_id)
    sender = normalise_phone(text.from_number) or text.from_number
    arrived = Arrived("sms", f"crm:{text.id}", sender, "", text.body or "", "")
    if text.incoming and text.body is not None and (found is not None or sender):
        named = found.id if found is not None else None
        heard = Heard(arrived, signal(text.body), named=named, automatic=is_automatic(text.body), answered=True)
        await replies.receive(conn, tend=tend, heard=heard)
        return
    if found is None or found.deleted_at is not None:
        return
    if text.incoming:
        if (
            await messages.keep(
                conn, team_id=tend.team_id, sealer=tend.sealer, lead_id=found.id, arrived=arrived, now=now
            )
            is None
        ):
            return
        await enrollments.pause(conn, team_id=tend.team_id, lead_id=found.id, now=now)
        await replies.heard_from(conn, tend, found.id, "sms", goes_on=True)
        await handing.hand_off(
            conn,
            tend,
            found.id,
            kind="read",
            action="They texted you in Follow Up Boss, where Tend cannot see the words. Read it and answer.",
            quote="",
            reasons=("replied; the CRM hides the words",),
            hot=True,
            due_in=timedelta(minutes=30),
            alert=True,
        )
        return
    await messages.take_over(
        conn, team_id=tend.team_id, lead_id=found.id, now=now, owner="human", user_id=found.assignee_id
    )
    await enrollments.pause(conn, team_id=tend.team_id, lead_id=found.id, now=now)
    await leads.note(
        conn,
        team_id=tend.team_id,
        sealer=tend.sealer,
        lead_id=found.id,
        kind="taken_over",
        at=now,
        words={"said": f"{text.user_name or 'someone'} texted from the CRM; Tend is silent while they talk"},
    )
    await handing.hand_off(
        conn,
        tend,
        found.id,
        kind="follow_up",
        action="You are talking with them. Press Done to give the conversation back to Tend.",
        quote="",
        reasons=("a human has the conversation",),
        hot=False,
        due_in=timedelta(hours=48),
        alert=False,
    )
