"""Story 5: a person signs in, sees who waits and why, and what they press is done: one function, one transaction."""

from __future__ import annotations

import re
from uuid import UUID

from agent.store.tables import conversations, suppressions
from tests import cast
from tests.cast import MAYA, RUTH
from tests.stories.conftest import SQLITE
from tests.stories.world import World


async def asked(world: World) -> UUID:
    """Maya has consented to texts and asks to see a house."""
    lead_id = await world.arrive(MAYA, text_consent="yes")
    await world.live(minutes=5)
    await world.text(MAYA, "Can we see it Saturday?")
    await world.settle()
    return lead_id


async def test_the_queue_and_the_leads_page_show_who_waits_their_words_and_why(world: World) -> None:
    lead_id = await asked(world)
    await world.sign_in()

    queue = (await world.client.get("/")).text
    page = (await world.client.get(world.path(lead_id))).text

    for shown in (queue, page):
        assert "Maya Okafor" in shown
        assert "Can we see it Saturday?" in shown
    assert "Call Maya" in queue
    assert "automated assistant" in page


async def test_without_a_session_nothing_is_shown_and_nothing_is_done(world: World) -> None:
    lead_id = await world.arrive(MAYA)

    assert (await world.client.get("/", headers={"Accept": "text/html"})).headers["location"] == "/login"
    assert (await world.press(lead_id, "opt-out")).status_code in {303, 401}
    assert await world.rows(suppressions) == []


async def test_pause_is_silence_until_resume(world: World) -> None:
    lead_id = await world.arrive(MAYA, text_consent="yes")
    await world.live(minutes=5)
    before = world.sent_to(MAYA)
    await world.sign_in()

    assert (await world.press(lead_id, "pause")).status_code == 303
    await world.live(days=5)
    assert world.sent_to(MAYA) == before
    assert (await world.enrollment(lead_id)).state == "paused"
    assert [todo.kind for todo in await world.open_todos(lead_id)] == ["follow_up"]

    assert (await world.press(lead_id, "resume")).status_code == 303
    await world.live(days=2)
    assert world.sent_to(MAYA) > before
    assert await world.open_todos(lead_id) == [] or (await world.open_todos(lead_id))[0].kind == "call"


async def test_a_reply_written_by_a_person_goes_through_the_gate_and_takes_the_conversation(world: World) -> None:
    lead_id = await asked(world)
    await world.sign_in()
    page = (await world.client.get(world.path(lead_id))).text
    generation = re.search(r'name="generation" value="(\d+)"', page)
    assert generation is not None
    before = len(world.texts_to(MAYA))

    await world.press(lead_id, "reply", channel="sms", body="Saturday at 11 it is. Dana", generation=generation[1])
    await world.live(minutes=1)

    (text,) = world.texts_to(MAYA)[before:]
    assert text.body == "Saturday at 11 it is. Dana"
    (talk,) = await world.rows(conversations, lead_id=lead_id)
    assert talk.owner == "human"
    assert [todo.kind for todo in await world.open_todos(lead_id)] == ["follow_up"]
    (manual,) = await world.touches(lead_id, kind="manual")
    assert (manual.state, manual.by_user_id) == ("sent", world.tend.user_ids["dana"])


@SQLITE
async def test_a_reply_to_a_lead_without_consent_to_texts_is_skipped_with_the_reason(world: World) -> None:
    lead_id = await world.arrive(RUTH)
    await world.sign_in()

    await world.press(lead_id, "reply", channel="sms", body="Hello Ruth", generation="1")
    await world.settle()

    (manual,) = await world.touches(lead_id, kind="manual")
    assert (manual.state, manual.word) == ("skipped", "no_consent")
    assert world.texts_to(RUTH) == []


async def test_opt_out_on_the_page_is_as_if_they_had_said_it(world: World) -> None:
    lead_id = await asked(world)
    await world.sign_in()
    before = world.sent_to(MAYA)

    assert (await world.press(lead_id, "opt-out")).status_code == 303
    await world.live(days=31)

    assert world.sent_to(MAYA) == before
    assert (await world.lead(lead_id)).end_reason == "opted out"
    assert {row.channel for row in await world.rows(suppressions)} == {"sms", "email"}
    assert "Opted out" in [note["subject"] for note in world.account.notes.values()]


@SQLITE
async def test_done_gives_the_conversation_back_and_the_sequence_goes_on_in_three_days(world: World) -> None:
    lead_id = await asked(world)
    await world.sign_in()
    await world.press(lead_id, "call")
    await world.press(lead_id, "done")
    before = world.sent_to(MAYA)

    await world.live(days=2)
    assert world.sent_to(MAYA) == before
    assert await world.open_todos(lead_id) == []
    await world.live(days=4)
    assert world.sent_to(MAYA) > before


@SQLITE
async def test_the_unsubscribe_link_in_an_email_ends_everything_by_one_post(world: World) -> None:
    lead_id = await world.arrive(RUTH, text_consent="yes")
    (email,) = world.emails_to(RUTH)
    link = dict(email.headers)["List-Unsubscribe"].strip("<>")
    before = world.sent_to(RUTH)
    assert (await world.client.get(link)).status_code == 200
    assert (await world.lead(lead_id)).end_reason == ""

    answer = await world.client.post(link, data={"List-Unsubscribe": "One-Click"})
    await world.live(days=31)

    assert answer.status_code == 200
    assert world.sent_to(RUTH) == before
    assert (await world.lead(lead_id)).end_reason == "opted out"


@SQLITE
async def test_the_consent_page_in_an_email_opens_texts_with_the_words_that_were_shown(world: World) -> None:
    lead_id = await world.arrive(MAYA)
    (email,) = world.emails_to(MAYA)
    link = re.search(r"http\S+/u/\S+/texts", email.text)
    assert link is not None
    await world.client.post(link[0], data={"agree": "yes"})
    answer = await world.post_form(cast.form(MAYA))
    assert answer.status_code == 201
    await world.live(days=8)

    texts = world.texts_to(MAYA)
    assert texts
    assert (await world.lead(lead_id)).end_reason == ""
