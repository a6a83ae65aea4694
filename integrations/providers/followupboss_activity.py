"""Calls, emails, notes, appointments and unsubscriptions, from Follow Up Boss's objects to the values of the CRM door.

Whether a person did it is told by what the object carries: `leadFlowRouteId` and `actionPlanId` mark the vendor's own
machinery, `systemName` another program. A note without a user behind it is a machine's. Bodies of emails and
recordings are not read: the vendor hides them, and where it does not, they hold quoted words that are not the lead's.
"""

from __future__ import annotations

from integrations.crm_activity import ActivityKind, CrmActivity, Look, Unsubscribed
from integrations.errors import CrmError
from integrations.providers.followupboss_shapes import (
    Record,
    by_machine,
    by_system,
    identifier,
    instant,
    optional_id,
    required_id,
    truth,
    words,
)

COLLECTIONS = {
    ActivityKind.CALL: "calls",
    ActivityKind.EMAIL: "emails",
    ActivityKind.NOTE: "notes",
    ActivityKind.APPOINTMENT: "appointments",
}


def activity(kind: ActivityKind, record: Record, *, system: str) -> CrmActivity | None:
    """Read one call, email, note or appointment; None for one that concerns nobody. Raises `CrmError`."""
    person_id = _whom(kind, record)
    if person_id is None:
        return None
    incoming = kind in {ActivityKind.CALL, ActivityKind.EMAIL} and truth(record.get("isIncoming")) is True
    ours = by_system(record, system)
    return CrmActivity(
        id=identifier(record),
        kind=kind,
        person_id=person_id,
        incoming=incoming,
        automatic=not incoming and (by_machine(record) or (kind is ActivityKind.NOTE and _by_program(record))),
        ours=ours,
        created_at=instant(record, "created"),
        user_name=words(record.get("userName") or record.get("createdBy")),
        answered=_seconds(record) > 0 if kind is ActivityKind.CALL else None,
        words=f"{words(record.get('subject'))} {words(record.get('body'))}" if kind is ActivityKind.NOTE else "",
    )


_LOOKS = frozenset({"viewed property", "saved property", "visited open house"})


def look(record: Record) -> Look | None:
    """Read one event; None unless somebody looked at a home. Raises `CrmError`."""
    person_id = optional_id(record.get("personId"))
    if person_id is None or words(record.get("type")).casefold() not in _LOOKS:
        return None
    home = record.get("property")
    parts = [words(home.get(part)).strip() for part in ("street", "city")] if isinstance(home, dict) else []
    return Look(
        id=identifier(record),
        person_id=person_id,
        listing=", ".join(part for part in parts if part)[:200],
        at=instant(record, "occurred" if record.get("occurred") else "created"),
    )


def unsubscribed(record: Record) -> Unsubscribed | None:
    """Read one email event; None unless it is an unsubscription of somebody. Raises `CrmError`."""
    person_id = optional_id(record.get("personId"))
    if person_id is None or words(record.get("type")).casefold() != "unsubscribe":
        return None
    return Unsubscribed(
        id=identifier(record),
        person_id=person_id,
        campaign_id=optional_id(record.get("campaignId")) or "",
        occurred_at=instant(record, "occurred" if record.get("occurred") else "created"),
    )


def _whom(kind: ActivityKind, record: Record) -> str | None:
    """The person it is about: an appointment names its guests, everything else one person."""
    if kind is not ActivityKind.APPOINTMENT:
        return required_id(record.get("personId"), "personId")
    invitees = record.get("invitees")
    guests = [each for each in invitees if isinstance(each, dict)] if isinstance(invitees, list) else []
    return next((found for each in guests if (found := optional_id(each.get("personId")))), None)


def _by_program(note: Record) -> bool:
    """A note that no user wrote by hand; a call or an email that a program logged may well be a person's."""
    return optional_id(note.get("userId") or note.get("createdById")) is None or bool(words(note.get("systemName")))


def _seconds(record: Record) -> float:
    value = record.get("duration")
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return 0.0
    try:
        return float(value or 0)
    except ValueError:
        raise CrmError("malformed_answer", permanent=True, detail="duration is no number") from None
