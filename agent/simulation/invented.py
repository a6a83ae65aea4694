"""Invented leads to rehearse on before there are any of one's own: from four zones, with all kinds of consent.

The same number gives the same people in the same enrollments, and so, by `rules.sequences.spread`, the same minutes.
Their numbers are 555-01xx, their mail is at example.com.
"""

from __future__ import annotations

import random
from collections import defaultdict
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Table, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.rules.consent import WEB_FORM
from agent.rules.places import area_codes
from agent.rules.sequences import choose
from agent.store import enrollments
from agent.store import leads as lead_rows
from agent.store.enrollments import Start
from agent.store.ids import new_id
from agent.store.leads import KnownAddress
from agent.store.tables import addresses, consents, conversations, leads
from agent.tend import Tend
from integrations.language_model import Intent

_ZONES = ("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles")
_INTENTS = (Intent.BUY, Intent.BUY, Intent.SELL, Intent.RENT, Intent.UNCLEAR)
_FIRST = ("Ana", "Ben", "Cleo", "Dev", "Ema", "Finn", "Gia", "Hugo", "Iris", "Jon", "Kim", "Luz", "Max", "Nora", "Omar")
_LAST = ("Abbot", "Birch", "Cruz", "Dunn", "Ellis", "Ford", "Grant", "Hale", "Ives", "Jain", "Klein", "Lowe", "Moss")
_WORDING = "I agree to receive texts and emails about my inquiry. Reply STOP to end."
_NUMBERS = 100
"""How many 555-01xx numbers an area code has."""


async def move_in(tend: Tend, *, how_many: int, sequence: str | None) -> None:
    """Let so many come in at this moment; each starts `sequence`, or the one that their intent starts."""
    await tend.writer.run(partial(_move_in, tend=tend, how_many=how_many, sequence=sequence))


async def _move_in(conn: AsyncConnection, *, tend: Tend, how_many: int, sequence: str | None) -> None:
    chance = random.Random(how_many)  # noqa: S311 - invented people, the same for the same number
    codes = sorted(code for code, area in area_codes().items() if area.state and area.zones[0] in _ZONES)
    rows: dict[Table, list[dict[str, Any]]] = defaultdict(list)
    starts = []
    for index in range(how_many):
        lead_id, intent = new_id(), chance.choice(_INTENTS)
        area = area_codes()[codes[index % len(codes)]]
        first, last = chance.choice(_FIRST), chance.choice(_LAST)
        known = [KnownAddress("email", f"{first}.{last}.{index + 1}@example.com".lower())]
        if chance.random() > 0.1:
            line = index // len(codes) % _NUMBERS
            known.append(KnownAddress("sms", f"+1{codes[index % len(codes)]}55501{line:02}"))
        values = {
            "first_name": first,
            "last_name": last,
            "facts": {"area": "Austin"} if chance.random() < 0.3 else {},
            "source": "invented",
            "intent": intent.value,
            "temperature": "warm" if chance.random() < 0.3 else "cold",
            "residence_state": area.state,
            "zones": ",".join(area.zones),
            "zone_source": "phone",
            "assignee_id": tend.user_ids[tend.team.assignees[index % len(tend.team.assignees)].key],
        }
        texts_too = chance.random() < 0.7
        _add(tend, rows, lead_id=lead_id, values=values, known=known, channels=("email", "sms")[: 1 + texts_too])
        key = sequence or choose(intent, tend.words.sequences)
        same = UUID(int=chance.getrandbits(128), version=4)
        starts.append(Start(lead_id, tend.sequence(key), tend.versions[key], area.zones[0], same))
    for table in (leads, conversations, addresses, consents):
        if rows[table]:
            await conn.execute(insert(table), rows[table])
    await enrollments.start_many(conn, team_id=tend.team_id, starts=starts, now=tend.now())


def _add(
    tend: Tend,
    rows: dict[Table, list[dict[str, Any]]],
    *,
    lead_id: Any,
    values: dict[str, Any],
    known: list[KnownAddress],
    channels: tuple[str, ...],
) -> None:
    ours, now = {"team_id": tend.team_id, "lead_id": lead_id}, tend.now()
    lead, conversation = lead_rows.new_lead_rows(
        tend.sealer, team_id=tend.team_id, lead_id=lead_id, now=now, values=values
    )
    rows[leads].append(lead)
    rows[conversations].append(conversation)
    theirs = lead_rows.address_rows(tend.sealer, team_id=tend.team_id, lead_id=lead_id, known=known, now=now)
    rows[addresses] += theirs
    hashes = {address["channel"]: address["value_hash"] for address in theirs}
    given = {"action": "granted", "basis": WEB_FORM, "source": "invented", "wording": _WORDING}
    rows[consents] += [
        {
            **ours,
            **given,
            "id": new_id(),
            "channel": channel,
            "address_hash": hashes[channel] if channel == "sms" else None,
            "occurred_at": now,
            "recorded_at": now,
        }
        for channel in channels
        if channel in hashes
    ]
