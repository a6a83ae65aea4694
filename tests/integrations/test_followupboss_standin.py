"""The stand-in behaves as Follow Up Boss documents: its key, limits, pages, masks and pushes."""

from __future__ import annotations

import asyncio
import functools
import json
from collections.abc import AsyncIterator, Awaitable
from typing import Any, Protocol

import httpx
import pytest

from integrations.errors import CrmError
from integrations.providers.followupboss import FollowUpBoss
from integrations.standins.followupboss import Account, app


class Hands(Protocol):
    seconds: float
    slept: list[float]

    def __call__(self) -> float: ...
    def sleep(self, seconds: float) -> Awaitable[None]: ...


@pytest.fixture
async def http(account: Account) -> AsyncIterator[httpx.AsyncClient]:
    registration = {"X-System": account.system, "X-System-Key": account.system_key}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app(account)),  # type: ignore[arg-type]  # Litestar's types are narrower
        base_url="http://standin/v1",
        auth=(account.api_key, ""),
        headers=registration,
    ) as client:
        yield client


@pytest.mark.parametrize("auth", [None, ("wrong", ""), ("fka_invented", "x"), ("", "fka_invented")])
async def test_a_call_without_the_key_is_refused(http: httpx.AsyncClient, auth: tuple[str, str] | None) -> None:
    answer = await http.get("/people", auth=auth)
    assert answer.status_code == 401
    assert list(answer.json()) == ["errorMessage"]


async def test_every_answer_states_its_limit(http: httpx.AsyncClient) -> None:
    people, notes = await http.get("/people"), await http.get("/notes")
    assert people.headers["x-ratelimit-context"] == "global"
    assert (people.headers["x-ratelimit-limit"], people.headers["x-ratelimit-remaining"]) == ("250", "249")
    assert (notes.headers["x-ratelimit-context"], notes.headers["x-ratelimit-limit"]) == ("notes", "10")


async def test_an_unregistered_system_has_half_the_limit(http: httpx.AsyncClient) -> None:
    assert (await http.get("/people", headers={"X-System-Key": "other"})).headers["x-ratelimit-limit"] == "125"


async def test_the_eleventh_note_in_ten_seconds_is_refused_until_the_window_slides(
    http: httpx.AsyncClient, hands: Hands
) -> None:
    statuses = [(await http.get("/notes")).status_code for _ in range(10)]
    hands.seconds += 4
    refused = await http.get("/notes")
    assert statuses == [200] * 10
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "6")
    assert (await http.get("/people")).status_code == 200
    hands.seconds += 6
    assert (await http.get("/notes")).status_code == 200


async def test_the_client_keeps_to_the_limit_where_it_can_and_waits_where_it_must(
    account: Account, standin: str, hands: Hands
) -> None:
    person_id = str(account.add_person(first_name="Ada", last_name="Byron"))
    crms = [
        FollowUpBoss(
            api_key=account.api_key,
            system=account.system,
            system_key=account.system_key,
            base_url=standin,
            clock=hands,
            sleep=hands.sleep,
        )
        for _ in range(2)
    ]
    for n in range(15):
        await crms[n % 2].add_note(person_id, subject="Tend", body=str(n))
    assert [note["body"] for note in account.notes.values()] == [str(n) for n in range(15)]
    assert hands.slept == [10.0]
    for crm in crms:
        await crm.aclose()


async def test_pages_lead_on_to_the_end_newest_first(account: Account, http: httpx.AsyncClient) -> None:
    ids = [account.add_person(first_name=f"N{n}", last_name="") for n in range(25)]
    seen: list[int] = []
    link: str | None = "/people"
    while link:
        page = (await http.get(link)).json()
        seen += [each["id"] for each in page["people"]]
        assert page["_metadata"]["total"] == 25
        link = page["_metadata"]["nextLink"]
    assert seen == ids[::-1]


@pytest.mark.parametrize("query", ["limit=101", "limit=0", "limit=x", "offset=2001", "next=!!", "sort=-price"])
async def test_a_page_that_cannot_be_is_refused(http: httpx.AsyncClient, query: str) -> None:
    answer = await http.get(f"/people?{query}")
    assert answer.status_code == 400
    assert list(answer.json()) == ["errorMessage"]


async def test_custom_fields_and_trash_come_only_when_asked_for(account: Account, http: httpx.AsyncClient) -> None:
    person_id = account.add_person(first_name="Ada", last_name="", text_consent="sheet")
    gone = account.add_person(first_name="Gone", last_name="", stage="Trash")
    plain = (await http.get("/people")).json()["people"]
    assert [each["id"] for each in plain] == [person_id]
    assert "customTextConsent" not in plain[0]
    asked = (await http.get("/people?includeTrash=true&fields=allFields")).json()["people"]
    assert [each["id"] for each in asked] == [gone, person_id]
    assert asked[1]["customTextConsent"] == "sheet"
    assert (await http.get(f"/people/{person_id}?fields=customTextConsent")).json()["customTextConsent"] == "sheet"


async def test_people_can_be_polled_by_when_they_changed(account: Account, http: httpx.AsyncClient) -> None:
    first = account.add_person(first_name="First", last_name="")
    second = account.add_person(first_name="Second", last_name="")
    account.people[first]["updated"] = "2099-01-01T00:00:00Z"
    found = (await http.get("/people?sort=-updated")).json()["people"]
    assert [each["id"] for each in found] == [first, second]


async def test_texts_are_listed_under_a_lower_case_name_and_masked(account: Account, http: httpx.AsyncClient) -> None:
    person_id = account.add_person(first_name="Ada", last_name="")
    account.add_incoming_text(person_id, message="private", from_number="+15125550142", to_number="+15125550100")
    logged = {
        "personId": person_id,
        "message": "also private",
        "toNumber": "+15125550142",
        "fromNumber": "+15125550100",
    }
    assert (await http.post("/textMessages", json=logged)).status_code == 201
    answer = await http.get(f"/textMessages?personId={person_id}")
    assert len(answer.json()["textmessages"]) == 2
    assert "private" not in answer.text.replace("privacy", "")


async def test_a_humans_text_is_told_from_an_action_plans(account: Account, standin: str) -> None:
    person_id = account.add_person(first_name="Ada", last_name="")
    send = functools.partial(account.add_outgoing_text, person_id, from_number="+15125550100", to_number="+15125550142")
    human, machine = send(user_name="Pat Reyes"), send(action_plan_id=4)
    crm = FollowUpBoss(api_key=account.api_key, base_url=standin)
    texts = await crm.texts([str(human), str(machine)])
    assert [(each.automatic, each.user_name) for each in texts] == [(False, "Pat Reyes"), (True, "")]
    await crm.aclose()


@pytest.mark.parametrize(
    "path, collection",
    [("users", "users"), ("stages", "stages"), ("customFields", "customfields"), ("webhooks", "webhooks")],
)
async def test_the_account_lists_what_it_has(
    account: Account, http: httpx.AsyncClient, path: str, collection: str
) -> None:
    account.add_user(name="Pat Reyes", email="pat@example.org")
    account.add_webhook(event="peopleCreated", url="http://127.0.0.1:1/x")
    page = (await http.get(f"/{path}")).json()
    assert page["_metadata"]["collection"] == collection
    assert len(page[collection]) >= 1


async def test_identity_names_the_owner(account: Account, http: httpx.AsyncClient) -> None:
    account.add_user(name="Pat Reyes", email="pat@example.org")
    assert (await http.get("/identity")).json()["user"]["name"] == "Pat Reyes"


@pytest.mark.parametrize(
    "path, body, status",
    [
        ("/nowhere", None, 404),
        ("/people/987654", None, 404),
        ("/textMessages/987654", None, 404),
        ("/textMessages", None, 400),
        ("/notes", {"body": "x"}, 400),
        ("/notes", {"personId": 987654}, 404),
        ("/textMessages", {"personId": 1}, 400),
        ("/webhooks", {"event": "peopleCreated"}, 400),
        ("/webhooks", {"event": "peopleCreated", "url": "https://elsewhere.example.net/hook"}, 400),
    ],
)
async def test_what_cannot_be_answered_is_refused_in_the_vendors_envelope(
    http: httpx.AsyncClient, path: str, body: dict[str, Any] | None, status: int
) -> None:
    answer = await (http.get(path) if body is None else http.post(path, json=body))
    assert answer.status_code == status
    assert list(answer.json()) == ["errorMessage"]


@pytest.mark.parametrize("path", ["/webhooks", "/textMessages"])
async def test_a_system_that_is_not_registered_may_not_write_these(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.post(path, json={"event": "x", "url": "http://127.0.0.1:1/"}, headers={"X-System-Key": "no"})
    assert answer.status_code == 403


async def test_an_event_takes_two_webhooks_at_most(http: httpx.AsyncClient) -> None:
    hook = {"event": "peopleCreated", "url": "http://127.0.0.1:1/hook"}
    assert [(await http.post("/webhooks", json=hook)).status_code for _ in range(3)] == [201, 201, 400]


class Listener:
    """A hook that keeps what it is sent and answers with the status it was given."""

    def __init__(self, status: int) -> None:
        self.status = status
        self.received: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.received.append(request)
        return httpx.Response(self.status)


async def test_a_push_sends_ids_only_signed_to_the_hooks_of_that_event(account: Account) -> None:
    listener = Listener(200)
    account.add_webhook(event="peopleCreated", url="http://127.0.0.1:1/a")
    account.add_webhook(event="peopleUpdated", url="http://127.0.0.1:1/b")
    person_id = account.add_person(first_name="Ada", last_name="Byron", email="ada@example.org")
    async with httpx.AsyncClient(transport=httpx.MockTransport(listener)) as client:
        assert await account.push("peopleCreated", [person_id], client) == [200]
    [request] = listener.received
    assert request.url.path == "/a"
    assert request.headers["fub-signature"] == account.signature(request.content)
    body = json.loads(request.content)
    assert sorted(body) == ["event", "eventCreated", "eventId", "resourceIds", "uri"]
    assert (body["event"], body["resourceIds"]) == ("peopleCreated", [person_id])


@pytest.mark.parametrize("status, left", [(200, 1), (401, 1), (500, 1), (406, 0), (410, 0)])
async def test_a_hook_that_answers_406_or_410_is_forgotten(account: Account, status: int, left: int) -> None:
    account.add_webhook(event="peopleCreated", url="http://127.0.0.1:1/a")
    async with httpx.AsyncClient(transport=httpx.MockTransport(Listener(status))) as client:
        await account.push("peopleCreated", [1], client)
    assert len(account.webhooks) == left


def test_a_delivery_carries_the_data_its_event_has_and_no_address_after_a_deletion(account: Account) -> None:
    tagged = json.loads(account.delivery("peopleTagsCreated", [7], data={"tags": ["Buyer"]}).body)
    assert (tagged["data"], tagged["uri"]) == ({"tags": ["Buyer"]}, "https://api.followupboss.com/v1/people?id=7")
    assert json.loads(account.delivery("peopleDeleted", [7]).body)["uri"] is None


def test_the_same_event_id_makes_the_same_bytes(hands: Hands) -> None:
    account = Account(api_key="k", system="Tend", system_key="s", clock=hands)
    first, again = (account.delivery("peopleCreated", [7], event_id="e-1") for _ in range(2))
    assert json.loads(first.body)["eventId"] == json.loads(again.body)["eventId"] == "e-1"


async def test_many_calls_at_once_stay_inside_the_limit(account: Account, standin: str) -> None:
    crm = FollowUpBoss(
        api_key=account.api_key,
        system=account.system,
        system_key=account.system_key,
        base_url=standin,
        max_wait_seconds=0,
    )
    ids = [account.add_person(first_name=f"N{n}", last_name="") for n in range(20)]
    outcomes = await asyncio.gather(
        *(crm.add_note(str(each), subject="Tend", body="x") for each in ids), return_exceptions=True
    )
    refused = [each for each in outcomes if isinstance(each, CrmError)]
    assert len(account.notes) == 10
    assert {each.reason for each in refused} == {"throttled"}
    assert len(refused) == 10
    await crm.aclose()
