"""`tend demo`: Tend at work on invented leads, with stand-ins where vendors would be."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from typing import Any

import click

from agent.commands.starting import plain_failures
from agent.demo import once, show
from agent.log import set_up
from agent.wiring import CannotStart


@click.command()
@click.option("--once", "only_once", is_flag=True, help="30 virtual days in seconds, then end.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object at the end.")
@click.option(
    "--days", default=once.DAYS, show_default=True, type=click.IntRange(1, 60), help="Virtual days for --once."
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, help="Port to listen on; a free one when taken.")
def command(*, only_once: bool, as_json: bool, days: int, host: str, port: int) -> None:
    """Show Tend at work on invented leads; nothing leaves this machine."""
    set_up("auto", level=logging.WARNING)
    with plain_failures():
        if only_once:
            counted = asyncio.run(once.run(days=days, tell=_nothing if as_json else click.echo))
            click.echo(json.dumps(counted) if as_json else _in_words(counted, days))
            sys.exit(0 if counted["invariant_holds"] else 1)
        try:
            counted = asyncio.run(show.run(host=host, port=port, tell=_nothing if as_json else click.echo))
        except FileExistsError as error:
            raise CannotStart(str(error)) from None
        if as_json:
            click.echo(json.dumps(counted))


def _nothing(_: str) -> None:
    """Say nothing."""


def _in_words(counted: dict[str, Any], days: int) -> str:
    lines = [f"\n{days} days, told in numbers"]
    for name, value in counted.items():
        if isinstance(value, dict):
            shown = ", ".join(f"{key} {number}" for key, number in sorted(value.items())) or "none"
        else:
            shown = str(value)
        lines.append(f"  {name.replace('_', ' '):<22} {shown}")
    return "\n".join(lines)
