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


class CrmEventKind(StrEnum):
    """What a pushed event means to Tend; everything else is `OTHER`, kept and ignored."""

    PERSON_CREATED = "person_created"
    PERSON_UPDATED = "person_updated"
    PERSON_DELETED = "person_deleted"
    PERSON_STAGE_CHANGED = "person_stage_changed"
    PERSON_TAGGED = "person_tagged"
    TEXT_CREATED = "text_created"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class CrmEvent:
    """One pushed event: ids only, the resources are fetched afterwards. `name` is the vendor's own event name."""

    event_id: str
    kind: CrmEventKind
    name: str
    resource_ids: tuple[str, ...]
    occurred_at: datetime | None


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
    """A person in the CRM. `custom` holds custom fields by the vendor's field name, values as text."""

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
    background: str = ""
    custom: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CrmText:
    """A text message as the CRM logged it. `body` is None when the CRM hides it ("hidden for privacy reasons").

    `automatic` is true for the CRM's own auto-replies and action plans; otherwise an outgoing text was a human's.
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


class Crm(Protocol):
    """What Tend asks of a CRM. Raises `integrations.errors.CrmError` for expected failures."""

    async def people(self, ids: Sequence[str]) -> list[Person]:
        """Fetch these people; ids that no longer exist are missing from the answer."""
        ...

    async def texts(self, ids: Sequence[str]) -> list[CrmText]:
        """Fetch these logged texts; ids that no longer exist are missing from the answer."""
        ...

    async def add_note(self, person_id: str, *, subject: str, body: str) -> str:
        """Write a note on the person and return its id."""
        ...

    async def aclose(self) -> None:
        """Close connections."""
        ...


class CrmWebhook(Protocol):
    """How one CRM signs and shapes what it pushes."""

    source: str

    def verify(self, body: bytes, headers: Mapping[str, str]) -> bool:
        """True when the signature over the raw body is right. Constant time; headers by lower-case name."""
        ...

    def parse(self, body: bytes) -> CrmEvent:
        """Read a verified body. Raises `MalformedEvent` with what is wrong."""
        ...
