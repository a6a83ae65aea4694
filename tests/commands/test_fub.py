"""`tend fub connect` at a terminal, against the stand-in over real HTTP, and what `tend doctor` says afterwards."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from click.testing import CliRunner, Result

from agent import settings as settings_file
from agent.__main__ import main
from agent.web.server import bind, serving
from integrations.providers.followupboss_events import EVENTS
from integrations.standins.followupboss import Account, app

TEAM = Path(__file__).parents[2] / "agent" / "demo" / "team.toml"
CANNOT_START = 3
LONG_AGO = datetime(2025, 6, 1, tzinfo=UTC)


def tend(settings: dict[str, str], *arguments: str) -> Result:
    environment = {name: settings.get(name) for name in settings_file.NAMES}
    return CliRunner().invoke(main, list(arguments), env=environment)


@asynccontextmanager
async def connected(folder: Path, account: Account) -> AsyncIterator[dict[str, str]]:
    """The stand-in running, and the settings of a Tend beside it."""
    async with serving(app(account), bind("127.0.0.1", 0)) as crm:
        yield {
            "TEND_DATA_DIR": str(folder),
            "TEND_TEAM_FILE": str(TEAM),
            "TEND_PUBLIC_URL": "http://127.0.0.1:8000",
            "FUB_API_KEY": account.api_key,
            "FUB_SYSTEM": account.system,
            "FUB_SYSTEM_KEY": account.system_key,
            "FUB_BASE_URL": crm,
        }


def owners() -> Account:
    account = Account(api_key="fka_hush", system="Tend", system_key="fsk_hush")
    account.add_user(name="Dana Reyes", email="dana@example.com")
    return account


async def test_connecting_prints_what_it_did_to_each_webhook_and_doctor_finds_them(tmp_path: Path) -> None:
    account = owners()
    async with connected(tmp_path, account) as settings:
        first = await asyncio.to_thread(tend, settings, "fub", "connect")
        again = await asyncio.to_thread(tend, settings, "fub", "connect", "--json")
        lines = json.loads((await asyncio.to_thread(tend, settings, "doctor", "--json", "--live")).stdout)

    assert first.exit_code == again.exit_code == 0
    assert "Account: Invented account, as Dana Reyes (the owner)" in first.stdout
    assert first.stdout.count("registered") == len(EVENTS)
    assert {hook["state"] for hook in json.loads(again.stdout)["hooks"]} == {"kept"}
    assert sorted(each["event"] for each in account.webhooks.values()) == sorted(EVENTS)
    assert "hush" not in first.output + again.output
    found = {line["name"]: line for line in lines}
    assert found["FUB changes"]["state"] == found["FUB webhooks"]["state"] == "ok"


async def test_an_agents_key_connects_by_asking_and_doctor_says_how_to_have_it_pushed(tmp_path: Path) -> None:
    account = owners()
    account.owner = False
    async with connected(tmp_path, account) as settings:
        ran = await asyncio.to_thread(tend, settings, "fub", "connect")
        lines = json.loads((await asyncio.to_thread(tend, settings, "doctor", "--json", "--live")).stdout)

    assert ran.exit_code == 0
    assert "not the owner" in ran.stdout
    assert "Tend asks for changes every minute instead" in ran.stdout
    found = {line["name"]: line for line in lines}
    for name in ("FUB changes", "FUB webhooks"):
        assert (found[name]["state"], "tend fub connect" in found[name]["next"]) == ("off", True)


async def test_where_both_places_of_an_event_are_taken_connecting_fails_and_names_who_has_them(tmp_path: Path) -> None:
    account = owners()
    for port in (8, 9):
        account.add_webhook(event="callsCreated", url=f"http://127.0.0.1:{port}/hooks/followupboss")
    async with connected(tmp_path, account) as settings:
        ran = await asyncio.to_thread(tend, settings, "fub", "connect")
        lines = json.loads((await asyncio.to_thread(tend, settings, "doctor", "--json")).stdout)

    assert ran.exit_code == 1
    assert "http://127.0.0.1:8/hooks/followupboss, http://127.0.0.1:9/hooks/followupboss" in ran.stdout
    assert "Not everything is pushed" in ran.stderr
    (found,) = [line for line in lines if line["name"] == "FUB changes"]
    assert (found["state"], "callsCreated" in found["found"]) == ("broken", True)


async def test_a_wrong_key_no_key_and_an_address_nobody_reaches_are_said_plainly(tmp_path: Path) -> None:
    account = owners()
    async with connected(tmp_path, account) as settings:
        wrong = await asyncio.to_thread(tend, settings | {"FUB_API_KEY": "fka_other"}, "fub", "connect")
        none = await asyncio.to_thread(tend, settings | {"FUB_API_KEY": ""}, "fub", "connect")

    assert (wrong.exit_code, none.exit_code) == (1, 1)
    assert "bad_key" in wrong.stderr
    assert "set FUB_API_KEY" in none.stderr
    assert account.webhooks == {}


async def test_connecting_without_a_team_file_cannot_start(tmp_path: Path) -> None:
    async with connected(tmp_path, owners()) as settings:
        nowhere = settings | {"TEND_TEAM_FILE": str(tmp_path / "none.toml")}
        assert (await asyncio.to_thread(tend, nowhere, "fub", "connect")).exit_code == CANNOT_START


async def test_everybody_is_brought_without_a_server_and_again_only_who_is_new(tmp_path: Path) -> None:
    account = owners()
    for number in range(230):
        account.add_person(first_name="P", last_name=str(number), email=f"p{number}@example.org", created=LONG_AGO)
    account.add_person(first_name="Gone", last_name="", stage="Trash", created=LONG_AGO)
    async with connected(tmp_path, account) as settings:
        first = await asyncio.to_thread(tend, settings, "fub", "import")
        account.add_person(first_name="Late", last_name="Comer", created=LONG_AGO)
        again = await asyncio.to_thread(tend, settings, "fub", "import", "--json")

    assert (first.exit_code, again.exit_code) == (0, 0), first.output
    assert "230 people became leads" in first.stdout
    assert "Nobody was written to" in first.stdout
    assert json.loads(again.stdout) == {"added": 0, "known": 0, "left_out": {}, "stages_not_mapped": {}, "error": ""}


async def test_beside_a_running_server_people_are_brought_through_it(tmp_path: Path) -> None:
    account = owners()
    for number in range(120):
        account.add_person(first_name="P", last_name=str(number), email=f"p{number}@example.org", created=LONG_AGO)
    async with connected(tmp_path, account) as settings:
        program = (sys.executable, "-m", "agent", "serve", "--port", "0", "--no-ticks")
        server = await asyncio.create_subprocess_exec(*program, env=os.environ | settings, stdout=subprocess.PIPE)
        try:
            async with asyncio.timeout(60):
                assert server.stdout is not None
                while b"Sign in once" not in await server.stdout.readline():
                    pass
            account.troubles.refuse("people", 503, times=1)
            ran = await asyncio.to_thread(tend, settings, "fub", "import", "--json")
        finally:
            server.terminate()
            await server.communicate()

    assert ran.exit_code == 0, ran.output
    assert json.loads(ran.stdout)["added"] == 120


async def test_a_key_that_is_refused_and_none_at_all_end_an_import_at_once(tmp_path: Path) -> None:
    async with connected(tmp_path, owners()) as settings:
        wrong = await asyncio.to_thread(tend, settings | {"FUB_API_KEY": "fka_other"}, "fub", "import")
        none = await asyncio.to_thread(tend, settings | {"FUB_API_KEY": ""}, "fub", "import")

    assert (wrong.exit_code, none.exit_code) == (1, 1)
    assert "bad_key" in wrong.stderr
    assert "set FUB_API_KEY" in none.stderr
