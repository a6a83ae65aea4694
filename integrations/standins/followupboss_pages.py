"""Listings as Follow Up Boss pages them: `_metadata` beside an array, newest first, a cursor for the next page."""

from __future__ import annotations

import base64
import binascii
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
    cursor = request.query_params.get("next")
    offset = _position(cursor) if cursor else _whole(request, "offset", default=0, least=0, most=DEEPEST)
    end = offset + limit
    following = _cursor(end) if end < len(records) else None
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
        collection: _sorted(records, request.query_params.get("sort", "-id"))[offset:end],
    }


def _sorted(records: Sequence[Record], sort: str) -> list[Record]:
    field = sort.removeprefix("-")
    if field not in {"id", "created", "updated"}:
        raise HTTPException(f"Cannot sort by {field!r}.", status_code=400)
    return sorted(records, key=lambda each: (each.get(field, ""), each["id"]), reverse=sort.startswith("-"))


def _whole(request: Request[Any, Any, State], name: str, *, default: int, least: int, most: int) -> int:
    given = request.query_params.get(name, str(default))
    if not (given.isascii() and given.isdigit()) or not least <= int(given) <= most:
        raise HTTPException(f"{name} must be between {least} and {most}.", status_code=400)
    return int(given)


def _cursor(offset: int) -> str:
    return base64.urlsafe_b64encode(f"after {offset}".encode()).decode().rstrip("=")


def _position(cursor: str) -> int:
    try:
        position = int(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().removeprefix("after "))
    except (binascii.Error, ValueError):
        position = -1
    if position < 0:
        raise HTTPException("next is not a cursor of ours.", status_code=400)
    return position
