"""`tend migrate`: bring the database to this version's schema."""

from __future__ import annotations

import asyncio

import click

from agent.commands.starting import plain_failures, read_settings
from agent.store.database import Database
from agent.store.migrations import HEAD


@click.command()
def command() -> None:
    """Bring the database to this version's schema. `tend serve` does the same at start."""
    with plain_failures():
        asyncio.run(_migrate(read_settings().database_url))
    click.echo(f"The database is at {HEAD}.")


async def _migrate(url: str) -> None:
    async with Database(url).opened():
        pass
