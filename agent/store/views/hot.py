"""The hot list: the queue in its order, then hot leads nobody was asked about yet, each with one next best action.

The queue is `views.queue`'s, its order `rules.priority`'s. Leads put aside, in a person's hands or done with are not
called.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, literal_column, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.rules.priority import Act, best_act
from agent.store.seal import Sealer
from agent.store.tables import conversations, leads, todos
from agent.store.views.faces import Face, best_addresses, face
from agent.store.views.queue import QueueCard, queue_page


@dataclass(frozen=True, slots=True, kw_only=True)
class HotLead:
    """One lead to turn to. `act` is what to do first, `action` says it in words and `reason` why.

    `waiting_since` and `due_at` are None for whom nobody was asked about.
    """

    face: Face
    act: Act
    action: str
    reason: str
    reasons: tuple[str, ...]
    quote: str
    assignee: str
    waiting_since: datetime | None
    due_at: datetime | None
    overdue: bool


async def hot_list(
    conn: AsyncConnection,
    *,
    team_id: UUID,
    sealer: Sealer,
    now: datetime,
    user_names: Mapping[UUID, str],
    team_zone: str,
    limit: int,
) -> tuple[HotLead, ...]:
    """Answer the list as it stands at `now`, at most `limit` leads."""
    queue = await queue_page(conn, team_id=team_id, sealer=sealer, now=now, user_names=user_names, team_zone=team_zone)
    asked = [_asked(card) for card in queue.waiting[:limit]]
    rows = (
        await conn.execute(
            select(leads)
            .join(conversations, (conversations.c.team_id == leads.c.team_id) & (conversations.c.lead_id == leads.c.id))
            .where(
                leads.c.team_id == team_id,
                leads.c.temperature == literal_column("'hot'"),
                leads.c.deleted_at.is_(None),
                leads.c.end_reason == literal_column("''"),
                leads.c.stage_blocks == literal_column("''"),
                conversations.c.owner == literal_column("'tend'"),
                or_(leads.c.snoozed_until.is_(None), leads.c.snoozed_until <= now),
                ~exists(
                    select(literal_column("1"))
                    .select_from(todos)
                    .where(todos.c.team_id == team_id, todos.c.lead_id == leads.c.id)
                    .where(todos.c.state == literal_column("'open'"))
                ),
            )
            .order_by(leads.c.score.desc(), leads.c.id)
            .limit(limit - len(asked))
        )
    ).all()
    reach = await best_addresses(conn, team_id=team_id, sealer=sealer, lead_ids=[row.id for row in rows])
    faces = [(face(sealer, row, reach=reach.get(row.id, {}), team_zone=team_zone), row.assignee_id) for row in rows]
    return (*asked, *(_by_score(shown, assignee=user_names.get(user_id, "")) for shown, user_id in faces))


def _asked(card: QueueCard) -> HotLead:
    return HotLead(
        face=card.face,
        act=best_act(card.action, phone=bool(card.face.phone), email=bool(card.face.email), undecided=card.undecided),
        action=card.action,
        reason=card.chips[0] if card.chips else card.action,
        reasons=card.chips,
        quote=card.quote,
        assignee=card.assignee,
        waiting_since=card.waiting_since,
        due_at=card.due_at,
        overdue=card.overdue,
    )


def _by_score(shown: Face, *, assignee: str) -> HotLead:
    act = best_act("", phone=bool(shown.phone), email=bool(shown.email), undecided=False)
    why = tuple(point.text for point in shown.ledger if point.points > 0)[:3]
    verb = {"call": "Call", "write": "Write to", "open": "Look at"}[act]
    return HotLead(
        face=shown,
        act=act,
        action=f"{verb} {shown.first_name}.",
        reason=f"score {shown.score}: {why[0]}" if why else f"score {shown.score}",
        reasons=why,
        quote="",
        assignee=assignee,
        waiting_since=None,
        due_at=None,
        overdue=False,
    )
