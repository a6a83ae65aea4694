"""Mail that lies in a bucket: what names it is kept before anybody is answered, then it is fetched and received.

SES's own notice, which also says to whom and what was found, goes before the bucket's: that one waits a minute, and
finds the mail received. A mail that is gone, or cannot be read, is given up after a few tries and shown on Today.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import msgspec
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.flows import inbound_mail
from agent.log import log
from agent.store import claims, inbox
from agent.store.claims import Only
from agent.store.inbox import Pushed
from agent.store.tables import webhook_events
from agent.store.wake import after_commit
from agent.tend import Tend
from channels.arrived_mail import MailNotThere, StoredMail

SOURCE = "stored_mail"
_BATCH = 10
_GONE_AT_MOST = 3
_GIVE_UP_AFTER = 200
_BUCKET_WAITS = timedelta(minutes=1)


async def keep(tend: Tend, mails: Sequence[StoredMail]) -> None:
    """Keep where these mails lie; returns once that is on disk."""
    if mails:
        await tend.writer.run(partial(_keep, tend=tend, mails=mails))


async def take_in(tend: Tend) -> int:
    """Fetch and receive what is due; returns how many mails that were."""
    store = tend.doors.mail_store
    if store is None:
        return 0
    claimed = await tend.writer.run(partial(_claim, tend=tend))
    for row in claimed:
        mail = msgspec.json.decode(tend.sealer.open("webhook_events", "payload", row.id, row.payload), type=StoredMail)
        try:
            await inbound_mail.receive(tend, await store.fetch(mail), mail.envelope)
        except MailNotThere as error:
            at_most = _GONE_AT_MOST if error.permanent else _GIVE_UP_AFTER
            await _later(tend, row, reason=error.reason, at_most=at_most)
        except ValueError as error:
            await _later(tend, row, reason=str(error), at_most=0)
        except Exception as error:  # noqa: BLE001 - a bug: this mail waits, the others go on
            log.exception("mail.failed", error=type(error).__name__)
            reason = f"could not be taken in: {type(error).__name__}"
            await _later(tend, row, reason=reason, at_most=_GIVE_UP_AFTER)
        else:
            await tend.writer.run(partial(inbox.end, team_id=tend.team_id, ids=[row.id], state="done", reason=""))
    return len(claimed)


async def _keep(conn: AsyncConnection, *, tend: Tend, mails: Sequence[StoredMail]) -> None:
    now = tend.now()
    pushed = [
        Pushed(
            source=SOURCE,
            event_id=f"{mail.told_by}:{hashlib.sha256(f'{mail.bucket}/{mail.key}'.encode()).hexdigest()}",
            kind=mail.told_by,
            body=msgspec.json.encode(mail).decode(),
            received_at=now,
            due_at=now if mail.told_by == "ses" else now + _BUCKET_WAITS,
            state="kept",
        )
        for mail in mails
    ]
    await inbox.keep(conn, team_id=tend.team_id, sealer=tend.sealer, pushed=pushed)
    after_commit(conn, "intake")


async def _claim(conn: AsyncConnection, *, tend: Tend) -> Sequence[Row[Any]]:
    return await claims.claim(
        conn,
        webhook_events,
        team_id=tend.team_id,
        now=tend.now(),
        limit=_BATCH,
        by=tend.claimer,
        only=Only("source", (SOURCE,)),
    )


async def _later(tend: Tend, row: Row[Any], *, reason: str, at_most: int) -> None:
    """Put a mail back to be fetched again; after `at_most` tries it is a failure a person sees."""
    log.warning("mail.postponed", reason=reason, attempts=row.attempts)
    if row.attempts >= at_most:
        end = partial(inbox.end, team_id=tend.team_id, ids=[row.id], state="failed", reason=reason)
        await tend.writer.run(end)
        return
    at = tend.now() + timedelta(seconds=min(5.0 * 2**row.attempts, 900.0))
    await tend.writer.run(partial(inbox.again, team_id=tend.team_id, ids=[row.id], at=at, reason=reason))
