from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.rules.leads import LeadEvent
from agent.rules.triage import (
    Decision,
    End,
    Escalate,
    HandOff,
    ReAlert,
    Resume,
    TodoKind,
    TriageFacts,
    Wait,
    decide,
    escalation,
)
from integrations.language_model import Intent, Reading, Sentiment, Slots, Urgency

NOW = datetime(2026, 3, 4, 15, 30, tzinfo=UTC)
"""A Wednesday, half past nine in Chicago."""

MARIA = TriageFacts(
    said_at=NOW,
    now=NOW,
    zone="America/Chicago",
    first_name="Maria",
    can_call=True,
    has_open_handoff=False,
    previous_intent=None,
)


def read(intent: Intent, **changes: Any) -> Reading:
    plain = Reading(
        intent=intent,
        sentiment=Sentiment.NEUTRAL,
        urgency=Urgency.UNKNOWN,
        confidence=0.9,
        reason="",
        quote="",
        reader="local",
    )
    return replace(plain, **changes)


def decided(intent: Intent, facts: TriageFacts = MARIA, **changes: Any) -> Decision:
    return decide(read(intent, **changes), facts=facts)


def handed(decision: Decision) -> HandOff:
    assert isinstance(decision.followup, HandOff), decision
    return decision.followup


MINUTES = {
    Intent.SCHEDULE_SHOWING: (TodoKind.SHOWING, 15),
    Intent.WANTS_CALL: (TodoKind.CALL, 15),
    Intent.VALUATION: (TodoKind.VALUATION, 60),
    Intent.AFFIRM: (TodoKind.ANSWER, 60),
    Intent.COMPLAINT: (TodoKind.COMPLAINT, 60),
    Intent.ARE_YOU_A_BOT: (TodoKind.BOT_QUESTION, 60),
    Intent.QUESTION: (TodoKind.ANSWER, 120),
    Intent.BUY: (TodoKind.ANSWER, 240),
    Intent.SELL: (TodoKind.ANSWER, 240),
    Intent.BUY_AND_SELL: (TodoKind.ANSWER, 240),
    Intent.RENT: (TodoKind.ANSWER, 240),
    Intent.INVEST: (TodoKind.ANSWER, 240),
    Intent.OUT_OF_SCOPE: (TodoKind.READ, 240),
    Intent.UNCLEAR: (TodoKind.READ, 240),
}
DAYS = {Intent.PROVIDE_INFO: 1, Intent.THANKS: 3, Intent.GREET: 3, Intent.DENY: 7, Intent.NOT_NOW: 14}
ENDS = {
    Intent.NOT_INTERESTED: ("not interested", LeadEvent.LOST),
    Intent.HAS_AGENT: ("has an agent", LeadEvent.LOST),
    Intent.WRONG_PERSON: ("wrong person", LeadEvent.LOST),
    Intent.OPT_OUT: ("opted out", LeadEvent.OPTED_OUT),
}


def test_every_intent_stands_in_exactly_one_of_the_three_tables() -> None:
    assert sorted([*MINUTES, *DAYS, *ENDS]) == sorted(Intent)


@pytest.mark.parametrize("intent", MINUTES)
def test_a_message_that_needs_a_human_is_handed_over_with_a_due_time(intent: Intent) -> None:
    decision = decided(intent)
    kind, minutes = MINUTES[intent]
    assert handed(decision).kind is kind
    assert handed(decision).due_in == timedelta(minutes=minutes)
    assert handed(decision).action == decision.next_action


@pytest.mark.parametrize("intent", DAYS)
def test_a_message_that_needs_no_human_names_the_day_tend_goes_on(intent: Intent) -> None:
    decision = decided(intent)
    assert decision.followup == Resume(DAYS[intent])
    assert decision.lead_event is LeadEvent.REPLIED


@pytest.mark.parametrize("intent", ENDS)
def test_a_message_that_ends_it_names_the_reason_and_moves_the_lead(intent: Intent) -> None:
    decision = decided(intent)
    assert (decision.followup, decision.lead_event) == (End(ENDS[intent][0]), ENDS[intent][1])
    assert decision.temperature == "cold"


def test_a_human_hears_at_once_of_everything_but_what_only_needs_reading() -> None:
    silent = {intent for intent in MINUTES if not handed(decided(intent)).alert}
    assert silent == {Intent.OUT_OF_SCOPE, Intent.UNCLEAR}


def test_only_a_stop_and_a_wrong_person_close_the_address() -> None:
    assert {intent for intent in Intent if decided(intent).suppress} == {Intent.OPT_OUT, Intent.WRONG_PERSON}


def test_only_clear_wishes_to_act_are_hot_without_urgency() -> None:
    assert {intent for intent in Intent if decided(intent).hot} == {
        Intent.SCHEDULE_SHOWING,
        Intent.WANTS_CALL,
        Intent.VALUATION,
        Intent.AFFIRM,
    }


@pytest.mark.parametrize("intent", [Intent.BUY, Intent.SELL, Intent.BUY_AND_SELL, Intent.RENT, Intent.INVEST])
@pytest.mark.parametrize("change", [{"urgency": Urgency.HIGH}, {"slots": Slots(pre_approved=True)}])
def test_a_mover_in_a_hurry_or_with_the_money_ready_is_hot_within_the_hour(
    intent: Intent, change: dict[str, Any]
) -> None:
    decision = decided(intent, **change)
    assert decision.hot
    assert decision.temperature == "hot"
    assert handed(decision).due_in == timedelta(hours=1)


def test_a_mover_in_no_hurry_is_left_to_the_sequence() -> None:
    assert decided(Intent.BUY, urgency=Urgency.LOW).followup == Resume(7)


@pytest.mark.parametrize(
    "change", [{"urgency": Urgency.HIGH}, {"slots": Slots(pre_approved=True)}, {"slots": Slots(visit_time="11:30")}]
)
def test_news_that_cannot_wait_is_hot(change: dict[str, Any]) -> None:
    assert decided(Intent.PROVIDE_INFO, **change).hot


def test_a_question_about_coming_today_is_hot() -> None:
    assert decided(Intent.QUESTION, slots=Slots(visit_time="today")).hot


def test_every_hot_decision_alerts_a_human_within_the_hour() -> None:
    for intent in Intent:
        for urgency in Urgency:
            decision = decided(intent, urgency=urgency)
            if decision.hot:
                assert handed(decision).alert
                assert handed(decision).due_in <= timedelta(hours=1)


def test_a_showing_asks_for_a_call_now_with_house_and_day_and_is_acknowledged() -> None:
    decision = decided(Intent.SCHEDULE_SHOWING, slots=Slots(property="14 Alder Ct", visit_time="Saturday"))
    assert decision.next_action == "Call Maria now: asked to see 14 Alder Ct, Saturday (Sat 7 Mar)."
    assert decision.acknowledge == "showing-ack"
    assert decision.lead_event is LeadEvent.SHOWING_REQUESTED
    assert "time named: Saturday (Sat 7 Mar)" in decision.reasons


def test_a_call_asked_for_a_time_is_due_then_and_says_so() -> None:
    decision = decided(Intent.WANTS_CALL, slots=Slots(visit_time="tomorrow after 5"))
    assert decision.next_action == (
        "Call Maria Thu 5 Mar, after 17:00 (their time): asked for a call “tomorrow after 5”."
    )
    assert handed(decision).due_at == datetime(2026, 3, 5, 23, tzinfo=UTC)
    assert decision.hot
    assert "time named: tomorrow after 5 (Thu 5 Mar, after 17:00)" in decision.reasons


@pytest.mark.parametrize("words", ["now", "asap", "this morning", "after 9", "whenever", "in 10 minutes"])
def test_a_call_asked_for_now_or_no_time_in_particular_is_made_now(words: str) -> None:
    decision = decided(Intent.WANTS_CALL, slots=Slots(visit_time=words))
    assert decision.next_action == "Call Maria now: asked for a call."
    assert handed(decision).due_at is None


def test_a_time_named_yesterday_counts_from_yesterday() -> None:
    read_late = replace(MARIA, said_at=NOW - timedelta(days=1))
    decision = decided(Intent.WANTS_CALL, read_late, slots=Slots(visit_time="tomorrow after 5"))
    assert handed(decision).due_at == datetime(2026, 3, 4, 23, tzinfo=UTC)


def test_a_time_answered_to_a_question_about_a_call_is_for_the_call() -> None:
    asked = replace(MARIA, previous_intent="wants_call")
    decision = decided(Intent.PROVIDE_INFO, asked, slots=Slots(visit_time="tomorrow at 2"))
    assert handed(decision).kind is TodoKind.CALL
    assert handed(decided(Intent.PROVIDE_INFO, slots=Slots(visit_time="tomorrow at 2"))).kind is TodoKind.SHOWING


def test_without_a_number_the_human_is_told_to_reply() -> None:
    mail_only = replace(MARIA, can_call=False, first_name="")
    assert decided(Intent.SCHEDULE_SHOWING, mail_only).next_action == "Reply to this lead now: asked to see a home."
    assert "ask for a number" in decided(Intent.WANTS_CALL, mail_only).next_action
    for intent in Intent:
        assert "Call " not in decided(intent, mail_only, urgency=Urgency.HIGH).next_action


def test_acknowledgements_are_for_showings_calls_and_the_bot_question_only() -> None:
    assert {intent: decided(intent).acknowledge for intent in Intent if decided(intent).acknowledge} == {
        Intent.SCHEDULE_SHOWING: "showing-ack",
        Intent.WANTS_CALL: "showing-ack",
        Intent.ARE_YOU_A_BOT: "bot-answer",
    }


def test_the_same_request_is_acknowledged_once() -> None:
    again = replace(MARIA, has_open_handoff=True, previous_intent="schedule_showing")
    assert decided(Intent.SCHEDULE_SHOWING, again).acknowledge is None
    assert decided(Intent.WANTS_CALL, again).acknowledge == "showing-ack"
    done = replace(again, has_open_handoff=False)
    assert decided(Intent.SCHEDULE_SHOWING, done).acknowledge == "showing-ack"


def test_a_yes_after_a_request_is_that_request_again_without_a_second_acknowledgement() -> None:
    decision = decided(Intent.AFFIRM, replace(MARIA, previous_intent="wants_call"))
    assert handed(decision).kind is TodoKind.CALL
    assert decision.acknowledge is None


def test_a_yes_to_nothing_is_read_by_a_human_and_not_hot() -> None:
    decision = decided(Intent.AFFIRM, replace(MARIA, we_asked=False))
    assert not decision.hot
    assert handed(decision).alert


def test_a_yes_with_a_time_is_a_showing() -> None:
    assert handed(decided(Intent.AFFIRM, slots=Slots(visit_time="11:30"))).kind is TodoKind.SHOWING


@pytest.mark.parametrize("intent", [Intent.QUESTION, Intent.SCHEDULE_SHOWING, Intent.THANKS, Intent.BUY])
def test_whoever_names_their_own_agent_is_left_alone_whatever_else_they_say(intent: Intent) -> None:
    assert decided(intent, slots=Slots(has_agent=True)).followup == End("has an agent")


@pytest.mark.parametrize("intent", [Intent.OPT_OUT, Intent.WRONG_PERSON])
def test_naming_an_agent_never_weakens_a_stop(intent: Intent) -> None:
    assert decided(intent, slots=Slots(has_agent=True)).suppress


# ---- doubt ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("intent", Intent)
@pytest.mark.parametrize("confidence", [0.0, 0.49, float("nan"), -1.0])
def test_an_unsure_reading_goes_to_a_human_within_four_hours(intent: Intent, confidence: float) -> None:
    decision = decided(intent, confidence=confidence)
    assert handed(decision).due_in <= timedelta(hours=4)
    assert not decision.hot
    assert not decision.suppress
    assert decision.acknowledge is None
    assert any("sure" in reason for reason in decision.reasons)


def test_half_confidence_is_enough() -> None:
    assert decided(Intent.THANKS, confidence=0.5).followup == Resume(3)


@pytest.mark.parametrize("intent", [Intent.SCHEDULE_SHOWING, Intent.WANTS_CALL, Intent.VALUATION])
def test_a_reading_that_may_be_hot_is_read_within_the_hour_with_an_alert(intent: Intent) -> None:
    followup = handed(decided(intent, confidence=0.3))
    assert (followup.due_in, followup.alert) == (timedelta(hours=1), True)


def test_an_unsure_reading_waits_four_hours_unless_it_sounds_urgent() -> None:
    calm, urgent = decided(Intent.BUY, confidence=0.3), decided(Intent.BUY, confidence=0.3, urgency=Urgency.HIGH)
    assert (handed(calm).due_in, handed(calm).alert) == (timedelta(hours=4), False)
    assert (handed(urgent).due_in, handed(urgent).alert) == (timedelta(hours=1), True)
    assert urgent.hot
    assert "Read the message first" in urgent.next_action


# ---- haste ----------------------------------------------------------------------------------------------------------

NEVER_HASTY = {
    Intent.OPT_OUT,
    Intent.WRONG_PERSON,
    Intent.NOT_INTERESTED,
    Intent.HAS_AGENT,
    Intent.COMPLAINT,
    Intent.ARE_YOU_A_BOT,
    Intent.NOT_NOW,
}


@pytest.mark.parametrize("intent", sorted(set(Intent) - NEVER_HASTY - {Intent.OUT_OF_SCOPE}))
@pytest.mark.parametrize("confidence", [0.2, 0.9])
def test_whoever_is_in_a_hurry_calls_a_person_out_whatever_they_are_taken_for(
    intent: Intent, confidence: float
) -> None:
    decision = decided(intent, urgency=Urgency.HIGH, confidence=confidence)
    assert decision.hot
    assert handed(decision).due_in <= timedelta(hours=1)


@pytest.mark.parametrize("intent", sorted(NEVER_HASTY))
@pytest.mark.parametrize("confidence", [0.2, 0.9])
def test_haste_makes_nobody_hot_who_may_want_to_be_left_alone(intent: Intent, confidence: float) -> None:
    assert not decided(intent, urgency=Urgency.HIGH, confidence=confidence).hot


def test_haste_about_something_else_calls_nobody_out_unless_that_is_a_guess() -> None:
    assert not decided(Intent.OUT_OF_SCOPE, urgency=Urgency.HIGH, confidence=0.7).hot
    assert decided(Intent.OUT_OF_SCOPE, urgency=Urgency.HIGH, confidence=0.55).hot


def test_weeks_are_a_hurry_for_who_wants_to_move_and_none_for_a_bare_fact() -> None:
    assert decided(Intent.SELL, urgency=Urgency.MEDIUM).hot
    assert decided(Intent.QUESTION, urgency=Urgency.MEDIUM, confidence=0.3).hot
    assert not decided(Intent.PROVIDE_INFO, urgency=Urgency.MEDIUM).hot
    assert decided(Intent.PROVIDE_INFO, urgency=Urgency.MEDIUM, slots=Slots(pre_approved=True)).hot


@pytest.mark.parametrize("intent", [Intent.VALUATION, Intent.WANTS_CALL, Intent.BUY, Intent.PROVIDE_INFO])
def test_who_has_years_is_not_hot_even_where_they_are_pre_approved(intent: Intent) -> None:
    assert not decided(intent, urgency=Urgency.LOW, slots=Slots(pre_approved=True)).hot


def test_a_doubt_about_stopping_outlives_the_hurry() -> None:
    angry = decided(Intent.BUY, urgency=Urgency.HIGH, confidence=0.3, sentiment=Sentiment.NEGATIVE)
    assert (angry.hot, angry.pause_for_doubt) == (True, True)


def test_an_hour_named_without_our_asking_is_no_showing() -> None:
    told = replace(MARIA, we_asked=False)
    assert not decided(Intent.PROVIDE_INFO, told, slots=Slots(visit_time="Friday")).hot


@pytest.mark.parametrize("intent", [Intent.OPT_OUT, Intent.WRONG_PERSON])
def test_what_may_be_a_stop_silences_tend_until_a_human_decides(intent: Intent) -> None:
    decision = decided(intent, confidence=0.3)
    assert decision.pause_for_doubt
    assert handed(decision).kind is TodoKind.OPT_OUT_DOUBT
    assert handed(decision).alert


@pytest.mark.parametrize(
    "intent, change",
    [
        (Intent.COMPLAINT, {}),
        (Intent.DENY, {"sentiment": Sentiment.NEGATIVE}),
        (Intent.NOT_INTERESTED, {"confidence": 0.4}),
        (Intent.HAS_AGENT, {"confidence": 0.4}),
        (Intent.UNCLEAR, {"confidence": 0.4, "sentiment": Sentiment.NEGATIVE}),
    ],
)
def test_anger_and_half_heard_refusals_pause_everything(intent: Intent, change: dict[str, Any]) -> None:
    decision = decided(intent, **change)
    assert decision.pause_for_doubt
    assert handed(decision).alert
    assert "Tend is silent until a person decides" in decision.reasons


def test_an_ordinary_unsure_message_pauses_only_its_own_sequence() -> None:
    assert not decided(Intent.UNCLEAR, confidence=0.2).pause_for_doubt


# ---- always ---------------------------------------------------------------------------------------------------------

words = st.text(max_size=200)
readings = st.builds(
    Reading,
    intent=st.sampled_from(Intent),
    sentiment=st.sampled_from(Sentiment),
    urgency=st.sampled_from(Urgency),
    confidence=st.floats(allow_nan=True, allow_infinity=True),
    reason=words,
    quote=words,
    reader=words,
    slots=st.builds(Slots, area=words, property=words, visit_time=words, price_max=st.none() | st.integers(0, 10**8)),
)
facts = st.builds(
    TriageFacts,
    said_at=st.just(NOW),
    now=st.just(NOW),
    zone=st.just("America/Chicago"),
    first_name=words,
    can_call=st.booleans(),
    has_open_handoff=st.booleans(),
    previous_intent=st.none() | st.sampled_from([*Intent]).map(str) | words,
    we_asked=st.booleans(),
)


@given(readings, facts)
def test_every_decision_leaves_a_to_do_a_resume_date_or_an_end_reason(reading: Reading, facts: TriageFacts) -> None:
    decision = decide(reading, facts=facts)
    match decision.followup:
        case HandOff(due_in=due_in, action=action, alert=alert):
            assert timedelta(0) < due_in <= timedelta(hours=4)
            assert action
            assert alert or not decision.hot
        case Resume(days=days):
            assert days >= 1
        case End(reason=reason):
            assert reason
    assert decision.next_action
    assert "\n" not in decision.next_action
    assert len(decision.next_action) < 400
    assert decision.reasons
    assert decision.temperature in {"hot", "warm", "cold"}
    assert decision.hot == (decision.temperature == "hot")


@given(readings, facts)
def test_a_sure_stop_always_closes_the_address(reading: Reading, facts: TriageFacts) -> None:
    stop = replace(reading, intent=Intent.OPT_OUT, confidence=0.9)
    decision = decide(stop, facts=facts)
    assert decision.suppress
    assert decision.followup == End("opted out")
    assert decision.lead_event is LeadEvent.OPTED_OUT


# ---- escalation -----------------------------------------------------------------------------------------------------

DUE = datetime(2026, 3, 10, 15, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def at(minutes: float) -> datetime:
    return DUE + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    "now, alerts_sent, expected",
    [
        (at(-15), 0, ReAlert(DUE)),
        (at(-15), 1, Wait(DUE)),
        (at(-15), 2, Wait(DUE)),
        (at(0), 0, ReAlert(at(30))),
        (at(0), 1, ReAlert(at(30))),
        (at(10), 1, ReAlert(at(40))),
        (at(10), 2, Wait(at(30))),
        (at(30), 0, ReAlert(at(60))),
        (at(30), 1, Escalate(at(30) + DAY)),
        (at(30), 2, Escalate(at(30) + DAY)),
        (at(30), 3, Wait(at(30) + DAY)),
        (at(-15), 3, Wait(at(-15) + DAY)),
        (at(600), 1, Escalate(at(600) + DAY)),
        (at(600), 7, Wait(at(600) + DAY)),
    ],
)
def test_an_open_to_do_is_alerted_reminded_and_escalated(
    now: datetime, alerts_sent: int, expected: ReAlert | Escalate | Wait
) -> None:
    assert escalation(DUE, now, alerts_sent) == expected


@given(st.integers(-600, 600), st.lists(st.integers(0, 120), min_size=12, max_size=12))
def test_an_ignored_to_do_reaches_the_team_lead_within_three_alerts_and_then_is_quiet(
    start: int, delays: list[int]
) -> None:
    now, sent, told = at(start), 0, []
    for delay in delays:
        match escalation(DUE, now, sent):
            case ReAlert(at=again):
                told.append("assignee")
                sent += 1
            case Escalate(at=again):
                told.append("lead of the team")
                sent += 1
            case Wait(until=again):
                pass
        assert again > now
        now = again + timedelta(minutes=delay)
    assert len(told) <= 3
    assert told[0] == "assignee"
    assert "lead of the team" in told


# ---- languages


@pytest.mark.parametrize("intent", [each for each in Intent if each not in {Intent.OPT_OUT, Intent.WRONG_PERSON}])
@pytest.mark.parametrize("sure", [0.1, 0.99])
def test_what_is_in_a_language_tend_does_not_read_is_a_persons_whatever_a_reader_takes_it_for(
    intent: Intent, sure: float
) -> None:
    decision = decide(read(intent, language="Tagalog", confidence=sure), facts=MARIA)
    assert isinstance(decision.followup, HandOff)
    assert (decision.followup.kind, decision.followup.alert) == (TodoKind.READ, True)
    assert (decision.acknowledge, decision.pause_for_doubt, decision.suppress) == (None, True, False)
    assert "Tagalog" in decision.next_action


def test_a_stop_in_another_language_is_still_a_stop() -> None:
    assert decide(read(Intent.OPT_OUT, language="Spanish"), facts=MARIA).suppress


def test_no_language_at_all_is_read_as_usual() -> None:
    assert decide(read(Intent.AFFIRM, language=""), facts=MARIA) == decide(read(Intent.AFFIRM), facts=MARIA)
