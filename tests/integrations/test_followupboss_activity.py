"""Calls, emails, notes, plans and changes as Follow Up Boss shows them, in every spelling (HTTP answered by respx)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import respx

from integrations.crm_activity import ActivityKind
from integrations.errors import CrmError
from integrations.providers.followupboss import FollowUpBoss
from integrations.providers.followupboss_shapes import person

BASE = "https://fub.example.com"
AT = "2026-11-02T09:14:58Z"
CALL = {"id": 9, "personId": 501, "created": AT, "isIncoming": True, "duration": 60, "userName": "Dana", "userId": 7}
NOTE = {"id": 9, "personId": 501, "created": AT, "subject": "Tend", "body": "hello", "createdById": 7}


@pytest.fixture
async def crm() -> AsyncIterator[FollowUpBoss]:
    crm = FollowUpBoss(api_key="k", system="Tend", system_key="s", base_url=BASE)
    yield crm
    await crm.aclose()


async def one(crm: FollowUpBoss, kind: ActivityKind, record: dict[str, Any]) -> Any:
    path = {"call": "calls", "note": "notes", "appointment": "appointments"}[kind]
    respx.get(f"{BASE}/v1/{path}/9").mock(return_value=httpx.Response(200, json=record))
    [found] = await crm.activities(kind, ["9"], uris=[])
    return found


@respx.mock
@pytest.mark.parametrize("incoming, means", [(1, True), (True, True), (0, False), (False, False), (None, False)])
@pytest.mark.parametrize("duration, answered", [(60, True), ("60", True), (0, False), (None, False), ("", False)])
async def test_a_calls_direction_and_length_are_read_in_every_spelling(
    crm: FollowUpBoss, incoming: object, duration: object, *, means: bool, answered: bool
) -> None:
    call = await one(crm, ActivityKind.CALL, CALL | {"isIncoming": incoming, "duration": duration})
    assert (call.incoming, call.answered, call.person_id, call.user_name) == (means, answered, "501", "Dana")


@respx.mock
@pytest.mark.parametrize(
    "changes, automatic, ours",
    [
        ({}, False, False),
        ({"systemName": "tend "}, True, True),
        ({"system": "Tend"}, False, True),
        ({"systemName": "Zapier"}, True, False),
        ({"createdById": None}, True, False),
        ({"createdById": 0}, True, False),
        ({"actionPlanId": 4}, True, False),
        ({"actionPlanId": 0, "leadFlowRouteId": None}, False, False),
        ({"leadFlowRouteId": 3}, True, False),
    ],
)
async def test_a_note_is_told_by_what_made_it(
    crm: FollowUpBoss, changes: dict[str, Any], *, automatic: bool, ours: bool
) -> None:
    note = await one(crm, ActivityKind.NOTE, NOTE | changes)
    assert (note.automatic, note.ours, note.words) == (automatic, ours, "Tend hello")


@respx.mock
async def test_an_appointment_is_with_its_first_guest_that_is_a_person_and_one_with_nobody_is_left_out(
    crm: FollowUpBoss,
) -> None:
    appointment = {"id": 9, "created": AT, "invitees": [{"userId": 7}, "?", {"personId": 501}, {"personId": 502}]}
    assert (await one(crm, ActivityKind.APPOINTMENT, appointment)).person_id == "501"
    respx.get(f"{BASE}/v1/appointments/9").mock(return_value=httpx.Response(200, json=appointment | {"invitees": None}))
    assert await crm.activities(ActivityKind.APPOINTMENT, ["9"], uris=[]) == []


@respx.mock
@pytest.mark.parametrize(
    "answer",
    [
        {"_metadata": {"collection": "emails"}, "emails": [CALL]},
        CALL,
    ],
)
async def test_emails_are_fetched_where_the_event_said_as_a_list_or_by_themselves(
    crm: FollowUpBoss, answer: dict[str, Any]
) -> None:
    respx.get(f"{BASE}/v1/emails?id=9").mock(return_value=httpx.Response(200, json=answer))
    [email] = await crm.activities(ActivityKind.EMAIL, ["9"], uris=[f"{BASE}/v1/emails?id=9"])
    assert (email.kind, email.incoming, email.answered) == (ActivityKind.EMAIL, True, None)


@respx.mock
@pytest.mark.parametrize(
    "uri",
    [
        "https://evil.example.com/v1/emails?id=9",
        "http://fub.example.com/v1/emails?id=9",
        "https://fub.example.com:8443/v1/emails?id=9",
        "https://fub.example.com/v2/emails?id=9",
        "https://fub.example.com/v1/../admin",
        "https://fub.example.com.evil.example/v1/emails",
        "https://fub.example.com@evil.example/v1/emails",
        "//evil.example.com/v1/emails",
        "/v1/emails",
        "http://[",
        "file:///etc/passwd",
    ],
)
async def test_an_address_that_is_not_the_configured_hosts_is_never_called(crm: FollowUpBoss, uri: str) -> None:
    with pytest.raises(CrmError, match="foreign_link"):
        await crm.activities(ActivityKind.EMAIL, ["9"], uris=[uri])
    assert len(respx.calls) == 0


@respx.mock
@pytest.mark.parametrize("status", [403, 404])
async def test_what_this_key_may_not_see_is_missing_and_runs_no_plan(crm: FollowUpBoss, status: int) -> None:
    respx.route().mock(return_value=httpx.Response(status, json={"errorMessage": "No."}))
    assert await crm.activities(ActivityKind.NOTE, ["9"], uris=[]) == []
    assert await crm.unsubscribed([f"{BASE}/v1/emEvents?id=9"]) == []
    assert await crm.running("501") == ()


@respx.mock
@pytest.mark.parametrize("status", [401, 500])
async def test_a_wrong_key_or_a_crm_that_is_away_is_no_plan_that_does_not_run(crm: FollowUpBoss, status: int) -> None:
    respx.route().mock(return_value=httpx.Response(status))
    with pytest.raises(CrmError):
        await crm.running("501")


@respx.mock
async def test_a_plan_without_a_name_is_named_by_itself_or_by_its_kind(crm: FollowUpBoss) -> None:
    pairings = [{"id": 1, "actionPlanId": 4, "status": "Running"}, {"id": 2, "actionPlanId": 5, "status": "running"}]
    listed = {"_metadata": {"collection": "actionPlansPeople"}, "actionPlansPeople": pairings}
    respx.get(f"{BASE}/v1/actionPlansPeople").mock(return_value=httpx.Response(200, json=listed))
    respx.get(f"{BASE}/v1/actionPlans/4").mock(return_value=httpx.Response(200, json={"id": 4, "name": "Ten days"}))
    respx.get(f"{BASE}/v1/actionPlans/5").mock(return_value=httpx.Response(404))
    respx.get(f"{BASE}/v1/automationsPeople").mock(return_value=httpx.Response(403))
    assert await crm.running("501") == ("the action plan “Ten days”", "an action plan")


@respx.mock
async def test_changes_are_read_from_the_newest_until_they_are_older_than_asked(crm: FollowUpBoss) -> None:
    def page(*stamps: str, following: str | None) -> httpx.Response:
        people = [{"id": int(stamp[-3:-1]), "updated": stamp, "created": AT} for stamp in stamps]
        return httpx.Response(
            200, json={"_metadata": {"collection": "people", "nextLink": following}, "people": people}
        )

    respx.get(f"{BASE}/v1/people", params={"next": "b"}).mock(
        return_value=page("2026-11-02T09:00:30Z", "2026-11-02T09:00:10Z", following=f"{BASE}/v1/people?next=c")
    )
    first = respx.get(f"{BASE}/v1/people", params={"sort": "-updated"}).mock(
        return_value=page("2026-11-02T09:00:50Z", "2026-11-02T09:00:40Z", following=f"{BASE}/v1/people?next=b")
    )
    found = await crm.changed_since(datetime(2026, 11, 2, 9, 0, 30, tzinfo=UTC))
    assert [each.person_id for each in found] == ["50", "40", "30"]
    assert first.calls.last.request.url.params["includeTrash"] == "true"
    assert len(respx.calls) == 2


@respx.mock
async def test_since_when_somebody_was_active_is_asked_in_the_filters_own_spelling(crm: FollowUpBoss) -> None:
    answer = {"_metadata": {"collection": "people"}, "people": [{"id": 5, "lastActivity": AT, "created": AT}]}
    route = respx.get(f"{BASE}/v1/people").mock(return_value=httpx.Response(200, json=answer))
    [active] = await crm.active_since(datetime(2026, 11, 2, 9, 0, tzinfo=UTC))
    assert active.person_id == "5"
    assert route.calls.last.request.url.params["lastActivityAfter"] == "2026-11-02 09:00:00"


@pytest.mark.parametrize(
    "fields, pond, shared, trashed",
    [
        ({}, "", (), False),
        ({"assignedPondId": 3}, "pond 3", (), False),
        ({"assignedPondId": 3, "assignedPondName": "Buyers"}, "Buyers", (), False),
        ({"assignedPondId": 3, "assignedUserId": 7}, "", (), False),
        ({"assignedPondId": 0}, "", (), False),
        ({"collaborators": [{"id": 7, "role": "Agent"}, {"id": 8, "role": "Lender"}, {"id": 0}, 5]}, "", ("7",), False),
        ({"stage": "trash"}, "", (), True),
    ],
)
def test_who_shares_a_person_and_where_they_stand(
    fields: dict[str, Any], pond: str, shared: tuple[str, ...], *, trashed: bool
) -> None:
    found = person({"id": 501, "created": AT} | fields)
    assert (found.pond, found.shared_with, found.trashed) == (pond, shared, trashed)


def test_a_masked_background_is_no_background() -> None:
    assert person({"id": 501, "created": AT, "background": "* hidden for privacy reasons *"}).background == ""


@respx.mock
async def test_each_context_an_answer_names_has_a_window_of_its_own_for_each_method() -> None:
    slept: list[float] = []
    now = [1000.0]

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    crm = FollowUpBoss(api_key="k", system="Tend", system_key="s", base_url=BASE, clock=lambda: now[0], sleep=sleep)
    tight = {"x-ratelimit-context": "webhooks", "x-ratelimit-limit": "2", "x-ratelimit-window": "10"}
    wide = {"x-ratelimit-context": "global", "x-ratelimit-limit": "250", "x-ratelimit-window": "10"}
    hook = {"id": 1, "event": "peopleCreated", "url": "https://tend.example.com/x", "status": "Disabled"}
    listed = {"_metadata": {"collection": "webhooks"}, "webhooks": [hook]}
    respx.get(f"{BASE}/v1/webhooks").mock(return_value=httpx.Response(200, json=listed, headers=wide))
    respx.put(f"{BASE}/v1/webhooks/1").mock(return_value=httpx.Response(200, json=hook, headers=tight))
    respx.post(f"{BASE}/v1/webhooks").mock(return_value=httpx.Response(201, json=hook, headers=tight))
    await crm.keep_hooks("https://tend.example.com/x", formerly="")

    assert len(slept) >= 4
    await crm.pushes_to("https://tend.example.com/x")
    now_slept = len(slept)
    await crm.pushes_to("https://tend.example.com/x")
    assert len(slept) == now_slept
    await crm.aclose()
