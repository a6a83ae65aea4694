"""A team uploads what it knows of phone numbers: a Do-Not-Call scrub, or answers of the Reassigned Numbers Database.

The file is read beside the event loop and entered in parts, so that sending goes on meanwhile; the numbers are kept as
keyed hashes with the day they were checked. Held texts are looked at again at once.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.log import log
from agent.rules.number_files import NumberFile, read_do_not_call, read_reassigned
from agent.rules.verdicts import HoldWord
from agent.store import number_lists
from agent.store.limits import DNC
from agent.store.tables import touches
from agent.store.wake import after_commit
from agent.tend import Tend

_PART = 2000


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A list is in force: how many numbers it has, and how many rows held none."""

    numbers: int
    unreadable: int
    checked_on: date


@dataclass(frozen=True, slots=True)
class UploadRefused:
    """Nothing was changed, and why."""

    reason: str


async def upload(tend: Tend, path: Path, *, kind: str, checked_on: date | None) -> Uploaded | UploadRefused:
    """Read a file and put it in force as of `checked_on` (today, where nobody says)."""
    today = tend.now().date()
    checked_on = checked_on or today
    if checked_on > today:
        return UploadRefused(f"{checked_on} is in the future.")
    async with tend.reading() as conn:
        known = await number_lists.latest(conn, team_id=tend.team_id, kind=kind)
    if kind == DNC and known is not None and checked_on < known:
        return UploadRefused(f"A list of {known} is in force, and this one is older ({checked_on}).")
    try:
        found = await asyncio.to_thread(_read, path, kind)
    except (OSError, UnicodeError, ValueError) as error:
        return UploadRefused(f"{path} cannot be read: {error}")
    if found.unreadable and not (found.listed or found.cleared):
        return UploadRefused(f"{path} holds no phone number that could be read.")
    await _enter(tend, found, kind=kind, checked_on=checked_on)
    log.info("number_list.uploaded", kind=kind, numbers=len(found.listed), unreadable=found.unreadable)
    return Uploaded(len(found.listed), found.unreadable, checked_on)


def _read(path: Path, kind: str) -> NumberFile:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return read_do_not_call(file) if kind == DNC else read_reassigned(file)


async def _enter(tend: Tend, found: NumberFile, *, kind: str, checked_on: date) -> None:
    team_id, run = tend.team_id, tend.writer.run
    listed = sorted(found.listed)
    list_id = await run(
        partial(
            number_lists.begin,
            team_id=team_id,
            kind=kind,
            checked_on=checked_on,
            numbers=len(listed),
            now=tend.now(),
        )
    )
    for start in range(0, len(listed), _PART):
        hashes = [tend.sealer.hash("sms", number) for number in listed[start : start + _PART]]
        await run(
            partial(number_lists.add, team_id=team_id, kind=kind, list_id=list_id, checked_on=checked_on, hashes=hashes)
        )
    cleared = [tend.sealer.hash("sms", number) for number in sorted(found.cleared - found.listed)]
    for start in range(0, len(cleared), _PART):
        part = cleared[start : start + _PART]
        await run(partial(number_lists.clear, team_id=team_id, kind=kind, hashes=part))

    async def finish(conn: AsyncConnection) -> None:
        await number_lists.put_in_force(conn, team_id=team_id, kind=kind, list_id=list_id, now=tend.now())
        await conn.execute(
            update(touches)
            .where(touches.c.team_id == team_id, touches.c.state == "planned", touches.c.word == HoldWord.OLD_LIST)
            .values(due_at=tend.now())
        )
        after_commit(conn, "sending", "live")

    await run(finish)
