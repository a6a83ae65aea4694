"""Who a lead is, as pages name them: name, zone, a line of facts, the score ledger, phone and email to reach them.

Everything is opened here from sealed columns; absent values come out as words a person would use.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.rules.leads import source_in_words
from agent.rules.prices import price_span
from agent.store.leads import addresses_of
from agent.store.seal import Sealer
from agent.store.tables import addresses

NAMELESS = "A lead without a name"

_WANTS: Mapping[str, str] = {
    "buy": "Buyer",
    "sell": "Seller",
    "buy_and_sell": "Buyer and seller",
    "rent": "Renter",
    "invest": "Investor",
    "valuation": "Seller, asks for a value",
    "schedule_showing": "Buyer, wants a showing",
    "wants_call": "Wants a call",
}


@dataclass(frozen=True, slots=True)
class Point:
    """One line of a score's ledger.

    `because` is the quote or the fact behind it, `since` the instant since when it is known (ISO), both may be empty;
    `most` is what the line could have given, 0 where it is open.
    """

    points: int
    text: str
    because: str = ""
    since: str = ""
    most: int = 0

    @property
    def known_at(self) -> datetime | None:
        """Since when it is known; None where nobody says."""
        return datetime.fromisoformat(self.since) if self.since else None

    @property
    def sign(self) -> str:
        """The points with their sign, a true minus where they count against."""
        return f"+{self.points}" if self.points >= 0 else f"−{-self.points}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """A lead as a page shows it. `zone` is the first candidate zone; `phone` and `email` are empty where unknown."""

    lead_id: UUID
    name: str
    first_name: str
    zone: str
    score: int
    temperature: str
    campaign_score: int | None
    grade: str
    line: str
    ledger: tuple[Point, ...]
    campaign_ledger: tuple[Point, ...]
    phone: str
    email: str


def face(sealer: Sealer, lead: Row[Any], *, reach: Mapping[str, str], team_zone: str) -> Face:
    """Open one lead's row; `reach` holds its best address by channel."""
    first = sealer.open("leads", "first_name", lead.id, lead.first_name)
    last = sealer.open("leads", "last_name", lead.id, lead.last_name)
    facts = json.loads(sealer.open("leads", "facts", lead.id, lead.facts) or "{}")
    return Face(
        lead_id=lead.id,
        name=f"{first} {last}".strip() or NAMELESS,
        first_name=first or "this lead",
        zone=lead.zones.split(",")[0] or team_zone,
        score=lead.score,
        temperature=lead.temperature,
        campaign_score=lead.campaign_score,
        grade=lead.grade,
        line=" · ".join(part for part in _facts_line(lead, facts) if part),
        ledger=_ledger(sealer, lead, "score_reasons"),
        campaign_ledger=_ledger(sealer, lead, "campaign_reasons"),
        phone=reach.get("sms", ""),
        email=reach.get("email", ""),
    )


def _ledger(sealer: Sealer, lead: Row[Any], column: str) -> tuple[Point, ...]:
    return tuple(
        Point(*line) for line in json.loads(sealer.open("leads", column, lead.id, getattr(lead, column)) or "[]")
    )


async def best_addresses(
    conn: AsyncConnection, *, team_id: UUID, sealer: Sealer, lead_ids: list[UUID]
) -> dict[UUID, dict[str, str]]:
    """The address to use of each channel, by lead: working ones first, then in the order they were given."""
    found: dict[UUID, dict[str, str]] = {}
    rows = await conn.execute(
        select(addresses)
        .where(addresses.c.team_id == team_id, addresses.c.lead_id.in_(lead_ids))
        .order_by(addresses.c.rank, addresses.c.created_at)
    )
    for row in sorted(rows, key=lambda row: row.valid is False):
        theirs = found.setdefault(row.lead_id, {})
        if row.channel not in theirs:
            theirs[row.channel] = sealer.open("addresses", "value", row.id, row.value)
    return found


@dataclass(frozen=True, slots=True)
class FurtherAddress:
    """An address a lead has beside the one in use. `works` is false where messages to it came back."""

    channel: str
    value: str
    works: bool


async def further_addresses(
    conn: AsyncConnection, *, team_id: UUID, sealer: Sealer, lead_id: UUID, used: Collection[str]
) -> tuple[FurtherAddress, ...]:
    """A lead's other addresses, in the order they were given; `used` are the ones shown already."""
    known = await addresses_of(conn, team_id=team_id, sealer=sealer, lead_ids=[lead_id])
    return tuple(
        FurtherAddress(each.channel, each.value, each.valid is not False)
        for each in known.get(lead_id, ())
        if each.value not in used
    )


def _facts_line(lead: Row[Any], facts: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        _WANTS.get(lead.intent, ""),
        price_span(facts.get("price_min"), facts.get("price_max")),
        str(facts.get("property") or ""),
        str(facts.get("area") or ""),
        f"via {source_in_words(lead.source)}" if lead.source and not lead.source.startswith("wrote ") else lead.source,
    )
