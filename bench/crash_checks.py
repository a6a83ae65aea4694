"""What a chapter must show: the database's word beside the provider's count, which know nothing of each other.

Doubled is what one address got beyond one message: everybody has one touch due, and never a second the same day. Lost
is a touch that ended nowhere: recorded as sent and never received, received and never recorded, dropped without a word
to a person, or sent without the next step being planned. Uncertain is what still is when everyone has been asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import func, literal_column, select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.store.tables import enrollments, messages, todos, touches
from bench.waiting import is_a_lead

TODAY = timedelta(hours=3)
"""Later touches are the steps after the one that was due."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the work is: rows by state that something must still happen to, and the next moment it can."""

    states: Counter[str]
    next_due: datetime | None

    @property
    def in_hand(self) -> int:
        """Rows that a node has, or had when it died."""
        return self.states["claimed"] + self.states["sending"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """One chapter's figures.

    `sent` is the provider's count; `handed` were given to a person, `failed` were refused too often, `waiting` are held
    with a reason. `wrong` says what is.
    """

    due: int
    sent: int
    doubled: int
    lost: int
    uncertain: int
    handed: int
    failed: int
    waiting: int
    wrong: tuple[str, ...]


def doubled(received: Sequence[tuple[str, str]]) -> dict[str, int]:
    """How many messages beyond one each lead's address got, of those that got any."""
    times = Counter(to for _, to in received if is_a_lead(to))
    return {to: many - 1 for to, many in times.items() if many > 1}


async def standing(conn: AsyncConnection, team_id: UUID, now: datetime) -> Standing:
    """Count what is under way, and find when the next of it is due."""
    rows = await conn.execute(
        select(touches.c.state, func.count().label("count"), func.min(touches.c.due_at).label("due_at"))
        .where(
            touches.c.team_id == team_id,
            touches.c.state.in_(("planned", "claimed", "sending", "uncertain")),
            touches.c.due_at <= now + TODAY,
            touches.c.lead_id.not_in(_handed(team_id)) | (touches.c.state != "uncertain"),
        )
        .group_by(touches.c.state)
    )
    found = {row.state: row for row in rows}
    due = [row.due_at for row in found.values() if row.state in {"planned", "uncertain"}]
    return Standing(Counter({state: row.count for state, row in found.items()}), min(due, default=None))


async def left_sending(conn: AsyncConnection, team_id: UUID, node: str) -> int:
    """How many calls of this node have no recorded end."""
    question = select(func.count()).where(
        touches.c.team_id == team_id, touches.c.lease_owner == node, touches.c.state == literal_column("'sending'")
    )
    return int((await conn.execute(question)).scalar_one())


async def verdict(
    conn: AsyncConnection, team_id: UUID, *, enrolled: int, received: Sequence[tuple[str, str]]
) -> Verdict:
    """Compare what everybody was due with what the provider got."""
    rows = await conn.execute(
        select(touches)
        .where(touches.c.team_id == team_id, touches.c.enrollment_id.is_not(None))
        .order_by(touches.c.enrollment_id, touches.c.step)
    )
    chains = [list(theirs) for _, theirs in groupby(rows, key=lambda row: row.enrollment_id)]
    handed = set((await conn.execute(_handed(team_id))).scalars())
    over = set(
        (
            await conn.execute(
                select(enrollments.c.id).where(enrollments.c.team_id == team_id, enrollments.c.state == "completed")
            )
        ).scalars()
    )
    known = {
        row.id: row.touch_id
        for row in await conn.execute(select(messages.c.id, messages.c.touch_id).where(messages.c.team_id == team_id))
    }
    got = [(UUID(hex=our_id), to) for our_id, to in received if is_a_lead(to)]
    twice = doubled(received)
    took = {known.get(message_id) for message_id, _ in got}
    wrong = [f"{enrolled - len(chains)} people are gone"] * (enrolled != len(chains))
    wrong += [f"message {message_id} was received and is not known" for message_id, _ in got if message_id not in known]
    count: Counter[str] = Counter()
    for _before, touch, *after in chains:
        word, fault = _end(touch, took=touch.id in took, handed=touch.lead_id in handed)
        count[word] += 1
        if word == "sent" and not after and touch.enrollment_id not in over:
            fault = "sent, and nothing follows"
        if fault:
            wrong.append(f"touch {touch.id} is {touch.state} ({touch.word}): {fault}")
    uncertain = [f"touch {found[1].id} is still uncertain" for found in chains if found[1].state == "uncertain"]
    return Verdict(
        due=enrolled,
        sent=len(got),
        doubled=sum(twice.values()),
        lost=len(wrong),
        uncertain=count["uncertain"],
        handed=count["handed"],
        failed=count["failed"],
        waiting=count["waiting"],
        wrong=(
            *wrong,
            *(uncertain if count["uncertain"] else ()),
            *(f"an address got {many} messages too many" for many in twice.values()),
        ),
    )


def _end(touch: Row[Any], *, took: bool, handed: bool) -> tuple[str, str]:
    """Where a touch ended, and what is wrong with that."""
    if touch.state == "sent":
        return "sent", "" if took else "the provider never got it"
    if handed and touch.state in {"failed", "uncertain"}:
        return "handed", ""
    if touch.state == "uncertain":
        return "uncertain", ""
    if took:
        return "received", "the provider got it"
    if touch.state == "planned" and touch.reason:
        return "waiting", ""
    if touch.word == "gave_up":
        return "failed", ""
    return touch.state, "it never left, and nobody was told"


def _handed(team_id: UUID) -> Any:
    return select(todos.c.lead_id).where(todos.c.team_id == team_id, todos.c.state == literal_column("'open'"))
