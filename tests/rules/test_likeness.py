"""Who is suggested to a person as the same human, and who never is."""

from __future__ import annotations

from uuid import UUID

import pytest

from agent.rules.likeness import Person, keys, likeness

A, B, C = "+15125550142", "+15125550143", "+17135550142"


def _person(name: str, email: str = "", phone: str = "", *, number: int = 1) -> Person:
    first, _, last = name.partition(" ")
    return Person(UUID(int=number), first, last, frozenset(filter(None, [email])), frozenset(filter(None, [phone])))


ALIKE = [
    (("Maya Okafor", "maya@a.example"), ("Maya Okafor", "okafor.m@b.example"), "the same name"),
    (("Maya Okafor", "maya.ok@a.example"), ("Maya Okafor", "maya.ok@b.example"), "another mail provider"),
    (("Rob Vance", "rob.vance@a.example"), ("Robert Vance", "rob.vance@b.example"), "names alike"),
    (("Jon Smith", "", A), ("John Smith", "", A), "the same phone"),
    (("Katherine Lee", "", A), ("Kathrine Lee", "", B), "one slip"),
    (("Maya Okafor", "", A), ("Maya Okafor", "", C), "area code"),
    (("Okafor Maya", "maya.ok@a.example"), ("Maya Okafor", "maya.ok@b.example"), "changed places"),
    (("Zoë Núñez", "zn@a.example"), ("Zoe Nunez", "x@b.example"), "the same name"),
    (("Maya Okafor", "", A), ("Maya Okaofr", "", A), "last names alike"),
    (("J Smith", "jsmith@a.example"), ("Jane Smith", "jsmith@b.example"), "names alike"),
    (("Maya Okafor", "maya.ok+zillow@a.example"), ("Maya Okafor", "maya.ok@b.example"), "another mail provider"),
]

TWO = [
    (("June Park", "", A), ("Walt Park", "", A)),
    (("Jim Park", "", A), ("Jane Park", "", A)),
    (("Mary Park", "", A), ("Mark Park", "", A)),
    (("Tim Park", "", A), ("Kim Park", "", A)),
    (("Maya Okafor", "info@a.example"), ("Diego Fuentes", "info@b.example")),
    (("Maya Okafor", "", A), ("Diego Fuentes", "", C)),
    (("Maya Okafor", "maya@a.example"), ("Maya Fuentes", "maya@b.example")),
    (("Maya Okafor", "", A), ("Maia Okafor", "", "+12065550199")),
    (("Maya", "", A), ("Maya", "", B)),
    (("", "maya.ok@a.example"), ("", "maya.ok@b.example")),
    (("Ann Lee", "", A), ("Ann Lea", "", B)),
]


@pytest.mark.parametrize("one,other,why", ALIKE)
def test_two_that_look_like_one_are_suggested_with_the_reason(
    one: tuple[str, ...], other: tuple[str, ...], why: str
) -> None:
    first, second = _person(*one), _person(*other, number=2)
    found = likeness(first, second)
    assert found is not None
    assert why in found.reason
    assert likeness(second, first) is not None
    assert keys(first) & keys(second), "they share no key, so they would never be compared"


@pytest.mark.parametrize("one,other", TWO)
def test_two_that_are_two_are_never_suggested(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    assert likeness(_person(*one), _person(*other, number=2)) is None
    assert likeness(_person(*other), _person(*one, number=2)) is None
