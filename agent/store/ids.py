"""Our own ids: UUIDv7 (RFC 9562), made before the insert, and the way they are shown (`lead_0190…`).

Time-ordered ids keep new rows together in the primary-key index on both databases.
"""

from __future__ import annotations

import os
import time
from uuid import UUID


def new_id() -> UUID:
    """Make a UUIDv7: 48 bits of Unix milliseconds, then random bits."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    high = (milliseconds & 0xFFFF_FFFF_FFFF) << 80
    middle = 0x7 << 76 | (random >> 68 & 0xFFF) << 64
    low = 0b10 << 62 | (random & 0x3FFF_FFFF_FFFF_FFFF)
    return UUID(int=high | middle | low)


def shown(kind: str, value: UUID) -> str:
    """Write an id as people and APIs see it: `lead_` and 32 hex digits."""
    return f"{kind}_{value.hex}"


def parsed(kind: str, text: str) -> UUID | None:
    """Read an id as shown; None when it is not one of that kind."""
    prefix, _, digits = text.partition("_")
    if prefix != kind or len(digits) != 32:
        return None
    try:
        return UUID(hex=digits)
    except ValueError:
        return None
