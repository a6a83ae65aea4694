"""`tend fub`: the connection to Follow Up Boss."""

from __future__ import annotations

import json
import sys
from typing import Any

import click

from agent.commands.handing_over import carry_on, carry_out
from agent.commands.importing_told import Told
from agent.commands.starting import plain_failures
from agent.web.api import control

_MARKS = {"full": "red", "refused": "red", "kept": None}


@click.group()
def command() -> None:
    """Follow Up Boss: check the key, keep the webhooks it pushes with, bring the people it has."""


@command.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def connect(*, as_json: bool) -> None:
    """Check whose key it is, then register, repair and enable the webhooks. Safe to repeat.

    With a key that is not the account owner's, Tend asks for changes every minute instead. From here on Tend looks at
    the webhooks once a day by itself. Exit code 1 when something is not pushed.
    """
    with plain_failures():
        answer = carry_out("fub-connect", {}, lambda tend: control.carry_out(tend, "fub-connect", {}))
    if as_json:
        click.echo(json.dumps(answer))
    elif "error" in answer:
        click.echo(answer["error"], err=True)
    else:
        _tell(answer)
    sys.exit(0 if answer.get("complete") else 1)


@command.command(name="import")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, once it is done.")
def bring(*, as_json: bool) -> None:
    """Bring the people the account already has. Nobody is written to.

    Page by page, and on from the last page whenever it was interrupted. Run again it brings whoever is new or changed.
    Everybody waits until a person starts them from “aged leads” (`tend reactivate`). Exit code 1 when not all came.
    """
    told = Told(as_json=as_json)
    with plain_failures():
        carry_on("fub-import", lambda tend: control.carry_out(tend, "fub-import", {}), told.page)
    told.end()
    sys.exit(1 if told.error else 0)


def _tell(answer: dict[str, Any]) -> None:
    who = f", as {answer['user']}" if answer["user"] else ""
    click.echo(f"Account: {answer['account']}{who} ({'the owner' if answer['owner'] else 'not the owner'})")
    if answer["polls"]:
        click.echo(f"No webhooks: {answer['polls']}.")
        click.echo("Tend asks for changes every minute instead, while it runs.")
        return
    click.echo(f"Webhooks to {answer['url']}:")
    for hook in answer["hooks"]:
        detail = f" ({hook['detail']})" if hook["detail"] else ""
        click.echo(f"  {hook['event']:<22} {click.style(hook['state'], fg=_MARKS.get(hook['state'], 'green'))}{detail}")
    if answer["complete"]:
        click.echo("Follow Up Boss pushes everything Tend has to hear of.")
    else:
        click.echo("Not everything is pushed. Free a place in Follow Up Boss, and run this again.", err=True)
