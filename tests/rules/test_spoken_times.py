"""What phrases about time come to, where the tables of `tests/reading` do not say it: clocks, words, odd input."""

from __future__ import annotations

import time as stopwatch
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.rules.named_time import named_time
from agent.rules.spoken_times import When, in_words, resolve

CHICAGO = ZoneInfo("America/Chicago")
WEDNESDAY = datetime(2026, 3, 4, 9, 30, tzinfo=CHICAGO)
TODAY = WEDNESDAY.date()


def meant(words: str, *, said_at: datetime = WEDNESDAY, zone: ZoneInfo = CHICAGO) -> When:
    when = resolve(words, said_at=said_at, zone=zone)
    assert when is not None, words
    return when


@pytest.mark.parametrize(
    "words, said",
    [
        ("Saturday morning", "Sat 7 Mar, morning"),
        ("tomorrow after 5", "Thu 5 Mar, after 17:00"),
        ("Friday before 10", "Fri 6 Mar, before 10:00"),
        ("around 2:30", "Wed 4 Mar, about 14:30"),
        ("tomorrow 2-4", "Thu 5 Mar, 14:00 to 16:00"),
        ("this weekend", "Sat 7 to Sun 8 Mar"),
        ("Saturday or Sunday afternoon", "Sat 7 Mar, afternoon or Sun 8 Mar, afternoon"),
        ("next month", "April"),
        ("by the end of May", "by Sun 31 May"),
        ("after the 15th", "from Mon 16 Mar"),
        ("next spring", "1 Mar to 31 May 2027"),
        ("Jan 5", "Tue 5 Jan 2027"),
        ("this winter", "1 Dec 2026 to 28 Feb 2027"),
    ],
)
def test_a_time_is_written_as_a_page_shows_it(words: str, said: str) -> None:
    assert in_words(meant(words), TODAY) == said


@pytest.mark.parametrize(
    "words", ["", "whenever", "not sure yet", "3 bed 2 bath", "under 450k", "three days ago", "the 2nd floor", "24/7"]
)
def test_words_that_name_no_time_come_to_nothing(words: str) -> None:
    assert resolve(words, said_at=WEDNESDAY, zone=CHICAGO) is None


def test_what_our_patterns_do_not_know_is_left_to_the_library() -> None:
    assert meant("10 de marzo 2027 / 10.03.2027").day == date(2027, 10, 3)
    assert resolve("5 janvier", said_at=WEDNESDAY, zone=CHICAGO) is None


def test_a_day_is_the_leads_own_not_the_servers() -> None:
    late = datetime(2026, 3, 5, 4, 30, tzinfo=UTC)
    assert meant("tomorrow", said_at=late).day == date(2026, 3, 5)
    assert meant("tomorrow", said_at=late, zone=ZoneInfo("America/New_York")).day == date(2026, 3, 5)
    assert meant("today", said_at=late, zone=ZoneInfo("Europe/Berlin")).day == date(2026, 3, 5)


def test_hours_from_now_are_counted_through_a_change_of_the_clocks() -> None:
    before = datetime(2026, 3, 8, 1, 0, tzinfo=CHICAGO)
    part = meant("in two hours", said_at=before).part
    assert part is not None
    assert part.start == time(4, 0)


def test_a_wall_clock_on_the_day_clocks_change_is_the_right_instant() -> None:
    sunday = meant("Sunday at 2:30")
    assert sunday.starts_at(CHICAGO, at=time(9)) == datetime(2026, 3, 8, 19, 30, tzinfo=UTC)
    skipped = meant("March 8 at 2:30am")
    assert skipped.starts_at(CHICAGO, at=time(9)) == datetime(2026, 3, 8, 8, 30, tzinfo=UTC)
    twice = meant("November 1 at 1:30am")
    assert twice.starts_at(CHICAGO, at=time(9)) == datetime(2026, 11, 1, 6, 30, tzinfo=UTC)


def test_a_part_of_today_that_is_over_is_tomorrows() -> None:
    evening = WEDNESDAY.replace(hour=18)
    assert meant("in the afternoon", said_at=evening).day == TODAY + timedelta(days=1)
    assert meant("after 5", said_at=evening).day == TODAY
    assert meant("at 2", said_at=evening).day == TODAY + timedelta(days=1)


def test_a_day_without_an_hour_begins_at_nine() -> None:
    saturday = named_time("Saturday", said_at=WEDNESDAY, zone="America/Chicago")
    assert saturday is not None
    assert saturday.starts_at == datetime(2026, 3, 7, 15, 0, tzinfo=UTC)


@given(
    st.text(max_size=200)
    | st.from_regex(r"(?:next |in |the |by )?\d{1,5}[ /:-]?(?:th|weeks|years|pm|march)?", fullmatch=True)
)
def test_any_words_are_resolved_or_left_without_failing(words: str) -> None:
    when = resolve(words, said_at=WEDNESDAY, zone=CHICAGO)
    if when is not None:
        assert in_words(when, TODAY)


@pytest.mark.parametrize(
    "words", ["1" * 5000, "next " * 2000, "or " * 2000, "march " * 2000, "at 1 " * 2000, "the " * 3000]
)
def test_hostile_words_cost_no_time(words: str) -> None:
    started = stopwatch.perf_counter()
    resolve(words, said_at=WEDNESDAY, zone=CHICAGO)
    assert stopwatch.perf_counter() - started < 1
