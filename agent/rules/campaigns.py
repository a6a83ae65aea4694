"""A campaign as facts, and whether a lead that comes in by it may be written to today.

Promises that a campaign that is paused, over or not yet begun keeps its leads and starts nothing, and says so in words.
Who may post a form for it is the door's business.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

TYPES = ("service", "product", "consultation", "assessment")
STATUSES = ("draft", "active", "paused", "completed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """What the team file says of one campaign; `key` is the `campaign_id` its forms send.

    `status` None leaves it to the page. `assignee` is a person's key or empty, `origins` are the pages that may post,
    `token` is what `X-Campaign-Token` must say (empty: nothing), or for a while `former_token`, `budget_minor` is in
    cents, the days are the team's.
    """

    key: str
    name: str
    type: str = ""
    status: str | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    budget_minor: int | None = None
    target_leads: int | None = None
    landing_page: str = ""
    auto_assign: bool = True
    assignee: str = ""
    notification_emails: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    token: str = ""
    former_token: str = ""
    consent_wording: str = ""


def off_because(status: str, *, starts_on: date | None, ends_on: date | None, today: date) -> str:
    """Why the campaign starts nothing today, as the end of “the campaign …”; empty when it is on.

    Both days count as part of it. A draft is on: its leads are answered while somebody says what it is.
    """
    if status in {"paused", "completed"}:
        return f"is {status}"
    if starts_on is not None and today < starts_on:
        return f"begins on {starts_on:%-d %B %Y}"
    if ends_on is not None and today > ends_on:
        return f"ended on {ends_on:%-d %B %Y}"
    return ""
