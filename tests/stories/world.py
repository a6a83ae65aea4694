"""A whole Tend as a story needs it: real server and webhooks, a moved clock, doors that remember what left.

Leads come in as in life: Follow Up Boss pushes ids and is asked back over HTTP, texts come as Twilio signs them, mail
as raw MIME, forms as JSON. Personal data is sealed with a real key. Nothing runs by itself: `settle` does what is due
now, `live` lets time pass from one due instant to the next.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec
from sqlalchemy import Row, Table, select

from agent import scheduler, wiring
from agent.clock import ManualClock
from agent.rules.team import Team
from agent.scheduler import Tick
from agent.settings import Secret, Settings
from agent.store import leads as lead_store
from agent.store.ids import shown
from agent.store.seal import new_key
from agent.store.tables import addresses, enrollments, leads, todos, touches
from agent.tend import Doors, Tend
from agent.web import sessions
from agent.web.app import make_app
from agent.web.server import bind, serving
from channels.email import EmailSender, OutgoingEmail
from channels.providers.memory import MemoryEmailSender, MemorySmsSender
from channels.providers.twilio_hook import TwilioSmsHook
from channels.sms import OutgoingSms, SmsSender
from channels.standins.twilio import signed_form, text_fields
from channels.whatsapp import WhatsAppSender
from integrations.language_model import Reader
from integrations.providers.followupboss import FollowUpBoss
from integrations.providers.followupboss_events import EVENTS
from integrations.providers.followupboss_webhook import FollowUpBossWebhook
from integrations.providers.local_reader import LocalReader
from integrations.standins import followupboss as standin
from integrations.standins.followupboss import Account
from tests import cast
from tests.cast import Lead

KEY = new_key()
OUR_PAGE = {"Sec-Fetch-Site": "same-origin"}
_STUCK_SECONDS = 30


@dataclass(frozen=True, repr=False)
class World:
    """Everything running."""

    tend: Tend
    clock: ManualClock
    address: str
    account: Account
    client: httpx.AsyncClient
    email: MemoryEmailSender
    sms: MemorySmsSender
    hook_token: str
    auth_token: str
    schedule: tuple[Tick, ...] = field(default=())

    # ---- time

    async def settle(self) -> datetime | None:
        """Do everything that is due now; returns when the next thing is."""
        async with asyncio.timeout(_STUCK_SECONDS):
            return await scheduler.drive(self.tend, self.schedule)

    async def live(self, **span: float) -> None:
        """Let time pass, stopping at every due instant."""
        until = self.clock.now() + timedelta(**span)
        while (due := await self.settle()) is not None and due <= until:
            self.clock.advance_to(due)
        self.clock.advance_to(until)
        await self.settle()

    async def tick(self, name: str) -> int:
        """Run one tick by name, once."""
        return await next(tick for tick in self.schedule if tick.name == name).work()

    # ---- what leads and systems do to us

    def add_to_crm(self, lead: Lead, **changes: Any) -> int:
        """Put somebody into Follow Up Boss without telling anybody."""
        given: dict[str, Any] = {
            "first_name": lead.first,
            "last_name": lead.last,
            "email": lead.email,
            "phone": lead.phone,
            "source": "Zillow",
            "address": {"city": lead.city, "state": lead.state},
        }
        return self.account.add_person(**(given | changes))

    async def push(self, event: str, ids: Sequence[int]) -> None:
        """Let Follow Up Boss push one signed event with these ids."""
        statuses = await self.account.push(event, ids, self.client)
        assert statuses == [200]

    async def arrive(self, lead: Lead, **changes: Any) -> UUID:
        """Let somebody come in through Follow Up Boss and be taken in; returns the lead's id."""
        person_id = self.add_to_crm(lead, **changes)
        await self.push("peopleCreated", [person_id])
        await self.live(seconds=self.tend.settings.tend_debounce_seconds)
        return await self.lead_id(lead)

    async def text(self, lead: Lead, body: str, *, sid: str = "", keyword: str = "") -> httpx.Response:
        """Let somebody text us, as Twilio posts it."""
        fields = text_fields(
            message_sid=sid or f"SM{uuid4().hex}",
            sender=lead.phone,
            recipient=cast.OUR_NUMBER,
            body=body,
            opt_out_type=keyword,
        )
        content, headers = signed_form(self.auth_token, f"{self.address}/hooks/twilio/sms", fields)
        return await self.client.post("/hooks/twilio/sms", content=content, headers=headers)

    async def mail(self, raw: bytes) -> httpx.Response:
        """Let raw mail come in."""
        return await self.client.post(f"/hooks/email/{self.hook_token}", content=raw)

    async def post_form(self, body: Any, **headers: str) -> httpx.Response:
        """Post a form, with headers such as `idempotency_key`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.post("/v1/api/leads", json=body, headers=named)

    # ---- what people on our pages do

    async def sign_in(self, key: str = "dana") -> None:
        """Sign somebody of the team in with the one-time link, as a browser does."""
        link = await sessions.make_sign_in_link(self.tend, address=self.address, key=key)
        assert (await self.client.post(link, headers=OUR_PAGE)).status_code == 303

    async def press(self, lead_id: UUID, act: str, **fields: str) -> httpx.Response:
        """Press a button on the lead's page without JavaScript."""
        return await self.client.post(self.path(lead_id, act), data=fields, headers=OUR_PAGE)

    # ---- what came of it

    async def lead_ids(self, lead: Lead) -> list[UUID]:
        """The leads with this email address, those merged into others left out."""
        rows = await self.rows(addresses, value_hash=self.tend.sealer.hash("email", lead.email))
        return [row.lead_id for row in rows if (await self.lead(row.lead_id)).merged_into is None]

    async def lead_id(self, lead: Lead) -> UUID:
        """The one lead with this email address."""
        (found,) = await self.lead_ids(lead)
        return found

    async def lead(self, lead_id: UUID) -> Row[Any]:
        """The lead's row."""
        (row,) = await self.rows(leads, id=lead_id)
        return row

    async def touches(self, lead_id: UUID, **also: Any) -> list[Row[Any]]:
        """The lead's touches, oldest first."""
        return sorted(await self.rows(touches, lead_id=lead_id, **also), key=lambda row: row.id)

    async def enrollment(self, lead_id: UUID) -> Row[Any]:
        """The lead's one enrollment."""
        (row,) = await self.rows(enrollments, lead_id=lead_id)
        return row

    async def open_todos(self, lead_id: UUID) -> list[Row[Any]]:
        """The lead's open to-dos."""
        return await self.rows(todos, lead_id=lead_id, state="open")

    async def rows(self, table: Table, **where: Any) -> list[Row[Any]]:
        """Rows of a table of this team, where these columns have these values."""
        criteria = [table.c[name] == value for name, value in where.items()]
        async with self.tend.reading() as conn:
            found = await conn.execute(select(table).where(table.c.team_id == self.tend.team_id, *criteria))
            return list(found)

    def opened(self, table: Table, column: str, row: Row[Any]) -> str:
        """Open a sealed column of a row."""
        return self.tend.sealer.open(table.name, column, row.id, getattr(row, column))

    async def plain(self, lead_id: UUID) -> dict[str, Any]:
        """The lead's personal columns."""
        return lead_store.opened(self.tend.sealer, await self.lead(lead_id))

    def emails_to(self, lead: Lead) -> list[OutgoingEmail]:
        """Emails that left to this lead, in order."""
        return [email for email in self.email.sent if email.to == lead.email]

    def texts_to(self, lead: Lead) -> list[OutgoingSms]:
        """Texts that left to this lead's number, in order."""
        return [text for text in self.sms.sent if text.to == lead.phone]

    def sent_to(self, lead: Lead) -> int:
        """How many messages left to this lead."""
        return len(self.emails_to(lead)) + len(self.texts_to(lead))

    def path(self, lead_id: UUID, act: str = "") -> str:
        """The path of the lead's page, or of a button on it."""
        return f"/leads/{shown('lead', lead_id)}{f'/{act}' if act else ''}"


@contextlib.asynccontextmanager
async def opened(
    url: str,
    folder: Path,
    *,
    at: datetime = cast.TUESDAY_MORNING,
    team: Team | None = None,
    reader: Reader | None = None,
    email: MemoryEmailSender | None = None,
    sms: MemorySmsSender | None = None,
    texting: SmsSender | None = None,
    mailing: EmailSender | None = None,
    whatsapp: WhatsAppSender | None = None,
    doors: Mapping[str, Any] | None = None,
    crm_account: Mapping[str, Any] | None = None,
    connected: bool = True,
    **settings: Any,
) -> AsyncIterator[World]:
    """Start Follow Up Boss's stand-in and Tend on loopback, at this instant, with this team, doors and settings.

    `texting` takes the texts instead of `sms`, and `mailing` the emails instead of `email`. `crm_account` is what is
    special about Follow Up Boss's account; it pushes to Tend if `connected`.
    """
    clock = ManualClock(at)
    account = Account(
        api_key="invented-key",
        system="Tend",
        system_key=secrets.token_hex(16),
        clock=lambda: clock.now().timestamp(),
        now=clock.now,
        **(crm_account or {}),
    )
    email, sms = email or MemoryEmailSender(), sms or MemorySmsSender()
    listener = bind("127.0.0.1", 0)
    async with contextlib.AsyncExitStack() as stack:
        crm = await stack.enter_async_context(serving(standin.app(account), bind("127.0.0.1", 0)))
        account.base_url = crm
        given = _settings(url, folder, f"http://127.0.0.1:{listener.getsockname()[1]}", crm, account)
        given = msgspec.structs.replace(given, **settings)
        ours = _doors(given, account, mailing or email, texting or sms, reader or LocalReader(), clock)
        made_doors = replace(ours, whatsapp=whatsapp, **(doors or {}))
        tend = await stack.enter_async_context(
            wiring.opened(given, team=team or cast.team(), clock=clock, made_doors=made_doors)
        )
        address = await stack.enter_async_context(serving(make_app(tend), listener))
        for event in EVENTS if connected else ():
            account.add_webhook(event=event, url=f"{address}/hooks/followupboss")
        client = await stack.enter_async_context(httpx.AsyncClient(base_url=address, timeout=20))
        yield World(
            tend=tend,
            clock=clock,
            address=address,
            account=account,
            client=client,
            email=email,
            sms=sms,
            hook_token=given.tend_email_hook_token.reveal(),
            auth_token=given.twilio_auth_token.reveal(),
            schedule=scheduler.ticks(tend),
        )


def _settings(url: str, folder: Path, public_url: str, crm: str, account: Account) -> Settings:
    return Settings(
        tend_data_dir=str(folder),
        tend_database_url=url,
        tend_public_url=public_url,
        tend_secret_key=Secret(KEY),
        tend_email_hook_token=Secret(secrets.token_urlsafe(16)),
        twilio_auth_token=Secret(secrets.token_hex(16)),
        twilio_from_number=cast.OUR_NUMBER,
        fub_api_key=Secret(account.api_key),
        fub_system=account.system,
        fub_system_key=Secret(account.system_key),
        fub_base_url=crm,
    )


def _doors(
    settings: Settings,
    account: Account,
    email: EmailSender,
    sms: SmsSender,
    reader: Reader,
    clock: ManualClock,
) -> Doors:
    return Doors(
        email=email,
        sms=sms,
        reader=reader,
        local_reader=LocalReader(),
        crm=FollowUpBoss(
            api_key=account.api_key,
            base_url=settings.fub_base_url,
            system=account.system,
            system_key=account.system_key,
            max_wait_seconds=0.0,
            clock=lambda: clock.now().timestamp(),
        ),
        crm_hook=FollowUpBossWebhook(system_key=account.system_key),
        sms_hook=TwilioSmsHook(settings.twilio_auth_token.reveal(), settings.public_url),
    )
