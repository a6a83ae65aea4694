"""Who gets a lead that arrives: the CRM's or the campaign's person, else whom the team's rules name; and who hears.

A lead that has somebody keeps them, whatever comes after; one that is offered or in a pond stays there. Every decision
is a sentence on the timeline. `rules.routing` decides, `offering` does what takes more than one person.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.flows import alerts, offering, staffing
from agent.flows.arrivals import Arrival
from agent.rules.routing import Assigned, InPond, Offered, route
from agent.rules.routing_rules import CLAIM_MINUTES, grade_of
from agent.store import leads, offers, todos
from agent.store.tables import campaigns
from agent.tend import Tend

_URGENT = frozenset({"high", "emergency"})


async def place(conn: AsyncConnection, tend: Tend, arrival: Arrival, lead_id: UUID) -> bool:
    """Find somebody for a lead nobody has; True where one person has it from now on."""
    lead = await leads.one(conn, team_id=tend.team_id, lead_id=lead_id)
    if lead is None or lead.deleted_at is not None or lead.assignee_id is not None:
        return False
    is_new = arrival.fresh and not lead.stage_blocks
    campaign = await _campaign(conn, tend, lead)
    if (given := _given(tend, arrival, campaign)) is not None:
        user_id, why = given
        await offering.give(conn, tend, lead_id, user_id=user_id, why=why, is_new=is_new)
        return True
    assigns = arrival.may_assign and (campaign is None or campaign.auto_assign)
    if not assigns or await offers.open_of(conn, team_id=tend.team_id, lead_id=lead_id):
        return False
    key = campaign.key if campaign is not None else ""
    facts = staffing.facts_of(tend, lead, campaign=key, postal_code=arrival.postal_code, is_new=is_new)
    people = await staffing.people(conn, tend)
    match route(tend.team.routing, facts, people, team_lead=tend.team.lead_of_team.key):
        case Assigned() as decision:
            user_id = tend.user_ids[decision.key]
            await offering.give(conn, tend, lead_id, user_id=user_id, why=decision.why, is_new=is_new)
            return True
        case Offered() as decision:
            rule = tend.team.routing.named(decision.rule)
            minutes = rule.claim_minutes if rule is not None else CLAIM_MINUTES
            await offering.offer(conn, tend, lead, decision, minutes=minutes)
        case InPond() as decision:
            hurry = is_new and facts.grade == "A"
            await offering.put_in_pond(conn, tend, lead, decision, hurry=hurry)
    return False


async def tell(conn: AsyncConnection, tend: Tend, arrival: Arrival, lead_id: UUID) -> None:
    """Let whoever has got this new lead hear of it where it should not wait.

    By email, at any hour, where its grade is A; by text too where the lead is in a hurry, and by text alone, in the
    hours they work, where only that is so. A hot to-do tells them at once anyway, on both.
    """
    lead = await leads.one(conn, team_id=tend.team_id, lead_id=lead_id)
    if lead is None or lead.assignee_id is None or not arrival.fresh or lead.stage_blocks:
        return
    if any(todo.hot for todo in await todos.open_of(conn, team_id=tend.team_id, lead_id=lead_id)):
        return
    top = grade_of(staffing.points(lead)) == "A"
    urgent = str(leads.opened(tend.sealer, lead)["facts"].get("urgency")).casefold() in _URGENT
    channels = ("email",) * top + ("sms",) * urgent
    if not channels:
        return
    reasons = [f"grade A, {staffing.points(lead)} of 100"] * top + ["they are in a hurry"] * urgent
    person = tend.assignee(lead.assignee_id)
    await alerts.tell_person(
        conn,
        tend,
        lead,
        person,
        name="your-lead",
        cause=lead_id.hex,
        channels=channels,
        also={"reasons": "; ".join(reasons)},
        at=alerts.hears_at(tend, lead, person),
    )


def _given(tend: Tend, arrival: Arrival, campaign: Row[Any] | None) -> tuple[UUID, str] | None:
    """Whose lead this is by what came with it, and the sentence for it: the campaign's person, or the CRM's."""
    names = staffing.names(tend)
    if arrival.assignee_id is not None:
        name = names[tend.assignee(arrival.assignee_id).key]
        of = f"the campaign “{campaign.name}” is theirs" if campaign is not None else "the campaign is theirs"
        return arrival.assignee_id, f"{name} takes it: {of}."
    for assignee in tend.team.assignees:
        if arrival.crm_user_id and assignee.crm_user_id == arrival.crm_user_id:
            return tend.user_ids[assignee.key], f"{names[assignee.key]} has it in the CRM."
    return None


async def _campaign(conn: AsyncConnection, tend: Tend, lead: Row[Any]) -> Row[Any] | None:
    """The campaign the lead came by, if any."""
    if lead.campaign_id is None:
        return None
    found = select(campaigns).where(campaigns.c.team_id == tend.team_id, campaigns.c.id == lead.campaign_id)
    return (await conn.execute(found)).one_or_none()
