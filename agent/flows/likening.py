"""Leads that look like one human are shown to a person as a suggestion, beside the path that takes leads in.

The tick *likeness* compares whoever is new, or changed, with the leads that share a telling key. Nothing is merged by
it. What a person says of two leads stands: nobody is asked twice.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from agent.flows import handing
from agent.rules.likeness import Likeness, likeness
from agent.store import likenesses
from agent.store.wake import after_commit
from agent.tend import Tend

_BATCH = 50


async def compare_due(tend: Tend) -> int:
    """Compare the leads that are due to be compared; returns how many."""

    async def unit(conn: AsyncConnection) -> int:
        due = await likenesses.uncompared(conn, team_id=tend.team_id, limit=_BATCH)
        if due:
            await _compare(conn, tend, due)
        return len(due)

    return await tend.writer.run(unit)


async def not_the_same(tend: Tend, lead_id: UUID, other_id: UUID, *, user_id: UUID | None) -> None:
    """A person says that these two are two."""

    async def unit(conn: AsyncConnection) -> None:
        asked = await likenesses.decide(
            conn,
            team_id=tend.team_id,
            one_id=lead_id,
            other_id=other_id,
            state=likenesses.NOT_THE_SAME,
            by="a person" if user_id is None else tend.assignee(user_id).key,
            now=tend.now(),
        )
        if asked:
            said = "a person said that somebody who looks alike is somebody else"
            for each in (lead_id, other_id):
                await handing.tell_timeline(conn, tend, each, kind="not_the_same", said=said)
        after_commit(conn, "live")

    await tend.writer.run(unit)


async def _compare(conn: AsyncConnection, tend: Tend, due: list[UUID]) -> None:
    now = tend.now()
    new = await likenesses.people(conn, team_id=tend.team_id, sealer=tend.sealer, lead_ids=due)
    await likenesses.file_under(conn, team_id=tend.team_id, sealer=tend.sealer, found=new)
    near = await likenesses.sharing_a_key(conn, team_id=tend.team_id, lead_ids=due)
    ids = {other for others in near.values() for other in others}
    others = await likenesses.people(conn, team_id=tend.team_id, sealer=tend.sealer, lead_ids=ids)
    by_id = {person.lead_id: person for person in (*new, *others)}
    found: dict[tuple[UUID, UUID], Likeness] = {}
    for person in new:
        for other_id in near.get(person.lead_id, ()):
            other = by_id.get(other_id)
            like = likeness(person, other) if other is not None else None
            if like is not None:
                found[min(person.lead_id, other_id), max(person.lead_id, other_id)] = like
    if await likenesses.suggest(conn, team_id=tend.team_id, sealer=tend.sealer, found=found, now=now):
        after_commit(conn, "live")
    await likenesses.compared(conn, team_id=tend.team_id, lead_ids=due, now=now)
