"""`tend sequences`: which versions people are on, and moving them to the present one."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import click

from agent.commands.handing_over import carry_out
from agent.commands.starting import plain_failures
from agent.web.api import control


@click.command()
@click.option("--move", "key", metavar="SEQUENCE", help="Show what moving everyone to the present version would do.")
@click.option("--go", is_flag=True, help="With --move: do it.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(*, key: str | None, go: bool, as_json: bool) -> None:
    """List the versions of every sequence and how many people are on each.

    People stay on the version they began with. `--move new-buyer` shows who would go on where, `--go` moves them.
    """
    verb = "sequences-move" if key else "sequences"
    arguments: dict[str, Any] = {"key": key, "go": go}
    with plain_failures():
        answer = carry_out(verb, arguments, lambda tend: control.carry_out(tend, verb, arguments))
    if as_json:
        click.echo(json.dumps(answer, default=str))
    elif key:
        _tell_moves(answer, done=go)
    else:
        for found in answer["versions"]:
            since = datetime.fromisoformat(str(found["since"]))
            present = "  present" if found["present"] else ""
            click.echo(
                f"{found['sequence']:14} {found['version']}  {since:%Y-%m-%d}  {found['people']:6} people{present}"
            )


def _tell_moves(answer: dict[str, Any], *, done: bool) -> None:
    for step, people in answer["goes_on"].items():
        click.echo(f"{people:6} {'went' if done else 'would go'} on at “{step}”")
    for reason, people in answer["stays"].items():
        click.echo(f"{people:6} {'stayed' if done else 'would stay'}: {reason}")
    if not answer["goes_on"] and not answer["stays"]:
        click.echo("Everyone is on the present version.")
    elif not done:
        click.echo("Nothing was changed. Move them with --go.")
