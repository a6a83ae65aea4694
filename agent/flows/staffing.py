"""The team's people and a lead as facts for routing: who is at work, what each has, what is known of the lead."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.rules.routing import Person, called
from agent.rules.routing_rules import LeadFacts, grade_of
from agent.rules.team import Assignee
from agent.rules.working_hours import at_work
from agent.store import leads, workloads
from agent.tend import Tend

_LATELY = timedelta(days=7)


async def people(conn: AsyncConnection, tend: Tend) -> list[Person]:
    """Everybody of the team as they stand now, in the team file's order."""
    now = tend.now()
    midnight = datetime.combine(tend.today(), time(0), tzinfo=ZoneInfo(tend.team.zone))
    has = await workloads.workloads(
        conn,
        team_id=tend.team_id,
        today_since=midnight,
        lately_since=now - _LATELY,
        count_open=any(assignee.most_open is not None for assignee in tend.team.assignees),
    )
    called_by = names(tend)
    found = []
    for assignee in tend.team.assignees:
        load = has[tend.user_ids[assignee.key]]
        found.append(
            Person(
                key=assignee.key,
                name=called_by[assignee.key],
                at_work=at_work(now, assignee),
                away_until=assignee.away_until(now.astimezone(ZoneInfo(assignee.zone)).date()),
                assigned_today=load.today,
                assigned_lately=load.lately,
                open_leads=load.open,
                last_assigned_at=load.last_assigned_at,
                most_per_day=assignee.most_per_day,
                most_open=assignee.most_open,
                languages=assignee.languages,
            )
        )
    return found


def names(tend: Tend) -> dict[str, str]:
    """How sentences call the team's people, by key."""
    return called({assignee.key: assignee.name for assignee in tend.team.assignees})


def of_keys(tend: Tend, keys: Iterable[str]) -> Sequence[Assignee]:
    """The people with these keys, in this order."""
    by_key = {assignee.key: assignee for assignee in tend.team.assignees}
    return [by_key[key] for key in keys]


def facts_of(
    tend: Tend, lead: Row[Any], *, campaign: str = "", postal_code: str = "", is_new: bool = True
) -> LeadFacts:
    """What rules may ask of this lead."""
    facts = leads.opened(tend.sealer, lead)["facts"]
    return LeadFacts(
        campaign=campaign,
        source=lead.source,
        interests=(lead.intent, str(facts.get("service_interest") or "")),
        area=str(facts.get("area") or ""),
        home=str(facts.get("property") or ""),
        postal_code=postal_code,
        state=lead.residence_state,
        price_min=facts.get("price_min"),
        price_max=facts.get("price_max"),
        language=str(facts.get("language") or ""),
        score=points(lead),
        given_grade=lead.grade,
        is_new=is_new,
    )


def points(lead: Row[Any]) -> int:
    """The points of a hundred that rules go by: what its form is worth, or its score where no form brought it."""
    return int(lead.campaign_score if lead.campaign_score is not None else lead.score)


def is_top(lead: Row[Any]) -> bool:
    """Whether its grade is A."""
    return bool((lead.grade or grade_of(points(lead))) == "A")
