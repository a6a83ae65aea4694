"""Whether a number may be texted or called unasked: the Do-Not-Call list, and numbers that changed hands.

Promises that the relationship limits (three months after an inquiry, eighteen after a deal) answer only whether a
listed number may be reached (47 CFR 64.1200(f)(5)); consent is asked apart from it and never replaced. A team that
never uploaded a list is not held by its age: every text needs written consent, and the doctor says that none is there.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date

from agent.rules.limits import DoNotCallRule


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberFacts:
    """What is known of one phone number and its lead, in local or UTC days.

    `listed`: on the list the team uploaded. `reassigned_on`: the day on which the Reassigned Numbers Database said it
    has another owner. `consented_on`: the latest written consent to texts. `inquired_on`, `dealt_on`: the lead's own
    last inquiry, the last deal with them.
    """

    listed: bool
    reassigned_on: date | None
    consented_on: date | None
    inquired_on: date | None
    dealt_on: date | None


def why_listed(number: NumberFacts, *, on: date, rule: DoNotCallRule) -> str | None:
    """Say why a listed number may not be reached; None where it may."""
    if not number.listed:
        return None
    if number.inquired_on is not None and on <= months_after(number.inquired_on, rule.inquiry_months):
        return None
    if number.dealt_on is not None and on <= months_after(number.dealt_on, rule.deal_months):
        return None
    return (
        f"The number is on the Do-Not-Call list, and there was no inquiry in the last {rule.inquiry_months} months "
        f"and no deal in the last {rule.deal_months}"
    )


def why_reassigned(number: NumberFacts) -> str | None:
    """Say why the number may be somebody else's; None where consent came after the day it changed hands was seen."""
    if number.reassigned_on is None:
        return None
    if number.consented_on is not None and number.consented_on > number.reassigned_on:
        return None
    return f"The number has another owner by now (Reassigned Numbers Database, {number.reassigned_on:%d %b %Y})"


def why_too_old(checked_on: date | None, *, on: date, rule: DoNotCallRule) -> str | None:
    """Say why the list is no proof any more; None where it is, or where the team keeps none."""
    age = (on - checked_on).days if checked_on is not None else 0
    if age <= rule.list_good_for_days:
        return None
    return f"the Do-Not-Call list is {age} days old and good for {rule.list_good_for_days}; upload a new one (tend dnc)"


def months_after(day: date, months: int) -> date:
    """The same day of a later month, or that month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
