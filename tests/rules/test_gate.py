from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.rules.consent import Standing
from agent.rules.gate import Channel, GateFacts, Hold, HoldWord, Send, Skip, SkipWord, TouchKind, check, last_moment

NOW = datetime(2026, 3, 10, 15, 0, tzinfo=UTC)  # a Tuesday, 10:00 in Chicago
MORNING = datetime(2026, 3, 11, 14, 0, tzinfo=UTC)  # Wednesday, 09:00 in Chicago
WRITTEN = Standing(allowed=True, basis="web_form", reason="agreed to texts in writing (web form)")
NONE_GIVEN = Standing(allowed=False, basis="", reason="no written consent to texts")

TEXT = GateFacts(
    kind=TouchKind.SEQUENCE,
    channel=Channel.SMS,
    not_after=NOW + timedelta(days=2),
    team_paused=False,
    enrollment_active=True,
    conversation_with_human=False,
    by_human=False,
    wrote_since=False,
    snoozed_until=None,
    lead_ended=None,
    stage_blocks=None,
    address_present=True,
    address_invalid=False,
    landline=False,
    listed=None,
    reassigned=None,
    list_too_old=None,
    suppressed=False,
    consent=WRITTEN,
    quiet_until=None,
    texts_last_24h=0,
    text_cap=3,
    over_budget=None,
    warming_up=None,
    braked=None,
    proactive_today=False,
    tomorrow_at=MORNING,
    last_inbound_at=None,
    replies_at_night=False,
    postal_address_set=True,
    allowed_recipient=True,
    can_send=True,
    outside_window=None,
    condition_met=True,
    condition_text="no reply",
    zone_names=("America/Chicago",),
    is_stop_confirmation=False,
    stop_in_doubt=False,
)
EMAIL = replace(TEXT, channel=Channel.EMAIL)
CALL = replace(TEXT, channel=Channel.CALL)
REPLY = replace(TEXT, kind=TouchKind.REPLY, last_inbound_at=NOW - timedelta(minutes=5))
BY_HAND = replace(TEXT, kind=TouchKind.MANUAL, by_human=True, not_after=None)
ANSWER = replace(TEXT, kind=TouchKind.CONFIRMATION, not_after=NOW + timedelta(minutes=5))
STOP_CONFIRMATION = replace(
    ANSWER, is_stop_confirmation=True, suppressed=True, consent=NONE_GIVEN, lead_ended="opted out"
)


def held(facts: GateFacts, **changes: Any) -> Hold:
    verdict = check(replace(facts, **changes), NOW)
    assert isinstance(verdict, Hold), verdict
    return verdict


def skipped(facts: GateFacts, **changes: Any) -> Skip:
    verdict = check(replace(facts, **changes), NOW)
    assert isinstance(verdict, Skip), verdict
    return verdict


@pytest.mark.parametrize(
    "facts",
    [TEXT, EMAIL, CALL, REPLY, BY_HAND, ANSWER, STOP_CONFIRMATION],
    ids=lambda f: f"{f.kind}-{f.channel}",
)
def test_a_touch_with_nothing_against_it_is_sent_with_its_ground(facts: GateFacts) -> None:
    verdict = check(facts, NOW)
    assert isinstance(verdict, Send)
    assert verdict.reason


def test_a_sent_text_names_the_hour_and_the_consent_it_rests_on() -> None:
    assert check(TEXT, NOW) == Send(
        "It is Tue 10:00 their time, an allowed hour; agreed to texts in writing (web form)"
    )


# ---- for ever -------------------------------------------------------------------------------------------------------

ENDS: list[tuple[SkipWord, dict[str, Any]]] = [
    (SkipWord.SUPPRESSED, {"suppressed": True}),
    (SkipWord.NO_ADDRESS, {"address_present": False}),
    (SkipWord.BAD_PHONE, {"address_invalid": True}),
    (SkipWord.LANDLINE, {"landline": True}),
    (SkipWord.DO_NOT_CALL, {"listed": "The number is on the Do-Not-Call list"}),
    (SkipWord.REASSIGNED, {"reassigned": "The number has another owner by now"}),
    (SkipWord.NO_CONSENT, {"consent": NONE_GIVEN}),
    (SkipWord.ENDED, {"lead_ended": "not interested"}),
    (SkipWord.STAGE, {"stage_blocks": "the stage “Under Contract” stops automation"}),
    (SkipWord.CONDITION, {"condition_met": False}),
    (SkipWord.CONVERSATION_MOVED, {"wrote_since": True}),
    (SkipWord.SEND_ONLY_TO, {"allowed_recipient": False}),
    (SkipWord.NO_SENDER, {"can_send": False}),
    (SkipWord.LATE, {"not_after": NOW - timedelta(seconds=1)}),
]
WORDS = {word for word, _ in ENDS}
APPLIES: list[tuple[str, GateFacts, set[SkipWord]]] = [
    ("a sequence text", TEXT, WORDS - {SkipWord.CONVERSATION_MOVED}),
    (
        "a sequence email",
        EMAIL,
        WORDS
        - {SkipWord.LANDLINE, SkipWord.BAD_PHONE, SkipWord.DO_NOT_CALL, SkipWord.REASSIGNED}
        - {SkipWord.CONVERSATION_MOVED}
        | {SkipWord.BAD_EMAIL},
    ),
    ("a reply text", REPLY, WORDS),
    (
        "a call",
        CALL,
        WORDS
        - {SkipWord.SUPPRESSED, SkipWord.LANDLINE, SkipWord.NO_CONSENT, SkipWord.SEND_ONLY_TO, SkipWord.NO_SENDER}
        - {SkipWord.CONVERSATION_MOVED},
    ),
    ("a text by hand", BY_HAND, WORDS - {SkipWord.ENDED, SkipWord.STAGE, SkipWord.CONDITION}),
    (
        "a fixed answer",
        ANSWER,
        WORDS
        - {SkipWord.ENDED, SkipWord.STAGE, SkipWord.CONDITION, SkipWord.NO_CONSENT}
        - {SkipWord.DO_NOT_CALL, SkipWord.REASSIGNED, SkipWord.CONVERSATION_MOVED},
    ),
    (
        "the confirmation of a stop",
        STOP_CONFIRMATION,
        {
            SkipWord.NO_ADDRESS,
            SkipWord.BAD_PHONE,
            SkipWord.LANDLINE,
            SkipWord.SEND_ONLY_TO,
            SkipWord.NO_SENDER,
            SkipWord.LATE,
        },
    ),
]


@pytest.mark.parametrize("change", [{"braked": "paused"}, {"postal_address_set": False}, {"team_paused": True}])
def test_what_a_person_must_mend_first_makes_no_sequence_late(change: dict[str, Any]) -> None:
    facts = replace(EMAIL, not_after=NOW + timedelta(minutes=5), **change)
    verdict = check(facts, NOW + timedelta(days=9))
    assert isinstance(verdict, Hold)
    moved = last_moment(facts, verdict, NOW + timedelta(days=9))
    assert moved is not None
    assert moved >= verdict.until


@pytest.mark.parametrize("facts, applying", [row[1:] for row in APPLIES], ids=[row[0] for row in APPLIES])
def test_each_kind_of_touch_is_skipped_for_exactly_its_reasons(facts: GateFacts, applying: set[SkipWord]) -> None:
    found = set()
    for _, change in ENDS:
        verdict = check(replace(facts, **change), NOW)
        if isinstance(verdict, Skip):
            assert verdict.reason
            found.add(verdict.word)
    assert found == applying


def test_the_first_reason_that_ends_a_touch_is_the_one_shown() -> None:
    changes: dict[str, Any] = {}
    for _, change in reversed(ENDS):
        changes |= change
    assert skipped(TEXT, **changes).word is SkipWord.ENDED
    assert skipped(TEXT, **changes | {"lead_ended": None}).word is SkipWord.SUPPRESSED


def test_a_suppressed_address_gets_only_the_one_confirmation_and_only_by_text() -> None:
    assert skipped(ANSWER, suppressed=True).word is SkipWord.SUPPRESSED
    assert skipped(BY_HAND, suppressed=True).word is SkipWord.SUPPRESSED
    assert isinstance(check(STOP_CONFIRMATION, NOW), Send)
    assert skipped(STOP_CONFIRMATION, channel=Channel.EMAIL).word is SkipWord.SUPPRESSED
    assert skipped(STOP_CONFIRMATION, kind=TouchKind.SEQUENCE, lead_ended=None).word is SkipWord.SUPPRESSED


def test_an_automatic_reply_is_dropped_once_a_person_has_the_conversation() -> None:
    assert skipped(REPLY, conversation_with_human=True).word is SkipWord.CONVERSATION_MOVED
    assert isinstance(check(replace(REPLY, by_human=True, conversation_with_human=True), NOW), Send)


def test_a_touch_may_leave_at_its_very_last_moment_and_not_after() -> None:
    assert isinstance(check(replace(TEXT, not_after=NOW), NOW), Send)
    assert skipped(TEXT, not_after=NOW - timedelta(microseconds=1)).word is SkipWord.LATE


# ---- for now --------------------------------------------------------------------------------------------------------


def test_a_text_in_quiet_hours_is_held_until_morning_and_says_where() -> None:
    assert held(TEXT, quiet_until=MORNING) == Hold(
        MORNING, "Held until Wed 09:00 their time: quiet hours in Chicago", HoldWord.QUIET_HOURS
    )


def test_a_hold_over_two_zones_names_the_one_whose_clock_is_earliest() -> None:
    both = held(TEXT, quiet_until=MORNING, zone_names=("America/New_York", "America/Chicago"))
    assert both.reason == ("Held until Wed 09:00 in Chicago: quiet hours in New York and Chicago")


@pytest.mark.parametrize("names", [(), ("Mars/Olympus",), ("",), ("../etc",)])
def test_a_hold_without_a_known_zone_speaks_in_utc(names: tuple[str, ...]) -> None:
    assert "Wed 14:00 UTC" in held(TEXT, quiet_until=MORNING, zone_names=names).reason


@pytest.mark.parametrize(
    "facts, sent",
    [
        (EMAIL, True),
        (CALL, True),
        (ANSWER, True),
        (STOP_CONFIRMATION, True),
        (TEXT, False),
        (BY_HAND, False),
        (REPLY, False),
        (replace(REPLY, replies_at_night=True), True),
        (replace(REPLY, replies_at_night=True, last_inbound_at=NOW), True),
        (replace(REPLY, replies_at_night=True, by_human=True), True),
        (replace(REPLY, replies_at_night=True, last_inbound_at=NOW - timedelta(minutes=30)), True),
        (replace(REPLY, replies_at_night=True, last_inbound_at=NOW - timedelta(minutes=30, seconds=1)), False),
        (replace(REPLY, replies_at_night=True, last_inbound_at=NOW + timedelta(minutes=1)), False),
        (replace(REPLY, replies_at_night=True, last_inbound_at=None), False),
        (replace(TEXT, replies_at_night=True, last_inbound_at=NOW), False),
        (replace(BY_HAND, replies_at_night=True, last_inbound_at=NOW), False),
    ],
)
def test_only_confirmations_and_allowed_fresh_replies_pass_quiet_hours(facts: GateFacts, *, sent: bool) -> None:
    verdict = check(replace(facts, quiet_until=MORNING, not_after=None), NOW)
    assert isinstance(verdict, Send if sent else Hold), verdict


def test_quiet_hours_that_are_over_hold_nothing() -> None:
    assert check(replace(TEXT, quiet_until=NOW), NOW) == check(TEXT, NOW)


HOLDS: list[tuple[HoldWord, dict[str, Any]]] = [
    (HoldWord.PAUSED, {"team_paused": True}),
    (HoldWord.ENROLLMENT_PAUSED, {"enrollment_active": False}),
    (HoldWord.SNOOZED, {"snoozed_until": NOW + timedelta(hours=6)}),
    (HoldWord.HUMAN_HAS_IT, {"conversation_with_human": True}),
    (HoldWord.NO_POSTAL_ADDRESS, {"postal_address_set": False}),
    (HoldWord.QUIET_HOURS, {"quiet_until": MORNING}),
    (HoldWord.DAILY_CAP, {"proactive_today": True}),
    (HoldWord.TEXT_CAP, {"texts_last_24h": 3}),
    (HoldWord.OLD_LIST, {"list_too_old": "the Do-Not-Call list is 32 days old"}),
    (HoldWord.TEXT_BUDGET, {"over_budget": "the number sent 1000 of 1000 text segments in 24 hours"}),
    (HoldWord.WARM_UP, {"warming_up": "email is being warmed up"}),
    (HoldWord.EMAIL_BRAKE, {"braked": "email is paused: 6 of 100 emails bounced"}),
]
BY_TEXT = {HoldWord.QUIET_HOURS, HoldWord.TEXT_CAP, HoldWord.TEXT_BUDGET}
BY_EMAIL = {HoldWord.NO_POSTAL_ADDRESS, HoldWord.EMAIL_BRAKE}
PROACTIVE = {
    HoldWord.PAUSED,
    HoldWord.ENROLLMENT_PAUSED,
    HoldWord.SNOOZED,
    HoldWord.HUMAN_HAS_IT,
    HoldWord.DAILY_CAP,
}
WAITS: list[tuple[str, GateFacts, set[HoldWord]]] = [
    ("a sequence text", TEXT, PROACTIVE | BY_TEXT | {HoldWord.OLD_LIST}),
    ("a sequence email", EMAIL, PROACTIVE | BY_EMAIL | {HoldWord.WARM_UP}),
    ("a call", CALL, PROACTIVE - {HoldWord.DAILY_CAP}),
    ("a reply text", REPLY, {HoldWord.PAUSED, *BY_TEXT}),
    ("a reply email", replace(REPLY, channel=Channel.EMAIL), {HoldWord.PAUSED, *BY_EMAIL}),
    ("a text by hand", BY_HAND, {HoldWord.PAUSED, *BY_TEXT}),
    ("an email by hand", replace(BY_HAND, channel=Channel.EMAIL), {HoldWord.PAUSED, *BY_EMAIL}),
    ("a fixed answer", replace(ANSWER, not_after=None), {HoldWord.PAUSED}),
    ("the confirmation of a stop", replace(STOP_CONFIRMATION, not_after=None), {HoldWord.PAUSED}),
]


@pytest.mark.parametrize("facts, waiting", [row[1:] for row in WAITS], ids=[row[0] for row in WAITS])
def test_each_kind_of_touch_is_held_for_exactly_its_reasons(facts: GateFacts, waiting: set[HoldWord]) -> None:
    found = set()
    for word, change in HOLDS:
        verdict = check(replace(facts, **change), NOW)
        if isinstance(verdict, Hold):
            assert verdict.until > NOW
            assert verdict.word is word
            found.add(verdict.word)
    assert found == waiting


def test_a_cap_holds_until_the_next_allowed_morning() -> None:
    for change in ({"proactive_today": True}, {"texts_last_24h": 3}):
        assert held(TEXT, **change).until == MORNING


def test_a_text_below_the_cap_goes() -> None:
    assert isinstance(check(replace(TEXT, texts_last_24h=2), NOW), Send)


def test_a_person_answering_within_a_day_is_not_capped_and_a_machine_is() -> None:
    talk = replace(BY_HAND, texts_last_24h=9, last_inbound_at=NOW - timedelta(hours=23))
    assert isinstance(check(talk, NOW), Send)
    assert held(talk, last_inbound_at=NOW - timedelta(hours=25)).word is HoldWord.TEXT_CAP
    assert held(REPLY, texts_last_24h=9).word is HoldWord.TEXT_CAP


def test_a_snooze_that_is_over_holds_nothing() -> None:
    assert isinstance(check(replace(TEXT, snoozed_until=NOW), NOW), Send)


def test_a_pause_is_looked_at_again_in_a_quarter_of_an_hour() -> None:
    hold = held(TEXT, team_paused=True)
    assert hold.until == NOW + timedelta(minutes=15)


def test_of_several_holds_the_longest_counts_and_the_first_where_they_tie() -> None:
    assert held(TEXT, team_paused=True, quiet_until=MORNING).word is HoldWord.QUIET_HOURS
    assert held(TEXT, team_paused=True, enrollment_active=False).word is HoldWord.PAUSED


def test_a_hold_past_its_last_moment_is_skipped_as_late_with_the_reason() -> None:
    skip = skipped(TEXT, quiet_until=MORNING, not_after=MORNING - timedelta(seconds=1))
    assert skip.word is SkipWord.LATE
    assert "quiet hours" in skip.reason
    assert held(TEXT, quiet_until=MORNING, not_after=MORNING).until == MORNING


def test_a_stale_morning_never_makes_a_hold_in_the_past() -> None:
    assert held(TEXT, proactive_today=True, tomorrow_at=NOW - timedelta(days=1)).until > NOW


@pytest.mark.parametrize("put_off", [{"team_paused": True}, {"snoozed_until": NOW + timedelta(days=10)}])
def test_a_sequence_that_a_person_put_off_is_never_late_for_it(put_off: dict[str, Any]) -> None:
    for not_after in (NOW + timedelta(hours=1), NOW - timedelta(days=9)):
        facts = replace(EMAIL, not_after=not_after, **put_off)
        hold = check(facts, NOW)
        assert isinstance(hold, Hold)
        moved = last_moment(facts, hold, NOW)
        assert moved is not None
        assert moved >= hold.until
        assert moved - max(not_after, NOW) == hold.until - NOW


def test_an_answer_that_waited_out_a_pause_is_late_all_the_same() -> None:
    assert skipped(REPLY, team_paused=True, not_after=NOW - timedelta(minutes=1)).word is SkipWord.LATE


def test_what_waits_for_another_reason_keeps_its_last_moment() -> None:
    facts = replace(TEXT, quiet_until=MORNING, not_after=MORNING + timedelta(hours=1))
    assert last_moment(facts, held(facts), NOW) == facts.not_after


# ---- always ---------------------------------------------------------------------------------------------------------

moments = st.integers(-3 * 24 * 60, 3 * 24 * 60).map(lambda minutes: NOW + timedelta(minutes=minutes))
any_facts = st.builds(
    GateFacts,
    kind=st.sampled_from(TouchKind),
    channel=st.sampled_from(Channel),
    not_after=st.none() | moments,
    wrote_since=st.booleans(),
    snoozed_until=st.none() | moments,
    lead_ended=st.none() | st.just("archived"),
    stage_blocks=st.none() | st.just("under contract"),
    consent=st.sampled_from([WRITTEN, NONE_GIVEN]),
    listed=st.none() | st.just("listed"),
    reassigned=st.none() | st.just("somebody else's"),
    list_too_old=st.none() | st.just("the list is too old"),
    over_budget=st.none() | st.just("the budget is spent"),
    warming_up=st.none() | st.just("warming up"),
    braked=st.none() | st.just("too many bounces"),
    quiet_until=st.none() | moments,
    texts_last_24h=st.integers(0, 5),
    text_cap=st.integers(0, 3),
    tomorrow_at=moments,
    last_inbound_at=st.none() | moments,
    condition_text=st.just("no reply"),
    zone_names=st.lists(
        st.sampled_from(["America/Chicago", "America/Denver", "America/Phoenix", "Nowhere/None"]), max_size=3
    ).map(tuple),
)


def mostly(facts: GateFacts) -> GateFacts:
    """The same facts with nothing that ends them for ever, so that examples reach the rules below."""
    return replace(
        facts,
        not_after=None,
        wrote_since=False,
        lead_ended=None,
        stage_blocks=None,
        address_present=True,
        address_invalid=False,
        landline=False,
        listed=None,
        reassigned=None,
        allowed_recipient=True,
        can_send=True,
        outside_window=None,
        condition_met=True,
        team_paused=False,
    )


either = any_facts | any_facts.map(mostly)


@given(either)
def test_no_text_goes_to_an_address_that_opted_out_except_the_one_confirmation(facts: GateFacts) -> None:
    facts = replace(facts, channel=Channel.SMS, suppressed=True)
    if not (facts.is_stop_confirmation and facts.kind is TouchKind.CONFIRMATION):
        assert not isinstance(check(facts, NOW), Send)


@given(either)
def test_no_text_goes_without_consent_except_a_confirmation(facts: GateFacts) -> None:
    facts = replace(facts, channel=Channel.SMS, consent=NONE_GIVEN)
    if facts.kind is not TouchKind.CONFIRMATION:
        assert isinstance(check(facts, NOW), Skip)


@given(either)
def test_no_text_goes_in_quiet_hours_except_a_confirmation_or_an_allowed_fresh_reply(facts: GateFacts) -> None:
    facts = replace(facts, channel=Channel.SMS, quiet_until=MORNING)
    if isinstance(check(facts, NOW), Send) and facts.kind is not TouchKind.CONFIRMATION:
        assert facts.kind is TouchKind.REPLY
        assert facts.replies_at_night
        assert facts.last_inbound_at is not None
        assert NOW - facts.last_inbound_at <= timedelta(minutes=30)


@given(either)
def test_nothing_the_machine_starts_passes_a_cap(facts: GateFacts) -> None:
    facts = replace(facts, channel=Channel.SMS, by_human=False, texts_last_24h=facts.text_cap)
    if facts.kind is not TouchKind.CONFIRMATION:
        assert not isinstance(check(facts, NOW), Send)


@given(either)
def test_nothing_goes_past_its_last_moment_and_no_hold_outlasts_it(facts: GateFacts) -> None:
    match check(facts, NOW):
        case Send():
            assert facts.not_after is None or facts.not_after >= NOW
        case Hold(until=until):
            assert until > NOW
            moved = last_moment(facts, Hold(until, "", HoldWord.PAUSED), NOW)
            assert moved is None or until <= moved
        case Skip(reason=reason):
            assert reason


@given(either)
def test_while_everything_is_paused_nothing_goes(facts: GateFacts) -> None:
    assert not isinstance(check(replace(facts, team_paused=True), NOW), Send)


@given(either)
def test_the_same_facts_always_get_the_same_verdict(facts: GateFacts) -> None:
    assert check(facts, NOW) == check(facts, NOW)


@pytest.mark.parametrize("touch", [TEXT, EMAIL, REPLY, BY_HAND], ids=lambda f: f"{f.kind}-{f.channel}")
def test_nothing_leaves_while_their_words_may_mean_stop(touch: GateFacts) -> None:
    verdict = check(replace(touch, stop_in_doubt=True), NOW)
    assert isinstance(verdict, Hold)
    assert verdict.word is HoldWord.STOP_IN_DOUBT


def test_a_fixed_answer_may_leave_while_their_words_may_mean_stop() -> None:
    assert isinstance(check(replace(ANSWER, stop_in_doubt=True), NOW), Send)


def test_a_stop_is_not_confirmed_once_they_opened_the_address_again() -> None:
    verdict = check(replace(STOP_CONFIRMATION, suppressed=False), NOW)
    assert isinstance(verdict, Skip)
    assert verdict.word is SkipWord.CONVERSATION_MOVED
