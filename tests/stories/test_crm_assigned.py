"""Whose a lead is, told to Follow Up Boss: what Tend decided stands there, what people decided there stays."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from agent.flows import offering
from agent.flows.offering import Taken
from agent.rules.crm_wishes import CrmWishes
from agent.rules.routing_rules import How, Routing, Rule
from agent.rules.team import Team
from agent.store.tables import leads, outbox
from tests import cast
from tests.stories.conftest import SQLITE, Opens
from tests.stories.world import World

DANA, THEO, OWNER = 501, 502, 503
TO_THEO = Rule(name="Texas", people=("theo",))
FIRST_OF_BOTH = Rule(name="First", people=("dana", "theo"), how=How.FIRST_TO_CLAIM, claim_minutes=30)


def team(*rules: Rule, assigns: bool = True) -> Team:
    """Dana and Theo, each a user of the account; the owner of the account is nobody here."""
    ours = cast.team()
    ids = {"dana": str(DANA), "theo": str(THEO)}
    people = tuple(replace(each, crm_user_id=ids[each.key]) for each in ours.assignees)
    return replace(ours, assignees=people, routing=Routing(rules), crm=CrmWishes(assigns=assigns))


def staff(world: World) -> None:
    """Put the account's users in."""
    for number, name in ((DANA, "Dana Reyes"), (THEO, "Theo Lind"), (OWNER, "Olga Owner")):
        world.account.users[number] = {"id": number, "name": name, "email": "", "role": "Agent", "isOwner": False}


async def told(world: World) -> list[tuple[str, str]]:
    """What became of telling whose they are."""
    return [(row.state, row.reason) for row in await world.rows(outbox, kind="assignee")]


def only(world: World) -> dict[str, Any]:
    """The one person of the account."""
    (person,) = world.account.people.values()
    return person


async def whose(world: World) -> str:
    """The key of whoever has the one lead."""
    (lead,) = await world.rows(leads)
    return world.tend.assignee(lead.assignee_id).key if lead.assignee_id is not None else ""


async def test_who_was_nobodys_in_the_crm_is_theirs_whom_tend_gave_it_to(open_world: Opens) -> None:
    async with open_world(team=team(TO_THEO)) as world:
        staff(world)
        await world.arrive(cast.MAYA)
        await world.live(minutes=5)
        assert (only(world)["assignedUserId"], only(world)["assignedTo"]) == (THEO, "Theo Lind")
        await world.push("peopleUpdated", list(world.account.people))
        await world.live(minutes=5)
        assert await whose(world) == "theo"
        assert await told(world) == [("done", "")]


@SQLITE
async def test_somebody_of_the_account_who_is_not_in_the_team_file_keeps_theirs(open_world: Opens) -> None:
    async with open_world(team=team(TO_THEO)) as world:
        staff(world)
        await world.arrive(cast.MAYA, assigned_user_id=OWNER)
        await world.live(minutes=5)
        assert only(world)["assignedUserId"] == OWNER
        assert await told(world) == [("skipped", "the CRM gave it to somebody itself")]


@SQLITE
async def test_the_lead_flow_of_the_crm_does_not_end_an_offer_and_whoever_takes_it_has_it_there(
    open_world: Opens,
) -> None:
    async with open_world(team=team(FIRST_OF_BOTH)) as world:
        staff(world)
        world.account.lead_flow_gives_to = DANA
        await world.post_form(cast.form(cast.DIEGO))
        await world.live(minutes=2)
        assert only(world)["assignedUserId"] == DANA
        await world.push("peopleCreated", list(world.account.people))
        await world.push("peopleUpdated", list(world.account.people))
        await world.live(minutes=5)
        assert await whose(world) == ""
        (lead,) = await world.rows(leads)
        assert isinstance(await offering.take(world.tend, lead.id, user_id=world.tend.user_ids["theo"]), Taken)
        await world.live(minutes=5)
        await world.push("peopleUpdated", list(world.account.people))
        await world.live(minutes=5)
        assert only(world)["assignedUserId"] == THEO
        assert await whose(world) == "theo"


@SQLITE
async def test_a_person_of_the_crm_who_gives_an_offered_lead_to_somebody_ends_the_offer(open_world: Opens) -> None:
    async with open_world(team=team(FIRST_OF_BOTH)) as world:
        staff(world)
        world.account.lead_flow_gives_to = OWNER
        await world.post_form(cast.form(cast.DIEGO))
        await world.live(minutes=2)
        world.account.change_person(only(world)["id"], assignedUserId=DANA)
        await world.push("peopleUpdated", list(world.account.people))
        await world.live(minutes=5)
        assert await whose(world) == "dana"
        assert only(world)["assignedUserId"] == DANA


@SQLITE
async def test_a_person_of_the_team_who_joins_an_offered_lead_in_the_crm_has_it(open_world: Opens) -> None:
    async with open_world(team=team(FIRST_OF_BOTH)) as world:
        staff(world)
        world.account.lead_flow_gives_to = OWNER
        await world.post_form(cast.form(cast.DIEGO))
        await world.live(minutes=2)
        joined = [{"id": THEO, "name": "Theo Lind", "assigned": False, "role": "Agent"}]
        world.account.change_person(only(world)["id"], collaborators=joined)
        await world.push("peopleUpdated", list(world.account.people))
        await world.live(minutes=5)
        assert await whose(world) == "theo"


@SQLITE
async def test_whoever_is_somebodys_in_the_crm_already_goes_to_them_when_they_come_by_form(open_world: Opens) -> None:
    async with open_world(team=team(TO_THEO)) as world:
        staff(world)
        world.add_to_crm(cast.DIEGO, assigned_user_id=DANA, stage="Lead")
        await world.post_form(cast.form(cast.DIEGO))
        await world.live(minutes=2)
        await world.push("peopleUpdated", list(world.account.people))
        await world.live(minutes=5)
        assert only(world)["assignedUserId"] == DANA
        assert await whose(world) == "dana"


@SQLITE
async def test_a_hot_task_goes_with_the_lead_to_whoever_takes_it(open_world: Opens) -> None:
    async with open_world(team=team(FIRST_OF_BOTH)) as world:
        staff(world)
        await world.post_form(cast.form(cast.DIEGO, lead_details={"message": "Please call me today about a showing."}))
        await world.live(minutes=2)
        (task,) = world.account.tasks.values()
        assert task["assignedUserId"] == DANA
        (lead,) = await world.rows(leads)
        await offering.take(world.tend, lead.id, user_id=world.tend.user_ids["theo"])
        await world.live(minutes=2)
        assert task["assignedUserId"] == THEO


@SQLITE
async def test_a_task_follows_a_lead_that_changes_hands_in_the_crm(open_world: Opens) -> None:
    async with open_world(team=team(TO_THEO)) as world:
        staff(world)
        await world.arrive(cast.MAYA, text_consent="yes", assigned_user_id=THEO)
        await world.live(hours=1)
        await world.text(cast.MAYA, "Could we see it on Saturday at 2?")
        await world.live(minutes=5)
        (task,) = world.account.tasks.values()
        world.account.change_person(only(world)["id"], assignedUserId=DANA)
        await world.push("peopleUpdated", list(world.account.people))
        await world.live(minutes=5)
        assert (await whose(world), task["assignedUserId"]) == ("dana", DANA)


@SQLITE
async def test_a_team_that_does_not_want_it_told_is_left_alone(open_world: Opens) -> None:
    async with open_world(team=team(TO_THEO, assigns=False)) as world:
        staff(world)
        await world.arrive(cast.MAYA)
        await world.live(minutes=5)
        assert only(world)["assignedUserId"] is None
        assert await told(world) == []


@SQLITE
async def test_who_was_deleted_in_the_crm_and_comes_back_by_form_is_announced_as_somebody_new(
    open_world: Opens,
) -> None:
    async with open_world(team=team()) as world:
        staff(world)
        lead_id = await world.arrive(cast.DIEGO)
        await world.live(minutes=5)
        (gone,) = world.account.people
        world.account.delete_person(gone)
        await world.post_form(cast.form(cast.DIEGO))
        await world.live(minutes=5)
        assert (await world.lead(lead_id)).crm_person_id == str(only(world)["id"]) != str(gone)


@SQLITE
async def test_a_known_person_is_announced_by_the_id_they_have_there(open_world: Opens) -> None:
    async with open_world(team=team()) as world:
        staff(world)
        await world.arrive(cast.DIEGO)
        world.account.change_person(only(world)["id"], emails=[], phones=[])
        await world.post_form(cast.form(cast.DIEGO))
        await world.live(minutes=5)
        assert only(world)["firstName"] == "Diego"
