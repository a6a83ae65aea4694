"""Tells the CRM what it is owed: per lead in the order it happened, oldest first, with back-off, and given up at last.

Notes of one lead that wait together become one, because a CRM takes few. What was given up waits on a page until a
person lets it be tried again. What the CRM's limits kept back counts as no try. A lead that is not in the CRM owes
nothing.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.flows.crm_answers import Answer, Skipped, Told, payload_of
from agent.flows.crm_doubts import in_doubt, is_lost
from agent.flows.crm_writing import write
from agent.log import log
from agent.store import claims, leads, outbox
from agent.store.tables import outbox as outbox_table
from agent.store.wake import after_commit
from agent.tend import Tend
from integrations.crm import Crm
from integrations.errors import CrmError

_BATCH = 50
_AT_ONCE = 8
_GIVE_UP_AFTER = 8
_CRM = "followupboss"


@dataclass(frozen=True, slots=True)
class _Owed:
    """One thing to tell; several rows where notes were put together."""

    rows: tuple[Row[Any], ...]


async def tell_crm(tend: Tend) -> int:
    """Tell everything that is owed now; returns how many were worked."""

    async def unit(conn: AsyncConnection) -> Sequence[Row[Any]]:
        return await claims.claim(
            conn, outbox_table, team_id=tend.team_id, now=tend.now(), limit=_BATCH, by=tend.claimer
        )

    claimed = await tend.writer.run(unit)
    by_lead: defaultdict[UUID, list[Row[Any]]] = defaultdict(list)
    for row in sorted(claimed, key=lambda row: (row.created_at, row.id)):
        by_lead[row.lead_id].append(row)
    turn = asyncio.Semaphore(_AT_ONCE)
    await asyncio.gather(*(_tell_of(tend, lead_id, rows, turn) for lead_id, rows in by_lead.items()))
    return len(claimed)


async def _tell_of(tend: Tend, lead_id: UUID, rows: Sequence[Row[Any]], turn: asyncio.Semaphore) -> None:
    """Tell one lead's things one after the other; where one has to wait, those after it wait as well."""
    async with turn:
        left = _notes_together(rows)
        while left:
            owed = left.pop(0)
            wait = await _tell(tend, lead_id, owed)
            if wait is not None:
                for each in left:
                    await _put_back(tend, each.rows, wait=wait)
                return


async def _tell(tend: Tend, lead_id: UUID, owed: _Owed) -> timedelta | None:
    """Tell one thing; returns how long it has to wait where it could not be told."""
    first = owed.rows[0]
    async with tend.reading() as conn:
        lead = await leads.one(conn, team_id=tend.team_id, lead_id=lead_id)
    if tend.doors.crm is None or lead is None or lead.deleted_at is not None:
        await _end(tend, owed, Skipped("the lead is not in a CRM"))
        return None
    try:
        rest = await _not_there(tend, tend.doors.crm, lead, owed)
        answer = await _written(tend, tend.doors.crm, lead, rest) if rest is not None else None
    except CrmError as error:
        if error.reason == "not_found":
            await _end(tend, owed, Skipped("they are not in the CRM any more"))
            return None
        if error.reason == "throttled":
            wait = timedelta(seconds=error.retry_after_seconds or 10.0)
            await _put_back(tend, owed.rows, wait=wait)
            return wait
        if error.permanent or first.attempts >= _GIVE_UP_AFTER:
            log.warning("crm.given_up", lead=lead_id.hex, kind=first.kind, reason=error.reason)
            await _write_ends(tend, owed, {"state": "dead", "reason": error.reason, "ended_at": tend.now()})
            return None
        wait = timedelta(seconds=error.retry_after_seconds or 15.0 * 2**first.attempts)
        reason = first.reason if is_lost(first.reason) else error.reason
        await _write_ends(tend, owed, {"state": "waiting", "reason": reason, "due_at": tend.now() + wait})
        return wait
    if rest is not None and answer is not None:
        await _end(tend, rest, answer)
    return None


async def _not_there(tend: Tend, crm: Crm, lead: Row[Any], owed: _Owed) -> _Owed | None:
    """What is still to be told: notes that may be there already are looked for first, each by itself.

    They may have been written together with others; who is remembered already was another one with the same words.
    """
    found: dict[UUID, str] = {}
    for row in owed.rows:
        if row.kind == "note" and in_doubt(row) and lead.crm_person_id is not None:
            words = payload_of(tend, row)
            there = await crm.find_note(lead.crm_person_id, subject=words["subject"], body=words["body"])
            if there is not None and not await _remembered(tend, there):
                found[row.id] = there
    for row in owed.rows:
        if row.id in found:
            await _end(tend, _Owed((row,)), Told(found[row.id]))
    rest = tuple(row for row in owed.rows if row.id not in found)
    return _Owed(rest) if rest else None


async def _remembered(tend: Tend, note_id: str) -> bool:
    async with tend.reading() as conn:
        return await outbox.wrote(conn, team_id=tend.team_id, kind="note", external_id=note_id)


async def _written(tend: Tend, crm: Crm, lead: Row[Any], owed: _Owed) -> Answer:
    if len(owed.rows) == 1:
        return await write(tend, crm, lead, owed.rows[0])
    if lead.crm_person_id is None:
        return Skipped("the lead is not in a CRM")
    notes = [payload_of(tend, row) for row in owed.rows]
    body = "\n\n".join(f"{note['subject']}: {note['body']}" for note in notes)
    return Told(await crm.add_note(lead.crm_person_id, subject=notes[0]["subject"], body=body))


def _notes_together(rows: Sequence[Row[Any]]) -> list[_Owed]:
    """Neighbouring notes as one."""
    owed: list[_Owed] = []
    for row in rows:
        if owed and row.kind == "note" and owed[-1].rows[0].kind == "note":
            owed[-1] = _Owed((*owed[-1].rows, row))
        else:
            owed.append(_Owed((row,)))
    return owed


async def _end(tend: Tend, owed: _Owed, answer: Answer) -> None:
    now = tend.now()
    match answer:
        case Skipped(reason=reason):
            await _write_ends(tend, owed, {"state": "skipped", "reason": reason, "ended_at": now})
        case Told(external_id=external_id) as told:
            values = {"state": "done", "reason": "", "external_id": external_id, "ended_at": now}
            await _write_ends(tend, owed, values, told)


async def _write_ends(tend: Tend, owed: _Owed, values: dict[str, Any], told: Told | None = None) -> None:
    kept = told.kept if told is not None and len(owed.rows) == 1 else ""

    async def unit(conn: AsyncConnection) -> None:
        for row in owed.rows:
            changed = values
            if kept:
                changed = values | {"payload": tend.sealer.seal("outbox", "payload", row.id, kept)}
            await outbox.end(conn, team_id=tend.team_id, row_id=row.id, values=changed)
        if told is not None and told.person_id:
            await _is_this_person(conn, tend, owed.rows[0].lead_id, told)
        after_commit(conn, "live")

    await tend.writer.run(unit)


async def _is_this_person(conn: AsyncConnection, tend: Tend, lead_id: UUID, told: Told) -> None:
    """Remember whom a lead became in the CRM, unless another lead is that person already."""
    there = await leads.by_crm_person(conn, team_id=tend.team_id, crm=_CRM, crm_person_id=told.person_id)
    lead = await leads.one(conn, team_id=tend.team_id, lead_id=lead_id)
    if lead is None or there is not None:
        return
    await leads.change(
        conn,
        team_id=tend.team_id,
        sealer=tend.sealer,
        lead_id=lead_id,
        now=tend.now(),
        values={"crm": _CRM, "crm_person_id": told.person_id, "crm_user_id": told.user_id},
    )


async def _put_back(tend: Tend, rows: Sequence[Row[Any]], *, wait: timedelta) -> None:
    """The CRM asks for time, or something before it has to wait: nothing was tried."""

    async def unit(conn: AsyncConnection) -> None:
        for row in rows:
            values = {"state": "waiting", "due_at": tend.now() + wait, "attempts": row.attempts - 1}
            await outbox.end(conn, team_id=tend.team_id, row_id=row.id, values=values)

    await tend.writer.run(unit)
