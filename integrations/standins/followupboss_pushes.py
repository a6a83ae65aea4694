"""How the stand-in delivers its webhooks: signed, retried, and given up on as Follow Up Boss documents it.

A delivery that is not answered 2xx is tried again after 1, 5, 5, 10 and 30 minutes. A webhook that answers 406 or 410
is deleted; one where more than half failed for 48 hours, and that does not recover within a week, is disabled. Nothing
happens by itself: whoever runs the account says when (`push`, `push_due`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

RETRIES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 5, 10, 30))
WATCHED = timedelta(hours=48)
GRACE = timedelta(days=7)
_FORGETS = {406, 410}
_NOBODY_THERE = 0


class Client(Protocol):
    """The part of `httpx.AsyncClient` a push needs."""

    async def post(self, url: str, *, content: bytes, headers: Mapping[str, str]) -> Any:
        """Send one POST and return the response."""
        ...


@dataclass(frozen=True, slots=True)
class Delivery:
    """One signed webhook body as it would be sent, for replaying and forging in tests."""

    body: bytes
    headers: Mapping[str, str]


@dataclass(slots=True)
class _Watched:
    """How one webhook did lately."""

    outcomes: deque[tuple[datetime, bool]] = field(default_factory=deque)
    failing_since: datetime | None = None

    def disables(self, now: datetime, *, taken: bool) -> bool:
        self.outcomes.append((now, taken))
        while self.outcomes[0][0] < now - WATCHED:
            self.outcomes.popleft()
        failed = sum(not each for _, each in self.outcomes)
        if failed * 2 <= len(self.outcomes):
            self.failing_since = None
            return False
        self.failing_since = self.failing_since or now
        return now - self.failing_since >= GRACE


class Pushes:
    """Delivers to the webhooks of one account (`webhooks`, by id), on the clock `now`."""

    def __init__(self, webhooks: dict[int, dict[str, Any]], now: Callable[[], datetime]) -> None:
        self._webhooks = webhooks
        self._now = now
        self._again: list[tuple[datetime, int, int, Delivery]] = []
        self._watched: dict[int, _Watched] = {}

    async def push(self, event: str, delivery: Delivery, client: Client) -> list[int]:
        """Deliver to every active webhook of the event; the statuses, 0 where nobody answered."""
        there = [hook for hook in self._webhooks.values() if hook["event"] == event and hook["status"] == "Active"]
        return [await self._deliver(hook["id"], delivery, client, tried=0) for hook in there]

    async def push_due(self, client: Client) -> list[int]:
        """Deliver again what is due by now; the statuses."""
        now = self._now()
        due: Sequence[tuple[datetime, int, int, Delivery]] = [each for each in self._again if each[0] <= now]
        self._again = [each for each in self._again if each[0] > now]
        there = [each for each in due if self._webhooks.get(each[1], {}).get("status") == "Active"]
        return [await self._deliver(hook, delivery, client, tried=tried) for _, hook, tried, delivery in there]

    @property
    def waiting(self) -> int:
        """How many deliveries will be tried again."""
        return len(self._again)

    async def _deliver(self, webhook_id: int, delivery: Delivery, client: Client, *, tried: int) -> int:
        hook, now = self._webhooks[webhook_id], self._now()
        try:
            status = int((await client.post(hook["url"], content=delivery.body, headers=delivery.headers)).status_code)
        except Exception:  # noqa: BLE001 - whatever kept it from arriving, the vendor tries again
            status = _NOBODY_THERE
        taken = 200 <= status < 300
        if status in _FORGETS:
            del self._webhooks[webhook_id]
            return status
        if not taken and tried < len(RETRIES):
            self._again.append((now + RETRIES[tried], webhook_id, tried + 1, delivery))
        if self._watched.setdefault(webhook_id, _Watched()).disables(now, taken=taken):
            hook["status"] = "Disabled"
        return status
