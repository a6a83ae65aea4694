"""Recognising somebody again, and not somebody else."""

from __future__ import annotations

from uuid import UUID

import pytest

from agent.rules.identity import Candidate, Incoming, Match, MatchedBy, same_human

_PHONE = "+15125550142"
_OTHER_PHONE = "+15125550199"
_MAIL = "sam@example.org"


def _lead(
    number: int,
    *,
    sender: str | None = None,
    emails: tuple[str, ...] = (),
    phones: tuple[str, ...] = (),
    name: str = "Sam Ortiz",
    deleted: bool = False,
) -> Candidate:
    first, _, last = name.partition(" ")
    return Candidate(UUID(int=number), sender, frozenset(emails), frozenset(phones), first, last, deleted)


def _arrival(
    *, sender: str | None = None, emails: tuple[str, ...] = (), phones: tuple[str, ...] = (), name: str = "Sam Ortiz"
) -> Incoming:
    first, _, last = name.partition(" ")
    return Incoming(sender, frozenset(emails), frozenset(phones), first, last)


def test_the_sender_id_comes_before_the_email_and_the_email_before_the_phone() -> None:
    by_phone, by_email = _lead(1, phones=(_PHONE,)), _lead(2, emails=(_MAIL,))
    by_id = _lead(3, sender="501", name="Alex Kim")
    arrival = _arrival(sender="501", emails=(_MAIL,), phones=(_PHONE,))
    assert same_human(arrival, [by_phone, by_email, by_id]) == Match(UUID(int=3), MatchedBy.SENDER_ID)
    assert same_human(arrival, [by_phone, by_email]) == Match(UUID(int=2), MatchedBy.EMAIL)
    assert same_human(arrival, [by_phone]) == Match(UUID(int=1), MatchedBy.PHONE_AND_NAME)


def test_two_without_a_sender_id_are_not_one_by_its_absence() -> None:
    assert same_human(_arrival(), [_lead(1)]) is None


@pytest.mark.parametrize(
    "one,other",
    [
        ("Sam Ortiz", "SAM ORTIZ"),
        ("Sam Ortiz", "Sam Diaz"),
        ("José Ortiz", "Jose Ortiz"),
        ("S Ortiz", "Sam Ortiz"),
        ("S. Ortiz", "Sam Ortiz"),
        ("Rob Ortiz", "Robert Ortiz"),
        ("Sam", "Sam Ortiz"),
    ],
)
def test_one_phone_and_one_name_are_one_human(one: str, other: str) -> None:
    match = same_human(_arrival(phones=(_PHONE,), name=one), [_lead(1, phones=(_PHONE, _OTHER_PHONE), name=other)])
    assert match == Match(UUID(int=1), MatchedBy.PHONE_AND_NAME)


@pytest.mark.parametrize(
    "one,other",
    [
        ("Maria Park", "David Park"),
        ("Jim Park", "Jane Park"),
        ("Maria Park", "David Lee"),
        ("M Park", "Maria Lee"),
        (" Park", "Maria Park"),
        ("Maria Park", ""),
        ("", ""),
    ],
)
def test_a_couple_with_one_number_stays_two_people(one: str, other: str) -> None:
    assert same_human(_arrival(phones=(_PHONE,), name=one), [_lead(1, phones=(_PHONE,), name=other)]) is None


def test_another_phone_with_the_same_name_is_somebody_new() -> None:
    assert same_human(_arrival(phones=(_PHONE,)), [_lead(1, phones=(_OTHER_PHONE,))]) is None


def test_of_two_equally_good_the_oldest_is_it() -> None:
    twins = [_lead(7, emails=(_MAIL,)), _lead(3, emails=(_MAIL,))]
    assert same_human(_arrival(emails=(_MAIL,)), twins) == Match(UUID(int=7), MatchedBy.EMAIL)


def test_a_deleted_lead_is_recognised_only_by_its_sender_id_and_after_a_living_one() -> None:
    gone = _lead(1, sender="501", emails=(_MAIL,), phones=(_PHONE,), deleted=True)
    arrival = _arrival(sender="501", emails=(_MAIL,), phones=(_PHONE,))
    assert same_human(_arrival(emails=(_MAIL,), phones=(_PHONE,)), [gone]) is None
    assert same_human(arrival, [gone]) == Match(UUID(int=1), MatchedBy.SENDER_ID)
    assert same_human(arrival, [gone, _lead(2, sender="501")]) == Match(UUID(int=2), MatchedBy.SENDER_ID)


@pytest.mark.parametrize(
    "record,other,one_human",
    [
        ("Ann Lee", "Bob Lee", False),
        ("Ann Lee", "Ann Lee", True),
        ("Ann Lee", "A Lee", True),
        ("Ann Lee", "", True),
        ("", "Bob Lee", True),
    ],
)
def test_two_records_of_one_crm_with_one_email_are_a_couple_where_each_has_a_name(
    record: str,
    other: str,
    one_human: bool,  # noqa: FBT001
) -> None:
    known = _lead(1, sender="501", emails=(_MAIL,), name=record)
    match = same_human(_arrival(sender="502", emails=(_MAIL,), name=other), [known])
    assert match == (Match(UUID(int=1), MatchedBy.EMAIL) if one_human else None)
    by_form = same_human(_arrival(emails=(_MAIL,), name=other), [known])
    assert by_form == Match(UUID(int=1), MatchedBy.EMAIL)
