"""A sequence is edited while people are on it: they stay on the version they began with until a person moves them."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.flows import versions
from agent.rules.sequences import content_hash, sequence_from_dict, sequence_to_dict, to_json
from agent.store import installation
from agent.store.tables import enrollments
from tests.cast import DIEGO, MAYA
from tests.stories.world import World


async def put_on_older(
    world: World, lead_id: UUID, *, without: str = "", renamed: str = "", to: str = "an-old-name", later: bool = False
) -> str:
    """Let this lead have begun with an older version: a step missing, under another name, or all a month later."""
    enrollment = await world.enrollment(lead_id)
    content = sequence_to_dict(world.tend.sequence(enrollment.sequence))
    content["steps"] = [step for step in content["steps"] if step["id"] != without]
    for step in content["steps"]:
        step["id"] = to if step["id"] == renamed else step["id"]
    if later:
        content["steps"] = [
            {name: value for name, value in step.items() if name != "after_minutes"}
            | {"id": f"old-{step['id']}", "day": 30, "time": "20:00"}
            for step in content["steps"]
        ]
    plan = sequence_from_dict(content)

    async def unit(conn: AsyncConnection) -> None:
        found = await installation.pin_sequences(
            conn,
            team_id=world.tend.team_id,
            contents={plan.key: (content_hash(content), to_json(plan))},
            now=world.clock.now(),
        )
        await conn.execute(
            update(enrollments)
            .where(enrollments.c.team_id == world.tend.team_id, enrollments.c.id == enrollment.id)
            .values(version_id=found[plan.key])
        )

    await world.tend.writer.run(unit)
    return plan.key


async def waiting_step(world: World, lead_id: UUID) -> str:
    """The name of the step a lead waits for, in the version they are on."""
    living = [row for row in await world.rows(enrollments, lead_id=lead_id) if row.state == "active"]
    (planned,) = await world.touches(lead_id, state="planned")
    assert [row.id for row in living] == [planned.enrollment_id]
    name: str = world.tend.plans[living[0].version_id].steps[planned.step].id
    return name


async def test_a_look_counts_who_would_go_where_and_changes_nothing(world: World) -> None:
    lead_id = await world.arrive(MAYA, text_consent="yes")
    step = (await world.touches(lead_id, state="planned"))[0].step
    steps = world.tend.sequence((await world.enrollment(lead_id)).sequence).steps
    key = await put_on_older(world, lead_id, without=steps[-1].id)
    name = steps[step].id
    before = await world.touches(lead_id)

    moves = await versions.move(world.tend, key, only_look=True)

    assert (dict(moves.goes_on), dict(moves.stays)) == ({name: 1}, {})
    assert await world.touches(lead_id) == before
    people = {(found.sequence, found.present): found.people for found in await versions.overview(world.tend)}
    assert (people[key, False], people[key, True]) == (1, 0)


@pytest.mark.parametrize("renamed", [False, True])
async def test_moved_people_go_on_where_they_were_and_get_no_step_twice(world: World, *, renamed: bool) -> None:
    lead_id = await world.arrive(DIEGO, text_consent="yes", background="I want to buy a home in Mueller for 500k")
    await world.live(days=2)
    (planned,) = await world.touches(lead_id, state="planned")
    enrollment = await world.enrollment(lead_id)
    steps = world.tend.sequence(enrollment.sequence).steps
    key = await put_on_older(world, lead_id, without=steps[-1].id, renamed=steps[planned.step].id if renamed else "")

    moves = await versions.move(world.tend, key, only_look=False)

    assert sum(moves.goes_on.values()) == 1
    assert await waiting_step(world, lead_id) == steps[planned.step].id
    again = await versions.move(world.tend, key, only_look=False)
    assert (dict(again.goes_on), dict(again.stays)) == ({}, {})
    await world.live(days=31)
    ended = [row for row in await world.touches(lead_id) if row.word != "moved"]
    assert sorted(row.step for row in ended) == list(range(len(steps)))


async def test_who_waits_for_a_step_later_than_all_of_the_present_version_stays(world: World) -> None:
    lead_id = await world.arrive(MAYA)
    key = await put_on_older(world, lead_id, later=True)

    moves = await versions.move(world.tend, key, only_look=False)

    assert (dict(moves.goes_on), dict(moves.stays)) == ({}, {"no step is left in the present version": 1})
    assert len(await world.touches(lead_id, state="planned")) == 1


async def test_who_had_a_step_that_now_stands_later_stays(world: World) -> None:
    lead_id = await world.arrive(MAYA)
    steps = world.tend.sequence((await world.enrollment(lead_id)).sequence).steps
    key = await put_on_older(world, lead_id, without=steps[-1].id, renamed=steps[0].id, to=steps[-1].id)

    moves = await versions.move(world.tend, key, only_look=False)

    assert (dict(moves.goes_on), dict(moves.stays)) == ({}, {"a step they had comes again": 1})


async def test_a_sequence_nobody_ships_is_named_with_those_there_are(world: World) -> None:
    with pytest.raises(LookupError, match="new-buyer"):
        await versions.move(world.tend, "no-such", only_look=True)
