"""The people an account already has: brought page by page, once, and nobody is written to until a person says so."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from agent.flows import importing, reactivation
from agent.flows.importing import Brought
from agent.rules.crm_wishes import CrmWishes
from agent.store import scores
from agent.store.tables import consents, crm_links, enrollments, lead_events, leads, outbox, todos, touches
from integrations.errors import CrmError
from tests import cast
from tests.cast import DIEGO, MAYA, Lead
from tests.stories.conftest import SQLITE, Opens
from tests.stories.world import World


def fill(world: World, many: int, **changes: object) -> list[int]:
    """Put so many invented people of years ago into the account."""
    found = []
    for number in range(many):
        lead = Lead(f"P{number}", "Old", f"p{number}@example.org", f"+1512555{1000 + number}", "Austin", "TX", "")
        given = {"created": world.clock.now() - timedelta(days=340 - number % 300), **changes}
        found.append(world.add_to_crm(lead, **given))
    return found


async def bring(world: World) -> list[Brought]:
    """Bring everybody, waiting out what the CRM asks for."""
    pages: list[Brought] = []
    while not pages or not pages[-1].done:
        try:
            pages.append(await importing.bring_page(world.tend))
        except CrmError as error:
            if error.permanent:
                raise
            await world.live(seconds=error.retry_after_seconds or 5)
    return pages


async def test_everybody_but_the_trash_comes_once_and_nobody_is_written_to_or_told_of(world: World) -> None:
    fill(world, 230, text_consent="yes")
    world.add_to_crm(MAYA, stage="Trash", created=world.clock.now() - timedelta(days=300))
    pages = await bring(world)
    await world.live(days=3)

    there = await world.rows(leads)
    assert len(there) == len({row.crm_person_id for row in there}) == 230 == sum(page.added for page in pages)
    assert {row.end_reason.split(":")[0] for row in there} == {"waiting"}
    assert len(await world.rows(lead_events, kind="arrived")) == 230
    assert len(await world.rows(consents)) > 0
    assert await world.rows(enrollments) == await world.rows(touches) == await world.rows(outbox) == []
    assert await world.rows(todos) == []


@pytest.mark.parametrize("stage", ["Lead", "Under contract", "Closed"])
async def test_a_lead_that_was_imported_is_what_it_had_been_had_it_been_pushed(world: World, stage: str) -> None:
    told = {
        "created": cast.TUESDAY_MORNING - timedelta(days=40),
        "stage": stage,
        "tags": ("Buyer", "Relocating"),
        "background": "Looking for three bedrooms under 450k in Austin by June.",
        "text_consent": "yes",
        "price": 450_000,
        "address": {"city": "Austin", "state": "TX", "code": "78704"},
    }
    world.add_to_crm(MAYA, **told)
    await bring(world)
    await world.push("peopleUpdated", [world.add_to_crm(DIEGO, **told)])
    await world.live(minutes=10)
    both = [await world.lead_id(one) for one in (MAYA, DIEGO)]
    weigh = partial(scores.soon, team_id=world.tend.team_id, lead_ids=both, now=world.clock.now())
    await world.tend.writer.run(weigh)
    await world.live(minutes=2)

    known = []
    for one in (MAYA, DIEGO):
        lead = await world.lead(await world.lead_id(one))
        plain = await world.plain(lead.id)
        del plain["first_name"], plain["last_name"]
        columns = ("crm_stage", "stage_blocks", "status", "qualification", "intent", "temperature", "score")
        also = ("source", "residence_state", "zones", "zone_source", "arrived_at", "end_reason", "deal_on")
        granted = sorted((row.channel, row.basis, row.wording) for row in await world.rows(consents, lead_id=lead.id))
        events = sorted(row.kind for row in await world.rows(lead_events, lead_id=lead.id))
        known.append(([getattr(lead, name) for name in (*columns, *also)], plain, granted, events))
    for one, other in zip(*known, strict=True):
        assert one == other


async def test_what_was_interrupted_goes_on_at_the_next_page(world: World) -> None:
    fill(world, 250)
    first = await importing.bring_page(world.tend)
    assert (first.seen, first.total, first.done) == (100, 250, False)
    rest = await bring(world)
    assert [page.added for page in rest][:2] == [100, 50]
    assert len(await world.rows(leads)) == 250


@SQLITE
async def test_a_page_that_cannot_be_fetched_is_fetched_again_and_nothing_came_of_it(world: World) -> None:
    fill(world, 120)
    await importing.bring_page(world.tend)
    world.account.troubles.refuse("people", 503, times=1)
    with pytest.raises(CrmError):
        await importing.bring_page(world.tend)
    await bring(world)
    assert len(await world.rows(leads)) == 120


@SQLITE
async def test_a_page_the_crm_forgot_is_looked_for_from_the_start_and_nobody_comes_twice(world: World) -> None:
    fill(world, 220)
    await importing.bring_page(world.tend)
    world.account.troubles.refuse("people", 400, times=1)
    pages = await bring(world)
    assert sum(page.added for page in pages) == 120
    assert len(await world.rows(leads)) == 220


@SQLITE
async def test_a_second_run_brings_who_is_new_or_changed_and_asks_for_nobody_else(world: World) -> None:
    people = fill(world, 210)
    await bring(world)
    await world.live(hours=2)
    world.account.change_person(people[3], stage="Spoke with customer")
    fill(world, 1, created=world.clock.now() - timedelta(days=2))
    old = world.add_to_crm(DIEGO, created=world.clock.now() - timedelta(minutes=30))
    world.account.people[old]["created"] = (world.clock.now() - timedelta(days=400)).isoformat()

    pages = await bring(world)

    assert len(pages) == 1
    assert (pages[0].added, pages[0].total) == (1, None)
    (changed,) = await world.rows(leads, crm_person_id=str(people[3]))
    assert changed.crm_stage == "Spoke with customer"


@SQLITE
async def test_who_is_a_lead_already_is_recognised_also_within_a_page_and_keeps_what_they_said(world: World) -> None:
    world.add_to_crm(MAYA, first_name="Somebody", created=world.clock.now() - timedelta(days=500))
    await world.post_form(cast.form(MAYA))
    await world.live(minutes=5)
    before = await world.lead(await world.lead_id(MAYA))
    twice = {"email": "two@example.org", "created": world.clock.now() - timedelta(days=500)}
    world.add_to_crm(DIEGO, **twice)
    world.add_to_crm(replace(DIEGO, phone="+15125550177"), **twice)

    (page, _) = await bring(world)

    assert (page.added, page.known) == (1, 2)
    after = await world.lead(before.id)
    assert await world.plain(before.id) | {"score_reasons": 0, "facts": 0} == await world.plain(after.id) | {
        "score_reasons": 0,
        "facts": 0,
    }
    assert (await world.enrollment(before.id)).state == "active"
    assert len(await world.rows(leads, deleted_at=None)) == 2


@SQLITE
async def test_stages_nobody_mapped_are_counted_and_become_no_to_dos(world: World) -> None:
    fill(world, 12, stage="Ninety day watch")
    (page, _) = await bring(world)
    assert page.stages == {"Ninety day watch": 12}
    assert await world.rows(todos) == []
    assert all(row.stage_blocks for row in await world.rows(leads))


@SQLITE
async def test_who_came_just_now_is_left_to_arrive_and_starts_as_ever(world: World) -> None:
    fill(world, 3)
    new = world.add_to_crm(MAYA)
    (page, _) = await bring(world)
    assert (page.added, sum(page.left_out.values())) == (3, 1)
    await world.push("peopleCreated", [new])
    await world.live(minutes=5)
    assert len(world.emails_to(MAYA)) == 1


@SQLITE
async def test_the_preview_counts_who_was_brought_and_what_happens_then_is_told(open_world: Opens) -> None:
    async with open_world(team=replace(cast.team(), crm=CrmWishes())) as world:
        fill(world, 3)
        await bring(world)
        await world.live(hours=1)
        assert (await reactivation.preview(world.tend)).eligible == 3
        assert await world.rows(outbox) == []
        await reactivation.start(world.tend, daily_limit=10, user_id=None)
        await world.tick("reactivation")
        await world.live(hours=2)
        assert len(world.email.sent) >= 1
        assert any("Tend" in person["tags"] for person in world.account.people.values())


@SQLITE
async def test_where_two_bring_the_same_page_everybody_comes_once(world: World) -> None:
    fill(world, 90)
    link = await world.rows(crm_links)
    assert link == []
    one, other = await asyncio.gather(importing.bring_page(world.tend), importing.bring_page(world.tend))
    assert sorted([one.added, other.added]) == [0, 90]
    assert len(await world.rows(leads)) == 90
