"""`tend bench`: what is claimed of speed, measured beside its floor. The programs stand in `bench/` of a checkout."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click

import agent

ROOT = Path(agent.__file__).resolve().parents[1]
_ANYTHING = {"ignore_unknown_options": True, "help_option_names": []}


@click.group()
def command() -> None:
    """Measure Tend beside its floors, on this machine. Works from a checkout."""


@command.command(context_settings=_ANYTHING, add_help_option=False)
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def intake(options: tuple[str, ...]) -> None:
    """Webhooks and form posts a second, at 32 and 1,000 connections."""
    _run("intake", options)


@command.command(context_settings=_ANYTHING, add_help_option=False)
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def fub(options: tuple[str, ...]) -> None:
    """An account of 10,000 people imported and kept in step both ways, through troubles."""
    _run("fub", options)


@command.command(context_settings=_ANYTHING, add_help_option=False)
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def dispatch(options: tuple[str, ...]) -> None:
    """Due touches sent a second, with 100,000 enrollments waiting."""
    _run("dispatch", options)


@command.command(name="first-touch", context_settings=_ANYTHING, add_help_option=False)
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def first_touch(options: tuple[str, ...]) -> None:
    """How long from a form's POST to the first message handed over."""
    _run("first_touch", options)


@command.command(name="per-lead", context_settings=_ANYTHING, add_help_option=False)
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def per_lead(options: tuple[str, ...]) -> None:
    """What checking and scoring one form costs, in microseconds."""
    _run("per_lead", options)


@command.command(context_settings=_ANYTHING, add_help_option=False)
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def crash(options: tuple[str, ...]) -> None:
    """Kill it while it sends, and count what was lost or sent twice."""
    _run("crash", options)


def _run(name: str, options: tuple[str, ...]) -> None:
    """Run one program of `bench/` with this Python; its own `--help` says what it takes, its exit code is ours."""
    if not (ROOT / "bench" / f"{name}.py").is_file():
        raise click.ClickException(
            f"the measurements are not part of an installed Tend: there is no bench/ in {ROOT}. "
            "Clone the project and run `python3 run.py bench` there."
        )
    program = [sys.executable, "-m", f"bench.{name}", *options]
    done = subprocess.run(program, cwd=ROOT, check=False)  # noqa: S603 - our own, with the options the person gave
    sys.exit(done.returncode)
