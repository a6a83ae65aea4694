"""All of one lead's page: who they are, who talks with them, what was said and why, what may be sent, what is next."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.rules.quiet_hours import QuietHours
from agent.store.seal import Sealer
from agent.store.tables import conversations, leads, todos
from agent.store.todos import DOUBT
from agent.store.views.ahead import Ahead, ahead
from agent.store.views.faces import Face, FurtherAddress, best_addresses, face, further_addresses
from agent.store.views.kin import Kin, kin
from agent.store.views.offers import Whose, whose
from agent.store.views.permission import Permission, permission
from agent.store.views.thread import Entry, thread

_HELD = "waiting: "


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTodo:
    """One open to-do of this lead."""

    kind: str
    action: str
    quote: str
    reasons: tuple[str, ...]
    due_at: datetime
    hot: bool


@dataclass(frozen=True, slots=True)
class Owner:
    """Who has the conversation.

    `who`: `tend` writes, `you` or a `person` has it, `waiting` for a person or a date, `held` before it began, `ended`,
    `nobody` writes yet. `name` is the person's, `until` when Tend goes on by itself, `reason` why it is held or ended.
    """

    who: Literal["tend", "you", "person", "waiting", "held", "ended", "nobody"]
    name: str
    until: datetime | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadPage:
    """One lead's page. `generation` is the turn of the conversation that a reply must still find.

    `undecided`: their words may mean stop, and only Opt out or Resume go on from there.
    """

    face: Face
    owner: Owner
    status: str
    qualification: str
    stage: str
    assignee: str
    whose: Whose
    arrived_at: datetime
    snoozed_until: datetime | None
    zones: tuple[str, ...]
    zone_source: str
    generation: int
    last_channel: str
    can_pause: bool
    can_resume: bool
    undecided: bool
    opted_out: bool
    todos: tuple[OpenTodo, ...]
    thread: tuple[Entry, ...]
    permission: Permission
    ahead: Ahead
    kin: Kin
    further: tuple[FurtherAddress, ...]


async def lead_page(
    conn: AsyncConnection,
    *,
    team_id: UUID,
    sealer: Sealer,
    lead_id: UUID,
    now: datetime,
    user_id: UUID | None,
    takes_any: bool,
    names_by_id: Mapping[UUID, str],
    names_by_key: Mapping[str, str],
    brokerage: str,
    team_zone: str,
    quiet_hours: QuietHours,
    whatsapp_template: bool | None,
) -> LeadPage | None:
    """Answer one lead's page for the person `user_id`, who may take any where `takes_any`; None for no such lead."""
    lead = (
        await conn.execute(
            select(leads).where(leads.c.team_id == team_id, leads.c.id == lead_id, leads.c.deleted_at.is_(None))
        )
    ).one_or_none()
    if lead is None:
        return None
    talk = (
        await conn.execute(
            select(conversations).where(conversations.c.team_id == team_id, conversations.c.lead_id == lead_id)
        )
    ).one()
    reach = await best_addresses(conn, team_id=team_id, sealer=sealer, lead_ids=[lead_id])
    shown = face(sealer, lead, reach=reach.get(lead_id, {}), team_zone=team_zone)
    assignee = names_by_id.get(lead.assignee_id, "")
    words = {"agent_name": assignee, "agent_first_name": assignee.split(" ")[0], "brokerage": brokerage}
    may = await permission(
        conn,
        team_id=team_id,
        sealer=sealer,
        lead=lead,
        zone=shown.zone,
        rules=quiet_hours,
        now=now,
        whatsapp_template=whatsapp_template,
    )
    next_up = await ahead(conn, team_id=team_id, sealer=sealer, lead=lead, zone=shown.zone, now=now, words=words)
    work = await _todos(conn, team_id=team_id, sealer=sealer, lead_id=lead_id)
    return LeadPage(
        face=shown,
        owner=_owner(lead, talk, next_up, user_id=user_id, names=names_by_id),
        status=lead.status.replace("_", " "),
        qualification=lead.qualification.replace("_", " "),
        stage=lead.crm_stage,
        assignee=assignee or "nobody yet",
        whose=await whose(
            conn,
            team_id=team_id,
            sealer=sealer,
            lead=lead,
            user_id=user_id,
            takes_any=takes_any,
            names=names_by_id,
            now=now,
        ),
        arrived_at=lead.arrived_at,
        snoozed_until=lead.snoozed_until if lead.snoozed_until is not None and lead.snoozed_until > now else None,
        zones=tuple(zone for zone in lead.zones.split(",") if zone) or (team_zone,),
        zone_source=lead.zone_source,
        generation=talk.generation,
        last_channel=talk.last_channel,
        can_pause=talk.owner == "tend" and next_up.state == "active",
        can_resume=talk.owner == "human" or next_up.state == "paused",
        undecided=any(todo.kind == DOUBT for todo in work),
        opted_out=may.opted_out,
        todos=work,
        thread=await thread(
            conn,
            team_id=team_id,
            sealer=sealer,
            lead_id=lead_id,
            first_name=shown.first_name,
            user_names=names_by_key,
        ),
        permission=may,
        ahead=next_up,
        kin=await kin(conn, team_id=team_id, sealer=sealer, lead_id=lead_id, names_by_key=names_by_key),
        further=await further_addresses(
            conn, team_id=team_id, sealer=sealer, lead_id=lead_id, used=reach.get(lead_id, {}).values()
        ),
    )


def _owner(lead: Row[Any], talk: Row[Any], next_up: Ahead, *, user_id: UUID | None, names: Mapping[UUID, str]) -> Owner:
    if talk.owner == "human":
        mine = talk.owner_user_id is not None and talk.owner_user_id == user_id
        return Owner("you" if mine else "person", names.get(talk.owner_user_id, "A person"), None, "")
    if lead.end_reason:
        held = lead.end_reason.startswith(_HELD)
        return Owner("held" if held else "ended", "", None, lead.end_reason.removeprefix(_HELD))
    if next_up.state == "paused":
        return Owner("waiting", "", next_up.resume_at, "")
    return Owner("tend" if next_up.state == "active" else "nobody", "", None, "")


async def _todos(conn: AsyncConnection, *, team_id: UUID, sealer: Sealer, lead_id: UUID) -> tuple[OpenTodo, ...]:
    rows = await conn.execute(
        select(todos)
        .where(todos.c.team_id == team_id, todos.c.lead_id == lead_id, todos.c.state == "open")
        .order_by(todos.c.hot.desc(), todos.c.due_at)
    )
    return tuple(
        OpenTodo(
            kind=row.kind,
            action=sealer.open("todos", "action", row.id, row.action),
            quote=sealer.open("todos", "quote", row.id, row.quote),
            reasons=tuple(json.loads(sealer.open("todos", "reasons", row.id, row.reasons) or "[]")),
            due_at=row.due_at,
            hot=row.hot,
        )
        for row in rows
    )
