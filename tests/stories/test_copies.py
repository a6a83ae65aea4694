"""A copied or restored database: it sends nothing by itself, and never what the original sent in between."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.flows import pausing
from agent.store import copies
from agent.store.tables import alerts, outbox
from tests import cast
from tests.cast import MAYA
from tests.stories import world as worlds
from tests.stories.conftest import SQLITE
from tests.stories.world import World

DAYS = timedelta(days=5)


class KilledBeforeTheCommit(Exception):
    """Stands for SIGKILL: nothing of the transaction is left, what was written to files is."""


@pytest.fixture
def copy_of(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], str]:
    """Copies a database as its own tools do, and gives the copy's URL."""

    def copied(url: str) -> str:
        made = make_url(url)
        if made.get_backend_name() == "sqlite":
            (tmp_path / "elsewhere").mkdir()
            path = tmp_path / "elsewhere" / "tend.db"
            with sqlite3.connect(str(made.database)) as source, sqlite3.connect(path) as target:
                source.backup(target)
            source.close()
            target.close()
            return f"sqlite+aiosqlite:///{path}"
        name = f"copy_{uuid4().hex[:8]}"
        request.getfixturevalue("postgres").psql(f"CREATE DATABASE {name} TEMPLATE {made.database};")
        return made.set(database=name).render_as_string(hide_password=False)

    return copied


async def steps_sent(world: World, lead_id: UUID) -> set[int]:
    return {row.step for row in await world.touches(lead_id, state="sent")}


async def begun_and_copied(url: str, folder: Path, copied: Callable[[str], str]) -> tuple[UUID, str, set[int]]:
    """Maya's sequence begins; the database is copied; the original goes on for five days. What it sent in them."""
    async with worlds.opened(url, folder) as world:
        lead_id = await world.arrive(MAYA, text_consent="yes")
        before = await steps_sent(world, lead_id)
    copy = copied(url)
    async with worlds.opened(url, folder, at=cast.TUESDAY_MORNING + timedelta(minutes=1)) as world:
        await world.live(days=DAYS.days)
        return lead_id, copy, await steps_sent(world, lead_id) - before


async def test_a_copy_sends_nothing_until_resumed_and_then_nothing_the_original_sent(
    database_url: str, tmp_path: Path, copy_of: Callable[[str], str]
) -> None:
    lead_id, copy, sent_meanwhile = await begun_and_copied(database_url, tmp_path, copy_of)
    assert len(sent_meanwhile) >= 2

    async with worlds.opened(copy, tmp_path / "elsewhere", at=cast.TUESDAY_MORNING + DAYS) as world:
        before = await steps_sent(world, lead_id)
        await world.live(hours=20)
        await world.sign_in()
        page = (await world.client.get("/")).text
        assert "this database is a copy" in page
        assert world.sent_to(MAYA) == 0

        left_out = await pausing.resume_everything(world.tend)
        await world.live(days=30)

        assert left_out == 1
        gone_on = await steps_sent(world, lead_id) - before
        assert gone_on
        assert gone_on & sent_meanwhile == set()
        assert (await world.enrollment(lead_id)).state == "completed"


@SQLITE
async def test_a_copy_tells_neither_people_nor_the_crm_until_resumed(
    database_url: str, tmp_path: Path, copy_of: Callable[[str], str]
) -> None:
    async with worlds.opened(database_url, tmp_path) as world:
        lead_id = await world.arrive(MAYA)
        await world.text(MAYA, "Can we see it Saturday?")
        await world.tick("reading")
        await world.tick("upkeep")
        assert await world.rows(alerts, lead_id=lead_id, state="planned")
        assert await world.rows(outbox, lead_id=lead_id, state="waiting")

    later = cast.TUESDAY_MORNING + timedelta(hours=1)
    async with worlds.opened(copy_of(database_url), tmp_path / "elsewhere", at=later) as world:
        await world.live(hours=3)
        assert [*world.email.sent, *world.sms.sent, *world.account.notes] == []

        await pausing.resume_everything(world.tend)
        await world.live(minutes=5)
        assert {row.reason for row in await world.rows(outbox, lead_id=lead_id, state="skipped")} == {
            pausing.IN_BETWEEN
        }
        assert await world.rows(alerts, lead_id=lead_id, state="sent"), (
            "the to-do is still open, and its person hears of it"
        )


@SQLITE
async def test_where_the_original_was_off_a_person_says_so_and_nothing_is_left_out(
    database_url: str, tmp_path: Path, copy_of: Callable[[str], str]
) -> None:
    async with worlds.opened(database_url, tmp_path) as world:
        lead_id = await world.arrive(MAYA)
        planned = [row.step for row in await world.touches(lead_id, state="planned")]

    at = cast.TUESDAY_MORNING + timedelta(days=2)
    async with worlds.opened(copy_of(database_url), tmp_path / "elsewhere", at=at) as world:
        assert await pausing.resume_everything(world.tend, nothing_was_sent=True) == 0
        await world.live(hours=1)

        assert set(planned) <= await steps_sent(world, lead_id) | {
            row.step for row in await world.touches(lead_id, state="skipped", word="condition")
        }


@SQLITE
async def test_a_backup_put_back_over_the_same_file_is_known_by_lying_behind_its_witness(
    database_url: str, tmp_path: Path
) -> None:
    path = Path(str(make_url(database_url).database))
    async with worlds.opened(database_url, tmp_path) as world:
        lead_id = await world.arrive(MAYA)
    backup = await asyncio.to_thread(path.read_bytes)
    async with worlds.opened(database_url, tmp_path, at=cast.TUESDAY_MORNING + timedelta(hours=1)) as world:
        await world.live(days=2)
    await asyncio.to_thread(write_over, path, backup)

    async with worlds.opened(database_url, tmp_path, at=cast.TUESDAY_MORNING + timedelta(days=3)) as world:
        await world.live(hours=1)
        assert world.sent_to(MAYA) == 0
        assert len(await world.touches(lead_id, state="planned")) == 1


def write_over(path: Path, content: bytes) -> None:
    """Write into the file as it stands, as `cp` does."""
    with path.open("r+b") as file:
        file.write(content)
        file.truncate()


async def test_a_restart_is_no_copy(database_url: str, tmp_path: Path) -> None:
    async with worlds.opened(database_url, tmp_path) as world:
        await world.arrive(MAYA)
    async with worlds.opened(database_url, tmp_path, at=cast.TUESDAY_MORNING + timedelta(days=2)) as world:
        await world.live(days=2)
        assert world.sent_to(MAYA) >= 1


@SQLITE
async def test_a_start_that_was_killed_before_its_commit_does_not_make_the_database_a_copy(
    database_url: str, tmp_path: Path
) -> None:
    async def killed_start(conn: AsyncConnection) -> None:
        await copies.adopt(conn, world.tend.database.witness)
        raise KilledBeforeTheCommit

    async with worlds.opened(database_url, tmp_path) as world:
        await world.arrive(MAYA)
        with pytest.raises(KilledBeforeTheCommit):
            await world.tend.writer.run(killed_start)
        assert await world.tend.writer.run(lambda conn: copies.is_copy(conn, world.tend.database.witness)) is False
