"""WhatsApp over Twilio: heard with the lead who has that number, answered there, and closed after 24 hours."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from agent.rules.triage import OPTED_OUT
from agent.store.tables import addresses, messages, suppressions
from channels.providers.twilio_sms import TwilioSmsSender
from channels.providers.twilio_whatsapp import TwilioWhatsAppSender
from tests import cast
from tests.cast import MAYA
from tests.channels import peers
from tests.stories.conftest import SQLITE, Opens
from tests.stories.twilio import Twilio, replied, signed_in, texted, written
from tests.stories.world import World

pytestmark = SQLITE


@pytest.fixture
def twilio() -> Twilio:
    return Twilio()


@asynccontextmanager
async def on_whatsapp(open_world: Opens, twilio: Twilio, *, template: str = "") -> AsyncIterator[World]:
    """A world that also answers on WhatsApp."""
    async with peers.twilio(twilio.account) as posts:
        sender = TwilioSmsSender(posts, service_sid=peers.SERVICE)
        whatsapp = TwilioWhatsAppSender(posts, from_number=cast.OUR_NUMBER, template=template)
        async with open_world(texting=sender, whatsapp=whatsapp, tend_public_url=peers.PUBLIC) as world:
            twilio.world = world
            yield world


WHATSAPP = f"whatsapp:{MAYA.phone}"
TEMPLATE = "HX" + "0" * 31 + "1"


def over_whatsapp(twilio: Twilio) -> list[str]:
    return [each["body"] for each in twilio.account.taken if each["to"] == WHATSAPP]


async def test_a_whatsapp_message_is_the_leads_with_that_number_and_is_answered_there(
    open_world: Opens, twilio: Twilio
) -> None:
    async with on_whatsapp(open_world, twilio) as world:
        await world.sign_in()
        lead_id = await world.arrive(MAYA)
        assert (await written(world, "Can we see it Saturday at 10?", sender=WHATSAPP)).status_code == 200
        await world.live(minutes=5)

        (message,) = await world.rows(messages, lead_id=lead_id, direction="in")
        assert (message.channel, world.opened(messages, "address", message)) == ("whatsapp", MAYA.phone)
        assert len(over_whatsapp(twilio)) == 1, "the acknowledgement goes where they wrote"
        await replied(world, lead_id, "Saturday at ten it is.")
        assert over_whatsapp(twilio)[1:] == ["Saturday at ten it is."]
        assert MAYA.phone not in {each["to"] for each in twilio.account.taken}, "and not as a text"
        page = (await world.client.get(world.path(lead_id), headers=signed_in(world))).text
        assert "WhatsApp" in page


async def test_after_24_hours_whatsapp_is_closed_and_the_person_is_told_why(open_world: Opens, twilio: Twilio) -> None:
    async with on_whatsapp(open_world, twilio) as world:
        await world.sign_in()
        lead_id = await world.arrive(MAYA, text_consent="yes")
        await written(world, "Is it still for sale?", sender=WHATSAPP)
        await world.live(hours=24)
        await replied(world, lead_id, "Yes, it is.")

        assert "Yes, it is." not in over_whatsapp(twilio)
        (touch,) = await world.touches(lead_id, channel="whatsapp", kind="manual")
        assert (touch.state, touch.word) == ("skipped", "outside_window")
        page = (await world.client.get(world.path(lead_id), headers=signed_in(world))).text
        assert "they last wrote on WhatsApp more than 24 hours ago, and no template is configured" in page


async def test_after_24_hours_the_template_goes_with_their_name_and_the_words(
    open_world: Opens, twilio: Twilio
) -> None:
    async with on_whatsapp(open_world, twilio, template=TEMPLATE) as world:
        await world.sign_in()
        lead_id = await world.arrive(MAYA, text_consent="yes")
        await written(world, "Is it still for sale?", sender=WHATSAPP)
        await world.live(hours=24)
        await replied(world, lead_id, "Yes,\nit is.")
        assert over_whatsapp(twilio)[-1] == f"[template {TEMPLATE}]"
        assert json.loads(twilio.account.variables[-1]) == {"1": "Maya", "2": "Yes, it is."}


async def test_stop_on_whatsapp_stops_everything_and_is_confirmed_there_once(open_world: Opens, twilio: Twilio) -> None:
    async with on_whatsapp(open_world, twilio) as world:
        lead_id = await texted(world)
        before = world.sent_to(MAYA)
        for _ in range(2):
            assert (await written(world, "STOP", sender=WHATSAPP)).status_code == 200
            await world.live(minutes=1)
        await world.live(days=10)
        assert len(over_whatsapp(twilio)) == 1
        assert (len(twilio.account.taken), world.sent_to(MAYA)) == (2, before)
        assert (await world.lead(lead_id)).end_reason == OPTED_OUT
        assert {row.channel for row in await world.rows(suppressions)} == {"sms", "email"}


async def test_a_stranger_on_whatsapp_becomes_a_lead_with_that_number(open_world: Opens, twilio: Twilio) -> None:
    async with on_whatsapp(open_world, twilio) as world:
        assert (await written(world, "Hello?", sender="whatsapp:+15125550177")).status_code == 200
        (number,) = await world.rows(addresses, value_hash=world.tend.sealer.hash("sms", "+15125550177"))
        assert number.channel == "sms"
        assert (await world.lead(number.lead_id)).source == "wrote to us on WhatsApp"


@pytest.mark.parametrize("code", [63003, 63024])
@pytest.mark.parametrize("told", ["at once", "afterwards"])
async def test_a_number_that_is_not_on_whatsapp_may_still_be_texted(
    open_world: Opens, twilio: Twilio, told: str, code: int
) -> None:
    async with on_whatsapp(open_world, twilio) as world:
        await world.sign_in()
        lead_id = await world.arrive(MAYA, text_consent="yes")
        await written(world, "Is it still for sale?", sender=WHATSAPP)
        await world.live(minutes=5)
        if told == "at once":
            twilio.account.script(code)
        await replied(world, lead_id, "Yes, it is.")
        if told == "afterwards":
            assert await twilio.tells("sent", "failed", code=code) == {204}
        (number,) = await world.rows(addresses, lead_id=lead_id, channel="sms")
        assert (number.valid is False, number.landline is True) == (False, False)
        await replied(world, lead_id, "Yes, it is still for sale.", channel="sms")
        assert twilio.account.taken[-1]["to"] == MAYA.phone
