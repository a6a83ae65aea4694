"""Live sending comes from the settings alone: what they name is what sends, and half a sender is refused."""

from __future__ import annotations

from typing import Any

import pytest

from agent import wiring, words
from agent.clock import SystemClock
from agent.settings import Secret, Settings
from channels.sms import OutgoingSms
from channels.standins.twilio_account import TwilioAccount
from channels.standins.twilio_server import app
from channels.whatsapp import OutgoingWhatsApp
from tests import cast
from tests.cast import MAYA
from tests.channels import peers

ACCOUNT = TwilioAccount(lambda: cast.TUESDAY_MORNING)


def live(url: str = "https://api.twilio.com", **changes: Any) -> Settings:
    given: dict[str, Any] = {
        "tend_sending": "live",
        "tend_public_url": peers.PUBLIC,
        "twilio_account_sid": ACCOUNT.sid,
        "twilio_auth_token": Secret(ACCOUNT.token),
        "twilio_messaging_service_sid": peers.SERVICE,
        "twilio_base_url": url,
    }
    return Settings(**(given | changes))


async def test_live_settings_make_a_sender_that_sends() -> None:
    account = TwilioAccount(lambda: cast.TUESDAY_MORNING)
    async with peers.served(app(account)) as url:
        settings = live(url, twilio_whatsapp_number=cast.OUR_NUMBER)
        doors = wiring.doors(settings, words.load(), SystemClock())
        assert doors.sms is not None
        assert doors.whatsapp is not None
        await doors.sms.send(OutgoingSms("a", MAYA.phone, "Hi"))
        await doors.whatsapp.send(OutgoingWhatsApp("b", MAYA.phone, "Hi"))
        for close in doors.closes:
            await close()
    assert [each["to"] for each in account.taken] == [MAYA.phone, f"whatsapp:{MAYA.phone}"]
    assert doors.email is None, "nothing pretends to send"


def test_an_api_key_calls_in_the_accounts_place() -> None:
    keyed = live(twilio_api_key=Secret("SK1"), twilio_api_secret=Secret("secret of the key"))
    assert keyed.twilio_login == ("SK1", "secret of the key")
    assert live().twilio_login == (ACCOUNT.sid, ACCOUNT.token)


@pytest.mark.parametrize(
    "changes",
    [
        {"twilio_account_sid": ""},
        {"twilio_auth_token": Secret()},
        {"twilio_messaging_service_sid": ""},
        {"twilio_api_key": Secret("SK1"), "twilio_auth_token": Secret()},
    ],
)
def test_live_without_a_whole_sender_is_refused_and_says_what_is_missing(changes: dict[str, Any]) -> None:
    with pytest.raises(wiring.CannotStart, match=r"no sender is configured.*TWILIO_ACCOUNT_SID"):
        wiring.doors(live(**changes), words.load(), SystemClock())
