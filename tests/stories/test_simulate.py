"""A rehearsal says what a sandbox run then does, touch by touch, and leaves the original as it was."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from agent import driver, scheduler
from agent.flows import pausing
from agent.simulation import rehearsal, report
from agent.simulation.rehearsal import Asked, rehearse
from agent.simulation.report import NobodyThere, Rehearsed, Told
from agent.store.ids import shown
from agent.store.tables import touches
from tests import cast
from tests.stories.conftest import SQLITE, Opens
from tests.stories.world import World

NO_ID = UUID(int=0)


def digest(here: World) -> str:
    """What the database file holds."""
    path = here.tend.database.url.database
    assert path is not None
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def without_ids(found: Rehearsed) -> list[Told]:
    """Every touch as it was told; one planned on the way has an id of its own in each run."""
    rows = [replace(row, touch_id=NO_ID) for row in found.rows]
    return sorted(rows, key=lambda row: (row.lead, row.sequence, row.step, row.at))


async def peopled(here: World) -> None:
    """Some who came at different times, in several zones, with and without consent; one replied, one was stopped."""
    consent = {"text_consent": "yes"}
    await here.arrive(cast.MAYA, **consent)
    await here.arrive(cast.HANK, **consent)
    await here.live(hours=9)
    await here.arrive(cast.RUTH)
    await here.arrive(cast.JUNE, **consent)
    await here.arrive(cast.WALT, **consent)
    await here.live(hours=20)
    await here.post_form(cast.form(cast.DIEGO))
    await here.text(cast.HANK, "STOP")
    await here.text(cast.MAYA, "Not now, write me next week please")
    await here.live(minutes=10)


async def test_a_rehearsal_and_a_sandbox_run_give_the_same_touches_row_by_row(open_world: Opens) -> None:
    async with open_world() as here:
        await peopled(here)
        start, until = here.clock.now(), here.clock.now() + timedelta(days=30)
        rehearsed = await rehearse(here.tend.settings, cast.team(), Asked(start=start, days=30))
        assert here.clock.now() == start

        schedule = scheduler.ticks(here.tend)
        await driver.travel(here.tend, here.clock, schedule, until=until, stride=rehearsal.STRIDE)
        lived = await report.gather(here.tend, start=start, until=until, sequence=None, paused=False)

        assert without_ids(rehearsed) == without_ids(lived)
        assert rehearsed.counted() == lived.counted()
        assert len(rehearsed.rows) > 40
        assert {"sent", "skipped"} <= set(rehearsed.counted()["touches"])
        assert {"email", "sms", "call"} <= set(rehearsed.counted()["sent_by_channel"])


async def test_stopping_once_in_a_quarter_of_an_hour_moves_no_message_by_more(open_world: Opens) -> None:
    async with open_world() as here:
        await peopled(here)
        start, until = here.clock.now(), here.clock.now() + timedelta(days=30)
        rehearsed = await rehearse(here.tend.settings, cast.team(), Asked(start=start, days=30))
        await here.live(days=30)
        lived = await report.gather(here.tend, start=start, until=until, sequence=None, paused=False)

    pairs = list(zip(without_ids(rehearsed), without_ids(lived), strict=True))
    assert [(told.lead, told.step, told.channel) for told, _ in pairs] == [
        (was.lead, was.step, was.channel) for _, was in pairs
    ]
    moved = [(told, was) for told, was in pairs if told.state != was.state or abs(told.at - was.at) > rehearsal.STRIDE]
    assert moved == []


@SQLITE
async def test_the_file_is_the_same_to_the_byte_afterwards_and_nothing_left(open_world: Opens) -> None:
    async with open_world() as here:
        await peopled(here)
        before, sent = digest(here), (len(here.email.sent), len(here.sms.sent), len(here.account.notes))
        found = await rehearse(here.tend.settings, cast.team(), Asked(start=here.clock.now(), days=30))
        assert found.counted()["touches"]["sent"] > 10
        assert digest(here) == before
        assert (len(here.email.sent), len(here.sms.sent), len(here.account.notes)) == sent


@SQLITE
async def test_one_leads_timeline_has_the_words_that_then_arrive(open_world: Opens) -> None:
    async with open_world() as here:
        maya = await here.arrive(cast.MAYA, text_consent="yes")
        await here.live(hours=1)
        already = len(here.emails_to(cast.MAYA))
        asked = Asked(start=here.clock.now(), days=5, lead=cast.MAYA.email.upper())
        found = await rehearse(here.tend.settings, cast.team(), asked)
        await here.live(days=5)

        assert {row.lead for row in found.rows} == {shown("lead", maya)}
        assert [row.subject for row in found.rows if row.channel == "email" and row.state == "sent"] == [
            email.subject for email in here.emails_to(cast.MAYA)[already:]
        ]
        assert [row.body for row in found.rows if row.channel == "sms" and row.state == "sent"] == [
            text.body for text in here.texts_to(cast.MAYA)[1:]
        ]
        with pytest.raises(NobodyThere, match="nobody@example"):
            await rehearse(here.tend.settings, cast.team(), replace(asked, lead="nobody@example.com"))


@SQLITE
async def test_a_pause_of_all_sending_is_lifted_in_the_copy_and_told(open_world: Opens) -> None:
    async with open_world() as here:
        await here.arrive(cast.MAYA, text_consent="yes")
        await pausing.pause_everything(here.tend, reason="holiday")
        found = await rehearse(here.tend.settings, cast.team(), Asked(start=here.clock.now(), days=3))
        assert found.paused
        assert found.counted()["touches"]["sent"] >= 2
        assert "paused" not in found.counted()["held"]


@SQLITE
async def test_a_sequence_is_rehearsed_for_those_who_wait_and_for_nobody_who_said_stop(open_world: Opens) -> None:
    async with open_world() as here:
        await here.arrive(cast.RUTH, created=here.clock.now() - timedelta(days=60))
        await here.arrive(cast.HANK, created=here.clock.now() - timedelta(days=60), text_consent="yes")
        await here.text(cast.HANK, "stop")
        ruth = await here.lead_id(cast.RUTH)
        asked = Asked(start=here.clock.now(), days=30, sequence="aged-lead")
        found = await rehearse(here.tend.settings, cast.team(), asked)

        assert {row.sequence for row in found.rows} == {"aged-lead"}
        assert {row.lead for row in found.rows} == {shown("lead", ruth)}
        assert (await here.rows(touches, lead_id=ruth)) == []
