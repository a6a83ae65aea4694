"""`tend tick`: a worker node without web pages, beside others on one PostgreSQL."""

from __future__ import annotations

import asyncio
import contextlib
import signal

import click

from agent import scheduler, wiring
from agent.commands.starting import plain_failures, read_settings
from agent.settings import Settings


@click.command()
def command() -> None:
    """Run a worker node without web pages. Needs PostgreSQL: one SQLite file has one writing process."""
    with plain_failures():
        settings = read_settings()
        if settings.database_url.startswith("sqlite"):
            raise wiring.CannotStart("a worker node needs PostgreSQL; set TEND_DATABASE_URL, or run `tend serve` alone")
        asyncio.run(_tick(settings))


async def _tick(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, stop.set)
    async with wiring.opened(settings, team=wiring.read_team(settings)) as tend, scheduler.running(tend):
        click.echo(f"Node {tend.claimer.node} is working. Ctrl-C stops it.")
        await stop.wait()
