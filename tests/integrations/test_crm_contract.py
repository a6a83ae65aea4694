"""What every CRM behind the door must do, asked of the in-memory one and of Follow Up Boss over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

import pytest

from integrations.crm import Crm, CrmEventKind, CrmText, Person, PersonAddress, PersonEmail, PersonPhone
from integrations.crm_activity import ActivityKind, CrmActivity
from integrations.crm_writes import LoggedMail, LoggedText, NewLead, NewTask, PersonNews
from integrations.errors import CrmError
from integrations.providers.followupboss import FollowUpBoss
from integrations.providers.memory import MemoryCrm
from integrations.standins import followupboss_logged as logged
from integrations.standins.followupboss import Account

Serve = Callable[[Account], AbstractAsyncContextManager[str]]

CREATED = datetime(2026, 11, 3, 16, 0, tzinfo=UTC)


class World(Protocol):
    """A CRM under test and the means to fill it."""

    crm: Crm

    def add_ada(self) -> str: ...
    def add_somebody(self, first_name: str) -> str: ...
    def remove(self, person_id: str) -> None: ...
    def add_text(self, person_id: str, *, body: str | None) -> str: ...
    def notes_of(self, person_id: str) -> list[tuple[str, str, str]]: ...
    def add_call(self, person_id: str) -> str: ...
    def let_run(self, person_id: str, plan: str) -> None: ...
    def add_user(self) -> str: ...


class MemoryWorld:
    def __init__(self) -> None:
        self.memory = MemoryCrm()
        self.crm: Crm = self.memory
        self._count = 0

    def add_ada(self) -> str:
        self._count += 1
        ada = Person(
            id=str(self._count),
            created_at=CREATED,
            updated_at=CREATED,
            first_name="Ada",
            last_name="Byron",
            stage="Lead",
            source="Open house",
            tags=("Buyer", "Walk-in"),
            emails=(PersonEmail("ada@example.org", primary=True, valid=True),),
            phones=(PersonPhone("+15125550142", primary=True, valid=True, landline=False),),
            addresses=(PersonAddress(city="Austin", state="TX", postal_code="78704"),),
            price=415000,
            background="Met on Elm Ct",
            custom={"customTextConsent": "sheet 2026-11"},
        )
        self.memory.put_person(ada)
        return ada.id

    def add_somebody(self, first_name: str) -> str:
        self._count += 1
        self.memory.put_person(Person(str(self._count), CREATED, CREATED, first_name, "", "Lead", ""))
        return str(self._count)

    def remove(self, person_id: str) -> None:
        self.memory.remove_person(person_id)

    def add_text(self, person_id: str, *, body: str | None) -> str:
        self._count += 1
        text = CrmText(
            str(self._count),
            person_id,
            incoming=True,
            body=body,
            from_number="+15125550142",
            to_number="+15125550100",
            automatic=False,
            created_at=CREATED,
        )
        self.memory.put_text(text)
        return text.id

    def notes_of(self, person_id: str) -> list[tuple[str, str, str]]:
        return [(note.id, note.subject, note.body) for note in self.memory.notes if note.person_id == person_id]

    def add_call(self, person_id: str) -> str:
        self._count += 1
        call = CrmActivity(
            str(self._count),
            ActivityKind.CALL,
            person_id,
            incoming=True,
            automatic=False,
            ours=False,
            created_at=CREATED,
            user_name="Dana Reyes",
            answered=True,
        )
        self.memory.put_activity(call)
        return call.id

    def let_run(self, person_id: str, plan: str) -> None:
        self.memory.let_run(person_id, f"the action plan “{plan}”")

    def add_user(self) -> str:
        return "1"


class FollowUpBossWorld:
    def __init__(self, account: Account, crm: Crm) -> None:
        self.account = account
        self.crm = crm

    def add_ada(self) -> str:
        person_id = self.account.add_person(
            first_name="Ada",
            last_name="Byron",
            email="ada@example.org",
            phone="+15125550142",
            source="Open house",
            tags=("Buyer", "Walk-in"),
            price=415000,
            address={"city": "Austin", "state": "TX", "code": "78704"},
            background="Met on Elm Ct",
            text_consent="sheet 2026-11",
            created=CREATED,
        )
        return str(person_id)

    def add_user(self) -> str:
        return str(self.account.add_user(name="Dana Reyes", email="dana@example.com"))

    def add_somebody(self, first_name: str) -> str:
        return str(self.account.add_person(first_name=first_name, last_name="", created=CREATED))

    def remove(self, person_id: str) -> None:
        self.account.delete_person(int(person_id))

    def add_text(self, person_id: str, *, body: str | None) -> str:
        text_id = self.account.add_incoming_text(
            int(person_id),
            message=body or "nobody may read this",
            from_number="+15125550142",
            to_number="+15125550100",
            masked=body is None,
        )
        return str(text_id)

    def notes_of(self, person_id: str) -> list[tuple[str, str, str]]:
        mine = [note for note in self.account.notes.values() if str(note["personId"]) == person_id]
        return [(str(note["id"]), note["subject"], note["body"]) for note in mine]

    def add_call(self, person_id: str) -> str:
        return str(logged.call(self.account, int(person_id), by="Dana Reyes", incoming=True, seconds=60))

    def let_run(self, person_id: str, plan: str) -> None:
        logged.run_plan(self.account, int(person_id), name=plan)


@pytest.fixture(params=["memory", "followupboss"])
async def world(request: pytest.FixtureRequest, account: Account, serve: Serve) -> AsyncIterator[World]:
    if request.param == "memory":
        yield MemoryWorld()
        return
    async with serve(account) as url:
        crm = FollowUpBoss(api_key=account.api_key, system=account.system, system_key=account.system_key, base_url=url)
        yield FollowUpBossWorld(account, crm)
        await crm.aclose()


async def test_a_person_arrives_with_everything_the_crm_knows(world: World) -> None:
    ada_id = world.add_ada()
    [ada] = await world.crm.people([ada_id])
    assert (ada.id, ada.first_name, ada.last_name, ada.stage, ada.source) == (
        ada_id,
        "Ada",
        "Byron",
        "Lead",
        "Open house",
    )
    assert ada.tags == ("Buyer", "Walk-in")
    assert ada.emails == (PersonEmail("ada@example.org", primary=True, valid=True),)
    assert ada.phones == (PersonPhone("+15125550142", primary=True, valid=True, landline=False),)
    assert ada.addresses == (PersonAddress(city="Austin", state="TX", postal_code="78704"),)
    assert (ada.price, ada.assigned_user_id, ada.assigned_to, ada.background) == (415000, None, None, "Met on Elm Ct")
    assert ada.custom == {"customTextConsent": "sheet 2026-11"}


async def test_instants_are_aware_and_utc(world: World) -> None:
    [ada] = await world.crm.people([world.add_ada()])
    assert ada.created_at == CREATED
    assert ada.created_at.utcoffset() == ada.updated_at.utcoffset() == timedelta(0)


async def test_people_come_in_the_order_asked_and_once(world: World) -> None:
    first, second = world.add_somebody("First"), world.add_somebody("Second")
    assert [each.id for each in await world.crm.people([first, second, first])] == [first, second]


async def test_people_who_no_longer_exist_are_missing(world: World) -> None:
    gone, here = world.add_somebody("Gone"), world.add_somebody("Here")
    world.remove(gone)
    assert [each.id for each in await world.crm.people([gone, here, "987654321", "no-such-id", ""])] == [here]


async def test_asking_for_nobody_answers_nobody(world: World) -> None:
    assert await world.crm.people([]) == []
    assert await world.crm.texts([]) == []


async def test_more_people_than_fit_a_request_all_arrive(world: World) -> None:
    ids = [world.add_somebody(f"Number {n}") for n in range(230)]
    assert [each.id for each in await world.crm.people(ids)] == ids


async def test_everybody_comes_page_by_page_each_once_and_nobody_from_a_page_that_never_was(world: World) -> None:
    ids = {world.add_somebody(f"Number {n}") for n in range(230)}
    seen: list[str] = []
    begin = ""
    while True:
        page = await world.crm.everybody(begin)
        seen += [each.id for each in page.people]
        assert page.total == 230
        if not page.following:
            break
        begin = page.following
    assert (len(seen), set(seen)) == (230, ids)
    with pytest.raises(CrmError) as raised:
        await world.crm.everybody("no-such-page")
    assert raised.value.reason == "bad_request"


async def test_a_readable_text_arrives_with_its_words(world: World) -> None:
    ada_id = world.add_ada()
    [text] = await world.crm.texts([world.add_text(ada_id, body="Is Elm Ct still open?")])
    assert (text.person_id, text.incoming, text.body, text.automatic) == (ada_id, True, "Is Elm Ct still open?", False)
    assert (text.from_number, text.to_number) == ("+15125550142", "+15125550100")
    assert text.created_at.utcoffset() == timedelta(0)


async def test_a_hidden_text_arrives_without_words(world: World) -> None:
    [text] = await world.crm.texts([world.add_text(world.add_ada(), body=None)])
    assert text.body is None


async def test_texts_that_do_not_exist_are_missing(world: World) -> None:
    text_id = world.add_text(world.add_ada(), body="hello")
    assert [each.id for each in await world.crm.texts(["987654321", text_id, "no-such-id"])] == [text_id]


async def test_a_call_arrives_with_who_took_it_and_one_that_does_not_exist_is_missing(world: World) -> None:
    ada_id = world.add_ada()
    call_id = world.add_call(ada_id)
    [call] = await world.crm.activities(ActivityKind.CALL, ["987654321", call_id, call_id, "no-such-id"], uris=[])
    assert (call.id, call.person_id, call.kind) == (call_id, ada_id, ActivityKind.CALL)
    assert (call.incoming, call.answered, call.automatic, call.ours) == (True, True, False, False)
    assert call.user_name == "Dana Reyes"
    assert await world.crm.activities(ActivityKind.NOTE, ["987654321"], uris=[]) == []


async def test_a_plan_that_runs_on_somebody_is_named(world: World) -> None:
    ada_id = world.add_ada()
    assert await world.crm.running(ada_id) == ()
    world.let_run(ada_id, "Ten days")
    assert await world.crm.running(ada_id) == ("the action plan “Ten days”",)
    assert await world.crm.running("987654321") == ()


async def test_who_changed_since_an_instant_is_told_and_who_did_not_is_not(world: World) -> None:
    ids = {world.add_somebody(f"Number {n}") for n in range(130)}
    assert {each.person_id for each in await world.crm.changed_since(CREATED)} == ids
    assert await world.crm.changed_since(CREATED + timedelta(seconds=1)) == []


async def test_what_was_logged_of_somebody_is_told_by_kind_and_id(world: World) -> None:
    ada_id, other = world.add_ada(), world.add_somebody("Other")
    text_id, call_id = world.add_text(ada_id, body="hello"), world.add_call(ada_id)
    long_ago = CREATED - timedelta(days=1)
    found = await world.crm.logged_since(ada_id, long_ago)
    assert set(found) == {(CrmEventKind.TEXT_CREATED, text_id), (CrmEventKind.CALL_CREATED, call_id)}
    assert await world.crm.logged_since(other, long_ago) == []
    assert ada_id in {each.person_id for each in await world.crm.active_since(long_ago)}


async def test_the_same_person_is_found_by_an_email_whatever_its_letter_case(world: World) -> None:
    ada_id = world.add_ada()
    world.add_somebody("Nobody")
    assert [each.id for each in await world.crm.same_person(email="Ada@Example.org")] == [ada_id]
    assert await world.crm.same_person(email="nobody@example.org") == []


async def test_an_account_says_whose_it_is(world: World) -> None:
    found = await world.crm.identity()
    assert found.account
    assert (found.owner, found.sees_all) == (True, True)


async def test_a_note_is_kept_on_the_person_under_the_id_returned(world: World) -> None:
    ada_id = world.add_ada()
    note_id = await world.crm.add_note(ada_id, subject="Tend", body="Asked for a showing.\nSaturday.")
    assert world.notes_of(ada_id) == [(note_id, "Tend", "Asked for a showing.\nSaturday.")]


@pytest.mark.parametrize("person_id", ["987654321", "no-such-id"])
async def test_a_note_on_nobody_is_refused_for_good(world: World, person_id: str) -> None:
    with pytest.raises(CrmError) as caught:
        await world.crm.add_note(person_id, subject="Tend", body="?")
    assert (caught.value.reason, caught.value.permanent) == ("not_found", True)


async def test_the_memory_crm_fails_when_told_and_works_again_after() -> None:
    crm = MemoryCrm()
    crm.fail_with(CrmError("unavailable", permanent=False))
    with pytest.raises(CrmError, match="unavailable"):
        await crm.people(["1"])
    crm.fail_with(None)
    assert await crm.people(["1"]) == []


def a_mail(template: str) -> LoggedMail:
    return LoggedMail("delivered", CREATED, "ada@example.org", template, f"Tend: {template}", "Homes", "Hi Ada")


def a_lead(email: str) -> NewLead:
    return NewLead("tend.example", "general", "Hello", CREATED, "Ada", "Byron", (email,), ("+15125550142",))


async def test_mails_of_one_wording_have_one_campaign(world: World) -> None:
    first, again, other = [await world.crm.mail_campaign(a_mail(each)) for each in ("hello", "hello", "bye")]
    assert first == again != other
    await world.crm.log_mail(world.add_ada(), a_mail("hello"), campaign_id=first)


async def test_a_note_of_ours_is_found_by_its_words_and_no_other(world: World) -> None:
    ada = world.add_ada()
    note_id = await world.crm.add_note(ada, subject="Replied", body="“Yes, Saturday.”")
    assert await world.crm.find_note(ada, subject="Replied", body="“Yes, Saturday.”") == note_id
    assert await world.crm.find_note(ada, subject="Replied", body="No") is None
    both = await world.crm.add_note(ada, subject="Hot lead", body="Hot lead: Call her.\n\nReplied: “Sunday.”")
    assert await world.crm.find_note(ada, subject="Hot lead", body="Call her.") == both


async def test_a_lead_that_is_announced_is_whoever_has_its_email_or_somebody_new(world: World) -> None:
    ada = world.add_ada()
    found = await world.crm.send_lead(a_lead("ADA@example.org"))
    assert found is not None
    assert (found.person_id, found.is_new) == (ada, False)
    new = await world.crm.send_lead(replace(a_lead("someone@example.org"), phones=()))
    assert new is not None
    assert new.is_new
    assert new.person_id != ada
    again = await world.crm.send_lead(replace(a_lead("someone@example.org"), phones=()))
    assert again is not None
    assert (again.person_id, again.is_new) == (new.person_id, False)


async def test_what_was_written_is_found_again_and_nothing_else(world: World) -> None:
    ada, since = world.add_ada(), datetime.now(UTC) - timedelta(minutes=1)
    task = NewTask("Call Ada", "call", world.add_user(), CREATED)
    assert await world.crm.find_tasks(ada, task, since=since) == []
    task_id = await world.crm.add_task(ada, task)
    assert await world.crm.find_tasks(ada, task, since=since) == [task_id]
    assert await world.crm.find_tasks(ada, replace(task, name="Write to Ada"), since=since) == []
    mail = a_mail("hello")
    campaign = await world.crm.mail_campaign(mail)
    assert not await world.crm.knows_mail(ada, mail, campaign_id=campaign)
    await world.crm.log_mail(ada, mail, campaign_id=campaign)
    assert await world.crm.knows_mail(ada, mail, campaign_id=campaign)
    assert not await world.crm.knows_mail(ada, replace(mail, news="clicked"), campaign_id=campaign)
    lead = a_lead("ada@example.org")
    assert await world.crm.find_lead(lead, since=since) is None
    await world.crm.send_lead(lead)
    found = await world.crm.find_lead(lead, since=since)
    assert found is not None
    assert found.person_id == ada
    assert await world.crm.find_lead(a_lead("nobody@example.org"), since=since) is None


async def test_nothing_is_written_on_nobody(world: World) -> None:
    text = LoggedText(incoming=False, body="Hi", from_number="+15125550100", to_number="+15125550142")
    for write in (
        world.crm.log_text("987654321", text),
        world.crm.write_person("987654321", PersonNews(tags=("Tend",))),
        world.crm.add_task("987654321", NewTask("Call them", "call", "1", CREATED)),
    ):
        with pytest.raises(CrmError, match="not_found"):
            await write


async def test_ticking_off_a_task_that_is_gone_is_no_trouble(world: World) -> None:
    await world.crm.end_task("987654321")
