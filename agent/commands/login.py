"""`tend login`: a new one-time sign-in link, for whoever leads the team or another of its people."""

from __future__ import annotations

import click

from agent.commands.handing_over import carry_out
from agent.commands.starting import plain_failures
from agent.web.api import control


@click.command()
@click.option("--for", "key", default="", metavar="KEY", help="Whom it signs in, by their key in the team file.")
def command(*, key: str) -> None:
    """Print a new one-time link that signs in whoever leads the team, or somebody else; it lasts 15 minutes."""
    given = {"key": key}
    with plain_failures():
        answer = carry_out("sign-in", given, lambda tend: control.carry_out(tend, "sign-in", given))
    click.echo(answer["link"])
