"""Plans of the CRM's own, merged people, the trash, ponds, collaborators, lenders, leads that change hands there."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from agent.flows import reactivation
from agent.rules.team import Assignee, Team
from agent.store.tables import conversations, enrollments, lead_events, leads
from integrations.standins import followupboss_logged as logged
from tests import cast
from tests.cast import DIEGO, MAYA, OLIVE
from tests.stories.conftest import SQLITE, Opens
from tests.stories.world import World

PLAN = "Zillow 10 days"


@pytest.mark.parametrize("automation", [False, True])
async def test_a_plan_that_runs_in_the_crm_blocks_the_sequence_with_the_reason_until_it_ends(
    world: World, *, automation: bool
) -> None:
    person_id = world.add_to_crm(MAYA)
    pairing = logged.run_plan(world.account, person_id, name=PLAN, automation=automation)
    await world.push("peopleCreated", [person_id])
    await world.live(hours=2)

    lead_id = await world.lead_id(MAYA)
    assert await world.rows(enrollments) == []
    assert world.sent_to(MAYA) == 0
    what = "automation" if automation else "action plan"
    reason = f"waiting: the CRM itself writes to them (the {what} “{PLAN}” runs)"
    assert (await world.lead(lead_id)).end_reason == reason

    await world.tick("waiting")
    assert await world.rows(enrollments) == []
    of = world.account.automations_people if automation else world.account.action_plans_people
    of[pairing]["status"] = "Completed"
    await world.tick("waiting")
    await world.live(minutes=5)
    assert len(world.emails_to(MAYA)) == 1
    assert (await world.lead(lead_id)).end_reason == ""


@pytest.mark.parametrize("status", ["Paused", "Completed", "Finished"])
@SQLITE
async def test_a_plan_that_does_not_run_blocks_nothing(world: World, status: str) -> None:
    person_id = world.add_to_crm(MAYA)
    logged.run_plan(world.account, person_id, name=PLAN, status=status)
    await world.push("peopleCreated", [person_id])
    await world.live(minutes=5)

    assert len(world.emails_to(MAYA)) == 1


@SQLITE
async def test_who_comes_back_by_form_while_a_plan_runs_is_answered_by_a_person(world: World) -> None:
    person_id = world.add_to_crm(MAYA)
    logged.run_plan(world.account, person_id, name=PLAN)
    await world.push("peopleCreated", [person_id])
    await world.live(minutes=5)

    answer = await world.post_form(cast.form(MAYA))
    assert answer.status_code in {201, 409}
    await world.live(minutes=5)

    lead_id = await world.lead_id(MAYA)
    assert await world.rows(enrollments) == []
    assert await world.open_todos(lead_id) != []


@SQLITE
async def test_a_form_that_came_to_both_is_written_to_by_one_until_a_person_decides(world: World) -> None:
    assert (await world.post_form(cast.form(MAYA))).status_code == 201
    await world.live(minutes=5)
    before = world.sent_to(MAYA)
    person_id = world.add_to_crm(MAYA)
    logged.run_plan(world.account, person_id, name=PLAN)

    await world.push("peopleCreated", [person_id])
    await world.live(days=3)

    lead_id = await world.lead_id(MAYA)
    assert (world.sent_to(MAYA), (await world.enrollment(lead_id)).state) == (before, "paused")
    assert [todo.kind for todo in await world.open_todos(lead_id)] == ["follow_up"]


@SQLITE
async def test_an_aged_lead_with_a_running_plan_is_not_woken_and_the_next_is(world: World) -> None:
    old = [
        world.add_to_crm(lead, text_consent="yes", created=world.clock.now() - timedelta(days=300))
        for lead in (MAYA, DIEGO)
    ]
    logged.run_plan(world.account, old[0], name=PLAN)
    await world.push("peopleUpdated", old)
    await world.settle()

    await reactivation.start(world.tend, daily_limit=10, user_id=None)
    await world.tick("reactivation")

    maya, diego = await world.lead_id(MAYA), await world.lead_id(DIEGO)
    assert [row.lead_id for row in await world.rows(enrollments)] == [diego]
    assert PLAN in (await world.lead(maya)).end_reason
    found = await reactivation.preview(world.tend)
    assert found.by_reason["the CRM itself writes to them"] == 1


async def test_somebody_merged_into_a_record_nobody_knew_goes_on_as_that_one(world: World) -> None:
    lead_id = await world.arrive(MAYA)
    (gone,) = world.account.people
    kept = world.account.add_person(
        first_name="M", last_name="Alvarez", created=world.clock.now() - timedelta(days=900)
    )
    logged.merge(world.account, gone, into=kept)

    await world.push("peopleDeleted", [gone])
    await world.live(days=2)

    lead = await world.lead(lead_id)
    assert (lead.crm_person_id, lead.deleted_at) == (str(kept), None)
    assert (await world.enrollment(lead_id)).state == "active"
    assert len(await world.rows(leads)) == 1
    assert len(world.emails_to(MAYA)) >= 1


async def test_two_leads_merged_in_the_crm_are_written_to_as_one_and_stay_a_humans(world: World) -> None:
    maya = await world.arrive(MAYA)
    other = await world.arrive(DIEGO)
    gone, kept = world.account.people
    call = logged.call(world.account, gone, by="Dana Reyes")
    await world.push("callsCreated", [call])
    await world.settle()
    logged.merge(world.account, gone, into=kept)
    before = world.sent_to(DIEGO)

    await world.push("peopleUpdated", [kept])
    await world.push("peopleDeleted", [gone])
    await world.live(days=3)

    assert (await world.lead(maya)).end_reason == "merged into another record in the CRM"
    assert await world.open_todos(maya) == []
    (talk,) = await world.rows(conversations, lead_id=other)
    assert talk.owner == "human"
    assert world.sent_to(DIEGO) == before
    assert world.sent_to(MAYA) == 1


@SQLITE
async def test_a_couple_with_one_phone_is_not_taken_for_a_merge(world: World) -> None:
    june = await world.arrive(cast.JUNE)
    walt = await world.arrive(cast.WALT)
    gone, _ = world.account.people
    world.account.delete_person(gone)

    await world.push("peopleDeleted", [gone])
    await world.settle()

    assert (await world.lead(june)).end_reason == "deleted in the CRM"
    assert (await world.lead(walt)).deleted_at is None


@SQLITE
async def test_the_trash_silences_tend_asks_nobody_and_closes_what_was_open(world: World) -> None:
    lead_id = await world.arrive(MAYA, background="Could we see 9 Elm St on Saturday?")
    await world.live(minutes=5)
    (person_id,) = world.account.people
    before = world.sent_to(MAYA)
    assert await world.open_todos(lead_id) != []
    world.account.change_person(person_id, stage="Trash")

    await world.push("peopleStageUpdated", [person_id])
    await world.live(days=31)

    assert world.sent_to(MAYA) == before
    assert (await world.lead(lead_id)).end_reason == "in the trash"
    assert await world.open_todos(lead_id) == []


def two_users() -> Team:
    """Dana and Theo, who are users 71 and 72 of the CRM."""
    team = cast.team()
    ids = {"dana": "71", "theo": "72"}

    def seated(assignee: Assignee) -> Assignee:
        return replace(assignee, crm_user_id=ids[assignee.key])

    return replace(team, assignees=tuple(seated(each) for each in team.assignees))


async def whose(world: World, lead_id: UUID) -> str:
    assigned = (await world.lead(lead_id)).assignee_id
    return world.tend.assignee(assigned).key if assigned is not None else "nobody"


@SQLITE
async def test_who_stands_in_a_pond_is_nobodys_until_somebody_takes_them(open_world: Opens) -> None:
    async with open_world(team=two_users()) as world:
        lead_id = await world.arrive(MAYA, pond_id=3, background="Could we see 9 Elm St on Saturday?")
        assert await whose(world, lead_id) == "nobody"
        (todo,) = await world.open_todos(lead_id)
        assert todo.assignee_id is None
        assert {text.to for text in world.sms.sent} == {"+15125550110"}

        (person_id,) = world.account.people
        world.account.change_person(person_id, assignedPondId=None, assignedUserId=72)
        await world.push("peopleUpdated", [person_id])
        await world.settle()
        assert await whose(world, lead_id) == "theo"


@SQLITE
async def test_a_lead_goes_to_whoever_works_with_them_there_and_never_to_a_lender(open_world: Opens) -> None:
    async with open_world(team=two_users()) as world:
        world.account.users[71] = {"id": 71, "name": "Dana Reyes", "role": "Lender"}
        world.account.users[72] = {"id": 72, "name": "Theo Lind", "role": "Agent"}
        lead_id = await world.arrive(MAYA, assigned_user_id=900, collaborators=[71, 72])

        assert await whose(world, lead_id) == "theo"


async def test_a_lead_that_changes_hands_in_the_crm_does_here_with_its_open_to_dos(open_world: Opens) -> None:
    async with open_world(team=two_users()) as world:
        lead_id = await world.arrive(OLIVE, assigned_user_id=71, background="Could we see 9 Elm St on Saturday?")
        assert await whose(world, lead_id) == "dana"
        (person_id,) = world.account.people
        world.account.change_person(person_id, assignedUserId=72)

        await world.push("peopleUpdated", [person_id])
        await world.settle()

        assert await whose(world, lead_id) == "theo"
        assert {todo.assignee_id for todo in await world.open_todos(lead_id)} == {world.tend.user_ids["theo"]}
        rows = await world.rows(lead_events, lead_id=lead_id, kind="routed")
        said = [world.opened(lead_events, "payload", row) for row in rows]
        assert any("Theo has it: the CRM gave it to them." in each for each in said)
