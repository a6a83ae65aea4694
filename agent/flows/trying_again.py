"""What a person presses “Try again” for: events that could not be taken in, senders that refused, a CRM not told."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from agent.store import inbox, outbox, senders
from agent.store.wake import after_commit
from agent.tend import Tend


async def events(tend: Tend) -> None:
    """Take in anew what other systems pushed and Tend had given up on."""

    async def unit(conn: AsyncConnection) -> None:
        await inbox.try_again(conn, team_id=tend.team_id, now=tend.now())
        after_commit(conn, "intake", "live")

    await tend.writer.run(unit)


async def crm(tend: Tend, row_id: UUID | None = None) -> None:
    """Tell the CRM anew what it was not told, all of it or one thing."""

    async def unit(conn: AsyncConnection) -> None:
        await outbox.try_again(conn, team_id=tend.team_id, now=tend.now(), row_id=row_id)
        after_commit(conn, "crm_sync", "live")

    await tend.writer.run(unit)


async def sending(tend: Tend) -> None:
    """Try now what waits because a sender could not send as it is configured."""

    async def unit(conn: AsyncConnection) -> None:
        await senders.try_again(conn, team_id=tend.team_id, now=tend.now())
        after_commit(conn, "sending", "live")

    await tend.writer.run(unit)
