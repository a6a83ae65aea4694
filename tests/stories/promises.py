"""What Tend promises about every message and every lead, worked out anew from what left and what the tables hold.

`Known` is what the machine itself did and therefore knows: who closed which address, who wrote, who holds a lead. The
checks ask no rule of Tend's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Row, select

from agent.store.tables import (
    addresses,
    conversations,
    enrollments,
    leads,
    messages,
    readings,
    sequence_versions,
    submissions,
    suppressions,
    todos,
    touches,
)
from tests.stories.neighbours import BY_EMAIL, BY_PHONE, Call, Neighbour
from tests.stories.world import World

Address = tuple[str, bytes]
DAY, HALF_HOUR, TEXTS_A_DAY = timedelta(hours=24), timedelta(minutes=30), 3
WAITING = ("planned", "claimed", "sending")
_COLUMNS = {
    leads: "id end_reason deleted_at source status",
    addresses: "lead_id channel value_hash",
    messages: "id lead_id direction at touch_id address_hash",
    touches: "id lead_id enrollment_id step kind channel purpose state word not_after due_at",
    enrollments: "id version_id sequence state step resume_at",
    conversations: "lead_id owner",
    todos: "lead_id state due_at",
    suppressions: "channel value_hash lifted_at",
    readings: "lead_id state",
    submissions: "lead_id state",
}


@dataclass
class Closed:
    """An address that was closed: when, in the order of things; whether the lead did it; which calls were under way."""

    order: int
    own: bool
    in_flight: frozenset[str]
    at: datetime


@dataclass
class Known:
    """What the machine did. Sets and keys are leads, but for `closed` (addresses) and `agreed` (email addresses)."""

    closed: dict[Address, Closed] = field(default_factory=dict)
    agreed: set[str] = field(default_factory=set)
    with_human: set[UUID] = field(default_factory=set)
    in_doubt: set[UUID] = field(default_factory=set)
    snoozed: dict[UUID, datetime] = field(default_factory=dict)
    silenced: set[UUID] = field(default_factory=set)
    paused: bool = False
    nights: bool = False


@dataclass(frozen=True)
class Snapshot:
    """All rows that matter, at one moment."""

    rows: Mapping[str, Sequence[Row[Any]]]
    lengths: Mapping[UUID, int]

    def of(self, table: Any) -> Sequence[Row[Any]]:
        return self.rows[table.name]


async def look(world: World) -> Snapshot:
    """Read everything once."""
    rows: dict[str, Sequence[Row[Any]]] = {}
    team = world.tend.team_id
    async with world.tend.reading() as conn:
        for table, names in _COLUMNS.items():
            columns = [table.c[name] for name in names.split()]
            rows[table.name] = (await conn.execute(select(*columns).where(table.c.team_id == team))).all()
        versions = await conn.execute(
            select(sequence_versions.c.id, sequence_versions.c.content).where(sequence_versions.c.team_id == team)
        )
        lengths = {row.id: len(msgspec.json.decode(row.content)["steps"]) for row in versions}
    return Snapshot(rows, lengths)


def broken(world: World, known: Known, calls: Sequence[Call], before: int, found: Snapshot) -> list[str]:
    """Every promise that does not hold. `calls` are all so far, those from `before` on are new."""
    return [
        *_every_call_was_allowed(world, known, calls, before, found),
        *_nothing_left_twice(calls, found),
        *_each_due_step_is_in_one_state(calls, found),
        *_nobody_falls_through(world, found),
        *_whom_we_lost_has_nothing_planned(found),
        *_what_was_closed_is_closed(known, found),
    ]


def _every_call_was_allowed(
    world: World, known: Known, calls: Sequence[Call], before: int, found: Snapshot
) -> list[str]:
    written = {row.id.hex: row for row in found.of(messages) if row.direction == "out"}
    by_id = {row.id: row for row in found.of(touches)}
    email_of = {world.tend.sealer.hash("email", email): email for email in BY_EMAIL}
    emails: dict[UUID, set[str]] = {}
    for row in found.of(addresses):
        if (email := email_of.get(bytes(row.value_hash))) is not None:
            emails.setdefault(row.lead_id, set()).add(email)
    heard: dict[UUID, list[datetime]] = {}
    for row in found.of(messages):
        if row.direction == "in":
            heard.setdefault(row.lead_id, []).append(row.at)
    wrong: list[str] = []
    for index in range(before, len(calls)):
        call = calls[index]
        message = written.get(call.our_id)
        if message is None:
            wrong += [f"a message arrived of which nothing is written: {call}"] if call.taken else []
            continue
        touch = by_id[message.touch_id]
        wrong += [
            f"{why}: {touch.kind} {touch.purpose} by {call.channel} to {call.to} at {call.at}, step {touch.step}"
            for why in (
                *_against_people(known, call, touch, bytes(message.address_hash)),
                *_against_consent(known, call, touch, emails.get(touch.lead_id, set())),
                *_against_time(known, call, touch, heard.get(touch.lead_id, [])),
                *_against_numbers(calls[:index], call, touch, heard.get(touch.lead_id, []), written, by_id),
            )
        ]
    return wrong


def _against_consent(known: Known, call: Call, touch: Row[Any], emails: set[str]) -> list[str]:
    """Texts need what they agreed to in writing."""
    if call.channel == "email" or touch.kind == "confirmation" or emails & known.agreed:
        return []
    return ["a text without written consent"]


def _against_people(known: Known, call: Call, touch: Row[Any], value_hash: bytes) -> list[str]:
    """What somebody said stands against this call."""
    lead, wrong = touch.lead_id, []
    proactive = touch.kind in {"sequence", "reminder"}
    confirms_stop = touch.kind == "confirmation" and touch.purpose == "stop-confirmation"
    closed = known.closed.get((call.channel, value_hash))
    late = closed is not None and call.order > closed.order and call.our_id not in closed.in_flight
    if late and not confirms_stop:
        wrong.append("sent to an address that was closed")
    if confirms_stop and (closed is None or not timedelta() <= call.at - closed.at <= timedelta(minutes=5)):
        wrong.append("a confirmed stop that nobody said, or not lately")
    if known.paused:
        wrong.append("sent while everything is paused")
    if lead in known.in_doubt and touch.kind != "confirmation":
        wrong.append("sent while words are in doubt")
    if lead in known.with_human and proactive:
        wrong.append("sent over the head of a person")
    if lead in known.silenced and touch.kind in {"sequence", "reminder", "reply"}:
        wrong.append("sent though the CRM forbids it")
    if proactive and known.snoozed.get(lead, call.at) > call.at:
        wrong.append("sent to a lead put aside")
    return wrong


def _against_time(known: Known, call: Call, touch: Row[Any], heard: Sequence[datetime]) -> list[str]:
    """The hour stands against this call."""
    wrong = []
    if touch.not_after is not None and call.at > touch.not_after:
        wrong.append("sent too late to be of use")
    answers = any(timedelta() <= call.at - at <= HALF_HOUR for at in heard)
    free = touch.kind == "confirmation" or (touch.kind == "reply" and known.nights and answers)
    if call.channel == "sms" and not free and not BY_PHONE[call.to].awake(call.at):
        wrong.append("a text outside the hours of a clock that may be theirs")
    return wrong


def _against_numbers(
    earlier: Sequence[Call],
    call: Call,
    touch: Row[Any],
    heard: Sequence[datetime],
    written: Mapping[str, Row[Any]],
    by_id: Mapping[UUID, Row[Any]],
) -> list[str]:
    """What they got lately stands against this call."""
    wrong = []
    got = [each for each in earlier if each.taken and each.channel == call.channel and each.our_id in written]
    talking = touch.kind == "manual" and any(timedelta() <= call.at - at <= DAY for at in heard)
    lately = sum(1 for each in got if each.to == call.to and call.at - each.at < DAY)
    if call.channel == "sms" and touch.kind != "confirmation" and not talking and lately >= TEXTS_A_DAY:
        wrong.append(f"text number {lately + 1} in 24 hours")
    if touch.kind in {"sequence", "reminder"}:
        person = _neighbour(call)
        for each in got:
            other = by_id[written[each.our_id].touch_id]
            same = each.to == call.to or other.lead_id == touch.lead_id
            if same and other.kind in {"sequence", "reminder"} and person.same_day(each.at, call.at):
                wrong.append(f"a second sequence message today, after {each.at}")
    return wrong


def _neighbour(call: Call) -> Neighbour:
    return BY_PHONE[call.to] if call.channel == "sms" else BY_EMAIL[call.to]


def _nothing_left_twice(calls: Sequence[Call], found: Snapshot) -> list[str]:
    """A touch reaches the receiver once, and a stop is confirmed once."""
    touch_of = {row.id.hex: row.touch_id for row in found.of(messages)}
    taken = Counter(touch_of.get(call.our_id) for call in calls if call.taken)
    return [f"touch {touch_id} arrived {count} times" for touch_id, count in taken.items() if count > 1]


def _each_due_step_is_in_one_state(calls: Sequence[Call], found: Snapshot) -> list[str]:
    """Due = sent + skipped + canceled + failed + uncertain + waiting: due from the plans, sent from the receiver."""
    touch_of = {row.id.hex: row.touch_id for row in found.of(messages)}
    received = {touch_of[call.our_id] for call in calls if call.taken and call.our_id in touch_of}
    rows = found.of(touches)
    by_step = Counter((row.enrollment_id, row.step) for row in rows if row.enrollment_id is not None)
    wrong, due = [], 0
    for enrollment in found.of(enrollments):
        reached = found.lengths[enrollment.version_id] if enrollment.state == "completed" else enrollment.step + 1
        due += reached
        wrong += [
            f"step {step} of {enrollment.sequence} has {by_step[enrollment.id, step]} touches"
            for step in range(reached)
            if by_step[enrollment.id, step] != 1
        ]
    steps = [row for row in rows if row.kind == "sequence"]
    sent = sum(1 for row in steps if row.id in received and row.state == "sent")
    states = Counter(row.state for row in steps if row.state != "sent")
    todo = sum(1 for row in steps if row.channel == "call" and row.state == "sent")
    if due != sent + todo + sum(states.values()):
        wrong.append(f"{due} steps came due; {sent} arrived, {todo} are calls, {dict(states)}")
    for row in rows:
        if row.state == "sent" and row.channel != "call" and row.id not in received:
            wrong.append(f"recorded as sent, and never arrived: {row.kind} by {row.channel}")
        if row.id in received and row.state not in {"sent", "sending", "uncertain"}:
            wrong.append(f"arrived, and recorded as {row.state} ({row.word}): {row.kind} by {row.channel}")
    return wrong


def _nobody_falls_through(world: World, found: Snapshot) -> list[str]:
    """Every living lead has a touch that can go, an open to-do with a due time, or an end reason.

    What Tend may not send while a person has the conversation cares for nobody.
    """
    now = world.clock.now()
    living = {row.id: row for row in found.of(enrollments) if row.state in {"active", "paused"}}
    resting = {row.id for row in living.values() if row.state == "paused" and row.resume_at is None}
    with_human = {row.lead_id for row in found.of(conversations) if row.owner == "human"}
    cared_for = {row.lead_id for row in found.of(todos) if row.state == "open" and row.due_at is not None}
    cared_for |= {
        row.lead_id
        for row in found.of(touches)
        if row.state in {*WAITING, "uncertain"} and row.word != "asked" and row.enrollment_id not in resting
        if row.kind != "sequence" or row.lead_id not in with_human
    }
    cared_for |= {row.lead_id for row in found.of(readings) if row.state in {"unread", "claimed"}}
    cared_for |= {row.lead_id for row in found.of(submissions) if row.state in {"kept", "claimed"}}
    return [
        f"lead {row.id} ({row.source}, {row.status}) has nothing planned, no to-do and no end at {now}"
        for row in found.of(leads)
        if row.deleted_at is None and not row.end_reason and row.id not in cared_for
    ]


def _whom_we_lost_has_nothing_planned(found: Snapshot) -> list[str]:
    """An ended enrollment has no step left to go; nor has anybody who opted out."""
    over = {row.id for row in found.of(enrollments) if row.state in {"ended", "completed"}}
    gone = {row.id for row in found.of(leads) if row.end_reason == "opted out" or row.deleted_at is not None}
    return [
        f"still {row.state} though it is over: {row.kind} by {row.channel}"
        for row in found.of(touches)
        if row.state in {"planned", "claimed"}
        and (row.enrollment_id in over or (row.lead_id in gone and row.kind in {"sequence", "reminder", "reply"}))
    ]


def _what_was_closed_is_closed(known: Known, found: Snapshot) -> list[str]:
    """The tables hold every closing that was answered, and closings alone."""
    held = {(row.channel, bytes(row.value_hash)) for row in found.of(suppressions) if row.lifted_at is None}
    lost = [f"{channel} was closed, and is open" for channel, value in known.closed.keys() - held]
    return lost + [f"{channel} is closed, and nobody closed it" for channel, value in held - known.closed.keys()]
