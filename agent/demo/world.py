"""The demo's world: Tend and the stand-in for Follow Up Boss on loopback ports, and the people who use their doors.

Leads and replies enter as they would in life: signed webhooks with ids only, fetched back over HTTP; forms posted as
JSON; texts as Twilio signs them; emails as raw MIME.
"""

from __future__ import annotations

import contextlib
import secrets
import tomllib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from importlib.resources import files
from pathlib import Path
from socket import socket

import httpx
import msgspec

from agent import team as team_file
from agent import wiring
from agent.clock import Clock
from agent.demo.cast import Character, Line
from agent.settings import Secret, Settings
from agent.tend import Doors, Tend
from agent.web.app import make_app
from agent.web.server import bind, serving
from channels.providers.sandbox import SandboxEmailSender, SandboxSmsSender
from channels.providers.twilio_hook import TwilioSmsHook
from channels.standins.twilio import signed_form, text_fields
from integrations.providers.followupboss import FollowUpBoss
from integrations.providers.followupboss_events import EVENTS
from integrations.providers.followupboss_webhook import FollowUpBossWebhook
from integrations.providers.local_reader import LocalReader
from integrations.standins import followupboss as standin
from integrations.standins.followupboss import Account

OUR_NUMBER = "+15125550100"


@dataclass(frozen=True)
class Receivers:
    """The receiving ends, which count apart from Tend's own records."""

    email: SandboxEmailSender
    sms: SandboxSmsSender


@dataclass(frozen=True)
class World:
    """Everything running, with the doors the cast goes through."""

    tend: Tend
    address: str
    account: Account
    receivers: Receivers
    client: httpx.AsyncClient
    hook_token: str
    auth_token: str

    async def arrive(self, person: Character) -> None:
        """Let one person come in through their door."""
        if person.via == "form":
            await self._post_form(person)
            return
        now = self.tend.now()
        person_id = self.account.add_person(
            first_name=person.first,
            last_name=person.last,
            email=person.email,
            phone=person.phone,
            source=person.source,
            stage=person.stage,
            tags=person.tags,
            price=person.price,
            address={"city": person.city, "state": person.state, "code": person.postal_code} if person.state else None,
            background=person.message or None,
            text_consent="yes" if person.text_consent else None,
            created=now - timedelta(days=person.days_old),
        )
        event = "peopleUpdated" if person.days_old else "peopleCreated"
        _all_kept(await self.account.push(event, [person_id], self.client))

    async def say(self, person: Character, line: Line) -> None:
        """Let one person write to us."""
        if line.channel == "sms":
            fields = text_fields(
                message_sid=f"SM{secrets.token_hex(16)}", sender=person.phone, recipient=OUR_NUMBER, body=line.body
            )
            body, headers = signed_form(self.auth_token, f"{self.address}/hooks/twilio/sms", fields)
            answer = await self.client.post(f"{self.address}/hooks/twilio/sms", content=body, headers=headers)
        else:
            mail = _mail(person, line, now=self.tend.now(), domain=self.tend.settings.tend_email_domain)
            answer = await self.client.post(f"{self.address}/hooks/email/{self.hook_token}", content=mail)
        answer.raise_for_status()

    async def _post_form(self, person: Character) -> None:
        wording = "I agree to receive texts and emails from Alder Realty about my inquiry. Reply STOP to end."
        form = {
            "campaign_id": "spring-guide",
            "source": person.source,
            "contact": {
                "firstName": person.first,
                "lastName": person.last,
                "email": person.email,
                "phone": person.phone,
            },
            "lead_details": {"service_interest": person.interest, "urgency": person.urgency, "message": person.message},
            "form_metadata": {
                "form_type": person.source,
                "consent_given": {"email": True, "sms": True, "wording": wording} if person.text_consent else True,
            },
        }
        answer = await self.client.post(f"{self.address}/v1/api/leads", json=form)
        answer.raise_for_status()


@contextlib.asynccontextmanager
async def opened(folder: Path, clock: Clock, listener: socket, *, patient: bool = True) -> AsyncIterator[World]:
    """Start the stand-in and Tend. Unless `patient`, the CRM client never waits for a rate limit."""
    account = Account(
        api_key="demo-key",
        system="Tend demo",
        system_key=secrets.token_hex(16),
        clock=lambda: clock.now().timestamp(),
        now=clock.now,
    )
    for name, mail in (("Dana Reyes", "dana@alder.example.com"), ("Theo Lind", "theo@alder.example.com")):
        account.add_user(name=name, email=mail)
    team = team_file.from_dict(_team_data(), where="agent/demo/team.toml")
    hook_token, auth_token = secrets.token_urlsafe(24), secrets.token_hex(16)
    async with contextlib.AsyncExitStack() as stack:
        crm_address = await stack.enter_async_context(serving(standin.app(account), bind("127.0.0.1", 0)))
        account.base_url = crm_address
        settings = _settings(
            folder, listener, account, crm_address=crm_address, hook_token=hook_token, auth_token=auth_token
        )
        receivers = Receivers(SandboxEmailSender(clock=clock.now), SandboxSmsSender(clock=clock.now))
        doors = _doors(settings, receivers, clock, patient=patient)
        tend = await stack.enter_async_context(
            wiring.opened(settings, team=team, clock=clock, made_doors=doors, plain_text=True)
        )
        app = make_app(tend, open_to_all=True)
        address = await stack.enter_async_context(serving(app, listener, on_exit=app.state.live.close))
        for event in EVENTS:
            account.add_webhook(event=event, url=f"{address}/hooks/followupboss")
        client = await stack.enter_async_context(httpx.AsyncClient(timeout=30))
        yield World(tend, address, account, receivers, client, hook_token, auth_token)


def _settings(
    folder: Path, listener: socket, account: Account, *, crm_address: str, hook_token: str, auth_token: str
) -> Settings:
    host, port = listener.getsockname()[:2]
    return msgspec.structs.replace(
        Settings(),
        tend_data_dir=str(folder),
        tend_public_url=f"http://{host}:{port}",
        tend_email_hook_token=Secret(hook_token),
        twilio_auth_token=Secret(auth_token),
        fub_api_key=Secret(account.api_key),
        fub_system=account.system,
        fub_system_key=Secret(account.system_key),
        fub_base_url=crm_address,
    )


def _doors(settings: Settings, receivers: Receivers, clock: Clock, *, patient: bool) -> Doors:
    local = LocalReader()
    crm = FollowUpBoss(
        api_key=settings.fub_api_key.reveal(),
        base_url=settings.fub_base_url,
        system=settings.fub_system,
        system_key=settings.fub_system_key.reveal(),
        max_wait_seconds=12.0 if patient else 0.0,
        clock=lambda: clock.now().timestamp(),
    )
    return Doors(
        email=receivers.email,
        sms=receivers.sms,
        reader=local,
        local_reader=local,
        crm=crm,
        crm_hook=FollowUpBossWebhook(system_key=settings.fub_system_key.reveal()),
        sms_hook=TwilioSmsHook(settings.twilio_auth_token.reveal(), settings.public_url),
    )


def _team_data() -> dict[str, object]:
    data: dict[str, object] = tomllib.loads(files("agent.demo").joinpath("team.toml").read_text(encoding="utf-8"))
    return data


def _mail(person: Character, line: Line, *, now: datetime, domain: str) -> bytes:
    mail = EmailMessage()
    mail["From"] = f"{person.name} <{person.email}>"
    mail["To"] = f"hello@{domain}"
    mail["Subject"] = "Re: your message"
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<{secrets.token_hex(12)}@example.com>"
    if "out of the office" in line.body:
        mail["Auto-Submitted"] = "auto-replied"
    mail.set_content(
        f"{line.body}\n\nOn Tue, 3 Mar 2026, Dana wrote:\n> Reply with the word STOP to end these messages.\n"
    )
    return mail.as_bytes()


def _all_kept(statuses: list[int]) -> None:
    if any(status != 200 for status in statuses):
        message = f"Tend's webhook answered {statuses}"
        raise RuntimeError(message)
