"""The first page: who wants to hear from a person, most pressing first, with the reason and one next action each.

A lead is one card however many to-dos are open. Conversations a person has in hand and leads put aside stand apart, and
come back to the queue when they fall due. The order is `rules.priority`'s.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import distinct, func, select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.rules.priority import QueueFacts, rank
from agent.store.seal import Sealer
from agent.store.tables import leads, messages, todos
from agent.store.todos import DOUBT
from agent.store.views.faces import Face, best_addresses, face

_SHOWN_AT_MOST = 500
_IN_HAND = "follow_up"
_SETTING = "map_stage"
_DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueCard:
    """One lead in the queue. `main` names the button of the next action; `assignee` is a name, empty for nobody.

    `undecided`: their words may mean stop, and only Opt out or Resume go on from there.
    """

    face: Face
    action: str
    main: Literal["call", "open"]
    quote: str
    chips: tuple[str, ...]
    hot: bool
    waiting_since: datetime
    due_at: datetime
    overdue: bool
    undecided: bool
    assignee: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePage:
    """`waiting` is the queue; `later` is work for leads who asked nothing; `in_hand` are conversations a person has.

    `put_aside` counts snoozed leads, `answered` the other leads Tend wrote to in the last 24 hours.
    """

    waiting: tuple[QueueCard, ...]
    later: tuple[QueueCard, ...]
    in_hand: tuple[QueueCard, ...]
    put_aside: int
    answered: int


async def queue_page(
    conn: AsyncConnection,
    *,
    team_id: UUID,
    sealer: Sealer,
    now: datetime,
    user_names: Mapping[UUID, str],
    team_zone: str,
) -> QueuePage:
    """Answer the queue as it stands at `now`."""
    open_todos = await _open(conn, team_id=team_id)
    by_lead: dict[UUID, list[Row[Any]]] = {}
    for todo in sorted(open_todos, key=lambda todo: rank(_facts(todo), now)):
        by_lead.setdefault(todo.lead_id, []).append(todo)
    people = await _people(conn, team_id=team_id, lead_ids=list(by_lead))
    reach = await best_addresses(conn, team_id=team_id, sealer=sealer, lead_ids=list(by_lead))
    waiting, later, in_hand, put_aside = [], [], [], 0
    for lead_id, theirs in by_lead.items():
        lead = people[lead_id]
        if lead.snoozed_until is not None and lead.snoozed_until > now:
            put_aside += 1
            continue
        shown = face(sealer, lead, reach=reach.get(lead_id, {}), team_zone=team_zone)
        card = _card(sealer, shown, theirs, now=now, assignee=user_names.get(lead.assignee_id, ""))
        if all(todo.kind == _IN_HAND and todo.due_at > now for todo in theirs):
            in_hand.append(card)
        elif all(todo.touch_id is not None or todo.kind == _SETTING for todo in theirs):
            later.append(card)
        else:
            waiting.append(card)
    return QueuePage(
        waiting=tuple(waiting),
        later=tuple(later),
        in_hand=tuple(in_hand),
        put_aside=put_aside,
        answered=await _answered(conn, team_id=team_id, now=now, but={card.face.lead_id for card in waiting}),
    )


def _card(sealer: Sealer, shown: Face, theirs: list[Row[Any]], *, now: datetime, assignee: str) -> QueueCard:
    first = theirs[0]
    action = sealer.open("todos", "action", first.id, first.action)
    quotes = (sealer.open("todos", "quote", todo.id, todo.quote) for todo in theirs)
    reasons = [
        reason
        for todo in theirs
        for reason in json.loads(sealer.open("todos", "reasons", todo.id, todo.reasons) or "[]")
    ]
    return QueueCard(
        face=shown,
        action=action,
        main="call" if shown.phone and action.startswith("Call") else "open",
        quote=next((quote for quote in quotes if quote), ""),
        chips=_once_each(reasons)[:3],
        hot=any(todo.hot for todo in theirs),
        waiting_since=min(todo.created_at for todo in theirs),
        due_at=first.due_at,
        overdue=any(todo.due_at <= now for todo in theirs),
        undecided=any(todo.kind == DOUBT for todo in theirs),
        assignee=assignee,
    )


def _facts(todo: Row[Any]) -> QueueFacts:
    return QueueFacts(
        todo_kind=todo.kind,
        due_at=todo.due_at,
        score=todo.score,
        hot=todo.hot,
        waiting_since=todo.created_at if todo.quote is not None else None,
        snoozed_until=todo.snoozed_until,
    )


def _once_each(reasons: list[str]) -> tuple[str, ...]:
    """Reasons as chips: each once, whatever its capitals."""
    return tuple({reason.casefold(): reason[:1].upper() + reason[1:] for reason in reversed(reasons)}.values())[::-1]


async def _open(conn: AsyncConnection, *, team_id: UUID) -> list[Row[Any]]:
    rows = await conn.execute(
        select(todos, leads.c.score, leads.c.snoozed_until)
        .join(leads, (leads.c.team_id == todos.c.team_id) & (leads.c.id == todos.c.lead_id))
        .where(todos.c.team_id == team_id, todos.c.state == "open", leads.c.deleted_at.is_(None))
        .order_by(todos.c.hot.desc(), todos.c.due_at)
        .limit(_SHOWN_AT_MOST)
    )
    return list(rows)


async def _people(conn: AsyncConnection, *, team_id: UUID, lead_ids: list[UUID]) -> dict[UUID, Row[Any]]:
    rows = await conn.execute(select(leads).where(leads.c.team_id == team_id, leads.c.id.in_(lead_ids)))
    return {row.id: row for row in rows}


async def _answered(conn: AsyncConnection, *, team_id: UUID, now: datetime, but: set[UUID]) -> int:
    """Leads Tend wrote to in the last 24 hours, without those in `but`."""
    question = select(func.count(distinct(messages.c.lead_id))).where(
        messages.c.team_id == team_id,
        messages.c.direction == "out",
        messages.c.written_by == "tend",
        messages.c.at > now - _DAY,
    )
    if but:
        question = question.where(messages.c.lead_id.not_in(but))
    return (await conn.execute(question)).scalar_one()
