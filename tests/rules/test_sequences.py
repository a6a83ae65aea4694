from __future__ import annotations

import itertools
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.rules import conditions
from agent.rules.conditions import PHRASES, VALUES, Condition, Either, Every, Is, Not
from agent.rules.sequences import (
    ConditionError,
    Sequence,
    SequenceError,
    Step,
    StepFacts,
    choose,
    content_hash,
    due_at,
    following,
    from_json,
    may_begin,
    parse_condition,
    plan,
    sequence_from_dict,
    sequence_to_dict,
    spread,
    to_json,
)
from integrations.language_model import Intent

TUESDAY_TEN_IN_AUSTIN = datetime(2026, 11, 10, 16, 0, tzinfo=UTC)
AUSTIN = "America/Chicago"
ZONES = (AUSTIN, "America/New_York", "America/Phoenix", "America/St_Johns", "Pacific/Honolulu", "Australia/Lord_Howe")


def email_step(**changes: Any) -> dict[str, Any]:
    return {"id": "hello", "day": 0, "channel": "email", "subject": "Hello", "body": "Hi there."} | changes


def sms_step(**changes: Any) -> dict[str, Any]:
    return {"id": "hello-text", "day": 0, "channel": "sms", "body": "Hi there."} | changes


def call_step(**changes: Any) -> dict[str, Any]:
    return {"id": "first-call", "day": 1, "channel": "call", "task": "Call them."} | changes


def table(*steps: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "key": "new-buyer",
        "title": "New buyer",
        "goal": "Meet",
        "intents": ["buy"],
        "steps": list(steps) or [email_step(), sms_step(after_minutes=3), call_step(time="09:30", when="has phone")],
    } | changes


def step(**changes: Any) -> Step:
    return sequence_from_dict(table(email_step(**changes))).steps[0]


def facts(**changes: Any) -> StepFacts:
    known: dict[str, Any] = {
        "replied": False,
        "opened": False,
        "clicked": False,
        "has_phone": False,
        "can_text": False,
        "intent": "buy",
        "temperature": "cold",
        "area_known": False,
        "price_known": False,
        "property_known": False,
    }
    return StepFacts(**(known | changes))


# ------------------------------------------------------------------------------------------ conditions


@pytest.mark.parametrize(
    "text, changes, holds",
    [
        ("replied", {"replied": True}, True),
        ("replied", {}, False),
        ("no reply", {}, True),
        ("no reply", {"replied": True}, False),
        ("not opened", {}, True),
        ("opened", {"opened": True}, True),
        ("clicked", {"clicked": True}, True),
        ("has phone", {"has_phone": True}, True),
        ("can text", {"can_text": True}, True),
        ("cannot text", {"can_text": True}, False),
        ("cannot text", {}, True),
        ("area known", {"area_known": True}, True),
        ("not price known", {"price_known": True}, False),
        ("property known", {"property_known": True}, True),
        ("intent is buy", {}, True),
        ("intent is buy_and_sell", {}, False),
        ("temperature is warm", {"temperature": "warm"}, True),
        ("temperature is warm", {"temperature": "hot"}, False),
        ("no reply and opened", {"opened": True}, True),
        ("no reply and opened", {"opened": True, "replied": True}, False),
        ("not not replied", {"replied": True}, True),
        # `and` binds tighter than `or`
        ("replied or opened and clicked", {"opened": True}, False),
        ("replied or opened and clicked", {"replied": True}, True),
        ("(replied or opened) and clicked", {"replied": True}, False),
        ("(replied or opened) and clicked", {"replied": True, "clicked": True}, True),
        ("not (replied or opened)", {}, True),
        ("not replied or opened", {"replied": True, "opened": True}, True),
    ],
)
def test_a_condition_holds_exactly_when_its_facts_do(text: str, changes: dict[str, Any], *, holds: bool) -> None:
    assert parse_condition(text).holds(facts(**changes)) is holds


@pytest.mark.parametrize(
    "text, position, found, allowed",
    [
        ("", 1, "", "no reply"),
        ("open", 1, "open", "opened"),
        ("no answer", 4, "answer", "reply"),
        ("has", 4, "", "phone"),
        ("opened clicked", 8, "clicked", "and"),
        ("opened and", 11, "", "has phone"),
        ("opened and or clicked", 12, "or", "not"),
        ("(opened", 8, "", ")"),
        ("opened)", 7, ")", "the end"),
        ("intent buy", 8, "buy", "is"),
        ("intent is lease", 11, "lease", "rent"),
        ("temperature is tepid", 16, "tepid", "warm"),
        ("opened & clicked", 8, "&", "and"),
        ("__import__", 1, "__import__", "replied"),
        ("Opened", 1, "Opened", "opened"),
    ],
)
def test_a_wrong_condition_says_where_it_fails_and_what_would_do(
    text: str, position: int, found: str, allowed: str
) -> None:
    with pytest.raises(ConditionError) as caught:
        parse_condition(text)
    assert (caught.value.position, caught.value.found) == (position, found)
    assert allowed in caught.value.allowed
    assert f"position {position}" in str(caught.value)


def test_a_condition_too_long_to_read_is_refused_before_it_nests_deep() -> None:
    with pytest.raises(ConditionError, match="300 characters"):
        parse_condition("(" * 200_000)


FACTS = st.builds(
    StepFacts,
    replied=st.booleans(),
    opened=st.booleans(),
    clicked=st.booleans(),
    has_phone=st.booleans(),
    can_text=st.booleans(),
    intent=st.sampled_from(VALUES["intent"]),
    temperature=st.sampled_from(VALUES["temperature"]),
    area_known=st.booleans(),
    price_known=st.booleans(),
    property_known=st.booleans(),
)
LEAVES: st.SearchStrategy[Condition] = st.one_of(
    st.sampled_from([phrase for phrase in PHRASES.values() if not isinstance(phrase, Not)]),
    st.sampled_from([Is(name, value) for name, values in VALUES.items() for value in values]),
)


def _joined(parts: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    several = st.lists(parts, min_size=2, max_size=3).map(tuple)
    return st.one_of(parts.map(Not), several.map(Every), several.map(Either))


CONDITIONS = st.recursive(LEAVES, _joined, max_leaves=6).filter(lambda c: len(str(c)) <= conditions.MAX_LENGTH)


@given(CONDITIONS, FACTS)
def test_a_condition_printed_and_read_again_is_the_same_condition(condition: Condition, known: StepFacts) -> None:
    again = parse_condition(str(condition))
    assert again == condition
    assert again.holds(known) is condition.holds(known)


def read(text: str) -> Condition | ConditionError:
    try:
        return parse_condition(text)
    except ConditionError as error:
        return error


@given(st.text(alphabet="abcdehilmnoprstuwxyz ()&", max_size=40))
def test_any_text_is_a_condition_or_a_condition_error(text: str) -> None:
    result = read(text)
    if isinstance(result, ConditionError):
        assert 1 <= result.position <= len(text) + 1
        assert result.allowed
    else:
        assert parse_condition(str(result)) == result


# ------------------------------------------------------------------------------------------ due times


def test_the_first_email_is_due_at_once_and_the_first_text_minutes_later() -> None:
    sequence = sequence_from_dict(table(email_step(), sms_step(after_minutes=3)))
    due = [planned.due_at for planned in plan(sequence, started_at=TUESDAY_TEN_IN_AUSTIN, zone=AUSTIN)]
    assert due == [TUESDAY_TEN_IN_AUSTIN, TUESDAY_TEN_IN_AUSTIN + timedelta(minutes=3)]


@pytest.mark.parametrize(
    "started, day, wall, zone, expected",
    [
        # the next local day, though it is already that day in UTC
        ("2026-11-11T03:30:00+00:00", 1, "09:30", AUSTIN, "2026-11-11T15:30:00+00:00"),
        # no time named: ten in the morning
        ("2026-11-10T16:00:00+00:00", 2, None, AUSTIN, "2026-11-12T16:00:00+00:00"),
        # ten stays ten when summer time ends (1 November 2026) and begins (8 March 2026)
        ("2026-10-31T15:00:00+00:00", 1, "10:00", AUSTIN, "2026-11-01T16:00:00+00:00"),
        ("2026-03-07T16:00:00+00:00", 1, "10:00", AUSTIN, "2026-03-08T15:00:00+00:00"),
        # 02:30 does not exist on 8 March: it becomes 03:30 summer time
        ("2026-03-07T16:00:00+00:00", 1, "02:30", AUSTIN, "2026-03-08T08:30:00+00:00"),
        # 01:30 happens twice on 1 November: the first one counts
        ("2026-10-31T15:00:00+00:00", 1, "01:30", AUSTIN, "2026-11-01T06:30:00+00:00"),
        # Arizona knows no summer time
        ("2026-03-07T17:00:00+00:00", 1, "10:00", "America/Phoenix", "2026-03-08T17:00:00+00:00"),
        ("2026-11-10T16:00:00+00:00", 0, "12:15", AUSTIN, "2026-11-10T18:15:00+00:00"),
    ],
)
def test_a_later_step_is_due_at_its_wall_time_in_the_zone_of_the_lead(
    started: str, day: int, wall: str | None, zone: str, expected: str
) -> None:
    start = datetime.fromisoformat(started)
    named = {} if wall is None else {"time": wall}
    due = due_at(step(day=day, **named), started_at=start, zone=zone, not_before=start)
    assert due == datetime.fromisoformat(expected)
    assert due.tzinfo is UTC


def test_a_wall_time_already_past_on_the_first_day_is_due_at_once() -> None:
    due = due_at(step(time="08:00"), started_at=TUESDAY_TEN_IN_AUSTIN, zone=AUSTIN, not_before=TUESDAY_TEN_IN_AUSTIN)
    assert due == TUESDAY_TEN_IN_AUSTIN


def test_a_step_is_never_due_before_the_one_before_it_ended() -> None:
    ended = TUESDAY_TEN_IN_AUSTIN + timedelta(days=4)
    assert due_at(step(day=2), started_at=TUESDAY_TEN_IN_AUSTIN, zone=AUSTIN, not_before=ended) == ended


def test_a_zone_nobody_knows_is_an_error_and_not_a_guess() -> None:
    with pytest.raises(ZoneInfoNotFoundError):
        due_at(step(day=1), started_at=TUESDAY_TEN_IN_AUSTIN, zone="America/Nowhere", not_before=TUESDAY_TEN_IN_AUSTIN)


MONTH = sequence_from_dict(table(email_step(), call_step(day=1, time="09:30"), sms_step(day=3, time="10:00")))


def next_after(after: int, *, not_before: datetime, by: str = "maya", only_ahead: bool = False) -> Any:
    started = TUESDAY_TEN_IN_AUSTIN
    return following(
        MONTH, after=after, started_at=started, zone=AUSTIN, not_before=not_before, spread_by=by, only_ahead=only_ahead
    )


def test_what_shares_a_moment_is_spread_over_the_quarter_hour_after_it_and_each_keeps_its_place() -> None:
    due = [next_after(0, not_before=TUESDAY_TEN_IN_AUSTIN, by=str(lead)).due_at for lead in range(400)]

    nine_thirty = datetime(2026, 11, 11, 15, 30, tzinfo=UTC)
    minutes = [
        sum(timedelta(minutes=m) <= at - nine_thirty < timedelta(minutes=m + 1) for at in due) for m in range(15)
    ]
    assert sum(minutes) == 400
    assert max(minutes) < 60
    assert spread("maya") == spread("maya")


def test_a_step_whose_moment_passed_is_due_at_once_unless_only_what_lies_ahead_is_wanted() -> None:
    two_days_on = TUESDAY_TEN_IN_AUSTIN + timedelta(days=2)

    assert next_after(0, not_before=two_days_on).due_at == two_days_on
    ahead = next_after(0, not_before=two_days_on, only_ahead=True)
    assert (ahead.step_index, ahead.due_at > two_days_on) == (2, True)
    assert next_after(0, not_before=two_days_on + timedelta(days=9), only_ahead=True) is None
    assert next_after(2, not_before=two_days_on) is None


@st.composite
def steps(draw: st.DrawFn) -> list[dict[str, Any]]:
    walls = st.times().map(lambda wall: wall.strftime("%H:%M"))
    moments = sorted(draw(st.lists(st.tuples(st.integers(0, 30), walls), min_size=1, max_size=18)))
    return [email_step(id=f"step-{n}", day=day, time=wall) for n, (day, wall) in enumerate(moments)]


@given(
    steps(),
    st.integers(0, 4 * 365 * 24 * 60),
    st.sampled_from(ZONES),
)
def test_a_plan_never_goes_back_in_time_and_keeps_every_step(
    tables: list[dict[str, Any]], minutes: int, zone: str
) -> None:
    start = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    sequence = sequence_from_dict(table(*tables))
    planned = plan(sequence, started_at=start, zone=zone)
    due = [start, *(item.due_at for item in planned)]
    assert all(earlier <= later for earlier, later in itertools.pairwise(due))
    assert [item.step for item in planned] == list(sequence.steps)
    assert [item.step_index for item in planned] == list(range(len(tables)))
    first_day = start.astimezone(ZoneInfo(zone)).date()
    assert all(item.due_at.astimezone(ZoneInfo(zone)).date() >= first_day for item in planned)
    assert max(due) <= start + timedelta(days=32)


@given(st.integers(1, 30), st.times(), st.sampled_from(ZONES), st.integers(0, 4 * 365))
def test_a_due_time_shows_the_wall_time_asked_for_unless_the_clocks_skip_it(
    day: int, wall: time, zone: str, start_day: int
) -> None:
    start = datetime(2025, 1, 1, 18, tzinfo=UTC) + timedelta(days=start_day)
    named = wall.strftime("%H:%M")
    local = due_at(step(day=day, time=named), started_at=start, zone=zone, not_before=start).astimezone(ZoneInfo(zone))
    asked = datetime.combine(start.astimezone(ZoneInfo(zone)).date() + timedelta(days=day), wall.replace(second=0))
    shift = local.replace(tzinfo=None) - asked.replace(microsecond=0)
    assert shift == timedelta(0) or (local.fold == 0 and shift in {timedelta(minutes=30), timedelta(hours=1)})
    assert shift >= timedelta(0)


# ------------------------------------------------------------------------------------------ as data


def test_a_sequence_reads_its_steps_with_their_types() -> None:
    hello, text, call = sequence_from_dict(table()).steps
    assert (hello.channel, hello.subject, hello.body, hello.task, hello.when) == (
        "email",
        "Hello",
        "Hi there.",
        "",
        None,
    )
    assert (text.after_minutes, text.time, text.subject) == (3, None, "")
    assert (call.day, call.time, call.task, call.body) == (1, time(9, 30), "Call them.", "")
    assert str(call.when) == "has phone"


@pytest.mark.parametrize(
    "data, key_path, reason",
    [
        (table(key="New Buyer"), "key", "lower-case"),
        (table(title=""), "title", "not empty"),
        (table(goal=7), "goal", "text"),
        (table(owner="Dana"), "owner", "not allowed"),
        (table(again_after_days=30), "again_after_days", "more than 30"),
        (table(again_after_days="soon"), "again_after_days", "whole number"),
        (table(intents="buy"), "intents", "list"),
        (table(intents=["buy", "lease"]), "intents[1]", "lease"),
        (table(intents=["buy", "buy"]), "intents[1]", "twice"),
        (table(intents=[{}]), "intents[0]", "not one of"),
        (table(steps=[]), "steps", "at least one"),
        (table(steps=["hello"]), "steps[0]", "table"),
        (table(email_step(id="Hello")), "steps[0].id", "lower-case"),
        (table(email_step(), sms_step(id="hello")), "steps[1].id", "twice"),
        (table(email_step(day=31)), "steps[0].day", "0 to 30"),
        (table(email_step(day=True)), "steps[0].day", "whole number"),
        (table(email_step(day="1")), "steps[0].day", "whole number"),
        (table(email_step(time="25:00")), "steps[0].time", "23:59"),
        (table(email_step(time="9:30")), "steps[0].time", "wall time"),
        (table(email_step(channel="fax")), "steps[0].channel", "email, sms, call"),
        (table(email_step(subject=" ")), "steps[0].subject", "not empty"),
        (table(sms_step(subject="Hi")), "steps[0].subject", "not allowed"),
        (table(call_step(body="Hi")), "steps[0].body", "not allowed"),
        (table(call_step(task="")), "steps[0].task", "not empty"),
        (table(sms_step(day=1, after_minutes=3)), "steps[0].after_minutes", "day 0"),
        (table(sms_step(time="10:00", after_minutes=3)), "steps[0].after_minutes", "day 0"),
        (table(email_step(after_minutes=3)), "steps[0].after_minutes", "not allowed"),
        (table(email_step(when="no answer")), "steps[0].when", "position 4"),
        (table(email_step(day=2), sms_step(day=1)), "steps[1].day", "order"),
        (table(email_step(day=2, time="12:00"), sms_step(day=2, time="11:00")), "steps[1].day", "order"),
    ],
)
def test_a_sequence_that_cannot_be_says_where_and_why(data: dict[str, Any], key_path: str, reason: str) -> None:
    with pytest.raises(SequenceError) as caught:
        sequence_from_dict(data)
    assert caught.value.key_path == key_path
    assert reason in caught.value.reason


def test_a_stored_version_comes_back_whole() -> None:
    sequence = sequence_from_dict(table())
    assert from_json(to_json(sequence)) == sequence
    assert sequence_from_dict(sequence_to_dict(sequence)) == sequence


def test_what_is_stored_but_no_table_is_refused() -> None:
    with pytest.raises(SequenceError, match="table"):
        from_json("[1]")


def test_the_hash_ignores_the_order_of_keys_and_sees_every_word() -> None:
    data = sequence_to_dict(sequence_from_dict(table()))
    turned = dict(reversed(data.items()))
    assert content_hash(turned) == content_hash(data)
    assert content_hash(sequence_to_dict(sequence_from_dict(table(goal="Meet.")))) != content_hash(data)


# ------------------------------------------------------------------------------------------ choosing


def test_a_sequence_begins_again_only_after_its_cool_down_and_without_one_never() -> None:
    began = datetime(2026, 3, 3, 16, tzinfo=UTC)
    cooling, once = sequence_from_dict(table(again_after_days=60)), sequence_from_dict(table())

    assert may_begin(once, last_began=None, now=began)
    assert may_begin(cooling, last_began=began, now=began + timedelta(days=60))
    assert not may_begin(cooling, last_began=began, now=began + timedelta(days=60, seconds=-1))
    assert not may_begin(once, last_began=began, now=began + timedelta(days=3000))


def test_the_cool_down_is_kept_with_the_version() -> None:
    sequence = sequence_from_dict(table(again_after_days=60))
    assert from_json(to_json(sequence)).again_after_days == 60
    assert "again_after_days" not in sequence_to_dict(sequence_from_dict(table()))


def named(key: str, *intents: str) -> Sequence:
    return sequence_from_dict(table(key=key, intents=list(intents)))


def test_an_intent_starts_the_sequence_that_lists_it_and_others_go_with_the_unclear() -> None:
    sequences = {s.key: s for s in (named("new-buyer", "buy"), named("new-unknown", "unclear", "greet"))}
    assert choose(Intent.BUY, sequences) == "new-buyer"
    assert choose(Intent.GREET, sequences) == "new-unknown"
    assert choose(Intent.COMPLAINT, sequences) == "new-unknown"


def test_choosing_without_a_sequence_for_the_unclear_is_an_error() -> None:
    with pytest.raises(LookupError):
        choose(Intent.RENT, {"new-buyer": named("new-buyer", "buy")})
