"""What is pressed about being written to: a person enters an opt-out, a lead unsubscribes or allows texts.

Each button is one function here, one transaction. What these acts do is in `opting_out`; a person's way to open email
again takes the conversation over and stands with the other controls.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from agent.flows import crm_owed, handing, opting_out
from agent.rules.closing import ClosedBy
from agent.store import messages, suppressions
from agent.store.wake import after_commit
from agent.tend import Tend


async def opt_out(tend: Tend, lead_id: UUID, *, user_id: UUID | None) -> None:
    """The lead asked a person to stop: everything ends, on all channels."""
    del user_id
    await tend.writer.run(lambda conn: opting_out.opt_out(conn, tend, [lead_id], by=ClosedBy.PERSON))


async def unsubscribe(tend: Tend, lead_id: UUID) -> None:
    """The lead used the unsubscribe page or their mail program's button."""
    await tend.writer.run(lambda conn: opting_out.opt_out(conn, tend, [lead_id], by=ClosedBy.LINK))


async def allow_texts(tend: Tend, lead_id: UUID, *, number: str, wording: str, ip: str) -> bool:
    """The lead ticked the consent page: written consent to texts to the number shown there goes into the ledger.

    False, and nothing is entered, while their number is closed: only the phone itself opens it again.
    """

    async def unit(conn: AsyncConnection) -> bool:
        if await texts_closed(conn, tend, lead_id):
            return False
        await messages.enter_consent(
            conn,
            team_id=tend.team_id,
            sealer=tend.sealer,
            lead_id=lead_id,
            channel="sms",
            action="granted",
            basis="consent_page",
            source="consent page",
            wording=wording,
            ip=ip,
            at=tend.now(),
            address_hash=tend.sealer.hash("sms", number),
        )
        said = "allowed texts on the consent page"
        await handing.tell_timeline(conn, tend, lead_id, kind="consented", said=said)
        await crm_owed.person(conn, tend, lead_id)
        after_commit(conn, "live", "sending")
        return True

    return await tend.writer.run(unit)


async def texts_closed(conn: AsyncConnection, tend: Tend, lead_id: UUID) -> bool:
    """Whether one of the lead's numbers asked for no more texts."""
    theirs = await suppressions.hashes_of(conn, team_id=tend.team_id, lead_ids=[lead_id])
    closed = await suppressions.closed(conn, team_id=tend.team_id, hashes=[value for _, value in theirs])
    return any(channel == "sms" for channel, _ in closed)
