"""What the CRM does not know: what was given up, and what is being tried again, each with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from agent.store import outbox
from agent.store.seal import Sealer
from agent.store.views.faces import NAMELESS

_SHOWN_AT_MOST = 100
_CALLED: Mapping[str, str] = {
    "note": "a note",
    "text": "a text",
    "mail": "what became of an email",
    "person": "score, consent and stage",
    "task": "a task",
    "assignee": "whose they are",
    "appointment": "an appointment",
    "done": "that a task is done",
    "lead": "that they came in",
}
_MEND: Mapping[str, str] = {
    "bad_key": "The API key is not accepted; mend FUB_API_KEY",
    "forbidden": "The key may not do this; use the account owner's key, and register the system",
    "bad_request": "The CRM does not take it; a stage or custom field of the team file may not exist there",
    "timeout": "The CRM did not answer",
    "unreachable": "The CRM cannot be reached",
    "unavailable": "The CRM has trouble of its own",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """One thing the CRM does not know. `given_up`: nobody tries any more; otherwise `due_at` is the next try."""

    row_id: UUID
    lead_id: UUID
    name: str
    what: str
    why: str
    given_up: bool
    since: datetime
    due_at: datetime


async def owed_to_crm(conn: AsyncConnection, *, team_id: UUID, sealer: Sealer) -> tuple[Owed, ...]:
    """What the CRM was not told, oldest first, at most a hundred things."""
    return tuple(
        Owed(
            row_id=row.id,
            lead_id=row.lead_id,
            name=" ".join(
                sealer.open("leads", part, row.lead_id, getattr(row, part)) for part in ("first_name", "last_name")
            ).strip()
            or NAMELESS,
            what=_CALLED[row.kind],
            why=_MEND.get(row.reason, row.reason.replace("_", " ").capitalize()),
            given_up=row.state == "dead",
            since=row.created_at,
            due_at=row.due_at,
        )
        for row in await outbox.trouble(conn, team_id=team_id, limit=_SHOWN_AT_MOST)
    )
