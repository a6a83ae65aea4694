"""`tend doctor`: every setting, vendor and check with ok, off or broken, and the next thing to do."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import re
import sys
from dataclasses import asdict
from typing import Any

import click

from agent import readers, vendors, wiring, words
from agent import settings as settings_file
from agent import team as team_file
from agent.checkup import looking
from agent.commands import database_checked, limits_checked, routing_checked
from agent.commands.doctor_settings import finding_of
from agent.commands.finding import Finding
from agent.rules.dated import BadRuleFile
from agent.rules.limits import load_limits
from agent.rules.mail_domains import load_domains
from agent.rules.quiet_hours import load_rules
from agent.rules.scoring_profiles import load_profiles
from agent.settings import Settings


class DnsServer(click.ParamType[tuple[str, int]]):
    """An address, perhaps with a port: `1.1.1.1`, `127.0.0.1:5353`, `[2606:4700:4700::1111]:53`."""

    name = "server"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, int]:
        """Read it, or say what is wrong with it."""
        found = re.fullmatch(r"\[?([0-9.]+|[0-9a-fA-F:]+(?=\]|$))\]?(?::([0-9]{1,5}))?", str(value))
        try:
            address = ipaddress.ip_address(found[1] if found else "")
        except ValueError:
            self.fail(f"{value!r} is no address of a DNS server, such as 1.1.1.1", param, ctx)
        return str(address), int((found and found[2]) or 53)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--live", is_flag=True, help="Also ask each configured vendor, and DNS. Nothing is sent to a lead.")
@click.option("--dns", type=DnsServer(), metavar="IP[:PORT]", help="With --live: the DNS server to ask.")
def command(*, as_json: bool, live: bool, dns: tuple[str, int] | None) -> None:
    """List every setting, vendor and check, and the next thing to do. Exit code 1 when something is broken."""
    findings = [*examine(), *(asked(dns) if live else ())]
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings]))
    else:
        for finding in findings:
            mark = {"ok": click.style("ok    ", fg="green"), "off": click.style("off   ", fg="yellow")}.get(
                finding.state, click.style("broken", fg="red")
            )
            click.echo(f"{mark}  {finding.name:<26} {finding.found}")
            if finding.next:
                click.echo(f"        {'':<26} next: {finding.next}")
    sys.exit(1 if any(finding.state == "broken" for finding in findings) else 0)


def examine() -> list[Finding]:
    """Look at everything that can be looked at without sending anything."""
    given = [finding_of(setting) for setting in settings_file.look()]
    try:
        settings = settings_file.load()
    except settings_file.SettingsError:
        return [*given, _words(), _rules()]
    return [
        *given,
        _words(),
        _rules(),
        *_team(settings),
        _key(settings),
        *asyncio.run(database_checked.findings(settings)),
        *_vendors(settings),
        _sending(settings),
        *(Finding(*line) for line in asyncio.run(limits_checked.lines(settings))),
        _public_url(settings),
    ]


def asked(dns: tuple[str, int] | None) -> list[Finding]:
    """Ask every vendor that is configured; nothing where the settings cannot be read."""
    try:
        settings = settings_file.load()
    except settings_file.SettingsError:
        return []
    found = asyncio.run(looking.look(settings, dns=dns))
    return [Finding(line.name, line.state, line.found, line.next) for line in found]


def _words() -> Finding:
    try:
        loaded = words.load()
    except words.WordsError as error:
        return Finding("words", "broken", str(error), "mend that file in prompts/")
    return Finding("words", "ok", f"{len(loaded.sequences)} sequences, all texts checked")


def _rules() -> Finding:
    try:
        load_rules()
        load_limits()
        load_profiles()
        load_domains()
    except BadRuleFile as error:
        return Finding("rules", "broken", str(error), "mend that file in agent/rules/data/")
    return Finding("rules", "ok", "hours, limits and scoring read and in force")


def _team(settings: Settings) -> list[Finding]:
    try:
        team = team_file.read(settings.team_file)
    except team_file.TeamFileError as error:
        return [Finding("team file", "broken", str(error), "run: tend setup")]
    people = ", ".join(assignee.name for assignee in team.assignees)
    return [Finding("team file", "ok", f"{team.brokerage}: {people}"), *routing_checked.findings(team)]


def _key(settings: Settings) -> Finding:
    path = wiring.key_path(settings)
    if settings.tend_secret_key:
        return Finding("sealing key", "ok", "from TEND_SECRET_KEY")
    if path.exists():
        return Finding(
            "sealing key", "ok", f"in {path}", "keep a copy in a safe place: without it the data cannot be read"
        )
    return Finding("sealing key", "off", "none yet", f"`tend serve` makes {path} at first start")


def _vendors(settings: Settings) -> list[Finding]:
    hook = f"{settings.public_url}/hooks"
    origin = settings.twilio_from_number or settings.twilio_messaging_service_sid
    template = settings.twilio_whatsapp_template
    return [
        _vendor(
            "Follow Up Boss",
            on=bool(settings.fub_api_key),
            found="people are fetched with FUB_API_KEY",
            missing="FUB_API_KEY",
        ),
        _vendor(
            "FUB webhook",
            on=bool(settings.fub_api_key and settings.fub_system_key),
            found=f"open at {hook}/followupboss",
            missing="FUB_API_KEY and FUB_SYSTEM_KEY",
        ),
        *_amazon_and_mail(settings),
        _vendor(
            "Twilio texts",
            on=bool(settings.twilio_login and origin),
            found=f"sent from {origin} at {settings.twilio_base_url}",
            missing="TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_MESSAGING_SERVICE_SID or TWILIO_FROM_NUMBER",
        ),
        _vendor(
            "Twilio replies",
            on=bool(settings.twilio_auth_token),
            found=f"open at {hook}/twilio/sms#rc=3&rp=all (give Twilio all of it, what follows # included)",
            missing="TWILIO_AUTH_TOKEN",
        ),
        _vendor(
            "Twilio statuses",
            on=bool(settings.twilio_auth_token and settings.public_url.startswith("https://")),
            found=f"open at {hook}/twilio/status; every text carries the address itself",
            missing="TWILIO_AUTH_TOKEN and an https TEND_PUBLIC_URL",
        ),
        _vendor(
            "WhatsApp",
            on=bool(settings.twilio_login and settings.twilio_whatsapp_number),
            found=f"sent from {settings.twilio_whatsapp_number}, "
            + (
                f"after 24 hours as {template}"
                if template
                else "within 24 hours only: TWILIO_WHATSAPP_TEMPLATE is not set"
            ),
            missing="TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_WHATSAPP_NUMBER",
        ),
        _vendor(
            "email replies",
            on=bool(settings.tend_email_hook_token),
            found=f"open at {hook}/email/…",
            missing="TEND_EMAIL_HOOK_TOKEN",
        ),
        _vendor(
            "Amazon's notices",
            on=bool(settings.sns_topics),
            found=f"{len(settings.sns_topics)} topics may post to {hook}/ses, {hook}/s3 and {hook}/aws/sms",
            missing="TEND_SNS_TOPICS",
        ),
        _vendor(
            "language model",
            on=bool(settings.openai_api_key),
            found=f"{settings.tend_llm_model} over {settings.llm_api}",
            missing="OPENAI_API_KEY",
        ),
        _second_opinion(settings),
    ]


def _second_opinion(settings: Settings) -> Finding:
    why = readers.why_no_second_opinion(settings)
    if not why:
        return Finding("sentence model", "ok", "the local reader asks it for a second opinion")
    found = f"{why}; the local reader reads with its small model"
    return Finding("sentence model", "off", found, "start once without --slim, and unset TEND_WHOLE_SENTENCES")


def _amazon_and_mail(settings: Settings) -> list[Finding]:
    try:
        email, texts = vendors.email_described(settings), vendors.texts_described(settings)
    except vendors.Unusable as error:
        return [Finding("senders", "broken", str(error), "mend that setting")]
    return [
        _vendor(
            "email", on=bool(email), found=f"leaves by {email}", missing="SMTP_URL, or AWS_REGION and Amazon's keys,"
        ),
        _vendor(
            "Amazon texts", on=bool(texts), found=f"sent by {texts}", missing="TEND_AWS_TEXTS and TEND_AWS_TEXT_SENDER"
        ),
    ]


def _vendor(name: str, *, on: bool, found: str, missing: str) -> Finding:
    if on:
        return Finding(name, "ok", found)
    meanwhile = "not configured; the local reader reads" if name == "language model" else "not configured"
    return Finding(name, "off", meanwhile, f"set {missing} to turn it on")


def _sending(settings: Settings) -> Finding:
    if settings.tend_sending != "live":
        return Finding("sending", "ok", "sandbox: everything is recorded and nothing leaves")
    try:
        made = vendors.live_senders(settings)
    except vendors.Unusable as error:
        return Finding("sending", "broken", str(error), "set what is missing, or TEND_SENDING=sandbox")
    whom = f", to {len(settings.send_only_to)} addresses only" if settings.send_only_to else ""
    return Finding("sending", "ok", f"live, by {' and '.join(made)}{whom}")


def _public_url(settings: Settings) -> Finding:
    if "127.0.0.1" in settings.public_url or "localhost" in settings.public_url:
        return Finding(
            "public address", "off", settings.public_url, "set TEND_PUBLIC_URL to the https address vendors reach"
        )
    if not settings.public_url.startswith("https://"):
        return Finding("public address", "broken", settings.public_url, "vendors need https")
    return Finding("public address", "ok", settings.public_url)
