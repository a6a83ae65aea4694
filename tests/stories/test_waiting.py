"""Whoever waits for a decision of a person starts once it is made: a campaign resumed, a stage mapped."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from agent import scheduler
from agent.flows import controls, waiting
from agent.rules.leads import StageRule, Status
from agent.store.tables import campaigns, enrollments
from tests import cast
from tests.cast import DIEGO, MAYA, OLIVE, RUTH
from tests.stories.conftest import SQLITE
from tests.stories.world import OUR_PAGE, World


async def test_a_campaign_that_is_resumed_starts_those_who_waited_and_says_how_many(world: World) -> None:
    await world.post_form(cast.form(OLIVE, campaign="autumn"))
    await world.live(minutes=1)
    await controls.confirm_campaign(world.tend, "autumn", status="paused")
    for lead in (MAYA, DIEGO):
        answer = await world.post_form(cast.form(lead, campaign="autumn"))
        assert answer.json()["next_steps"]["expected_response_time"] == "when the campaign is resumed"
    await world.live(hours=30)
    assert (world.sent_to(MAYA), world.sent_to(DIEGO)) == (0, 0)

    await world.sign_in()
    assert "Activate and start 2 leads" in (await world.client.get("/campaigns")).text
    pressed = {"key": "autumn", "status": "active"}
    await world.client.post("/campaigns/confirm", data=pressed, headers=OUR_PAGE)
    await world.client.post("/campaigns/confirm", data=pressed, headers=OUR_PAGE)
    await world.live(minutes=5)

    assert (len(world.emails_to(MAYA)), len(world.emails_to(DIEGO))) == (1, 1)
    assert (await world.lead(await world.lead_id(MAYA))).end_reason == ""
    assert len(await world.rows(enrollments)) == 3


@SQLITE
async def test_who_waited_more_than_thirty_days_or_opted_out_is_not_started_by_a_campaign(world: World) -> None:
    await world.post_form(cast.form(OLIVE, campaign="autumn"))
    await world.live(minutes=1)
    await controls.confirm_campaign(world.tend, "autumn", status="completed")
    await world.post_form(cast.form(MAYA, campaign="autumn"))
    await world.live(days=29)
    await world.post_form(cast.form(RUTH, campaign="autumn"))
    await world.live(days=2)
    assert (await world.text(RUTH, "STOP")).status_code == 200
    await world.live(minutes=1)
    confirmed = world.sent_to(RUTH)

    await controls.confirm_campaign(world.tend, "autumn", status="active")
    await world.live(minutes=5)

    assert (world.sent_to(MAYA), world.sent_to(RUTH)) == (0, confirmed)
    assert world.emails_to(RUTH) == []


async def test_a_stage_that_is_mapped_at_last_starts_who_was_fresh_and_nobody_else(world: World) -> None:
    fresh = await world.arrive(MAYA, stage="Nurture")
    old = await world.arrive(OLIVE, stage="Nurture", created=world.clock.now() - timedelta(days=900))
    lost = await world.arrive(DIEGO, stage="Gone")
    await world.live(days=2)
    assert await world.rows(enrollments) == []

    rules = {
        "Nurture": StageRule(Status.CONTACTED, automation=True, reason=""),
        "Gone": StageRule(Status.CLOSED_LOST, automation=False, reason="went elsewhere"),
    }
    restarted = replace(world.tend, team=replace(world.tend.team, stages={**world.tend.team.stages, **rules}))
    assert await waiting.look_at_stages(restarted) == 3
    assert await waiting.look_at_stages(restarted) == 0
    world = replace(world, tend=restarted, schedule=scheduler.ticks(restarted))
    await world.live(minutes=5)

    assert (await world.enrollment(fresh)).state == "active"
    assert len(world.emails_to(MAYA)) == 1
    assert world.sent_to(OLIVE) == world.sent_to(DIEGO) == 0
    gone = await world.lead(lost)
    assert (gone.status, gone.end_reason, gone.stage_blocks) == ("closed_lost", "went elsewhere", "went elsewhere")
    assert (await world.lead(old)).end_reason.startswith("waiting: arrived before")
    for lead_id in (fresh, old, lost):
        assert [todo.kind for todo in await world.open_todos(lead_id)] == []


@SQLITE
async def test_a_person_moved_to_a_mapped_stage_a_week_later_starts(world: World) -> None:
    lead_id = await world.arrive(MAYA, stage="Nurture")
    await world.live(days=7)
    (person_id,) = world.account.people
    world.account.change_person(person_id, stage="Lead")
    await world.push("peopleStageUpdated", [person_id])
    await world.live(minutes=5)

    assert (await world.enrollment(lead_id)).state == "active"
    assert len(world.emails_to(MAYA)) == 1
    assert await world.open_todos(lead_id) == []


@SQLITE
async def test_who_came_before_the_first_day_of_a_campaign_starts_on_that_day(world: World) -> None:
    await world.post_form(cast.form(OLIVE, campaign="autumn"))
    await world.live(minutes=1)
    (campaign,) = await world.rows(campaigns)

    async def begin_later(conn: AsyncConnection) -> None:
        day = (world.clock.now() + timedelta(days=3)).date()
        of_team = update(campaigns).where(campaigns.c.team_id == world.tend.team_id, campaigns.c.id == campaign.id)
        await conn.execute(of_team.values(status="active", starts_on=day))

    await world.tend.writer.run(begin_later)
    await world.post_form(cast.form(MAYA, campaign="autumn"))
    await world.live(days=2)
    await world.tick("waiting")
    assert world.sent_to(MAYA) == 0

    await world.live(days=1)
    assert await world.tick("waiting") == 1
    await world.settle()

    assert world.sent_to(MAYA) == 1
