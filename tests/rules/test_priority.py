from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from agent.rules.priority import QueueFacts, Tier, rank, tier
from agent.rules.triage import TodoKind

NOW = datetime(2026, 3, 10, 15, 0, tzinfo=UTC)
PLAIN = QueueFacts(
    todo_kind=TodoKind.ANSWER,
    due_at=NOW + timedelta(hours=1),
    score=50,
    hot=False,
    waiting_since=NOW - timedelta(minutes=20),
    snoozed_until=None,
)
SHOWING = replace(PLAIN, todo_kind=TodoKind.SHOWING, hot=True)
CALL_BACK = replace(SHOWING, todo_kind=TodoKind.CALL)
HOT = replace(PLAIN, hot=True)
OVERDUE = replace(PLAIN, due_at=NOW - timedelta(hours=5))
SNOOZED = replace(SHOWING, snoozed_until=NOW + timedelta(hours=2))


def in_order(*facts: QueueFacts) -> bool:
    ranks = [rank(one, NOW) for one in facts]
    return ranks == sorted(set(ranks))


def test_showings_then_hot_then_overdue_then_the_rest_then_snoozed() -> None:
    assert in_order(SHOWING, HOT, OVERDUE, PLAIN, SNOOZED)


def test_a_wish_to_talk_stands_beside_a_wish_to_see() -> None:
    assert tier(SHOWING, NOW) is tier(CALL_BACK, NOW) is Tier.WAITING_FOR_US


def test_a_planned_call_that_nobody_asked_for_is_ordinary_work() -> None:
    assert tier(replace(CALL_BACK, hot=False), NOW) is Tier.OPEN


def test_among_equals_the_longest_overdue_goes_first_whatever_the_score() -> None:
    assert in_order(replace(OVERDUE, due_at=NOW - timedelta(hours=9), score=10), replace(OVERDUE, score=90))
    assert in_order(replace(SHOWING, due_at=NOW - timedelta(hours=1), score=10), replace(SHOWING, score=90))


def test_among_those_not_overdue_the_score_decides_then_the_sooner_due_then_the_longer_wait() -> None:
    assert in_order(replace(PLAIN, score=60, due_at=NOW + timedelta(hours=3)), PLAIN)
    assert in_order(PLAIN, replace(PLAIN, due_at=NOW + timedelta(hours=2)))
    assert in_order(replace(PLAIN, waiting_since=NOW - timedelta(days=1)), PLAIN)


def test_a_to_do_due_this_very_moment_is_not_overdue() -> None:
    assert tier(replace(PLAIN, due_at=NOW), NOW) is Tier.OPEN
    assert tier(replace(PLAIN, due_at=NOW - timedelta(seconds=1)), NOW) is Tier.OVERDUE


def test_a_snooze_that_is_over_counts_no_more() -> None:
    assert rank(replace(SNOOZED, snoozed_until=NOW), NOW) == rank(SHOWING, NOW)


def test_the_snoozed_are_ordered_by_when_they_come_back() -> None:
    later = replace(SNOOZED, snoozed_until=NOW + timedelta(days=1), score=99)
    assert in_order(SNOOZED, later)
    assert in_order(replace(SNOOZED, score=99), SNOOZED)


moments = st.integers(-10_000, 10_000).map(lambda minutes: NOW + timedelta(minutes=minutes))
any_facts = st.builds(
    QueueFacts,
    todo_kind=st.sampled_from(TodoKind) | st.text(max_size=10),
    due_at=moments,
    score=st.integers(0, 100),
    waiting_since=st.none() | moments,
    snoozed_until=st.none() | moments,
)


@given(any_facts, any_facts)
def test_any_two_to_dos_compare_and_a_better_section_always_wins(one: QueueFacts, other: QueueFacts) -> None:
    first, second = rank(one, NOW), rank(other, NOW)
    assert (first < second) + (second < first) + (first == second) == 1
    if tier(one, NOW) < tier(other, NOW):
        assert first < second
