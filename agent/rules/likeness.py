"""Whether two leads look like one human: a suggestion to a person with its reason, never a match.

Promises that nobody is suggested whom a shared email or a phone with the name would have matched already, and that a
couple who share a phone are a household: other first names alone never make a suggestion. Leads are compared only
where one of a few cheap keys is equal (`keys`), so that a hundred thousand leads are not compared with each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from rapidfuzz import fuzz
from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler

from agent.rules.contact import folded

_ALIKE = 0.87
"""How alike two first names are that one slip of the keyboard tells apart (Jaro-Winkler)."""
_ROLES = frozenset(
    {"info", "office", "contact", "hello", "mail", "admin", "sales", "home", "family", "me", "test", "user", "team"}
)
"""Local parts of email addresses that say nothing of who writes."""


@dataclass(frozen=True, slots=True)
class Person:
    """A lead as it is compared: normalised addresses, names as they were given."""

    lead_id: UUID
    first_name: str
    last_name: str
    emails: frozenset[str]
    phones: frozenset[str]


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two leads are, 0 to 100, and why in words for a person."""

    percent: int
    reason: str


def keys(person: Person) -> frozenset[str]:
    """What is equal between leads worth comparing: last name with an initial, tail of a phone, local part of an email.

    Phones share their last seven digits where an area code was mistyped or moved.
    """
    first, last = folded(person.first_name), folded(person.last_name)
    found: set[str] = set()
    if first and last:  # the second for boxes that were confused
        found = {f"name:{last}:{first[0]}", f"name:{first}:{last[0]}"}
    found |= {f"tail:{phone[-7:]}" for phone in person.phones}
    found |= {f"local:{local}" for local in map(_local, person.emails) if local}
    return frozenset(found)


def likeness(one: Person, other: Person) -> Likeness | None:
    """How alike two leads look; None where nobody should be asked."""
    named = _names(one, other)
    if one.phones & other.phones:
        return Likeness(90, f"the same phone, and {named}") if named else None
    if local := _same_local(one, other):
        if named:
            return Likeness(92, f"“{local}@” at another mail provider, and {named}")
        return None
    if named and (near := _near_phones(one, other)):
        return Likeness(86, f"{near}, and {named}")
    if named == _SAME:
        return Likeness(75, "the same name")
    return None


_SAME = "the same name"
_SWAPPED = "first and last name changed places"


def _names(one: Person, other: Person) -> str:
    """What two names have in common, in words; empty where they are two people's."""
    first, last = folded(one.first_name), folded(one.last_name)
    first_other, last_other = folded(other.first_name), folded(other.last_name)
    if not (first and first_other and last and last_other):
        return ""
    if (first, last) == (first_other, last_other):
        return _SAME
    if (first, last) == (last_other, first_other):
        return _SWAPPED
    if fuzz.ratio(last, last_other) < 80 and not _one_slip(last, last_other):
        return ""
    if first == first_other:
        return f"last names alike ({one.last_name}, {other.last_name})"
    if _shortens(first, first_other) or (
        _one_slip(first, first_other) and JaroWinkler.similarity(first, first_other) >= _ALIKE
    ):
        return f"names alike ({one.first_name}, {other.first_name})"
    return ""


def _shortens(first: str, other: str) -> bool:
    """Whether one first name is a short form of the other: Rob and Robert, J and Jane; never of nothing."""
    return first.startswith(other) or other.startswith(first)


def _one_slip(one: str, other: str) -> bool:
    """Whether one letter was lost, doubled, swapped with the next or, in a longer name, changed: Mary is not Mark."""
    if DamerauLevenshtein.distance(one, other) != 1:
        return False
    changed = len(one) == len(other) and sorted(one) != sorted(other)
    return min(len(one), len(other)) >= (5 if changed else 3)


def _same_local(one: Person, other: Person) -> str:
    shared = {_local(email) for email in one.emails} & {_local(email) for email in other.emails} - {""}
    return min(shared, default="")


def _local(email: str) -> str:
    """The part of an address before the @ and a plus sign; empty where it says nothing of who it is."""
    local = email.partition("@")[0].partition("+")[0]
    return local if len(local) >= 4 and local not in _ROLES and not local.isdigit() else ""


def _near_phones(one: Person, other: Person) -> str:
    for phone in sorted(one.phones):
        for another in sorted(other.phones):
            if phone[-7:] == another[-7:]:
                return "phones that differ by the area code alone"
            if len(phone) == len(another) and DamerauLevenshtein.distance(phone, another) == 1:
                return "phones that differ by one slip"
    return ""
