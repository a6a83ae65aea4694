from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.rules.scoring import ScoreFacts, score, temperature_of
from agent.rules.timelines import days_until_move
from integrations.language_model import Intent, Urgency

NOW = datetime(2026, 3, 10, 15, 0, tzinfo=UTC)
UNKNOWN = ScoreFacts(
    has_email=False,
    has_phone=False,
    intent="",
    urgency="unknown",
    timeline="",
    price_known=False,
    pre_approved=False,
    showing_asked=False,
    returning_visitor=False,
    replies=0,
    last_heard_at=None,
)
FRESH_BUYER = replace(UNKNOWN, has_email=True, has_phone=True, intent="buy", last_heard_at=NOW)


def points(facts: ScoreFacts, **changes: Any) -> int:
    return score(replace(facts, **changes), NOW).points


def test_a_lead_nothing_is_known_of_is_cold_and_says_why_it_has_points_at_all() -> None:
    result = score(UNKNOWN, NOW)
    assert (result.points, result.temperature) == (10, "cold")
    assert [reason.text for reason in result.reasons] == ["came to us"]


def test_a_fresh_buyer_with_both_addresses_is_warm() -> None:
    assert score(FRESH_BUYER, NOW).temperature == "warm"


def test_whoever_replies_and_asks_to_see_a_home_is_hot() -> None:
    asks = replace(FRESH_BUYER, intent="schedule_showing", showing_asked=True, replies=1)
    assert score(asks, NOW).temperature == "hot"


@pytest.mark.parametrize(
    "change",
    [
        {"has_email": True},
        {"has_phone": True},
        {"intent": "sell"},
        {"urgency": "high"},
        {"timeline": "asap"},
        {"price_known": True},
        {"pre_approved": True},
        {"showing_asked": True},
        {"returning_visitor": True},
        {"replies": 1},
        {"answer_minutes": 5},
        {"last_heard_at": NOW - timedelta(hours=1)},
    ],
)
def test_each_sign_of_intent_adds_points_and_one_reason(change: dict[str, Any]) -> None:
    before, after = score(UNKNOWN, NOW), score(replace(UNKNOWN, **change), NOW)
    assert after.points > before.points
    assert len(after.reasons) == len(before.reasons) + 1


@pytest.mark.parametrize(
    "change",
    [
        {"urgency": "low"},
        {"timeline": "next year"},
        {"intent": "not_now"},
        {"intent": "deny"},
        {"intent": "complaint"},
        {"last_heard_at": NOW - timedelta(days=45)},
    ],
)
def test_each_sign_against_takes_points(change: dict[str, Any]) -> None:
    base = replace(UNKNOWN, has_phone=True, has_email=True)
    assert points(base, **change) < points(base)


@pytest.mark.parametrize(
    "better, worse",
    [
        ({"urgency": "high"}, {"urgency": "medium"}),
        ({"timeline": "2 weeks"}, {"timeline": "3 months"}),
        ({"timeline": "1-3 months"}, {"timeline": "6 months"}),
        ({"replies": 2}, {"replies": 1}),
        ({"answer_minutes": 10}, {"answer_minutes": 11}),
        ({"answer_minutes": 60}, {"answer_minutes": 61}),
        ({"last_heard_at": NOW - timedelta(days=1)}, {"last_heard_at": NOW - timedelta(days=2)}),
        ({"last_heard_at": NOW - timedelta(days=7)}, {"last_heard_at": NOW - timedelta(days=8)}),
        ({"last_heard_at": NOW - timedelta(days=30)}, {"last_heard_at": NOW - timedelta(days=31)}),
        ({"last_heard_at": NOW - timedelta(days=90)}, {"last_heard_at": NOW - timedelta(days=91)}),
    ],
)
def test_more_of_a_sign_is_worth_more(better: dict[str, Any], worse: dict[str, Any]) -> None:
    assert points(FRESH_BUYER, **better) > points(FRESH_BUYER, **worse)


@pytest.mark.parametrize("intent", ["opt_out", "wrong_person", "has_agent", "not_interested"])
def test_a_refusal_is_cold_whatever_else_speaks_for_the_lead(intent: str) -> None:
    eager = replace(FRESH_BUYER, urgency="high", pre_approved=True, replies=1, price_known=True)
    assert score(replace(eager, intent=intent), NOW).temperature == "cold"


def test_the_strongest_reason_comes_first() -> None:
    assert score(replace(FRESH_BUYER, showing_asked=True), NOW).reasons[0].text == "asked to see a home"


@pytest.mark.parametrize(
    "edge, temperature", [(100, "hot"), (70, "hot"), (69, "warm"), (40, "warm"), (39, "cold"), (0, "cold")]
)
def test_temperatures_change_at_70_and_40(edge: int, temperature: str) -> None:
    assert temperature_of(edge) == temperature


def test_no_fact_that_fair_housing_law_protects_can_be_given() -> None:
    assert {field.name for field in fields(ScoreFacts)} == {
        "has_email",
        "has_phone",
        "intent",
        "urgency",
        "timeline",
        "price_known",
        "pre_approved",
        "showing_asked",
        "returning_visitor",
        "replies",
        "last_heard_at",
        "answer_minutes",
    }


@given(
    st.builds(
        ScoreFacts,
        intent=st.sampled_from([*Intent]).map(str) | st.text(max_size=20),
        urgency=st.sampled_from([*Urgency]).map(str) | st.text(max_size=20),
        timeline=st.text(max_size=60),
        replies=st.integers(0, 10**6),
        last_heard_at=st.none() | st.integers(-400, 5).map(lambda days: NOW + timedelta(days=days)),
        answer_minutes=st.none() | st.integers(0, 10**6),
    )
)
def test_the_ledger_always_sums_to_the_points(facts: ScoreFacts) -> None:
    result = score(facts, NOW)
    assert 0 <= result.points <= 100
    assert sum(reason.points for reason in result.reasons) == result.points
    assert all(reason.points and reason.text for reason in result.reasons)


def test_clamping_is_a_line_of_the_ledger() -> None:
    assert score(replace(UNKNOWN, intent="opt_out"), NOW).reasons[-1].text == "kept between 0 and 100"


@pytest.mark.parametrize(
    "said, days",
    [
        ("asap", 7),
        ("ASAP!", 7),
        ("in 2 weeks", 14),
        ("within a month", 30),
        ("3 months", 90),
        ("3-6 months", 180),
        ("3 to 6 months", 180),
        ("1–3 months", 90),
        ("6+ months", 360),
        ("one year", 365),
        ("10 days", 10),
        ("next month", 61),
        ("this summer", 150),
        ("next year", 365),
        ("just_browsing", 365),
        ("not now", None),
        ("June 14", None),
        ("", None),
        ("when the kids are done", None),
        ("999999 months", None),
    ],
)
def test_a_timeline_is_read_as_its_latest_day(said: str, days: int | None) -> None:
    assert days_until_move(said) == days
