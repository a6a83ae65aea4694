"""Looking at a Twilio account without sending: what is said of each thing that is off, and what to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from channels.checks import Checked, Look
from channels.providers.twilio_check import Senders, look_at_twilio
from channels.providers.twilio_messages import Account
from channels.standins.twilio_account import TwilioAccount
from channels.standins.twilio_console import NUMBER, SERVICE, Console
from channels.standins.twilio_server import app
from tests.channels.peers import NOW, PUBLIC, served, silent

TEMPLATE = "HX" + "1" * 32
ALL = Senders(service_sid=SERVICE, whatsapp_number=NUMBER, whatsapp_template=TEMPLATE)
ALONE = Senders(number=NUMBER)
TOLL_FREE = {"sid": "PN2", "phone_number": "+18445550123", "capabilities": {"sms": True}, "sms_url": ""}


async def lines(look: Look) -> dict[str, Checked]:
    return {line.name: line async for line in look}


async def looked(
    senders: Senders, change: Callable[[Console], Any] = lambda _: None, **login: Any
) -> tuple[TwilioAccount, dict[str, Checked]]:
    account = TwilioAccount(lambda: NOW)
    account.console.templates[TEMPLATE] = {"status": "approved"}
    change(account.console)
    async with served(app(account)) as url:
        given = {"sid": account.sid, "user": account.sid, "password": account.token, "base_url": url}
        asked = Account(**{"public_url": PUBLIC, "timeout_seconds": 2.0, **given, **login})
        return account, await lines(look_at_twilio(asked, senders))


def not_active(console: Console) -> None:
    console.refuses, console.code = 403, 20005


async def test_an_account_in_order_is_ok_in_every_line_and_nothing_is_sent() -> None:
    account, found = await looked(ALL)
    assert {name: line.state for name, line in found.items()} == dict.fromkeys(
        [
            "Twilio account",
            "Messaging Service",
            "Twilio replies arrive",
            "A2P campaign",
            "WhatsApp sender",
            "WhatsApp template",
        ],
        "ok",
    )
    assert (account.posts, account.taken) == (0, [])


@pytest.mark.parametrize(
    "senders, change, name, found, state",
    [
        (ALL, lambda c: setattr(c, "status", "suspended"), "Twilio account", "suspended", "broken"),
        (ALL, lambda c: setattr(c, "type", "Trial"), "Twilio account", "on trial", "broken"),
        (ALL, lambda c: c.numbers.clear(), "Messaging Service", "no number to send from", "broken"),
        (ALL, lambda c: c.campaigns.clear(), "A2P campaign", "30034", "broken"),
        (ALL, lambda c: c.campaigns[0].update(campaign_status="IN_PROGRESS"), "A2P campaign", "in progress", "broken"),
        (
            ALL,
            lambda c: c.campaigns[0].update(campaign_status="FAILED", errors=[{"description": "no opt-in wording"}]),
            "A2P campaign",
            "refused: no opt-in wording",
            "broken",
        ),
        (
            ALL,
            lambda c: (
                c.campaigns[0].update(campaign_status="PENDING"),
                c.brand.update(status="FAILED", failure_reason="wrong tax id"),
            ),
            "A2P brand",
            "failed wrong tax id",
            "broken",
        ),
        (
            ALL,
            lambda c: c.service.update(inbound_request_url="https://old.example/sms"),
            "Twilio replies arrive",
            "https://old.example/sms",
            "broken",
        ),
        (
            ALL,
            lambda c: (c.service.update(use_inbound_webhook_on_number=True), c.numbers[0].update(sms_url="")),
            "Twilio replies arrive",
            "nobody",
            "broken",
        ),
        (ALL, lambda c: c.numbers.append(TOLL_FREE), "toll-free verification", "not verified", "broken"),
        (
            ALL,
            lambda c: (
                c.numbers.append(TOLL_FREE),
                c.verifications.append({"tollfree_phone_number_sid": "PN2", "status": "TWILIO_APPROVED"}),
            ),
            "toll-free verification",
            "is verified",
            "ok",
        ),
        (ALL, lambda c: c.whatsapp.clear(), "WhatsApp sender", "no WhatsApp sender", "broken"),
        (ALL, lambda c: c.whatsapp[0].update(status="OFFLINE"), "WhatsApp sender", "offline", "broken"),
        (
            ALL,
            lambda c: c.templates.update({TEMPLATE: {"status": "rejected", "rejection_reason": "spam"}}),
            "WhatsApp template",
            "rejected spam",
            "broken",
        ),
        (ALL, lambda c: c.templates.clear(), "WhatsApp template", "no template", "broken"),
        (ALONE, lambda _: None, "Twilio number", "is this account's", "ok"),
        (ALONE, lambda _: None, "A2P campaign", "a number alone", "off"),
        (ALONE, lambda c: c.numbers.clear(), "Twilio number", "is not this account's", "broken"),
        (
            ALONE,
            lambda c: c.numbers[0].update(capabilities={"sms": False}),
            "Twilio number",
            "cannot send texts",
            "broken",
        ),
        (Senders(number="72345"), lambda _: None, "Twilio number", "is not this account's", "broken"),
        (
            Senders(service_sid=SERVICE, number="+15125550177"),
            lambda _: None,
            "Messaging Service",
            "+15125550177 is not in Tend",
            "broken",
        ),
        (Senders(service_sid="MG" + "f" * 32), lambda _: None, "Messaging Service", "is not this account's", "broken"),
        (ALL, lambda c: setattr(c, "refuses", 403), "Twilio account", "may not look", "off"),
        (
            ALL,
            not_active,
            "Twilio account",
            "not active",
            "broken",
        ),
        (ALL, lambda c: setattr(c, "refuses", 503), "Twilio account", "answered 503", "broken"),
        (ALL, lambda c: setattr(c, "refuses", 404), "Twilio account", "no account of that id", "broken"),
        (ALL, lambda c: setattr(c, "nonsense", True), "Twilio account", "not Twilio's", "broken"),
    ],
)
async def test_what_is_off_is_named_with_the_next_step(
    senders: Senders, change: Callable[[Console], Any], name: str, found: str, state: str
) -> None:
    _, all_lines = await looked(senders, change)
    line = all_lines[name]
    assert (line.state, found in line.found) == (state, True), line
    assert line.next or state == "ok"


async def test_a_wrong_token_is_said_once_and_nothing_else_is_asked() -> None:
    _, found = await looked(ALL, password="another")
    (line,) = found.values()
    assert (line.state, "TWILIO_AUTH_TOKEN" in line.next, "another" in repr(line)) == ("broken", True, False)


async def test_a_wrong_api_key_is_told_from_the_token_that_fits() -> None:
    token = TwilioAccount(lambda: NOW).token
    _, found = await looked(Senders(service_sid=SERVICE, auth_token=token), user="SK1", password="wrong")
    assert found["Twilio account"].state == "ok"
    assert (found["Messaging Service"].state, "TWILIO_API_KEY" in found["Messaging Service"].next) == ("broken", True)


async def test_silence_and_a_closed_port_end_in_a_line_within_the_limit() -> None:
    async with silent() as url:
        asked = Account(sid="AC1", user="AC1", password="x", base_url=url, public_url=PUBLIC, timeout_seconds=0.2)
        found = await lines(look_at_twilio(asked, ALL))
    assert found["Twilio account"].found == "no answer within 0.2 s"
    asked = Account(sid="AC1", user="AC1", password="x", base_url=url, public_url=PUBLIC, timeout_seconds=0.2)
    assert "could not be reached" in (await lines(look_at_twilio(asked, ALL)))["Twilio account"].found
