"""Whether something in the CRM is what Tend wrote there itself: an echo, which must not look like a person's doing.

The CRM shows Tend's writes under the user whose key Tend has. They are told from that person's own by the id the outbox
remembers, and where the answer to a write was lost or is still under way, by the words that were to be written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from agent.store import outbox
from agent.tend import Tend

REMEMBERED_FOR = timedelta(days=2)
"""How long after a write its words may come back: the vendor tries a push again for hours."""

_NO_LETTER = re.compile(r"[\W_]+")


async def wrote(
    conn: AsyncConnection, tend: Tend, *, kind: str, external_id: str, lead_id: UUID | None = None, words: str = ""
) -> bool:
    """Whether Tend wrote this to the CRM, by its id or by the words it meant to write to this lead's record."""
    if external_id and await outbox.wrote(conn, team_id=tend.team_id, kind=kind, external_id=external_id):
        return True
    told = _letters(words)
    if lead_id is None or not told:
        return False
    since = tend.now() - REMEMBERED_FOR
    return any(
        told == _letters(" ".join(str(value) for value in json.loads(payload).values()))
        for payload in await outbox.lately(
            conn, team_id=tend.team_id, sealer=tend.sealer, lead_id=lead_id, kind=kind, since=since
        )
    )


async def by_others(tend: Tend, kind: str, ids: Collection[str]) -> list[str]:
    """Those of these ids that nothing of that kind written by Tend has: they alone need be fetched."""
    async with tend.reading() as conn:
        ours = await outbox.written(conn, team_id=tend.team_id, kind=kind, external_ids=ids)
    return [each for each in ids if each not in ours]


def _letters(words: str) -> str:
    """The letters and digits alone: a CRM may set spaces, marks and tags as it likes."""
    return _NO_LETTER.sub("", re.sub(r"<[^>]*>", " ", words)).casefold()
