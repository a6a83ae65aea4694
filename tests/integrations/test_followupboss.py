"""Follow Up Boss's failures, spellings and limits, as its provider answers for them (HTTP answered by respx)."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable
from typing import Any, Protocol

import httpx
import pytest
import respx

from integrations.errors import CrmError
from integrations.providers.followupboss import FollowUpBoss

BASE = "https://fub.example.com"
PERSON = {"id": 501, "created": "2026-10-30T14:02:11Z", "updated": "2026-11-02T09:14:58Z", "name": "Sam Ortiz"}
TEXT = {"id": 9, "personId": 501, "created": "2026-11-02T09:14:58Z", "message": "hi", "isIncoming": True}


class Hands(Protocol):
    slept: list[float]

    def __call__(self) -> float: ...
    def sleep(self, seconds: float) -> Awaitable[None]: ...


@pytest.fixture
async def crm(hands: Hands) -> AsyncIterator[FollowUpBoss]:
    crm = FollowUpBoss(
        api_key="fka_invented",
        system="Tend",
        system_key="tend-test-key",
        base_url=BASE,
        max_wait_seconds=12,
        clock=hands,
        sleep=hands.sleep,
    )
    yield crm
    await crm.aclose()


def people_page(*people: dict[str, Any], next_link: str | None = None, collection: str = "people") -> httpx.Response:
    metadata = {"collection": collection, "nextLink": next_link}
    return httpx.Response(200, json={"_metadata": metadata, "people": list(people)})


async def failure(call: Awaitable[object]) -> CrmError:
    with pytest.raises(CrmError) as caught:
        await call
    return caught.value


@respx.mock
async def test_every_call_shows_the_key_with_an_empty_password_and_the_registered_system(crm: FollowUpBoss) -> None:
    route = respx.get(f"{BASE}/v1/people").mock(return_value=people_page(PERSON))
    await crm.people(["501", "502"])
    request = route.calls.last.request
    assert request.headers["authorization"] == "Basic ZmthX2ludmVudGVkOg=="
    assert (request.headers["x-system"], request.headers["x-system-key"]) == ("Tend", "tend-test-key")
    asked = dict(request.url.params)
    assert (asked["id"], asked["fields"], asked["includeTrash"]) == ("501,502", "allFields", "true")


@respx.mock
async def test_ids_go_out_a_hundred_at_a_time(crm: FollowUpBoss) -> None:
    route = respx.get(f"{BASE}/v1/people").mock(return_value=people_page())
    await crm.people([str(n) for n in range(1, 251)])
    assert [len(call.request.url.params["id"].split(",")) for call in route.calls] == [100, 100, 50]


@respx.mock
@pytest.mark.parametrize(
    "status, reason, permanent",
    [
        (302, "refused", True),
        (400, "bad_request", True),
        (401, "bad_key", True),
        (403, "forbidden", True),
        (404, "not_found", True),
        (408, "timeout", False),
        (418, "refused", True),
        (500, "unavailable", False),
        (503, "unavailable", False),
    ],
)
async def test_a_status_becomes_its_reason(crm: FollowUpBoss, status: int, reason: str, *, permanent: bool) -> None:
    respx.get(f"{BASE}/v1/people").mock(return_value=httpx.Response(status, json={"errorMessage": "No."}))
    error = await failure(crm.people(["501"]))
    assert (error.reason, error.permanent) == (reason, permanent)


@respx.mock
async def test_the_vendors_words_are_kept_short_and_on_one_line(crm: FollowUpBoss) -> None:
    words = {"errorMessage": "Account\nexpired " + "x" * 500}
    respx.get(f"{BASE}/v1/people").mock(return_value=httpx.Response(403, json=words))
    error = await failure(crm.people(["501"]))
    assert error.detail.startswith("HTTP 403 Account expired xxx")
    assert len(error.detail) < 220


@respx.mock
@pytest.mark.parametrize(
    "fault, reason",
    [
        (httpx.ConnectTimeout("slow"), "timeout"),
        (httpx.ReadTimeout("slow"), "timeout"),
        (httpx.ConnectError("nobody there"), "unreachable"),
        (httpx.RemoteProtocolError("cut off"), "unreachable"),
    ],
)
async def test_a_broken_connection_may_be_tried_again(crm: FollowUpBoss, fault: Exception, reason: str) -> None:
    respx.get(f"{BASE}/v1/people").mock(side_effect=fault)
    error = await failure(crm.people(["501"]))
    assert (error.reason, error.permanent) == (reason, False)


@respx.mock
@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[]", b"null", b'"x"', b"\xff", b"[" * 50_000, b"{}", b'{"_metadata":{"collection":"people"}}'],
)
async def test_an_answer_that_is_no_page_is_malformed(crm: FollowUpBoss, body: bytes) -> None:
    respx.get(f"{BASE}/v1/people").mock(return_value=httpx.Response(200, content=body))
    assert (await failure(crm.people(["501"]))).reason == "malformed_answer"


@respx.mock
async def test_a_person_without_a_creation_time_is_malformed(crm: FollowUpBoss) -> None:
    respx.get(f"{BASE}/v1/people").mock(return_value=people_page({"id": 501, "created": "yesterday"}))
    error = await failure(crm.people(["501"]))
    assert (error.reason, error.permanent, error.detail) == ("malformed_answer", True, "created is not a time")


@respx.mock
async def test_the_array_is_found_whatever_its_letter_case(crm: FollowUpBoss) -> None:
    respx.get(f"{BASE}/v1/people").mock(return_value=people_page(PERSON, collection="People"))
    assert [each.first_name for each in await crm.people(["501"])] == ["Sam"]


@respx.mock
async def test_a_next_page_on_the_same_host_is_followed(crm: FollowUpBoss) -> None:
    link = f"{BASE}/v1/people?limit=1&next=abc"
    respx.get(f"{BASE}/v1/people", params={"next": "abc"}).mock(return_value=people_page(PERSON | {"id": 502}))
    respx.get(f"{BASE}/v1/people").mock(return_value=people_page(PERSON, next_link=link))
    assert [each.id for each in await crm.people(["501", "502"])] == ["501", "502"]


@respx.mock
@pytest.mark.parametrize(
    "link",
    [
        "https://elsewhere.example.net/v1/people?next=abc",
        "https://fub.example.com.elsewhere.example.net/v1/people",
        "http://fub.example.com/v1/people",
        "https://fub.example.com:8443/v1/people",
        "https://fub.example.com@elsewhere.example.net/v1/people",
        "https://fub.example.com/elsewhere",
        "//elsewhere.example.net/v1/people",
        "/v1/people?next=abc",
        "https://[",
        7,
    ],
)
async def test_a_next_page_anywhere_else_is_refused_and_never_asked(crm: FollowUpBoss, link: object) -> None:
    metadata = {"collection": "people", "nextLink": link}
    answer = httpx.Response(200, json={"_metadata": metadata, "people": [PERSON]})
    route = respx.route().mock(return_value=answer)
    error = await failure(crm.people(["501"]))
    assert (error.reason, error.permanent) == ("foreign_link", True)
    assert route.call_count == 1


@respx.mock
async def test_pages_that_run_in_a_circle_end_in_an_error(crm: FollowUpBoss) -> None:
    route = respx.get(f"{BASE}/v1/people").mock(return_value=people_page(PERSON, next_link=f"{BASE}/v1/people?next=a"))
    assert (await failure(crm.people(["501"]))).reason == "malformed_answer"
    assert route.call_count <= 101


@respx.mock
async def test_a_refusal_for_speed_is_waited_out_as_long_as_it_asks(crm: FollowUpBoss, hands: Hands) -> None:
    slow = httpx.Response(429, headers={"Retry-After": "3"}, json={"errorMessage": "Slow down."})
    respx.get(f"{BASE}/v1/people").mock(side_effect=[slow, people_page(PERSON)])
    assert len(await crm.people(["501"])) == 1
    assert hands.slept == [3.0]


@respx.mock
async def test_a_wait_longer_than_allowed_is_handed_back_with_its_length(crm: FollowUpBoss, hands: Hands) -> None:
    slow = httpx.Response(429, headers={"Retry-After": "40"})
    route = respx.get(f"{BASE}/v1/people").mock(return_value=slow)
    error = await failure(crm.people(["501"]))
    assert (error.reason, error.permanent, error.retry_after_seconds) == ("throttled", False, 40.0)
    assert (hands.slept, route.call_count) == ([], 1)


@respx.mock
async def test_a_closed_context_is_not_asked_again_before_its_time(crm: FollowUpBoss) -> None:
    route = respx.get(f"{BASE}/v1/people").mock(return_value=httpx.Response(429, headers={"Retry-After": "40"}))
    await failure(crm.people(["501"]))
    assert (await failure(crm.people(["501"]))).reason == "throttled"
    assert route.call_count == 1


@respx.mock
@pytest.mark.parametrize("stated", [None, "soon", "-5", "nan", "inf"])
async def test_endless_refusals_without_a_usable_time_give_up(
    crm: FollowUpBoss, hands: Hands, stated: str | None
) -> None:
    headers = {"Retry-After": stated} if stated else {}
    route = respx.get(f"{BASE}/v1/people").mock(return_value=httpx.Response(429, headers=headers))
    assert (await failure(crm.people(["501"]))).reason == "throttled"
    assert route.call_count == 3
    assert 0 < sum(hands.slept) <= 12


@respx.mock
async def test_a_context_learned_from_an_answer_paces_the_calls_after_it(crm: FollowUpBoss, hands: Hands) -> None:
    limits = {"X-RateLimit-Context": "texts", "X-RateLimit-Limit": "2", "X-RateLimit-Window": "10"}
    respx.get(url__startswith=f"{BASE}/v1/textMessages/").mock(
        return_value=httpx.Response(200, json=TEXT, headers=limits)
    )
    await crm.texts([str(n) for n in range(1, 6)])
    assert [round(each) for each in hands.slept] == [10, 10]


@respx.mock
async def test_notes_keep_to_ten_in_ten_seconds_before_any_answer_says_so(crm: FollowUpBoss, hands: Hands) -> None:
    respx.post(f"{BASE}/v1/notes").mock(return_value=httpx.Response(201, json={"id": 77}))
    for _ in range(11):
        assert await crm.add_note("501", subject="Tend", body="hello") == "77"
    assert hands.slept == [10.0]


@respx.mock
@pytest.mark.parametrize(
    "message", ["* Body is hidden for privacy reasons *", "* HIDDEN for privacy reasons *", "", "  ", None]
)
async def test_a_masked_or_blank_text_has_no_body(crm: FollowUpBoss, message: str | None) -> None:
    respx.get(f"{BASE}/v1/textMessages/9").mock(return_value=httpx.Response(200, json=TEXT | {"message": message}))
    [text] = await crm.texts(["9"])
    assert text.body is None


@respx.mock
@pytest.mark.parametrize(
    "fields, automatic",
    [
        ({"isIncoming": 0, "actionPlanId": 0, "leadFlowRouteId": None}, False),
        ({"isIncoming": 0, "actionPlanId": 4}, True),
        ({"isIncoming": False, "leadFlowRouteId": 12}, True),
        ({"isIncoming": 1, "actionPlanId": 4}, False),
    ],
)
async def test_a_machines_text_is_told_from_a_humans(
    crm: FollowUpBoss, fields: dict[str, Any], *, automatic: bool
) -> None:
    respx.get(f"{BASE}/v1/textMessages/9").mock(return_value=httpx.Response(200, json=TEXT | fields))
    [text] = await crm.texts(["9"])
    assert text.automatic is automatic


@respx.mock
async def test_from_and_to_are_read_under_either_name(crm: FollowUpBoss) -> None:
    spelled = TEXT | {"from": "+15125550142", "toNumber": "+15125550100"}
    respx.get(f"{BASE}/v1/textMessages/9").mock(return_value=httpx.Response(200, json=spelled))
    [text] = await crm.texts(["9"])
    assert (text.from_number, text.to_number) == ("+15125550142", "+15125550100")


@respx.mock
async def test_odd_spellings_of_a_person_are_understood(crm: FollowUpBoss) -> None:
    odd = PERSON | {
        "updated": None,
        "price": 0,
        "assignedUserId": 7,
        "tags": ["Buyer", None, 3],
        "emails": [{"value": "sam@example.org", "isPrimary": True, "status": "Not Validated"}, {"value": ""}, None],
        "phones": [{"value": "(512) 555-0142", "isPrimary": 0, "status": "Invalid", "isLandline": None}],
        "addresses": None,
        "customRooms": 3.0,
        "customOk": True,
        "customAreas": ["78704", "78741"],
        "customNone": None,
        "customized": "no custom field",
    }
    respx.get(f"{BASE}/v1/people").mock(return_value=people_page(odd))
    [sam] = await crm.people(["501"])
    assert (sam.first_name, sam.last_name, sam.price, sam.assigned_user_id) == ("Sam", "Ortiz", None, "7")
    assert sam.updated_at == sam.created_at
    assert sam.tags == ("Buyer",)
    [email] = sam.emails
    assert (email.primary, email.valid) == (True, None)
    [phone] = sam.phones
    assert (phone.primary, phone.valid, phone.landline) == (False, False, None)
    assert sam.custom == {"customRooms": "3", "customOk": "true", "customAreas": "78704, 78741"}


async def test_a_server_that_never_finishes_is_given_up_in_time(hanging: str) -> None:
    crm = FollowUpBoss(api_key="k", base_url=hanging, timeout_seconds=0.4)
    started = time.monotonic()
    error = await failure(crm.people(["501"]))
    assert (error.reason, error.permanent) == ("timeout", False)
    assert time.monotonic() - started < 2
    await crm.aclose()
