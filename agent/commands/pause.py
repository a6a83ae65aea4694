"""`tend pause`: nothing more goes to any lead."""

from __future__ import annotations

import click

from agent.commands.handing_over import carry_out
from agent.commands.starting import plain_failures
from agent.web.api import control


@click.command()
@click.option("--reason", default="", help="Why, shown on the page.")
def command(*, reason: str) -> None:
    """Stop all sending to leads at once. Sequences wait where they are; `tend resume` starts again.

    Alerts to your own people still go.
    """
    with plain_failures():
        carry_out("pause", {"reason": reason}, lambda tend: control.carry_out(tend, "pause", {"reason": reason}))
    click.echo("Nothing goes to any lead now; alerts to your people go on. Start again with: tend resume")
