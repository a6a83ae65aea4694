"""`tend` as somebody at a terminal uses it, in a folder of their own: its words, its exit codes and what it leaves.

Servers are processes of their own, on free ports of this machine. Nothing of the person's environment reaches them.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
from click.testing import CliRunner, Result

from agent import settings as settings_file
from agent import team as team_file
from agent.__main__ import main
from agent.commands import setup
from agent.commands.starting import plain_failures
from agent.rules.quiet_hours import parse
from agent.settings import NAMES
from agent.store.seal import new_key

ROOT = Path(__file__).parents[2]
CANNOT_START = 3
ANSWERS = (
    "Alder Realty",
    "200 Alder Street, Suite 4, Austin, TX 78701",
    "",  # the zone that is offered
    "Dana Reyes",
    "",  # the key made of the name
    "(512) 555-0110",
    "dana@alder.example.com",
    "",  # the team's zone
    "08:30-18:00",
    "17",
    "y",
    "Theo Lind",
    "theo",
    "+15125550111",
    "theo@alder.example.com",
    "America/Denver",
    "",  # the hours that are offered
    "",  # no Follow Up Boss user
    "n",
    "Sphere",
    "y",
    "",  # no other stage
    "y",
    "custom",
    "customTextConsent",
    "yes",
    "I agree to receive texts from Alder Realty. Reply STOP to end.",
    "the open-house sheet, scanned in the office",
    "2025-01-15",
    "n",
)
"""What a person answers `tend setup`, a line each."""


@dataclass(frozen=True)
class Ran:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Place:
    """A folder somebody works in."""

    folder: Path

    @property
    def data(self) -> Path:
        """Where Tend keeps its things."""
        return self.folder / "data"

    def environment(self) -> dict[str, str]:
        """What a process here finds: no settings at all."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "SYSTEMROOT") if name in os.environ}
        return kept | {"PYTHONPATH": str(ROOT)}

    def tend(self, *arguments: str, **settings: str) -> Ran:
        """Run one command to its end with these settings alone."""
        environment = {name: settings.get(name) for name in settings_file.NAMES}
        mask = os.umask(0o022)
        try:
            with contextlib.chdir(self.folder):
                done = CliRunner().invoke(main, list(arguments), env=environment)
        finally:
            os.umask(mask)
            structlog.reset_defaults()
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return Ran(done.exit_code, done.stdout, done.stderr)

    def paused(self) -> tuple[Any, ...]:
        """Since when and why all sending stands still, as the file says."""
        with contextlib.closing(sqlite3.connect(f"file:{self.data / 'tend.db'}?mode=ro", uri=True)) as conn:
            found: tuple[Any, ...] = conn.execute("SELECT paused_at, paused_reason FROM teams").fetchone()
        return found


@dataclass(frozen=True)
class Served:
    """A running `tend serve`: where, how to sign in, and the process."""

    place: Place
    address: str
    link: str
    said: str
    process: subprocess.Popen[str]


@contextlib.contextmanager
def serving(place: Place) -> Iterator[Served]:
    """Run `tend serve` until the block ends."""
    with subprocess.Popen(
        [sys.executable, "-m", "agent", "serve", "--port", "0"],
        cwd=place.folder,
        env=place.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            said = ""
            while "Sign in once with" not in said:
                assert process.stdout is not None
                line = process.stdout.readline()
                assert line, f"the server ended at once, after: {said}"
                said += line
            address, link = re.findall(r"http://[\w.:/-]+", said)[:2]
            assert httpx.get(f"{address}/healthz").status_code == 200
            yield Served(place, address, link, said, process)
        finally:
            process.terminate()
            process.wait(timeout=20)


def team_answers(**changed: str) -> str:
    """The lines typed into `tend setup`, some of them (named by what they were) typed otherwise."""
    return "".join(f"{changed.get(line, line)}\n" for line in ANSWERS)


def set_up(target: Path, typed: str, *options: str) -> Result:
    """Answer `tend setup` in this process."""
    return CliRunner().invoke(setup.command, ["--file", str(target), *options], input=typed)


@pytest.fixture(scope="module")
def written_team(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A team file as setup writes it."""
    target = tmp_path_factory.mktemp("team") / "team.toml"
    assert set_up(target, team_answers()).exit_code == 0
    return target.read_text(encoding="utf-8")


@pytest.fixture
def empty(tmp_path: Path) -> Place:
    """An empty folder."""
    return Place(tmp_path)


@pytest.fixture
def ready(tmp_path: Path, written_team: str) -> Place:
    """A folder with a team file and nothing else."""
    place = Place(tmp_path)
    place.data.mkdir()
    (place.data / "team.toml").write_text(written_team, encoding="utf-8")
    return place


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, written_team: str) -> Iterator[Served]:
    """Tend as it runs for everybody who asks in this file."""
    place = Place(tmp_path_factory.mktemp("served"))
    place.data.mkdir()
    (place.data / "team.toml").write_text(written_team, encoding="utf-8")
    with serving(place) as running:
        yield running


def refuses(ran: Ran, *words: str) -> None:
    """Check that a command could not start and said why in a sentence, without a trace."""
    assert ran.code == CANNOT_START, ran
    assert ran.err.startswith("Tend cannot start: "), ran
    for each in words:
        assert each in ran.err, ran


# ---- setup


def test_setup_writes_a_file_that_the_start_accepts(tmp_path: Path) -> None:
    target = tmp_path / "data" / "team.toml"
    done = set_up(target, team_answers())

    assert (done.exit_code, "tend doctor" in done.output) == (0, True)
    team = team_file.read(target)
    assert (team.brokerage, team.zone) == ("Alder Realty", "America/Chicago")
    dana, theo = team.assignees
    assert (dana.key, dana.phone, dana.crm_user_id, dana.leads_team) == ("dana", "+15125550110", "17", True)
    assert (theo.zone, theo.opens.hour, theo.leads_team) == ("America/Denver", 8, False)
    assert team.stages["Sphere"].automation is True
    assert team.stages["Closed"].automation is False
    (rule,) = team.consent
    assert (rule.match, rule.field, rule.value, rule.channels) == (
        "custom",
        "customTextConsent",
        "yes",
        ("sms", "email"),
    )


@pytest.mark.parametrize(
    "typed, key",
    [
        ({"(512) 555-0110": "555"}, "assignees[0].phone"),
        ({"dana@alder.example.com": "dana at alder"}, "assignees[0].email"),
        ({"America/Denver": "Denver"}, "assignees[1].zone"),
        ({"08:30-18:00": "18:00-08:30"}, "assignees[0].hours"),
        ({"08:30-18:00": "mornings"}, "assignees[0].hours"),
        ({"theo": "dana"}, "assignees"),
    ],
)
def test_setup_refuses_what_the_start_would_refuse_and_writes_nothing(
    tmp_path: Path, typed: dict[str, str], key: str
) -> None:
    target = tmp_path / "team.toml"
    done = set_up(target, team_answers(**typed))

    assert done.exit_code == 1
    assert f"Not written. {target}: {key}: " in done.output
    assert not target.exists()


def test_setup_given_up_halfway_writes_nothing(tmp_path: Path) -> None:
    target = tmp_path / "team.toml"

    assert set_up(target, "Alder Realty\n200 Alder Street\n").exit_code == 1
    assert not target.exists()


def test_setup_writes_over_a_file_only_when_told_to(tmp_path: Path) -> None:
    target = tmp_path / "team.toml"
    target.write_text("mine", encoding="utf-8")

    assert set_up(target, team_answers()).exit_code == 1
    assert target.read_text(encoding="utf-8") == "mine"
    assert set_up(target, team_answers(), "--force").exit_code == 0
    assert team_file.read(target).brokerage == "Alder Realty"


# ---- doctor


def test_doctor_in_an_empty_folder_says_what_is_missing_and_makes_nothing(empty: Place) -> None:
    ran = empty.tend("doctor", "--json")

    found = {each["name"]: each for each in json.loads(ran.out)}
    assert ran.code == 1
    assert {each["state"] for each in found.values()} <= {"ok", "off", "broken"}
    assert (found["team file"]["state"], found["team file"]["next"]) == ("broken", "run: tend setup")
    for name in ("database", "sealing key", "Follow Up Boss", "FUB webhook", "Twilio replies", "language model"):
        assert (found[name]["state"], bool(found[name]["next"])) == ("off", True), name
    assert found["sending"]["state"] == "ok"
    assert list(empty.folder.iterdir()) == []


def test_doctor_beside_a_running_server_finds_nothing_broken(served: Served) -> None:
    settings = {"FUB_API_KEY": "fka_secret", "FUB_SYSTEM_KEY": "fsk_secret", "OPENAI_API_KEY": "sk_secret"}
    ran = served.place.tend("doctor", "--json", **settings)

    found = {each["name"]: each["state"] for each in json.loads(ran.out)}
    assert ran.code == 0
    for name in ("team file", "sealing key", "database", "Follow Up Boss", "FUB webhook", "language model", "words"):
        assert found[name] == "ok", name
    assert found["Twilio replies"] == "off"
    assert "_secret" not in ran.out + ran.err


def test_doctor_says_what_is_wrong_with_a_database_it_cannot_use(ready: Place) -> None:
    ran = ready.tend("doctor", "--json", TEND_DATABASE_URL="not a database")

    found = {each["name"]: each for each in json.loads(ran.out)}
    assert (ran.code, found["database"]["state"]) == (1, "broken")
    assert "TEND_DATABASE_URL" in found["database"]["found"]


def test_doctor_says_which_setting_is_unusable(empty: Place) -> None:
    ran = empty.tend("doctor", "--json", TEND_DEBOUNCE_SECONDS="soon")

    found = {each["name"]: each for each in json.loads(ran.out)}
    assert [name for name in found if found[name]["state"] == "broken"] == ["TEND_DEBOUNCE_SECONDS"]
    assert ran.code == 1
    assert "'soon' cannot be used" in found["TEND_DEBOUNCE_SECONDS"]["found"]
    assert found["TEND_DEBOUNCE_SECONDS"]["next"]


def test_doctor_lists_every_setting_and_shows_no_secret_and_no_password(empty: Place) -> None:
    secrets_given = {name: "hush-hush-hush" for name in NAMES if name.endswith(("_KEY", "_TOKEN"))}
    database = "postgresql+asyncpg://tend:hush-hush-hush@127.0.0.1:1/tend"
    ran = empty.tend("doctor", "--json", **secrets_given, TEND_DATABASE_URL=database, TEND_LOG="json")

    found = {each["name"]: each for each in json.loads(ran.out)}
    assert set(NAMES) <= found.keys()
    assert {found[name]["found"] for name in secrets_given} == {"set"}
    assert found["TEND_LOG"]["found"] == "json"
    assert found["TEND_LEASE_SECONDS"]["found"] == "60.0, as shipped"
    assert "hush" not in ran.out + ran.err


def test_doctor_says_of_each_setting_that_is_off_what_would_turn_it_on(empty: Place) -> None:
    found = {each["name"]: each for each in json.loads(empty.tend("doctor", "--json").out)}

    off = {name for name in NAMES if found[name]["state"] == "off"}
    assert {"OPENAI_API_KEY", "TWILIO_AUTH_TOKEN", "FUB_API_KEY", "FUB_SYSTEM_KEY", "TEND_EMAIL_HOOK_TOKEN"} <= off
    assert all(found[name]["next"] for name in off)
    assert all(found[name]["found"].strip() for name in NAMES)


def test_doctor_names_a_line_that_is_no_setting(empty: Place) -> None:
    misspelt = f"TEND_{'sendig'.upper()}"
    (empty.folder / ".env").write_text(f"{misspelt}=live\n")

    found = {each["name"]: each for each in json.loads(empty.tend("doctor", "--json").out)}
    assert (found[misspelt]["state"], "no such setting" in found[misspelt]["found"]) == ("broken", True)


# ---- what keeps Tend from starting


def test_serve_without_a_team_file_says_how_to_make_one_and_makes_nothing(empty: Place) -> None:
    refuses(empty.tend("serve", "--port", "0"), "there is no team file yet", "tend setup")
    assert list(empty.folder.iterdir()) == []


def test_live_sending_is_refused_while_no_sender_is_configured(ready: Place) -> None:
    refuses(ready.tend("serve", "--port", "0", TEND_SENDING="live"), "TEND_SENDING=live", "no sender is configured")
    assert [path.name for path in ready.data.iterdir()] == ["team.toml"]


def test_a_database_whose_key_is_gone_is_refused_and_no_other_key_is_made(ready: Place) -> None:
    assert ready.tend("pause").code == 0
    key = (ready.data / "tend.key").rename(ready.folder / "elsewhere")

    refuses(ready.tend("serve", "--port", "0"), "tend.key is missing", "Put it back")
    assert not (ready.data / "tend.key").exists()
    refuses(ready.tend("serve", "--port", "0", TEND_SECRET_KEY=new_key()), "another key")
    key.rename(ready.data / "tend.key")
    assert ready.tend("resume").code == 0


@pytest.mark.parametrize(
    "settings, word",
    [
        ({"TEND_SENDING": "maybe"}, "TEND_SENDING"),
        ({"TEND_SECRET_KEY": "c2hvcnQ="}, "TEND_SECRET_KEY"),
        ({"TEND_DATABASE_URL": "not a database"}, "TEND_DATABASE_URL"),
        ({"TEND_DATABASE_URL": "mysql://tend@127.0.0.1/tend"}, "TEND_DATABASE_URL"),
        ({"TEND_DATABASE_URL": "postgresql+asyncpg://tend:c2hvcnQ=@127.0.0.1:1/tend"}, "127.0.0.1:1"),
        ({"TEND_TEAM_FILE": "elsewhere.toml"}, "elsewhere.toml"),
    ],
)
def test_an_unusable_setting_is_refused_by_name_and_never_shown_when_secret(
    ready: Place, settings: dict[str, str], word: str
) -> None:
    ran = ready.tend("serve", "--port", "0", **settings)

    refuses(ran, word)
    assert "c2hvcnQ=" not in ran.out + ran.err


def test_a_taken_port_is_named_and_another_is_asked_for(ready: Place) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        refuses(ready.tend("serve", "--port", port), f"127.0.0.1:{port}", "--port")


def test_a_worker_node_on_a_single_file_is_refused(ready: Place) -> None:
    refuses(ready.tend("tick"), "needs PostgreSQL")


# ---- serving


def test_a_second_server_on_the_same_file_is_refused_and_the_first_goes_on(served: Served) -> None:
    refuses(served.place.tend("serve", "--port", "0"), "another Tend is already writing to", "Stop it first")
    assert httpx.get(f"{served.address}/healthz").status_code == 200
    assert served.place.tend("token").code == 0


def test_what_the_first_start_makes_is_for_its_own_user_alone(served: Served) -> None:
    assert f"Made a sealing key: {Path('data', 'tend.key')}" in served.said
    assert "(sandbox sending)" in served.said
    for name in ("tend.key", "tend.db", "server.json"):
        assert stat.S_IMODE((served.place.data / name).stat().st_mode) == 0o600, name


def test_the_printed_link_signs_in_once(served: Served) -> None:
    with httpx.Client(base_url=served.address) as browser:
        closed = browser.get("/", headers={"Accept": "text/html"})
        assert (closed.status_code, closed.headers["location"]) == (303, "/login")
        for _ in range(2):  # looking does not use it up: mail scanners look
            assert "<form" in browser.get(served.link).text
        foreign = browser.post(served.link, headers={"Sec-Fetch-Site": "cross-site"})
        assert foreign.status_code == 403
        signed_in = browser.post(served.link, headers={"Sec-Fetch-Site": "same-origin"})
        assert (signed_in.status_code, signed_in.headers["location"]) == (303, "/")
        assert "httponly" in signed_in.headers["set-cookie"].lower()
        assert browser.get("/", headers={"Accept": "text/html"}).status_code == 200
    with httpx.Client(base_url=served.address) as other:
        assert other.get(served.link).status_code == 404
        assert other.post(served.link, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 404
        assert other.get("/", headers={"Accept": "text/html"}).status_code == 303


def test_a_token_opens_the_reading_api_of_the_running_server(served: Served) -> None:
    token = served.place.tend("token").out.strip()
    path = f"{served.address}/v1/api/leads/lead_{'0' * 32}/status"

    assert httpx.get(path).status_code == 401
    assert httpx.get(path, headers={"Authorization": f"Bearer {token}"}).status_code == 404


def test_the_control_door_is_shut_without_the_servers_own_token(served: Served) -> None:
    path = f"{served.address}/v1/api/control/pause"
    api = served.place.tend("token").out.strip()
    for headers in ({}, {"Authorization": "Bearer x"}, {"Authorization": f"Bearer {api}"}):
        assert httpx.post(path, json={}, headers=headers).status_code == 401
    assert served.place.paused() == (None, "")


def test_pause_and_resume_reach_the_running_server(served: Served) -> None:
    assert served.place.tend("pause", "--reason", "the office is closed").code == 0
    since, why = served.place.paused()
    assert (bool(since), why) == (True, "the office is closed")
    assert "on again" in served.place.tend("resume").out
    assert served.place.paused() == (None, "")


def running_limit(place: Place) -> tuple[int, Any]:
    """Preview: how many could be woken, and at most how many a day are."""
    ran = place.tend("reactivate", "--preview", "--json")
    assert ran.code == 0
    answer = json.loads(ran.out)
    assert answer.keys() == {"total", "eligible", "by_reason", "per_assignee", "notes", "running_daily_limit"}
    return answer["eligible"], answer["running_daily_limit"]


def test_reactivation_is_off_until_started_and_stopped_with_one_command(served: Served) -> None:
    place = served.place
    assert running_limit(place) == (0, None)
    started = place.tend("reactivate", "--start", "--daily-limit", "2", "--json")
    assert json.loads(started.out) == {"success": True}
    assert running_limit(place) == (0, 2)
    assert place.tend("reactivate", "--stop").code == 0
    assert running_limit(place) == (0, None)


# ---- without a server


def test_the_same_commands_work_on_the_file_when_nothing_runs(ready: Place) -> None:
    with serving(ready) as running:
        address = running.address
    assert running.process.returncode == 0
    assert not (ready.data / "server.json").exists()

    (ready.data / "server.json").write_text(json.dumps({"address": address, "token": "of one that crashed"}))
    assert ready.tend("pause", "--reason", "a holiday").code == 0
    assert ready.paused()[1] == "a holiday"
    assert not (ready.data / "server.json").exists()
    assert ready.tend("resume").code == 0
    assert ready.paused() == (None, "")
    assert ready.tend("token").out.startswith("tend_")
    assert json.loads(ready.tend("reactivate", "--json").out)["running_daily_limit"] is None


# ---- scores


def test_a_running_server_explains_the_scores_of_a_lead_by_their_address(served: Served) -> None:
    form = {
        "campaign_id": "guide",
        "source": "landing-page",
        "contact": {"firstName": "Ida", "lastName": "Berg", "email": "ida@berg.example.com", "company": "Berg Homes"},
        "lead_details": {"service_interest": "selling", "urgency": "high"},
        "tracking": {"time_on_page": 200, "channel": "organic"},
    }
    assert httpx.post(f"{served.address}/v1/api/leads", json=form, timeout=30).status_code == 201
    for _ in range(100):
        found = json.loads(served.place.tend("score", "explain", "ida@berg.example.com", "--json").out)
        if found["campaign"]:
            break
        time.sleep(0.1)
    assert (found["campaign"]["points"], found["campaign"]["grade"]) == (70, "B")

    said = served.place.tend("score", "explain", found["lead_id"])

    assert said.code == 0
    assert "Campaign score 70 of 100, grade B  (campaign-100 " in said.out
    assert "+15 of 15  asked for a specific service: selling" in said.out
    assert "0 of 5   no phone number" in said.out
    assert "+18        wants to sell: selling" in said.out
    assert re.search(r"^Engagement \d+, (hot|warm|cold)  \(engagement ", said.out)
    nobody = served.place.tend("score", "explain", "nobody@example.com")
    assert (nobody.code, "no lead is “nobody@example.com”" in nobody.err) == (1, True)


def test_a_backtest_without_past_leads_says_that_it_cannot_say(ready: Place) -> None:
    said = ready.tend("score", "backtest")
    assert said.code == 0
    assert "too few to say" in said.out
    found = json.loads(ready.tend("score", "backtest", "--after", "3", "--mature", "30", "--json").out)
    assert (found["after_days"], found["engagement"]["verdict"]) == (3, "too few to say")
    assert ready.tend("score", "backtest", "--after", "30", "--mature", "30").code == 2


# ---- number lists and limits


def test_a_do_not_call_list_is_uploaded_and_the_doctor_knows_its_day(ready: Place) -> None:
    (ready.folder / "scrub.csv").write_text("number\n(512) 555-0142\n303-555-0145\nnobody\n")

    done = ready.tend("dnc", "scrub.csv", "--json")

    assert (done.code, json.loads(done.out)["numbers"], json.loads(done.out)["unreadable"]) == (0, 2, 1)
    lines = {line["name"]: line for line in json.loads(ready.tend("doctor", "--json").out)}
    assert lines["Do-Not-Call list"]["state"] == "ok"
    assert lines["email reputation"]["found"] == "0 bounces and 0 complaints in 7 days"
    assert lines["sender budgets"]["state"] == "off"


def test_an_old_list_is_broken_and_one_from_before_it_is_refused(ready: Place) -> None:
    (ready.folder / "scrub.txt").write_text("5125550142\n")
    assert ready.tend("dnc", "scrub.txt", "--on", "2025-01-31").code == 0

    refused = ready.tend("dnc", "scrub.txt", "--on", "2025-01-30")

    assert (refused.code, "Nothing was changed" in refused.err) == (1, True)
    lines = {line["name"]: line for line in json.loads(ready.tend("doctor", "--json").out)}
    assert lines["Do-Not-Call list"]["state"] == "broken"
    assert "tend dnc FILE" in lines["Do-Not-Call list"]["next"]


def test_a_running_server_takes_the_list(served: Served) -> None:
    (served.place.folder / "scrub.txt").write_text("5125550142\n")

    done = served.place.tend("dnc", "scrub.txt")

    assert (done.code, done.out.startswith("1 numbers on the Do-Not-Call list")) == (0, True)


@pytest.mark.parametrize("value", ["50,", "fifty", "0", "-1", "50;200"])
def test_a_ladder_that_is_none_is_refused_by_name(ready: Place, value: str) -> None:
    refuses(ready.tend("migrate", TEND_EMAIL_WARM_UP=value), "TEND_EMAIL_WARM_UP", value)


@pytest.mark.parametrize(
    "settings",
    [
        {"TEND_LEASE_SECONDS": "10"},
        {"TEND_SEND_TIMEOUT_SECONDS": "60"},
        {"TEND_LEASE_SECONDS": "2", "TEND_SEND_TIMEOUT_SECONDS": "2"},
    ],
)
def test_a_lease_no_longer_than_a_call_is_refused(ready: Place, settings: dict[str, str]) -> None:
    refuses(ready.tend("migrate", **settings), "the lease must be longer")


def test_a_short_lease_may_do_for_short_calls(ready: Place) -> None:
    assert ready.tend("migrate", TEND_LEASE_SECONDS="2", TEND_SEND_TIMEOUT_SECONDS="0.3").code == 0


def test_a_bad_rule_file_stops_the_start_with_file_key_path_and_reason(capsys: pytest.CaptureFixture[str]) -> None:
    bad = '[[rule]]\nid = "a"\njurisdiction = "XX"\neffective_from = 2020-01-01\nhours = { mon = "09:00-20:00" }\n'
    bad += 'holidays = true\nsource = "a test"\nlast_reviewed = 2026-11-21\n'

    with pytest.raises(SystemExit) as ended, plain_failures():
        parse(bad, file="agent/rules/data/quiet_hours.toml")

    assert ended.value.code == CANNOT_START
    said = capsys.readouterr().err
    assert said == ("Tend cannot start: agent/rules/data/quiet_hours.toml: rule[0].jurisdiction: unknown state “XX”\n")


def test_a_server_that_hangs_up_is_not_taken_for_one_that_is_gone(ready: Place) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:

        def take_and_close() -> None:
            mute.accept()[0].close()

        hang_up = threading.Thread(target=take_and_close)
        hang_up.start()
        address = f"http://127.0.0.1:{mute.getsockname()[1]}"
        (ready.data / "server.json").write_text(json.dumps({"address": address, "token": "its own"}))
        refuses(ready.tend("pause"), address, "did not answer", "server.json")
        hang_up.join(10)
    assert (ready.data / "server.json").exists()
