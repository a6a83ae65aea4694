from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.rules.aging import AgedCandidate, NotAged, phone_note, pick, why_not

NOW = datetime(2026, 3, 10, 15, 0, tzinfo=UTC)
DANA, THEO = UUID(int=1), UUID(int=2)
QUIET = AgedCandidate(
    lead_id=UUID(int=100),
    assignee_id=DANA,
    score=50,
    last_heard_at=NOW - timedelta(days=60),
    opted_out=False,
    closed=False,
    ended_for_good=False,
    human_has_it=False,
    open_todo=False,
    in_sequence=False,
    emailable=True,
    text_consent=False,
)


def lead(number: int, **changes: Any) -> AgedCandidate:
    return replace(QUIET, lead_id=UUID(int=number), **changes)


def chosen(*candidates: AgedCandidate, limit: int = 10, already: dict[UUID | None, int] | None = None) -> list[int]:
    picked = pick(candidates, now=NOW, daily_limit_per_assignee=limit, already_today=already or {})
    return [lead_id.int for lead_id in picked]


def test_the_highest_score_goes_first_then_the_longest_silent() -> None:
    long_ago = NOW - timedelta(days=200)
    assert chosen(lead(1, score=40), lead(2, score=80), lead(3, score=80, last_heard_at=long_ago)) == [3, 2, 1]


def test_each_assignee_has_their_own_limit_and_what_went_today_counts() -> None:
    leads = [lead(n, assignee_id=DANA if n % 2 else THEO) for n in range(1, 9)]
    assert chosen(*leads, limit=2) == [1, 2, 3, 4]
    assert chosen(*leads, limit=2, already={DANA: 1, THEO: 2}) == [1]
    assert chosen(*leads, limit=2, already={DANA: 5, THEO: 5}) == []


def test_leads_without_an_assignee_share_one_limit() -> None:
    assert chosen(*(lead(n, assignee_id=None) for n in range(1, 5)), limit=3) == [1, 2, 3]
    assert chosen(*(lead(n, assignee_id=None) for n in range(1, 5)), limit=3, already={None: 2}) == [1]


def test_those_who_may_not_be_woken_take_no_place() -> None:
    assert chosen(lead(1, score=90, opted_out=True), lead(2), limit=1) == [2]


REASONS: list[tuple[NotAged, dict[str, Any]]] = [
    (NotAged.OPTED_OUT, {"opted_out": True}),
    (NotAged.CLOSED, {"closed": True}),
    (NotAged.ENDED, {"ended_for_good": True}),
    (NotAged.NO_WAY, {"emailable": False}),
    (NotAged.HEARD, {"last_heard_at": NOW - timedelta(days=30) + timedelta(seconds=1)}),
    (NotAged.HUMAN, {"human_has_it": True}),
    (NotAged.TODO, {"open_todo": True}),
    (NotAged.RUNNING, {"in_sequence": True}),
    (NotAged.CRM_WRITES, {"crm_writes": True}),
    (NotAged.COOLING, {"cooling": True}),
]


def test_every_reason_has_a_case() -> None:
    assert {reason for reason, _ in REASONS} == set(NotAged)


@pytest.mark.parametrize("reason, change", REASONS)
def test_a_lead_that_is_not_woken_has_its_reason(reason: NotAged, change: dict[str, Any]) -> None:
    assert why_not(replace(QUIET, **change), NOW) is reason


def test_the_most_lasting_reason_is_the_one_counted() -> None:
    remaining = list(REASONS)
    while remaining:
        changes: dict[str, Any] = {}
        for _, change in remaining:
            changes |= change
        assert why_not(replace(QUIET, **changes), NOW) is remaining.pop(0)[0]


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"last_heard_at": NOW - timedelta(days=30)},
        {"emailable": False, "text_consent": True},
        {"assignee_id": None},
    ],
)
def test_a_quiet_lead_that_may_be_written_to_is_woken(change: dict[str, Any]) -> None:
    assert why_not(replace(QUIET, **change), NOW) is None


@pytest.mark.parametrize(
    "change, note",
    [
        ({"text_consent": True, "last_heard_at": NOW - timedelta(days=900)}, None),
        ({"last_heard_at": NOW - timedelta(days=89)}, "email only: no written consent to texts"),
        (
            {"last_heard_at": NOW - timedelta(days=90)},
            "email only, and calls need a do-not-call check: the inquiry is more than 3 months old",
        ),
    ],
)
def test_the_preview_says_what_the_telephone_may_not_do(change: dict[str, Any], note: str | None) -> None:
    assert phone_note(replace(QUIET, **change), NOW) == note


candidates = st.lists(
    st.builds(
        AgedCandidate,
        lead_id=st.uuids(),
        assignee_id=st.sampled_from([DANA, THEO, None]),
        score=st.integers(0, 100),
        last_heard_at=st.integers(0, 500).map(lambda days: NOW - timedelta(days=days)),
        cooling=st.booleans(),
    )
    | st.builds(
        replace,
        st.just(QUIET),
        lead_id=st.uuids(),
        score=st.integers(0, 100),
        assignee_id=st.sampled_from([DANA, THEO, None]),
    ),
    max_size=30,
    unique_by=lambda candidate: candidate.lead_id,
)


@given(candidates, st.integers(0, 5), st.dictionaries(st.sampled_from([DANA, THEO, None]), st.integers(0, 5)))
def test_no_limit_is_passed_and_nobody_better_was_left_out(
    leads: list[AgedCandidate], limit: int, already: dict[UUID | None, int]
) -> None:
    by_id = {lead.lead_id: lead for lead in leads}
    picked = pick(leads, now=NOW, daily_limit_per_assignee=limit, already_today=already)
    assert len(set(picked)) == len(picked)
    per_assignee = Counter(by_id[lead_id].assignee_id for lead_id in picked)
    for assignee, count in per_assignee.items():
        assert count + already.get(assignee, 0) <= limit
    left_out = [one for one in leads if one.lead_id not in picked and why_not(one, NOW) is None]
    for one in left_out:
        mine = [by_id[lead_id] for lead_id in picked if by_id[lead_id].assignee_id == one.assignee_id]
        before = already.get(one.assignee_id, 0)
        assert len(mine) + before >= limit
        assert all(other.score >= one.score for other in mine)
    assert pick(reversed(leads), now=NOW, daily_limit_per_assignee=limit, already_today=already) == picked
