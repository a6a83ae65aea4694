"""A lead writes: one transaction keeps the words and does what may not wait, then the door answers.

Opt-out words are matched here, before any model and on the lead's own words only (a subject of ours sent back is not
theirs): the address is suppressed, every enrollment of that person ends on all channels and what was planned is
canceled, in the transaction that keeps the message. What may be an opt-out pauses everything until a person decides.
Anything else pauses the enrollment and waits for the reading tick. A machine's answer (vacation notice) is kept and
changes nothing, unless its own words, in a mail, plainly ask us to stop: then a person decides. A machine's mail from
an address nobody has makes no lead (`flows.strangers`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from agent.flows import crm_owed, files, handing, opting_in, strangers
from agent.flows.opting_out import opt_out, wrong_person
from agent.log import log
from agent.rules.auto_texts import asks_to_stop, is_automatic
from agent.rules.closing import closed_on
from agent.rules.contact import normalise_phone, reached_by
from agent.rules.gate import STOP_CONFIRMATION
from agent.rules.leads import LeadEvent, ended_in_silence
from agent.rules.optout import Signal, in_email, less_ours, signal
from agent.store import by_now, enrollments, leads, messages, outcomes, suppressions
from agent.store.messages import Arrived
from agent.store.turns import take_turns
from agent.store.wake import after_commit
from agent.tend import Tend
from channels.sms import InboundSms

MAX_BODY = 8000


class Received(StrEnum):
    """What a reply turned out to be."""

    OPT_OUT = "opt_out"
    DOUBT = "doubt"
    OPT_IN = "opt_in"
    HELP = "help"
    REPLY = "reply"
    WARY = "wary"
    AUTOMATIC = "automatic"
    REPEATED = "repeated"
    RETURNED = "returned"
    STRAY = "stray"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was done with a reply, and for which lead."""

    received: Received
    lead_id: UUID | None


@dataclass(frozen=True, slots=True)
class Heard:
    """An inbound message, by text with what its words ask at once (an email is judged once we know whose it is).

    `named`: the lead its reply token, or the CRM, names; `our_ids` and `provider_ids`: the messages it answers;
    `answered`: the carrier has answered it, so we do not. `undelivered`: a machine tells that it could not deliver.
    `perhaps`: opt-out words of which nobody can tell whether they are the sender's own or the end of a quoted line.
    `wary`: why a person has to look at it first; then nothing but a wish to stop is acted on.
    """

    arrived: Arrived
    signal: Signal | None = None
    named: UUID | None = None
    automatic: bool = False
    undelivered: bool = False
    perhaps: tuple[str, ...] = ()
    answered: bool = False
    our_ids: tuple[UUID, ...] = ()
    provider_ids: tuple[str, ...] = ()
    wary: str = ""


_WHATSAPP = "whatsapp:"
_BY_CARRIER = {"STOP": Signal.STOP, "START": Signal.START, "HELP": Signal.HELP}


async def receive_sms(tend: Tend, sms: InboundSms) -> Outcome:
    """Keep a text, or a WhatsApp message, and act on it. Raises `ValueError` for a sender that is no phone number."""
    channel = "whatsapp" if sms.sender.startswith(_WHATSAPP) else "sms"
    sender = normalise_phone(sms.sender.removeprefix(_WHATSAPP))
    if sender is None:
        message = "the sender is not a phone number"
        raise ValueError(message)
    keyword = _BY_CARRIER.get(sms.carrier_keyword)
    door = tend.doors.sms if channel == "sms" else tend.doors.whatsapp
    heard = Heard(
        Arrived(
            channel, sms.external_id, sender, "", sms.body[:MAX_BODY], "", attached=files.announced(tend, sms.media)
        ),
        keyword or signal(sms.body),
        automatic=keyword is None and is_automatic(sms.body),
        answered=keyword is not None or (door is not None and door.answers_itself(sms.body)),
    )
    return await tend.writer.run(partial(receive, tend=tend, heard=heard))


async def receive(conn: AsyncConnection, *, tend: Tend, heard: Heard) -> Outcome:
    """Find whose words these are, keep them, and act on what may not wait, however they came."""
    arrived = heard.arrived
    value_hash = tend.sealer.hash(reached_by(arrived.channel), arrived.sender)
    await take_turns(conn, [value_hash])
    sharing = list(await suppressions.lock_addresses(conn, team_id=tend.team_id, hashes=[value_hash]))
    if await messages.was_kept(conn, team_id=tend.team_id, sealer=tend.sealer, arrived=arrived):
        return Outcome(Received.REPEATED, sharing[0] if sharing else None)
    living, gone = await _whose(conn, tend, heard, sharing)
    if not living and _is_stray(heard):
        await strangers.keep_only(conn, tend, arrived, undelivered=heard.undelivered)
        return Outcome(Received.STRAY, None)
    people = [*(living or [await strangers.become_a_lead(conn, tend, arrived)]), *gone]
    lead_id = people[0]
    message_id = await messages.keep(
        conn, team_id=tend.team_id, sealer=tend.sealer, lead_id=lead_id, arrived=arrived, now=tend.now()
    )
    if message_id is None:
        return Outcome(Received.REPEATED, lead_id)
    if arrived.channel == "sms" and not arrived.external_id.startswith(crm_owed.FROM_CRM):
        await crm_owed.text(conn, tend, lead_id, message_id)
    after_commit(conn, "live")
    meant = heard.signal or await _meant(conn, tend, heard, lead_id)
    if heard.automatic:
        if not _plainly_stop(arrived, meant):
            await handing.tell_timeline(conn, tend, lead_id, kind="automatic_reply", said="an automatic reply came in")
            return Outcome(Received.AUTOMATIC, lead_id)
        meant = Signal.DOUBT  # what a person writes by way of a list, or a gateway, bears the same marks
    await heard_from(conn, tend, lead_id, arrived.channel, goes_on=meant is not Signal.HELP)
    log.info("reply.received", lead=lead_id.hex, channel=arrived.channel, signal=meant.value)
    written = _Written(heard, message_id, tuple(people), (reached_by(arrived.channel), value_hash))
    return Outcome(await _act(conn, tend, written, meant), lead_id)


@dataclass(frozen=True, slots=True)
class _Written:
    """A kept message, the leads it may be from (the likeliest first), and the address it came from."""

    heard: Heard
    message_id: UUID
    people: tuple[UUID, ...]
    address: tuple[str, bytes]


async def _act(conn: AsyncConnection, tend: Tend, written: _Written, meant: Signal) -> Received:
    """Do what may not wait."""
    channel, value_hash = written.address
    match meant:
        case Signal.STOP | Signal.WRONG_PERSON:
            close = opt_out if meant is Signal.STOP else wrong_person
            closed = await close(
                conn, tend, written.people, by=closed_on(written.heard.arrived.channel), address=written.address
            )
            if written.address in closed and channel == "sms":
                await _answer(conn, tend, written, STOP_CONFIRMATION)
            return Received.OPT_OUT
        case Signal.DOUBT:
            for person in written.people:
                arrived = written.heard.arrived
                await enrollments.pause(conn, team_id=tend.team_id, lead_id=person, now=tend.now())
                quote = "\n".join((arrived.body or arrived.subject, *written.heard.perhaps))
                await handing.ask_about_doubt(conn, tend, person, quote=quote)
            await _wait_for_reading(conn, tend, written)
            return Received.DOUBT
        case _ if written.heard.wary:
            await _let_a_person_look(conn, tend, written)
            return Received.WARY
        case Signal.START:
            await opting_in.start(conn, tend, written.people, channel=channel, value_hash=value_hash)
            return Received.OPT_IN
        case Signal.HELP:
            await _answer(conn, tend, written, "help-answer")
            return Received.HELP
        case Signal.NONE:
            await _wait_for_reading(conn, tend, written)
            return Received.REPLY


async def _let_a_person_look(conn: AsyncConnection, tend: Tend, written: _Written) -> None:
    """Be silent until a person has looked at it."""
    heard = written.heard
    for person in written.people:
        await enrollments.pause(conn, team_id=tend.team_id, lead_id=person, now=tend.now())
    await handing.look_at_it(
        conn, tend, written.people[0], quote=heard.arrived.body or heard.arrived.subject, why=heard.wary
    )


async def _answer(conn: AsyncConnection, tend: Tend, written: _Written, purpose: str) -> None:
    """Plan a fixed answer, unless the carrier has given its own."""
    _, value_hash = written.address
    if not written.heard.answered:
        await handing.answer(
            conn,
            tend,
            written.people[0],
            purpose=purpose,
            channel=written.heard.arrived.channel,
            cause=written.message_id,
            to=value_hash,
        )


async def _meant(conn: AsyncConnection, tend: Tend, heard: Heard, lead_id: UUID) -> Signal:
    """What an email asks at once. A subject we wrote ourselves, sent back, is not the lead's words."""
    ours = await messages.our_subjects(conn, team_id=tend.team_id, sealer=tend.sealer, lead_id=lead_id)
    found = in_email(less_ours(heard.arrived.subject, ours), heard.arrived.body)
    return Signal.DOUBT if heard.perhaps and found not in {Signal.STOP, Signal.WRONG_PERSON} else found


def _plainly_stop(arrived: Arrived, meant: Signal) -> bool:
    """Whether a mail with a machine's marks is, by its own words, a plain wish that we stop."""
    return arrived.channel == "email" and meant is Signal.STOP and asks_to_stop(arrived.body or arrived.subject)


def _is_stray(heard: Heard) -> bool:
    """Whether a machine wrote a mail that, from somebody nobody knows, needs nobody: a bounce, a newsletter."""
    arrived = heard.arrived
    if arrived.channel != "email" or not heard.automatic:
        return False
    return heard.undelivered or not _plainly_stop(arrived, in_email(arrived.subject, arrived.body))


async def _whose(conn: AsyncConnection, tend: Tend, heard: Heard, sharing: list[UUID]) -> tuple[list[UUID], list[UUID]]:
    """The leads behind the words, the one who most likely wrote first: those who live, and those who were deleted.

    Whom a token names goes before whom we wrote the message it answers, and both before whoever has the address. Who
    was deleted only hears an opt-out: nobody looks there any more, so other words go to a stranger of their own.
    """
    named = heard.named or await messages.answered_lead(
        conn, team_id=tend.team_id, our_ids=heard.our_ids, provider_ids=heard.provider_ids
    )
    if named is not None:
        named = await by_now.lead(conn, team_id=tend.team_id, lead_id=named)
    maybe = list(dict.fromkeys(sharing if named is None else (named, *sharing)))
    there = await leads.deleted_or_not(conn, team_id=tend.team_id, lead_ids=maybe)
    living = [lead_id for lead_id in maybe if there.get(lead_id) is False]
    return living, [lead_id for lead_id in maybe if there.get(lead_id) is True]


async def _wait_for_reading(conn: AsyncConnection, tend: Tend, written: _Written) -> None:
    now, lead_id = tend.now(), written.people[0]
    await enrollments.pause(conn, team_id=tend.team_id, lead_id=lead_id, now=now)
    await messages.queue_reading(conn, team_id=tend.team_id, lead_id=lead_id, message_id=written.message_id, now=now)
    after_commit(conn, "reading")


async def heard_from(conn: AsyncConnection, tend: Tend, lead_id: UUID, channel: str | None, *, goes_on: bool) -> None:
    """Count the turn; where that `goes_on`, a lead whose end was only silence is spoken with again.

    `channel` is None for a call, which is no channel of ours.
    """
    now = tend.now()
    await messages.bump(conn, team_id=tend.team_id, lead_id=lead_id, now=now, channel=channel)
    await leads.change(
        conn,
        team_id=tend.team_id,
        sealer=tend.sealer,
        lead_id=lead_id,
        now=now,
        values={"last_inbound_at": now, "snoozed_until": None},
    )
    await handing.move(conn, tend, lead_id, LeadEvent.REPLIED)
    lead = await leads.one(conn, team_id=tend.team_id, lead_id=lead_id)
    if goes_on and lead is not None and ended_in_silence(lead.end_reason):
        await outcomes.reopen(conn, team_id=tend.team_id, lead_id=lead_id, now=now)
