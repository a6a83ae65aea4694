"""A whole account of Follow Up Boss, imported and kept in step both ways, while its API and its webhooks misbehave.

Time is moved: the stand-in's rate limits, Tend's waiting and everything due run on one clock, so that hours pass in
minutes. Everybody in the account is imported; then each person is changed there once and writes to Tend once, while
calls are throttled, broken, lost or never answered, and webhooks come twice, late and in no order. Afterwards what
should have come of it is held against the stand-in's own records, and what changed there against the leads' rows.
Goal: nothing lost, no note twice, and no write that answers a write.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import random
import secrets
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import func, select

from agent import scheduler
from agent.clock import ManualClock
from agent.flows import importing
from agent.log import set_up
from agent.settings import Secret
from agent.store.tables import leads, outbox, webhook_events
from agent.tend import Doors, Tend
from agent.web.app import make_app
from agent.web.server import bind, run, serving
from bench.figures import machine, tell
from bench.installation import SYSTEM_KEY, opened
from channels.providers.sandbox import SandboxEmailSender, SandboxSmsSender
from channels.providers.twilio_hook import TwilioSmsHook
from channels.standins.twilio import signed_form, text_fields
from integrations.errors import CrmError
from integrations.providers.followupboss import FollowUpBoss
from integrations.providers.followupboss_events import EVENTS
from integrations.providers.followupboss_webhook import FollowUpBossWebhook
from integrations.providers.local_reader import LocalReader
from integrations.standins import followupboss as standin
from integrations.standins.followupboss import Account
from integrations.standins.followupboss_restless import Restless
from integrations.standins.followupboss_troubles import Trouble

START = datetime(2026, 3, 3, 16, 0, tzinfo=UTC)
OURS = "+15125550100"
ROUND = timedelta(minutes=1)
ROUNDS = 60
"""In which everything happens that people do; the rest of the time is spent telling each other."""
LONGEST = timedelta(hours=48)
TIMEOUT_SECONDS = 1.0
RATES = {
    Trouble.THROTTLED: 0.01,
    Trouble.BROKEN: 0.01,
    Trouble.LOST: 0.005,
    Trouble.SILENT: 0.002,
    Trouble.SILENT_BUT_DONE: 0.002,
}
_SAYS = (
    "Could we see it on Saturday?",
    "STOP",
    "What would our house bring?",
    "We are not looking any more, thank you.",
)
_STAGES = ("Lead", "Attempted contact", "Spoke with customer", "Under contract")


@dataclass(slots=True)
class World:
    """Everything running, and what people did."""

    tend: Tend
    clock: ManualClock
    account: Account
    restless: Restless
    client: httpx.AsyncClient
    address: str
    token: str
    schedule: tuple[scheduler.Tick, ...] = ()
    wrote: Counter[int] = field(default_factory=Counter)
    stages: dict[int, str] = field(default_factory=dict)

    async def pass_time(self, until: datetime) -> None:
        """Do whatever is due until then."""
        while (due := await scheduler.drive(self.tend, self.schedule)) is not None and due <= until:
            self.clock.advance_to(due)
        self.clock.advance_to(until)
        await scheduler.drive(self.tend, self.schedule)

    async def write_to_us(self, person_id: int, words: str) -> None:
        """Let one person text us, as Twilio posts it."""
        number = self.account.people[person_id]["phones"][0]["value"]
        fields = text_fields(message_sid=f"SM{person_id:032x}", sender=number, recipient=OURS, body=words)
        content, headers = signed_form(self.token, f"{self.address}/hooks/twilio/sms", fields)
        answer = await self.client.post(f"{self.address}/hooks/twilio/sms", content=content, headers=headers)
        answer.raise_for_status()
        self.wrote[person_id] += 1

    def change(self, person_id: int, stage: str) -> None:
        """Let somebody move a person in the CRM."""
        self.account.change_person(person_id, stage=stage)
        self.stages[person_id] = stage


async def measure(*, people: int, seed: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Live through it and return the report with its rows."""
    chosen = random.Random(seed)  # noqa: S311 - the same people and troubles for the same seed
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="tend-bench-") as folder:
        async with _world(Path(folder), seed=seed) as world:
            ids = [_person(world.account, number, chosen) for number in range(people)]
            world.restless.look()
            world.account.troubles.at_random(RATES, seed=seed)
            imported = await _import(world)
            import_took, import_virtual = time.perf_counter() - begun, world.clock.now() - START
            await _both_ways(world, ids, chosen)
            troubles = dict(world.account.troubles.had)
            world.account.troubles.at_random({}, seed=seed)
            quiet = await _still(world)
            found = await _counted(world, ids, imported)
            hours = (world.clock.now() - START).total_seconds() / 3600
            pushed, again = sum(world.restless.pushed.values()), world.restless.again
    wrong = {name: found[name] for name in ("lost", "duplicate_notes", "loops")}
    report = {
        "bench": "fub",
        "figures": {
            "people": people,
            **found,
            "virtual_hours": round(hours, 2),
            "import_seconds": round(import_took, 1),
            "import_virtual_seconds": round(import_virtual.total_seconds(), 1),
            "seconds": round(time.perf_counter() - begun, 1),
        },
        "troubles": {trouble.value: many for trouble, many in troubles.items()},
        "webhooks": {"delivered": pushed, "twice": again},
        "floor": {"writes_at_the_limit_hours": round(found["notes"] / 3600, 2)},
        "ratio": round(hours / max(found["notes"] / 3600, 0.01), 2),
        "goal": "0 lost, 0 duplicate notes, 0 loops",
        "met": not any(wrong.values()) and quiet,
        "machine": machine(),
        "seed": seed,
    }
    rows = [{"what": name, "count": many} for name, many in found.items()]
    return report, rows


@contextlib.asynccontextmanager
async def _world(folder: Path, *, seed: int) -> AsyncIterator[World]:
    """The stand-in and Tend on loopback, on one clock that moves when somebody waits."""
    clock, token = ManualClock(START), secrets.token_hex(16)

    async def sleep(seconds: float) -> None:
        clock.advance(timedelta(seconds=seconds))
        await asyncio.sleep(0)

    account = Account(
        api_key="bench-key",
        system="bench",
        system_key=SYSTEM_KEY,
        clock=lambda: clock.now().timestamp(),
        now=clock.now,
    )
    account.add_user(name="Dana Reyes", email="dana@alder.example.com")
    listener = bind("127.0.0.1", 0)
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    async with contextlib.AsyncExitStack() as stack:
        account.base_url = await stack.enter_async_context(serving(standin.app(account), bind("127.0.0.1", 0)))
        local = LocalReader()
        doors = Doors(
            email=SandboxEmailSender(clock=clock.now),
            sms=SandboxSmsSender(clock=clock.now),
            reader=local,
            local_reader=local,
            crm=FollowUpBoss(
                api_key=account.api_key,
                system=account.system,
                system_key=account.system_key,
                base_url=account.base_url,
                timeout_seconds=TIMEOUT_SECONDS,
                clock=lambda: clock.now().timestamp(),
                sleep=sleep,
            ),
            crm_hook=FollowUpBossWebhook(system_key=account.system_key),
            sms_hook=TwilioSmsHook(token, address),
        )
        tend = await stack.enter_async_context(
            opened(
                folder,
                clock=clock,
                made_doors=doors,
                tend_public_url=address,
                twilio_auth_token=Secret(token),
                twilio_from_number=OURS,
                fub_base_url=account.base_url,
            )
        )
        await stack.enter_async_context(serving(make_app(tend), listener))
        for event in EVENTS:
            account.add_webhook(event=event, url=f"{address}/hooks/followupboss")
        client = await stack.enter_async_context(httpx.AsyncClient(timeout=60))
        restless = Restless(account, seed=seed)
        yield World(tend, clock, account, restless, client, address, token, scheduler.ticks(tend))


def _person(account: Account, number: int, chosen: random.Random) -> int:
    return account.add_person(
        first_name="Carmen",
        last_name=f"Duarte {number}",
        email=f"person-{number}@example.com",
        phone=f"+1512{2_000_000 + number}",
        source="Zillow",
        stage="Lead",
        tags=("Buyer",),
        address={"city": "Austin", "state": "TX", "code": "78704"},
        background="Looking for three bedrooms under 450k." if number % 3 else None,
        text_consent="yes",
        created=START - timedelta(days=chosen.randint(40, 700)),
    )


async def _import(world: World) -> int:
    """Import everybody, however often the CRM fails; returns how many became leads."""
    added = 0
    while True:
        try:
            page = await importing.bring_page(world.tend)
        except CrmError as error:
            if error.permanent:
                raise
            world.clock.advance(timedelta(seconds=error.retry_after_seconds or 5))
            continue
        added += page.added
        _so_far(world, "imported", f"{added} leads")
        if page.done:
            return added


async def _both_ways(world: World, ids: list[int], chosen: random.Random) -> None:
    """Within an hour everybody is moved in the CRM once and writes to us once, each at a time of their own."""
    moved = {person_id: chosen.randrange(ROUNDS) for person_id in ids}
    writes = {person_id: chosen.randrange(ROUNDS) for person_id in ids}
    for number in range(ROUNDS):
        for person_id in ids:
            if moved[person_id] == number:
                world.change(person_id, chosen.choice(_STAGES))
        for person_id in ids:
            if writes[person_id] == number:
                await world.write_to_us(person_id, chosen.choice(_SAYS))
        await _round(world)
        _so_far(world, "wrote", f"{sum(world.wrote.values())} of {len(ids)} people")


async def _round(world: World) -> None:
    await world.restless.push(world.client)
    await world.account.push_due(world.client)
    await world.pass_time(world.clock.now() + ROUND)


async def _still(world: World) -> bool:
    """Let time pass until nobody has anything left to tell; False where they never come to rest."""
    until = world.clock.now() + LONGEST
    calm = 0
    while world.clock.now() < until:
        delivered = await world.restless.push(world.client)
        delivered += len(await world.account.push_due(world.client))
        await world.pass_time(world.clock.now() + ROUND)
        left = await _open(world)
        _so_far(world, "left to tell or to hear", str(left))
        calm = 0 if delivered or world.account.to_push_again or left else calm + 1
        if calm > 2:
            return True
    return False


def _so_far(world: World, what: str, many: str) -> None:
    """A line for whoever waits: ten thousand people take the better part of an hour."""
    passed = world.clock.now() - START
    print(f"{passed} {what}: {many}; {len(world.account.notes)} notes in the CRM", file=sys.stderr, flush=True)


async def _open(world: World) -> int:
    """How much Tend still has to tell the CRM, or to hear of it."""
    async with world.tend.reading() as conn:
        owed = select(func.count()).where(
            outbox.c.team_id == world.tend.team_id, outbox.c.state.in_(("waiting", "claimed"))
        )
        heard = select(func.count()).where(
            webhook_events.c.team_id == world.tend.team_id, webhook_events.c.state.in_(("kept", "claimed"))
        )
        return int((await conn.execute(owed)).scalar_one() + (await conn.execute(heard)).scalar_one())


async def _counted(world: World, ids: list[int], imported: int) -> dict[str, int]:
    """Hold what people did against what stands in the CRM, and what stands there against the leads."""
    account = world.account
    texts = Counter(text["personId"] for text in account.texts.values() if text["isIncoming"])
    notes = Counter((note["personId"], note["subject"], note["body"]) for note in account.notes.values())
    noted = {note["personId"] for note in account.notes.values()}
    async with world.tend.reading() as conn:
        rows = (
            await conn.execute(
                select(leads.c.crm_person_id, leads.c.crm_stage).where(leads.c.team_id == world.tend.team_id)
            )
        ).all()
    shown = Counter(row.crm_person_id for row in rows)
    stage_of = {row.crm_person_id: row.crm_stage for row in rows}
    untold = sum(texts[person_id] < many for person_id, many in world.wrote.items())
    unnoted = sum(person_id not in noted for person_id in world.wrote)
    untagged = sum("Tend" not in account.people[person_id]["tags"] for person_id in ids)
    behind = sum(stage_of.get(str(person_id)) != account.people[person_id]["stage"] for person_id in ids)
    missing = sum(shown[str(person_id)] != 1 for person_id in ids)
    before = (len(account.notes), len(account.texts), len(account.tasks), _stamps(account))
    for _ in range(10):
        await _round(world)
    after = (len(account.notes), len(account.texts), len(account.tasks), _stamps(account))
    return {
        "imported": imported,
        "texts": sum(texts.values()),
        "notes": sum(notes.values()),
        "lost": missing + untold + unnoted + untagged + behind,
        "missing_leads": missing,
        "missing_texts": untold,
        "missing_notes": unnoted,
        "missing_tags": untagged,
        "missing_changes": behind,
        "duplicate_notes": sum(many - 1 for many in notes.values()),
        "duplicate_texts": sum(max(0, texts[person_id] - world.wrote[person_id]) for person_id in texts),
        "loops": int(before != after),
    }


def _stamps(account: Account) -> list[str]:
    return [person["updated"] for person in account.people.values()]


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(prog="tend bench fub", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    set_up("auto", level=logging.CRITICAL)
    report, rows = run(measure(people=asked.people, seed=asked.seed))
    tell(report, rows, as_json=asked.json)


if __name__ == "__main__":
    main()
