"""The stand-in's webhooks: one event each, two per event at most, the owner's key and a registered system only."""

from __future__ import annotations

import ipaddress
from typing import Any
from urllib.parse import urlsplit

from litestar import delete, get, post, put
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.params import FromPath, JSONBody

from integrations.standins.followupboss_account import Account, Record
from integrations.standins.followupboss_pages import page
from integrations.standins.followupboss_refusals import Call, one, only_owner, only_registered, require

PER_EVENT = 2
_RESOURCES = (
    "people peopleRelationship notes emails tasks appointments textMessages calls deals stage pipeline pipelineStage "
    "customFields dealCustomFields threadedReply"
)
EVENTS = {f"{resource}{what}" for resource in _RESOURCES.split() for what in ("Created", "Updated", "Deleted")} | {
    "peopleTagsCreated",
    "peopleStageUpdated",
    "eventsCreated",
    "emEventsOpened",
    "emEventsClicked",
    "emEventsUnsubscribed",
    "reactionCreated",
    "reactionDeleted",
}


@get("/webhooks")
async def webhooks(request: Call, state: State) -> Record:
    """List the system's webhooks, of one event or one status where asked."""
    account: Account = state.account
    _may(request, account)
    asked = {name: request.query_params[name] for name in ("event", "status") if name in request.query_params}
    found = [each for each in account.webhooks.values() if all(each[name] == value for name, value in asked.items())]
    return page(request, "webhooks", found)


@post("/webhooks")
async def add_webhook(request: Call, state: State, data: JSONBody[Record]) -> Record:
    """Register a webhook. Only loopback addresses over http or https (the vendor: https only)."""
    account: Account = state.account
    _may(request, account)
    require(data, "event", "url")
    event, url = str(data["event"]), str(data["url"])
    _refuse_unusable(event, url)
    if sum(each["event"] == event for each in account.webhooks.values()) >= PER_EVENT:
        raise HTTPException(f"At most {PER_EVENT} webhooks per event.", status_code=400)
    return account.webhooks[account.add_webhook(event=event, url=url)]


@put("/webhooks/{webhook_id:int}")
async def change_webhook(request: Call, state: State, webhook_id: FromPath[int], data: JSONBody[Record]) -> Record:
    """Change where a webhook pushes, or enable it again."""
    account: Account = state.account
    _may(request, account)
    hook = one(account.webhooks, webhook_id)
    changed = hook | {name: data[name] for name in ("event", "url", "status") if name in data}
    _refuse_unusable(changed["event"], changed["url"])
    if changed["status"] not in {"Active", "Disabled"}:
        raise HTTPException("status must be Active or Disabled.", status_code=400)
    hook.update(changed)
    return hook


@delete("/webhooks/{webhook_id:int}")
async def remove_webhook(request: Call, state: State, webhook_id: FromPath[int]) -> None:
    """Delete a webhook: 204 without a body."""
    account: Account = state.account
    _may(request, account)
    one(account.webhooks, webhook_id)
    del account.webhooks[webhook_id]


@get("/webhookEvents/{event_id:str}")
async def one_event(request: Call, state: State, event_id: FromPath[str]) -> Record:
    """Show once more what was pushed."""
    account: Account = state.account
    only_registered(request, account)
    if event_id not in account.webhook_events:
        raise HTTPException("The requested resource was not found.", status_code=404)
    return account.webhook_events[event_id]


def _may(request: Call, account: Account) -> None:
    only_registered(request, account)
    only_owner(account)


def _refuse_unusable(event: str, url: str) -> None:
    if event not in EVENTS:
        raise HTTPException(f"There is no event {event!r}.", status_code=400)
    if not _is_loopback(url):
        raise HTTPException("This stand-in pushes to loopback addresses only.", status_code=400)


def _is_loopback(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False


WEBHOOKS: tuple[Any, ...] = (webhooks, add_webhook, change_webhook, remove_webhook, one_event)
