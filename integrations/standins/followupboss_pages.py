"""Listings as Follow Up Boss pages them: `_metadata` beside an array, newest first, a cursor for the next page.

A cursor names the last record of its page: who comes or goes while a listing is read moves nobody across its pages.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from litestar import Request
from litestar.datastructures import State
from litestar.exceptions import HTTPException

from integrations.standins.followupboss_account import Record

MOST = 100
"""Largest page the vendor gives."""

DEEPEST = 2000
"""Offsets past this are refused: follow the cursor."""


def page(request: Request[Any, Any, State], collection: str, records: Sequence[Record]) -> Record:
    """One page of the records by the request's `limit`, `offset`, `next` and `sort`. 400 for what cannot be."""
    query = {name: value for name, value in request.query_params.items() if name not in {"next", "offset"}}
    limit = _whole(request, "limit", default=10, least=1, most=MOST)
    sort = request.query_params.get("sort", "-id")
    ordered = _sorted(records, sort)
    cursor = request.query_params.get("next")
    offset = _whole(request, "offset", default=0, least=0, most=DEEPEST)
    if cursor:
        offset = _after(ordered, cursor, sort)
    end = offset + limit
    following = _cursor(ordered[end - 1], sort) if end < len(ordered) else None
    base = f"{request.url.scheme}://{request.url.netloc}{request.url.path}"
    return {
        "_metadata": {
            "collection": collection,
            "offset": offset,
            "limit": limit,
            "total": len(records),
            "next": following,
            "nextLink": f"{base}?{urlencode(query | {'next': following})}" if following else None,
        },
        collection: ordered[offset:end],
    }


def _sorted(records: Sequence[Record], sort: str) -> list[Record]:
    if sort.removeprefix("-") not in {"id", "created", "updated"}:
        raise HTTPException(f"Cannot sort by {sort!r}.", status_code=400)
    return sorted(records, key=lambda each: _place(each, sort), reverse=sort.startswith("-"))


def _place(record: Record, sort: str) -> tuple[Any, int]:
    """Where a record stands in a listing sorted so."""
    return record.get(sort.removeprefix("-"), ""), record["id"]


def _whole(request: Request[Any, Any, State], name: str, *, default: int, least: int, most: int) -> int:
    given = request.query_params.get(name, str(default))
    if not (given.isascii() and given.isdigit()) or not least <= int(given) <= most:
        raise HTTPException(f"{name} must be between {least} and {most}.", status_code=400)
    return int(given)


def _cursor(last: Record, sort: str) -> str:
    return base64.urlsafe_b64encode(json.dumps(_place(last, sort)).encode()).decode().rstrip("=")


def _after(ordered: Sequence[Record], cursor: str, sort: str) -> int:
    """How many records of a listing lie before what comes after a cursor."""
    try:
        value, record_id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        last = (value, int(record_id))
        if sort.startswith("-"):
            return sum(_place(each, sort) >= last for each in ordered)
        return sum(_place(each, sort) <= last for each in ordered)
    except (binascii.Error, ValueError, TypeError):
        raise HTTPException("next is not a cursor of ours.", status_code=400) from None
