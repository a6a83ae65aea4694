"""What the CRM is owed: rows written in the transaction that changed something, told by `crm_sync` afterwards.

Nothing is owed where no CRM is connected. Each thing is owed once; what is known of a lead is not put down here but
looked up when it is told, so that a burst of changes is one write.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.store import leads as lead_store
from agent.store import outbox
from agent.store.ids import new_id
from agent.store.tables import leads, messages
from agent.tend import Tend
from channels.receipts import ReceiptKind
from integrations.crm_writes import MailNews

FROM_CRM = "crm:"
"""How the external id begins of a message that the CRM told us of."""
SETTLES = timedelta(seconds=5)
"""How long a lead's changes are let settle before they are told."""

APPOINTMENT_LASTS = timedelta(hours=1)
"""How long an appointment is taken to last, since nobody says."""

_NEWS: Mapping[ReceiptKind, MailNews] = {
    ReceiptKind.DELIVERED: "delivered",
    ReceiptKind.OPENED: "opened",
    ReceiptKind.CLICKED: "clicked",
    ReceiptKind.BOUNCED: "bounced",
    ReceiptKind.UNSUBSCRIBED: "unsubscribed",
    ReceiptKind.COMPLAINED: "complained",
}


async def person(conn: AsyncConnection, tend: Tend, lead_id: UUID) -> None:
    """Something is known anew of a lead: score, status, consent."""
    if tend.doors.crm is None or not tend.team.crm.about_people:
        return
    if await outbox.is_owed(conn, team_id=tend.team_id, lead_id=lead_id, kind="person"):
        return
    await _owe(conn, tend, lead_id, kind="person", key=new_id().hex, payload={}, due_in=SETTLES)


async def came_in(conn: AsyncConnection, tend: Tend, lead_id: UUID, *, submission_id: UUID) -> None:
    """Somebody came to Tend first."""
    if tend.doors.crm is not None and tend.team.crm.announces:
        await _owe(conn, tend, lead_id, kind="lead", key=submission_id.hex, payload={"submission": submission_id.hex})


async def went_out(conn: AsyncConnection, tend: Tend, message_ids: Collection[UUID]) -> None:
    """Messages left: texts are shown in the CRM, mails too where no receipt will say more of them."""
    if tend.doors.crm is None or not message_ids:
        return
    rows = await conn.execute(
        select(messages.c.id, messages.c.lead_id, messages.c.channel)
        .join(leads, (leads.c.team_id == messages.c.team_id) & (leads.c.id == messages.c.lead_id))
        .where(messages.c.team_id == tend.team_id, messages.c.id.in_(list(message_ids)))
        .where(leads.c.crm_person_id.is_not(None) if not tend.team.crm.announces else true())
    )
    for row in rows.all():
        if row.channel == "sms":
            await text(conn, tend, row.lead_id, row.id)
        elif row.channel == "email" and not tend.settings.sns_topics:
            await mail(conn, tend, row.lead_id, row.id, ReceiptKind.DELIVERED)


async def text(conn: AsyncConnection, tend: Tend, lead_id: UUID, message_id: UUID) -> None:
    """A text went out, or came in by our own number."""
    if tend.doors.crm is not None and tend.team.crm.texts:
        await _owe(conn, tend, lead_id, kind="text", key=message_id.hex, payload={"message": message_id.hex})


async def mail(conn: AsyncConnection, tend: Tend, lead_id: UUID, message_id: UUID, kind: ReceiptKind) -> None:
    """Something happened to one of our mails."""
    news = _NEWS.get(kind)
    if tend.doors.crm is not None and tend.team.crm.mails and news is not None:
        payload = {"message": message_id.hex, "news": news, "at": tend.now().isoformat()}
        await _owe(conn, tend, lead_id, kind="mail", key=f"{message_id.hex}:{news}", payload=payload)


async def task(conn: AsyncConnection, tend: Tend, lead_id: UUID, todo_id: UUID) -> None:
    """Something hot is for a person to do."""
    if tend.doors.crm is not None and tend.team.crm.tasks:
        await _owe(conn, tend, lead_id, kind="task", key=todo_id.hex, payload={"todo": todo_id.hex})


async def assignee(conn: AsyncConnection, tend: Tend, lead_id: UUID) -> None:
    """Somebody has a lead from now on, and its tasks. What the CRM said itself is not told it."""
    wishes = tend.team.crm
    if tend.doors.crm is None or not (wishes.assigns or wishes.tasks):
        return
    lead = await lead_store.one(conn, team_id=tend.team_id, lead_id=lead_id)
    if lead is None or lead.assignee_id is None:
        return
    user_id = tend.assignee(lead.assignee_id).crm_user_id
    if not user_id:
        return
    known = lead.crm_person_id is not None and lead.crm_user_id == user_id
    told = known or not wishes.assigns
    if told and not await outbox.open_tasks(conn, team_id=tend.team_id, lead_id=lead_id):
        return
    if not await outbox.is_owed(conn, team_id=tend.team_id, lead_id=lead_id, kind="assignee"):
        await _owe(conn, tend, lead_id, kind="assignee", key=new_id().hex, payload={})


async def appointment(
    conn: AsyncConnection, tend: Tend, lead_id: UUID, *, at: datetime, title: str, user_id: UUID | None
) -> None:
    """A person agreed on an appointment with a lead; `user_id` is theirs."""
    if tend.doors.crm is not None and tend.team.crm.appointments:
        payload = {"at": at.isoformat(), "title": title, "user": user_id.hex if user_id is not None else ""}
        await _owe(conn, tend, lead_id, kind="appointment", key=new_id().hex, payload=payload)


async def done(conn: AsyncConnection, tend: Tend, lead_id: UUID) -> None:
    """A lead's to-dos were closed: their tasks are to be ticked off."""
    if tend.doors.crm is None or not tend.team.crm.tasks:
        return
    if not await outbox.is_owed(conn, team_id=tend.team_id, lead_id=lead_id, kind="done"):
        await _owe(conn, tend, lead_id, kind="done", key=new_id().hex, payload={})


async def _owe(
    conn: AsyncConnection,
    tend: Tend,
    lead_id: UUID,
    *,
    kind: str,
    key: str,
    payload: Mapping[str, str],
    due_in: timedelta = timedelta(0),
) -> None:
    await outbox.owe(
        conn,
        team_id=tend.team_id,
        sealer=tend.sealer,
        lead_id=lead_id,
        kind=kind,
        dedupe_key=f"{kind}:{key}",
        payload=payload,
        now=tend.now(),
        due_in=due_in,
    )
