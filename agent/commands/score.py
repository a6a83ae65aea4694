"""`tend score`: why a lead has its scores, and whether scores tell who closes from who does not."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

import click

from agent.commands.handing_over import carry_out
from agent.commands.starting import plain_failures
from agent.web.api import control


@click.group()
def command() -> None:
    """Explain a lead's scores, or hold them against who closed."""


@command.command()
@click.argument("lead")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def explain(*, lead: str, as_json: bool) -> None:
    """Show both scores of LEAD (lead_…, an email address or a phone number), each line with what is behind it."""
    answer = _asked("score-explain", {"lead": lead})
    if as_json:
        click.echo(json.dumps(answer, ensure_ascii=False))
    elif answer["success"]:
        _tell_engagement(answer["engagement"])
        click.echo()
        _tell_campaign(answer["campaign"])
    else:
        click.echo(answer["message"], err=True)
    sys.exit(0 if answer["success"] else 1)


@command.command()
@click.option("--after", "after_days", default=7, show_default=True, type=click.IntRange(1, 365), metavar="DAYS")
@click.option("--mature", "mature_days", default=90, show_default=True, type=click.IntRange(2, 3650), metavar="DAYS")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def backtest(*, after_days: int, mature_days: int, as_json: bool) -> None:
    """Score past leads by today's rules and compare with who closed.

    Each lead counts as it was known `--after` days after it came, so that nothing later can flatter the score; only
    leads that came at least `--mature` days ago are asked, since newer ones may still close.
    """
    if after_days >= mature_days:
        raise click.UsageError("--after must be fewer days than --mature")
    answer = _asked("score-backtest", {"after_days": after_days, "mature_days": mature_days})
    if as_json:
        click.echo(json.dumps(answer, ensure_ascii=False))
        return
    click.echo(f"Leads as they were known {after_days} days after they came, {mature_days} days ago or earlier.")
    for reason, count in answer["left_out"].items():
        click.echo(f"  left out: {count:,} {reason}")
    for name in ("engagement", "campaign"):
        click.echo()
        _tell_backtest(name, answer[name])


def _asked(verb: str, arguments: dict[str, Any]) -> dict[str, Any]:
    with plain_failures():
        return carry_out(verb, arguments, lambda tend: control.carry_out(tend, verb, arguments))


def _tell_engagement(found: Mapping[str, Any]) -> None:
    click.echo(f"Engagement {found['points']}, {found['temperature']}  ({found['version'] or 'not scored yet'})")
    _tell_ledger(found["ledger"])


def _tell_campaign(found: Mapping[str, Any] | None) -> None:
    if found is None:
        click.echo("No campaign score: they came by no form.")
        return
    click.echo(f"Campaign score {found['points']} of 100, grade {found['grade']}  ({found['version']})")
    _tell_ledger(found["ledger"])


def _tell_ledger(ledger: list[dict[str, Any]]) -> None:
    for line in ledger:
        given = f"{line['points']:+d}" if line["points"] or line["of"] is None else "0"
        of = f" of {line['of']}" if line["of"] is not None else ""
        behind = "  ".join(filter(None, (line["because"], (line["since"] or "")[:10])))
        click.echo(f"{given:>5}{of:6}  {line['text']}{f': {behind}' if behind else ''}".rstrip())


def _tell_backtest(name: str, found: Mapping[str, Any]) -> None:
    click.echo(f"{name.capitalize()} score ({found['version']}): {found['verdict']}")
    click.echo(f"  {found['leads']:,} leads, {found['closed']:,} closed")
    if found["auc"] is not None:
        click.echo(f"  AUC {found['auc']:.3f} (95 % interval {found['auc_low']:.3f} to {found['auc_high']:.3f})")
        click.echo(f"  the highest tenth closed {found['lift']:.1f} times as often as all")
    for band in found["bands"]:
        share = f"{band['share']:.1%} closed ({band['low']:.1%} to {band['high']:.1%})"
        click.echo(f"  {band['least']:3}-{band['most']:<3} {band['leads']:6,} leads, {share}")
    if found["rises"] is False:
        click.echo("  a higher band did not always close more often")
