"""`tend eval export`: what people said messages really meant, as a file that `tend eval reading` measures against."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click

from agent.commands.handing_over import carry_out
from agent.commands.starting import plain_failures
from agent.web.api import control

_VERB = "corrections"


@click.command()
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The file to write.")
def export(*, out: Path) -> None:
    """Write every message a person corrected (“This was wrong”) as a labelled line.

    The file holds what people wrote to you: it is personal data, and only your own user may read it.
    """
    with plain_failures():
        answer = carry_out(_VERB, {}, lambda tend: control.carry_out(tend, _VERB, {}))
    if not answer["lines"]:
        raise click.ClickException("Nobody has corrected a reading yet, so there is nothing to write.")
    _write(out, "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in answer["lines"]))
    click.echo(f"{len(answer['lines'])} corrected messages: {out}", err=True)
    click.echo("It holds people's own words. Keep it as you keep your database, and delete it when done.", err=True)


def _write(out: Path, text: str) -> None:
    """Write for this user alone, also where the file was there before with other rights."""
    descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(text)
