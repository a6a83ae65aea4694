"""Turns come at an even rate, and a turn that is too far off is not waited for."""

from __future__ import annotations

import asyncio

import pytest

from agent.clock import steady_seconds
from agent.flows.pacing import Pace


async def test_emails_are_handed_over_no_faster_than_they_may_be() -> None:
    pace, begun = Pace(50), steady_seconds()
    turns = await asyncio.gather(*(pace.turn(within=0.3) for _ in range(40)))
    assert turns.count(True) == pytest.approx(16, abs=2)
    assert steady_seconds() - begun >= 0.28
    assert await Pace(0).turn(within=0.0)


async def test_no_more_is_taken_than_may_leave_soon() -> None:
    pace = Pace(2)
    assert pace.soon(within=5.0) == 11
    assert await pace.turn(within=1.0)
    assert pace.soon(within=5.0) == 10
    assert Pace(0.1).soon(within=5.0) == 1
