"""A person agreed on an appointment with a lead: it is theirs until it is over, and the CRM knows of it.

Tend never agrees on one itself: it asks when, and a person answers. From then on it is silent; afterwards a to-do asks
how it went, so that nobody is forgotten.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from agent.flows import crm_owed, handing
from agent.rules.followups import TodoKind
from agent.rules.leads import LeadEvent
from agent.store import enrollments, leads, messages
from agent.store.wake import after_commit
from agent.tend import Tend

LONGEST_TITLE = 120
_FURTHEST = timedelta(days=365)
_ASKED_FOR = (TodoKind.SHOWING, TodoKind.CALL, TodoKind.VALUATION, TodoKind.ANSWER, "follow_up")


async def agree(tend: Tend, lead_id: UUID, *, at: datetime, title: str, user_id: UUID | None) -> str:
    """Keep an appointment; returns why not, in a sentence for the person, and empty where it was kept."""
    now, title = tend.now(), " ".join(title.split())[:LONGEST_TITLE] or "Showing"
    if not now < at <= now + _FURTHEST:
        return "Choose a time ahead of now, within a year."

    async def unit(conn: AsyncConnection) -> str:
        lead = await leads.one(conn, team_id=tend.team_id, lead_id=lead_id)
        if lead is None or lead.deleted_at is not None:
            return "There is no such lead any more."
        await messages.take_over(conn, team_id=tend.team_id, lead_id=lead_id, now=now, owner="human", user_id=user_id)
        await enrollments.pause(conn, team_id=tend.team_id, lead_id=lead_id, now=now)
        await handing.settle_todos(conn, tend, lead_id, by="an appointment is agreed", kinds=_ASKED_FOR)
        await handing.move(conn, tend, lead_id, LeadEvent.SHOWING_REQUESTED)
        when = at.astimezone(ZoneInfo((lead.zones or tend.team.zone).split(",")[0]))
        said = f"agreed: {title}, {when:%A %-d %B, %H:%M} their time"
        await handing.tell_timeline(conn, tend, lead_id, kind="agreed", said=said)
        await handing.hand_off(
            conn,
            tend,
            lead_id,
            kind="follow_up",
            action=f"How did it go? {title}, {when:%-d %B, %H:%M}. Press Done to give them back to Tend.",
            quote="",
            reasons=("an appointment is agreed",),
            hot=False,
            due_in=at - now + crm_owed.APPOINTMENT_LASTS,
            alert=False,
        )
        with_id = user_id or lead.assignee_id
        await crm_owed.appointment(conn, tend, lead_id, at=at, title=title, user_id=with_id)
        after_commit(conn, "live", "sending")
        return ""

    return await tend.writer.run(unit)
