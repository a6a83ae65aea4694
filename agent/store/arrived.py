"""New leads by the page: every row of many people at once, in one statement a table.

For people who are brought together. Values are sealed here; callers pass plain text.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.rules.consent import Grant
from agent.store.leads import KnownAddress, address_rows, event_row, name_rows, new_lead_rows
from agent.store.messages import grant_row
from agent.store.seal import Sealer
from agent.store.tables import addresses, consents, conversations, lead_events, leads, name_tokens
from agent.store.upsert import insert_ignoring

_ORDER = (leads, conversations, addresses, consents, lead_events)


@dataclass(frozen=True, slots=True)
class NewLead:
    """A lead that is not there yet: its columns, addresses, consent, what its timeline says first, and whose it is.

    `grants` are for one address each, or for all (None). All new leads of one page fill the same columns.
    """

    lead_id: UUID
    values: Mapping[str, Any]
    known: Sequence[KnownAddress]
    grants: Sequence[tuple[Grant, bytes | None]]
    granted_by: str
    said: Mapping[str, Any]
    whose: str = ""


async def create_each(
    conn: AsyncConnection, *, team_id: UUID, sealer: Sealer, now: datetime, new: Sequence[NewLead]
) -> None:
    """Insert these leads with everything that belongs to them."""
    rows: defaultdict[Table, list[dict[str, Any]]] = defaultdict(list)
    names: list[dict[str, Any]] = []
    for each in new:
        ours: dict[str, Any] = {"team_id": team_id, "lead_id": each.lead_id}
        lead, conversation = new_lead_rows(sealer, **ours, now=now, values=each.values)
        rows[leads].append(lead)
        rows[conversations].append(conversation)
        rows[addresses] += address_rows(sealer, **ours, known=each.known, now=now)
        rows[consents] += [
            grant_row(grant, **ours, source=each.granted_by, at=now, address_hash=address)
            for grant, address in each.grants
        ]
        rows[lead_events].append(event_row(sealer, **ours, kind="arrived", at=now, words=each.said))
        if each.whose:
            rows[lead_events].append(event_row(sealer, **ours, kind="routed", at=now, words={"said": each.whose}))
        names += name_rows(sealer, **ours, names=(each.values["first_name"], each.values["last_name"]))
    for table in _ORDER:
        if rows[table]:
            await conn.execute(insert_ignoring(conn, table) if table is addresses else insert(table), rows[table])
    if names:
        await conn.execute(insert_ignoring(conn, name_tokens), names)
