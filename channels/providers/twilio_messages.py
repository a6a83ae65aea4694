"""Twilio's Messages resource: one form posted once, its answer read as an outcome, and a list to look in afterwards.

Promises that nothing is ever posted twice: Twilio knows no idempotency key, so a call whose end was not seen is
`Unknown`. Only what left no byte of the body behind, or an answer that refuses, is proof. What goes into the form is
left to the sender of each channel. (Why httpx and not the vendor's client: docs/decisions/0011.)
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import msgspec

from channels.outcomes import (
    CONFIGURATION,
    NO_TURN,
    THROTTLED,
    CannotTell,
    Deferred,
    FindOutcome,
    Found,
    NotFound,
    Refused,
    SendOutcome,
    Sent,
    Sought,
    Unknown,
)
from channels.providers.twilio_errors import ON_SENDING, Kind

CONFIGURATION_WAIT_SECONDS = 900.0
"""How long a message waits for a person to mend the account, before it is tried once more."""
LATER_WAIT_SECONDS = 300.0
_BUSY_WAIT_SECONDS = 10.0
_LONGEST_WAIT_SECONDS = 3600.0
_CLOCKS_APART = timedelta(seconds=60)
_PAGE = 100
_UNREADABLE = {
    401: "the account's id and its token or key do not fit each other",
    403: "the account or key may not send",
    404: "there is no account of that id, or TWILIO_BASE_URL is not Twilio's",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Whose messages: the account, and the user and password of the call (the account's own, or an API key's)."""

    sid: str
    user: str
    password: str
    base_url: str
    public_url: str
    timeout_seconds: float

    def callback(self, our_id: str) -> str:
        """Where Twilio tells what became of a message; empty where it could not reach us (it wants a plain host)."""
        parts = urlsplit(self.public_url)
        host = parts.hostname or ""
        if parts.scheme != "https" or "_" in host or "." not in host:
            return ""
        return f"{self.public_url.rstrip('/')}/hooks/twilio/status?m={quote(our_id)}"


class TwilioMessages:
    """Posts to one account and looks in its list. Close it when done."""

    def __init__(self, account: Account) -> None:
        self.account = account
        limit = account.timeout_seconds
        self._client = httpx.AsyncClient(
            base_url=f"{account.base_url.rstrip('/')}/2010-04-01/Accounts/{account.sid}/",
            auth=(account.user, account.password),
            headers={"Accept": "application/json"},
            timeout=httpx.Timeout(limit, connect=min(5.0, limit / 2), pool=limit / 2),
            limits=httpx.Limits(max_connections=64, max_keepalive_connections=16),
            follow_redirects=False,
        )

    async def create(self, form: Mapping[str, str | list[str]]) -> SendOutcome:
        """Post one message, once. Never raises for Twilio's or the network's faults."""
        try:
            async with asyncio.timeout(self.account.timeout_seconds):
                answer = await self._client.post("Messages.json", data=form)
        except httpx.PoolTimeout:
            return Deferred(NO_TURN, detail="all connections to Twilio are taken by other messages")
        except (httpx.ConnectError, httpx.ConnectTimeout):
            return Deferred("Twilio could not be reached")
        except (TimeoutError, httpx.TimeoutException):
            return Unknown(f"no answer within {self.account.timeout_seconds:g} s")
        except httpx.HTTPError as error:
            return Unknown(f"the connection broke off ({type(error).__name__})")
        return read(answer)

    async def look_for(self, sought: Sought) -> FindOutcome:
        """Look for a message with these words to this address that Twilio took since that instant.

        Twilio keeps no id of ours in its list, so words, address and time stand for it, and what is known to be another
        message is left out. The newest come first; where the page is full before the instant is reached, nothing can
        be said.
        """
        try:
            async with asyncio.timeout(self.account.timeout_seconds):
                answer = await self._client.get("Messages.json", params={"To": sought.to, "PageSize": str(_PAGE)})
        except (TimeoutError, httpx.HTTPError) as error:
            return CannotTell(f"Twilio could not be asked ({type(error).__name__})")
        listed = _object(answer).get("messages")
        if not answer.is_success or not isinstance(listed, list):
            return CannotTell(f"Twilio could not be asked (it answered {answer.status_code})")
        recent = [each for each in listed if isinstance(each, dict) and _made(each) >= sought.since - _CLOCKS_APART]
        for each in recent:
            sid = str(each.get("sid") or "")
            alike = each.get("to") == sought.to and _same(str(each.get("body") or ""), sought.words)
            if alike and sid and sid not in sought.others:
                return Found(sid)
        return NotFound() if len(recent) < _PAGE else CannotTell("more messages than Twilio lists at once")

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()


def read(answer: httpx.Response) -> SendOutcome:
    """Say what an answer to a posted message proves."""
    status, told = answer.status_code, _object(answer)
    if answer.is_success:
        sid = told.get("sid")
        return Sent(sid) if isinstance(sid, str) and sid else Unknown("Twilio's answer could not be read")
    code = told.get("code")
    if status == httpx.codes.TOO_MANY_REQUESTS:
        return Deferred(THROTTLED, _retry_after(answer), "Twilio takes no more requests at once")
    if status >= httpx.codes.INTERNAL_SERVER_ERROR:
        return Unknown(f"Twilio answered {status}")
    if isinstance(code, int) and code in ON_SENDING:
        return _refusal(code, answer)
    if status in _UNREADABLE:
        return Deferred(CONFIGURATION, CONFIGURATION_WAIT_SECONDS, _UNREADABLE[status])
    if isinstance(code, int):
        return Refused("refused", f"Twilio refused it with error {code}")
    return Unknown(f"Twilio answered {status}, and not in its own words")


def _refusal(code: int, answer: httpx.Response) -> SendOutcome:
    meant = ON_SENDING[code]
    said = f"{meant.said} (Twilio {code})"
    match meant.kind:
        case Kind.PERMANENT:
            return Refused(meant.reason, said)
        case Kind.CONFIGURATION:
            return Deferred(CONFIGURATION, CONFIGURATION_WAIT_SECONDS, said)
        case Kind.LATER:
            wait = _retry_after(answer) if "retry-after" in answer.headers else LATER_WAIT_SECONDS
            return Deferred(THROTTLED, wait, said)
        case Kind.RECONCILE:
            return Unknown(said)


def _retry_after(answer: httpx.Response) -> float:
    """What Twilio asks us to wait, at most an hour; a short while where it does not say it in seconds."""
    asked = answer.headers.get("retry-after", "")
    return min(float(asked), _LONGEST_WAIT_SECONDS) if asked.isascii() and asked.isdigit() else _BUSY_WAIT_SECONDS


def _object(answer: httpx.Response) -> dict[str, Any]:
    try:
        told = msgspec.json.decode(answer.content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _made(message: Mapping[str, Any]) -> datetime:
    """When Twilio took it; in the far future where it does not say, so that it is looked at."""
    try:
        made = parsedate_to_datetime(str(message.get("date_created")))
    except ValueError:
        made = None
    return made if made is not None and made.tzinfo is not None else datetime.max.replace(tzinfo=UTC)


def _same(theirs: str, ours: str) -> bool:
    return theirs.split() == ours.split()
