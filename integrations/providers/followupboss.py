"""Follow Up Boss as a CRM: people, logged texts and notes over its API v1.

Promises the values of `integrations.crm` whatever the vendor's spelling (0/1 for booleans, flat `custom…` keys, the
mask over text bodies). Retries are left to the flows, except for waiting out a short rate limit. The HTTP library
loads when a client is made, not when this module is imported.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from integrations.crm import CrmText, Person
from integrations.errors import CrmError
from integrations.providers.followupboss_limits import RateLimits
from integrations.providers.followupboss_shapes import identifier, person, text

PAGE = 100
"""Most people the API returns at once, and so the most ids asked for in one request."""


class FollowUpBoss:
    """Implements `integrations.crm.Crm` with one account's API key.

    `system` and `system_key` are the registered software's (X-System headers); without them calls still work, at half
    the rate. `base_url` has no `/v1`. `max_wait_seconds` bounds how long one call waits for a rate limit.
    """

    def __init__(
        self,
        *,
        api_key: str,
        system: str = "",
        system_key: str = "",
        base_url: str = "https://api.followupboss.com",
        timeout_seconds: float = 10.0,
        max_wait_seconds: float = 12.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        from integrations.providers.followupboss_http import Connection  # noqa: PLC0415 (loads httpx only when used)

        self._connection = Connection(
            base_url=base_url,
            api_key=api_key,
            system=system,
            system_key=system_key,
            timeout_seconds=timeout_seconds,
            limits=RateLimits(
                registered=bool(system and system_key), max_wait_seconds=max_wait_seconds, clock=clock, sleep=sleep
            ),
        )

    async def people(self, ids: Sequence[str]) -> list[Person]:
        """Fetch these people in the order asked, each once, trashed and unclaimed ones included.

        An id that is not a number is nobody's here. Raises `CrmError`.
        """
        wanted = list(dict.fromkeys(each for each in ids if _is_id(each)))
        found: dict[str, Person] = {}
        for start in range(0, len(wanted), PAGE):
            query = {
                "id": ",".join(wanted[start : start + PAGE]),
                "fields": "allFields",
                "includeTrash": "true",
                "includeUnclaimed": "true",
                "limit": str(PAGE),
            }
            async for page in self._connection.pages("people", query):
                found.update((each.id, each) for each in map(person, page))
        return [found[each] for each in wanted if each in found]

    async def texts(self, ids: Sequence[str]) -> list[CrmText]:
        """Fetch these logged texts in the order asked, each once. Raises `CrmError`."""
        found = []
        for each in dict.fromkeys(each for each in ids if _is_id(each)):
            try:
                found.append(text(await self._connection.get(f"textMessages/{each}")))
            except CrmError as error:
                if error.reason != "not_found":
                    raise
        return found

    async def add_note(self, person_id: str, *, subject: str, body: str) -> str:
        """Write a plain-text note and return its id. Raises `CrmError`; after a timeout the note may exist."""
        if not _is_id(person_id):
            raise CrmError("not_found", permanent=True, detail="a person's id is a number")
        note = {"personId": int(person_id), "subject": subject, "body": body, "isHtml": False}
        return identifier(await self._connection.post("notes", note))

    async def account(self) -> str:
        """Say in words whose account the key opens. Raises `CrmError`."""
        found = await self._connection.get("identity")
        account, user = found.get("account"), found.get("user")
        if not isinstance(account, dict):
            raise CrmError("malformed_answer", permanent=False, detail="an identity without its account")
        who = f", as {user['name']}" if isinstance(user, dict) and user.get("name") else ""
        return f"{account.get('name') or account.get('domain') or account.get('id')}{who}"

    async def pushes_to(self, url: str) -> frozenset[str]:
        """The events this system's webhooks push to that address. Raises `CrmError`."""
        found = {each async for page in self._connection.pages("webhooks", {"limit": str(PAGE)}) for each in _of(page)}
        return frozenset(event for event, where, status in found if where == url and status != "disabled")

    async def aclose(self) -> None:
        """Close the connections."""
        await self._connection.aclose()


def _of(page: Sequence[Mapping[str, Any]]) -> list[tuple[str, str, str]]:
    return [(str(w.get("event")), str(w.get("url")).rstrip("/"), str(w.get("status", "")).lower()) for w in page]


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18
