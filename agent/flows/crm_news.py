"""What a CRM says of a lead beside who they are: a text logged there, an unsubscription, a look at a home.

A text of a lead is a reply like any other, and goes the same way; a human's own takes the conversation over. Each
function runs inside one transaction.
"""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from agent.flows import crm_activity, crm_owed, judging, own_writes, replies
from agent.flows.opting_out import opt_out
from agent.flows.replies import Heard
from agent.rules.auto_texts import is_automatic
from agent.rules.closing import ClosedBy
from agent.rules.contact import normalise_phone
from agent.rules.followups import TodoKind
from agent.rules.optout import signal
from agent.store import by_now, messages
from agent.store.messages import Arrived
from agent.tend import Tend
from integrations.crm import CrmText
from integrations.crm_activity import Look, Unsubscribed


async def unsubscribed(conn: AsyncConnection, *, tend: Tend, news: Unsubscribed) -> None:
    """Somebody unsubscribed from email the CRM sent: an opt-out like our own link, unless it tells of our own mail."""
    ours = await own_writes.wrote(conn, tend, kind="mail", external_id=news.campaign_id)
    found = await by_now.person_of_crm(conn, team_id=tend.team_id, crm="followupboss", crm_person_id=news.person_id)
    if found is None or ours or not await crm_activity.first_time(conn, tend, thing=f"unsubscribed:{news.id}"):
        return
    await opt_out(conn, tend, [found.id], by=ClosedBy.LINK)


async def looked(conn: AsyncConnection, *, tend: Tend, look: Look) -> None:
    """A lead looked at a home: it is weighed, and nobody is written to because of it."""
    found = await by_now.person_of_crm(conn, team_id=tend.team_id, crm="followupboss", crm_person_id=look.person_id)
    if found is None or found.deleted_at is not None:
        return
    if await crm_activity.first_time(conn, tend, thing=f"looked:{look.id}"):
        await judging.viewed(conn, tend, found.id, listing=look.listing, at=look.at)


async def logged_text(conn: AsyncConnection, *, tend: Tend, text: CrmText) -> None:
    """A text logged in the CRM: a human's own takes the conversation over; a lead's is a reply like any other.

    Where the CRM hides the words, a person reads them there. Words it shows are heard whoever wrote them, also where
    nobody is, or is any more, that person of the CRM.
    """
    if text.automatic or text.ours or await own_writes.wrote(conn, tend, kind="text", external_id=text.id):
        return
    found = await by_now.person_of_crm(conn, team_id=tend.team_id, crm="followupboss", crm_person_id=text.person_id)
    sender = normalise_phone(text.from_number) or text.from_number
    arrived = Arrived("sms", f"{crm_owed.FROM_CRM}{text.id}", sender, "", text.body or "", "")
    if text.incoming and text.body is not None and (found is not None or sender):
        named = found.id if found is not None else None
        heard = Heard(arrived, signal(text.body), named=named, automatic=is_automatic(text.body), answered=True)
        await replies.receive(conn, tend=tend, heard=heard)
        return
    if found is None or found.deleted_at is not None:
        return
    if text.incoming:
        kept = await messages.keep(
            conn, team_id=tend.team_id, sealer=tend.sealer, lead_id=found.id, arrived=arrived, now=tend.now()
        )
        if kept is not None:
            await crm_activity.turned_to_the_crm(
                conn,
                tend,
                found.id,
                channel="sms",
                kind=TodoKind.READ,
                action="They texted you in Follow Up Boss, where Tend cannot see the words. Read it and answer.",
                reason="replied; the CRM hides the words",
            )
        return
    if await crm_activity.first_time(conn, tend, thing=f"text:{text.id}"):
        said = f"{text.user_name or 'someone'} texted from the CRM"
        await crm_activity.person_talks(conn, tend, found, said=said, to_them=True)
