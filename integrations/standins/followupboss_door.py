"""The stand-in's door: every call shows its key and is metered before it reaches a handler.

Promises the rate-limit headers on every answer behind the door, refused ones included.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping

from litestar.datastructures import Headers, MutableScopeHeaders
from litestar.middleware import ASGIMiddleware
from litestar.response.base import ASGIResponse
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from integrations.standins.followupboss_account import Account
from integrations.standins.followupboss_troubles import Trouble

_REFUSED: Mapping[Trouble | None, tuple[int, Mapping[str, str]]] = {
    Trouble.THROTTLED: (429, {"Retry-After": "2"}),
    Trouble.BROKEN: (503, {}),
}


def registered(headers: Mapping[str, str], account: Account) -> bool:
    """Whether the call names the account's system and its key."""
    return headers.get("x-system") == account.system and headers.get("x-system-key") == account.system_key


class Door(ASGIMiddleware):
    """Checks HTTP Basic (key, empty password) and counts the call in its context."""

    def __init__(self, account: Account) -> None:
        self._account = account
        token = base64.b64encode(f"{account.api_key}:".encode()).decode()
        self._credentials = f"Basic {token}".encode()

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Let the call through with the meter's headers on its answer, or refuse it with 401 or 429."""
        given = Headers.from_scope(scope)
        if not hmac.compare_digest(given.get("authorization", "").encode(), self._credentials):
            await _refusal(401, "Access denied: invalid API key.", {})(scope, receive, send)
            return
        method, collection = str(scope.get("method", "")), scope["path"].removeprefix("/v1/").split("/")[0]
        context = _context(method, collection)
        metered = self._account.meter.count(context, registered=registered(given, self._account))
        if not metered.allowed:
            await _refusal(429, "Rate limit reached.", metered.headers)(scope, receive, send)
            return

        if (refused := self._account.troubles.refusal(collection)) is not None:
            await _refusal(refused, "Something went wrong.", metered.headers)(scope, receive, send)
            return
        trouble = self._account.troubles.next(method, collection)
        if trouble in _REFUSED:
            status, also = _REFUSED[trouble]
            await _refusal(status, "Something went wrong.", {**metered.headers, **also})(scope, receive, send)
            return
        if trouble is None or trouble.done:
            await next_app(scope, receive, _sending(send, trouble, metered.headers))
        if trouble is not None and trouble.silent:
            await _gone(receive)


def _sending(send: Send, trouble: Trouble | None, headers: Mapping[str, str]) -> Send:
    """Send an answer with these headers, or as a trouble has it: lost on the way, or never sent."""

    async def send_metered(message: Message) -> None:
        if trouble is not None and trouble.silent:
            return
        if message["type"] == "http.response.start":
            if trouble is Trouble.LOST:
                message["status"] = 502
            theirs = MutableScopeHeaders.from_message(message)
            for name, value in headers.items():
                theirs[name] = value
        await send(message)

    return send_metered


async def _gone(receive: Receive) -> None:
    """Wait until whoever called has given up."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _context(method: str, collection: str) -> str:
    """Which limit a call counts in (docs.followupboss.com, rate limiting)."""
    if collection == "notes":
        return "notes"
    return {("GET", "events"): "events", ("PUT", "people"): "people-update"}.get((method, collection), "global")


def _refusal(status: int, words: str, headers: Mapping[str, str]) -> ASGIResponse:
    body = f'{{"errorMessage":"{words}"}}'.encode()
    return ASGIResponse(body=body, status_code=status, media_type="application/json", headers=headers.items())
