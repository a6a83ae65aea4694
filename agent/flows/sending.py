"""Tick to a sent touch: claim, gate and mark, call the sender, record. No network call ever runs inside a transaction.

1. Claim due touches (commit).
2. For each batch: load facts, ask the gate, render, insert the message, mark `sending` (commit). Held and skipped
   touches are settled here, and a skipped one plans the next step.
3. Check the remaining lease, then call the sender with a time limit.
4. Record what it answered and plan the next step (commit). A node that lost its lease cannot record.
Only an answer that proves nothing left is tried again, with back-off; an unknown one is `uncertain` until settled. How
much is claimed, and when each has its turn, is `flows.pacing`'s.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.clock import steady_seconds
from agent.flows import composing, gating, handing, limiting, opting_out, planning
from agent.flows.composing import Ready
from agent.flows.ending import ending
from agent.flows.pacing import Pacing
from agent.log import log
from agent.rules.closing import ClosedBy
from agent.rules.contact import reached_by
from agent.rules.gate import Hold, Send, Skip, check, last_moment
from agent.store import copies, steps, suppressions, todos, touches
from agent.store.wake import after_commit
from agent.store.writer import WriterClosed, WriterFull
from agent.tend import Tend
from channels.outcomes import (
    INVALID_ADDRESS,
    LANDLINE,
    NO_TURN,
    OPTED_OUT_AT_CARRIER,
    Deferred,
    Refused,
    SendOutcome,
    Sent,
    Unknown,
)

_END_TOGETHER_SECONDS = 0.05
"""Where nothing more was due: how long the first to end waits for the others before anything is claimed anew."""


@dataclass(frozen=True, slots=True)
class Ended:
    """One call's end, ready to record."""

    ready: Ready
    outcome: SendOutcome


class Sending:
    """The sending path of one process. One object, so that batches of all its touches meet in the writer."""

    def __init__(self, tend: Tend) -> None:
        self._tend = tend
        self._noted = 0
        self._pacing = Pacing(tend)

    async def send_due(self) -> int:
        """Send everything that is due now; returns how many touches were worked."""
        limit = self._tend.settings.tend_sends_in_flight
        running: set[asyncio.Task[None]] = set()
        worked, short = 0, False
        while True:
            room = limit - len(running)
            if room >= max(1, limit // 4):
                begun = steady_seconds()
                claimed = await self._pacing.claim(room)
                short = len(claimed) < room
                worked += len(claimed)
                running |= {asyncio.create_task(self._send_one(row, begun)) for row in claimed}
            if not running:
                return worked
            done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            if short and running:
                more, running = await asyncio.wait(running, timeout=_END_TOGETHER_SECONDS)
                done |= more
            for task in done:
                task.result()
            if short and not running:  # nothing more was due; whoever asked asks again
                return worked

    async def _send_one(self, row: Row[Any], begun: float) -> None:
        """Work one touch whose lease runs since `begun`, or a little later."""
        patience = self._tend.settings.tend_lease_seconds / 2
        if not await self._pacing.turn(row, within=patience):
            return
        try:
            ready = await self._tend.writer.run_each(self.prepare, row.id)
        except (WriterFull, WriterClosed):
            return
        except Exception as error:  # noqa: BLE001 - a bug: this touch is marked, the tick goes on
            log.exception("touch.failed", touch=row.id.hex, error=type(error).__name__)
            await self._tend.writer.run(partial(self._mark_broken, touch_id=row.id, error=error))
            return
        if ready is None:
            return
        self._note(ready.epoch)
        lease_left = self._tend.settings.tend_lease_seconds - (steady_seconds() - begun)
        outcome = await self._call(ready, lease_left=lease_left)
        self._pacing.heard(ready.channel, outcome)
        await self._tend.writer.run_each(self.record, Ended(ready, outcome))

    def _note(self, epoch: int) -> None:
        """Tell the witness before the first call of a batch, so that a restored copy is known by lying behind it."""
        witness = self._tend.database.witness
        if witness is not None and epoch > self._noted:
            witness.note(self._tend.installation_id.hex, epoch)
            self._noted = epoch

    async def _mark_broken(self, conn: AsyncConnection, *, touch_id: UUID, error: Exception) -> None:
        tend = self._tend
        node = tend.claimer.node
        for row in await touches.still_ours(conn, team_id=tend.team_id, ids=[touch_id], node=node):
            await self._fail(conn, row, error)

    async def _fail(self, conn: AsyncConnection, row: Row[Any], error: Exception) -> None:
        tend = self._tend
        reason = f"could not be prepared: {type(error).__name__}"
        change = touches.change(row, state="failed", ended_at=tend.now(), word="broken", reason=reason)
        await touches.settle(conn, team_id=tend.team_id, changes=[change])
        living = await steps.behind(conn, team_id=tend.team_id, rows=[row])
        plans = await planning.pinned(conn, tend, living.values())
        await planning.plan_next(conn, tend, [row], living, plans)

    async def _call(self, ready: Ready, *, lease_left: float) -> SendOutcome:
        limit = self._tend.settings.tend_send_timeout_seconds
        if lease_left < limit:
            return Deferred(NO_TURN, detail="the lease was too short for the call")
        if wait := self._pacing.held_seconds(ready.channel):
            return Deferred(NO_TURN, wait, "the sender asked for time")
        try:
            return await asyncio.wait_for(ready.send(self._tend.doors), limit)
        except TimeoutError:
            return Unknown(f"no answer within {limit:g} s")
        except Exception as error:  # noqa: BLE001 - a sender's bug must not lose the touch
            log.exception("touch.sender_failed", touch=ready.touch_id.hex, error=type(error).__name__)
            return Unknown("the sender failed")

    async def prepare(self, conn: AsyncConnection, ids: Sequence[UUID]) -> Sequence[Ready | None]:
        """Gate, render and mark a batch; the answer for each id is what to send, or None when it is settled."""
        tend = self._tend
        now = tend.now()
        rows = await touches.still_ours(conn, team_id=tend.team_id, ids=ids, node=tend.claimer.node)
        if not rows:
            return [None] * len(ids)
        asked = limiting.asked(tend, now)
        background = await touches.background(conn, team_id=tend.team_id, rows=rows, now=now, asked=asked)
        plans = await planning.pinned(conn, tend, background.enrollments.values())
        talks = await composing.earlier_mails(conn, tend, rows)
        ready: dict[UUID, Ready] = {}
        changes, message_rows, calls, over = [], [], [], []
        for row in rows:
            facts = gating.gate_facts(tend, row, background, plans, now)
            match check(facts, now):
                case Send(reason=reason) if row.channel == "call":
                    calls.append(planning.call_for(tend, row, background, plans, now))
                    changes.append(touches.change(row, state="sent", verdict=reason, ended_at=now, word="to_do"))
                    over.append(row)
                case Send(reason=reason):
                    made, message = composing.compose(
                        tend, row, background, plans, talk=talks.get(row.lead_id, ()), now=now
                    )
                    background.limits.passed(message, kind=row.kind)
                    ready[row.id] = made
                    message_rows.append(message)
                    changes.append(
                        touches.change(
                            row, state="sending", verdict=reason, message_id=made.message_id, word="", reason=""
                        )
                    )
                case Hold(until=until, reason=reason, word=word) as hold:
                    changes.append(
                        touches.change(
                            row,
                            state="planned",
                            due_at=until,
                            not_after=last_moment(facts, hold, now),
                            reason=reason,
                            word=word,
                            held_word=word,
                            verdict=reason,
                            lease_owner=None,
                            attempts=row.attempts - 1,  # nothing was tried
                        )
                    )
                case Skip(reason=reason, word=word):
                    if facts.by_human:
                        await handing.tell_who_wrote(conn, tend, row.lead_id, reason=reason)
                    changes.append(
                        touches.change(row, state="skipped", reason=reason, word=word, verdict=reason, ended_at=now)
                    )
                    over.append(row)
        epoch = await copies.advance(conn) if ready else 0
        await touches.insert_messages(conn, message_rows)
        await todos.open_steps(conn, team_id=tend.team_id, sealer=tend.sealer, due=calls, now=now)
        await touches.settle(conn, team_id=tend.team_id, changes=changes)
        await planning.plan_next(conn, tend, over, background.enrollments, plans)
        if over or len(changes) > len(ready):
            after_commit(conn, "live")
        return [replace(ready[touch_id], epoch=epoch) if touch_id in ready else None for touch_id in ids]

    async def record(self, conn: AsyncConnection, ends: Sequence[Ended]) -> Sequence[None]:
        """Write a batch of outcomes and plan what follows."""
        tend = self._tend
        now = tend.now()
        rows = await touches.in_flight(
            conn, team_id=tend.team_id, ids=[end.ready.touch_id for end in ends], node=tend.claimer.node
        )
        living = await steps.behind(conn, team_id=tend.team_id, rows=rows.values())
        changes, over, sent, unsaid = [], [], [], []
        never: dict[str, list[bytes]] = {INVALID_ADDRESS: [], LANDLINE: []}
        for end in ends:
            row = rows.get(end.ready.touch_id)
            if row is None or row.message_id != end.ready.message_id:
                log.warning("touch.lease_lost", touch=end.ready.touch_id.hex)
                continue
            values = ending(end.outcome, row, now)
            if row.state == "uncertain" and values["state"] != "sent":
                continue
            if values["state"] == "planned":
                tries = values.get("attempts", row.attempts)
                values = {**planning.back_in_line(row, living, now, **_again(values)), "attempts": tries}
                unsaid.append(row.message_id)
            changes.append(touches.change(row, **values, provider_id=_provider_id(end.outcome)))
            if values["state"] in {"sent", "failed"}:
                over.append(row)
            if values["state"] == "sent":
                sent.append(row)
            if isinstance(end.outcome, Refused) and end.outcome.reason in never:
                never[end.outcome.reason].append(end.ready.address_hash)
        await touches.settle(conn, team_id=tend.team_id, changes=changes)
        await touches.unsay(conn, team_id=tend.team_id, message_ids=unsaid)
        await planning.after_sent(
            conn, tend, sent, now, dead_addresses=never[INVALID_ADDRESS], landlines=never[LANDLINE]
        )
        plans = await planning.pinned(conn, tend, living.values())
        await planning.plan_next(conn, tend, over, living, plans)
        await self._mirror_stops(conn, [end.ready for end in ends if _stopped(end.outcome)])
        after_commit(conn, "live")
        return [None] * len(ends)

    async def _mirror_stops(self, conn: AsyncConnection, told: Sequence[Ready]) -> None:
        """The carrier knows of stops that never reached us: they count as such. All are locked at once, in id order."""
        if len(told) > 1:
            hashes = [ready.address_hash for ready in told]
            await suppressions.lock_addresses(conn, team_id=self._tend.team_id, hashes=hashes)
        for ready in told:
            address = (reached_by(ready.channel), ready.address_hash)
            await opting_out.opt_out(conn, self._tend, [ready.lead_id], by=ClosedBy.CARRIER, address=address)


def _stopped(outcome: SendOutcome) -> bool:
    return isinstance(outcome, Refused) and outcome.reason == OPTED_OUT_AT_CARRIER


def _provider_id(outcome: SendOutcome) -> str:
    return outcome.provider_id if isinstance(outcome, Sent) else ""


def _again(values: dict[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in ("due_at", "word", "reason")}
