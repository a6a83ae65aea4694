"""Questions to Twilio's REST APIs that change nothing: one GET each, its answer as an object, every failure named.

Twilio keeps messages, Messaging Services and templates at hosts of their own (`api.`, `messaging.`, `content.`); where
TWILIO_BASE_URL is another address, all of them are there.
"""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec

from channels.checks import AGAIN, CannotLook
from channels.providers.twilio_messages import Account

Record = dict[str, Any]
_NOT_ACTIVE = 20005


class Asking:
    """Asks as one login of one account. Close it when done."""

    def __init__(self, account: Account) -> None:
        self.account = account
        limit = account.timeout_seconds
        self._client = httpx.AsyncClient(
            auth=(account.user, account.password),
            headers={"Accept": "application/json"},
            timeout=httpx.Timeout(limit, connect=min(5.0, limit)),
            follow_redirects=False,
        )

    async def of_account(self, path: str, **query: str) -> Record | None:
        """Ask the account's own API; an empty path asks for the account. None for what does not exist."""
        return await self._get(f"{self._at('api')}/2010-04-01/Accounts/{self.account.sid}{path}.json", query)

    async def of_messaging(self, path: str, **query: str) -> Record | None:
        """Ask of Messaging Services, registrations and senders. None for what does not exist."""
        return await self._get(f"{self._at('messaging')}{path}", query)

    async def of_content(self, path: str) -> Record | None:
        """Ask of templates. None for what does not exist."""
        return await self._get(f"{self._at('content')}{path}", {})

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    def _at(self, which: str) -> str:
        base = self.account.base_url.rstrip("/")
        host = urlsplit(base).hostname or ""
        if host.startswith("api.") and host.endswith(".twilio.com"):
            return base.replace("://api.", f"://{which}.", 1)
        return base

    async def _get(self, url: str, query: dict[str, str]) -> Record | None:
        try:
            async with asyncio.timeout(self.account.timeout_seconds):
                answer = await self._client.get(url, params=query)
        except (TimeoutError, httpx.TimeoutException):
            raise CannotLook(f"no answer within {self.account.timeout_seconds:g} s", AGAIN) from None
        except httpx.HTTPError as error:
            raise CannotLook(
                f"Twilio could not be reached ({type(error).__name__})",
                "see that this machine reaches the internet, and TWILIO_BASE_URL",
            ) from None
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        return self._read(answer)

    def _read(self, answer: httpx.Response) -> Record:
        status = answer.status_code
        key = self.account.user != self.account.sid
        told = _object(answer)
        if told is not None and told.get("code") == _NOT_ACTIVE:
            raise CannotLook("the account is not active", "pay or write to Twilio's support; nothing leaves so far")
        if status == httpx.codes.UNAUTHORIZED:
            which = "API key and its secret" if key else "account's id and its token"
            names = "TWILIO_API_KEY and TWILIO_API_SECRET" if key else "TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN"
            step = f"copy {names} from Twilio's console once more, and see there that the account is not suspended"
            raise CannotLook(f"Twilio does not take the {which}", step)
        if status == httpx.codes.FORBIDDEN:
            raise CannotLook("this login may not look at it", "look in Twilio's console", state="off")
        if not answer.is_success:
            raise CannotLook(f"Twilio answered {status}", AGAIN)
        if told is None:
            raise CannotLook("the answer is not Twilio's", "see that TWILIO_BASE_URL is Twilio's")
        return told


def _object(answer: httpx.Response) -> Record | None:
    try:
        told = msgspec.json.decode(answer.content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return told if isinstance(told, dict) else None


def records(answer: Record | None, name: str) -> list[Record]:
    """The records of a list; none where there is no such list."""
    found = (answer or {}).get(name)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
