"""One connection to Follow Up Boss: authentication, time limits, throttling, paging and the names of its failures.

Promises that every answer is a decoded JSON object and everything else a `CrmError` with a reason word. Follows
`nextLink` only on the configured host, because the key travels with every request. What the objects mean is left
to `followupboss`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import msgspec

from integrations.errors import CrmError
from integrations.providers.followupboss_limits import RateLimits, throttled

MAX_PAGES = 100
"""Pages followed in one listing; more means that the paging runs in a circle."""

_ATTEMPTS = 3
_REASONS = {400: "bad_request", 401: "bad_key", 403: "forbidden", 404: "not_found", 408: "timeout"}


class Connection:
    """Sends requests to one account. Paths begin with the collection: `people`, `notes/5`."""

    def __init__(
        self,
        *,
        base_url: str,
        api_key: str,
        system: str,
        system_key: str,
        timeout_seconds: float,
        limits: RateLimits,
    ) -> None:
        registration = {"X-System": system, "X-System-Key": system_key} if system and system_key else {}
        self._client = httpx.AsyncClient(
            base_url=f"{base_url.rstrip('/')}/v1/",
            auth=(api_key, ""),
            headers={"Accept": "application/json", **registration},
            timeout=httpx.Timeout(timeout_seconds, connect=min(5.0, timeout_seconds)),
        )
        self._timeout = timeout_seconds
        self._limits = limits

    async def get(self, path: str, params: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Fetch one object. Raises `CrmError`."""
        return _decoded(await self._call("GET", path, params=params))

    async def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Create one object and return it as the CRM shows it. Raises `CrmError`; a timeout proves nothing."""
        return (await self.made(path, body))[0]

    async def made(self, path: str, body: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
        """As `post`, and whether the CRM says that the object is new (201)."""
        response = await self._call("POST", path, body=body)
        return _decoded(response), response.status_code == httpx.codes.CREATED

    async def put(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Change one object and return it as the CRM shows it. Raises `CrmError`; a timeout proves nothing."""
        return _decoded(await self._call("PUT", path, body=body))

    async def remove(self, path: str) -> None:
        """Delete one object. Raises `CrmError`."""
        _decoded(await self._call("DELETE", path))

    async def at(self, uri: str) -> list[dict[str, Any]]:
        """What lies at an address the CRM pushed: one object or a whole listing. Raises `CrmError` as `pages` does."""
        page = await self.get(self._own(uri))
        if "_metadata" not in page:
            return [page]
        return [item async for items in self._following(page, uri) for item in items]

    def address(self, path: str) -> str:
        """The whole address of a path, as the CRM would push it."""
        return str(self._client.base_url.join(path))

    async def page(self, path: str, params: Mapping[str, str]) -> tuple[list[dict[str, Any]], Mapping[str, Any]]:
        """One page of a listing, and what it says of itself. Raises `CrmError`."""
        page = await self.get(path, params)
        return _items(page), _metadata(page)

    async def pages(
        self, path: str, params: Mapping[str, str], *, at_most: int = MAX_PAGES
    ) -> AsyncIterator[list[dict[str, Any]]]:
        """Yield the items of each page, following `nextLink`. Raises `CrmError`, also when a link leaves the host."""
        async for items in self._following(await self.get(path, params), path, at_most=at_most):
            yield items

    async def _following(
        self, page: dict[str, Any], path: str, *, at_most: int = MAX_PAGES
    ) -> AsyncIterator[list[dict[str, Any]]]:
        for _ in range(at_most):
            yield _items(page)
            link = _metadata(page).get("nextLink")
            if not link:
                return
            page = await self.get(self._own(link))
        raise CrmError("malformed_answer", permanent=True, detail=f"more than {at_most} pages of {path}")

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> httpx.Response:
        path_here = self._client.base_url.join(path).path
        route = f"{method} {path_here.removeprefix(self._client.base_url.path).split('/')[0]}"
        seconds = 0.0
        for attempt in range(_ATTEMPTS):
            await self._limits.turn(route)
            response = await self._send(method, path, params=params, body=body)
            self._limits.learn(route, response.headers)
            if response.status_code != 429:
                return response
            seconds = self._limits.close(route, response.headers, attempt=attempt)
        raise throttled(seconds)

    async def _send(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None,
        body: Mapping[str, Any] | None,
    ) -> httpx.Response:
        """Send one request; the time limit holds for the whole answer, so a trickling server cannot stretch it."""
        try:
            async with asyncio.timeout(self._timeout):
                return await self._client.request(method, path, params=params, json=body)
        except (TimeoutError, httpx.TimeoutException):
            raise CrmError("timeout", permanent=False) from None
        except httpx.HTTPError as error:
            raise CrmError("unreachable", permanent=False, detail=type(error).__name__) from None

    def _own(self, link: object) -> str:
        """Return the link when it lies on the configured host and under `/v1/`; raise otherwise."""
        ours = self._client.base_url
        try:
            theirs = httpx.URL(link) if isinstance(link, str) else None
        except httpx.InvalidURL:
            theirs = None
        if theirs is None or _origin(theirs) != _origin(ours) or not theirs.path.startswith(ours.path):
            raise CrmError("foreign_link", permanent=True, detail="a link leaves the configured host")
        return str(theirs)


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _decoded(response: httpx.Response) -> dict[str, Any]:
    status = response.status_code
    if status >= 500:
        raise CrmError("unavailable", permanent=False, detail=f"HTTP {status}")
    try:
        answer = msgspec.json.decode(response.content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        answer = None
    if not response.is_success:
        raise CrmError(_REASONS.get(status, "refused"), permanent=status != 408, detail=_detail(status, answer))
    if status == 204:
        return {}
    if not isinstance(answer, dict):
        raise CrmError("malformed_answer", permanent=False, detail=f"HTTP {status} without a JSON object")
    return answer


def _detail(status: int, answer: object) -> str:
    message = answer.get("errorMessage") if isinstance(answer, dict) else None
    words = " ".join(message.split())[:200] if isinstance(message, str) else ""
    return f"HTTP {status} {words}".rstrip()


def _metadata(page: Mapping[str, Any]) -> Mapping[str, Any]:
    metadata = page.get("_metadata")
    return metadata if isinstance(metadata, dict) else {}


def _items(page: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The page's array, found by the collection's name; the letter case of the two differs in places."""
    collection = str(_metadata(page).get("collection", "")).lower()
    for name, value in page.items():
        if name.lower() == collection and isinstance(value, list):
            return [item for item in value if isinstance(item, dict)]
    raise CrmError("malformed_answer", permanent=False, detail="a page without its array")
