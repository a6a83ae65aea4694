"""The stand-in's webhooks behave as documented: who may keep them, retried, disabled, forgotten, read again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from integrations.standins.followupboss import Account, app

START = datetime(2026, 11, 3, 16, 0, tzinfo=UTC)
HOOK = {"event": "peopleCreated", "url": "http://127.0.0.1:1/a"}


class Hands:
    """A clock moved by hand, and a hook that answers as it is told."""

    def __init__(self) -> None:
        self.now = START
        self.status = 500
        self.received: list[bytes] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.received.append(request.content)
        if not self.status:
            raise httpx.ConnectError("nobody there")
        return httpx.Response(self.status)

    def seconds(self) -> float:
        return self.now.timestamp()

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.MockTransport(self))


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def account(hands: Hands) -> Account:
    return Account(api_key="k", system="Tend", system_key="s", now=lambda: hands.now, clock=hands.seconds)


@pytest.fixture
async def http(account: Account) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app(account)),  # type: ignore[arg-type]  # Litestar's types are narrower
        base_url="http://standin/v1",
        auth=(account.api_key, ""),
        headers={"X-System": account.system, "X-System-Key": account.system_key},
    ) as client:
        yield client


@pytest.mark.parametrize("status", [500, 404, 0])
async def test_a_delivery_nobody_took_is_tried_again_after_one_five_five_ten_and_thirty_minutes(
    account: Account, hands: Hands, status: int
) -> None:
    hands.status = status
    account.add_webhook(**HOOK)
    async with hands.client() as client:
        await account.push("peopleCreated", [1], client)
        tried = []
        for minute in range(1, 120):
            hands.now = START + timedelta(minutes=minute)
            tried += [minute] * len(await account.push_due(client))
    assert tried == [1, 6, 11, 21, 51]
    assert len(set(hands.received)) == 1
    assert account.to_push_again == 0


async def test_a_delivery_that_was_taken_at_last_is_not_tried_again(account: Account, hands: Hands) -> None:
    account.add_webhook(**HOOK)
    async with hands.client() as client:
        await account.push("peopleCreated", [1], client)
        hands.status, hands.now = 200, START + timedelta(minutes=1)
        assert await account.push_due(client) == [200]
    assert account.to_push_again == 0


async def test_a_hook_that_fails_for_two_days_and_a_week_is_disabled_and_hears_nothing(
    account: Account, hands: Hands, http: httpx.AsyncClient
) -> None:
    account.add_webhook(**HOOK)
    async with hands.client() as client:
        for day in range(8):
            hands.now = START + timedelta(days=day)
            await account.push("peopleCreated", [day], client)
        assert await account.push("peopleCreated", [9], client) == []
    listed = (await http.get("/webhooks?status=Disabled")).json()["webhooks"]
    assert [each["event"] for each in listed] == ["peopleCreated"]
    answer = await http.put(f"/webhooks/{listed[0]['id']}", json={"status": "Active"})
    assert (answer.status_code, answer.json()["status"]) == (200, "Active")


async def test_a_hook_that_recovers_is_never_disabled(account: Account, hands: Hands) -> None:
    account.add_webhook(**HOOK)
    async with hands.client() as client:
        for day in range(20):
            hands.now = START + timedelta(days=day)
            hands.status = 500 if day % 3 == 0 else 200
            await account.push("peopleCreated", [day], client)
    assert [each["status"] for each in account.webhooks.values()] == ["Active"]


async def test_only_the_owners_key_keeps_webhooks(account: Account, http: httpx.AsyncClient) -> None:
    account.owner = False
    assert (await http.get("/webhooks")).status_code == 403
    assert (await http.post("/webhooks", json=HOOK)).status_code == 403
    assert (await http.get("/identity")).json()["user"]["isOwner"] is False


@pytest.mark.parametrize(
    "changes", [{"event": "usersCreated"}, {"url": "https://tend.example.com"}, {"url": "ftp://x"}]
)
async def test_an_event_there_is_none_of_and_an_address_that_cannot_be_are_refused(
    account: Account, http: httpx.AsyncClient, changes: dict[str, str]
) -> None:
    assert (await http.post("/webhooks", json=HOOK | changes)).status_code == 400
    made = account.add_webhook(**HOOK)
    assert (await http.put(f"/webhooks/{made}", json=changes)).status_code == 400
    assert account.webhooks[made]["url"] == HOOK["url"]


async def test_a_removed_webhook_is_answered_204_without_a_body_and_is_gone(
    account: Account, http: httpx.AsyncClient
) -> None:
    made = account.add_webhook(**HOOK)
    answer = await http.delete(f"/webhooks/{made}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert (await http.delete(f"/webhooks/{made}")).status_code == 404


async def test_what_was_pushed_can_be_read_once_more(account: Account, http: httpx.AsyncClient, hands: Hands) -> None:
    account.add_webhook(**HOOK)
    async with hands.client() as client:
        await account.push("peopleCreated", [7], client)
    (event_id,) = account.webhook_events
    assert (await http.get(f"/webhookEvents/{event_id}")).json()["resourceIds"] == [7]
    assert (await http.get("/webhookEvents/none")).status_code == 404


@pytest.mark.parametrize(
    "method, path, context, limit",
    [
        ("GET", "/people", "global", "250"),
        ("GET", "/events", "events", "20"),
        ("GET", "/notes/1", "notes", "10"),
        ("POST", "/notes", "notes", "10"),
    ],
)
async def test_calls_count_in_the_context_the_vendor_documents(
    http: httpx.AsyncClient, method: str, path: str, context: str, limit: str
) -> None:
    answer = await http.request(method, path, json=None if method == "GET" else {})
    assert (answer.headers["x-ratelimit-context"], answer.headers["x-ratelimit-limit"]) == (context, limit)


async def test_automations_are_shown_to_registered_systems_only(http: httpx.AsyncClient) -> None:
    assert (await http.get("/automationsPeople")).status_code == 200
    assert (await http.get("/automationsPeople", headers={"X-System-Key": "no"})).status_code == 403
