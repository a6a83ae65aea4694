"""Story 2, told further: what is confirmed, what a doubt waits for, how far a stop reaches, and the ways back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest

from agent.flows import permitting
from agent.rules.consent import standing
from agent.store import messages as message_store
from agent.store.tables import consents, lead_events, outbox, suppressions, todos
from channels.outcomes import Refused
from channels.providers.memory import MemorySmsSender
from integrations.language_model import Answer, Intent, Reading, ReadingRequest, Sentiment, Urgency
from integrations.providers.local_reader import LocalReader
from tests import cast
from tests.cast import HANK, JUNE, MAYA, RUTH, WALT, Lead
from tests.stories.conftest import SQLITE, Opens
from tests.stories.world import World


@dataclass(frozen=True, slots=True)
class Model:
    """A language model that reads everything in one way."""

    intent: Intent

    async def read(self, request: ReadingRequest) -> Answer:
        return Answer(Reading(self.intent, Sentiment.NEUTRAL, Urgency.LOW, 0.9, "says so", request.text, "model-1"))


async def allows_texts(world: World, lead_id: UUID) -> bool:
    async with world.tend.reading() as conn:
        entries = await message_store.consent_entries(conn, team_id=world.tend.team_id, lead_id=lead_id)
    return standing(entries, channel="sms").allowed


async def generation(world: World, lead_id: UUID) -> str:
    found = re.search(r'name="generation" value="(\d+)"', (await world.client.get(world.path(lead_id))).text)
    assert found is not None
    return found[1]


# ---- what is confirmed


async def test_a_stop_by_text_is_confirmed_once_to_the_phone_it_came_from(world: World) -> None:
    await world.arrive(HANK, text_consent="yes")
    await world.live(minutes=2)
    before = len(world.texts_to(HANK))

    await world.text(HANK, "please stop texting me")
    await world.live(minutes=1)
    await world.text(HANK, "STOP")
    await world.text(HANK, "I said stop")
    await world.live(days=3)

    (confirmation,) = world.texts_to(HANK)[before:]
    assert confirmation.body.startswith("Alder Realty: you are opted out.")


@SQLITE
async def test_a_confirmation_that_comes_too_late_is_not_sent(world: World) -> None:
    lead_id = await world.arrive(HANK, text_consent="yes")
    await world.live(minutes=2)
    await world.text(HANK, "STOP")

    world.clock.advance(timedelta(minutes=6))
    await world.settle()

    (touch,) = await world.touches(lead_id, purpose="stop-confirmation")
    assert (touch.state, touch.word) == ("skipped", "late")


@SQLITE
async def test_a_stop_taken_back_at_once_is_not_confirmed(world: World) -> None:
    lead_id = await world.arrive(HANK, text_consent="yes")
    await world.live(minutes=2)
    before = len(world.texts_to(HANK))
    await world.text(HANK, "STOP")
    await world.text(HANK, "START")

    await world.live(minutes=5)

    (touch,) = await world.touches(lead_id, purpose="stop-confirmation")
    assert (touch.state, touch.word) == ("skipped", "conversation_moved")
    assert len(world.texts_to(HANK)) == before


@SQLITE
async def test_what_the_carrier_answers_itself_is_not_answered_again(open_world: Opens) -> None:
    async with open_world(sms=MemorySmsSender(answered=frozenset({"stop", "help"}))) as world:
        await world.arrive(HANK)
        await world.arrive(MAYA)
        for lead, words, keyword in ((HANK, "HELP", ""), (HANK, "Stop", ""), (MAYA, "info", "HELP")):
            await world.text(lead, words, keyword=keyword)
        await world.live(days=1)

        assert world.texts_to(HANK) == world.texts_to(MAYA) == []


@SQLITE
async def test_a_stop_the_carrier_reports_counts_and_the_phones_own_start_takes_it_back(open_world: Opens) -> None:
    phone = MemorySmsSender()
    phone.script(Refused("opted_out", "21610"))
    async with open_world(sms=phone) as world:
        lead_id = await world.arrive(HANK, text_consent="yes")
        await world.live(minutes=5)
        assert (await world.lead(lead_id)).end_reason == "opted out"

        await world.text(HANK, "START")

        assert None not in {row.lifted_at for row in await world.rows(suppressions, channel="sms")}
        assert await allows_texts(world, lead_id)


# ---- said twice


async def test_unsubscribing_twice_adds_nothing_to_the_ledger_the_timeline_or_the_crm(world: World) -> None:
    lead_id = await world.arrive(RUTH, text_consent="yes")
    (email,) = world.emails_to(RUTH)
    link = dict(email.headers)["List-Unsubscribe"].strip("<>")
    await world.client.post(link)
    once = [len(await world.rows(table, lead_id=lead_id)) for table in (consents, lead_events, outbox)]

    for _ in range(3):
        world.clock.advance(timedelta(hours=1))
        assert (await world.client.post(link)).status_code == 200

    assert [len(await world.rows(table, lead_id=lead_id)) for table in (consents, lead_events, outbox)] == once
    assert len(await world.rows(consents, lead_id=lead_id, action="revoked")) == 2


# ---- how far it reaches


@SQLITE
async def test_with_the_scope_channel_a_stop_by_text_leaves_email(open_world: Opens) -> None:
    async with open_world(tend_stop_scope="channel") as world:
        lead_id = await world.arrive(HANK, text_consent="yes")
        await world.live(minutes=2)
        texts, emails = len(world.texts_to(HANK)), len(world.emails_to(HANK))

        await world.text(HANK, "STOP")
        await world.live(days=12)

        assert len(world.texts_to(HANK)) == texts + 1, "the confirmation"
        assert len(world.emails_to(HANK)) > emails
        assert {row.channel for row in await world.rows(suppressions)} == {"sms"}
        assert (await world.lead(lead_id)).end_reason == ""

        await world.mail(cast.mail(HANK, "unsubscribe"))
        assert (await world.lead(lead_id)).end_reason == "opted out"


async def test_the_wrong_person_closes_the_number_and_nothing_else_of_theirs(world: World) -> None:
    lead_id = await world.arrive(HANK, text_consent="yes")
    await world.live(minutes=2)
    before = world.sent_to(HANK)

    await world.text(HANK, "Sorry, wrong number")
    await world.live(days=20)

    (closed,) = await world.rows(suppressions)
    assert (closed.channel, closed.reason) == ("sms", "wrong person")
    assert (await world.lead(lead_id)).end_reason == "wrong person"
    assert world.sent_to(HANK) == before + 1, "the confirmation"


@SQLITE
async def test_an_unsubscribe_does_not_end_one_who_shares_only_the_phone(world: World) -> None:
    june, walt = await world.arrive(JUNE, text_consent="yes"), await world.arrive(WALT, text_consent="yes")

    await permitting.unsubscribe(world.tend, june)

    assert (await world.lead(june)).end_reason == "opted out"
    assert (await world.lead(walt)).end_reason == ""
    assert {row.channel for row in await world.rows(suppressions)} == {"sms", "email"}


@SQLITE
@pytest.mark.parametrize(
    "subject, body", [("Unsubscribe", "Ruth Adler"), ("RE: take me off your list", "Sent from my phone")]
)
async def test_a_stop_in_the_subject_line_counts(world: World, subject: str, body: str) -> None:
    lead_id = await world.arrive(RUTH)

    await world.mail(cast.mail(RUTH, body, subject=subject))

    assert (await world.lead(lead_id)).end_reason == "opted out"


@SQLITE
@pytest.mark.parametrize("around", ["Re: {}", "[EXTERNAL] RE: {}"])
async def test_our_own_subject_sent_back_is_not_their_words(world: World, around: str) -> None:
    lead_id = await world.arrive(RUTH)
    await world.mail(cast.mail(RUTH, "Help", subject="Hello"))
    await world.settle()
    ours = world.emails_to(RUTH)[-1].subject
    assert "stop" in ours

    await world.mail(cast.mail(RUTH, "Thanks for telling me who you are", subject=around.format(ours)))

    assert (await world.lead(lead_id)).end_reason == ""
    assert await world.rows(todos, kind="opt_out_doubt") == []


@SQLITE
async def test_a_phone_that_answers_while_its_owner_drives_changes_nothing(world: World) -> None:
    lead_id = await world.arrive(HANK, text_consent="yes")
    await world.live(minutes=2)

    await world.text(HANK, "Auto-reply: I'm driving right now. To stop these messages reply STOP.")
    await world.settle()

    assert (await world.enrollment(lead_id)).state == "active"
    assert (await world.lead(lead_id)).last_inbound_at is None
    assert await world.rows(suppressions) == []


# ---- doubt


async def in_doubt(world: World, lead: Lead) -> UUID:
    lead_id = await world.arrive(lead, text_consent="yes")
    await world.live(minutes=5)
    await world.text(lead, "maybe stop the texts for now, email is fine")
    await world.settle()
    return lead_id


async def test_done_does_not_decide_a_doubt_and_nobody_writes_until_it_is_decided(world: World) -> None:
    lead_id = await in_doubt(world, MAYA)
    await world.sign_in()
    before = world.sent_to(MAYA)

    await world.press(lead_id, "done")
    await world.press(lead_id, "call")
    refused = await world.press(
        lead_id, "reply", channel="email", body="Hello", generation=await generation(world, lead_id)
    )
    await world.live(days=10)

    assert "may ask us to stop" in refused.text
    assert world.sent_to(MAYA) == before
    assert "opt_out_doubt" in [todo.kind for todo in await world.open_todos(lead_id)]
    assert (await world.enrollment(lead_id)).resume_at is None

    await world.press(lead_id, "resume")
    await world.live(days=4)
    assert "opt_out_doubt" not in [todo.kind for todo in await world.open_todos(lead_id)]
    assert world.sent_to(MAYA) > before


@SQLITE
async def test_a_doubt_pauses_all_who_share_the_phone_and_one_decision_is_enough(world: World) -> None:
    walt = await world.arrive(WALT, text_consent="yes")
    june = await in_doubt(world, JUNE)
    assert {todo.lead_id for todo in await world.rows(todos, kind="opt_out_doubt", state="open")} == {june, walt}
    await world.sign_in()

    await world.press(walt, "resume")

    assert await world.rows(todos, kind="opt_out_doubt", state="open") == []
    assert (await world.enrollment(june)).state == (await world.enrollment(walt)).state == "active"


@SQLITE
async def test_a_model_may_raise_a_doubt_to_a_stop(open_world: Opens) -> None:
    async with open_world(reader=Model(Intent.OPT_OUT)) as world:
        lead_id = await in_doubt(world, MAYA)

        assert (await world.lead(lead_id)).end_reason == "opted out"
        assert await world.open_todos(lead_id) == []


@SQLITE
@pytest.mark.parametrize("intent", [Intent.THANKS, Intent.NOT_INTERESTED, Intent.ARE_YOU_A_BOT, Intent.AFFIRM])
async def test_no_reading_lowers_a_doubt(open_world: Opens, intent: Intent) -> None:
    async with open_world(reader=Model(intent)) as world:
        lead_id = await in_doubt(world, MAYA)
        before = world.sent_to(MAYA)

        await world.text(MAYA, "ok thanks")
        await world.live(days=15)

        assert "opt_out_doubt" in [todo.kind for todo in await world.open_todos(lead_id)]
        assert world.sent_to(MAYA) == before
        assert (await world.enrollment(lead_id)).state == "paused"


@SQLITE
async def test_the_local_reader_raises_no_further_than_a_doubt(world: World) -> None:
    words = "don't text me after 9pm"
    assert (await LocalReader().read(ReadingRequest(text=words))).reading.intent is Intent.OPT_OUT
    lead_id = await world.arrive(MAYA, text_consent="yes")

    await world.text(MAYA, words)
    await world.settle()

    assert (await world.lead(lead_id)).end_reason == ""
    assert [todo.kind for todo in await world.open_todos(lead_id)] == ["opt_out_doubt"]


# ---- the ways back


async def test_start_lets_the_consent_from_before_the_stop_count_again(world: World) -> None:
    lead_id = await world.arrive(HANK, text_consent="yes")
    await world.live(minutes=2)
    await world.text(HANK, "STOP")
    await world.settle()
    assert not await allows_texts(world, lead_id)
    world.clock.advance(timedelta(days=1))

    await world.text(HANK, "START")

    assert await allows_texts(world, lead_id)
    await world.sign_in()
    before = len(world.texts_to(HANK))
    await world.press(lead_id, "reply", channel="sms", body="Good to hear", generation=await generation(world, lead_id))
    await world.live(hours=12)
    assert [text.body for text in world.texts_to(HANK)[before:]] == ["Good to hear"]


async def test_words_read_after_the_stop_do_not_take_its_place(world: World) -> None:
    lead_id = await world.arrive(HANK, text_consent="yes")
    await world.text(HANK, "Not interested, thanks")
    await world.text(HANK, "STOP")

    await world.live(minutes=1)
    assert (await world.lead(lead_id)).end_reason == "opted out"
    await world.text(HANK, "START")

    assert (await world.lead(lead_id)).end_reason == ""


async def test_start_does_not_open_what_a_person_closed(world: World) -> None:
    lead_id = await world.arrive(HANK, text_consent="yes")
    await permitting.opt_out(world.tend, lead_id, user_id=None)
    await world.text(HANK, "STOP")
    world.clock.advance(timedelta(days=1))

    await world.text(HANK, "START")

    assert {row.lifted_at for row in await world.rows(suppressions)} == {None}
    assert not await allows_texts(world, lead_id)
    (todo,) = await world.open_todos(lead_id)
    assert "stays closed" in world.opened(todos, "action", todo)


async def test_a_person_opens_email_again_only_with_a_reason_which_is_kept(world: World) -> None:
    lead_id = await world.arrive(RUTH, text_consent="yes")
    await world.text(RUTH, "STOP")
    await world.live(hours=1)
    await world.sign_in()
    before = len(world.emails_to(RUTH))

    refused = await world.press(lead_id, "allow-email", reason="  ")
    assert "Say when and how" in refused.text
    await world.press(lead_id, "allow-email", reason="rang on Tuesday and asked for listings")
    await world.press(
        lead_id, "reply", channel="email", body="As you asked", generation=await generation(world, lead_id)
    )
    await world.live(minutes=2)

    assert len(world.emails_to(RUTH)) == before + 1
    granted = await world.rows(consents, lead_id=lead_id, channel="email", action="granted")
    assert [row.basis for row in granted if row.source == "told dana"] == ["what a person was told"]
    said = [world.opened(lead_events, "payload", row) for row in await world.rows(lead_events, kind="opted_in")]
    assert "rang on Tuesday" in said[0]
    assert {row.channel for row in await world.rows(suppressions, lifted_at=None)} == {"sms"}


@SQLITE
async def test_the_consent_page_does_not_open_a_number_that_asked_to_stop(world: World) -> None:
    lead_id = await world.arrive(MAYA)
    (email,) = world.emails_to(MAYA)
    link = re.search(r"http\S+/u/\S+/texts", email.text)
    assert link is not None
    await world.text(MAYA, "STOP")
    world.clock.advance(timedelta(hours=1))

    answer = await world.client.post(link[0], data={"agree": "yes"})

    assert answer.status_code == 409
    assert "closed to texts" in answer.text
    assert "send START" in answer.text
    assert await world.rows(consents, lead_id=lead_id, action="granted", channel="sms") == []


@SQLITE
async def test_the_same_wording_agreed_to_again_after_a_stop_is_entered_again(world: World) -> None:
    agreed = {"consent_given": {"email": True, "sms": True, "wording": "I agree to texts."}}
    form = cast.form(MAYA)
    form["form_metadata"] |= agreed
    assert (await world.post_form(form)).status_code == 201
    await world.settle()
    lead_id = await world.lead_id(MAYA)
    await world.text(MAYA, "STOP")
    world.clock.advance(timedelta(days=2))

    form["campaign_id"] = "another"
    await world.post_form(form)
    await world.settle()

    assert len(await world.rows(consents, lead_id=lead_id, channel="sms", action="granted")) == 2
