"""What consent covers and what a person's own words are held to: one number, one moment of the conversation."""

from __future__ import annotations

from uuid import UUID

import pytest

from agent.flows import reactivation
from agent.store.tables import consents, conversations
from tests import cast
from tests.cast import MAYA
from tests.stories.conftest import SQLITE, Opens
from tests.stories.world import World

OTHER_NUMBER = "+15125550199"
GIVEN = {"email": True, "sms": True, "wording": cast.TEXT_WORDING}


async def generation(world: World, lead_id: UUID) -> str:
    (row,) = await world.rows(conversations, lead_id=lead_id)
    return str(row.generation)


@SQLITE
async def test_consent_given_for_one_number_opens_no_other(world: World) -> None:
    lead_id = await world.arrive(MAYA)
    body = cast.form(MAYA, form_metadata={"consent_given": GIVEN})
    body["contact"] |= {"phone": OTHER_NUMBER}
    assert (await world.post_form(body)).status_code == 201
    await world.live(days=6)

    assert world.texts_to(MAYA) == [], "nobody consented for the number the CRM gave"
    assert [text.to for text in world.sms.sent if text.to == OTHER_NUMBER], "the number of the form may be texted"
    (grant,) = await world.rows(consents, lead_id=lead_id, channel="sms")
    assert bytes(grant.address_hash) == world.tend.sealer.hash("sms", OTHER_NUMBER)


@SQLITE
async def test_consent_to_texts_without_a_number_is_consent_to_none(world: World) -> None:
    lead_id = await world.arrive(MAYA)
    body = cast.form(MAYA, form_metadata={"consent_given": GIVEN})
    body["contact"] |= {"phone": ""}
    assert (await world.post_form(body)).status_code == 201
    await world.live(days=6)

    assert world.texts_to(MAYA) == []
    assert await world.rows(consents, lead_id=lead_id, channel="sms") == []


@SQLITE
@pytest.mark.parametrize(
    "newer,word",
    [
        ("Let me look at it again tonight", "conversation_moved"),
        ("We bought elsewhere, thank you", "conversation_moved"),
        ("", ""),
    ],
)
async def test_a_persons_text_held_by_night_does_not_leave_over_newer_words(
    open_world: Opens, newer: str, word: str
) -> None:
    async with open_world(at=cast.TUESDAY_NIGHT) as world:
        lead_id = await world.arrive(MAYA, text_consent="yes")
        await world.live(minutes=5)
        await world.sign_in()
        fields = {"channel": "sms", "body": "Yes, see you at 5", "generation": await generation(world, lead_id)}
        assert (await world.press(lead_id, "reply", **fields)).status_code < 400
        await world.live(minutes=5)
        if newer:
            await world.mail(cast.mail(MAYA, newer, at=world.clock.now()))
        await world.live(hours=14)

        assert ("Yes, see you at 5" in "".join(text.body for text in world.texts_to(MAYA))) is not bool(newer)
        (touch,) = await world.touches(lead_id, kind="manual")
        assert touch.word == word
        kinds = [todo.kind for todo in await world.open_todos(lead_id)]
        assert ("answer" in kinds) is bool(newer)


@SQLITE
async def test_a_persons_own_email_names_the_office_and_the_way_out(world: World) -> None:
    lead_id = await world.arrive(MAYA)
    await world.live(minutes=5)
    await world.sign_in()
    words = "Here is the list {first_name}."
    fields = {"channel": "email", "subject": "List", "body": words, "generation": await generation(world, lead_id)}
    await world.press(lead_id, "reply", **fields)
    await world.live(minutes=1)

    body = world.emails_to(MAYA)[-1].text
    assert body.startswith(words), "what a person writes is never filled in"
    assert world.tend.team.postal_address in body
    assert f"{world.tend.settings.public_url}/u/" in body


@SQLITE
async def test_who_took_their_stop_back_is_woken_by_text_as_well(world: World) -> None:
    await world.arrive(MAYA, text_consent="yes")
    await world.live(days=1)
    await world.text(MAYA, "STOP")
    await world.live(days=1)
    await world.text(MAYA, "START")
    await world.sign_in()
    await world.press(await world.lead_id(MAYA), "done")
    await world.live(days=100)

    assert dict((await reactivation.preview(world.tend)).notes) == {}, "consent from before the stop counts again"


@SQLITE
async def test_the_clock_they_told_a_person_counts_before_their_number(open_world: Opens) -> None:
    async with open_world(at=cast.TUESDAY_NIGHT) as world:
        lead_id = await world.arrive(MAYA, text_consent="yes")
        await world.sign_in()
        assert (await world.press(lead_id, "zone", zone="Pacific/Honolulu")).status_code < 400
        assert (await world.press(lead_id, "zone", zone="Europe/Berlin")).status_code == 404
        lead = await world.lead(lead_id)
        assert (lead.zones, lead.zone_source) == ("Pacific/Honolulu", "told")

        await world.post_form(cast.form(MAYA))
        await world.live(hours=13)
        assert world.texts_to(MAYA) == [], "it is before nine in Honolulu"
        assert (await world.lead(lead_id)).zone_source == "told", "a form with an address takes nothing back"
        await world.live(hours=3)
        assert len(world.texts_to(MAYA)) == 1
