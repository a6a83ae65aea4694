"""When a campaign's leads may be written to."""

from __future__ import annotations

from datetime import date

import pytest

from agent.rules.campaigns import off_because

_FIRST, _LAST = date(2026, 7, 7), date(2026, 7, 9)


@pytest.mark.parametrize(
    "status, today, reason",
    [
        ("active", date(2026, 7, 6), "begins on 7 July 2026"),
        ("active", date(2026, 7, 7), ""),
        ("active", date(2026, 7, 9), ""),
        ("active", date(2026, 7, 10), "ended on 9 July 2026"),
        ("draft", date(2026, 7, 8), ""),
        ("draft", date(2026, 7, 10), "ended on 9 July 2026"),
        ("paused", date(2026, 7, 8), "is paused"),
        ("completed", date(2026, 7, 6), "is completed"),
    ],
)
def test_a_campaign_is_on_from_its_first_day_to_its_last(status: str, today: date, reason: str) -> None:
    assert off_because(status, starts_on=_FIRST, ends_on=_LAST, today=today) == reason


def test_a_campaign_without_days_is_always_on() -> None:
    assert off_because("active", starts_on=None, ends_on=None, today=_FIRST) == ""
