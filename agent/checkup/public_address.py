"""Looks whether Tend answers at the address vendors are given."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Iterator

import httpx

from agent.settings import Settings
from channels.checks import Checked, Look

_NAME = "public address answers"


def looks(settings: Settings) -> Iterator[tuple[str, Look]]:
    """What there is to look at."""
    yield _NAME, _answers(settings.public_url, limit=settings.tend_send_timeout_seconds)


async def _answers(public_url: str, *, limit: float) -> Look:
    url = f"{public_url}/healthz"
    proxy = "see that `tend serve` runs, and that the proxy passes the host and everything below / to it"
    try:
        async with asyncio.timeout(limit), httpx.AsyncClient(timeout=limit, trust_env=False) as client:
            answer = await client.get(url)
    except (TimeoutError, httpx.TimeoutException):
        yield Checked(_NAME, "broken", f"no answer from {url} within {limit:g} s", proxy)
    except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError) as error:
        if "CERTIFICATE" in str(error).upper():
            step = "give the proxy a certificate of that name that everybody trusts"
            yield Checked(_NAME, "broken", f"the certificate of {public_url} does not fit", step)
        elif _only_here(public_url):
            yield Checked(_NAME, "off", f"nobody answers at {public_url}", "start Tend: tend serve")
        else:
            step = f"{proxy}; a router may also refuse this address from within"
            yield Checked(_NAME, "broken", f"{url} cannot be reached from here ({type(error).__name__})", step)
    else:
        if answer.is_success and _is_tend(answer.content):
            yield Checked(_NAME, "ok", f"Tend answers at {public_url}")
        else:
            yield Checked(_NAME, "broken", f"{url} answers {answer.status_code}, and not as Tend does", proxy)


def _only_here(url: str) -> bool:
    return "127.0.0.1" in url or "localhost" in url


def _is_tend(content: bytes) -> bool:
    try:
        told = json.loads(content)
    except (ValueError, RecursionError):
        return False
    return isinstance(told, dict) and told.get("status") == "ok"
