"""What opens a closed address again: the lead's own START, and for email a person who says why.

START takes back only what the lead closed, on the channel it came on: the suppression is lifted, and the consent from
before the stop counts again, no more than that. Texts are never opened by a person.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from agent.flows import crm_owed, handing
from agent.rules.closing import LEADS_OWN, ClosedBy
from agent.rules.leads import LeadEvent
from agent.rules.triage import OPTED_OUT
from agent.store import leads, messages, outcomes, suppressions
from agent.tend import Tend


async def start(
    conn: AsyncConnection, tend: Tend, lead_ids: Sequence[UUID], *, channel: str, value_hash: bytes
) -> None:
    """START from one address: open it where the lead closed it, and ask a person whether Tend should go on."""
    now = tend.now()
    lifted = await suppressions.lift(
        conn, team_id=tend.team_id, channel=channel, hashes=[value_hash], closed_by=LEADS_OWN, now=now
    )
    still = await suppressions.closed(conn, team_id=tend.team_id, hashes=[value_hash])
    action = "They wrote START. Decide whether Tend should go on."
    if (channel, value_hash) in still:
        action = "They wrote START, but it was not they who closed this address: it stays closed. Call them."
    for lead_id in lead_ids if lifted else ():
        await _enter(conn, tend, lead_id, channel=channel, action="reopened", source=channel)
        await _reopen(conn, tend, lead_id)
        said = f"wrote START: {'texts' if channel == 'sms' else 'emails'} to this address are open again"
        await handing.tell_timeline(conn, tend, lead_id, kind="opted_in", said=said)
    for lead_id in lead_ids if lifted else lead_ids[:1]:
        await handing.read_it_yourself(conn, tend, lead_id, quote="START", action=action)


class EmailAllowed(StrEnum):
    """What came of a person's wish to open email again."""

    YES = "yes"
    NO_REASON = "Say when and how they asked for emails again."
    NOTHING_CLOSED = "Email to this lead is not closed."


async def allow_email_again(
    conn: AsyncConnection, tend: Tend, lead_id: UUID, *, told: str, reason: str
) -> EmailAllowed:
    """A person (`told` is their key) says that the lead asked for emails again.

    That it was they stays in the ledger; why, in their own words, on the sealed timeline.
    """
    if not reason:
        return EmailAllowed.NO_REASON
    theirs = await suppressions.hashes_of(conn, team_id=tend.team_id, lead_ids=[lead_id])
    emails = [value_hash for channel, value_hash in theirs if channel == "email"]
    await suppressions.lock_addresses(conn, team_id=tend.team_id, hashes=emails)
    if not await suppressions.lift(
        conn, team_id=tend.team_id, channel="email", hashes=emails, closed_by=tuple(ClosedBy), now=tend.now()
    ):
        return EmailAllowed.NOTHING_CLOSED
    await _enter(conn, tend, lead_id, channel="email", action="granted", source=f"told {told}")
    await _reopen(conn, tend, lead_id)
    await handing.tell_timeline(
        conn, tend, lead_id, kind="opted_in", said=f"told {told}: email is open again ({reason})"
    )
    return EmailAllowed.YES


async def _enter(conn: AsyncConnection, tend: Tend, lead_id: UUID, *, channel: str, action: str, source: str) -> None:
    await messages.enter_consent(
        conn,
        team_id=tend.team_id,
        sealer=tend.sealer,
        lead_id=lead_id,
        channel=channel,
        action=action,
        basis="the lead's own words" if action == "reopened" else "what a person was told",
        source=source,
        wording="",
        ip="",
        at=tend.now(),
    )
    await crm_owed.person(conn, tend, lead_id)


async def _reopen(conn: AsyncConnection, tend: Tend, lead_id: UUID) -> None:
    """A lead that had opted out is spoken with again; any other end stays."""
    lead = await leads.one(conn, team_id=tend.team_id, lead_id=lead_id)
    if lead is not None and lead.end_reason == OPTED_OUT:
        await outcomes.reopen(conn, team_id=tend.team_id, lead_id=lead_id, now=tend.now())
        await handing.move(conn, tend, lead_id, LeadEvent.REOPENED)
