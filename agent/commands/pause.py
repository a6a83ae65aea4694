"""`tend pause`: nothing more goes to any lead."""

from __future__ import annotations

import click

from agent.commands.handing_over import carry_out
from agent.commands.starting import plain_failures
from agent.web.api import control


@click.command()
@click.option("--reason", default="", help="Why, shown on the page.")
def command(*, reason: str) -> None:
    """Stop all messages to leads at once, people's own from Tend too; what is planned waits for `tend resume`.

    Leads and replies still come in, opt-outs still act, and alerts to your own people go on.
    """
    with plain_failures():
        carry_out("pause", {"reason": reason}, lambda tend: control.carry_out(tend, "pause", {"reason": reason}))
    click.echo("Nothing goes to any lead now; alerts to your people go on. Start again with: tend resume")
