"""A lead writes, by text or email: one transaction keeps the words and does what may not wait, then the door answers.

Opt-out words are matched here, before any model and on the lead's own words only: the address is suppressed, every
enrollment of that person ends on all channels and what was planned is canceled, in the transaction that keeps the
message. Anything else pauses the enrollment and waits for the reading tick. A machine's answer (vacation notice) is kept
and changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from agent.flows import handing
from agent.log import log
from agent.rules.contact import clean_name, normalise_email, normalise_phone
from agent.rules.leads import LeadEvent
from agent.rules.optout import Signal, signal
from agent.store import enrollments, leads, messages, outbox, outcomes
from agent.store.ids import new_id
from agent.store.leads import KnownAddress
from agent.store.messages import Arrived
from agent.store.wake import after_commit
from agent.tend import Tend
from channels.email import InboundEmail
from channels.sms import InboundSms
from channels.tokens import in_recipients, read

OPTED_OUT = "opted out"
_MAX_BODY = 8000


class Received(StrEnum):
    """What a reply turned out to be."""

    OPT_OUT = "opt_out"
    DOUBT = "doubt"
    OPT_IN = "opt_in"
    HELP = "help"
    REPLY = "reply"
    AUTOMATIC = "automatic"
    REPEATED = "repeated"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was done with a reply, and for which lead."""

    received: Received
    lead_id: UUID | None


async def receive_sms(tend: Tend, sms: InboundSms) -> Outcome:
    """Keep a text and act on it. Raises `ValueError` for a sender that is no phone number."""
    sender = normalise_phone(sms.sender)
    if sender is None:
        message = "the sender is not a phone number"
        raise ValueError(message)
    heard = Signal.STOP if sms.carrier_keyword == "STOP" else signal(sms.body)
    arrived = Arrived("sms", sms.external_id, sender, "", sms.body[:_MAX_BODY], "")
    return await tend.writer.run(lambda conn: _receive(conn, tend, arrived, heard, None, automatic=False))


async def receive_email(tend: Tend, email: InboundEmail) -> Outcome:
    """Keep an email and act on it; the reply token in its recipients names the lead, else the sender's address does.

    Raises `ValueError` for a sender that is no email address.
    """
    sender = normalise_email(email.sender)
    if sender is None:
        message = "the sender is not an email address"
        raise ValueError(message)
    named = next(
        (
            lead_id
            for token in in_recipients(email.recipients)
            if (lead_id := read(tend.sealer.token_key("reply"), purpose="reply", token=token)) is not None
        ),
        None,
    )
    heard = Signal.NONE if email.auto_reply else signal(email.text or email.subject)
    arrived = Arrived(
        "email", email.external_id, sender, email.subject[:500], email.text[:_MAX_BODY], email.quoted[:_MAX_BODY]
    )
    return await tend.writer.run(lambda conn: _receive(conn, tend, arrived, heard, named, automatic=email.auto_reply))


async def _receive(
    conn: AsyncConnection, tend: Tend, arrived: Arrived, heard: Signal, named: UUID | None, *, automatic: bool
) -> Outcome:
    now = tend.now()
    value_hash = tend.sealer.hash(arrived.channel, arrived.sender)
    sharing = list(await messages.lock_address(conn, team_id=tend.team_id, value_hash=value_hash))
    if await messages.was_kept(conn, team_id=tend.team_id, channel=arrived.channel, external_id=arrived.external_id):
        return Outcome(Received.REPEATED, sharing[0] if sharing else None)
    if named is not None and await leads.one(conn, team_id=tend.team_id, lead_id=named) is not None:
        lead_id = named
        sharing = [named, *(other for other in sharing if other != named)]
    elif sharing:
        lead_id = sharing[0]
    else:
        lead_id = await _stranger(conn, tend, arrived, now)
        sharing = [lead_id]
    message_id = await messages.keep(
        conn, team_id=tend.team_id, sealer=tend.sealer, lead_id=lead_id, arrived=arrived, now=now
    )
    if message_id is None:
        return Outcome(Received.REPEATED, lead_id)
    after_commit(conn, "live")
    if automatic:
        await _timeline(conn, tend, lead_id, "automatic_reply", now, said="an automatic reply came in")
        return Outcome(Received.AUTOMATIC, lead_id)
    await _heard_from(conn, tend, lead_id, arrived.channel, now)
    log.info("reply.received", lead=lead_id.hex, channel=arrived.channel, signal=heard.value)
    match heard:
        case Signal.STOP:
            await opt_out(conn, tend, sharing, also={(arrived.channel, value_hash)}, source=arrived.channel, now=now)
            return Outcome(Received.OPT_OUT, lead_id)
        case Signal.DOUBT:
            await enrollments.pause(conn, team_id=tend.team_id, lead_id=lead_id, now=now)
            await handing.ask_about_doubt(conn, tend, lead_id, quote=arrived.body, now=now)
            return Outcome(Received.DOUBT, lead_id)
        case Signal.START:
            await _opt_in(conn, tend, lead_id, arrived.channel, value_hash, now)
            return Outcome(Received.OPT_IN, lead_id)
        case Signal.HELP:
            await handing.answer(
                conn, tend, lead_id, purpose="help-answer", channel=arrived.channel, cause=message_id, now=now
            )
            return Outcome(Received.HELP, lead_id)
        case Signal.NONE:
            await enrollments.pause(conn, team_id=tend.team_id, lead_id=lead_id, now=now)
            await messages.queue_reading(conn, team_id=tend.team_id, lead_id=lead_id, message_id=message_id, now=now)
            after_commit(conn, "reading")
            return Outcome(Received.REPLY, lead_id)


async def opt_out(
    conn: AsyncConnection,
    tend: Tend,
    lead_ids: Sequence[UUID],
    *,
    also: set[tuple[str, bytes]],
    source: str,
    now: datetime,
) -> None:
    """Suppress every address of these leads (and `also`), end their enrollments, cancel what waits, tell the CRM."""
    hashes = await messages.hashes_of(conn, team_id=tend.team_id, lead_ids=lead_ids) | also
    await messages.suppress(conn, team_id=tend.team_id, hashes=hashes, reason=OPTED_OUT, source=source, now=now)
    await enrollments.end(conn, team_id=tend.team_id, lead_ids=lead_ids, now=now, reason=OPTED_OUT, word="opted_out")
    for lead_id in lead_ids:
        for channel in ("sms", "email"):
            await messages.enter_consent(
                conn,
                team_id=tend.team_id,
                sealer=tend.sealer,
                lead_id=lead_id,
                channel=channel,
                action="revoked",
                basis="the lead's own words",
                source=source,
                wording="",
                ip="",
                at=now,
            )
        await handing.settle_todos(conn, tend, lead_id, now=now, by="opt-out")
        await handing.move(conn, tend, lead_id, LeadEvent.OPTED_OUT, now=now)
        await leads.change(
            conn,
            team_id=tend.team_id,
            sealer=tend.sealer,
            lead_id=lead_id,
            now=now,
            values={"end_reason": OPTED_OUT, "ended_at": now, "temperature": "cold", "next_action": ""},
        )
        await _timeline(
            conn, tend, lead_id, "opted_out", now, said="asked not to be written to; Tend stopped on all channels"
        )
        await outbox.queue_note(
            conn,
            team_id=tend.team_id,
            sealer=tend.sealer,
            lead_id=lead_id,
            dedupe_key=f"opt-out:{lead_id.hex}:{now.isoformat()}",
            subject="Opted out",
            body="Asked not to be written to. Tend has stopped all texts and emails.",
            now=now,
        )


async def _opt_in(
    conn: AsyncConnection, tend: Tend, lead_id: UUID, channel: str, value_hash: bytes, now: datetime
) -> None:
    """START lifts only what the lead closed, on that address and channel; texts need their written consent again."""
    if await messages.lift(conn, team_id=tend.team_id, channel=channel, value_hash=value_hash, now=now):
        await outcomes.reopen(conn, team_id=tend.team_id, lead_id=lead_id, now=now)
        await _timeline(
            conn, tend, lead_id, "opted_in", now, said=f"wrote START: {channel} to this address is open again"
        )
    await handing.read_it_yourself(
        conn, tend, lead_id, quote="START", action="They wrote START. Decide whether Tend should go on.", now=now
    )


async def _stranger(conn: AsyncConnection, tend: Tend, arrived: Arrived, now: datetime) -> UUID:
    """Someone we do not know wrote: a lead nobody enrolled, waiting for a person."""
    lead_id = new_id()
    await leads.create(
        conn,
        team_id=tend.team_id,
        sealer=tend.sealer,
        lead_id=lead_id,
        now=now,
        values={
            "first_name": clean_name(""),
            "last_name": "",
            "facts": {},
            "source": "wrote to us by text" if arrived.channel == "sms" else "wrote to us by email",
            "assignee_id": tend.user_ids[tend.team.lead_of_team.key],
            "zones": tend.team.zone,
            "zone_source": "team",
        },
    )
    await leads.add_addresses(
        conn,
        team_id=tend.team_id,
        sealer=tend.sealer,
        lead_id=lead_id,
        known=[KnownAddress(arrived.channel, arrived.sender)],
        now=now,
    )
    await handing.read_it_yourself(
        conn, tend, lead_id, quote=arrived.body, action="Find out who wrote: this address is not a lead's yet.", now=now
    )
    return lead_id


async def _heard_from(conn: AsyncConnection, tend: Tend, lead_id: UUID, channel: str, now: datetime) -> None:
    await messages.bump(conn, team_id=tend.team_id, lead_id=lead_id, now=now, channel=channel)
    await leads.change(
        conn,
        team_id=tend.team_id,
        sealer=tend.sealer,
        lead_id=lead_id,
        now=now,
        values={"last_inbound_at": now, "snoozed_until": None},
    )
    await handing.move(conn, tend, lead_id, LeadEvent.REPLIED, now=now)


async def _timeline(conn: AsyncConnection, tend: Tend, lead_id: UUID, kind: str, now: datetime, *, said: str) -> None:
    await leads.note(
        conn, team_id=tend.team_id, sealer=tend.sealer, lead_id=lead_id, kind=kind, at=now, words={"said": said}
    )
