"""Campaigns and the form submissions that came for them, asked and written in batches."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.rules.campaigns import Campaign
from agent.rules.identity import Candidate
from agent.store.ids import new_id
from agent.store.seal import Sealer
from agent.store.tables import addresses, campaigns, leads, submissions
from agent.store.upsert import insert_ignoring

REPEAT_WITHIN = timedelta(hours=24)


async def by_keys(conn: AsyncConnection, *, team_id: UUID, keys: Collection[str]) -> dict[str, Row[Any]]:
    """Campaigns by the key a form names them with."""
    rows = await conn.execute(select(campaigns).where(campaigns.c.team_id == team_id, campaigns.c.key.in_(list(keys))))
    return {row.key: row for row in rows}


async def make_drafts(conn: AsyncConnection, *, team_id: UUID, keys: Collection[str], now: datetime) -> None:
    """Make draft campaigns for keys nobody knows, for a person to confirm."""
    rows = [
        {"id": new_id(), "team_id": team_id, "key": key, "name": key, "status": "draft", "created_at": now}
        for key in keys
    ]
    if rows:
        await conn.execute(insert_ignoring(conn, campaigns), rows)


async def set_up(
    conn: AsyncConnection,
    *,
    team_id: UUID,
    sealer: Sealer,
    campaigns_of_team: Sequence[Campaign],
    user_ids: Mapping[str, UUID],
    now: datetime,
) -> None:
    """Make the table say what the team file says. A status it leaves open stays what it is, and begins as active.

    A draft that a form made is confirmed by naming it. Campaigns the file does not name are left as they are.
    """
    known = await by_keys(conn, team_id=team_id, keys={each.key for each in campaigns_of_team})
    for each in campaigns_of_team:
        there = known.get(each.key)
        row_id = there.id if there is not None else new_id()
        stays = there.status if there is not None and there.status != "draft" else "active"
        emails = " ".join(each.notification_emails)
        values = {
            "name": each.name,
            "type": each.type,
            "status": each.status or stays,
            "starts_on": each.starts_on,
            "ends_on": each.ends_on,
            "budget_minor": each.budget_minor,
            "target_leads": each.target_leads,
            "landing_page": each.landing_page,
            "auto_assign": each.auto_assign,
            "assignee_id": user_ids.get(each.assignee),
            "notification_emails": sealer.seal("campaigns", "notification_emails", row_id, emails),
            "allowed_origins": " ".join(each.origins),
            "token_hash": sealer.hash("campaign", each.token) if each.token else None,
            "former_token_hash": sealer.hash("campaign", each.former_token) if each.former_token else None,
            "consent_wording": each.consent_wording,
        }
        if there is None:
            await conn.execute(
                insert_ignoring(conn, campaigns).values(
                    id=row_id, team_id=team_id, key=each.key, created_at=now, **values
                )
            )
        else:
            await conn.execute(
                update(campaigns).where(campaigns.c.team_id == team_id, campaigns.c.id == row_id).values(values)
            )


async def by_idempotency_keys(
    conn: AsyncConnection, *, team_id: UUID, emails: Collection[bytes], keys: Collection[str]
) -> dict[tuple[UUID, bytes, str], tuple[UUID, bool]]:
    """(lead, whether it was there before) of submissions with these keys, by campaign, email hash and key.

    A key is its sender's own: two forms, or two people on one careless form, may use the same.
    """
    if not keys:
        return {}
    rows = await conn.execute(
        select(
            submissions.c.campaign_id,
            submissions.c.email_hash,
            submissions.c.idempotency_key,
            submissions.c.lead_id,
            (leads.c.created_at < submissions.c.received_at).label("known"),
        )
        .join(leads, (leads.c.team_id == submissions.c.team_id) & (leads.c.id == submissions.c.lead_id))
        .where(
            submissions.c.team_id == team_id,
            submissions.c.email_hash.in_(list(emails)),
            submissions.c.idempotency_key.in_(list(keys)),
        )
    )
    return {
        (row.campaign_id, bytes(row.email_hash), str(row.idempotency_key)): (row.lead_id, bool(row.known))
        for row in rows
    }


async def recent(
    conn: AsyncConnection, *, team_id: UUID, pairs: Collection[tuple[bytes, UUID]], now: datetime
) -> tuple[dict[tuple[bytes, UUID], UUID], set[tuple[bytes, UUID, bytes]]]:
    """Leads that submitted the same email to the same campaign within the last 24 hours, and the words they brought.

    The leads by that pair, from the post that was no repeat; the words by the pair and their hash. Asked by email
    alone: SQLite reads a list of pairs without the index, which takes longer with every submission.
    """
    if not pairs:
        return {}, set()
    found = await conn.execute(
        select(
            submissions.c.email_hash,
            submissions.c.campaign_id,
            submissions.c.lead_id,
            submissions.c.words_hash,
            submissions.c.repeats,
        ).where(
            submissions.c.team_id == team_id,
            submissions.c.email_hash.in_({email_hash for email_hash, _ in pairs}),
            submissions.c.received_at > now - REPEAT_WITHIN,
        )
    )
    rows = [(pair, row) for row in found if (pair := (bytes(row.email_hash), row.campaign_id)) in pairs]
    return (
        {pair: row.lead_id for pair, row in rows if not row.repeats},
        {(*pair, bytes(row.words_hash)) for pair, row in rows if row.words_hash is not None},
    )


async def leads_by_email(conn: AsyncConnection, *, team_id: UUID, hashes: Collection[bytes]) -> dict[bytes, UUID]:
    """The oldest living lead of each email hash."""
    rows = await conn.execute(
        select(addresses.c.value_hash, addresses.c.lead_id)
        .join(leads, (leads.c.team_id == addresses.c.team_id) & (leads.c.id == addresses.c.lead_id))
        .where(
            addresses.c.team_id == team_id,
            addresses.c.value_hash.in_(list(hashes)),
            leads.c.deleted_at.is_(None),
        )
        .order_by(leads.c.created_at.desc())
    )
    return {bytes(row.value_hash): row.lead_id for row in rows}


async def leads_by_phone(
    conn: AsyncConnection, *, team_id: UUID, sealer: Sealer, phones: Mapping[bytes, str]
) -> dict[bytes, list[Candidate]]:
    """The living leads with each of these phone numbers (given by their hash), oldest first, with their names."""
    if not phones:
        return {}
    rows = await conn.execute(
        select(addresses.c.value_hash, leads.c.id, leads.c.first_name, leads.c.last_name)
        .join(leads, (leads.c.team_id == addresses.c.team_id) & (leads.c.id == addresses.c.lead_id))
        .where(addresses.c.team_id == team_id, addresses.c.value_hash.in_(list(phones)), leads.c.deleted_at.is_(None))
        .order_by(leads.c.created_at)
    )
    found: dict[bytes, list[Candidate]] = {}
    for row in rows:
        value_hash = bytes(row.value_hash)
        candidate = Candidate(
            lead_id=row.id,
            sender_id=None,
            emails=frozenset(),
            phones=frozenset({phones[value_hash]}),
            first_name=sealer.open("leads", "first_name", row.id, row.first_name),
            last_name=sealer.open("leads", "last_name", row.id, row.last_name),
            deleted=False,
        )
        found.setdefault(value_hash, []).append(candidate)
    return found


async def seen_visitors(conn: AsyncConnection, *, team_id: UUID, hashes: Collection[bytes]) -> set[bytes]:
    """Which of these visitors submitted before."""
    if not hashes:
        return set()
    rows = await conn.execute(
        select(submissions.c.visitor_hash)
        .where(submissions.c.team_id == team_id, submissions.c.visitor_hash.in_(list(hashes)))
        .distinct()
    )
    return {bytes(value) for value in rows.scalars() if value is not None}


async def allowed_anywhere(conn: AsyncConnection, *, team_id: UUID, origin: str) -> bool:
    """Whether some campaign that takes leads allows this browser origin (for a preflight, which names no campaign)."""
    rows = await conn.execute(
        select(campaigns.c.allowed_origins).where(
            campaigns.c.team_id == team_id,
            campaigns.c.allowed_origins != "",
            func.length(campaigns.c.allowed_origins) > 0,
        )
    )
    return any(origin in origins.split() for origins in rows.scalars())
