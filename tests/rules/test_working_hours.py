"""Due times fall into the hours a person works."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.rules.team import Assignee, Vacation
from agent.rules.working_hours import at_work, due_within, next_open

AUSTIN = ZoneInfo("America/Chicago")
DANA = Assignee("dana", "Dana Reyes", "+15125550110", "dana@example.com", "America/Chicago", time(8), time(19))


def austin(day: int, hour: int, minute: int = 0) -> datetime:
    """An instant of July 2026 on Austin's clock."""
    return datetime(2026, 7, day, hour, minute, tzinfo=AUSTIN).astimezone(UTC)


@pytest.mark.parametrize(
    "now, within, due",
    [
        (austin(7, 10), timedelta(minutes=15), austin(7, 10, 15)),
        (austin(7, 18, 50), timedelta(minutes=10), austin(7, 19)),
        (austin(7, 18, 50), timedelta(minutes=15), austin(8, 8)),
        (austin(7, 23), timedelta(minutes=15), austin(8, 8, 15)),
        (austin(8, 3), timedelta(hours=1), austin(8, 9)),
        (austin(7, 10), timedelta(hours=48), austin(9, 10)),
        (austin(7, 22), timedelta(hours=24), austin(9, 8)),
        (austin(7, 12), timedelta(hours=8), austin(8, 8)),
    ],
)
def test_work_is_due_while_its_person_works(now: datetime, within: timedelta, due: datetime) -> None:
    assert due_within(now, within, DANA) == due


WEEKDAYS = replace(
    DANA, days=("mon", "tue", "wed", "thu", "fri"), vacation=(Vacation(date(2026, 7, 6), date(2026, 7, 7)),)
)


@pytest.mark.parametrize(
    "now, opens",
    [
        (austin(10, 19), austin(10, 19)),
        (austin(10, 19, 1), austin(13, 8)),
        (austin(11, 12), austin(13, 8)),
        (austin(12, 23), austin(13, 8)),
        (austin(7, 10), austin(7, 10)),
    ],
    ids=["friday evening", "friday night", "saturday", "sunday night", "a vacation moves no due time"],
)
def test_who_has_days_off_opens_on_the_next_day_they_work(now: datetime, opens: datetime) -> None:
    assert next_open(now, WEEKDAYS) == opens


@pytest.mark.parametrize(
    "now, works",
    [
        (austin(8, 8), True),
        (austin(8, 19), True),
        (austin(8, 7, 59), False),
        (austin(8, 19, 1), False),
        (austin(11, 12), False),
        (austin(6, 12), False),
        (austin(7, 12), False),
    ],
    ids=["opening", "closing", "before", "after", "saturday", "first day away", "last day away"],
)
def test_at_work_is_who_is_in_their_hours_on_a_day_of_theirs_and_not_away(now: datetime, works: bool) -> None:  # noqa: FBT001 - a column
    assert at_work(now, WEEKDAYS) is works


@pytest.mark.parametrize("day", [datetime(2026, 3, 7, 23, tzinfo=AUSTIN), datetime(2026, 10, 31, 23, tzinfo=AUSTIN)])
def test_the_morning_after_the_clocks_change_opens_at_the_same_hour(day: datetime) -> None:
    assert next_open(day.astimezone(UTC), DANA).astimezone(AUSTIN).time() == time(8)


@given(
    st.datetimes(datetime(2024, 1, 1), datetime(2031, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis adds the zone
    st.timedeltas(timedelta(0), timedelta(days=3)),
    st.tuples(st.times(), st.times()).filter(lambda hours: hours[0] < hours[1]),
    st.sampled_from(["America/Chicago", "America/Los_Angeles", "Pacific/Honolulu", "America/New_York"]),
)
def test_nothing_is_due_outside_the_hours_or_before_its_span_is_over_or_days_late(
    now: datetime, within: timedelta, hours: tuple[time, time], zone: str
) -> None:
    person = Assignee("dana", "Dana Reyes", "", "", zone, *hours)
    due = due_within(now, within, person)
    local = due.astimezone(ZoneInfo(zone)).time()
    assert hours[0] <= local <= hours[1] or hours[0] < time(3)  # an hour that the spring night leaves out
    assert now + within <= due <= now + within + timedelta(days=2, hours=1)
