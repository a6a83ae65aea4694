"""`tend token`: make an API token for a program that reads."""

from __future__ import annotations

import click

from agent.commands.handing_over import carry_out
from agent.commands.starting import plain_failures
from agent.web.api import control


@click.command()
def command() -> None:
    """Make an API token for a program that reads `/v1/api`. It is shown once and lasts a year."""
    with plain_failures():
        answer = carry_out("token", {}, lambda tend: control.carry_out(tend, "token", {}))
    click.echo(answer["token"])
