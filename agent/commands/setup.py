"""`tend setup`: asks for, checks and writes the one team file; what is wrong is said before anything is written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import tomlkit

from agent import team as team_file
from agent.commands.starting import plain_failures, read_settings

_STAGES = {
    "Lead": {"status": "new", "automation": True},
    "Attempted contact": {"status": "contacted", "automation": True},
    "Spoke with customer": {"status": "qualified", "automation": True},
    "Appointment set": {"status": "qualified", "automation": False, "reason": "an appointment is set"},
    "Under contract": {"status": "proposal", "automation": False, "reason": "under contract"},
    "Closed": {"status": "closed_won", "automation": False, "reason": "closed: a past client"},
    "Trash": {"status": "closed_lost", "automation": False, "reason": "in the trash"},
}


@click.command()
@click.option("--file", "path", type=click.Path(path_type=Path), help="Where to write it (default: the data folder).")
@click.option("--force", is_flag=True, help="Write over an existing file.")
def command(*, path: Path | None, force: bool) -> None:
    """Ask for, check and write the team file: brokerage, people, stages, sources and their consent rule."""
    with plain_failures():
        target = path or read_settings().team_file
    if target.exists() and not force:
        click.echo(f"{target} exists. Edit it, or write it anew with --force.", err=True)
        raise SystemExit(1)
    data = _ask()
    try:
        team_file.from_dict(data, where=str(target))
    except team_file.TeamFileError as error:
        click.echo(f"Not written. {error}", err=True)
        raise SystemExit(1) from None
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(tomlkit.dumps(data), encoding="utf-8")
    click.echo(f"Wrote {target}. Next: tend doctor, then tend serve")


def _ask() -> dict[str, Any]:
    click.echo("The brokerage. Leads see its name; the postal address is the law's (CAN-SPAM).")
    team = {
        "brokerage": click.prompt("  Name"),
        "postal_address": click.prompt("  Postal address"),
        "zone": click.prompt("  Time zone", default="America/Chicago"),
    }
    assignees: list[dict[str, Any]] = []
    while True:
        click.echo(f"\nPerson {len(assignees) + 1}, who takes leads.")
        name = click.prompt("  Name")
        assignees.append(
            {
                "key": click.prompt("  Short key", default=name.split()[0].lower()),
                "name": name,
                "phone": click.prompt("  Mobile phone (alerts)"),
                "email": click.prompt("  Email (alerts)"),
                "zone": click.prompt("  Time zone", default=team["zone"]),
                "hours": click.prompt("  Working hours", default="08:00-19:00"),
                "crm_user_id": click.prompt(
                    "  Follow Up Boss user id (empty for none)", default="", show_default=False
                ),
                "leads_team": not assignees,
            }
        )
        if not click.confirm("  One more person?", default=False):
            break
    return {"team": team, "assignees": assignees, "stages": _ask_stages(), "consent": _ask_consent()}


def _ask_stages() -> dict[str, Any]:
    click.echo("\nFollow Up Boss stages. A stage that is not listed gets no automation and a to-do.")
    stages = dict(_STAGES)
    while more := click.prompt("  Another stage of yours (empty to go on)", default="", show_default=False):
        stages[more] = {"automation": click.confirm(f"  May Tend write to people in “{more}”?", default=False)}
    return stages


def _ask_consent() -> list[dict[str, Any]]:
    click.echo(
        "\nConsent. Tend texts nobody without written evidence. A rule says which people gave it, and where it is kept."
    )
    rules = []
    while click.confirm("  Add a rule?", default=False):
        match = click.prompt("  It is told by", type=click.Choice(["source", "tag", "custom"]))
        rules.append(
            {
                "match": match,
                "field": click.prompt("  Custom field") if match == "custom" else "",
                "value": click.prompt("  Its value"),
                "channels": ["sms", "email"],
                "wording": click.prompt("  The wording people agreed to"),
                "kept_at": click.prompt("  Where the evidence is kept"),
                "since": click.prompt("  In use since (YYYY-MM-DD)", type=click.DateTime(["%Y-%m-%d"])).date(),
            }
        )
    return rules
