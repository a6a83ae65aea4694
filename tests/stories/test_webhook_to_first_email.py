"""Story 1: Follow Up Boss pushes ids; within seconds the person behind them has an email, and a text if they agreed."""

from __future__ import annotations

import json
from datetime import timedelta

from agent.store.tables import consents, touches, webhook_events
from channels.outcomes import Refused
from tests import cast
from tests.cast import DIEGO, MAYA
from tests.stories.conftest import SQLITE, Opens
from tests.stories.world import World


async def test_a_signed_webhook_of_ids_becomes_an_email_within_fifteen_seconds(world: World) -> None:
    pushed_at = world.clock.now()
    person_id = world.add_to_crm(MAYA, background="Hi, I want to buy a 3 bedroom in Mueller, about 500k")

    await world.push("peopleCreated", [person_id])
    await world.live(seconds=15)

    (email,) = world.emails_to(MAYA)
    lead = await world.lead(await world.lead_id(MAYA))
    (touch,) = await world.touches(lead.id, state="sent")
    assert touch.ended_at - pushed_at <= timedelta(seconds=15)
    assert lead.crm_person_id == str(person_id)
    assert (lead.intent, lead.status) == ("buy", "contacted")
    assert MAYA.first in email.text
    assert "automated assistant" in email.text
    assert "200 Alder Street" in email.text
    assert dict(email.headers)["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


async def test_the_event_holds_ids_only_and_the_person_is_fetched_back(world: World) -> None:
    person_id = world.add_to_crm(MAYA)

    await world.push("peopleCreated", [person_id])
    (event,) = await world.rows(webhook_events)
    kept = json.loads(world.opened(webhook_events, "payload", event))

    assert kept["resourceIds"] == [person_id]
    assert MAYA.email not in json.dumps(kept)
    assert await world.lead_ids(MAYA) == []
    await world.live(seconds=10)
    assert (await world.plain(await world.lead_id(MAYA)))["first_name"] == MAYA.first


async def test_the_lead_waits_out_the_debounce_so_that_a_second_event_finds_the_whole_person(world: World) -> None:
    person_id = world.add_to_crm(MAYA, email="")
    await world.push("peopleCreated", [person_id])
    await world.live(seconds=2)
    world.account.change_person(person_id, emails=[{"value": MAYA.email, "type": "home", "isPrimary": 1}])

    await world.live(seconds=4)

    assert len(world.emails_to(MAYA)) == 1


async def test_a_text_follows_within_a_minute_when_they_agreed_to_texts(world: World) -> None:
    lead_id = await world.arrive(MAYA, text_consent="yes")
    enrolled_at = (await world.enrollment(lead_id)).started_at

    await world.live(seconds=60)

    (text,) = world.texts_to(MAYA)
    (touch,) = await world.touches(lead_id, channel="sms", state="sent")
    assert touch.ended_at - enrolled_at <= timedelta(seconds=60)
    assert "automated assistant" in text.body
    assert "STOP" in text.body
    (grant,) = await world.rows(consents, lead_id=lead_id, channel="sms")
    assert (grant.action, grant.wording) == ("granted", cast.TEXT_WORDING)


async def test_without_consent_no_text_is_sent_and_the_reason_is_kept(world: World) -> None:
    lead_id = await world.arrive(DIEGO)

    await world.live(minutes=10)

    assert world.texts_to(DIEGO) == []
    assert len(world.emails_to(DIEGO)) == 1
    (touch,) = await world.touches(lead_id, channel="sms")
    assert (touch.state, touch.word) == ("skipped", "no_consent")


@SQLITE
async def test_where_zip_and_state_disagree_a_text_waits_for_the_zones_of_both(open_world: Opens) -> None:
    in_austin_or_los_angeles = {"city": "Austin", "state": "TX", "code": "90001"}
    async with open_world(at=cast.TUESDAY_MORNING - timedelta(minutes=30)) as world:
        lead_id = await world.arrive(MAYA, text_consent="yes", address=in_austin_or_los_angeles)
        assert (await world.lead(lead_id)).zones == "America/Chicago,America/Denver,America/Los_Angeles"

        await world.live(hours=1, minutes=20)
        assert world.texts_to(MAYA) == []
        await world.live(minutes=40)

        assert len(world.texts_to(MAYA)) == 1


@SQLITE
async def test_the_first_text_that_arrives_says_who_writes_and_how_to_stop(world: World) -> None:
    world.sms.script(Refused("configuration"))
    lead_id = await world.arrive(MAYA, text_consent="yes")
    await world.live(days=6)

    assert (await world.touches(lead_id, channel="sms"))[0].state == "failed"
    first = world.texts_to(MAYA)[0]
    assert "automated assistant" in first.body
    assert "STOP" in first.body


async def test_at_night_the_email_goes_and_the_text_is_held_until_morning(open_world: Opens) -> None:
    async with open_world(at=cast.TUESDAY_NIGHT) as world:
        lead_id = await world.arrive(MAYA, text_consent="yes")
        await world.live(minutes=10)

        assert len(world.emails_to(MAYA)) == 1
        (held,) = await world.rows(touches, lead_id=lead_id, channel="sms")
        assert (held.state, held.word) == ("planned", "quiet_hours")
        assert "quiet hours" in held.reason

        await world.live(hours=8)
        assert world.texts_to(MAYA) == []
        await world.live(hours=3, minutes=10)  # nine in Denver, since Texas has two zones, and a quarter of an hour
        assert len(world.texts_to(MAYA)) == 1
        (sent,) = await world.rows(touches, id=held.id)
        assert sent.ended_at == held.due_at
