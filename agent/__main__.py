"""The `tend` command. Each command is a small file in `agent.commands`, loaded only when it is called.

Exit codes: 0 done, 1 it failed and says why, 2 called wrongly, 3 cannot start as configured.
"""

from __future__ import annotations

import importlib
from typing import Any

import click

_COMMANDS = {
    "demo": "Show Tend at work on invented leads; nothing leaves this machine.",
    "serve": "Run Tend on your own data and settings.",
    "tick": "Run a worker node without web pages (needs PostgreSQL).",
    "setup": "Ask for, check and write the team file.",
    "fub": "Connect Follow Up Boss: check the key, keep its webhooks.",
    "doctor": "List every setting, vendor and check, and the next thing to do.",
    "migrate": "Bring the database to this version's schema.",
    "pause": "Stop all sending at once.",
    "resume": "Start sending again.",
    "dnc": "Upload a Do-Not-Call list, or numbers that changed hands.",
    "login": "Print a new one-time sign-in link.",
    "token": "Make an API token for a program that reads.",
    "sequences": "List sequence versions, and move people to the present one.",
    "reactivate": "Preview, start or stop waking aged leads.",
    "score": "Explain a lead's scores, or hold them against who closed.",
    "simulate": "Rehearse the days ahead on a copy of your leads; nothing is sent or changed.",
    "eval": "Measure how well Tend reads, on labelled sentences of your own.",
    "train": "Make the weights of the local reader's model anew (from a checkout).",
    "bench": "Measure Tend beside its floors (from a checkout).",
}


class _Commands(click.Group):
    """Lists commands without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order people meet them."""
        del ctx
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Load one command's file."""
        del ctx
        if name not in _COMMANDS:
            return None
        loaded: Any = importlib.import_module(f"agent.commands.{name}")
        command: click.Command = loaded.command
        command.help = command.help or _COMMANDS[name]
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List commands with one line each, from the table above."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tend")
def main() -> None:
    """Tend: a self-hosted agent that nurtures real-estate leads."""


if __name__ == "__main__":
    main()
