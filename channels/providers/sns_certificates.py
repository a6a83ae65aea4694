"""The certificates SNS signs with: which addresses they may come from, and how one is fetched and kept.

The address comes from the message, so it is parsed whole and matched whole: a check of its end alone lets any bucket on
the same domain in. It is fetched over TLS with a time limit, a size limit and no redirects. A key is kept by its
address, a failure for a minute only.
"""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

import httpx
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from channels.notices import CannotCheck, NotTheirs

Fetch = Callable[[str], Awaitable[bytes]]
_HOST = re.compile(r"sns\.([a-z0-9-]{1,40})\.amazonaws\.com(\.cn)?")
_PATH = re.compile(r"/SimpleNotificationService-[A-Za-z0-9]{1,128}\.pem")
_SECONDS = 5.0
_MAX_BYTES = 16 * 1024
_KEPT = 64
_FAILED_FOR_SECONDS = 60.0


class Certificates:
    """The public keys of SNS's certificates, by address."""

    def __init__(self, fetch: Fetch | None = None, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._fetch = fetch or fetched
        self._clock = clock
        self._keys: dict[str, RSAPublicKey] = {}
        self._failed: dict[str, float] = {}

    async def key(self, url: str, *, region: str) -> RSAPublicKey:
        """Give the key of the certificate at this address. Raises `NotTheirs` or `CannotCheck`."""
        refuse_strange(url, region=region)
        if url in self._keys:
            return self._keys[url]
        if self._failed.get(url, 0.0) > self._clock():
            raise CannotCheck("the signing certificate could not be fetched a moment ago")
        try:
            key = _public_key(await self._fetch(url))
        except CannotCheck:
            self._note_failure(url)
            raise
        if len(self._keys) >= _KEPT:
            self._keys.clear()
        self._keys[url] = key
        return key

    def _note_failure(self, url: str) -> None:
        if len(self._failed) >= _KEPT:
            self._failed.clear()
        self._failed[url] = self._clock() + _FAILED_FOR_SECONDS


def refuse_strange(url: str, *, region: str) -> None:
    """Raise `NotTheirs` unless this is an address SNS keeps certificates at, in this region."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise NotTheirs("the signing certificate's address is malformed") from None
    host = _HOST.fullmatch(parts.netloc)
    if (
        len(url) > 500
        or not url.isascii()
        or any(c.isspace() for c in url)
        or parts.scheme != "https"
        or port is not None
        or host is None
        or host[1] != region
        or bool(host[2]) != region.startswith("cn-")
        or not _PATH.fullmatch(parts.path)
        or "?" in url
        or "#" in url
    ):
        raise NotTheirs("the signing certificate is not at an address of this topic's SNS")


async def fetched(url: str) -> bytes:
    """Fetch a certificate: five seconds, 16 KiB, no redirects, no passwords of ours. Raises `CannotCheck`."""
    try:
        async with (
            httpx.AsyncClient(timeout=_SECONDS, follow_redirects=False, trust_env=False) as client,
            client.stream("GET", url) as answer,
        ):
            if answer.status_code != 200:
                raise CannotCheck(f"the signing certificate's server answered {answer.status_code}")
            found = b""
            async for chunk in answer.aiter_bytes():
                found += chunk
                if len(found) > _MAX_BYTES:
                    raise CannotCheck("the signing certificate is too long to be one")
            return found
    except httpx.HTTPError as error:
        raise CannotCheck(f"the signing certificate could not be fetched: {type(error).__name__}") from None


def _public_key(pem: bytes) -> RSAPublicKey:
    try:
        key = x509.load_pem_x509_certificate(pem).public_key()
    except ValueError:
        raise CannotCheck("what was fetched is no certificate") from None
    if not isinstance(key, RSAPublicKey):
        raise CannotCheck("the signing certificate holds no RSA key")
    return key
