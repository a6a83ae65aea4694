"""Texts through Twilio from end to end: its stand-in on a real port, signed callbacks, and Tend's own server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from agent.rules.triage import OPTED_OUT
from agent.store import senders
from agent.store.tables import addresses, messages, receipts, suppressions
from channels.providers.twilio_sms import TwilioSmsSender
from channels.standins.twilio import signed_form
from channels.standins.twilio_account import Behaviour
from tests.cast import MAYA
from tests.channels import peers
from tests.stories.conftest import SQLITE, Opens
from tests.stories.twilio import Twilio, replied, signed_in, texted, today
from tests.stories.world import World

pytestmark = SQLITE


@pytest.fixture
def twilio() -> Twilio:
    return Twilio()


@asynccontextmanager
async def texting(open_world: Opens, twilio: Twilio, **changes: Any) -> AsyncIterator[World]:
    """A world whose texts go through Twilio, reached by Twilio at a public https address."""
    async with peers.twilio(twilio.account, **changes) as posts:
        sender = TwilioSmsSender(posts, service_sid=peers.SERVICE)
        async with open_world(texting=sender, tend_public_url=peers.PUBLIC) as world:
            twilio.world = world
            yield world


async def test_a_text_is_taken_told_of_and_delivered(open_world: Opens, twilio: Twilio) -> None:
    async with texting(open_world, twilio) as world:
        lead_id = await texted(world)
        (text,) = twilio.account.taken
        assert (text["to"], text["status"]) == (MAYA.phone, "accepted")
        (touch,) = await world.touches(lead_id, channel="sms", state="sent")
        assert touch.provider_id == text["sid"]

        assert await twilio.tells("sending", "sent", "delivered", times=2, shuffled=True) == {204}
        (message,) = await world.rows(messages, channel="sms", direction="out")
        assert message.delivery == "delivered"
        assert await twilio.tells("sent", "undelivered", code=30003) == {204}
        assert await twilio.tells("delivered") == {204}

        (message,) = await world.rows(messages, channel="sms", direction="out")
        assert (message.delivery, message.delivery_reason) == ("undelivered", "unreachable")
        assert len(await world.rows(receipts)) == 3


@pytest.mark.parametrize("code, column", [(30005, "valid"), (30006, "landline"), (21211, "valid"), (21614, "landline")])
async def test_a_number_that_takes_no_texts_gets_no_other(
    open_world: Opens, twilio: Twilio, code: int, column: str
) -> None:
    async with texting(open_world, twilio) as world:
        lead_id = await texted(world)
        assert await twilio.tells("sent", "undelivered", code=code) == {204}
        await world.live(days=10)

        assert len(twilio.account.taken) == 1
        (number,) = await world.rows(addresses, lead_id=lead_id, channel="sms")
        assert (number.valid is False, number.landline is True) == (column == "valid", column == "landline")
        assert len(world.emails_to(MAYA)) > 1, "emails go on"


async def test_a_landline_refused_at_once_is_remembered(open_world: Opens, twilio: Twilio) -> None:
    async with texting(open_world, twilio) as world:
        twilio.account.script(21614)
        lead_id = await texted(world)
        await world.live(days=10)
        (number,) = await world.rows(addresses, lead_id=lead_id, channel="sms")
        assert (number.landline, number.valid) == (True, True)
        assert twilio.account.posts == 1


@pytest.mark.parametrize("told", ["at once", "afterwards"])
async def test_a_stop_that_only_the_carrier_knows_counts_as_one(open_world: Opens, twilio: Twilio, told: str) -> None:
    async with texting(open_world, twilio) as world:
        if told == "at once":
            twilio.account.script(21610)
        lead_id = await texted(world)
        if told == "afterwards":
            assert await twilio.tells("failed", code=21610) == {204}
        before = world.sent_to(MAYA)
        await world.live(days=10)
        assert world.sent_to(MAYA) == before
        assert {row.source for row in await world.rows(suppressions)} == {"carrier"}
        assert (await world.lead(lead_id)).end_reason == OPTED_OUT


async def test_a_wrong_token_burns_nobody_is_shown_to_a_person_and_goes_on_when_mended(
    open_world: Opens, twilio: Twilio
) -> None:
    async with texting(open_world, twilio) as world:
        await world.sign_in()
        account, token = twilio.account, twilio.account.token
        account.token = "changed at Twilio"
        lead_id = await world.arrive(MAYA, text_consent="yes")
        await world.live(hours=3)
        (touch,) = await world.touches(lead_id, channel="sms", state="planned")
        assert (touch.word, touch.attempts > 6) == ("configuration", True)
        page = await today(world)
        assert "1 text cannot be sent: the account" in page
        assert MAYA.phone not in touch.reason

        account.token = token
        assert (await world.client.post("/senders/again", headers=signed_in(world))).status_code == 303
        await world.settle()
        assert len(account.taken) == 1
        assert "cannot be sent" not in await today(world)


@pytest.mark.parametrize("code", [30034, 21704])
async def test_a_number_that_is_not_registered_is_shown_to_a_person_until_a_text_arrives(
    open_world: Opens, twilio: Twilio, code: int
) -> None:
    async with texting(open_world, twilio) as world:
        await world.sign_in()
        lead_id = await texted(world)
        assert await twilio.tells("undelivered", code=code) == {204}
        assert "1 text of the last day was turned away" in await today(world)
        (number,) = await world.rows(addresses, lead_id=lead_id, channel="sms")
        assert (number.valid, number.landline is True) == (True, False)

        await replied(world, lead_id, "Hello again", channel="sms")
        assert len(twilio.account.taken) == 2, [touch.reason for touch in await world.touches(lead_id, kind="manual")]
        assert await twilio.tells("delivered") == {204}
        async with world.tend.reading() as conn:
            assert await senders.trouble(conn, team_id=world.tend.team_id, now=world.clock.now()) == ()


@pytest.mark.parametrize("lost", [Behaviour.FAILS_TAKEN, Behaviour.BREAKS_OFF, Behaviour.GIBBERISH])
async def test_a_text_whose_answer_was_lost_is_found_at_twilio_and_not_sent_again(
    open_world: Opens, twilio: Twilio, lost: Behaviour
) -> None:
    async with texting(open_world, twilio) as world:
        twilio.account.script(lost)
        lead_id = await texted(world)
        await world.live(minutes=30)
        (touch,) = await world.touches(lead_id, channel="sms", state="sent")
        assert touch.reason == "found at the sender"
        assert (len(twilio.account.taken), twilio.account.doubled) == (1, 0)


async def test_a_callback_settles_what_nobody_saw_the_end_of(open_world: Opens, twilio: Twilio) -> None:
    async with texting(open_world, twilio) as world:
        twilio.account.script(Behaviour.FAILS_TAKEN)
        lead_id = await world.arrive(MAYA, text_consent="yes")
        while not twilio.account.taken:
            await world.live(minutes=1)
        assert await twilio.tells("sent") == {204}
        (touch,) = await world.touches(lead_id, channel="sms", state="sent")
        assert touch.provider_id == twilio.account.taken[0]["sid"]


async def test_the_status_door_is_for_twilio_alone_and_odd_callbacks_never_break_it(
    open_world: Opens, twilio: Twilio
) -> None:
    async with texting(open_world, twilio) as world:
        await texted(world)
        path = "/hooks/twilio/status?m=" + (await world.rows(messages, channel="sms"))[0].id.hex
        sid = twilio.account.taken[0]["sid"]

        async def posted(fields: dict[str, str], *, token: str = "", path: str = path) -> httpx.Response:
            body, headers = signed_form(token or world.auth_token, peers.PUBLIC + path, fields)
            return await world.client.post(path, content=body, headers=headers)

        good = {"MessageSid": sid, "MessageStatus": "delivered", "To": MAYA.phone, "RawDlrDoneDate": ""}
        assert (await posted(good, token="another")).status_code == 401
        assert (await world.client.post(path, data=good)).status_code == 401
        other = "/hooks/twilio/status?m=" + "0" * 32
        body, headers = signed_form(world.auth_token, peers.PUBLIC + path, good)
        assert (await world.client.post(other, content=body, headers=headers)).status_code == 401
        assert (await world.rows(receipts)) == []

        assert (await posted({"MessageStatus": "delivered"})).status_code == 400
        for odd in ({"MessageStatus": "teleported"}, {"ErrorCode": "x" * 50}, {"To": ""}, {"ErrorCode": "99999999999"}):
            assert (await posted(good | odd)).status_code == 204
        assert (await posted(good, path="/hooks/twilio/status?m=nonsense")).status_code == 204
        assert (await posted(good, path="/hooks/twilio/status")).status_code == 204
        (message,) = await world.rows(messages, channel="sms", direction="out")
        assert message.delivery == "delivered"
