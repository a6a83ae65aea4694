"""`tend train reader`: makes the local model's weights from the seeds, in a checkout with the development packages."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import click


@click.group()
def command() -> None:
    """Make the weights of the local reader's model anew (from a checkout)."""


@command.command()
@click.option(
    "--to", type=click.Path(exists=True, file_okay=False, path_type=Path), help="A folder, instead of those that ship."
)
def reader(*, to: Path | None) -> None:
    """Train on the seeds and write both files of weights. The same seeds give the same weights."""
    try:
        from integrations.providers import local_sentence_training, local_training
    except ModuleNotFoundError as error:
        raise click.ClickException(f"{error.name} is missing: it comes with the development packages") from None
    from integrations.providers import local_model, local_sentences

    folder = to or Path(str(files("integrations.providers")))
    model = local_training.trained()
    (folder / local_model.FILE).write_text(local_training.as_file(model), "utf-8")
    click.echo(f"{len(model['features'])} features of {len(model['intents'])} intents: {folder / local_model.FILE}")
    try:
        head = local_sentence_training.trained()
    except LookupError as error:
        raise click.ClickException(f"{error}; {local_sentences.FILE} is as it was") from None
    (folder / local_sentences.FILE).write_text(local_sentence_training.as_file(head), "utf-8")
    click.echo(f"{len(head['intent']['answers'])} intents over sentences, and haste: {folder / local_sentences.FILE}")
