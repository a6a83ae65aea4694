"""The stand-in's troubles happen to calls as said, and its pushes tell of everything that changed, in any order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

import httpx
import pytest

from integrations.errors import CrmError
from integrations.providers.followupboss import FollowUpBoss
from integrations.standins.followupboss import Account
from integrations.standins.followupboss_restless import Restless
from integrations.standins.followupboss_troubles import Trouble, Troubles

Serve = Callable[[Account], AbstractAsyncContextManager[str]]


@pytest.mark.parametrize(
    "trouble, reason, done",
    [
        (Trouble.BROKEN, "unavailable", False),
        (Trouble.LOST, "unavailable", True),
        (Trouble.SILENT, "timeout", False),
        (Trouble.SILENT_BUT_DONE, "timeout", True),
    ],
)
async def test_a_call_fails_in_the_way_it_was_told_to_and_is_done_or_not(
    account: Account, serve: Serve, trouble: Trouble, reason: str, *, done: bool
) -> None:
    person_id = account.add_person(first_name="Ada", last_name="")
    account.troubles.at_random({trouble: 1.0}, seed=1)
    async with serve(account) as url:
        crm = FollowUpBoss(api_key=account.api_key, base_url=url, timeout_seconds=0.5)
        with pytest.raises(CrmError) as raised:
            await crm.add_note(str(person_id), subject="Tend", body="once")
        await crm.aclose()
    assert raised.value.reason == reason
    assert len(account.notes) == done
    assert account.troubles.had == {trouble: 1}


def test_the_same_seed_has_the_same_troubles_at_the_rates_given() -> None:
    rates = {Trouble.BROKEN: 0.2, Trouble.LOST: 0.1}
    found = []
    for _ in range(2):
        troubles = Troubles()
        troubles.at_random(rates, seed=5)
        found.append([troubles.next("GET", "people") for _ in range(2000)])
    assert found[0] == found[1]
    counted = Counter(found[0])
    assert counted[Trouble.BROKEN] == pytest.approx(400, abs=80)
    assert counted[Trouble.LOST] == pytest.approx(200, abs=60)


class _Heard:
    """Whoever is pushed to."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []

    async def post(self, url: str, *, content: bytes, headers: Mapping[str, str]) -> httpx.Response:
        del url, headers
        self.bodies.append(httpx.Response(200, content=content).json())
        return httpx.Response(200)


async def test_everything_that_changed_is_pushed_some_of_it_twice_and_nothing_more_after_that(account: Account) -> None:
    for event in ("peopleCreated", "peopleUpdated", "peopleStageUpdated", "peopleDeleted"):
        account.add_webhook(event=event, url="http://127.0.0.1:9/hooks/followupboss")
    restless, heard = Restless(account, seed=2, twice=0.5, late=0.5), _Heard()
    ids = [account.add_person(first_name=f"N{number}", last_name="") for number in range(60)]
    await restless.push(heard)
    for person_id in ids[:30]:
        account.people[person_id]["updated"] = "2020-01-01T00:00:00Z"
        account.change_person(person_id, stage="Closed")
    account.delete_person(ids[-1])
    for _ in range(12):
        await restless.push(heard)

    told = {(body["event"], each) for body in heard.bodies for each in body["resourceIds"]}
    assert {each for event, each in told if event == "peopleCreated"} == set(ids)
    assert {each for event, each in told if event == "peopleStageUpdated"} == set(ids[:30])
    assert ("peopleDeleted", ids[-1]) in told
    assert len(heard.bodies) > len({body["eventId"] for body in heard.bodies})
    assert await restless.push(heard) == 0
