"""What Tend does stands in Follow Up Boss: texts, mails, score, consent, stage, tasks, leads that came here first."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from agent.flows import permitting
from agent.rules.crm_wishes import CrmWishes
from agent.rules.leads import Status
from agent.rules.team import Team
from agent.store.tables import leads, outbox
from tests import cast
from tests.cast import Lead
from tests.stories.conftest import SQLITE, Opens
from tests.stories.world import World

_FIELDS = {"score": "customTendScore", "temperature": "customTendTemperature", "consent": "customTendConsent"}


def wishing(**wishes: Any) -> Team:
    """The team, with these wishes for its CRM, and a user there for its first person."""
    team = cast.team()
    first, *others = team.assignees
    return replace(team, crm=CrmWishes(**wishes), assignees=(replace(first, crm_user_id="501"), *others))


def only(records: dict[int, dict[str, Any]]) -> dict[str, Any]:
    """The one record there is."""
    (record,) = records.values()
    return record


async def owed(world: World, **known: Any) -> list[Any]:
    """What is still owed to the CRM, or was given up."""
    return [row for row in await world.rows(outbox, **known) if row.state not in {"done", "skipped"}]


async def test_what_is_said_stands_in_the_crm_once(open_world: Opens) -> None:
    async with open_world() as world:
        await world.arrive(cast.MAYA, text_consent="yes")
        await world.live(hours=1)
        await world.text(cast.MAYA, "Could we see it on Saturday?")
        await world.live(hours=1)
        person = only(world.account.people)
        said = [text for text in world.account.texts.values() if text["personId"] == person["id"]]
        assert len([text for text in said if not text["isIncoming"]]) == len(world.texts_to(cast.MAYA))
        assert len([text for text in said if text["isIncoming"]]) == 1
        mails = [event for event in world.account.em_events.values() if event["type"] == "delivered"]
        assert [event["recipient"] for event in mails] == [cast.MAYA.email] * len(world.emails_to(cast.MAYA))
        assert len(world.account.em_campaigns) == len({event["campaignId"] for event in mails})
        assert await owed(world) == []


@SQLITE
async def test_score_consent_and_stage_stand_on_the_person_and_are_written_only_when_they_change(
    open_world: Opens,
) -> None:
    wishes = {"custom": _FIELDS, "stages": {Status.CONTACTED: "Attempted contact"}}
    async with open_world(team=wishing(**wishes)) as world:
        for name in _FIELDS.values():
            field = world.account.next_id()
            world.account.custom_fields[field] = {"id": field, "name": name, "label": name, "type": "text"}
        lead_id = await world.arrive(cast.MAYA, text_consent="yes", tags=("Buyer",))
        await world.live(minutes=10)
        person = only(world.account.people)
        assert person["customTendConsent"] == "email and texts"
        assert set(person["tags"]) == {"Buyer", "Tend"}
        before = person["updated"], person["customTendScore"]
        await world.live(hours=20)
        assert (person["updated"], person["customTendScore"]) == before
        await world.text(cast.MAYA, "STOP")
        await world.live(minutes=1)
        assert person["customTendConsent"] == "none"
        assert "Tend: opted out" in person["tags"]
        assert (await world.rows(leads, id=lead_id))[0].crm_person_id == str(person["id"])


@SQLITE
async def test_who_comes_back_after_an_opt_out_is_called_opted_out_no_more_and_keeps_their_other_tags(
    open_world: Opens,
) -> None:
    async with open_world(team=wishing(custom={"consent": "customTendConsent"})) as world:
        world.account.custom_fields[9] = {"id": 9, "name": "customTendConsent", "label": "Consent", "type": "text"}
        await world.arrive(cast.MAYA, text_consent="yes", tags=("Buyer",))
        await world.live(minutes=10)
        await world.text(cast.MAYA, "STOP")
        await world.live(minutes=1)
        person = only(world.account.people)
        assert set(person["tags"]) == {"Buyer", "Tend", "Tend: opted out"}
        world.account.change_person(person["id"], tags=[*person["tags"], "VIP"])
        await world.text(cast.MAYA, "START")
        await world.live(minutes=5)
        assert person["customTendConsent"] == "texts only"
        assert "Tend: opted out" in only(world.account.people)["tags"]
        await world.sign_in()
        await world.press(await world.lead_id(cast.MAYA), "allow-email", reason="on the phone, today")
        await world.live(minutes=5)
        assert set(only(world.account.people)["tags"]) == {"Buyer", "Tend", "VIP"}
        assert person["customTendConsent"] == "email and texts"
        await world.text(cast.MAYA, "STOP")
        await world.live(minutes=5)
        assert "Tend: opted out" in only(world.account.people)["tags"]


@SQLITE
@pytest.mark.parametrize("by", ["consent page", "CRM"])
async def test_consent_that_comes_later_stands_in_the_crm(open_world: Opens, by: str) -> None:
    async with open_world(team=wishing(custom={"consent": "customTendConsent"})) as world:
        world.account.custom_fields[9] = {"id": 9, "name": "customTendConsent", "label": "Consent", "type": "text"}
        lead_id = await world.arrive(cast.MAYA)
        await world.live(minutes=10)
        person = only(world.account.people)
        assert person["customTendConsent"] == "email only"
        if by == "CRM":
            world.account.change_person(person["id"], customTextConsent="yes")
            await world.push("peopleUpdated", [person["id"]])
        else:
            wording = cast.TEXT_WORDING
            await permitting.allow_texts(world.tend, lead_id, number=cast.MAYA.phone, wording=wording, ip="")
        await world.live(minutes=5)
        assert person["customTendConsent"] == "email and texts"


@SQLITE
async def test_something_hot_becomes_a_task_of_the_assignee_and_is_ticked_off_when_it_is_done(
    open_world: Opens,
) -> None:
    async with open_world(team=wishing()) as world:
        world.account.users[501] = {"id": 501, "name": "Dana", "email": "dana@example.com", "role": "Agent"}
        lead_id = await world.arrive(cast.MAYA, text_consent="yes")
        await world.live(hours=1)
        await world.text(cast.MAYA, "Could we see it on Saturday at 2?")
        await world.live(minutes=1)
        task = only(world.account.tasks)
        assert task["assignedUserId"] == 501
        assert not task["isCompleted"]
        await world.sign_in()
        assert (await world.press(lead_id, "done")).status_code in {200, 303}
        await world.live(minutes=1)
        assert task["isCompleted"]


async def test_somebody_who_came_by_form_is_announced_and_is_the_same_person_from_then_on(open_world: Opens) -> None:
    async with open_world() as world:
        await world.post_form(cast.form(cast.DIEGO))
        await world.live(minutes=5)
        person = only(world.account.people)
        assert [email["value"] for email in person["emails"]] == [cast.DIEGO.email]
        assert only(world.account.events)["type"] == "General Inquiry"
        await world.push("peopleCreated", [person["id"]])
        await world.live(minutes=5)
        (lead,) = await world.rows(leads)
        assert lead.crm_person_id == str(person["id"])
        assert len(world.emails_to(cast.DIEGO)) == 1


@SQLITE
async def test_a_source_the_crm_ignores_makes_nobody_there_and_owes_nothing(open_world: Opens) -> None:
    async with open_world() as world:
        form = cast.form(cast.DIEGO)
        world.account.ignored_sources.add(form["source"])
        await world.post_form(form)
        await world.live(hours=1)
        assert world.account.people == {}
        assert {row.reason for row in await world.rows(outbox, kind="lead")} == {"the CRM ignores this source"}
        assert await owed(world) == []


@SQLITE
async def test_a_team_that_wants_nothing_shown_is_shown_nothing(open_world: Opens) -> None:
    quiet = wishing(tags=(), tasks=False, announces=False, texts=False, mails=False)
    async with open_world(team=quiet) as world:
        await world.post_form(cast.form(cast.DIEGO))
        await world.arrive(cast.MAYA, text_consent="yes")
        await world.live(hours=2)
        assert len(world.account.people) == 1
        assert world.account.texts == world.account.em_events == world.account.tasks == world.account.events == {}


@SQLITE
@pytest.mark.parametrize("owner", [True, False], ids=["owner", "agent"])
async def test_a_key_that_may_not_log_mails_leaves_notes_of_them(open_world: Opens, owner: bool) -> None:  # noqa: FBT001
    async with open_world(crm_account={"owner": owner, "role": "Agent"}) as world:
        await world.arrive(cast.MAYA)
        await world.live(minutes=30)
        noted = [note for note in world.account.notes.values() if note["subject"].startswith("Tend emailed them")]
        assert bool(noted) is not owner
        assert bool(world.account.em_events) is owner


@SQLITE
async def test_what_the_crm_refuses_is_shown_and_told_when_somebody_tries_again(open_world: Opens) -> None:
    broken = wishing(custom={"score": "customNobodyMade"})
    async with open_world(team=broken) as world:
        await world.arrive(cast.MAYA)
        await world.live(minutes=5)
        (given_up,) = await owed(world)
        assert (given_up.kind, given_up.state, given_up.reason) == ("person", "dead", "bad_request")
        await world.sign_in()
        assert "could not be told to your CRM" in (await world.client.get("/")).text
        assert "score, consent and stage" in (await world.client.get("/crm")).text
        world.account.custom_fields[9] = {"id": 9, "name": "customNobodyMade", "label": "Score", "type": "number"}
        await world.client.post(f"/crm/{given_up.id}/again", headers={"Sec-Fetch-Site": "same-origin"})
        await world.live(minutes=5)
        assert await owed(world) == []
        assert only(world.account.people)["customNobodyMade"] > 0
        assert "Your CRM knows everything" in (await world.client.get("/crm")).text


@SQLITE
async def test_whoever_is_gone_from_the_crm_is_told_of_no_more_and_troubles_nobody(open_world: Opens) -> None:
    async with open_world() as world:
        await world.arrive(cast.MAYA, text_consent="yes")
        await world.live(hours=1)
        (person_id,) = world.account.people
        world.account.delete_person(person_id)
        await world.text(cast.MAYA, "Could we see it on Saturday?")
        await world.live(hours=3)
        assert await owed(world) == []
        assert "they are not in the CRM any more" in {row.reason for row in await world.rows(outbox)}
        await world.sign_in()
        assert "could not be told to your CRM" not in (await world.client.get("/")).text


@SQLITE
async def test_while_one_thing_waits_nothing_later_of_that_lead_overtakes_it(open_world: Opens) -> None:
    async with open_world() as world:
        await world.arrive(cast.MAYA, text_consent="yes")
        await world.arrive(cast.RUTH)
        await world.live(minutes=20)
        world.account.troubles.refuse("textMessages", 503, times=3)
        await world.text(cast.MAYA, "Is it still there?")
        await world.text(cast.MAYA, "Please call me")
        await world.live(hours=2)
        rows = sorted(await world.rows(outbox), key=lambda row: (row.lead_id, row.id))
        for one, other in itertools.pairwise(rows):
            if one.lead_id == other.lead_id:
                assert one.ended_at <= other.ended_at
        assert await owed(world) == []
        assert len([text for text in world.account.texts.values() if text["isIncoming"]]) == 2


@SQLITE
async def test_a_note_whose_answer_was_lost_is_not_written_twice(open_world: Opens) -> None:
    async with open_world() as world:
        await world.arrive(cast.MAYA, text_consent="yes")
        await world.live(hours=1)
        world.account.troubles.lose_answers("notes", times=2)
        await world.text(cast.MAYA, "Could we see it on Saturday?")
        await world.live(hours=3)
        bodies = [note["body"] for note in world.account.notes.values()]
        assert len(bodies) == len(set(bodies)) > 0
        assert await owed(world) == []


@SQLITE
async def test_notes_written_as_one_whose_answer_was_lost_are_not_written_again(open_world: Opens) -> None:
    async with open_world() as world:
        await world.arrive(cast.MAYA, text_consent="yes")
        await world.live(hours=1)
        world.account.troubles.refuse("notes", 503, times=1)
        await world.text(cast.MAYA, "Could we see it on Saturday?")
        await world.settle()
        await world.text(cast.MAYA, "Or on Sunday, please.")
        await world.settle()
        world.account.troubles.lose_answers("notes", times=1)
        await world.live(hours=3)
        together = "\n".join(note["body"] for note in world.account.notes.values())
        for words in ("on Saturday?", "Or on Sunday"):
            assert together.count(words) == 1
        assert await owed(world) == []


@SQLITE
async def test_a_note_told_by_a_process_that_died_before_it_said_so_is_not_told_again(open_world: Opens) -> None:
    async with open_world() as world:
        await world.arrive(cast.MAYA, text_consent="yes")
        await world.text(cast.MAYA, "Could we see it on Saturday?")
        await world.live(hours=1)
        before = len(world.account.notes)
        lapsed = {"state": "waiting", "attempts": 1, "external_id": "", "due_at": world.clock.now(), "ended_at": None}
        of_ours = (outbox.c.team_id == world.tend.team_id) & (outbox.c.kind == "note")
        await world.tend.writer.run(lambda conn: conn.execute(update(outbox).where(of_ours).values(**lapsed)))
        await world.live(hours=1)
        assert len(world.account.notes) == before > 0
        assert await owed(world) == []


@SQLITE
async def test_a_text_whose_answer_was_lost_is_shown_once(open_world: Opens) -> None:
    async with open_world() as world:
        await world.arrive(cast.MAYA, text_consent="yes")
        await world.live(hours=1)
        before = len(world.account.texts)
        world.account.troubles.lose_answers("textMessages", times=2)
        await world.text(cast.MAYA, "Could we see it on Saturday?")
        await world.text(cast.MAYA, "Could we see it on Saturday?")
        await world.live(hours=3)
        came = [text for text in world.account.texts.values() if text["isIncoming"]]
        assert len(came) == 2 <= len(world.account.texts) - before
        assert await owed(world) == []


@SQLITE
async def test_a_mail_event_whose_answer_was_lost_is_logged_once(open_world: Opens) -> None:
    async with open_world() as world:
        world.account.troubles.lose_answers("emEvents", times=2)
        await world.arrive(cast.MAYA)
        await world.live(hours=3)
        assert len(world.account.em_events) == len(world.emails_to(cast.MAYA)) > 0
        assert await owed(world) == []


@SQLITE
async def test_a_task_whose_answer_was_lost_is_given_once_and_ticked_off(open_world: Opens) -> None:
    async with open_world(team=wishing()) as world:
        world.account.users[501] = {"id": 501, "name": "Dana", "email": "dana@example.com", "role": "Agent"}
        lead_id = await world.arrive(cast.MAYA, text_consent="yes")
        await world.live(hours=1)
        world.account.troubles.lose_answers("tasks", times=2)
        await world.text(cast.MAYA, "Could we see it on Saturday at 2?")
        await world.live(hours=3)
        task = only(world.account.tasks)
        await world.sign_in()
        assert (await world.press(lead_id, "done")).status_code in {200, 303}
        await world.live(minutes=1)
        assert task["isCompleted"]


@SQLITE
async def test_a_lead_whose_announcement_got_no_answer_is_announced_once(open_world: Opens) -> None:
    async with open_world() as world:
        world.account.troubles.lose_answers("events", times=2)
        await world.post_form(cast.form(cast.DIEGO))
        await world.live(hours=3)
        assert len(world.account.events) == 1
        (lead,) = await world.rows(leads)
        assert lead.crm_person_id == str(only(world.account.people)["id"])
        assert await owed(world) == []


@SQLITE
async def test_what_was_given_up_in_doubt_is_looked_for_when_a_person_tries_again(open_world: Opens) -> None:
    async with open_world() as world:
        await world.arrive(cast.MAYA, text_consent="yes")
        await world.live(hours=1)
        before = len(world.account.notes)
        world.account.troubles.lose_answers("notes", times=1)
        await world.text(cast.MAYA, "Could we see it on Saturday?")
        await world.live(seconds=10)
        written = len(world.account.notes)
        world.account.troubles.refuse("notes", 503, times=50)
        await world.live(hours=12)
        assert {row.state for row in await owed(world)} == {"dead"}
        world.account.troubles.mend("notes")
        await world.sign_in()
        for row in await owed(world):
            await world.client.post(f"/crm/{row.id}/again", headers={"Sec-Fetch-Site": "same-origin"})
        await world.live(hours=12)
        assert await owed(world) == []
        assert len(world.account.notes) == written > before


@SQLITE
async def test_the_mails_of_one_wording_are_looked_up_once(open_world: Opens) -> None:
    async with open_world() as world:
        await world.arrive(cast.MAYA)
        await world.live(minutes=5)
        world.account.troubles.refuse("emCampaigns", 503, times=5)
        await world.arrive(cast.DIEGO)
        await world.live(minutes=1)
        assert len([each for each in world.account.em_events.values() if each["recipient"] == cast.DIEGO.email]) == 1


@SQLITE
async def test_waiting_for_the_limits_of_the_crm_is_no_failed_try(open_world: Opens) -> None:
    many = 14
    limits = {"global": 250, "notes": 1, "events": 20, "people-update": 25}
    async with open_world(crm_account={"limits": limits}) as world:
        people = [
            Lead(f"N{n}", "Old", f"n{n}@example.org", f"+1512555{1000 + n}", "Austin", "TX", "") for n in range(many)
        ]
        before = world.clock.now() - timedelta(days=90)
        await world.push("peopleUpdated", [world.add_to_crm(each, created=before) for each in people])
        await world.live(minutes=5)
        for each in people:
            await world.text(each, "Could we see it on Saturday?")
        await world.live(minutes=30)
        assert await owed(world) == []
        assert len({note["personId"] for note in world.account.notes.values()}) == many


@SQLITE
async def test_our_own_writes_come_back_as_events_and_change_nothing(open_world: Opens) -> None:
    async with open_world() as world:
        await world.arrive(cast.MAYA, text_consent="yes")
        await world.live(hours=1)
        await world.text(cast.MAYA, "Could we see it on Saturday?")
        await world.live(minutes=5)
        before = (len(world.account.notes), len(world.account.texts), len(await world.rows(outbox)))
        for event, records in (
            ("peopleUpdated", world.account.people),
            ("notesCreated", world.account.notes),
            ("textMessagesCreated", world.account.texts),
        ):
            await world.push(event, list(records))
        await world.live(minutes=5)
        assert (len(world.account.notes), len(world.account.texts), len(await world.rows(outbox))) == before
