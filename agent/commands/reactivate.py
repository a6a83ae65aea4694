"""`tend reactivate`: preview, start or stop waking aged leads."""

from __future__ import annotations

import json
from typing import Any

import click

from agent.commands.handing_over import carry_out
from agent.commands.starting import plain_failures
from agent.flows.reactivation import DEFAULT_DAILY_LIMIT
from agent.web.api import control


@click.command()
@click.option(
    "--preview",
    "verb",
    flag_value="reactivate-preview",
    default="reactivate-preview",
    help="Count, change nothing (default).",
)
@click.option("--start", "verb", flag_value="reactivate-start", help="Start waking aged leads.")
@click.option("--stop", "verb", flag_value="reactivate-stop", help="Stop waking aged leads.")
@click.option(
    "--daily-limit",
    default=DEFAULT_DAILY_LIMIT,
    show_default=True,
    type=click.IntRange(1, 500),
    help="At most this many a day for each assignee.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(*, verb: str, daily_limit: int, as_json: bool) -> None:
    """Wake leads that were silent for 30 days or more, highest score first. Off until you start it."""
    arguments: dict[str, Any] = {"daily_limit": daily_limit}
    with plain_failures():
        answer = carry_out(verb, arguments, lambda tend: control.carry_out(tend, verb, arguments))
    if as_json:
        click.echo(json.dumps(answer))
    elif verb == "reactivate-preview":
        click.echo(f"{answer['eligible']} of {answer['total']} leads could be woken.")
        for note, count in answer["notes"].items():
            click.echo(f"  {count:6}  {note}")
        if answer["by_reason"]:
            click.echo("The others, and why not:")
        for reason, count in answer["by_reason"].items():
            click.echo(f"  {count:6}  {reason}")
        click.echo("Nothing was changed. Start with: tend reactivate --start")
    else:
        click.echo("Waking aged leads." if verb == "reactivate-start" else "Stopped. Nobody more is woken.")
