"""Leads and their addresses: finding the same human again, writing what is known, never overwriting what a person said.

Values are sealed here; callers pass and get plain text. Lookups go by keyed hash.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, insert, or_, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.rules.contact import name_tokens, normalise_email, normalise_phone
from agent.rules.identity import Candidate
from agent.store.ids import new_id, parsed
from agent.store.seal import Sealer
from agent.store.tables import addresses, conversations, enrollments, lead_events, leads
from agent.store.tables import name_tokens as name_tokens_table
from agent.store.upsert import insert_ignoring

_SEALED = ("first_name", "last_name", "facts", "score_reasons", "campaign_reasons", "next_action")


@dataclass(frozen=True, slots=True)
class KnownAddress:
    """One address of a lead: channel `email` or `sms`, the normalised value, what is known of it."""

    channel: str
    value: str
    valid: bool | None = None
    landline: bool | None = None


def address_hash(sealer: Sealer, channel: str, value: str) -> bytes:
    """The lookup hash of a normalised address."""
    return sealer.hash(channel, value)


async def candidates(
    conn: AsyncConnection,
    *,
    team_id: UUID,
    sealer: Sealer,
    crm: str,
    crm_person_ids: Collection[str],
    known: Collection[KnownAddress],
) -> list[Candidate]:
    """Find leads that may be one of these humans, oldest first: by the CRM's id or any address."""
    hashes = [address_hash(sealer, a.channel, a.value) for a in known]
    by_address = select(addresses.c.lead_id).where(addresses.c.team_id == team_id, addresses.c.value_hash.in_(hashes))
    matches: ColumnElement[bool] = leads.c.id.in_(by_address)
    if crm_person_ids:
        matches = or_(matches, (leads.c.crm == crm) & leads.c.crm_person_id.in_(list(crm_person_ids)))
    rows = (
        await conn.execute(select(leads).where(leads.c.team_id == team_id, matches).order_by(leads.c.created_at))
    ).all()
    theirs = await addresses_of(conn, team_id=team_id, sealer=sealer, lead_ids=[row.id for row in rows])
    return [
        Candidate(
            lead_id=row.id,
            sender_id=row.crm_person_id if row.crm == crm else None,
            emails=frozenset(a.value for a in theirs.get(row.id, ()) if a.channel == "email"),
            phones=frozenset(a.value for a in theirs.get(row.id, ()) if a.channel == "sms"),
            first_name=sealer.open("leads", "first_name", row.id, row.first_name),
            last_name=sealer.open("leads", "last_name", row.id, row.last_name),
            deleted=row.deleted_at is not None,
        )
        for row in rows
    ]


async def addresses_of(
    conn: AsyncConnection, *, team_id: UUID, sealer: Sealer, lead_ids: Collection[UUID]
) -> dict[UUID, list[KnownAddress]]:
    """All addresses of these leads, best first."""
    found: dict[UUID, list[KnownAddress]] = {}
    rows = await conn.execute(
        select(addresses)
        .where(addresses.c.team_id == team_id, addresses.c.lead_id.in_(list(lead_ids)))
        .order_by(addresses.c.rank, addresses.c.created_at)
    )
    for row in rows:
        value = sealer.open("addresses", "value", row.id, row.value)
        found.setdefault(row.lead_id, []).append(KnownAddress(row.channel, value, row.valid, row.landline))
    return found


async def asked_for(conn: AsyncConnection, *, team_id: UUID, sealer: Sealer, asked: str) -> UUID | None:
    """A lead by its id as shown, its email address or its phone number."""
    lead_id = parsed("lead", asked)
    email, phone = normalise_email(asked), normalise_phone(asked)
    hashes = [sealer.hash(kind, value) for kind, value in (("email", email), ("sms", phone)) if value]
    question = select(addresses.c.lead_id).where(addresses.c.team_id == team_id, addresses.c.value_hash.in_(hashes))
    if lead_id is not None:
        question = select(leads.c.id).where(leads.c.team_id == team_id, leads.c.id == lead_id)
    found: UUID | None = (await conn.execute(question.limit(1))).scalar()
    return found


async def one(conn: AsyncConnection, *, team_id: UUID, lead_id: UUID) -> Row[Any] | None:
    """The lead's row, or None."""
    return (await conn.execute(select(leads).where(leads.c.team_id == team_id, leads.c.id == lead_id))).one_or_none()


async def deleted_or_not(conn: AsyncConnection, *, team_id: UUID, lead_ids: Collection[UUID]) -> dict[UUID, bool]:
    """Which of these leads there are, and whether each was deleted."""
    rows = await conn.execute(
        select(leads.c.id, leads.c.deleted_at).where(leads.c.team_id == team_id, leads.c.id.in_(list(lead_ids)))
    )
    return {row.id: row.deleted_at is not None for row in rows}


async def by_crm_person(conn: AsyncConnection, *, team_id: UUID, crm: str, crm_person_id: str) -> Row[Any] | None:
    """The lead that is this person of the CRM, or None."""
    theirs = leads.c.team_id == team_id, leads.c.crm == crm, leads.c.crm_person_id == crm_person_id
    return (await conn.execute(select(leads).where(*theirs))).one_or_none()


async def known_crm_people(conn: AsyncConnection, *, team_id: UUID, crm: str, ids: Collection[str]) -> set[str]:
    """Which of these people of the CRM are leads, deleted or not."""
    rows = await conn.execute(
        select(leads.c.crm_person_id).where(
            leads.c.team_id == team_id, leads.c.crm == crm, leads.c.crm_person_id.in_(list(ids))
        )
    )
    return {str(person_id) for person_id in rows.scalars()}


async def of_crm(conn: AsyncConnection, *, team_id: UUID, crm: str, ids: Collection[str]) -> dict[str, Row[Any]]:
    """The leads that are these people of the CRM, deleted or not, by the CRM's id."""
    rows = await conn.execute(
        select(leads).where(leads.c.team_id == team_id, leads.c.crm == crm, leads.c.crm_person_id.in_(list(ids)))
    )
    return {str(row.crm_person_id): row for row in rows}


async def ever_enrolled(conn: AsyncConnection, *, team_id: UUID, lead_ids: Collection[UUID]) -> set[UUID]:
    """Which of these leads were in a sequence at any time."""
    rows = await conn.execute(
        select(enrollments.c.lead_id)
        .where(enrollments.c.team_id == team_id, enrollments.c.lead_id.in_(list(lead_ids)))
        .distinct()
    )
    return set(rows.scalars())


def sealed_values(sealer: Sealer, lead_id: UUID, values: Mapping[str, Any]) -> dict[str, Any]:
    """Seal the personal columns among `values`; facts, reasons and other structures become JSON first."""
    return {
        name: sealer.seal("leads", name, lead_id, value if isinstance(value, str) else json.dumps(value))
        if name in _SEALED
        else value
        for name, value in values.items()
    }


def opened(sealer: Sealer, row: Row[Any]) -> dict[str, Any]:
    """The lead's personal columns in plain: names, `facts` as a mapping, the two ledgers as rows, `next_action`."""
    plain = {name: sealer.open("leads", name, row.id, getattr(row, name)) for name in _SEALED}
    return {
        **plain,
        "facts": json.loads(plain["facts"] or "{}"),
        "score_reasons": json.loads(plain["score_reasons"] or "[]"),
        "campaign_reasons": json.loads(plain["campaign_reasons"] or "[]"),
    }


def new_lead_rows(
    sealer: Sealer, *, team_id: UUID, lead_id: UUID, now: datetime, values: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The rows of a new lead and its conversation, ready to insert."""
    row = {
        "id": lead_id,
        "team_id": team_id,
        "created_at": now,
        "updated_at": now,
        "arrived_at": now,
        **sealed_values(sealer, lead_id, values),
    }
    return row, {"lead_id": lead_id, "team_id": team_id, "updated_at": now}


async def create(
    conn: AsyncConnection, *, team_id: UUID, sealer: Sealer, lead_id: UUID, now: datetime, values: Mapping[str, Any]
) -> None:
    """Insert a lead with its conversation and name tokens."""
    row, conversation = new_lead_rows(sealer, team_id=team_id, lead_id=lead_id, now=now, values=values)
    await conn.execute(insert(leads).values(row))
    await conn.execute(insert(conversations).values(conversation))
    await index_name(
        conn,
        team_id=team_id,
        sealer=sealer,
        lead_id=lead_id,
        names=(values.get("first_name", ""), values.get("last_name", "")),
    )


async def change(
    conn: AsyncConnection, *, team_id: UUID, sealer: Sealer, lead_id: UUID, now: datetime, values: Mapping[str, Any]
) -> None:
    """Update a lead's columns, sealing the personal ones."""
    await conn.execute(
        update(leads)
        .where(leads.c.team_id == team_id, leads.c.id == lead_id)
        .values(updated_at=now, **sealed_values(sealer, lead_id, values))
    )


async def index_name(
    conn: AsyncConnection, *, team_id: UUID, sealer: Sealer, lead_id: UUID, names: Sequence[str]
) -> None:
    """Let the lead be found by name."""
    rows = name_rows(sealer, team_id=team_id, lead_id=lead_id, names=names)
    if rows:
        await conn.execute(insert_ignoring(conn, name_tokens_table), rows)


def name_rows(sealer: Sealer, *, team_id: UUID, lead_id: UUID, names: Sequence[str]) -> list[dict[str, Any]]:
    """The rows by which a lead is found by name, ready to insert."""
    hashes = {sealer.hash("name", token) for token in name_tokens(*names)}
    return [{"team_id": team_id, "token_hash": each, "lead_id": lead_id} for each in sorted(hashes)]


async def add_addresses(
    conn: AsyncConnection, *, team_id: UUID, sealer: Sealer, lead_id: UUID, known: Sequence[KnownAddress], now: datetime
) -> None:
    """Add addresses the lead does not have yet; the order given is the order they are used in."""
    rows = address_rows(sealer, team_id=team_id, lead_id=lead_id, known=known, now=now)
    if rows:
        await conn.execute(insert_ignoring(conn, addresses), rows)


def address_rows(
    sealer: Sealer, *, team_id: UUID, lead_id: UUID, known: Sequence[KnownAddress], now: datetime
) -> list[dict[str, Any]]:
    """The rows of these addresses, ready to insert."""
    rows = []
    for rank, address in enumerate(known):
        row_id = new_id()
        rows.append(
            {
                "id": row_id,
                "team_id": team_id,
                "lead_id": lead_id,
                "channel": address.channel,
                "value": sealer.seal("addresses", "value", row_id, address.value),
                "value_hash": address_hash(sealer, address.channel, address.value),
                "rank": rank,
                "valid": address.valid,
                "landline": address.landline,
                "created_at": now,
            }
        )
    return rows


async def note(
    conn: AsyncConnection,
    *,
    team_id: UUID,
    sealer: Sealer,
    lead_id: UUID,
    kind: str,
    at: datetime,
    words: Mapping[str, Any],
) -> None:
    """Put an event on the lead's timeline; `words` is what the page shows."""
    await conn.execute(
        insert(lead_events).values(event_row(sealer, team_id=team_id, lead_id=lead_id, kind=kind, at=at, words=words))
    )


def event_row(
    sealer: Sealer, *, team_id: UUID, lead_id: UUID, kind: str, at: datetime, words: Mapping[str, Any]
) -> dict[str, Any]:
    """The row of an event on a timeline, ready to insert."""
    row_id = new_id()
    payload = sealer.seal("lead_events", "payload", row_id, json.dumps(words))
    return {"id": row_id, "team_id": team_id, "lead_id": lead_id, "kind": kind, "payload": payload, "at": at}
