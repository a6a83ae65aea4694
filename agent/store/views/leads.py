"""Every lead, newest news first, found by name as it is typed, by whole email address or by whole phone number.

Search goes by keyed hash only: nothing sealed is opened but the page that is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.rules.contact import normalise_email, normalise_phone, search_tokens
from agent.store.offers import open_to as open_to_people
from agent.store.seal import Sealer
from agent.store.tables import addresses, conversations, enrollments, leads, name_tokens, offers
from agent.store.views.faces import Face, best_addresses, face
from agent.store.views.offers import OpenTo, open_to

PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadRow:
    """One lead of the list. `standing` says in a few words who writes to them, or why nobody does.

    `open_to` says who may take a lead that is offered or in a pond.
    """

    face: Face
    status: str
    standing: str
    assignee: str
    open_to: OpenTo | None
    heard_at: datetime | None
    arrived_at: datetime


@dataclass(frozen=True, slots=True)
class LeadsList:
    """One page of leads, the count of all that match, whether there are more pages, and how many leads are to take."""

    rows: tuple[LeadRow, ...]
    total: int
    page: int
    pages: int
    to_take: int


async def leads_list(
    conn: AsyncConnection,
    *,
    team_id: UUID,
    sealer: Sealer,
    query: str,
    only_open: bool,
    user_id: UUID | None,
    takes_any: bool,
    page: int,
    user_names: Mapping[UUID, str],
    team_zone: str,
) -> LeadsList:
    """Answer one page (from 1) of the leads that match `query`, all of them when it is empty.

    `only_open`: those alone that are offered or in a pond. The reader is `user_id`, who may take any where `takes_any`.
    """
    to_take = select(offers.c.lead_id).where(offers.c.team_id == team_id, offers.c.state == literal_column("'open'"))
    matching = select(leads.c.id).where(leads.c.team_id == team_id, leads.c.deleted_at.is_(None))
    matching = _narrowed(matching, query, team_id=team_id, sealer=sealer)
    if only_open:
        matching = matching.where(leads.c.id.in_(to_take))
    total = (await conn.execute(select(func.count()).select_from(matching.subquery()))).scalar_one()
    pages = max(1, -(-total // PAGE))
    page = min(max(page, 1), pages)
    living = (
        select(enrollments.c.state)
        .where(
            enrollments.c.team_id == leads.c.team_id,
            enrollments.c.lead_id == leads.c.id,
            enrollments.c.state.in_(("active", "paused")),
        )
        .order_by(enrollments.c.started_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = (
        await conn.execute(
            select(leads, conversations.c.owner, conversations.c.owner_user_id, living.label("living"))
            .join(conversations, (conversations.c.team_id == leads.c.team_id) & (conversations.c.lead_id == leads.c.id))
            .where(leads.c.team_id == team_id, leads.c.id.in_(matching))
            .order_by(leads.c.updated_at.desc(), leads.c.id)
            .limit(PAGE)
            .offset((page - 1) * PAGE)
        )
    ).all()
    reach = await best_addresses(conn, team_id=team_id, sealer=sealer, lead_ids=[row.id for row in rows])
    open_offers = await open_to_people(conn, team_id=team_id, lead_ids=[row.id for row in rows])
    return LeadsList(
        rows=tuple(
            LeadRow(
                face=face(sealer, row, reach=reach.get(row.id, {}), team_zone=team_zone),
                status=row.status.replace("_", " "),
                standing=_standing(row, user_names),
                assignee=user_names.get(row.assignee_id, "nobody yet"),
                open_to=open_to(open_offers[row.id], user_id=user_id, takes_any=takes_any, names=user_names)
                if row.id in open_offers
                else None,
                heard_at=row.last_inbound_at,
                arrived_at=row.arrived_at,
            )
            for row in rows
        ),
        total=total,
        page=page,
        pages=pages,
        to_take=(await conn.execute(select(func.count()).select_from(to_take.distinct().subquery()))).scalar_one(),
    )


def _narrowed(question: Select[Any], query: str, *, team_id: UUID, sealer: Sealer) -> Select[Any]:
    email, phone = normalise_email(query), normalise_phone(query)
    if email is not None or phone is not None:
        value_hash = sealer.hash("email", email) if email is not None else sealer.hash("sms", phone or "")
        by_address = select(addresses.c.lead_id).where(
            addresses.c.team_id == team_id, addresses.c.value_hash == value_hash
        )
        return question.where(leads.c.id.in_(by_address))
    for token in search_tokens(query):
        by_name = select(name_tokens.c.lead_id).where(
            name_tokens.c.team_id == team_id, name_tokens.c.token_hash == sealer.hash("name", token)
        )
        question = question.where(leads.c.id.in_(by_name))
    return question


def _standing(row: Any, user_names: Mapping[UUID, str]) -> str:
    if row.end_reason:
        return str(row.end_reason)
    if row.owner == "human":
        return f"{user_names.get(row.owner_user_id, 'a person')} has the conversation"
    if row.living == "paused":
        return "Tend waits"
    return "Tend is writing" if row.living == "active" else "no sequence runs"
