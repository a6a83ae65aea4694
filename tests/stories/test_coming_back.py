"""Somebody Tend knows comes again: by form, through the CRM, or by text after they were deleted. Nobody meets silence.

And nobody is announced again and again: what a CRM says of a person counts once.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from agent.flows import controls
from agent.store.tables import (
    alerts,
    consents,
    enrollments,
    lead_events,
    leads,
    messages,
    model_calls,
    submissions,
    suppressions,
    todos,
)
from integrations.language_model import Answer, ReadingRequest
from integrations.providers.local_reader import LocalReader
from tests import cast
from tests.cast import DIEGO, MAYA, OLIVE
from tests.stories.conftest import SQLITE, Opens
from tests.stories.world import World

ASKS = "What are the HOA fees at 1200 Barton Hills Drive?"
WANTS_TO_SEE = "Can I see 1200 Barton Hills Drive on Saturday?"


class Counting(LocalReader):
    """A reader that remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    async def read(self, request: ReadingRequest) -> Answer:
        self.asked.append(request.text)
        return await super().read(request)


async def opt_out_of(world: World, lead: cast.Lead) -> None:
    """Let somebody say stop by text."""
    assert (await world.text(lead, "STOP")).status_code == 200
    await world.live(minutes=1)


def asking(lead: cast.Lead, message: str, *, campaign: str = "contact") -> dict[str, object]:
    """A form with words."""
    return cast.form(lead, campaign=campaign, source="contact-form", lead_details={"message": message})


# ---- by form


async def test_an_old_contact_who_sends_a_form_is_enrolled_and_answered_within_minutes(world: World) -> None:
    lead_id = await world.arrive(OLIVE, created=world.clock.now() - timedelta(days=2000))
    assert (await world.lead(lead_id)).end_reason.startswith("waiting")

    assert (await world.post_form(asking(OLIVE, "We would like to buy again"))).status_code == 201
    await world.live(minutes=5)

    assert len(world.emails_to(OLIVE)) == 1
    assert (await world.enrollment(lead_id)).state == "active"
    assert (await world.lead(lead_id)).end_reason == ""


async def test_a_question_by_form_in_the_middle_of_a_sequence_pauses_it_and_asks_a_person(world: World) -> None:
    lead_id = await world.arrive(MAYA)
    await world.live(days=1)
    before = world.sent_to(MAYA)

    answer = await world.post_form(asking(MAYA, ASKS))
    await world.live(days=2)

    assert answer.json()["next_steps"]["expected_response_time"] != "within 5 minutes"
    assert "answer" in [todo.kind for todo in await world.open_todos(lead_id)]
    assert (await world.enrollment(lead_id)).state == "paused"
    assert (await world.lead(lead_id)).last_inbound_at is not None
    assert world.sent_to(MAYA) == before


@SQLITE
async def test_a_form_without_words_in_the_middle_of_a_sequence_asks_a_person_and_pauses_nothing(world: World) -> None:
    lead_id = await world.arrive(MAYA)
    await world.live(days=1)

    await world.post_form(cast.form(MAYA))
    await world.settle()

    (todo,) = await world.rows(todos, lead_id=lead_id, kind="answer")
    assert "landing-page" in world.opened(todos, "action", todo)
    assert (await world.enrollment(lead_id)).state == "active"


async def test_the_same_form_again_within_a_day_is_a_duplicate_whose_stop_is_obeyed(world: World) -> None:
    await world.post_form(cast.form(MAYA))
    await world.live(minutes=1)
    before = world.sent_to(MAYA)

    answer = await world.post_form(cast.form(MAYA, lead_details={"message": "Please stop contacting me"}))
    await world.live(days=2)

    assert answer.status_code == 409
    assert world.sent_to(MAYA) == before
    assert (await world.lead(await world.lead_id(MAYA))).end_reason == "opted out"


@SQLITE
async def test_the_same_form_again_within_a_day_reaches_a_person_once_with_its_new_words(world: World) -> None:
    await world.post_form(cast.form(MAYA))
    await world.live(minutes=20)
    lead_id = await world.lead_id(MAYA)

    for words in (WANTS_TO_SEE, WANTS_TO_SEE.upper(), f" {WANTS_TO_SEE}"):
        answer = await world.post_form(cast.form(MAYA, lead_details={"message": words}), idempotency_key="again")
        assert answer.status_code == 409
        await world.live(minutes=1)

    assert [todo.hot for todo in await world.open_todos(lead_id)] == [True]
    assert (await world.enrollment(lead_id)).state == "paused"
    assert len(await world.rows(submissions, repeats=True)) == 1
    assert len(await world.rows(lead_events, kind="seen_again")) == 0
    assert len(await world.rows(lead_events, kind="form_repeated")) == 3


@SQLITE
async def test_a_form_sent_twice_with_the_same_words_is_heard_once_and_its_day_does_not_begin_anew(
    world: World,
) -> None:
    for _ in range(2):
        await world.post_form(asking(MAYA, "We would like to buy"))
        await world.live(minutes=1)
    assert (await world.enrollment(await world.lead_id(MAYA))).state == "active"

    world.clock.advance(timedelta(hours=23))
    assert (await world.post_form(asking(MAYA, "Hello?"))).status_code == 409
    world.clock.advance(timedelta(hours=1))
    assert (await world.post_form(asking(MAYA, "Hello?"))).status_code == 201


@SQLITE
async def test_whoever_comes_back_for_a_campaign_that_is_paused_is_a_persons(world: World) -> None:
    lead_id = await world.arrive(OLIVE, created=world.clock.now() - timedelta(days=900))
    await world.post_form(cast.form(MAYA, campaign="autumn"))
    await world.live(minutes=1)
    await controls.confirm_campaign(world.tend, "autumn", status="paused")

    await world.post_form(cast.form(OLIVE, campaign="autumn"))
    await world.live(minutes=1)

    (todo,) = await world.open_todos(lead_id)
    assert todo.kind == "answer"
    assert "paused" in world.opened(todos, "reasons", todo)
    assert world.sent_to(OLIVE) == 0


@SQLITE
async def test_two_forms_before_the_first_email_are_answered_by_it(world: World) -> None:
    await world.post_form(cast.form(MAYA))
    await world.post_form(cast.form(MAYA, campaign="open-house"))
    await world.live(minutes=5)

    assert len(world.emails_to(MAYA)) == 1
    assert await world.open_todos(await world.lead_id(MAYA)) == []


async def test_fresh_consent_from_somebody_who_opted_out_goes_to_a_person_and_opens_nothing(world: World) -> None:
    lead_id = await world.arrive(MAYA, text_consent="yes")
    await world.live(minutes=5)
    await opt_out_of(world, MAYA)
    before = world.sent_to(MAYA)

    given = {"email": True, "sms": True, "wording": "I agree to texts again."}
    body = asking(MAYA, "Please write to me again about condos") | {"form_metadata": {"consent_given": given}}
    assert (await world.post_form(body)).status_code == 201
    await world.live(days=3)

    assert world.sent_to(MAYA) == before
    assert [todo.kind for todo in await world.open_todos(lead_id)] == ["answer"]
    assert (await world.lead(lead_id)).end_reason == "opted out"
    assert all(row.lifted_at is None for row in await world.rows(suppressions))


@SQLITE
async def test_a_past_client_who_asks_for_a_showing_reaches_a_person_at_once_and_gets_no_sequence(
    world: World,
) -> None:
    lead_id = await world.arrive(OLIVE, stage="Closed")
    await world.post_form(asking(OLIVE, WANTS_TO_SEE))
    await world.live(minutes=2)

    (todo,) = await world.open_todos(lead_id)
    assert todo.hot
    assert len(await world.rows(alerts, lead_id=lead_id)) > 0
    assert await world.rows(enrollments, lead_id=lead_id) == []
    assert world.sent_to(OLIVE) == 0


@SQLITE
async def test_whoever_comes_back_by_a_paused_campaign_goes_to_a_person(world: World) -> None:
    lead_id = await world.arrive(OLIVE, created=world.clock.now() - timedelta(days=900))
    await world.post_form(cast.form(MAYA, campaign="autumn"))
    await world.live(minutes=1)
    await controls.confirm_campaign(world.tend, "autumn", status="paused")

    answer = await world.post_form(cast.form(OLIVE, campaign="autumn"))
    assert answer.json()["next_steps"]["expected_response_time"] == "within 4 hours, where it needs an answer"
    await world.live(hours=1)

    (todo,) = await world.open_todos(lead_id)
    assert (todo.kind, todo.due_at - world.clock.now() <= timedelta(hours=3)) == ("answer", True)
    assert "is paused" in world.opened(todos, "reasons", todo)
    assert world.sent_to(OLIVE) == 0


@SQLITE
async def test_whoever_was_archived_and_sends_a_form_starts_again(world: World) -> None:
    lead_id = await world.arrive(MAYA)
    await world.live(days=61)
    for todo in await world.open_todos(lead_id):
        assert todo.kind == "call"
    assert (await world.lead(lead_id)).end_reason.startswith("archived")
    before = len(world.emails_to(MAYA))

    await world.post_form(cast.form(MAYA))
    await world.live(minutes=5)

    assert len(world.emails_to(MAYA)) == before + 1
    assert sorted(row.state for row in await world.rows(enrollments, lead_id=lead_id)) == ["active", "completed"]


@SQLITE
async def test_whoever_comes_back_during_the_cool_down_is_a_persons_and_gets_no_second_round(world: World) -> None:
    lead_id = await world.arrive(MAYA)
    await world.live(days=40)
    await world.sign_in()
    await world.press(lead_id, "done")
    before = world.sent_to(MAYA)

    await world.post_form(cast.form(MAYA))
    await world.live(days=3)

    assert world.sent_to(MAYA) == before
    (todo,) = await world.open_todos(lead_id)
    assert todo.kind == "answer"
    assert [row.state for row in await world.rows(enrollments, lead_id=lead_id)] == ["completed"]


@SQLITE
@pytest.mark.parametrize("known", [False, True])
async def test_stop_written_into_a_form_is_obeyed(world: World, known: bool) -> None:  # noqa: FBT001 - a case
    if known:
        await world.arrive(MAYA)
        await world.live(days=1)
    before = world.sent_to(MAYA)
    await world.post_form(asking(MAYA, "Take me off your list and stop emailing me"))
    await world.live(days=5)

    assert world.sent_to(MAYA) == before
    lead_id = await world.lead_id(MAYA)
    kinds = [todo.kind for todo in await world.open_todos(lead_id)]
    assert (await world.lead(lead_id)).end_reason == "opted out" or kinds == ["opt_out_doubt"]


@SQLITE
async def test_the_first_form_arrives_and_the_next_is_seen_again(world: World) -> None:
    await world.post_form(cast.form(MAYA))
    await world.live(minutes=5)
    await world.post_form(cast.form(MAYA, campaign="open-house"))
    await world.settle()

    kinds = [row.kind for row in await world.rows(lead_events)]
    assert (kinds.count("arrived"), kinds.count("seen_again")) == (1, 1)


# ---- through the CRM


async def test_a_crm_that_repeats_itself_alerts_once_and_is_read_once(open_world: Opens) -> None:
    reader = Counting()
    async with open_world(reader=reader) as world:
        lead_id = await world.arrive(MAYA, background=WANTS_TO_SEE)
        await world.live(minutes=1)
        heard = len(await world.rows(alerts, lead_id=lead_id))
        assert heard > 0
        await controls.done(world.tend, lead_id, user_id=None)
        (person_id,) = world.account.people
        for _ in range(5):
            await world.push("peopleUpdated", [person_id])
            await world.live(minutes=1)

        assert len(await world.rows(alerts, lead_id=lead_id)) == heard
        assert reader.asked == [WANTS_TO_SEE]
        assert [row.kind for row in await world.rows(lead_events, lead_id=lead_id)].count("seen_again") == 0
        assert await world.rows(model_calls) == []


@SQLITE
async def test_an_old_contact_whose_background_asks_for_a_showing_alerts_nobody(world: World) -> None:
    old = world.clock.now() - timedelta(days=2000)
    lead_id = await world.arrive(OLIVE, created=old, background=WANTS_TO_SEE)
    (person_id,) = world.account.people
    await world.push("peopleUpdated", [person_id])
    await world.live(minutes=1)

    assert await world.open_todos(lead_id) == []
    assert await world.rows(alerts) == []


@SQLITE
async def test_a_background_that_changed_is_read_anew(open_world: Opens) -> None:
    reader = Counting()
    async with open_world(reader=reader) as world:
        lead_id = await world.arrive(MAYA, background="Interested in Barton Hills")
        await world.live(minutes=1)
        assert await world.open_todos(lead_id) == []
        (person_id,) = world.account.people
        world.account.change_person(person_id, background=WANTS_TO_SEE)
        for _ in range(3):
            await world.push("peopleUpdated", [person_id])
        await world.live(minutes=1)

        (todo,) = await world.open_todos(lead_id)
        assert (todo.kind, todo.hot) == ("showing", True)
        assert reader.asked == ["Interested in Barton Hills", WANTS_TO_SEE]
        assert (await world.enrollment(lead_id)).state == "paused"


@SQLITE
async def test_a_crm_event_takes_back_neither_contacted_nor_what_a_stage_meant(world: World) -> None:
    lead_id = await world.arrive(MAYA)
    await world.live(minutes=5)
    assert (await world.lead(lead_id)).status == "contacted"
    (person_id,) = world.account.people
    await world.push("peopleUpdated", [person_id])
    await world.settle()
    assert (await world.lead(lead_id)).status == "contacted"

    world.account.change_person(person_id, stage="Closed")
    await world.push("peopleStageUpdated", [person_id])
    await world.settle()
    lead = await world.lead(lead_id)
    assert (lead.status, lead.qualification) == ("closed_won", "customer")


@SQLITE
async def test_a_crm_event_closes_no_conversation_a_person_has(world: World) -> None:
    lead_id = await world.arrive(MAYA)
    await world.live(days=40)
    assert (await world.lead(lead_id)).end_reason.startswith("archived")
    await world.text(MAYA, "Do you have anything near Zilker?")
    await world.settle()
    (person_id,) = world.account.people
    await world.push("peopleUpdated", [person_id])
    await world.settle()

    assert (await world.lead(lead_id)).end_reason == ""


@SQLITE
async def test_meeting_the_crm_record_of_a_lead_from_a_form_does_not_make_it_new(world: World) -> None:
    await world.post_form(cast.form(DIEGO))
    await world.live(minutes=5)

    await world.push("peopleCreated", list(world.account.people))
    await world.live(minutes=5)

    lead = await world.lead(await world.lead_id(DIEGO))
    assert (lead.crm_stage, lead.status) == ("Lead", "contacted")


@SQLITE
async def test_a_person_from_before_the_wording_is_granted_nothing_by_its_rule(world: World) -> None:
    before = world.clock.now().replace(year=2015)
    lead_id = await world.arrive(OLIVE, created=before, text_consent="yes")

    assert await world.rows(consents, lead_id=lead_id) == []
    new = await world.arrive(MAYA, text_consent="yes")
    assert {row.channel for row in await world.rows(consents, lead_id=new)} == {"sms", "email"}


async def test_stop_texted_to_a_number_of_the_crm_is_obeyed_where_its_words_show(world: World) -> None:
    lead_id = await world.arrive(MAYA, text_consent="yes")
    await world.live(minutes=5)
    before = world.sent_to(MAYA)
    (person_id,) = world.account.people
    text_id = world.account.add_incoming_text(
        person_id, message="STOP", from_number=MAYA.phone, to_number=cast.OUR_NUMBER, masked=False
    )
    await world.push("textMessagesCreated", [text_id])
    await world.push("textMessagesCreated", [text_id])
    await world.live(days=31)

    assert world.sent_to(MAYA) == before
    assert (await world.lead(lead_id)).end_reason == "opted out"
    closed = {bytes(row.value_hash) for row in await world.rows(suppressions, lifted_at=None)}
    assert closed == {world.tend.sealer.hash("sms", MAYA.phone), world.tend.sealer.hash("email", MAYA.email)}
    assert len(await world.rows(messages, direction="in")) == 1


async def test_stop_texted_to_the_crm_by_somebody_new_is_heard_before_anything_leaves(world: World) -> None:
    person_id = world.add_to_crm(MAYA, text_consent="yes")
    text_id = world.account.add_incoming_text(
        person_id, message="STOP", from_number=MAYA.phone, to_number=cast.OUR_NUMBER, masked=False
    )
    await world.push("peopleCreated", [person_id])
    await world.push("textMessagesCreated", [text_id])
    await world.live(days=3)

    assert world.sent_to(MAYA) == 0
    assert (await world.lead(await world.lead_id(MAYA))).end_reason == "opted out"
    assert len(await world.rows(leads)) == 1


@SQLITE
async def test_what_a_human_texts_somebody_new_from_the_crm_takes_the_conversation_before_anything_leaves(
    world: World,
) -> None:
    person_id = world.add_to_crm(MAYA)
    text_id = world.account.add_outgoing_text(
        person_id, from_number=cast.OUR_NUMBER, to_number=MAYA.phone, user_name="Dana Reyes"
    )
    await world.push("peopleCreated", [person_id])
    await world.push("textMessagesCreated", [text_id])
    await world.live(days=1)

    assert world.sent_to(MAYA) == 0
    assert [todo.kind for todo in await world.open_todos(await world.lead_id(MAYA))] == ["follow_up"]


@pytest.mark.parametrize("known", [True, False])
@SQLITE
async def test_stop_texted_by_somebody_the_crm_no_longer_has_closes_their_number(
    world: World,
    known: bool,  # noqa: FBT001 - a case
) -> None:
    person_id = world.add_to_crm(MAYA)
    if known:
        await world.push("peopleUpdated", [person_id])
        await world.settle()
    text_id = world.account.add_incoming_text(
        person_id, message="STOP", from_number=MAYA.phone, to_number=cast.OUR_NUMBER, masked=False
    )
    world.account.delete_person(person_id)
    if known:
        await world.push("peopleDeleted", [person_id])
    await world.push("textMessagesCreated", [text_id])
    await world.settle()

    closed = {bytes(row.value_hash) for row in await world.rows(suppressions, lifted_at=None)}
    assert world.tend.sealer.hash("sms", MAYA.phone) in closed


@SQLITE
async def test_a_request_texted_to_a_number_of_the_crm_is_read_like_any_reply(world: World) -> None:
    lead_id = await world.arrive(MAYA)
    await world.live(minutes=5)
    (person_id,) = world.account.people
    text_id = world.account.add_incoming_text(
        person_id, message=WANTS_TO_SEE, from_number=MAYA.phone, to_number=cast.OUR_NUMBER, masked=False
    )
    await world.push("textMessagesCreated", [text_id])
    await world.live(seconds=10)

    (todo,) = await world.open_todos(lead_id)
    assert (todo.kind, todo.hot) == ("showing", True)
    assert (await world.enrollment(lead_id)).state == "paused"


# ---- after they were deleted


async def deleted(world: World, lead: cast.Lead) -> None:
    """Let somebody arrive, be written to, and be deleted in the CRM."""
    await world.arrive(lead)
    await world.live(minutes=5)
    (person_id,) = world.account.people
    world.account.delete_person(person_id)
    await world.push("peopleDeleted", [person_id])
    await world.settle()


@pytest.mark.parametrize("by_mail", [False, True])
async def test_a_reply_from_somebody_deleted_is_a_to_do_in_sight_whose_page_opens(
    world: World,
    by_mail: bool,  # noqa: FBT001 - a case
) -> None:
    await deleted(world, MAYA)
    if by_mail:
        (email,) = world.emails_to(MAYA)
        answer = await world.mail(cast.mail(MAYA, WANTS_TO_SEE, to=email.reply_to))
    else:
        answer = await world.text(MAYA, WANTS_TO_SEE)
    assert answer.status_code == 200
    await world.live(seconds=10)

    (stranger,) = await world.rows(leads, deleted_at=None)
    assert "showing" in {todo.kind for todo in await world.open_todos(stranger.id)}
    (message,) = await world.rows(messages, direction="in")
    assert message.lead_id == stranger.id


async def test_stop_from_somebody_deleted_closes_every_address_they_had(world: World) -> None:
    await deleted(world, MAYA)
    await world.text(MAYA, "STOP")

    closed = {bytes(row.value_hash) for row in await world.rows(suppressions, lifted_at=None)}
    assert closed == {world.tend.sealer.hash("sms", MAYA.phone), world.tend.sealer.hash("email", MAYA.email)}
