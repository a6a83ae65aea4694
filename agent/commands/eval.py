"""`tend eval`: how well Tend reads, on labelled messages of your own. Nothing is sent or stored.

One measure a file, over the lines `eval_lines` reads and the readers `eval_readers` opens; `export` writes such lines.
"""

from __future__ import annotations

import click

from agent.commands.eval_dates import dates
from agent.commands.eval_export import export
from agent.commands.eval_hot import hot
from agent.commands.eval_labels import reading, sentiment
from agent.commands.eval_optout import optout
from agent.commands.eval_slots import slots


@click.group()
def command() -> None:
    """Measure how well Tend reads, on labelled messages of your own."""


for _measure in (reading, optout, slots, sentiment, dates, hot, export):
    command.add_command(_measure)
