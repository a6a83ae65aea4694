"""An account that pushes by itself: whatever changed since it was last asked, some of it twice, late, or out of order.

What changed is found by looking at the account, not by being told, so that what others wrote through the API is pushed
like what people did there.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from integrations.standins.followupboss_account import Account
from integrations.standins.followupboss_pushes import Client, Delivery

MOST_AT_ONCE = 10
"""Resources in one event, as changes made together are told together."""
_POSTS_AT_ONCE = 8
_SHOWN_AS = {
    "notes": "notesCreated",
    "texts": "textMessagesCreated",
    "calls": "callsCreated",
    "appointments": "appointmentsCreated",
}


class Restless:
    """Pushes for one account; `twice` and `late` are the shares of events that come again, or a round later."""

    def __init__(self, account: Account, *, seed: int, twice: float = 0.1, late: float = 0.1) -> None:
        self._account = account
        self._chosen = random.Random(seed)  # noqa: S311 - the same disorder for the same seed
        self._twice, self._late = twice, late
        self._people: dict[int, tuple[str, str, tuple[str, ...]]] = {}
        self._seen: Counter[str] = Counter()
        self._held: list[tuple[str, Delivery]] = []
        self.pushed: Counter[str] = Counter()
        self.again = 0

    def look(self) -> list[tuple[str, list[int]]]:
        """The events that tell of what changed since the last look."""
        told: dict[str, list[int]] = {}
        for event, record_id in self._changes():
            told.setdefault(event, []).append(record_id)
        return [(event, part) for event, ids in told.items() for part in self._parts(ids)]

    async def push(self, client: Client) -> int:
        """Push what changed and what was held back, in no order; returns how many events were delivered."""
        made = [(event, self._account.delivery(event, ids)) for event, ids in self.look()]
        later = [each for each in made if self._chosen.random() < self._late]
        now = [each for each in made if each not in later] + self._held
        again = [each for each in now if self._chosen.random() < self._twice]
        self._held, self.again = later, self.again + len(again)
        now += again
        self._chosen.shuffle(now)
        turn = asyncio.Semaphore(_POSTS_AT_ONCE)

        async def deliver(event: str, delivery: Delivery) -> None:
            async with turn:
                await self._account.deliver(event, delivery, client)

        await asyncio.gather(*(deliver(event, delivery) for event, delivery in now))
        self.pushed.update(event for event, _ in now)
        return len(now)

    def _parts(self, ids: list[int]) -> Iterator[list[int]]:
        rest = iter(ids)
        while part := list(islice(rest, self._chosen.randint(1, MOST_AT_ONCE))):
            yield part

    def _changes(self) -> Iterator[tuple[str, int]]:
        there = self._account.people
        for person_id, person in there.items():
            now = (person["updated"], person["stage"], tuple(person["tags"]))
            before = self._people.get(person_id)
            self._people[person_id] = now
            if before is None:
                yield "peopleCreated", person_id
            elif before != now:
                yield "peopleUpdated", person_id
                if before[1] != now[1]:
                    yield "peopleStageUpdated", person_id
                if before[2] != now[2]:
                    yield "peopleTagsCreated", person_id
        for gone in [each for each in self._people if each not in there]:
            del self._people[gone]
            yield "peopleDeleted", gone
        for records, event in _SHOWN_AS.items():
            logged = getattr(self._account, records)
            yield from ((event, record_id) for record_id in islice(logged, self._seen[records], None))
            self._seen[records] = len(logged)
