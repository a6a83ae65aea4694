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
    created = _instant(record, "created")
    first, last = _names(record)
    return Person(
        id=identifier(record),
        created_at=created,
        updated_at=_instant(record, "updated") if record.get("updated") else created,
        first_name=first,
        last_name=last,
        stage=_words(record.get("stage")),
        source=_words(record.get("source")),
        tags=tuple(tag for tag in _list(record, "tags") if isinstance(tag, str) and tag),
        emails=tuple(_email(each) for each in _records(record, "emails") if each.get("value")),
        phones=tuple(_phone(each) for each in _records(record, "phones") if each.get("value")),
        addresses=tuple(_address(each) for each in _records(record, "addresses")),
        price=_price(record.get("price")),
        assigned_user_id=_optional_id(record.get("assignedUserId")),
        assigned_to=_words(record.get("assignedTo")) or None,
        background=_words(record.get("background")),
        custom={name: _as_text(value) for name, value in record.items() if _CUSTOM.match(name) and value is not None},
    )


def text(record: Record) -> CrmText:
    """Read one logged text. A masked or blank body is None: somebody wrote, and what is not known. Raises `CrmError`.

    `leadFlowRouteId` marks the vendor's instant answer and `actionPlanId` its own sequence (0 or null: neither).
    """
    message = _words(record.get("message"))
    incoming = _truth(record.get("isIncoming")) is True
    return CrmText(
        id=identifier(record),
        person_id=_required_id(record.get("personId"), "personId"),
        incoming=incoming,
        body=message if message.strip() and not _MASK.search(message) else None,
        from_number=_words(record.get("fromNumber") or record.get("from")),
        to_number=_words(record.get("toNumber") or record.get("to")),
        automatic=not incoming and bool(record.get("leadFlowRouteId") or record.get("actionPlanId")),
        created_at=_instant(record, "created"),
        user_name=_words(record.get("userName")),
    )


def identifier(record: Record) -> str:
    """The record's own id as text. Raises `CrmError` when there is none."""
    return _required_id(record.get("id"), "id")


def _required_id(value: object, field: str) -> str:
    found = _optional_id(value)
    if found is None:
        raise CrmError("malformed_answer", permanent=True, detail=f"{field} is missing")
    return found


def _optional_id(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    return str(value) if value else None


def _instant(record: Record, field: str) -> datetime:
    value = record.get(field)
    try:
        instant = datetime.fromisoformat(value if isinstance(value, str) else "")
        return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise CrmError("malformed_answer", permanent=True, detail=f"{field} is not a time") from None


def _names(record: Record) -> tuple[str, str]:
    first, last = _words(record.get("firstName")).strip(), _words(record.get("lastName")).strip()
    if first or last:
        return first, last
    first, _, last = _words(record.get("name")).strip().partition(" ")
    return first, last.strip()


def _email(record: Record) -> PersonEmail:
    return PersonEmail(
        value=_words(record.get("value")),
        primary=_truth(record.get("isPrimary")) is True,
        valid=_VALIDITY.get(_words(record.get("status")).lower()),
    )


def _phone(record: Record) -> PersonPhone:
    return PersonPhone(
        value=_words(record.get("value")),
        primary=_truth(record.get("isPrimary")) is True,
        valid=_VALIDITY.get(_words(record.get("status")).lower()),
        landline=_truth(record.get("isLandline")),
    )


def _address(record: Record) -> PersonAddress:
    return PersonAddress(
        city=_words(record.get("city")), state=_words(record.get("state")), postal_code=_words(record.get("code"))
    )


def _truth(value: object) -> bool | None:
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


def _words(value: object) -> str:
    return value if isinstance(value, str) else ""


def _list(record: Record, field: str) -> list[Any]:
    value = record.get(field)
    return value if isinstance(value, list) else []


def _records(record: Record, field: str) -> list[Record]:
    return [each for each in _list(record, field) if isinstance(each, dict)]
