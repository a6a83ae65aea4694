"""A sender that runs wild is slowed down, alone, and only as long as it has to be."""

from __future__ import annotations

from datetime import timedelta

import pytest

from agent.clock import ManualClock
from agent.web.rate_limit import MOST_KNOWN, RateLimit
from tests import cast
from tests.stories.conftest import SQLITE, Opens


def limited(per_minute: int) -> tuple[RateLimit, ManualClock]:
    clock = ManualClock(cast.TUESDAY_MORNING)
    return RateLimit(per_minute, now=clock.now), clock


def test_so_many_at_once_pass_then_one_for_each_share_of_the_minute() -> None:
    limit, clock = limited(60)
    assert [limit.wait("192.0.2.1") for _ in range(60)] == [0.0] * 60
    assert limit.wait("192.0.2.1") == pytest.approx(1.0)
    clock.advance_to(clock.now() + timedelta(seconds=1))
    assert limit.wait("192.0.2.1") == 0.0
    assert limit.wait("192.0.2.1") > 0


def test_others_pass_meanwhile() -> None:
    limit, _ = limited(1)
    assert limit.wait("192.0.2.1") == 0.0
    assert limit.wait("192.0.2.1") > 0
    assert limit.wait("192.0.2.2") == 0.0


def test_whoever_waits_as_long_as_they_are_told_passes() -> None:
    limit, clock = limited(7)
    for _ in range(7):
        limit.wait("192.0.2.1")
    clock.advance_to(clock.now() + timedelta(seconds=limit.wait("192.0.2.1") + 0.001))
    assert limit.wait("192.0.2.1") == 0.0


def test_all_addresses_of_one_ipv6_network_are_one_sender() -> None:
    limit, _ = limited(1)
    assert limit.wait("2001:db8:1:2::1") == 0.0
    assert limit.wait("2001:db8:1:2:ffff::9") > 0
    assert limit.wait("2001:db8:1:3::1") == 0.0
    assert limit.wait("no:address") == 0.0


def test_zero_is_no_limit() -> None:
    limit, _ = limited(0)
    assert {limit.wait("192.0.2.1") for _ in range(1000)} == {0.0}


def test_a_crowd_of_senders_does_not_fill_the_memory() -> None:
    limit, _ = limited(1)
    for number in range(MOST_KNOWN + 100):
        limit.wait(str(number))
    assert len(limit) == MOST_KNOWN
    assert limit.wait(str(MOST_KNOWN + 99)) > 0


@SQLITE
async def test_the_door_answers_429_with_when_to_come_back_and_keeps_nothing(open_world: Opens) -> None:
    async with open_world(tend_forms_per_minute=2) as world:
        first, second, third = [await world.post_form(cast.form(each)) for each in (cast.MAYA, cast.DIEGO, cast.RUTH)]
        assert [each.status_code for each in (first, second, third)] == [201, 201, 429]
        assert third.headers["retry-after"] == "30"
        assert third.json() == {
            "success": False,
            "error": "TOO_MANY_REQUESTS",
            "message": "Too many forms from this address; post again later",
            "code": 429,
        }
        assert await world.lead_ids(cast.RUTH) == []
        world.clock.advance_to(world.clock.now() + timedelta(seconds=30))
        assert (await world.post_form(cast.form(cast.RUTH))).status_code == 201
