"""`tend simulate`: the days ahead, rehearsed on a copy."""

from __future__ import annotations

import contextlib
import logging
import sys
import tomllib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.progress import Progress

from agent import team as team_file
from agent import wiring, words
from agent.commands.starting import plain_failures, read_settings
from agent.log import set_up
from agent.rules.team import Team
from agent.settings import Settings
from agent.simulation import showing
from agent.simulation.rehearsal import Asked, NoLeads, rehearse
from agent.simulation.report import NobodyThere, Rehearsed
from agent.web.server import run

_MOST_DAYS = 90
_MOST_LEADS = 20_000


@click.command()
@click.option("--days", default=30, show_default=True, type=click.IntRange(1, _MOST_DAYS), help="How far ahead.")
@click.option(
    "--leads", type=click.IntRange(1, _MOST_LEADS), help="Rehearse with this many invented leads, not your own."
)
@click.option("--sequence", help="Only this one; started for everyone it may start for.")
@click.option("--from", "since", help="When it begins: 2026-03-03 or 2026-03-03T10:00, in the team's zone (now).")
@click.option("--as", "lead", help="One lead's own timeline, with the words: lead_…, an email address or a phone.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object: sums, and a row for each touch.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV, a row for each touch.")
def command(
    *,
    days: int,
    leads: int | None,
    sequence: str | None,
    since: str | None,
    lead: str | None,
    as_json: bool,
    as_csv: bool,
) -> None:
    """Rehearse the days ahead: who gets what, when, on which channel, and why not.

    The same engine runs on a moved clock over a copy of your leads (or invented ones). Nothing is sent, no model is
    asked, no CRM is called, and your own database is only read; `tend serve` may run meanwhile.
    """
    if as_json and as_csv:
        raise click.UsageError("--json and --csv exclude each other")
    with plain_failures():
        settings = read_settings()
        set_up(settings.tend_log, level=logging.WARNING)
        team = _team(settings, invented=leads is not None)
        _known_sequence(sequence)
        asked = Asked(start=_start(since, team.zone), days=days, sequence=sequence, invented=leads, lead=lead)
        try:
            with _progress(asked) as passed:
                found = run(rehearse(settings, team, asked, passed=passed))
        except NoLeads as error:
            raise wiring.CannotStart(f"{error}. Rehearse with invented leads: tend simulate --leads 100") from None
        except NobodyThere as error:
            click.echo(str(error), err=True)
            sys.exit(1)
    if as_json:
        click.echo(showing.as_json(found))
    elif as_csv:
        click.echo(showing.as_csv(found), nl=False)
    else:
        _show(found, one=lead is not None)


def _show(found: Rehearsed, *, one: bool) -> None:
    console = Console() if sys.stdout.isatty() else Console(width=160)
    (showing.print_one if one else showing.print_everyone)(found, console)


def _team(settings: Settings, *, invented: bool) -> Team:
    """The team file; for invented leads the demo's where there is none yet."""
    if invented and not settings.team_file.exists():
        written = files("agent.demo").joinpath("team.toml").read_text(encoding="utf-8")
        return team_file.from_dict(tomllib.loads(written), where="agent/demo/team.toml")
    return wiring.read_team(settings)


def _known_sequence(key: str | None) -> None:
    known = words.load().sequences
    if key is not None and key not in known:
        raise click.UsageError(f"there is no sequence “{key}”; there are {', '.join(sorted(known))}")


def _start(since: str | None, zone: str) -> datetime:
    if since is None:
        return datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=1)
    try:
        moment = datetime.fromisoformat(since)
    except ValueError:
        raise click.UsageError(f"--from: {since!r} is no date; write 2026-03-03 or 2026-03-03T10:00") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)


@contextlib.contextmanager
def _progress(asked: Asked) -> Iterator[Callable[[datetime], None]]:
    """A bar on standard error while a person watches."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _: None
        return
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task("Rehearsing", total=timedelta(days=asked.days).total_seconds())
        yield lambda now: bar.update(task, completed=(now - asked.start).total_seconds())
