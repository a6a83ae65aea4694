"""Pictures and files that came with a text, fetched from Twilio within limits of size and time.

Asked are only Twilio's own hosts over https, with the account's login, and where Twilio sends us from there: one
redirect, to its hosts or the stores it keeps media in, without the login. None of their addresses may be private. Where
`TWILIO_BASE_URL` is another server, that one stands for `api.twilio.com`.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from ipaddress import ip_address

import httpx

from channels.attached import MOST_BYTES, TOO_BIG, FetchedFile, FileNotFetched

SECONDS = 20.0
_API = httpx.URL("https://api.twilio.com")
_TWILIO = "twilio.com"
_STORES = ("twiliocdn.com", "amazonaws.com")
_ELSEWHERE = "it lies at an address that is not asked"
_GONE = frozenset({404, 410})

Resolve = Callable[[str], Awaitable[list[str]]]


async def _resolve(host: str) -> list[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, 443, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


class TwilioMedia:
    """Fetches for one account; `user` and `password` are those of its API. Close it when done."""

    def __init__(
        self, *, user: str, password: str, base_url: str, seconds: float = SECONDS, resolve: Resolve = _resolve
    ) -> None:
        self._login = httpx.BasicAuth(user, password)
        self._base = httpx.URL(base_url)
        self._seconds = seconds
        self._resolve = resolve
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(seconds, connect=5.0),
            headers={"Accept-Encoding": "identity"},
            follow_redirects=False,
            trust_env=False,
        )

    async def fetch(self, url: str) -> FetchedFile:
        """Fetch one file. Raises `FileNotFetched`."""
        try:
            async with asyncio.timeout(self._seconds):
                there = self._asked_at(_read(url))
                if not self._is_twilios(there):
                    raise FileNotFetched(_ELSEWHERE, permanent=True)
                found = await self._ask(there)
                if isinstance(found, httpx.URL):
                    found = await self._ask(found)
                if isinstance(found, httpx.URL):
                    raise FileNotFetched("Twilio sent us on more than once", permanent=True)
                return found
        except TimeoutError:
            raise FileNotFetched(f"it did not come within {self._seconds:g} s", permanent=False) from None
        except (httpx.HTTPError, OSError) as error:
            raise FileNotFetched(f"it could not be fetched ({type(error).__name__})", permanent=False) from None

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _ask(self, url: httpx.URL) -> FetchedFile | httpx.URL:
        """Ask one address: the file, or where it lies instead."""
        await self._check(url)
        login = self._login if self._is_twilios(url) else None
        async with self._client.stream("GET", url, auth=login) as answer:
            if answer.is_redirect:
                return url.join(_read(answer.headers.get("location", "")))
            if not answer.is_success:
                raise FileNotFetched(_said(answer.status_code), permanent=False)
            if "content-encoding" in answer.headers:
                raise FileNotFetched("it came compressed, which was not asked for", permanent=True)
            content = bytearray()
            async for chunk in answer.aiter_raw():
                content += chunk
                if len(content) > MOST_BYTES:
                    raise FileNotFetched(TOO_BIG, permanent=True)
            return FetchedFile(answer.headers.get("content-type", ""), bytes(content))

    async def _check(self, url: httpx.URL) -> None:
        """Refuse what is no address of Twilio or its stores on the public Internet."""
        if self._is_our_base(url):
            return
        known = any(_is_at(url, domain) for domain in (_TWILIO, *_STORES))
        if not known or url.scheme != "https" or url.port is not None or url.userinfo:
            raise FileNotFetched(_ELSEWHERE, permanent=True)
        if not all(ip_address(address).is_global for address in await self._resolve(url.host)):
            raise FileNotFetched(_ELSEWHERE, permanent=True)

    def _asked_at(self, url: httpx.URL) -> httpx.URL:
        """Where a file of Twilio's API is asked for: at Twilio, or the server that stands for it."""
        if not _same_place(url, _API):
            return url
        return url.copy_with(scheme=self._base.scheme, host=self._base.host, port=self._base.port)

    def _is_twilios(self, url: httpx.URL) -> bool:
        return self._is_our_base(url) or _is_at(url, _TWILIO)

    def _is_our_base(self, url: httpx.URL) -> bool:
        return not _same_place(self._base, _API) and _same_place(url, self._base)


def _read(text: str) -> httpx.URL:
    try:
        return httpx.URL(text)
    except httpx.InvalidURL:
        raise FileNotFetched(_ELSEWHERE, permanent=True) from None


def _is_at(url: httpx.URL, domain: str) -> bool:
    return url.host == domain or url.host.endswith(f".{domain}")


def _same_place(one: httpx.URL, other: httpx.URL) -> bool:
    return (one.scheme, one.host, one.port) == (other.scheme, other.host, other.port)


def _said(status: int) -> str:
    if status in {401, 403}:
        return "Twilio refused our login"
    return "it is not at Twilio any more" if status in _GONE else f"Twilio answered {status}"
