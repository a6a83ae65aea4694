"""Signed tokens that name one of our rows in a link or an address, and can be swapped for nothing else.

The purpose (`reply`, `unsubscribe`, `consent`, `take`) is mixed into the signature: a token made for one door opens no
other. A token says who, not when: it does not expire, because an unsubscribe link in an old email has to work. Whoever
holds one can use it, so what a door does on a token alone must be harmless or wanted.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Iterable
from functools import lru_cache
from uuid import UUID

_MAC_BYTES = 16
_LENGTH = 52  # base32 of 16 id bytes and 16 signature bytes, unpadded
_MIN_SECRET_BYTES = 16
_REPLY_LOCAL_PART = re.compile(r"r\+([a-z2-7]{52})@", re.IGNORECASE)


@lru_cache(maxsize=16_384)
def make(secret: bytes, *, purpose: str, value: UUID) -> str:
    """Sign `value` for one purpose: 52 characters `a-z2-7`, good in a URL path and in an email local part.

    The first half is the id itself (tokens sign, they do not hide), the second HMAC-SHA256 cut to 16 bytes. Every mail
    to a lead carries the same ones, so those of late are kept.
    Raises `ValueError` for a secret under 16 bytes.
    """
    mac = _mac(secret, purpose=purpose, value=value)
    return base64.b32encode(value.bytes + mac).decode("ascii").rstrip("=").lower()


def read(secret: bytes, *, purpose: str, token: str) -> UUID | None:
    """Give the id back if this token was made with this secret for this purpose, and otherwise `None`.

    Letter case does not matter, since mail servers may change it. The comparison takes the same time for every wrong
    signature. Raises `ValueError` for a secret under 16 bytes.
    """
    if len(token) != _LENGTH or not token.isascii():
        return None
    try:
        value = UUID(bytes=base64.b32decode(token.upper() + "====")[:16])
    except binascii.Error:
        return None
    expected = make(secret, purpose=purpose, value=value)
    return value if hmac.compare_digest(expected, token.lower()) else None


def reply_address(*, token: str, domain: str) -> str:
    """Build the Reply-To address that carries a token: `r+<token>@domain`, a local part of 54 characters of 64."""
    return f"r+{token}@{domain}"


def in_recipients(recipients: Iterable[str]) -> tuple[str, ...]:
    """Find what look like reply tokens among the addresses a mail was sent to, unverified, in order."""
    return tuple(found[1].lower() for address in recipients if (found := _REPLY_LOCAL_PART.match(address)))


def _mac(secret: bytes, *, purpose: str, value: UUID) -> bytes:
    if len(secret) < _MIN_SECRET_BYTES:
        raise ValueError(f"a token secret has at least {_MIN_SECRET_BYTES} bytes, this one has {len(secret)}")
    # The id is 16 bytes and last, so no other purpose and id spell the same message.
    return hmac.digest(secret, b"tend.token.v1\0" + purpose.encode() + b"\0" + value.bytes, "sha256")[:_MAC_BYTES]
