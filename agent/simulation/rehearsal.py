"""Thirty days ahead in seconds: who gets what, when, on which channel, and why not.

The user's own leads are copied first, and everything happens to the copy; the original is only read, also beside a
running server. Nothing is sent, no model is asked, no CRM is called. What was under way when the copy was made counts
as interrupted, as after a crash; a form that was kept is taken in; a pause of all sending is lifted, and said; events
the CRM pushed and Tend had not yet fetched stay where they are.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
from sqlalchemy import make_url, select

from agent import driver, scheduler, wiring
from agent.clock import ManualClock
from agent.flows import pausing, upkeep
from agent.flows.capture import Capture
from agent.rules.team import Team
from agent.settings import Settings
from agent.simulation import enrolling, invented, report
from agent.simulation.report import Rehearsed
from agent.store import claims, copying
from agent.store.tables import teams
from agent.tend import Tend

STRIDE = timedelta(minutes=15)
"""The clock stops once in a quarter of an hour, at its end: what falls due within it is worked together."""
_ELSEWHERE = frozenset({"attachments", "intake", "crm_sync", "leases", "likeness", "reactivation"})
"""Ticks that talk to the CRM, look at the machine's own clock, or only look around every so often."""
_TOGETHER = 500
_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of this user's own is made in it


class NoLeads(LookupError):
    """There is no database yet to copy leads from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What to rehearse: from when, how many days, which sequence, how many invented leads (None: one's own), for whom.

    `lead` asks for one lead's own timeline, with words: an id, an email address or a phone number.
    """

    start: datetime
    days: int
    sequence: str | None = None
    invented: int | None = None
    lead: str | None = None


async def rehearse(
    settings: Settings, team: Team, asked: Asked, *, passed: Callable[[datetime], None] = lambda _: None
) -> Rehearsed:
    """Rehearse on a copy of the settings' own database, or on invented leads in a fresh one.

    Raises `NoLeads`, `NobodyThere`, `CannotStart`, `DatabaseBehind`, `DatabaseUnusable` or `SealBroken`.
    """
    clock = ManualClock(asked.start)
    own = asked.invented is None
    with folder_for(settings, own=own) as folder:
        async with opened(settings, team, clock, folder=folder, own=own) as (tend, paused):
            if asked.invented is not None:
                await invented.move_in(tend, how_many=asked.invented, sequence=asked.sequence)
            elif asked.sequence is not None:
                await enrolling.start_everyone(tend, sequence=asked.sequence)
            lead_id = await report.find(tend, asked.lead) if asked.lead is not None else None
            until = asked.start + timedelta(days=asked.days)
            await driver.travel(tend, clock, schedule(tend), until=until, stride=STRIDE, passed=passed)
            found = await report.gather(tend, start=asked.start, until=until, sequence=asked.sequence, paused=paused)
            return found if lead_id is None else await report.of_lead(tend, found, lead_id)


def schedule(tend: Tend) -> tuple[scheduler.Tick, ...]:
    """The ticks that a rehearsal drives."""
    return tuple(tick for tick in scheduler.ticks(tend) if tick.name not in _ELSEWHERE)


@contextlib.asynccontextmanager
async def opened(
    settings: Settings, team: Team, clock: ManualClock, *, folder: Path, own: bool
) -> AsyncIterator[tuple[Tend, bool]]:
    """Open a Tend on a copy made in this folder (or on nothing); says too whether all sending was paused."""
    target = folder / "rehearsal.db"
    key = None
    if own:
        await _copy(settings, target)
        key = wiring.kept_key(settings)
    given = msgspec.structs.replace(
        settings,
        tend_data_dir=str(folder),
        tend_database_url=f"sqlite+aiosqlite:///{target}",
        tend_secret_key=key or settings.tend_secret_key,
        tend_sends_in_flight=_TOGETHER,
        tend_lease_seconds=3600.0,
    )
    doors = wiring.rehearsal_doors(clock)
    async with wiring.opened(
        given, team=team, clock=clock, made_doors=doors, plain_text=not own, throw_away=True
    ) as tend:
        paused = await _lift_pause(tend)
        await tend.writer.run(lambda conn: claims.let_go(conn, team_id=tend.team_id))
        await upkeep.reclaim(tend)
        while await Capture(tend).take_in():
            pass
        yield tend, paused


async def _copy(settings: Settings, target: Path) -> None:
    source = _own_file(settings)
    if source is None:
        await copying.copy_team(settings.database_url, target)
    else:
        copying.copy_file(source, target)


def _own_file(settings: Settings) -> Path | None:
    """The SQLite file to copy; None on PostgreSQL. Raises `NoLeads` where there is none."""
    url = make_url(settings.database_url)
    if url.get_backend_name() != "sqlite":
        return None
    source = Path(url.database or "")
    if not source.is_file():
        raise NoLeads(f"there is no database at {source} yet")
    return source


async def _lift_pause(tend: Tend) -> bool:
    async with tend.reading() as conn:
        paused = (await conn.execute(select(teams.c.paused_at).where(teams.c.id == tend.team_id))).scalar_one()
    if paused is not None:
        await pausing.resume_everything(tend)
    return paused is not None


@contextlib.contextmanager
def folder_for(settings: Settings, *, own: bool) -> Iterator[Path]:
    """A temporary folder, in memory where there is room for it."""
    source = _own_file(settings) if own else None
    needed = 4 * source.stat().st_size if source is not None else 0
    roomy = os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > needed + 256 * 1024 * 1024
    with tempfile.TemporaryDirectory(prefix="tend-rehearsal-", dir=_MEMORY if roomy else None) as folder:
        yield Path(folder)
