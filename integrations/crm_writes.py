"""What Tend writes into a CRM beside notes: texts and emails as they happened, what is known of a person, tasks, leads.

Values of the CRM door. Addresses are normalised (E.164, lower case), instants aware UTC, ids the vendor's as strings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

TaskKind = Literal["call", "text", "email", "showing", "follow_up"]
MailNews = Literal["delivered", "opened", "clicked", "bounced", "unsubscribed", "complained"]


@dataclass(frozen=True, slots=True)
class LoggedText:
    """A text that was sent or came in by another way than the CRM's own numbers."""

    incoming: bool
    body: str
    from_number: str
    to_number: str


@dataclass(frozen=True, slots=True)
class LoggedMail:
    """One thing that happened to one of our emails.

    `template` is the same for all mails of one wording; `name`, `subject` and `body` say what it is.
    """

    news: MailNews
    at: datetime
    recipient: str
    template: str
    name: str
    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class PersonNews:
    """What is to stand on a person: `tags` are added, `stage` moves them, `user_id` is whose they are from now on.

    Empty ones stay as they are; `custom` is by field name. `not_tags` stand there no more; the others stay.
    """

    tags: tuple[str, ...] = ()
    stage: str = ""
    user_id: str = ""
    not_tags: tuple[str, ...] = ()
    custom: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NewTask:
    """One thing for a user of the CRM to do."""

    name: str
    kind: TaskKind
    user_id: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class NewAppointment:
    """An appointment with a person and a user of the CRM (empty: none is named)."""

    title: str
    start: datetime
    end: datetime
    user_id: str = ""


@dataclass(frozen=True, slots=True)
class NewLead:
    """Somebody who came to Tend first. `kind` is what they did: asked about selling, about a home, or in general.

    `person_id` is who they are in the CRM, where that is known; empty where the CRM is to recognise them.
    """

    source: str
    kind: Literal["seller", "property", "general"]
    message: str
    occurred_at: datetime
    first_name: str
    last_name: str
    emails: tuple[str, ...]
    phones: tuple[str, ...]
    tags: tuple[str, ...] = ()
    campaign: str = ""
    assigned_user_id: str = ""
    person_id: str = ""


@dataclass(frozen=True, slots=True)
class Announced:
    """Who an announced lead is in the CRM, whether that made them, and whose they are there (empty: nobody's)."""

    person_id: str
    is_new: bool
    user_id: str = ""
