"""`tend resume`: start sending again."""

from __future__ import annotations

import click

from agent.commands.handing_over import carry_out
from agent.commands.starting import plain_failures
from agent.web.api import control


@click.command()
def command() -> None:
    """Start sending again. Everything that waited is looked at afresh by the gate.

    Sequences go on where they were; answers that are too old to be of use are skipped. Email that paused itself for
    bounces or complaints goes on too, and counts anew.
    """
    with plain_failures():
        carry_out("resume", {}, lambda tend: control.carry_out(tend, "resume", {}))
    click.echo("Sending is on again.")
