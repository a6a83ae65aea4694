"""A stage for the pages: one Tend on SQLite behind a real uvicorn, in its own thread, with a small invented cast.

Leads come in through the form API and write through the flow that the text webhook calls. Ticks run when a test says.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import threading
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import httpx
import msgspec

from agent import scheduler, wiring
from agent.clock import ManualClock
from agent.flows import replies
from agent.rules.consent import SourceConsent
from agent.rules.team import Assignee, Team
from agent.settings import Secret, Settings
from agent.store.ids import parsed
from agent.store.seal import new_key
from agent.tend import Doors, Tend
from agent.web.app import make_app
from agent.web.server import bind, serving
from channels.providers.sandbox import SandboxEmailSender, SandboxSmsSender
from channels.sms import InboundSms
from integrations.providers.local_reader import LocalReader

R = TypeVar("R")

START = datetime(2026, 3, 3, 16, 0, tzinfo=UTC)
"""Tuesday 10:00 in Austin."""
WORDING = "I agree to receive texts from Alder Realty about my inquiry. Reply STOP to end."
MARIA, THEO, SAM = "maria.alvarez@example.com", "theo.brandt@example.com", "sam.ortiz@example.com"
MARIAS_PHONE, SAMS_PHONE = "+15125550142", "+15125550144"

TEAM = Team(
    brokerage="Alder Realty",
    postal_address="200 Alder Street, Austin, TX 78701",
    zone="America/Chicago",
    assignees=(
        Assignee("dana", "Dana Reyes", "+15125550110", "dana@example.org", "America/Chicago", leads_team=True),
        Assignee("theo", "Theo Lind", "+15125550111", "theo@example.org", "America/Chicago"),
    ),
    consent=(SourceConsent("source", "Open house", "", ("sms",), WORDING, "the sheet in the office", START.date()),),
)


class Stage:
    """A running Tend and the ways a test reaches it: over HTTP at `address`, or by a coroutine on its loop."""

    def __init__(self, folder: Path, *, open_to_all: bool) -> None:
        self.clock = ManualClock(START)
        self.tend: Tend
        self.address = ""
        self.leads: dict[str, UUID] = {}
        self._folder = folder
        self._open_to_all = open_to_all
        self._loop = asyncio.new_event_loop()
        self._ready, self._over = threading.Event(), asyncio.Event()
        self._failed: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="stage")

    def open(self) -> Stage:
        """Start it, and wait until it serves."""
        self._thread.start()
        self._ready.wait(30)
        if self._failed is not None:
            raise self._failed
        return self

    def close(self) -> None:
        """End it."""
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(30)
        self._loop.close()

    def do(self, work: Callable[[Tend], Awaitable[R]]) -> R:
        """Run something on the stage's loop."""

        async def run() -> R:
            return await work(self.tend)

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(30)

    def tick(self) -> None:
        """Run every flow until nothing is due."""
        self.do(lambda tend: scheduler.drive(tend, scheduler.ticks(tend)))

    def wait(self, **span: float) -> None:
        """Let time pass on Tend's clock, and run what falls due."""
        self.clock.advance(timedelta(**span))
        self.tick()

    def client(self, **more: Any) -> httpx.Client:
        """A browser without a screen: it says which site its requests come from."""
        headers = {"accept": "text/html", "sec-fetch-site": "same-origin"} | more.pop("headers", {})
        return httpx.Client(base_url=self.address, headers=headers, **more)

    def form(
        self, first: str, last: str, email: str, *, phone: str = "", message: str = "", texts: bool = False
    ) -> UUID:
        """Somebody fills in a form."""
        consent: object = {"email": True, "sms": True, "wording": WORDING} if texts else True
        body = {
            "campaign_id": "spring-guide",
            "source": "landing-page",
            "contact": {"firstName": first, "lastName": last, "email": email} | ({"phone": phone} if phone else {}),
            "lead_details": {"message": message},
            "form_metadata": {"form_type": "guide", "consent_given": consent},
        }
        answer = httpx.post(f"{self.address}/v1/api/leads", json=body).raise_for_status()
        lead_id = parsed("lead", answer.json()["lead_id"])
        assert lead_id is not None
        self.leads[email] = lead_id
        return lead_id

    def text(self, sender: str, body: str) -> None:
        """Somebody texts us, and Tend reads it."""
        sms = InboundSms(f"SM{datetime.now(UTC).timestamp()}", sender, "+15125550100", body)
        self.do(lambda tend: replies.receive_sms(tend, sms))
        self.tick()

    def page(self, email: str) -> str:
        """The path of a lead's page."""
        return f"/leads/lead_{self.leads[email].hex}"

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._main())
        except BaseException as error:  # noqa: BLE001 - told to the thread that waits
            self._failed = error
        finally:
            self._ready.set()

    async def _main(self) -> None:
        listener = bind("127.0.0.1", 0)
        settings = msgspec.structs.replace(
            Settings(),
            tend_data_dir=str(self._folder),
            tend_secret_key=Secret(new_key()),
            tend_public_url=f"http://127.0.0.1:{listener.getsockname()[1]}",
        )
        local = LocalReader()
        doors = Doors(
            email=SandboxEmailSender(clock=self.clock.now),
            sms=SandboxSmsSender(clock=self.clock.now),
            reader=local,
            local_reader=local,
        )
        async with contextlib.AsyncExitStack() as stack:
            self.tend = await stack.enter_async_context(
                wiring.opened(settings, team=TEAM, clock=self.clock, made_doors=doors)
            )
            app = make_app(self.tend, open_to_all=self._open_to_all)
            self.address = await stack.enter_async_context(serving(app, listener, on_exit=app.state.live.close))
            self._ready.set()
            await self._over.wait()


def seed(stage: Stage) -> None:
    """Maria may be texted and asked for a showing; Theo gets emails only; Sam said stop."""
    stage.form("Maria", "Alvarez", MARIA, phone=MARIAS_PHONE, message="Is 14 Alder Ct still available?", texts=True)
    stage.form("Theo", "Brandt", THEO, phone="+15125550143", message="I want to sell my house in spring")
    stage.form("Sam", "Ortiz", SAM, phone=SAMS_PHONE, message="Looking for a 3 bedroom", texts=True)
    stage.tick()
    stage.wait(minutes=5)
    stage.text(MARIAS_PHONE, "yes! could we see it Saturday morning?")
    stage.text(SAMS_PHONE, "STOP")
    stage.wait(minutes=4)


@contextlib.contextmanager
def opened(folder: Path, migrated: Path, *, open_to_all: bool) -> Iterator[Stage]:
    """A stage on a database of its own."""
    shutil.copyfile(migrated, folder / "tend.db")
    stage = Stage(folder, open_to_all=open_to_all).open()
    try:
        yield stage
    finally:
        stage.close()
