"""`tend train reader`: makes the local model's weights from the seeds, in a checkout with the development packages."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import click


@click.group()
def command() -> None:
    """Make the weights of the local reader's model anew (from a checkout)."""


@command.command()
@click.option("--to", type=click.Path(dir_okay=False, path_type=Path), help="Write there, not over those that ship.")
def reader(*, to: Path | None) -> None:
    """Train on the seeds and write the weights. The same seeds give the same weights."""
    try:
        from integrations.providers.local_training import as_file, trained
    except ModuleNotFoundError as error:
        raise click.ClickException(f"{error.name} is missing: it comes with the development packages") from None
    from integrations.providers.local_model import FILE

    file = to or Path(str(files("integrations.providers").joinpath(FILE)))
    model = trained()
    file.write_text(as_file(model), "utf-8")
    click.echo(f"{len(model['features'])} features of {len(model['intents'])} intents: {file}")
