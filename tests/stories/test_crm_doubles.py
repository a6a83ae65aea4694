"""An account that has somebody twice, or two people with one mailbox: each record is told apart and heard of."""

from __future__ import annotations

from datetime import timedelta

from agent.flows import enrolling, importing, joining
from agent.flows.joining import Undone
from agent.store.tables import conversations, enrollments, leads, merges, outbox, todos
from integrations.standins import followupboss_logged as logged
from tests.cast import Lead
from tests.stories.conftest import SQLITE, Opens
from tests.stories.world import World

_BOX = "lees@example.org"
ANN = Lead("Ann", "Lee", _BOX, "+15125550171", "Austin", "TX", "shares a mailbox with her husband")
BOB = Lead("Bob", "Lee", _BOX, "+15125550172", "Austin", "TX", "shares a mailbox with his wife")
ANN_AGAIN = Lead("Ann", "Lee", _BOX, "+15125550173", "Austin", "TX", "stands twice in the account")


async def both(world: World, one: Lead, other: Lead) -> tuple[int, int]:
    """Let two records come in, one after the other."""
    first, second = world.add_to_crm(one), world.add_to_crm(other)
    for each in (first, second):
        await world.push("peopleCreated", [each])
        await world.live(minutes=5)
    return first, second


async def test_a_couple_with_one_mailbox_and_two_records_are_two_leads_with_a_stage_each(world: World) -> None:
    first, second = await both(world, ANN, BOB)
    world.account.change_person(first, stage="Under contract")
    await world.push("peopleStageUpdated", [first])
    await world.push("peopleUpdated", [second])
    await world.live(minutes=5)
    stages = {row.crm_person_id: row.crm_stage for row in await world.rows(leads, deleted_at=None)}
    assert stages == {str(first): "Under contract", str(second): "Lead"}


async def test_who_stands_twice_in_the_crm_is_one_lead_written_to_once_and_keeps_the_first_record(world: World) -> None:
    first, second = await both(world, ANN, ANN_AGAIN)
    (lead,) = await world.rows(leads, deleted_at=None)
    assert lead.crm_person_id == str(first)
    assert len(await world.rows(enrollments, state="active")) == 1
    assert len(world.emails_to(ANN)) == 1
    world.account.change_person(second, tags=["Buyer"])
    await world.push("peopleUpdated", [second])
    await world.live(minutes=5)
    assert (await world.lead(lead.id)).crm_person_id == str(first)


@SQLITE
async def test_a_humans_call_on_the_second_record_pauses_the_one_lead(world: World) -> None:
    _, second = await both(world, ANN, ANN_AGAIN)
    call = logged.call(world.account, second, by="Dana Reyes")
    await world.push("callsCreated", [call])
    await world.live(minutes=5)
    (lead,) = await world.rows(leads, deleted_at=None)
    (talk,) = await world.rows(conversations, lead_id=lead.id)
    assert talk.owner == "human"


@SQLITE
async def test_a_merge_of_two_records_can_be_taken_back(world: World) -> None:
    first, second = await both(world, ANN, ANN_AGAIN)
    (merge,) = await world.rows(merges)
    assert merge.merged_by == "Tend"
    assert isinstance(await joining.undo(world.tend, merge.id, user_id=None), Undone)
    await world.push("peopleUpdated", [first, second])
    await world.live(minutes=5)
    assert {row.crm_person_id for row in await world.rows(leads, deleted_at=None)} == {str(first), str(second)}


@SQLITE
async def test_an_import_tells_records_apart_too(open_world: Opens) -> None:
    async with open_world() as world:
        before = world.clock.now() - timedelta(days=400)
        people = [world.add_to_crm(each, created=before) for each in (ANN, BOB, ANN_AGAIN)]
        while not (await importing.bring_page(world.tend)).done:
            pass
        living = await world.rows(leads, deleted_at=None)
        there = {row.crm_person_id for row in living}
        assert len(there) == 2
        assert str(people[1]) in there
        assert {row.end_reason for row in living} == {enrolling.TOO_OLD}
        assert await world.rows(todos) == []
        assert await world.rows(outbox) == []


@SQLITE
async def test_a_plan_that_runs_on_the_second_record_pauses_the_one_lead_and_asks_a_person(world: World) -> None:
    world.add_to_crm(ANN)
    await world.push("peopleCreated", list(world.account.people))
    await world.live(minutes=5)
    second = world.add_to_crm(ANN_AGAIN)
    logged.run_plan(world.account, second, name="Ours")
    await world.push("peopleCreated", [second])
    await world.live(minutes=5)
    (lead,) = await world.rows(leads, deleted_at=None)
    assert [row.state for row in await world.rows(enrollments, lead_id=lead.id)] == ["paused"]
    assert [todo.kind for todo in await world.open_todos(lead.id)] == ["follow_up"]
