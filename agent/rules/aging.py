"""Which quiet leads to wake, and why not the others: the choice behind a reactivation preview.

Promises that only leads silent for 30 days or more that Tend may write to are chosen, best score first, then longest
silent, and never more a day per assignee than the team set. Starting, stopping and enrolling is left to the flows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

AGED_AFTER = timedelta(days=30)
INQUIRY_LIMIT = timedelta(days=89)


class NotAged(StrEnum):
    """Why a lead is not woken, in the words of the preview."""

    OPTED_OUT = "opted out"
    CLOSED = "closed or under contract"
    ENDED = "ended for good"
    HEARD = "heard from in the last 30 days"
    HUMAN = "a person has the conversation"
    TODO = "a person has an open to-do"
    RUNNING = "already in a sequence"
    CRM_WRITES = "the CRM itself writes to them"
    COOLING = "woken not long ago"
    NO_WAY = "no email, and no consent to texts"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgedCandidate:
    """One lead as the choice sees it.

    `last_heard_at`: their last message, form or visit, else when they arrived. `ended_for_good`: an end reason other
    than archived or re-engaged (not interested, has an agent, wrong person). `closed`: won, lost, or a CRM stage that
    forbids automation. `emailable`: a working email address that has not opted out. `text_consent`: written consent and
    a mobile number that has not opted out. `opted_out`: every address did. `crm_writes`: a plan of the CRM's own runs
    on them. `cooling`: woken before, and the sequence may not begin again yet.
    """

    lead_id: UUID
    assignee_id: UUID | None
    score: int
    last_heard_at: datetime
    opted_out: bool
    closed: bool
    ended_for_good: bool
    human_has_it: bool
    open_todo: bool
    in_sequence: bool
    emailable: bool
    text_consent: bool
    crm_writes: bool = False
    cooling: bool = False


def pick(
    candidates: Iterable[AgedCandidate],
    *,
    now: datetime,
    daily_limit_per_assignee: int,
    already_today: Mapping[UUID | None, int],
) -> tuple[UUID, ...]:
    """Choose who is woken today, in order: highest score, then longest silent, then id so that the order is stable.

    `already_today` counts those woken earlier today per assignee. Leads without an assignee share one limit of their
    own.
    """
    woken: Counter[UUID | None] = Counter()
    chosen: list[UUID] = []
    able = (candidate for candidate in candidates if why_not(candidate, now) is None)
    for candidate in sorted(able, key=lambda one: (-one.score, one.last_heard_at, one.lead_id)):
        assignee = candidate.assignee_id
        if already_today.get(assignee, 0) + woken[assignee] < daily_limit_per_assignee:
            woken[assignee] += 1
            chosen.append(candidate.lead_id)
    return tuple(chosen)


def why_not(candidate: AgedCandidate, now: datetime) -> NotAged | None:
    """Say why this lead is not woken, the most lasting reason first; None when it may be."""
    found = (
        (candidate.opted_out, NotAged.OPTED_OUT),
        (candidate.closed, NotAged.CLOSED),
        (candidate.ended_for_good, NotAged.ENDED),
        (not candidate.emailable and not candidate.text_consent, NotAged.NO_WAY),
        (now - candidate.last_heard_at < AGED_AFTER, NotAged.HEARD),
        (candidate.human_has_it, NotAged.HUMAN),
        (candidate.open_todo, NotAged.TODO),
        (candidate.in_sequence, NotAged.RUNNING),
        (candidate.crm_writes, NotAged.CRM_WRITES),
        (candidate.cooling, NotAged.COOLING),
    )
    return next((reason for holds, reason in found if holds), None)


def phone_note(candidate: AgedCandidate, now: datetime) -> str | None:
    """Say what the preview must add about calls and texts; None when both may go on.

    Texts need written consent, whatever the age. Calls to a number on the national do-not-call list are open for three
    months after an inquiry (47 CFR 64.1200(f)(5)), counted here in days on the short side; written consent is the
    exception that lasts. Deals, after which it is eighteen months, no system tells Tend of.
    """
    if candidate.text_consent:
        return None
    if now - candidate.last_heard_at <= INQUIRY_LIMIT:
        return "email only: no written consent to texts"
    return "email only, and calls need a do-not-call check: the inquiry is more than 3 months old"
