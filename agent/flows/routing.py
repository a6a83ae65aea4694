"""Who gets a lead that arrives: the CRM's or the campaign's person, else whom the team's rules name; and who hears.

A lead that has somebody keeps them, whatever comes after; one that is offered or in a pond stays there. Every decision
is a sentence on the timeline. `rules.routing` decides, `offering` does what takes more than one person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.flows import alerts, offering, staffing
from agent.flows.arrivals import Arrival
from agent.rules.routing import Assigned, InPond, Offered, route
from agent.rules.routing_rules import CLAIM_MINUTES
from agent.store import leads, offers, todos
from agent.store.tables import campaigns
from agent.tend import Tend

_URGENT = frozenset({"high", "emergency"})


async def place(conn: AsyncConnection, tend: Tend, arrival: Arrival, lead_id: UUID, *, before: Row[Any] | None) -> bool:
    """Find somebody for a lead nobody has; True where one person has it from now on.

    `before` is the lead as it was before this arrival, None for somebody new.
    """
    lead = await leads.one(conn, team_id=tend.team_id, lead_id=lead_id)
    if lead is None or lead.deleted_at is not None:
        return False
    if (theirs := _passed_on(tend, arrival, before)) is not None:
        await todos.pass_on(conn, team_id=tend.team_id, lead_id=lead_id, assignee_id=theirs)
        why = f"{_called(tend, theirs)} has it: the CRM gave it to them."
        await offering.give(conn, tend, lead_id, user_id=theirs, why=why, is_new=False)
        return False
    if lead.assignee_id is not None:
        return False
    offered = await offers.open_of(conn, team_id=tend.team_id, lead_id=lead_id)
    if offered and _says_the_same(arrival, before):
        arrival = replace(arrival, crm_user_id=None)
    is_new = arrival.fresh and not lead.stage_blocks
    campaign = await _campaign(conn, tend, lead)
    if (given := _given(tend, arrival, campaign)) is not None:
        user_id, why = given
        await offering.give(conn, tend, lead_id, user_id=user_id, why=why, is_new=is_new)
        return True
    assigns = arrival.may_assign and (campaign is None or campaign.auto_assign)
    if not assigns or offered:
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


def named_for(tend: Tend, arrival: Arrival, held: Mapping[UUID, int]) -> tuple[UUID, str] | None:
    """Whose a lead is that is brought with many, and the sentence for it: by what came with it, else by who has fewest.

    `held` says how many leads each person has. None where nobody is to be given it.
    """
    given = _given(tend, arrival, None)
    if given is not None or not arrival.may_assign:
        return given
    theirs = min((tend.user_ids[each.key] for each in tend.team.assignees), key=lambda user_id: held.get(user_id, 0))
    return theirs, f"{_called(tend, theirs)} has it: the fewest leads when it was brought from the CRM."


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
    top = staffing.is_top(lead)
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
    """Whose lead this is by what came with it, and the sentence for it: the campaign's person, or the CRM's.

    In the CRM it is whoever they are assigned to, or else the first of the team who works with them there.
    """
    if arrival.assignee_id is not None:
        name = _called(tend, arrival.assignee_id)
        of = f"the campaign “{campaign.name}” is theirs" if campaign is not None else "the campaign is theirs"
        return arrival.assignee_id, f"{name} takes it: {of}."
    if (theirs := _user_of(tend, arrival.crm_user_id)) is not None:
        return theirs, f"{_called(tend, theirs)} has it in the CRM."
    for crm_user_id in arrival.shared_with:
        if (theirs := _user_of(tend, crm_user_id)) is not None:
            return theirs, f"{_called(tend, theirs)} takes it: works with them in the CRM."
    return None


def _passed_on(tend: Tend, arrival: Arrival, before: Row[Any] | None) -> UUID | None:
    """Whom the CRM gave the lead to since it was last read; None where it gave it to nobody.

    Only a change counts: whoever was given the lead here keeps it while the CRM says what it always said.
    """
    theirs = _user_of(tend, arrival.crm_user_id)
    if (
        theirs is None
        or before is None
        or arrival.crm_person_id is None
        or before.crm_person_id != arrival.crm_person_id
    ):
        return None
    return None if arrival.crm_user_id == before.crm_user_id or theirs == before.assignee_id else theirs


def _says_the_same(arrival: Arrival, before: Row[Any] | None) -> bool:
    """Whether the CRM says of whose the lead is what it said before: nobody there decided since."""
    if before is None or arrival.crm_person_id is None:
        return False
    now, then = (arrival.crm_person_id, arrival.crm_user_id or ""), (before.crm_person_id, before.crm_user_id)
    return now == then


def _user_of(tend: Tend, crm_user_id: str | None) -> UUID | None:
    """The person of the team who is that user of the CRM."""
    keys = (each.key for each in tend.team.assignees if crm_user_id and each.crm_user_id == crm_user_id)
    key = next(keys, None)
    return tend.user_ids[key] if key is not None else None


def _called(tend: Tend, user_id: UUID) -> str:
    return staffing.names(tend)[tend.assignee(user_id).key]


async def _campaign(conn: AsyncConnection, tend: Tend, lead: Row[Any]) -> Row[Any] | None:
    """The campaign the lead came by, if any."""
    if lead.campaign_id is None:
        return None
    found = select(campaigns).where(campaigns.c.team_id == tend.team_id, campaigns.c.id == lead.campaign_id)
    return (await conn.execute(found)).one_or_none()
