"""Whether somebody who just arrived is a lead that Tend already has.

Promises a match only on what names one human: the sender's own id, an email, or a phone together with a name, so that
a couple sharing one number stays two people. Two records of one CRM are one human only where their names allow it.
Likeness of names alone is never enough here; it is at most a suggestion to a person. What is then merged is for the
intake flow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from agent.rules.contact import folded


class MatchedBy(StrEnum):
    """What made two records one human, strongest first."""

    SENDER_ID = "sender_id"
    EMAIL = "email"
    PHONE_AND_NAME = "phone_and_name"


@dataclass(frozen=True, slots=True)
class Incoming:
    """Somebody who arrived. Addresses are normalised; `sender_id` is the CRM's or source's own id, where it has one."""

    sender_id: str | None
    emails: frozenset[str]
    phones: frozenset[str]
    first_name: str
    last_name: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A lead that shares an id or an address with the incoming one. `deleted` means deleted in the CRM or by a user."""

    lead_id: UUID
    sender_id: str | None
    emails: frozenset[str]
    phones: frozenset[str]
    first_name: str
    last_name: str
    deleted: bool


@dataclass(frozen=True, slots=True)
class Match:
    """The lead it is, and by what it was recognised."""

    lead_id: UUID
    by: MatchedBy


def same_human(incoming: Incoming, candidates: Sequence[Candidate]) -> Match | None:
    """Find the lead that `incoming` is, among `candidates` ordered oldest first; None when it is somebody new.

    1. The same sender id: a living lead before a deleted one, since an id can outlive a deletion.
    2. A shared email, of a living lead; not where the CRM has another record for it, under another name: a couple.
    3. A shared phone of a living lead, with the same first name, or the same last name and first names of which one
       shortens the other ("J" and "Jane", "Rob" and "Robert", but not "Jim" and "Jane").

    Where two are equally good, the oldest is it.
    """
    living = [candidate for candidate in candidates if not candidate.deleted]
    if incoming.sender_id is not None:
        for candidate in (*living, *(c for c in candidates if c.deleted)):
            if candidate.sender_id == incoming.sender_id:
                return Match(candidate.lead_id, MatchedBy.SENDER_ID)
    for candidate in living:
        if candidate.emails & incoming.emails and not _are_a_couple(incoming, candidate):
            return Match(candidate.lead_id, MatchedBy.EMAIL)
    for candidate in living:
        if candidate.phones & incoming.phones and _same_name(incoming, candidate):
            return Match(candidate.lead_id, MatchedBy.PHONE_AND_NAME)
    return None


def _are_a_couple(one: Incoming, other: Candidate) -> bool:
    """Whether one CRM has a record of each, and each has a name of their own."""
    two = one.sender_id is not None and other.sender_id is not None and one.sender_id != other.sender_id
    return two and bool(folded(one.first_name) and folded(other.first_name)) and not _same_name(one, other)


def _same_name(one: Incoming, other: Candidate) -> bool:
    first, first_other = folded(one.first_name), folded(other.first_name)
    if not first or not first_other:
        return False
    if first == first_other:
        return True
    last, last_other = folded(one.last_name), folded(other.last_name)
    return bool(last) and last == last_other and (first.startswith(first_other) or first_other.startswith(first))
