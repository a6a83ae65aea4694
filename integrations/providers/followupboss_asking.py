"""What changed in a Follow Up Boss account, asked for instead of pushed: people, what was logged, who unsubscribed.

Filters take whole seconds without a zone, in UTC. What this key may not see counts as empty.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from integrations.crm import Changed, CrmEventKind
from integrations.errors import CrmError
from integrations.providers.followupboss_shapes import identifier, instant, is_id, optional_id

if TYPE_CHECKING:  # it loads the HTTP library, which waits until a client is made
    from integrations.providers.followupboss_http import Connection

PAGE = 100
"""Most records the API returns at once, and so the most ids asked for in one request."""

MOST_CHANGED = 2000
"""Pages of changed people followed at the most: two accounts of 100,000 people, wholly changed."""

_EVERYBODY = {"includeTrash": "true", "includeUnclaimed": "true", "limit": str(PAGE)}

_LISTED = {
    "textMessages": CrmEventKind.TEXT_CREATED,
    "calls": CrmEventKind.CALL_CREATED,
    "notes": CrmEventKind.NOTE_CREATED,
}

_NOT_SHOWN = frozenset({"not_found", "forbidden"})


class Asking:
    """The half of the client that asks what is new."""

    _connection: Connection

    async def changed_since(self, since: datetime) -> list[Changed]:
        """Everybody who changed at or after an instant, latest first, each once. Raises `CrmError`."""
        query = _EVERYBODY | {"sort": "-updated", "fields": "id,updated,created"}
        found: dict[str, Changed] = {}
        async for page in self._connection.pages("people", query, at_most=MOST_CHANGED):
            for record in page:
                changed = Changed(
                    identifier(record), instant(record, "updated" if record.get("updated") else "created")
                )
                if changed.at < since:
                    return list(found.values())
                found.setdefault(changed.person_id, changed)
        return list(found.values())

    async def active_since(self, since: datetime) -> list[Changed]:
        """Everybody with whom something was logged at or after an instant, each once. Raises `CrmError`."""
        query = _EVERYBODY | {"lastActivityAfter": _plain(since), "fields": "id,lastActivity,created"}
        found: dict[str, Changed] = {}
        async for page in self._connection.pages("people", query, at_most=MOST_CHANGED):
            for record in page:
                at = instant(record, "lastActivity" if record.get("lastActivity") else "created")
                if at >= since:
                    found[identifier(record)] = Changed(identifier(record), at)
        return list(found.values())

    async def logged_since(self, person_id: str, since: datetime) -> list[tuple[CrmEventKind, str]]:
        """The texts, calls and notes logged of a person at or after an instant, oldest first. Raises `CrmError`.

        Emails are in no documented listing. A listing this key may not see counts as empty.
        """
        found: list[tuple[datetime, CrmEventKind, str]] = []
        for collection, kind in _LISTED.items() if is_id(person_id) else ():
            try:
                pages = self._connection.pages(collection, {"personId": person_id, "limit": str(PAGE)})
                records = [record async for page in pages for record in page]
            except CrmError as error:
                if error.reason not in _NOT_SHOWN:
                    raise
                continue
            found += [(instant(record, "created"), kind, identifier(record)) for record in records]
        return [(kind, logged) for at, kind, logged in sorted(found) if at >= since]

    async def unsubscribed_since(self, since: datetime) -> list[tuple[str, str]]:
        """Who unsubscribed from the account's email at or after an instant: the event's id, and where it lies.

        Raises `CrmError`.
        """
        query = {"type": "unsubscribe", "updatedAfter": _plain(since), "limit": str(PAGE)}
        try:
            records = [record async for page in self._connection.pages("emEvents", query) for record in page]
        except CrmError as error:
            if error.reason not in _NOT_SHOWN:
                raise
            return []
        lies_at = "emEvents?type=unsubscribe&personId="
        return [
            (identifier(record), self._connection.address(f"{lies_at}{person_id}"))
            for record in records
            if (person_id := optional_id(record.get("personId"))) is not None
            and instant(record, "occurred" if record.get("occurred") else "created") >= since
        ]


def _plain(at: datetime) -> str:
    """An instant as filters take it."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
