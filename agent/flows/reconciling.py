"""What became of a call whose end nobody saw: the sender is asked, then a person; nothing is sent again blindly.

1. After a grace (a frozen node may wake and finish its call) the sender is asked whether our id arrived.
2. Where it cannot say, it is asked once more an hour after the call was begun.
3. What is unknown then stays `uncertain`, a person gets a to-do and three buttons: it arrived, send again, drop; the
   sequence goes on meanwhile.
A text is never sent again by itself; an email only when the sender says that it never got it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any, Literal
from uuid import UUID

from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.flows import handing, planning
from agent.log import log
from agent.store import steps, touches, uncertain
from agent.store.wake import after_commit
from agent.tend import Tend
from channels.outcomes import (
    CannotTell,
    FindOutcome,
    Found,
    NotFound,
    Sought,
)

ASK_A_PERSON_AFTER = timedelta(hours=1)
SENT_AGAIN_WITHIN = timedelta(hours=24)
"""How long what a person sends again may wait for an allowed hour, however late it was."""
ASKED = "asked"
"""The word on a touch that only a person can settle now."""
TODO = "uncertain"
_BATCH = 100
Decision = Literal["arrived", "again", "drop"]


async def reconcile(tend: Tend) -> int:
    """Ask senders about uncertain touches whose grace is over; returns how many were looked at."""
    async with tend.reading() as conn:
        due = await uncertain.due_to_ask(conn, team_id=tend.team_id, now=tend.now(), limit=_BATCH)
    for row in due:
        found = await _ask(tend, row)
        await tend.writer.run(partial(_settle, tend=tend, row=row, found=found))
    return len(due)


async def told(conn: AsyncConnection, tend: Tend, touch_id: UUID, *, provider_id: str) -> None:
    """The sender told of a message whose call nobody saw the end of: it had arrived there."""
    touch = await uncertain.still_uncertain(conn, team_id=tend.team_id, touch_id=touch_id)
    if touch is None:
        return
    await _arrived(conn, tend, touch, provider_id=provider_id, reason="the sender told of it afterwards")
    if touch.word == ASKED and not await uncertain.asked_about(conn, team_id=tend.team_id, lead_id=touch.lead_id):
        await handing.settle_todos(conn, tend, touch.lead_id, by="the sender told of it", kinds=(TODO,))
    after_commit(conn, "live", "sending")


async def decide(tend: Tend, touch_id: UUID, decision: Decision, *, user_id: UUID | None) -> bool:
    """Do what a person said about a touch nobody else can settle; False when it is settled already."""

    async def unit(conn: AsyncConnection) -> bool:
        touch = await uncertain.still_uncertain(conn, team_id=tend.team_id, touch_id=touch_id)
        if touch is None:
            return False
        match decision:
            case "arrived":
                await _arrived(conn, tend, touch, provider_id="", reason="a person says that it arrived")
            case "again":
                await _back_in_line(conn, tend, touch, reason="a person sends it again", by=user_id)
            case "drop":
                await _end(conn, tend, touch, reason="a person let it go")
        if not await uncertain.asked_about(conn, team_id=tend.team_id, lead_id=touch.lead_id):
            await handing.settle_todos(conn, tend, touch.lead_id, by=decision, kinds=(TODO,))
        after_commit(conn, "live", "sending")
        return True

    return await tend.writer.run(unit)


async def _ask(tend: Tend, row: Row[Any]) -> FindOutcome:
    sender = tend.doors.sender(row.channel)
    if sender is None or row.message_id is None:
        return CannotTell("no sender to ask")
    to = tend.sealer.open("messages", "address", row.message_id, row.called_address)
    words = tend.sealer.open("messages", "body", row.message_id, row.called_words)
    limit = tend.settings.tend_send_timeout_seconds
    async with tend.reading() as conn:
        others = await uncertain.names_at_the_vendor(
            conn, team_id=tend.team_id, address_hash=row.called_hash, since=row.called_at
        )
    sought = Sought(our_id=row.message_id.hex, to=to, since=row.called_at, words=words, others=others)
    try:
        return await asyncio.wait_for(sender.find(sought), limit)
    except TimeoutError:
        return CannotTell(f"no answer within {limit:g} s")
    except Exception as error:  # noqa: BLE001 - a sender's bug must not keep the others from being asked
        log.exception("touch.find_failed", touch=row.id.hex, error=type(error).__name__)
        return CannotTell("the sender failed")


async def _settle(conn: AsyncConnection, *, tend: Tend, row: Row[Any], found: FindOutcome) -> None:
    now = tend.now()
    touch = await uncertain.still_uncertain(conn, team_id=tend.team_id, touch_id=row.id)
    if touch is None or touch.message_id != row.message_id or touch.word == ASKED:
        return  # another node settled it, or asked a person, or it was tried again since
    last_chance = (row.called_at or touch.planned_at) + ASK_A_PERSON_AFTER
    match found:
        case Found(provider_id=provider_id):
            await _arrived(conn, tend, touch, provider_id=provider_id, reason="found at the sender")
        case NotFound() if touch.channel == "email":
            await _back_in_line(conn, tend, touch, reason="the sender never got it")
            await touches.unsay(conn, team_id=tend.team_id, message_ids=[touch.message_id])
        case NotFound() | CannotTell() if now < last_chance:
            await _write(conn, tend, touch, due_at=last_chance)
        case NotFound() | CannotTell():
            await _ask_a_person(conn, tend, touch)
    after_commit(conn, "live", "sending")


async def _arrived(conn: AsyncConnection, tend: Tend, touch: Row[Any], *, provider_id: str, reason: str) -> None:
    now = tend.now()
    await _write(conn, tend, touch, state="sent", ended_at=now, word="", reason=reason, provider_id=provider_id)
    await planning.after_sent(conn, tend, [touch], now)
    await _go_on(conn, tend, [touch])


async def _back_in_line(
    conn: AsyncConnection, tend: Tend, touch: Row[Any], *, reason: str, by: UUID | None = None
) -> None:
    now = tend.now()
    living = await steps.behind(conn, team_id=tend.team_id, rows=[touch])
    again = planning.back_in_line(touch, living if by is None else {}, now, due_at=now, reason=reason)
    if by is not None and touch.not_after is not None:
        again["not_after"] = max(touch.not_after, now + SENT_AGAIN_WITHIN)
    await _write(conn, tend, touch, **again)
    if by is not None:
        await uncertain.taken_by(conn, team_id=tend.team_id, touch_id=touch.id, user_id=by)


async def _end(conn: AsyncConnection, tend: Tend, touch: Row[Any], *, reason: str) -> None:
    await _write(conn, tend, touch, state="failed", ended_at=tend.now(), word="unknown", reason=reason)
    await _go_on(conn, tend, [touch])


async def _ask_a_person(conn: AsyncConnection, tend: Tend, touch: Row[Any]) -> None:
    await _write(conn, tend, touch, word=ASKED, reason="the sender cannot say whether it arrived")
    await handing.hand_off(
        conn,
        tend,
        touch.lead_id,
        kind=TODO,
        action="Say what became of a message: under it stand “It arrived”, “Send again” and “Drop”.",
        quote="",
        reasons=("the sender did not answer, and cannot say whether it arrived",),
        hot=False,
        due_in=timedelta(hours=4),
        alert=False,
    )
    await _go_on(conn, tend, [touch])


async def _write(conn: AsyncConnection, tend: Tend, touch: Row[Any], **values: Any) -> None:
    await touches.settle(conn, team_id=tend.team_id, changes=[touches.change(touch, **values)])


async def _go_on(conn: AsyncConnection, tend: Tend, ended: Sequence[Row[Any]]) -> None:
    living = await steps.behind(conn, team_id=tend.team_id, rows=ended)
    plans = await planning.pinned(conn, tend, living.values())
    await planning.plan_next(conn, tend, ended, living, plans)
