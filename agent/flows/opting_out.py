"""An opt-out, however it came (text, email, link, a person told us, the carrier): one transaction.

It closes every address of the person, revokes consent in the ledger, ends their enrollments and cancels what was
planned or claimed, for every lead that shares the address. With `TEND_STOP_SCOPE=channel` it closes the channel it came
on, and the others go on. Saying it twice adds nothing. What opens an address again is in `opting_in`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from agent.flows import crm_owed, handing, planning
from agent.rules.closing import LEADS_OWN, ClosedBy, channels_closed, outranks
from agent.rules.consent import in_force
from agent.rules.leads import LeadEvent
from agent.rules.triage import OPTED_OUT, WRONG_PERSON
from agent.store import enrollments, leads, messages, outbox, scores, steps, suppressions
from agent.tend import Tend

Address = tuple[str, bytes]
"""A channel and the keyed hash of an address on it."""

_CALLED = {"sms": "texts", "email": "emails"}


async def opt_out(
    conn: AsyncConnection, tend: Tend, lead_ids: Sequence[UUID], *, by: ClosedBy, address: Address | None = None
) -> set[Address]:
    """Stop for these leads and all who share `address` (without one: any of theirs); returns what was open until now.

    1. Lock every address this may close, as the sending path does.
    2. Suppress the addresses of all of these people on the channels that close.
    3. Who is left with no open channel has opted out; for others the channel falls silent and the sequence goes on.
    """
    channels = channels_closed(by, whole_person=tend.settings.tend_stop_scope == "person")
    people = await _people(conn, tend, lead_ids, by=by, address=address)
    theirs = await suppressions.hashes_of_each(conn, team_id=tend.team_id, lead_ids=people)
    closing = {each for hashes in theirs.values() for each in hashes if each[0] in channels}
    newly = await suppressions.suppress(
        conn,
        team_id=tend.team_id,
        hashes=closing | ({address} if address is not None else set()),
        reason=OPTED_OUT,
        by=by,
        now=tend.now(),
    )
    for person in people:
        closed = await suppressions.closed(conn, team_id=tend.team_id, hashes=[value for _, value in theirs[person]])
        new = await _revoke(conn, tend, person, channels=channels, by=by) or bool(newly & theirs[person])
        if theirs[person] <= closed.keys():
            await _end(conn, tend, person, by=by, new=new)
        else:
            await _fall_silent(conn, tend, person, channels=channels, by=by, new=new)
    return newly


async def wrong_person(
    conn: AsyncConnection, tend: Tend, lead_ids: Sequence[UUID], *, by: ClosedBy, address: Address
) -> set[Address]:
    """Somebody else has this address: it is closed, and whoever we took them for is written to no more."""
    now = tend.now()
    people = await _people(conn, tend, lead_ids, by=by, address=address)
    newly = await suppressions.suppress(
        conn, team_id=tend.team_id, hashes={address}, reason=WRONG_PERSON, by=by, now=now
    )
    for person in people:
        said = f"the wrong person has this {'number' if address[0] == 'sms' else 'email address'}; Tend stopped"
        if await _ended(conn, tend, person, reason=WRONG_PERSON, event=LeadEvent.LOST, new=bool(newly)):
            await _tell(conn, tend, person, kind="wrong_person", subject="Wrong person", said=said)
    return newly


async def _people(
    conn: AsyncConnection, tend: Tend, lead_ids: Sequence[UUID], *, by: ClosedBy, address: Address | None
) -> list[UUID]:
    """The leads this is about, their addresses locked: those named, and those who share what it came from."""
    own = await suppressions.hashes_of(conn, team_id=tend.team_id, lead_ids=lead_ids)
    asked = (
        {address} if address is not None else {each for each in own if by is not ClosedBy.LINK or each[0] == "email"}
    )
    sharing = await suppressions.lock_addresses(conn, team_id=tend.team_id, hashes=[value for _, value in own | asked])
    shared = await suppressions.hashes_of_each(conn, team_id=tend.team_id, lead_ids=sharing)
    return list(dict.fromkeys([*lead_ids, *(lead_id for lead_id in sharing if shared[lead_id] & asked)]))


async def _revoke(conn: AsyncConnection, tend: Tend, lead_id: UUID, *, channels: Collection[str], by: ClosedBy) -> bool:
    """Enter revocations where the ledger does not say so already; True when it did not."""
    entries = await messages.consent_entries(conn, team_id=tend.team_id, lead_id=lead_id)
    entered = False
    for channel in channels:
        revoked, grants = in_force(entries, channel=channel)
        if revoked is not None and not grants and not outranks(by, revoked.source):
            continue
        entered = True
        await messages.enter_consent(
            conn,
            team_id=tend.team_id,
            sealer=tend.sealer,
            lead_id=lead_id,
            channel=channel,
            action="revoked",
            basis="the lead's own words" if by in LEADS_OWN else "what we were told",
            source=by,
            wording="",
            ip="",
            at=tend.now(),
        )
    return entered


async def _end(conn: AsyncConnection, tend: Tend, lead_id: UUID, *, by: ClosedBy, new: bool) -> None:
    if await _ended(conn, tend, lead_id, reason=OPTED_OUT, event=LeadEvent.OPTED_OUT, new=new):
        said = f"asked not to be written to ({_how(by)}); Tend stopped on all channels"
        await _tell(conn, tend, lead_id, kind="opted_out", subject="Opted out", said=said)


async def _ended(conn: AsyncConnection, tend: Tend, lead_id: UUID, *, reason: str, event: LeadEvent, new: bool) -> bool:
    """End everything of one lead, whatever stood before; True when that says something new."""
    now = tend.now()
    lead = await leads.one(conn, team_id=tend.team_id, lead_id=lead_id)
    if lead is None:
        return False
    word = "opted_out" if reason == OPTED_OUT else "ended"
    await enrollments.end(conn, team_id=tend.team_id, lead_ids=[lead_id], now=now, reason=reason, word=word)
    await handing.settle_todos(conn, tend, lead_id, by=reason, decided=True)
    await handing.move(conn, tend, lead_id, event)
    changed = {"end_reason": reason, "ended_at": now, "temperature": "cold", "next_action": ""}
    await leads.change(conn, team_id=tend.team_id, sealer=tend.sealer, lead_id=lead_id, now=now, values=changed)
    await scores.soon(conn, team_id=tend.team_id, lead_ids=[lead_id], now=now)
    return new or lead.end_reason != reason


async def _fall_silent(
    conn: AsyncConnection, tend: Tend, lead_id: UUID, *, channels: Sequence[str], by: ClosedBy, new: bool
) -> None:
    """Close some channels and let the sequence go on over what is left."""
    canceled = await enrollments.cancel_on(
        conn, team_id=tend.team_id, lead_id=lead_id, channels=channels, now=tend.now(), reason=OPTED_OUT
    )
    living = await steps.behind(conn, team_id=tend.team_id, rows=canceled)
    plans = await planning.pinned(conn, tend, living.values())
    await planning.plan_next(conn, tend, canceled, living, plans)
    if new:
        what = " and ".join(_CALLED[channel] for channel in channels)
        said = f"asked for no more {what} ({_how(by)}); other channels go on"
        await _tell(conn, tend, lead_id, kind="opted_out", subject=f"No more {what}", said=said)


def _how(by: ClosedBy) -> str:
    return "by text" if by is ClosedBy.TEXT else "by email" if by is ClosedBy.EMAIL else by.value


async def _tell(conn: AsyncConnection, tend: Tend, lead_id: UUID, *, kind: str, subject: str, said: str) -> None:
    """Say it on the lead's timeline and in the CRM."""
    now = tend.now()
    await handing.tell_timeline(conn, tend, lead_id, kind=kind, said=said)
    await outbox.queue_note(
        conn,
        team_id=tend.team_id,
        sealer=tend.sealer,
        lead_id=lead_id,
        dedupe_key=f"{kind}:{lead_id.hex}:{now.isoformat()}",
        subject=subject,
        body=f"{said[:1].upper()}{said[1:]}.",
        now=now,
    )
    await crm_owed.person(conn, tend, lead_id)
