"""What a reading changes in what we think of a lead: facts learned, score with its reasons, temperature.

Blanks are filled and newer words replace older ones of the same fact; the ledger is kept whole for the page.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.flows import crm_owed
from agent.rules.scoring import Score, ScoreFacts, score
from agent.rules.steering import STEERING
from agent.store import leads
from agent.store.tables import messages
from agent.tend import Tend
from integrations.language_model import Intent, Reading, Urgency

_KEPT = STEERING | {Intent.SCHEDULE_SHOWING}


async def learn(conn: AsyncConnection, tend: Tend, lead: Row[Any], reading: Reading, *, hot: bool) -> None:
    """Merge a reading into the lead's facts and score them anew."""
    now = tend.now()
    facts = merged(leads.opened(tend.sealer, lead)["facts"], reading)
    facts["showing_asked"] = bool(facts.get("showing_asked")) or reading.intent is Intent.SCHEDULE_SHOWING
    theirs = await leads.addresses_of(conn, team_id=tend.team_id, sealer=tend.sealer, lead_ids=[lead.id])
    replies = (
        await conn.execute(
            select(func.count())
            .select_from(messages)
            .where(messages.c.team_id == tend.team_id, messages.c.lead_id == lead.id, messages.c.direction == "in")
        )
    ).scalar_one()
    known = theirs.get(lead.id, [])
    intent = reading.intent.value if reading.intent in _KEPT or not lead.intent else lead.intent
    result = judge(
        facts,
        intent=intent,
        has_email=any(a.channel == "email" for a in known),
        has_phone=any(a.channel == "sms" for a in known),
        replies=replies,
        last_heard_at=lead.last_inbound_at,
        now=now,
    )
    values: dict[str, Any] = {
        "facts": facts,
        "intent": intent,
        "score": result.points,
        "temperature": "hot" if hot else result.temperature,
        "score_reasons": [[reason.points, reason.text] for reason in result.reasons],
    }
    await leads.change(conn, team_id=tend.team_id, sealer=tend.sealer, lead_id=lead.id, now=now, values=values)
    await crm_owed.person(conn, tend, lead.id)


def merged(facts: dict[str, Any], reading: Reading) -> dict[str, Any]:
    """Facts with what the reading's slots add."""
    said = {key: value for key, value in asdict(reading.slots).items() if value not in ("", None)}
    if reading.urgency is not Urgency.UNKNOWN:
        said["urgency"] = reading.urgency.value
    return {**facts, **said}


def judge(
    facts: dict[str, Any],
    *,
    intent: str,
    has_email: bool,
    has_phone: bool,
    replies: int,
    last_heard_at: datetime | None,
    now: datetime,
) -> Score:
    """Score what is known."""
    return score(
        ScoreFacts(
            has_email=has_email,
            has_phone=has_phone,
            intent=intent,
            urgency=str(facts.get("urgency") or "unknown"),
            timeline=str(facts.get("move_date") or facts.get("timeline") or ""),
            price_known=bool(facts.get("price_min") or facts.get("price_max")),
            pre_approved=facts.get("pre_approved") is True,
            showing_asked=bool(facts.get("showing_asked")),
            returning_visitor=facts.get("returning_visitor") is True,
            replies=replies,
            last_heard_at=last_heard_at,
        ),
        now,
    )
