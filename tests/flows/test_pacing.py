"""Turns come at an even rate; one too far off is not waited for, and while a sender asks for time there is none."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from agent.clock import ManualClock, SystemClock, steady_seconds
from agent.flows.pacing import Pace
from tests import cast

NOW = SystemClock().now


async def test_emails_are_handed_over_no_faster_than_they_may_be() -> None:
    pace, begun = Pace(50, now=NOW), steady_seconds()
    turns = await asyncio.gather(*(pace.turn(within=0.3) for _ in range(40)))
    assert turns.count(True) == pytest.approx(16, abs=2)
    assert steady_seconds() - begun >= 0.28
    assert await Pace(0, now=NOW).turn(within=0.0)


async def test_no_more_is_taken_than_may_leave_soon() -> None:
    pace = Pace(2, now=NOW)
    assert pace.soon(within=5.0) == 11
    assert await pace.turn(within=1.0)
    assert pace.soon(within=5.0) == 10
    assert Pace(0.1, now=NOW).soon(within=5.0) == 1


@pytest.mark.parametrize("per_second", [0.0, 10.0])
async def test_while_a_sender_asks_for_time_there_is_no_turn_with_or_without_a_pace(per_second: float) -> None:
    clock = ManualClock(cast.TUESDAY_MORNING)
    pace = Pace(per_second, now=clock.now)
    pace.hold_off(60.0)
    pace.hold_off(5.0)
    clock.advance(timedelta(seconds=59))
    assert (pace.has_limit(), pace.soon(within=5.0), await pace.turn(within=30.0)) == (True, 0, False)
    clock.advance(timedelta(seconds=1))
    assert pace.has_limit() is bool(per_second)
    assert await pace.turn(within=30.0)


async def test_who_waits_for_a_turn_when_the_sender_asks_for_time_has_none() -> None:
    pace = Pace(20, now=ManualClock(cast.TUESDAY_MORNING).now)
    assert await pace.turn(within=1.0)
    waiting = asyncio.create_task(pace.turn(within=1.0))
    await asyncio.sleep(0)
    pace.hold_off(60.0)
    assert not await waiting
