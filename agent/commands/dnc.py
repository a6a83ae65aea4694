"""`tend dnc`: upload a Do-Not-Call scrub, or answers of the Reassigned Numbers Database."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from agent.commands.handing_over import carry_out
from agent.commands.starting import plain_failures
from agent.web.api import control


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
@click.option("--on", "checked_on", type=click.DateTime(["%Y-%m-%d"]), help="The day of the scrub (default: today).")
@click.option("--reassigned", is_flag=True, help="The file has a number and yes, no or no data in each row.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(*, file: Path, checked_on: datetime | None, reassigned: bool, as_json: bool) -> None:
    """Upload the numbers of your leads that are on the Do-Not-Call list: one per line, or CSV.

    The new list takes the place of the one before. It is good for 31 days; after that texts nobody asked for are held.
    """
    arguments: dict[str, Any] = {
        "file": str(file.resolve()),
        "kind": "reassigned" if reassigned else "dnc",
        "on": checked_on.date().isoformat() if checked_on is not None else "",
    }
    with plain_failures():
        answer = carry_out("number-list", arguments, lambda tend: control.carry_out(tend, "number-list", arguments))
    if as_json:
        click.echo(json.dumps(answer))
    elif answer["success"]:
        what = "numbers with another owner" if reassigned else "numbers on the Do-Not-Call list"
        click.echo(f"{answer['numbers']:,} {what}, as of {answer['checked_on']}.")
        if answer["unreadable"]:
            click.echo(f"{answer['unreadable']:,} rows held no number and were left out.")
    else:
        click.echo(f"Nothing was changed. {answer['message']}", err=True)
    sys.exit(0 if answer["success"] else 1)
