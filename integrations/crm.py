"""The CRM door: a person as a CRM shows them, the events it pushes, and what Tend asks of it.

Values only carry what Tend uses; every vendor's spelling (0/1 for booleans, lists of phones) ends at its provider.
Instants are aware UTC. Ids are the vendor's, as strings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from integrations.crm_activity import ActivityKind, CrmActivity, Look, Unsubscribed
from integrations.crm_hooks import Hook, Identity
from integrations.crm_writes import (
    Announced,
    LoggedMail,
    LoggedText,
    NewAppointment,
    NewLead,
    NewTask,
    PersonNews,
)


class CrmEventKind(StrEnum):
    """What a pushed event means to Tend; everything else is `OTHER`, kept and ignored."""

    PERSON_CREATED = "person_created"
    PERSON_UPDATED = "person_updated"
    PERSON_DELETED = "person_deleted"
    PERSON_STAGE_CHANGED = "person_stage_changed"
    PERSON_TAGGED = "person_tagged"
    TEXT_CREATED = "text_created"
    CALL_CREATED = "call_created"
    EMAIL_CREATED = "email_created"
    NOTE_CREATED = "note_created"
    APPOINTMENT_CREATED = "appointment_created"
    UNSUBSCRIBED = "unsubscribed"
    LOOKED = "looked"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class CrmEvent:
    """One pushed event: ids only, the resources are fetched afterwards. `name` is the vendor's own event name.

    `uri` is where the vendor says they lie (may be empty): the provider fetches it from its own host, or not at all.
    """

    event_id: str
    kind: CrmEventKind
    name: str
    resource_ids: tuple[str, ...]
    occurred_at: datetime | None
    uri: str = ""


@dataclass(frozen=True, slots=True)
class PersonEmail:
    """One email address of a person. `valid` is None where the CRM does not say."""

    value: str
    primary: bool
    valid: bool | None = None


@dataclass(frozen=True, slots=True)
class PersonPhone:
    """One phone of a person. `valid` and `landline` are None where the CRM does not say."""

    value: str
    primary: bool
    valid: bool | None = None
    landline: bool | None = None


@dataclass(frozen=True, slots=True)
class PersonAddress:
    """One postal address; parts may be empty."""

    city: str = ""
    state: str = ""
    postal_code: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """A person in the CRM. `custom` holds custom fields by the vendor's field name, values as text.

    `shared_with` are users who work with them beside the one they are assigned to (collaborators; lenders are none).
    `pond` names the shared pool they stand in while they are nobody's own. `trashed`: thrown away, but still there.
    """

    id: str
    created_at: datetime
    updated_at: datetime
    first_name: str
    last_name: str
    stage: str
    source: str
    tags: tuple[str, ...] = ()
    emails: tuple[PersonEmail, ...] = ()
    phones: tuple[PersonPhone, ...] = ()
    addresses: tuple[PersonAddress, ...] = ()
    price: int | None = None
    assigned_user_id: str | None = None
    assigned_to: str | None = None
    shared_with: tuple[str, ...] = ()
    pond: str = ""
    trashed: bool = False
    background: str = ""
    custom: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CrmText:
    """A text message as the CRM logged it. `body` is None when the CRM hides it ("hidden for privacy reasons").

    `automatic` is true for the CRM's own auto-replies and action plans, `ours` for what this very system logged there;
    otherwise an outgoing text was a human's.
    """

    id: str
    person_id: str
    incoming: bool
    body: str | None
    from_number: str
    to_number: str
    automatic: bool
    created_at: datetime
    user_name: str = ""
    ours: bool = False


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """Some of the people of an account, whoever changed last first.

    `following` is where the next page begins, empty after the last; `unreadable` counts records nobody could be read
    from; `total` is how many people there are, where the CRM says it.
    """

    people: tuple[Person, ...]
    following: str
    unreadable: int = 0
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Changed:
    """A person of the CRM who changed at an instant."""

    person_id: str
    at: datetime


class Crm(Protocol):
    """What Tend asks of a CRM. Raises `integrations.errors.CrmError` for expected failures."""

    async def people(self, ids: Sequence[str]) -> list[Person]:
        """Fetch these people; ids that no longer exist are missing from the answer."""
        ...

    async def everybody(self, begin: str) -> PeoplePage:
        """One page of everybody but the trash: the first where `begin` is empty, else where a page said the next is.

        Raises `CrmError` with the reason `bad_request` where a page begins there no more.
        """
        ...

    async def texts(self, ids: Sequence[str]) -> list[CrmText]:
        """Fetch these logged texts; ids that no longer exist are missing from the answer."""
        ...

    async def activities(self, kind: ActivityKind, ids: Sequence[str], *, uris: Sequence[str]) -> list[CrmActivity]:
        """Fetch these calls, emails, notes or appointments; what is not shown to this key is missing.

        `uris` are where the CRM said they lie, for kinds that cannot be asked for by id.
        """
        ...

    async def unsubscribed(self, uris: Sequence[str]) -> list[Unsubscribed]:
        """Fetch the unsubscriptions that lie there."""
        ...

    async def looks(self, uris: Sequence[str]) -> list[Look]:
        """Fetch which homes were looked at by the visits that lie there; visits of other kinds are missing."""
        ...

    async def running(self, person_id: str) -> tuple[str, ...]:
        """The plans and automations of the CRM that write to this person now, in words; empty when none does."""
        ...

    async def changed_since(self, since: datetime) -> list[Changed]:
        """Everybody who changed at or after an instant, latest first, each once."""
        ...

    async def active_since(self, since: datetime) -> list[Changed]:
        """Everybody with whom something was logged at or after an instant, each once."""
        ...

    async def logged_since(self, person_id: str, since: datetime) -> list[tuple[CrmEventKind, str]]:
        """What was logged of a person at or after an instant: kind and id of each, as events would name them."""
        ...

    async def unsubscribed_since(self, since: datetime) -> list[tuple[str, str]]:
        """Who unsubscribed at or after an instant: the id of each unsubscription, and where it lies."""
        ...

    async def same_person(self, *, email: str) -> list[Person]:
        """The people with this email address, the trash left out."""
        ...

    async def identity(self) -> Identity:
        """Whose account the key opens."""
        ...

    async def keep_hooks(self, url: str, *, formerly: str) -> list[Hook]:
        """Let every event Tend has to hear of be pushed to `url`; say what was found and done, event by event.

        `formerly` is where they were pushed to before this Tend moved; empty where it did not.
        """
        ...

    async def add_note(self, person_id: str, *, subject: str, body: str) -> str:
        """Write a note on the person and return its id."""
        ...

    async def find_note(self, person_id: str, *, subject: str, body: str) -> str | None:
        """The id of the latest note that holds these words, perhaps among others; None without one."""
        ...

    async def find_tasks(self, person_id: str, task: NewTask, *, since: datetime) -> list[str]:
        """The ids of tasks like this one that were given at or after an instant."""
        ...

    async def knows_mail(self, person_id: str, mail: LoggedMail, *, campaign_id: str) -> bool:
        """Whether this very thing that happened to an email is shown already."""
        ...

    async def find_lead(self, lead: NewLead, *, since: datetime) -> Announced | None:
        """Whom a lead became that was announced at or after an instant; None where it was not."""
        ...

    async def log_text(self, person_id: str, text: LoggedText) -> str:
        """Show a text on the person as it was sent or came in, and return its id. Nothing is sent."""
        ...

    async def mail_campaign(self, mail: LoggedMail) -> str:
        """The id under which mails of this wording are shown; made when it is not there."""
        ...

    async def log_mail(self, person_id: str, mail: LoggedMail, *, campaign_id: str) -> None:
        """Show what happened to one email."""
        ...

    async def write_person(self, person_id: str, news: PersonNews) -> None:
        """Write what is known of a person."""
        ...

    async def add_task(self, person_id: str, task: NewTask) -> str:
        """Give a user something to do and return the task's id."""
        ...

    async def add_appointment(self, person_id: str, appointment: NewAppointment) -> str:
        """Put an appointment into the calendar and return its id."""
        ...

    async def find_appointments(self, person_id: str, appointment: NewAppointment) -> list[str]:
        """The ids of appointments with this person at this time and of this title."""
        ...

    async def end_task(self, task_id: str) -> None:
        """Tick a task off; one that is gone is passed over."""
        ...

    async def give_task(self, task_id: str, user_id: str) -> None:
        """Give a task to another user; one that is gone is passed over."""
        ...

    async def send_lead(self, lead: NewLead) -> Announced | None:
        """Announce somebody who came to Tend first, and say whom they are there; None where nobody wants them."""
        ...

    async def aclose(self) -> None:
        """Close connections."""
        ...
