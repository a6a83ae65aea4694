"""What happens to a person inside a CRM: calls, emails, notes and appointments of people, and plans of the CRM's own.

Values of the CRM door. A text has a value of its own (`CrmText`), because its words may be shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ActivityKind(StrEnum):
    """What kind of activity a CRM logged."""

    CALL = "call"
    EMAIL = "email"
    NOTE = "note"
    APPOINTMENT = "appointment"


@dataclass(frozen=True, slots=True)
class CrmActivity:
    """One call, email, note or appointment as the CRM logged it.

    `automatic`: the CRM's own machinery or another program did it; `ours`: this very system wrote it. `answered` is
    None where nobody could answer (all but calls). `words` are a note's, to recognise one that Tend wrote; they are
    never read for meaning.
    """

    id: str
    kind: ActivityKind
    person_id: str
    incoming: bool
    automatic: bool
    ours: bool
    created_at: datetime
    user_name: str = ""
    answered: bool | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Unsubscribed:
    """Somebody unsubscribed from email that the CRM, or a system connected to it, sent. `campaign_id` may be empty."""

    id: str
    person_id: str
    campaign_id: str
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class Look:
    """Somebody looked at a home on a page that tells the CRM. `listing` is the home as a person would call it."""

    id: str
    person_id: str
    listing: str
    at: datetime
