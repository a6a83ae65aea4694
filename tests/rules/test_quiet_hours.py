"""When a text may leave, over every zone and every change of clocks."""

from __future__ import annotations

import time as stopwatch
from datetime import UTC, date, datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.rules.holidays import federal_holidays, is_federal_holiday
from agent.rules.places import states as all_states
from agent.rules.quiet_hours import load_rules, next_open, parse, text_cap, why_closed
from agent.rules.zones import Zones

_US_ZONES = sorted({zone for state in all_states().values() for zone in state.zones})
_ONE_DAY = [zone for zone in _US_ZONES if zone != "Pacific/Guam"]  # beyond the date line nobody is awake with the rest
_RULES = load_rules()


def _zones(*names: str) -> Zones:
    return Zones(names, "address")


def _local(text: str, zone: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def _opening(text: str, zone: str, *states: str, more: tuple[str, ...] = ()) -> str:
    opens = next_open(_local(text, zone), zones=_zones(zone, *more), states=states, rules=_RULES)
    return opens.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%dT%H:%M")


@pytest.mark.parametrize(
    "now,expected",
    [
        ("2026-11-17T08:59:59", "2026-11-17T09:00"),  # a Tuesday
        ("2026-11-17T09:00", "2026-11-17T09:00"),
        ("2026-11-17T19:59", "2026-11-17T19:59"),
        ("2026-11-17T20:00", "2026-11-18T09:00"),
        ("2026-11-18T01:21", "2026-11-18T09:00"),
        ("2026-11-21T21:00", "2026-11-22T12:00"),  # Saturday night: Sunday opens at noon
        ("2026-11-25T20:00", "2026-11-27T09:00"),  # the night before Thanksgiving
        ("2026-12-24T20:00", "2026-12-26T09:00"),  # Christmas is a Friday
        ("2026-07-02T20:00", "2026-07-05T12:00"),  # 4 July is a Saturday, observed on Friday
    ],
)
def test_the_shipped_hours_are_nine_to_eight_noon_on_sundays_and_no_holidays(now: str, expected: str) -> None:
    assert _opening(now, "America/Chicago") == expected


@pytest.mark.parametrize(
    "now,states,expected",
    [
        ("2026-11-17T09:30", ("KY",), "2026-11-17T10:00"),
        ("2026-11-17T18:00", ("RI",), "2026-11-18T09:00"),
        ("2026-11-21T17:00", ("RI",), "2026-11-22T12:00"),
        ("2026-11-21T21:00", ("AL",), "2026-11-23T09:00"),
        ("2026-11-21T21:00", ("MS",), "2026-11-23T09:00"),
        ("2026-11-17T09:30", ("RI", "KY"), "2026-11-17T10:00"),
        ("2026-11-17T18:00", ("KY", "RI"), "2026-11-18T10:00"),
        ("2026-11-17T09:30", ("ZZ",), "2026-11-17T09:30"),
    ],
)
def test_the_stricter_of_the_default_and_each_state_wins(now: str, states: tuple[str, ...], expected: str) -> None:
    assert _opening(now, "America/Chicago", *states) == expected


def test_all_candidate_zones_must_be_open_at_once() -> None:
    assert _opening("2026-11-17T09:00", "America/New_York", more=("America/Chicago",)) == "2026-11-17T10:00"
    assert _opening("2026-11-17T19:30", "America/Chicago", more=("America/New_York",)) == "2026-11-18T09:00"
    assert _opening("2026-11-22T12:00", "America/New_York", more=("America/Los_Angeles",)) == "2026-11-22T15:00"


def test_texas_hours_hold_on_the_central_clock_too() -> None:
    assert _opening("2026-11-22T12:00", "America/New_York", "TX") == "2026-11-22T13:00"
    assert _opening("2026-11-17T19:45", "America/Los_Angeles", "TX") == "2026-11-18T09:00"
    assert _opening("2026-11-17T18:59", "America/Los_Angeles", "TX") == "2026-11-17T18:59"


def test_a_rule_does_not_apply_before_its_day() -> None:
    assert _opening("2025-08-31T12:30", "America/New_York", "TX") == "2025-08-31T12:30"
    assert _opening("2025-09-07T12:30", "America/New_York", "TX") == "2025-09-07T13:00"


def test_the_hour_stays_when_the_clocks_change() -> None:
    chicago = ZoneInfo("America/Chicago")
    before = next_open(
        _local("2026-03-07T21:00", "America/Chicago"), zones=_zones("America/Chicago"), states=(), rules=_RULES
    )
    assert before.astimezone(chicago).hour == 12
    assert before.hour == 17  # after the change noon comes an hour sooner than on the day before
    after = next_open(
        _local("2026-10-31T21:00", "America/Chicago"), zones=_zones("America/Chicago"), states=(), rules=_RULES
    )
    assert (after.astimezone(chicago).hour, after.hour) == (12, 18)


_CHANGES = [
    moment
    for year in range(2024, 2031)
    for moment in (
        datetime(year, 3, 8, tzinfo=UTC) + timedelta(days=(6 - date(year, 3, 8).weekday()) % 7),
        datetime(year, 11, 1, tzinfo=UTC) + timedelta(days=(6 - date(year, 11, 1).weekday()) % 7),
    )
]
_AROUND_A_CHANGE = st.builds(
    lambda change, minutes: change + timedelta(minutes=minutes), st.sampled_from(_CHANGES), st.integers(-4000, 4000)
)
_ANY_TIME = st.integers(0, 7 * 365 * 24 * 60).map(
    lambda minutes: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


def _inside_the_shipped_hours(moment: datetime, zone: str) -> bool:
    local = moment.astimezone(ZoneInfo(zone))
    opens = 12 if local.weekday() == 6 else 9
    return opens <= local.hour < 20 and not is_federal_holiday(local.date())


def _inside_the_hours_of(moment: datetime, zone: str, state: str) -> bool:
    local = moment.astimezone(ZoneInfo(zone))
    for rule in _RULES.rules:
        if rule.jurisdiction != state or not rule.in_force(local.date()):
            continue
        if is_federal_holiday(local.date()) and not rule.on_holidays:
            return False
        if not any(window.opens <= local.time() < window.closes for window in rule.week[local.weekday()]):
            return False
    return True


@given(
    now=_AROUND_A_CHANGE | _ANY_TIME,
    names=st.lists(st.sampled_from(_ONE_DAY), min_size=1, max_size=3, unique=True),
    states=st.lists(st.sampled_from(sorted(all_states())), max_size=2, unique=True).map(tuple),
)
@settings(max_examples=600)
def test_no_text_leaves_outside_the_window_of_any_zone(
    now: datetime, names: list[str], states: tuple[str, ...]
) -> None:
    zones = _zones(*names)
    opens = next_open(now, zones=zones, states=states, rules=_RULES)
    assert opens >= now
    assert all(_inside_the_shipped_hours(opens, zone) for zone in zones.names)
    assert all(_inside_the_hours_of(opens, zone, state) for zone in zones.names for state in ("US", *states))
    assert next_open(opens, zones=zones, states=states, rules=_RULES) == opens
    if opens != now:
        assert (opens.second, opens.microsecond) == (0, 0)
        assert next_open(opens - timedelta(minutes=1), zones=zones, states=states, rules=_RULES) == opens
        assert why_closed(now, zones=zones, states=states, rules=_RULES)
    else:
        assert not why_closed(now, zones=zones, states=states, rules=_RULES)


@pytest.mark.parametrize("zone", _US_ZONES)
def test_every_us_zone_opens_at_the_same_hour_on_both_sides_of_every_change(zone: str) -> None:
    for change in _CHANGES:
        for days in range(-2, 3):
            for hour in range(0, 24, 3):
                now = change + timedelta(days=days, hours=hour)
                opens = next_open(now, zones=_zones(zone), states=(), rules=_RULES)
                assert _inside_the_shipped_hours(opens, zone)
                assert opens == now or opens.astimezone(ZoneInfo(zone)).strftime("%H:%M") in {"09:00", "12:00"}


def test_no_minute_is_skipped_that_would_have_been_allowed() -> None:
    zones, states = _zones("America/Chicago", "America/Denver"), ("KY", "TX")
    now = _local("2026-03-06T19:00", "America/Chicago")
    opens = next_open(now, zones=zones, states=states, rules=_RULES)
    minute = now
    while next_open(minute, zones=zones, states=states, rules=_RULES) != minute:
        minute += timedelta(minutes=1)
    assert minute == opens


def test_what_never_opens_is_said_and_not_awaited() -> None:
    with pytest.raises(ValueError, match="never open within 14 days"):
        next_open(
            datetime(2026, 11, 17, tzinfo=UTC),
            zones=_zones("Pacific/Guam", "America/New_York"),
            states=("RI",),
            rules=_RULES,
        )
    with pytest.raises(ValueError, match="aware"):
        next_open(datetime(2026, 11, 17), zones=_zones("America/Chicago"), states=(), rules=_RULES)  # noqa: DTZ001 - the point
    with pytest.raises(ValueError, match="no candidate zone"):
        next_open(datetime(2026, 11, 17, tzinfo=UTC), zones=_zones(), states=(), rules=_RULES)


def test_a_closed_hour_is_explained_by_its_clock_and_rule() -> None:
    said = why_closed(
        _local("2026-11-17T09:30", "America/New_York"), zones=_zones("America/New_York"), states=("KY",), rules=_RULES
    )
    assert said == "it is Tuesday 09:30 in America/New_York; ky-hours allows texts 10:00–21:00"
    holiday = why_closed(
        _local("2026-11-26T10:30", "America/New_York"), zones=_zones("America/New_York"), states=(), rules=_RULES
    )
    assert "default allows texts not at all that day" in holiday


def test_an_open_single_zone_is_answered_in_under_fifty_microseconds() -> None:
    zones, start = _zones("America/Chicago"), _local("2026-11-17T10:00", "America/Chicago")
    took = []
    for second in range(2000):
        now = start + timedelta(seconds=second * 11)
        began = stopwatch.perf_counter()
        next_open(now, zones=zones, states=("TX",), rules=_RULES)
        took.append(stopwatch.perf_counter() - began)
    assert median(took) < 50e-6


@pytest.mark.parametrize("states", [(), ("FL",), ("OK", "MD"), ("CA",)])
def test_three_texts_a_day_is_the_cap(states: tuple[str, ...]) -> None:
    assert text_cap(states, _RULES, date(2026, 11, 17)) == 3


def test_the_strictest_cap_in_force_counts() -> None:
    rules = parse(_table(_DEFAULT, _rule("FL", cap_per_24h=1, effective_from="2027-01-01")), file="f")
    assert text_cap(("FL",), rules, date(2026, 12, 31)) == 3
    assert text_cap(("FL",), rules, date(2027, 1, 1)) == 1
    assert text_cap(("GA",), rules, date(2027, 1, 1)) == 3


def test_every_federal_holiday_is_known_with_the_day_it_is_observed() -> None:
    assert federal_holidays(2026) == {
        date(2026, 1, 1), date(2026, 1, 19), date(2026, 2, 16), date(2026, 5, 25), date(2026, 6, 19), date(2026, 7, 3),
        date(2026, 7, 4), date(2026, 9, 7), date(2026, 10, 12), date(2026, 11, 11), date(2026, 11, 26),
        date(2026, 12, 25),
    }  # fmt: skip
    assert date(2021, 12, 31) in federal_holidays(2021)  # 1 January 2022 was a Saturday
    assert date(2023, 1, 2) in federal_holidays(2023)


def test_every_shipped_rule_says_where_it_comes_from_and_states_none_twice() -> None:
    assert len({rule.id for rule in _RULES.rules}) == len(_RULES.rules)
    assert {rule.jurisdiction for rule in _RULES.rules} >= {
        "*",
        "US",
        "FL",
        "OK",
        "MD",
        "WA",
        "TX",
        "VA",
        "CT",
        "AZ",
        "RI",
        "KY",
    }
    assert all(rule.source and rule.last_reviewed <= date(2100, 1, 1) for rule in _RULES.rules)


def _rule(jurisdiction: str, **fields: object) -> str:
    given = {
        "id": f'"{jurisdiction}-rule"',
        "effective_from": "2020-01-01",
        "hours": '{ mon-sun = "09:00-20:00" }',
        "holidays": "true",
        "source": '"a test"',
        "last_reviewed": "2026-11-21",
    } | fields
    lines = [f"{key} = {value}" for key, value in given.items() if value is not None]
    return "\n".join(["[[rule]]", f'jurisdiction = "{jurisdiction}"', *lines])


def _table(*rules: str) -> str:
    return "\n\n".join(rules)


_DEFAULT = _rule("*", cap_per_24h=3)


@pytest.mark.parametrize(
    "bad,key,reason",
    [
        (_rule("XX"), "rule[1].jurisdiction", "unknown state “XX”"),
        (_rule("FL", effective_from='"2026-02-30"'), "rule[1].effective_from", "a date like 2026-01-31 is needed"),
        (_rule("FL", effective_from="2026-01-01T00:00:00"), "rule[1].effective_from", "a date like"),
        (_rule("FL", effective_to="2019-01-01"), "rule[1].effective_to", "before effective_from"),
        (_rule("FL", hours='{ mon-sun = "20:00-09:00" }'), "rule[1].hours.mon-sun", "never opens"),
        (_rule("FL", hours='{ mon-sun = "09:00-09:00" }'), "rule[1].hours.mon-sun", "never opens"),
        (_rule("FL", hours="{}"), "rule[1].hours", "never opens"),
        (_rule("FL", hours="{ mon = [] }"), "rule[1].hours.mon", "never opens"),
        (_rule("FL", hours='{ mon-sun = "20:30-21:30" }'), "rule[1].hours", "nothing is left beside the default"),
        (_rule("FL", hours='{ mon = ["09:00-13:00", "12:00-20:00"] }'), "rule[1].hours.mon", "overlapping windows"),
        (_rule("FL", hours='{ mon-wed = "09:00-13:00", tue = "14:00-15:00" }'), "rule[1].hours.tue", "overlapping"),
        (_rule("FL", hours='{ monday = "09:00-13:00" }'), "rule[1].hours.monday", "a day like"),
        (_rule("FL", hours='{ sun-mon = "09:00-13:00" }'), "rule[1].hours.sun-mon", "ends before it starts"),
        (_rule("FL", hours='{ mon = "9 to 5" }'), "rule[1].hours.mon", "is not hours like"),
        (_rule("FL", hours='{ mon = "09:00" }'), "rule[1].hours.mon", "is not hours like"),
        (_rule("FL", hours='{ mon = "25:00-26:00" }'), "rule[1].hours.mon", "is not hours like"),
        (_rule("FL", hours='{ mon = "09:00:30-20:00" }'), "rule[1].hours.mon", "more than hours and minutes"),
        (_rule("FL", hours='"all day"'), "rule[1].hours", "never opens"),
        (_rule("FL", holidays='"no"'), "rule[1].holidays", "true or false"),
        (_rule("FL", clock='"Mars/Olympus"'), "rule[1].clock", "is not an IANA time zone"),
        (_rule("FL", cap_per_24h=0), "rule[1].cap_per_24h", "a whole number from 1"),
        (_rule("FL", cap_per_24h="true"), "rule[1].cap_per_24h", "a whole number from 1"),
        (_rule("FL", source='" "'), "rule[1].source", "text is needed"),
        (_rule("FL", source=None), "rule[1].source", "missing"),
        (_rule("FL", colour='"red"'), "rule[1].colour", "not a key of a rule"),
        (_table(_rule("FL"), _rule("FL")), "rule[2].effective_from", "overlapping with FL-rule"),
    ],
)
def test_a_bad_table_is_refused_with_file_key_path_and_reason(bad: str, key: str, reason: str) -> None:
    with pytest.raises(ValueError, match=r"^rules/quiet_hours\.toml: ") as refused:
        parse(_table(_DEFAULT, bad), file="rules/quiet_hours.toml")
    said = str(refused.value)
    assert said.startswith(f"rules/quiet_hours.toml: {key}: ")
    assert reason in said


@pytest.mark.parametrize(
    "text,reason",
    [
        ("rule = [", "not TOML"),
        ("effective_from = 2026-02-30", "not TOML"),
        ("", "at least one [[rule]]"),
        ("rule = 3", "at least one [[rule]]"),
        ("rule = [1, 2]", "at least one [[rule]]"),
        (_rule("FL"), "jurisdiction “*” is needed"),
        (_rule("*"), "the default must have a cap_per_24h"),
    ],
)
def test_a_file_that_is_no_table_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=r"^quiet\.toml: ") as refused:
        parse(text, file="quiet.toml")
    assert reason in str(refused.value)


def test_versions_of_one_rule_may_follow_each_other() -> None:
    older = _rule("FL", effective_to="2026-06-30", hours='{ mon-sun = "10:00-20:00" }')
    newer = _rule("FL", id='"fl-new"', effective_from="2026-07-01", hours='{ mon-sun = "11:00-20:00" }')
    rules = parse(_table(_DEFAULT, older, newer), file="f")
    for day, hour in (("2026-06-30", 10), ("2026-07-01", 11)):
        now = _local(f"{day}T09:00", "America/New_York")
        opens = next_open(now, zones=_zones("America/New_York"), states=("FL",), rules=rules)
        assert opens.astimezone(ZoneInfo("America/New_York")).hour == hour
