"""From Follow Up Boss's JSON objects to the values of the CRM door, tolerant of the spellings seen in the wild.

Promises a whole value or `CrmError("malformed_answer")`: only an id and the times are insisted on, everything else
missing is empty. Field lists: docs.followupboss.com, people and textMessages; masks and 0/1 booleans as observed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from integrations.crm import CrmText, Person, PersonAddress, PersonEmail, PersonPhone
from integrations.errors import CrmError

Record = Mapping[str, Any]

_MASK = re.compile(r"hidden for privacy", re.IGNORECASE)
_CUSTOM = re.compile(r"custom[A-Z0-9]")
_VALIDITY = {"valid": True, "invalid": False}


def person(record: Record) -> Person:
    """Read one person as `GET /people` shows it with `fields=allFields`. Raises `CrmError`."""
    created = instant(record, "created")
    first, last = _names(record)
    return Person(
        id=identifier(record),
        created_at=created,
        updated_at=instant(record, "updated") if record.get("updated") else created,
        first_name=first,
        last_name=last,
        stage=words(record.get("stage")),
        source=words(record.get("source")),
        tags=tuple(tag for tag in _list(record, "tags") if isinstance(tag, str) and tag),
        emails=tuple(_email(each) for each in _records(record, "emails") if each.get("value")),
        phones=tuple(_phone(each) for each in _records(record, "phones") if each.get("value")),
        addresses=tuple(_address(each) for each in _records(record, "addresses")),
        price=_price(record.get("price")),
        assigned_user_id=optional_id(record.get("assignedUserId")),
        assigned_to=words(record.get("assignedTo")) or None,
        shared_with=tuple(_collaborators(record)),
        pond=_pond(record),
        trashed=words(record.get("stage")).strip().casefold() == "trash",
        background="" if masked(words(record.get("background"))) else words(record.get("background")),
        custom={name: _as_text(value) for name, value in record.items() if _CUSTOM.match(name) and value is not None},
    )


def text(record: Record, *, system: str = "") -> CrmText:
    """Read one logged text. A masked or blank body is None: somebody wrote, and what is not known. Raises `CrmError`.

    `leadFlowRouteId` marks the vendor's instant answer and `actionPlanId` its own sequence (0 or null: neither);
    `systemName` is who logged it, and `system` is what we are called there.
    """
    message = words(record.get("message"))
    incoming = truth(record.get("isIncoming")) is True
    return CrmText(
        id=identifier(record),
        person_id=required_id(record.get("personId"), "personId"),
        incoming=incoming,
        body=message if message.strip() and not masked(message) else None,
        from_number=words(record.get("fromNumber") or record.get("from")),
        to_number=words(record.get("toNumber") or record.get("to")),
        automatic=not incoming and by_machine(record),
        created_at=instant(record, "created"),
        user_name=words(record.get("userName")),
        ours=by_system(record, system),
    )


def by_machine(record: Record) -> bool:
    """Whether the vendor's own machinery made it: its instant answer, an action plan, an automation, a mass email."""
    return any(record.get(field) for field in ("leadFlowRouteId", "actionPlanId", "automationId", "massEmailId"))


def by_system(record: Record, system: str) -> bool:
    """Whether that very system made it, by the name it is registered under."""
    named = words(record.get("systemName") or record.get("system"))
    return bool(system) and named.strip().casefold() == system.strip().casefold()


def masked(said: str) -> bool:
    """Whether these are no words at all, but the vendor's mask over them."""
    return bool(_MASK.search(said))


def identifier(record: Record) -> str:
    """The record's own id as text. Raises `CrmError` when there is none."""
    return required_id(record.get("id"), "id")


def required_id(value: object, field: str) -> str:
    """An id that has to be there. Raises `CrmError` with the field's name."""
    found = optional_id(value)
    if found is None:
        raise CrmError("malformed_answer", permanent=True, detail=f"{field} is missing")
    return found


def optional_id(value: object) -> str | None:
    """An id as text; None where there is none (0 is the vendor's nobody)."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    return str(value) if value else None


def is_id(text: str) -> bool:
    """Whether this may be an id of the vendor's: a number."""
    return text.isascii() and text.isdigit() and len(text) <= 18


def instant(record: Record, field: str) -> datetime:
    """The aware instant in a field. Raises `CrmError`."""
    value = record.get(field)
    try:
        found = datetime.fromisoformat(value if isinstance(value, str) else "")
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise CrmError("malformed_answer", permanent=True, detail=f"{field} is not a time") from None


def _names(record: Record) -> tuple[str, str]:
    first, last = words(record.get("firstName")).strip(), words(record.get("lastName")).strip()
    if first or last:
        return first, last
    first, _, last = words(record.get("name")).strip().partition(" ")
    return first, last.strip()


def _email(record: Record) -> PersonEmail:
    return PersonEmail(
        value=words(record.get("value")),
        primary=truth(record.get("isPrimary")) is True,
        valid=_VALIDITY.get(words(record.get("status")).lower()),
    )


def _phone(record: Record) -> PersonPhone:
    return PersonPhone(
        value=words(record.get("value")),
        primary=truth(record.get("isPrimary")) is True,
        valid=_VALIDITY.get(words(record.get("status")).lower()),
        landline=truth(record.get("isLandline")),
    )


def _collaborators(record: Record) -> list[str]:
    """Users who share the person; a lender is at work on the loan, and is nobody's to hear of a lead."""
    found = []
    for each in _records(record, "collaborators"):
        user_id = optional_id(each.get("id"))
        if user_id is not None and words(each.get("role")).casefold() != "lender":
            found.append(user_id)
    return found


def _pond(record: Record) -> str:
    """The pond a person stands in, by name where there is one; empty when they are somebody's own, or in none."""
    pond_id = optional_id(record.get("assignedPondId"))
    if pond_id is None or optional_id(record.get("assignedUserId")) is not None:
        return ""
    return words(record.get("assignedPondName")) or f"pond {pond_id}"


def _address(record: Record) -> PersonAddress:
    return PersonAddress(
        city=words(record.get("city")), state=words(record.get("state")), postal_code=words(record.get("code"))
    )


def truth(value: object) -> bool | None:
    """True and 1 are true, False and 0 false, all else unsaid."""
    return bool(value) if isinstance(value, int) and value in (0, 1) else None


def _price(value: object) -> int | None:
    """Whole dollars; 0 is how the vendor writes none."""
    try:
        amount = int(float(value)) if isinstance(value, int | float | str) and value else 0
    except (ValueError, OverflowError):
        return None
    return amount if amount > 0 else None


def _as_text(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case list():
            return ", ".join(_as_text(each) for each in value)
        case float() if value.is_integer():
            return str(int(value))
        case _:
            return str(value)


def words(value: object) -> str:
    """The text, or none where it is no text."""
    return value if isinstance(value, str) else ""


def _list(record: Record, field: str) -> list[Any]:
    value = record.get(field)
    return value if isinstance(value, list) else []


def _records(record: Record, field: str) -> list[Record]:
    return [each for each in _list(record, field) if isinstance(each, dict)]
