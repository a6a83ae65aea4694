"""Do-Not-Call, the carrier's budget, the warm-up ladder and email's brake, and the file they are read from."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from agent.rules.dated import BadRuleFile
from agent.rules.do_not_call import NumberFacts, months_after, why_listed, why_reassigned, why_too_old
from agent.rules.limits import load_limits, parse
from agent.rules.number_files import read_do_not_call, read_reassigned
from agent.rules.sender_limits import ladder_step, why_braked, why_over_budget, why_warming_up

TODAY = date(2026, 5, 28)
LIMITS = load_limits()
DNC, BRAKE = LIMITS.do_not_call_on(TODAY), LIMITS.brake_on(TODAY)
assert DNC is not None
assert BRAKE is not None


def number(**changes: object) -> NumberFacts:
    given = {"listed": True, "reassigned_on": None, "consented_on": None, "inquired_on": None, "dealt_on": None}
    return NumberFacts(**(given | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "facts, may",
    [
        (number(), False),
        (number(listed=False), True),
        (number(inquired_on=date(2026, 2, 28)), True),  # three months, the last day
        (number(inquired_on=date(2026, 2, 27)), False),
        (number(dealt_on=date(2024, 11, 28)), True),  # eighteen months
        (number(dealt_on=date(2024, 11, 27)), False),
        (number(inquired_on=date(2020, 1, 1), dealt_on=date(2026, 1, 1)), True),
        (number(consented_on=date(2026, 5, 30)), False),  # consent is another question
    ],
)
def test_a_listed_number_may_be_reached_three_months_after_an_inquiry_and_eighteen_after_a_deal(
    facts: NumberFacts, *, may: bool
) -> None:
    assert DNC is not None
    assert (why_listed(facts, on=TODAY, rule=DNC) is None) is may


@pytest.mark.parametrize("days, good", [(0, True), (31, True), (32, False)])
def test_the_list_is_good_for_31_days(days: int, *, good: bool) -> None:
    assert DNC is not None
    assert (why_too_old(TODAY - timedelta(days=days), on=TODAY, rule=DNC) is None) is good
    assert why_too_old(None, on=TODAY, rule=DNC) is None


@pytest.mark.parametrize(
    "seen, agreed, free",
    [
        (None, None, True),
        (date(2026, 5, 1), None, False),
        (date(2026, 5, 1), date(2026, 5, 1), False),
        (date(2026, 5, 1), date(2026, 5, 2), True),
    ],
)
def test_only_consent_given_after_it_changed_hands_frees_a_number(
    seen: date | None, agreed: date | None, *, free: bool
) -> None:
    assert (why_reassigned(number(reassigned_on=seen, consented_on=agreed)) is None) is free


@pytest.mark.parametrize(
    "day, months, later",
    [
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 12, 31), 18, date(2028, 6, 30)),
        (date(2026, 1, 15), 12, date(2027, 1, 15)),
    ],
)
def test_a_month_later_is_the_same_day_or_the_months_last(day: date, months: int, later: date) -> None:
    assert months_after(day, months) == later


def test_no_text_passes_the_carriers_budget() -> None:
    assert why_over_budget(spent=998, needed=2, budget=1000) is None
    assert why_over_budget(spent=999, needed=2, budget=1000) is not None
    assert why_over_budget(spent=10**9, needed=2, budget=None) is None


def test_the_ladder_allows_more_each_week_and_then_everything() -> None:
    began = datetime(2026, 5, 1, 12, tzinfo=UTC)
    steps = [ladder_step((50, 200), first_email_at=began, now=began + timedelta(days=day)) for day in (0, 6, 7, 13, 14)]
    assert steps == [50, 50, 200, 200, None]
    assert ladder_step((50,), first_email_at=None, now=began) == 50
    assert ladder_step((), first_email_at=began, now=began) is None
    assert why_warming_up(sent=49, step=50) is None
    assert why_warming_up(sent=50, step=50) is not None
    assert why_warming_up(sent=50, step=None) is None


@pytest.mark.parametrize(
    "sent, bounces, complaints, stops",
    [
        (100, 5, 0, False),  # five per cent, not more
        (100, 6, 0, True),
        (49, 49, 0, False),  # too few to prove anything
        (50, 3, 0, True),
        (1000, 0, 1, True),  # a tenth of a per cent
        (1001, 0, 1, False),
        (5000, 0, 0, False),
    ],
)
def test_email_brakes_past_five_per_cent_bounces_or_at_a_tenth_of_a_per_cent_complaints(
    sent: int, bounces: int, complaints: int, *, stops: bool
) -> None:
    assert BRAKE is not None
    said = why_braked(sent=sent, bounces=bounces, complaints=complaints, rule=BRAKE)
    assert (said is not None) is stops
    assert said is None or str(sent) in said


@pytest.mark.parametrize(
    "text, numbers, unreadable",
    [
        ("+15125550142\n(303) 555-0145\n", {"+15125550142", "+13035550145"}, 0),
        ("Phone,Name\n512-555-0142,Maya\n\nnot a number,Hank\n", {"+15125550142"}, 1),
        ("512,5550142\n", {"+15125550142"}, 0),
        ("7,2026-11-20,512.555.0142\n", {"+15125550142"}, 0),
        ("number\n", set(), 0),
        ("", set(), 0),
    ],
)
def test_numbers_are_read_from_lines_and_from_csv(text: str, numbers: set[str], unreadable: int) -> None:
    found = read_do_not_call(text.splitlines(keepends=True))
    assert (found.listed, found.unreadable) == (numbers, unreadable)


def test_only_a_yes_says_that_a_number_changed_hands() -> None:
    text = "number,answer\n512-555-0142,Yes\n512-555-0143,no\n512-555-0147,No Data\n303-555-0145,maybe\n"
    found = read_reassigned(text.splitlines())
    assert (found.listed, found.cleared) == ({"+15125550142"}, {"+15125550143", "+15125550147"})
    assert found.unreadable == 1


def test_what_is_shipped_says_where_it_comes_from_and_is_in_force_today() -> None:
    assert (DNC.list_good_for_days, DNC.inquiry_months, DNC.deal_months) == (31, 3, 18)  # type: ignore[union-attr]
    assert (BRAKE.bounces_over_percent, BRAKE.complaints_from_percent) == (5, 0.1)  # type: ignore[union-attr]
    assert LIMITS.do_not_call_on(date(2019, 1, 1)) is None


# ---- a bad file


def dnc(**changes: str) -> str:
    given = {
        "id": '"dnc"',
        "jurisdiction": '"US"',
        "effective_from": "2020-01-01",
        "list_good_for_days": "31",
        "inquiry_months": "3",
        "deal_months": "18",
        "source": '"a test"',
        "last_reviewed": "2026-11-21",
    } | changes
    return "\n".join(["[[do_not_call]]", *(f"{key} = {value}" for key, value in given.items() if value), ""])


BRAKE_TABLE = """[[email_brake]]
id = "brake"
jurisdiction = "*"
effective_from = 2020-01-01
window_days = 7
from_emails = 50
bounces_over_percent = 5
complaints_from_percent = 0.1
source = "a test"
last_reviewed = 2026-11-21
"""


def test_a_good_file_is_read() -> None:
    assert len(parse(dnc() + BRAKE_TABLE, file="f").do_not_call) == 1


@pytest.mark.parametrize(
    "text, where, why",
    [
        ("=", "f", "not TOML"),
        (BRAKE_TABLE, "do_not_call", "at least one"),
        (dnc(), "email_brake", "at least one"),
        (dnc(effective_from='"soon"'), "do_not_call[0].effective_from", "a date like 2026-01-31"),
        (dnc(last_reviewed="2026"), "do_not_call[0].last_reviewed", "a date like"),
        (dnc(effective_to="2019-01-01"), "do_not_call[0].effective_to", "before effective_from"),
        (dnc(jurisdiction='"XX"'), "do_not_call[0].jurisdiction", "unknown state “XX”"),
        (dnc(list_good_for_days="0"), "do_not_call[0].list_good_for_days", "a whole number from 1"),
        (dnc(deal_months=""), "do_not_call[0].deal_months", "missing"),
        (dnc(colour='"red"'), "do_not_call[0].colour", "not a key"),
        (dnc() + dnc(), "do_not_call[1].effective_from", "overlapping"),
        (dnc() + BRAKE_TABLE.replace("= 5\n", "= 500\n"), "email_brake[0].bounces_over_percent", "a percentage"),
    ],
)
def test_a_bad_file_is_refused_with_file_key_path_and_reason(text: str, where: str, why: str) -> None:
    whole = text if "email_brake" in text or where in {"f", "email_brake"} else text + BRAKE_TABLE
    with pytest.raises(BadRuleFile, match=f"^{'f'}: ") as refused:
        parse(whole, file="f")
    assert where in str(refused.value)
    assert why in str(refused.value)
