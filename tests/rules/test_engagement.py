"""The engagement score: what moves it, how it fades, what a machine cannot do, and a temperature that holds still."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.rules.engagement import EngagementFacts, score, temperature
from agent.rules.history import History, Looked, as_now, as_of
from agent.rules.scoring_profiles import load_profiles
from agent.rules.timelines import days_until_move
from integrations.language_model import Intent, Urgency

NOW = datetime(2026, 3, 10, 15, 0, tzinfo=UTC)
PROFILE = load_profiles().engagement_on(date(2026, 3, 10))
UNKNOWN = EngagementFacts()
FRESH_BUYER = EngagementFacts(has_email=True, has_phone=True, intent="buy", last_active_at=NOW)


def points(facts: EngagementFacts, **changes: Any) -> int:
    return score(replace(facts, **changes), NOW, PROFILE).points


def feels(number: int, *, before: str, waiting: bool = False) -> str:
    return temperature(number, before=before, waiting_for_us=waiting, profile=PROFILE)


def test_a_lead_nothing_is_known_of_says_why_it_has_points_at_all() -> None:
    result = score(UNKNOWN, NOW, PROFILE)
    assert result.points == 10
    assert [line.text for line in result.lines] == ["came to us"]
    assert result.changes_at is None


def test_a_fresh_buyer_is_warm_and_one_who_asks_to_see_a_home_hot() -> None:
    assert feels(points(FRESH_BUYER), before="cold") == "warm"
    asks = replace(FRESH_BUYER, intent="schedule_showing", showing_asked=True, replies=1)
    assert feels(points(asks), before="cold") == "hot"


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
        {"sentiment": "positive"},
        {"opens": 1},
        {"clicks": 1},
        {"listings": 1},
        {"last_active_at": NOW - timedelta(hours=1)},
    ],
)
def test_each_sign_for_a_lead_adds_points_and_one_line(change: dict[str, Any]) -> None:
    before, after = score(UNKNOWN, NOW, PROFILE), score(replace(UNKNOWN, **change), NOW, PROFILE)
    assert after.points > before.points
    assert len(after.lines) == len(before.lines) + 1


@pytest.mark.parametrize(
    "change",
    [
        {"urgency": "low"},
        {"timeline": "next year"},
        {"intent": "not_now"},
        {"intent": "deny"},
        {"intent": "complaint"},
        {"sentiment": "negative"},
        {"refused": True},
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
        ({"clicks": 1}, {"opens": 1}),
        ({"listings": 2}, {"listings": 1}),
        ({"last_active_at": NOW - timedelta(hours=23)}, {"last_active_at": NOW - timedelta(days=1)}),
        ({"last_active_at": NOW - timedelta(days=6)}, {"last_active_at": NOW - timedelta(days=7)}),
        ({"last_active_at": NOW - timedelta(days=20)}, {"last_active_at": NOW - timedelta(days=21)}),
    ],
)
def test_more_of_a_sign_is_worth_more(better: dict[str, Any], worse: dict[str, Any]) -> None:
    assert points(FRESH_BUYER, **better) > points(FRESH_BUYER, **worse)


@pytest.mark.parametrize(
    "many, most", [({"replies": 9}, 15), ({"opens": 50}, 3), ({"clicks": 50}, 12), ({"listings": 50}, 15)]
)
def test_no_number_of_the_same_thing_passes_its_limit(many: dict[str, Any], most: int) -> None:
    assert points(UNKNOWN, **many) == 10 + most


def test_opens_by_a_machine_are_told_and_not_counted() -> None:
    result = score(replace(UNKNOWN, machine_opens=2), NOW, PROFILE)
    assert result.points == 10
    assert result.lines[-1].text == "2 opens or clicks by a machine, not counted"


@pytest.mark.parametrize("intent", ["opt_out", "wrong_person", "has_agent", "not_interested"])
def test_a_refusal_is_cold_whatever_else_speaks_for_the_lead(intent: str) -> None:
    eager = replace(FRESH_BUYER, urgency="high", pre_approved=True, replies=1, price_known=True)
    assert feels(points(eager, intent=intent), before="hot") == "cold"


# ---- fading


def test_what_they_did_counts_half_after_three_quiet_weeks_and_what_is_known_stays() -> None:
    did = replace(UNKNOWN, has_phone=True, pre_approved=True, showing_asked=True, replies=3)
    fresh = points(did)
    quiet = score(replace(did, last_active_at=NOW - timedelta(days=21)), NOW, PROFILE)
    assert fresh - quiet.points == 20
    assert quiet.lines[-1].text == "quiet for 3 weeks: what they did fades by half in 21 days"
    long_gone = points(did, last_active_at=NOW - timedelta(days=365))
    assert long_gone == points(replace(UNKNOWN, has_phone=True, pre_approved=True))


def test_what_spoke_against_them_does_not_fade() -> None:
    no = replace(UNKNOWN, has_phone=True, has_email=True, intent="not_now")
    assert points(no, last_active_at=NOW - timedelta(days=300)) == points(no)


def test_a_score_is_the_same_until_the_hour_it_says_and_another_from_then_on() -> None:
    facts = replace(FRESH_BUYER, replies=2, last_active_at=NOW - timedelta(minutes=7))
    at, changes = NOW, 0
    while (found := score(facts, at, PROFILE)).changes_at is not None:
        assert found.changes_at > at
        assert found.changes_at.minute == 0
        assert score(facts, found.changes_at - timedelta(hours=1, minutes=7), PROFILE).points == found.points
        at = found.changes_at
        changes += 1
    assert 5 < changes < 40
    assert score(facts, at + timedelta(days=2000), PROFILE).points == found.points


# ---- temperature


@pytest.mark.parametrize(
    "number, before, after",
    [
        (69, "cold", "warm"),
        (70, "cold", "hot"),
        (69, "warm", "warm"),
        (70, "warm", "hot"),
        (69, "hot", "hot"),
        (60, "hot", "hot"),
        (59, "hot", "warm"),
        (39, "cold", "cold"),
        (40, "cold", "warm"),
        (39, "warm", "warm"),
        (30, "warm", "warm"),
        (29, "warm", "cold"),
        (30, "hot", "warm"),
        (29, "hot", "cold"),
        (0, "hot", "cold"),
        (100, "hot", "hot"),
    ],
)
def test_a_lead_warms_at_one_number_and_cools_only_below_a_lower_one(number: int, before: str, after: str) -> None:
    assert feels(number, before=before) == after


def test_whoever_waits_for_a_person_is_hot_at_any_score() -> None:
    assert feels(0, before="cold", waiting=True) == "hot"


@given(st.lists(st.integers(-3, 3), max_size=40), st.sampled_from(["hot", "warm", "cold"]))
def test_small_moves_around_an_edge_change_the_temperature_once_at_most(moves: list[int], before: str) -> None:
    seen = [before]
    for move in moves:
        seen.append(feels(70 + move, before=seen[-1]))
    assert sum(a != b for a, b in pairwise(seen[1:])) <= 1


# ---- fair housing, bounds


def test_no_fact_that_fair_housing_law_protects_can_be_given() -> None:
    assert {field.name for field in fields(EngagementFacts)} == {
        "has_email",
        "has_phone",
        "intent",
        "urgency",
        "sentiment",
        "timeline",
        "timeline_on",
        "price_known",
        "pre_approved",
        "showing_asked",
        "returning_visitor",
        "replies",
        "answer_minutes",
        "opens",
        "clicks",
        "machine_opens",
        "listings",
        "last_active_at",
        "refused",
        "waiting_for_us",
    }


@given(
    st.builds(
        EngagementFacts,
        intent=st.sampled_from([*Intent]).map(str) | st.text(max_size=20),
        urgency=st.sampled_from([*Urgency]).map(str) | st.text(max_size=20),
        sentiment=st.sampled_from(["positive", "neutral", "negative", ""]),
        timeline=st.text(max_size=60),
        replies=st.integers(0, 10**6),
        opens=st.integers(0, 10**6),
        clicks=st.integers(0, 10**6),
        machine_opens=st.integers(0, 10**6),
        listings=st.integers(0, 10**6),
        last_active_at=st.none() | st.integers(-400, 5).map(lambda days: NOW + timedelta(days=days)),
        answer_minutes=st.none() | st.integers(0, 10**6),
    )
)
def test_the_ledger_always_sums_to_the_points(facts: EngagementFacts) -> None:
    result = score(facts, NOW, PROFILE)
    assert 0 <= result.points <= 100
    assert sum(line.points for line in result.lines) == result.points
    assert all(line.text for line in result.lines)


def test_clamping_is_a_line_of_the_ledger() -> None:
    assert score(replace(UNKNOWN, intent="opt_out"), NOW, PROFILE).lines[-1].text == "kept between 0 and 100"


def test_every_intent_has_words_for_the_ledger() -> None:
    for intent in PROFILE.points["intent"]:
        assert len(score(replace(UNKNOWN, intent=intent), NOW, PROFILE).lines) >= 2


# ---- facts of a history


def history(**changes: Any) -> History:
    empty: dict[str, Any] = {
        "arrived_at": NOW - timedelta(days=10),
        "learned": {},
        "since": {},
        "reached_since": {"email": NOW - timedelta(days=10)},
    }
    return History(**(empty | changes))


def now(told: History) -> EngagementFacts:
    return as_now(told, machine_seconds=60)


@pytest.mark.parametrize("seconds, opens, machine", [(0, 0, 1), (59, 0, 1), (60, 1, 0), (86_400, 1, 0)])
def test_an_open_within_a_minute_of_arrival_is_a_machines(seconds: int, opens: int, machine: int) -> None:
    look = Looked("opened", UUID(int=1), NOW - timedelta(hours=1), timedelta(seconds=seconds))
    facts = now(history(looked=(look,)))
    assert (facts.opens, facts.machine_opens) == (opens, machine)


def test_a_machines_open_is_no_sign_of_life_and_a_persons_later_one_makes_up_for_it() -> None:
    machine = Looked("opened", UUID(int=1), NOW - timedelta(days=2), timedelta(seconds=1))
    person = Looked("opened", UUID(int=1), NOW - timedelta(days=1), timedelta(days=1))
    assert now(history(looked=(machine,))).last_active_at == NOW - timedelta(days=10)
    facts = now(history(looked=(machine, person)))
    assert (facts.opens, facts.machine_opens, facts.last_active_at) == (1, 0, NOW - timedelta(days=1))


def test_many_opens_of_one_message_count_once() -> None:
    looks = tuple(Looked("clicked", UUID(int=n // 3), NOW, timedelta(hours=1)) for n in range(6))
    assert now(history(looked=looks)).clicks == 2


@pytest.mark.parametrize(
    "sent, heard, minutes",
    [
        ([], [30], None),
        ([60], [], None),
        ([60], [50], 10),
        ([60, 20], [50], 10),
        ([90, 60], [50], 30 - 20),
        ([60], [55, 50], None),
    ],
)
def test_an_answer_is_timed_from_our_last_message_before_it(
    sent: list[int], heard: list[int], minutes: int | None
) -> None:
    def ago(numbers: list[int]) -> tuple[datetime, ...]:
        return tuple(NOW - timedelta(minutes=number) for number in numbers)

    assert now(history(sent=ago(sent), heard=ago(heard))).answer_minutes == minutes


def test_the_past_knows_nothing_that_came_later() -> None:
    look = NOW - timedelta(days=5)
    told = history(
        learned={"intent": "buy", "urgency": "high", "showing_asked": True, "timeline": "asap"},
        since={"intent": NOW - timedelta(days=9), "urgency": NOW - timedelta(days=1), "showing_asked": NOW},
        reached_since={"email": NOW - timedelta(days=10), "sms": NOW - timedelta(days=1)},
        heard=(NOW - timedelta(days=6), NOW - timedelta(days=1)),
        listings=(NOW - timedelta(days=2),),
        tones=((NOW - timedelta(days=6), "positive"), (NOW - timedelta(days=1), "negative")),
        refused_at=NOW - timedelta(hours=1),
        waits_for_us=True,
    )
    assert as_of(told, look, machine_seconds=60) == EngagementFacts(
        has_email=True, intent="buy", sentiment="positive", replies=1, last_active_at=NOW - timedelta(days=6)
    )


def test_a_fact_nobody_dated_counts_today_and_not_in_the_past() -> None:
    told = history(learned={"intent": "buy", "pre_approved": True}, since={"intent": None, "pre_approved": None})
    assert now(told).pre_approved
    assert not as_of(told, NOW, machine_seconds=60).pre_approved


# ---- timelines


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
    assert days_until_move(said, said_on=None) == days


@pytest.mark.parametrize(
    "said, days",
    [
        ("the end of May", 88),
        ("June 14", 102),
        ("by August", 150),
        ("March 2027", 392),
        ("spring", 88),
        ("before Christmas", 296),
        ("when the kids are done", None),
    ],
)
def test_a_date_counts_from_the_day_it_was_said_on(said: str, days: int | None) -> None:
    assert days_until_move(said, said_on=date(2026, 3, 4)) == days
