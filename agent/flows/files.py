"""Pictures that come with a text lie at the carrier: they are fetched by a tick of their own, outside any transaction.

What is not on the list of kept files is never asked for. Three tries, then the reason stands on the lead's page.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.log import log
from agent.store import attachments as kept
from agent.store import claims
from agent.store.attachments import Attached
from agent.store.tables import attachments
from agent.store.wake import after_commit
from agent.tend import Tend
from channels.attached import MOST_TOGETHER, TOO_MUCH, FetchedFile, FileNotFetched, kind_of, why_not, why_not_kind
from channels.sms import Media

_BATCH = 4
_TRIES = 3
_NO_LOGIN = "there is no login to fetch it with: set TWILIO_ACCOUNT_SID"


def announced(tend: Tend, media: Sequence[Media]) -> tuple[Attached, ...]:
    """What a text says it brings, to be fetched; what is not fetched is refused at once."""
    no_login = _NO_LOGIN if tend.doors.files is None else ""
    return tuple(
        Attached(
            name="",
            content_type=kind_of(each.content_type),
            source_url=each.url,
            reason=why_not_kind(each.content_type) or no_login,
        )
        for each in media
    )


async def fetch_due(tend: Tend) -> int:
    """Fetch what is due; returns how many files that were."""
    claimed = await tend.writer.run(partial(_claim, tend=tend))
    await asyncio.gather(*(_fetch(tend, row) for row in claimed))
    return len(claimed)


async def _fetch(tend: Tend, row: Row[Any]) -> None:
    if tend.doors.files is None:
        await _not_fetched(tend, row, FileNotFetched(_NO_LOGIN, permanent=True))
        return
    url = tend.sealer.open("attachments", "source_url", row.id, row.source_url)
    try:
        file = await tend.doors.files.fetch(url)
    except FileNotFetched as error:
        await _not_fetched(tend, row, error)
    except Exception as error:  # noqa: BLE001 - a bug: this file is tried again, the others go on
        log.exception("file.failed", error=type(error).__name__)
        await _not_fetched(tend, row, FileNotFetched(f"a mistake ({type(error).__name__})", permanent=False))
    else:
        await tend.writer.run(partial(_keep, tend=tend, row=row, file=file))


async def _claim(conn: AsyncConnection, *, tend: Tend) -> Sequence[Row[Any]]:
    return await claims.claim(conn, attachments, team_id=tend.team_id, now=tend.now(), limit=_BATCH, by=tend.claimer)


async def _keep(conn: AsyncConnection, *, tend: Tend, row: Row[Any], file: FetchedFile) -> None:
    reason = why_not(file.kind, file.content)
    so_far = await kept.bytes_kept(conn, team_id=tend.team_id, message_id=row.message_id)
    if not reason and so_far + len(file.content) > MOST_TOGETHER:
        reason = TOO_MUCH
    if reason:
        await kept.refuse(conn, team_id=tend.team_id, attachment_id=row.id, reason=reason)
    else:
        await kept.fetched(
            conn,
            team_id=tend.team_id,
            sealer=tend.sealer,
            attachment_id=row.id,
            kind=kind_of(file.kind),
            content=file.content,
        )
    log.info("file.fetched", size=len(file.content), kept=not reason)
    after_commit(conn, "live")


async def _not_fetched(tend: Tend, row: Row[Any], error: FileNotFetched) -> None:
    """Put a file back to be fetched later; after the last try it is refused."""
    log.warning("file.not_fetched", reason=error.reason, attempts=row.attempts)
    given_up = error.permanent or row.attempts >= _TRIES
    at = tend.now() + timedelta(seconds=10 * 6**row.attempts)

    async def note(conn: AsyncConnection) -> None:
        if given_up:
            await kept.refuse(conn, team_id=tend.team_id, attachment_id=row.id, reason=error.reason)
        else:
            await kept.again(conn, team_id=tend.team_id, attachment_id=row.id, at=at, reason=error.reason)
        after_commit(conn, "live")

    await tend.writer.run(note)
