"""`tend doctor --live` against every vendor's stand-in over real HTTP, SMTP and DNS; and against nobody at all."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from litestar import Litestar, Response, get

from agent import settings as settings_file
from agent.__main__ import main
from agent.checkup import looking
from agent.commands.doctor import DnsServer
from channels.checks import Checked, Look
from channels.standins.amazon import Amazon
from channels.standins.sns import ARN
from channels.standins.twilio_account import TwilioAccount
from channels.standins.twilio_console import NUMBER, SERVICE
from channels.standins.twilio_server import app as twilio_app
from integrations.providers.followupboss_events import EVENTS
from integrations.standins import followupboss
from tests.channels.mail_server import Post, serving
from tests.channels.name_server import naming
from tests.channels.peers import NOW, served, silent

DOMAIN = "tend.example"
KEYS = {f"{token}._domainkey.{DOMAIN}" for token in ("tokena", "tokenb", "tokenc")}
ZONE = {
    (DOMAIN, "TXT"): ['"v=spf1 include:amazonses.com ~all"'],
    (DOMAIN, "MX"): ["10 inbound-smtp.us-east-1.amazonaws.com."],
    (f"_dmarc.{DOMAIN}", "TXT"): ['"v=DMARC1; p=none"'],
    **{(name, "CNAME"): [f"{name.partition('.')[0]}.dkim.amazonses.com."] for name in KEYS},
}


class Vendors:
    """All of them, running."""

    def __init__(self) -> None:
        self.twilio = TwilioAccount(lambda: NOW)
        self.amazon = Amazon(access_key_id="AKTEST")
        self.crm = followupboss.Account(api_key="fka_hush", system="Tend", system_key="fsk_hush")
        self.settings: dict[str, str] = {}
        self.dns = ""


@get("/v1/models")
async def models() -> dict[str, Any]:
    return {"object": "list", "data": [{"id": "gpt-6-luna", "object": "model", "created": 1, "owned_by": "nobody"}]}


@get("/healthz")
async def healthz() -> dict[str, str]:
    return {"status": "ok"}


@get("/else/healthz")
async def something_else() -> Response[str]:
    return Response("<h1>It works!</h1>", media_type="text/html")


def plain(*routes: Any) -> Litestar:
    return Litestar(list(routes), openapi_config=None, logging_config=None)


@asynccontextmanager
async def running() -> AsyncIterator[Vendors]:
    here = Vendors()
    async with AsyncExitStack() as opened:
        twilio = await opened.enter_async_context(served(twilio_app(here.twilio)))
        amazon = await opened.enter_async_context(here.amazon.serving())
        crm = await opened.enter_async_context(served(followupboss.app(here.crm)))
        tend = await opened.enter_async_context(served(plain(models, healthz, something_else)))
        address, port = await opened.enter_async_context(naming(ZONE))
        here.dns = f"{address}:{port}"
        for event in EVENTS:
            here.crm.add_webhook(event=event, url=f"{tend}/hooks/followupboss")
        here.crm.add_user(name="Dana Reyes", email="dana@example.com")
        ours = f"{tend}/hooks/twilio/sms"
        here.twilio.console.service["inbound_request_url"] = ours
        here.twilio.console.templates["HX" + "1" * 32] = {"status": "approved"}
        here.amazon.shown.subscriptions[ARN][0]["Endpoint"] = f"{tend}/hooks/ses"
        here.settings = {
            "TEND_PUBLIC_URL": tend,
            "TEND_SEND_TIMEOUT_SECONDS": "5",
            "TWILIO_ACCOUNT_SID": here.twilio.sid,
            "TWILIO_AUTH_TOKEN": here.twilio.token,
            "TWILIO_MESSAGING_SERVICE_SID": SERVICE,
            "TWILIO_WHATSAPP_NUMBER": NUMBER,
            "TWILIO_WHATSAPP_TEMPLATE": "HX" + "1" * 32,
            "TWILIO_BASE_URL": twilio,
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "AKTEST",
            "AWS_SECRET_ACCESS_KEY": "hush",
            "AWS_ENDPOINT_URL": amazon,
            "TEND_SES_CONFIGURATION_SET": "tend-events",
            "TEND_SNS_TOPICS": ARN,
            "TEND_AWS_TEXTS": "sms-voice",
            "TEND_AWS_TEXT_SENDER": "pool-1",
            "TEND_AWS_TEXT_CONFIGURATION_SET": "tend-events",
            "FUB_API_KEY": "fka_hush",
            "FUB_SYSTEM": "Tend",
            "FUB_SYSTEM_KEY": "fsk_hush",
            "FUB_BASE_URL": crm,
            "OPENAI_API_KEY": "sk_hush",
            "OPENAI_BASE_URL": f"{tend}/v1",
        }
        yield here


async def found_in(here: Vendors, **changes: str) -> dict[str, Checked]:
    """The lines of one look at all of them."""
    chosen = settings_file.load({**here.settings, **changes}, env_file=None)
    address, _, port = here.dns.partition(":")
    return {line.name: line for line in await looking.look(chosen, dns=(address, int(port)))}


def tend(*arguments: str, **settings: str) -> Result:
    environment = {name: settings.get(name) for name in settings_file.NAMES}
    return CliRunner().invoke(main, list(arguments), env=environment)


async def test_the_command_asks_everybody_finds_all_in_order_and_sends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with running() as here:
        quiet = await asyncio.to_thread(tend, "doctor", "--json", **here.settings)
        before = (here.amazon.calls, here.twilio.posts)
        ran = await asyncio.to_thread(tend, "doctor", "--live", "--json", "--dns", here.dns, **here.settings)

    without = {each["name"] for each in json.loads(quiet.output)}
    lines = {each["name"]: each for each in json.loads(ran.output) if each["name"] not in without}
    assert before == (0, 0)
    assert {name: (each["found"], each["next"]) for name, each in lines.items() if each["state"] != "ok"} == {}
    assert set(lines) == {
        "Follow Up Boss account",
        "FUB webhooks",
        "Twilio account",
        "Messaging Service",
        "Twilio replies arrive",
        "A2P campaign",
        "WhatsApp sender",
        "WhatsApp template",
        "Amazon account",
        "SES account",
        "SES identity",
        "SES DKIM",
        "DKIM",
        "SES MAIL FROM",
        "SES events",
        "Amazon texts account",
        "Amazon number",
        "Amazon replies arrive",
        "Amazon text events",
        "topic tend",
        "SPF",
        "DMARC",
        "MX",
        "model server",
        "public address answers",
    }
    assert (here.twilio.taken, here.amazon.mails, here.amazon.texts, here.crm.notes) == ([], [], [], {})
    assert "hush" not in ran.output
    assert here.twilio.token not in ran.output


async def test_a_vendor_that_is_broken_makes_the_exit_code_1_and_hides_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with running() as here:
        here.twilio.console.status = "suspended"
        ran = await asyncio.to_thread(tend, "doctor", "--live", "--json", "--dns", here.dns, **here.settings)
    lines = {each["name"]: each["state"] for each in json.loads(ran.output)}
    assert (ran.exit_code, lines["Twilio account"], lines["SES account"]) == (1, "broken", "ok")


async def test_each_vendor_that_refuses_the_login_is_named_and_the_secret_is_not() -> None:
    async with running() as here:
        found = await found_in(
            here,
            TWILIO_AUTH_TOKEN="wrong-hush",
            AWS_ACCESS_KEY_ID="AKWRONG",
            FUB_API_KEY="wrong-hush",
        )
    broken = {name for name, line in found.items() if line.state == "broken"}
    assert {"Twilio account", "Amazon account", "SES account", "topic tend", "Follow Up Boss account"} <= broken
    assert all(found[name].next for name in broken)
    assert "hush" not in repr(found)


async def test_servers_that_take_the_call_and_say_nothing_end_in_lines_within_the_limit() -> None:
    async with running() as here, silent() as url, asyncio.timeout(20):
        names = ("TWILIO_BASE_URL", "AWS_ENDPOINT_URL", "FUB_BASE_URL", "OPENAI_BASE_URL", "TEND_PUBLIC_URL")
        found = await found_in(
            here,
            **dict.fromkeys(names, url),
            SMTP_URL=url.replace("http", "smtp"),
            TEND_SEND_TIMEOUT_SECONDS="0.5",
        )
    for name in (
        "Twilio account",
        "Amazon account",
        "Follow Up Boss account",
        "model server",
        "public address answers",
        "mail server",
    ):
        assert (found[name].state, bool(found[name].next)) == ("broken", True), name
    assert found["SPF"].state == "ok"


async def test_a_mail_server_is_looked_at_where_mail_leaves_by_it() -> None:
    async with running() as here, serving(Post()) as server:
        found = await found_in(here, SMTP_URL=f"smtp://127.0.0.1:{server.port}")
    assert (found["mail server"].state, "SES account" in found, found["DKIM"].state) == ("ok", False, "off")


async def test_webhooks_that_are_not_registered_are_named() -> None:
    async with running() as here:
        here.crm.webhooks.pop(next(iter(here.crm.webhooks)))
        line = (await found_in(here))["FUB webhooks"]
    assert (line.state, "is not told of" in line.found) == ("broken", True)


async def test_a_model_the_server_does_not_know_and_a_server_without_a_list_are_told_apart() -> None:
    async with running() as here:
        unknown = (await found_in(here, TEND_LLM_MODEL="gpt-1"))["model server"]
        no_list = (await found_in(here, OPENAI_BASE_URL=here.settings["TEND_PUBLIC_URL"]))["model server"]
    assert (unknown.state, "gpt-6-luna" in unknown.found) == ("broken", True)
    assert no_list.state == "off"


async def test_what_is_no_topic_is_named_and_hides_no_other() -> None:
    async with running() as here:
        found = await found_in(here, TEND_SNS_TOPICS=f"tend-topic,{ARN}")
    assert (found["topic tend-topic"].state, found["topic tend"].state, found["MX"].state) == ("broken", "ok", "ok")


async def test_another_page_at_the_public_address_is_not_taken_for_tend() -> None:
    async with running() as here:
        line = (await found_in(here, TEND_PUBLIC_URL=f"{here.settings['TEND_PUBLIC_URL']}/else"))[
            "public address answers"
        ]
    assert (line.state, "not as Tend does" in line.found) == ("broken", True)


async def test_with_nothing_configured_only_the_own_address_is_asked() -> None:
    async with served(plain()) as closed:
        pass
    chosen = settings_file.load({"TEND_PUBLIC_URL": closed}, env_file=None)
    (line,) = await looking.look(chosen, dns=None)
    assert (line.name, line.state, line.next) == ("public address answers", "off", "start Tend: tend serve")


async def test_an_invented_domain_is_not_asked_for() -> None:
    chosen = settings_file.load({"TEND_EMAIL_HOOK_TOKEN": "t", "TEND_PUBLIC_URL": "http://127.0.0.1:1"}, env_file=None)
    found = {line.name: line for line in await looking.look(chosen, dns=None)}
    assert (found["domain"].state, "TEND_EMAIL_DOMAIN" in found["domain"].next) == ("broken", True)


async def test_a_look_that_hangs_keeps_what_it_found_and_one_that_breaks_hides_no_other() -> None:
    async def hangs() -> Look:
        yield Checked("first", "ok", "seen")
        await asyncio.sleep(60)

    async def breaks() -> Look:
        yield Checked("second", "ok", "seen")
        raise KeyError("a bug")

    found = await looking.all_of([("a", hangs()), ("b", breaks())], limit_seconds=0.2)
    assert [(line.name, line.state) for line in found] == [
        ("first", "ok"),
        ("a", "broken"),
        ("second", "ok"),
        ("b", "broken"),
    ]


@pytest.mark.parametrize(
    "written, meant",
    [
        ("1.1.1.1", ("1.1.1.1", 53)),
        ("127.0.0.1:5353", ("127.0.0.1", 5353)),
        ("2606:4700:4700::1111", ("2606:4700:4700::1111", 53)),
        ("[2606:4700:4700::1111]:5353", ("2606:4700:4700::1111", 5353)),
    ],
)
def test_a_dns_server_is_an_address_perhaps_with_a_port(written: str, meant: tuple[str, int]) -> None:
    assert DnsServer().convert(written, None, None) == meant


@pytest.mark.parametrize("written", ["dns.example", "1.1.1", "1.1.1.1:dns", ""])
def test_a_dns_server_by_name_is_refused(written: str) -> None:
    assert tend("doctor", "--live", "--dns", written).exit_code == 2
