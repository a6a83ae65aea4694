"""`tend login`: a new one-time sign-in link, while Tend runs."""

from __future__ import annotations

import click

from agent.commands.handing_over import carry_out
from agent.commands.starting import plain_failures
from agent.web.api import control


@click.command()
def command() -> None:
    """Print a new one-time link that signs in whoever leads the team; it lasts 15 minutes."""
    with plain_failures():
        answer = carry_out("sign-in", {}, lambda tend: control.carry_out(tend, "sign-in", {}))
    click.echo(answer["link"])
