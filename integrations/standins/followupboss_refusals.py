"""What the stand-in refuses before it does anything, in the vendor's statuses."""

from __future__ import annotations

from typing import Any

from litestar import Request
from litestar.datastructures import State
from litestar.exceptions import HTTPException

from integrations.standins.followupboss_account import Account, Record
from integrations.standins.followupboss_door import registered

Call = Request[Any, Any, State]


def one(records: dict[int, Record], record_id: object) -> Record:
    """The record with that id. 404 where there is none."""
    if not isinstance(record_id, int) or record_id not in records:
        raise HTTPException("The requested resource was not found.", status_code=404)
    return records[record_id]


def require(data: Record, *fields: str) -> None:
    """Refuse a body in which one of these fields is missing or empty."""
    missing = [field for field in fields if data.get(field) is None or data[field] == ""]
    if missing:
        raise HTTPException(f"Missing required fields: {', '.join(missing)}.", status_code=400)


def only_registered(request: Call, account: Account) -> None:
    """Refuse a system that is not registered."""
    if not registered(request.headers, account):
        raise HTTPException("This call needs a registered system (X-System, X-System-Key).", status_code=403)


def only_owner(account: Account) -> None:
    """Refuse a key that is not the account owner's."""
    if not account.owner:
        raise HTTPException("Only the account owner may do this.", status_code=403)
