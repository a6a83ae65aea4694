"""Follow Up Boss's webhooks, kept as they have to be: one active per event, pushing to Tend's address.

For each event, in this order: one that pushes here is kept, enabled again where the vendor disabled it (after too many
failures), and its doubles are removed; one that pushes to where we were before, or to another path or scheme of our
host, is repaired; where the vendor's two places per event and system are taken, a disabled one is given our address;
else a new one is registered. One that pushes somewhere else, and works, is another installation's, and is left alone.
(docs.followupboss.com, webhooks guide, read 2026-11.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from integrations.crm_hooks import Hook, HookState
from integrations.errors import CrmError
from integrations.providers.followupboss_events import EVENTS
from integrations.providers.followupboss_http import Connection

PER_EVENT = 2
"""Webhooks one system may have for one event of an account."""


@dataclass(frozen=True, slots=True)
class _There:
    """One webhook as it is listed."""

    id: str
    event: str
    url: str
    active: bool


async def keep(connection: Connection, url: str, *, formerly: str) -> list[Hook]:
    """Let every event of `EVENTS` be pushed to `url`; what was found and done. Raises `CrmError` for the account's own.

    An event that is refused by itself is `REFUSED` with the vendor's words, and the others go on.
    """
    listed = [
        _There(str(each.get("id")), str(each.get("event")), str(each.get("url", "")), _is_active(each))
        async for page in connection.pages("webhooks", {"limit": "100"})
        for each in page
    ]
    done: list[Hook] = []
    for event in EVENTS:
        try:
            there = [each for each in listed if each.event == event]
            done += await _kept(connection, event, there, url=url, formerly=formerly)
        except CrmError as error:
            if not error.permanent or error.reason in {"bad_key", "forbidden"}:
                raise
            done.append(Hook(event, HookState.REFUSED, error.detail))
    return done


async def pushing(connection: Connection, url: str) -> frozenset[str]:
    """The events that are pushed to that address now. Raises `CrmError`."""
    pages = connection.pages("webhooks", {"limit": "100"})
    found = [each async for page in pages for each in page if _same(str(each.get("url", "")), url)]
    return frozenset(str(each.get("event")) for each in found if _is_active(each))


async def _kept(connection: Connection, event: str, there: Sequence[_There], *, url: str, formerly: str) -> list[Hook]:
    ours = sorted((each for each in there if _same(each.url, url)), key=lambda each: (not each.active, each.url != url))
    if ours:
        first, *doubles = ours
        for each in doubles:
            await connection.remove(f"webhooks/{each.id}")
        removed = [Hook(event, HookState.REMOVED, "pushed here twice")] * bool(doubles)
        if first.active:
            return [Hook(event, HookState.KEPT), *removed]
        await _point(connection, first, url)
        return [Hook(event, HookState.ENABLED), *removed]
    strays = [each for each in there if _host(each.url) == _host(url) or (formerly and _same(each.url, formerly))]
    idle = [each for each in there if not each.active] if len(there) >= PER_EVENT else []
    for each in (*strays, *idle):
        await _point(connection, each, url)
        return [Hook(event, HookState.REPAIRED, f"it pushed to {each.url}")]
    if len(there) >= PER_EVENT:
        return [Hook(event, HookState.FULL, ", ".join(sorted(each.url for each in there)))]
    await connection.post("webhooks", {"event": event, "url": url})
    return [Hook(event, HookState.REGISTERED)]


async def _point(connection: Connection, hook: _There, url: str) -> None:
    await connection.put(f"webhooks/{hook.id}", {"event": hook.event, "url": url, "status": "Active"})


def _is_active(record: dict[str, Any]) -> bool:
    return str(record.get("status", "")).lower() != "disabled"


def _same(one: str, other: str) -> bool:
    return one.rstrip("/") == other.rstrip("/")


def _host(url: str) -> str:
    """Host and port, since two installations may share a machine."""
    try:
        parts = urlsplit(url)
        return f"{parts.hostname or ''}:{parts.port or ''}".casefold()
    except ValueError:
        return ""
