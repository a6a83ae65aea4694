"""Past leads scored by today's rules with only what was known some days after they came, and held against who closed.

1. Asked are leads that came at least `mature_days` ago: long enough that they could have closed.
2. Each is looked at `after_days` after it came; nothing that was learned or happened later enters.
3. Closed means that Tend saw the stage become one of status `closed_won`. Whose outcome was decided before the look, or
   nobody knows when, is left out and counted, as is who came to Tend only later.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.rules import campaign_score, engagement, form_facts
from agent.rules.backtest import Past, backtest
from agent.rules.history import as_of
from agent.rules.leads import Status
from agent.store import scores
from agent.store.tables import leads, submissions
from agent.tend import Tend

_AT_ONCE = 500
_UNDATED = "closed on a day Tend did not see"
_TOO_SOON = "closed before the look"
_LATER = "came to Tend after the look"


async def run(tend: Tend, *, after_days: int, mature_days: int) -> dict[str, Any]:
    """Score every past lead and hold both scores against the outcomes."""
    now, left_out = tend.now(), Counter[str]()
    moved: list[Past] = []
    formed: list[Past] = []
    last: UUID | None = None
    async with tend.reading() as conn:
        while rows := await _some(conn, tend, came_before=now - timedelta(days=mature_days), after=last):
            last = rows[-1].id
            looks = {row.id: row.arrived_at + timedelta(days=after_days) for row in rows}
            kept = [row for row in rows if not _left_out(tend, row, looks[row.id], left_out)]
            moved += await _by_engagement(conn, tend, kept, looks)
            formed += await _by_form(conn, tend, kept, looks)
    today = tend.today()
    return {
        "on": today.isoformat(),
        "after_days": after_days,
        "mature_days": mature_days,
        "left_out": dict(left_out),
        "engagement": {"version": tend.profiles.engagement_on(today).version, **asdict(backtest(moved))},
        "campaign": {"version": tend.profiles.campaign_on(today).version, **asdict(backtest(formed))},
    }


async def _some(conn: AsyncConnection, tend: Tend, *, came_before: datetime, after: UUID | None) -> Sequence[Row[Any]]:
    question = (
        select(leads)
        .where(leads.c.team_id == tend.team_id, leads.c.deleted_at.is_(None), leads.c.arrived_at <= came_before)
        .order_by(leads.c.id)
        .limit(_AT_ONCE)
    )
    return (await conn.execute(question if after is None else question.where(leads.c.id > after))).all()


def _left_out(tend: Tend, row: Row[Any], look: datetime, left_out: Counter[str]) -> bool:
    """Whether the outcome says nothing of a score at that instant; counted with the reason."""
    why = ""
    if row.created_at > look:
        why = _LATER
    elif row.deal_on is None and row.status == Status.CLOSED_WON:
        why = _UNDATED
    elif row.deal_on is not None and datetime.combine(row.deal_on, time(), ZoneInfo(tend.team.zone)) <= look:
        why = _TOO_SOON
    left_out.update([why] if why else [])
    return bool(why)


async def _by_engagement(
    conn: AsyncConnection, tend: Tend, rows: Sequence[Row[Any]], looks: dict[UUID, datetime]
) -> list[Past]:
    profile = tend.profiles.engagement_on(tend.today())
    known = await scores.histories(conn, team_id=tend.team_id, sealer=tend.sealer, rows=rows)
    found = []
    for row in rows:
        facts = as_of(known[row.id], looks[row.id], machine_seconds=profile.machine_seconds)
        found.append(Past(engagement.score(facts, looks[row.id], profile).points, _closed(row)))
    return found


async def _by_form(
    conn: AsyncConnection, tend: Tend, rows: Sequence[Row[Any]], looks: dict[UUID, datetime]
) -> list[Past]:
    """Whoever came by a form, by the last one they had sent when they were looked at."""
    profile = tend.profiles.campaign_on(tend.today())
    posted = await conn.execute(
        select(submissions.c.id, submissions.c.lead_id, submissions.c.received_at, submissions.c.payload)
        .where(submissions.c.team_id == tend.team_id, submissions.c.lead_id.in_([row.id for row in rows]))
        .order_by(submissions.c.received_at, submissions.c.id)
    )
    last = {form.lead_id: form for form in posted if form.received_at <= looks[form.lead_id]}
    found = []
    for row in rows:
        if (form := last.get(row.id)) is not None:
            content = json.loads(tend.sealer.open("submissions", "payload", form.id, form.payload))
            points = campaign_score.score(form_facts.read(content, profile).facts, profile).points
            found.append(Past(points, _closed(row)))
    return found


def _closed(row: Row[Any]) -> bool:
    return row.deal_on is not None
