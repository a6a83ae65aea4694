"""How many forms one sender may post: a bucket of tokens for each address, filled again as time passes.

The limit is generous: it is for a script that runs wild, not for a busy day. Each node counts for itself and forgets
who has been quiet longest when it knows too many. A sender is an IPv4 address or an IPv6 network of 64 bits, since one
household or machine has all of that; behind a proxy it is what the proxy says, where uvicorn trusts it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from ipaddress import IPv6Network

MOST_KNOWN = 20_000
"""Senders a node remembers."""


class RateLimit:
    """So many in any minute, and as many at once, for each sender; 0 for no limit."""

    def __init__(self, per_minute: int, *, now: Callable[[], datetime]) -> None:
        self._most = float(per_minute)
        self._now = now
        self._left: OrderedDict[str, tuple[float, datetime]] = OrderedDict()

    def wait(self, sender: str) -> float:
        """Count one post of a sender; seconds until they may post again where they posted too much, else 0."""
        if not self._most:
            return 0.0
        now, sender = self._now(), _network(sender) if ":" in sender else sender
        left, at = self._left.pop(sender, (self._most, now))
        left = min(self._most, left + max((now - at).total_seconds(), 0.0) * self._most / 60)
        allowed = left >= 1
        self._left[sender] = (left - 1 if allowed else left, now)
        if len(self._left) > MOST_KNOWN:
            self._left.popitem(last=False)
        return 0.0 if allowed else (1 - left) * 60 / self._most

    def __len__(self) -> int:
        return len(self._left)


def _network(address: str) -> str:
    """The network of an IPv6 address; what is no address stands for itself."""
    try:
        return str(IPv6Network((address, 64), strict=False))
    except ValueError:
        return address
