"""Waking aged leads: off until a person starts it, so many a day for each assignee, stopped by one command."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from uuid import UUID

from sqlalchemy import update

from agent.flows import reactivation
from agent.store.tables import enrollments, leads
from tests import cast
from tests.cast import HANK, MAYA, OLIVE
from tests.stories.conftest import SQLITE
from tests.stories.world import World

CROWD = 7


async def an_old_crm(world: World) -> None:
    """Seven people silent for long, a past client, and one who said stop."""
    ago = world.clock.now() - timedelta(days=200)
    ids = [world.add_to_crm(cast.guest(number), created=ago - timedelta(days=number)) for number in range(CROWD)]
    ids += [world.add_to_crm(OLIVE, created=ago, stage="Closed"), world.add_to_crm(HANK, created=ago)]
    await world.push("peopleUpdated", ids)
    await world.settle()
    await world.text(HANK, "STOP")
    await world.settle()


async def woken(world: World) -> list[UUID]:
    """Leads in the aged sequence."""
    return [row.lead_id for row in await world.rows(enrollments, sequence="aged-lead")]


async def test_the_preview_counts_who_would_be_woken_and_why_the_others_not(world: World) -> None:
    await an_old_crm(world)
    await world.arrive(MAYA)

    found = await reactivation.preview(world.tend)

    assert (found.total, found.eligible) == (CROWD + 3, CROWD)
    assert sum(found.per_assignee.values()) == CROWD
    old = "email only, and calls need a do-not-call check: the inquiry is more than 3 months old"
    assert dict(found.notes) == {old: CROWD}
    assert dict(found.by_reason) == {"closed or under contract": 1, "opted out": 1, "heard from in the last 30 days": 1}


async def test_nobody_is_woken_until_a_person_starts_it(world: World) -> None:
    await an_old_crm(world)
    assert await reactivation.running(world.tend) is None

    assert await world.tick("reactivation") == 0
    await world.live(days=2)

    assert await woken(world) == []
    assert world.email.sent == []


async def test_so_many_a_day_for_each_assignee_and_no_more_until_tomorrow(world: World) -> None:
    await an_old_crm(world)
    await reactivation.start(world.tend, daily_limit=2, user_id=None)

    await world.tick("reactivation")
    await world.tick("reactivation")
    first = await woken(world)
    held = Counter([(await world.lead(lead_id)).assignee_id for lead_id in first])
    assert list(held.values()) == [2, 2]

    await world.live(days=1, minutes=5)
    await world.tick("reactivation")
    assert len(await woken(world)) == CROWD


@SQLITE
async def test_leads_of_nobody_are_woken_no_faster(world: World) -> None:
    await an_old_crm(world)
    await world.tend.writer.run(
        lambda conn: conn.execute(update(leads).where(leads.c.team_id == world.tend.team_id).values(assignee_id=None))
    )
    await reactivation.start(world.tend, daily_limit=2, user_id=None)

    for _ in range(3):
        await world.tick("reactivation")
        await world.live(minutes=6)

    assert len(await woken(world)) == 2


@SQLITE
async def test_who_is_woken_is_written_to_by_email_and_never_without_consent_by_text(world: World) -> None:
    await an_old_crm(world)
    await reactivation.start(world.tend, daily_limit=10, user_id=None)
    await world.tick("reactivation")
    await world.live(days=3)

    assert len(await woken(world)) == CROWD
    assert all(len(world.emails_to(cast.guest(number))) >= 1 for number in range(CROWD))
    assert [text for text in world.sms.sent if text.to.startswith("+15125550")] == [
        text for text in world.sms.sent if text.to in {"+15125550110", "+15125550111"}
    ]
    assert len(world.texts_to(HANK)) == 1, "his stop is confirmed"
    assert world.emails_to(HANK) == []
    assert world.sent_to(OLIVE) == 0


@SQLITE
async def test_stopping_wakes_nobody_more_and_starting_twice_keeps_one_run(world: World) -> None:
    await an_old_crm(world)
    await reactivation.start(world.tend, daily_limit=1, user_id=None)
    await reactivation.start(world.tend, daily_limit=2, user_id=None)
    assert await reactivation.running(world.tend) == 2
    await world.tick("reactivation")
    before = len(await woken(world))

    await reactivation.stop(world.tend)
    await world.live(days=2)
    await world.tick("reactivation")

    assert len(await woken(world)) == before
    assert await reactivation.running(world.tend) is None


@SQLITE
async def test_who_was_woken_and_stayed_silent_is_not_woken_again_for_ninety_days(world: World) -> None:
    await an_old_crm(world)
    await reactivation.start(world.tend, daily_limit=10, user_id=None)
    await world.tick("reactivation")
    await world.live(days=35)

    await world.tick("reactivation")

    assert len(await woken(world)) == CROWD
