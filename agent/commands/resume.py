"""`tend resume`: start sending again; take a copied or restored database into use."""

from __future__ import annotations

import click

from agent.commands.handing_over import carry_out
from agent.commands.starting import plain_failures
from agent.web.api import control


@click.command()
@click.option(
    "--nothing-was-sent",
    is_flag=True,
    help="On a copied or restored database: the original sent nothing since, so what was due since then may go.",
)
def command(*, nothing_was_sent: bool) -> None:
    """Start sending again. Everything that waited is looked at afresh by the gate.

    Sequences go on where they were; answers that are too old to be of use are skipped. Email that paused itself for
    bounces or complaints goes on too, and counts anew.

    On a copied or restored database this also says that it is the one in use from now on. Messages that were due in
    between are left out, since the original may have sent them.
    """
    arguments = {"nothing_was_sent": nothing_was_sent}
    with plain_failures():
        answer = carry_out("resume", arguments, lambda tend: control.carry_out(tend, "resume", arguments))
    click.echo("Sending is on again.")
    if answer["left_out"]:
        click.echo(f"{answer['left_out']} messages were due in between and are left out; each lead's page says which.")
