"""A life for a state machine to lead: one world on a loop of its own, time in it, and who closed what so far.

Only time lets Tend work; whatever else happens leaves it waiting. After every step, and again before time passes,
every promise is looked at.
"""

from __future__ import annotations

import asyncio
import itertools
import shutil
import tempfile
from collections.abc import Callable, Collection, Coroutine
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from agent.store.tables import addresses, leads, touches
from tests.stories import promises
from tests.stories.neighbours import BY_EMAIL, BY_PHONE, Neighbour, NotedEmails, NotedTexts, Post
from tests.stories.promises import Address, Closed, Known
from tests.stories.world import World, opened

T = TypeVar("T")
Act = Callable[..., None]

THEN = {
    "": timedelta(),
    "a minute later": timedelta(minutes=1),
    "and an hour": timedelta(hours=1),
    "a night later": timedelta(hours=14),
    "a day later": timedelta(days=1),
    "days later": timedelta(days=5),
}
WHAT_IS_DUE = "then what is due next"
SPANS = st.sampled_from((*THEN, "", "a minute later", WHAT_IS_DUE, WHAT_IS_DUE))


def happens(**given: Any) -> Callable[[Act], Act]:
    """A rule about one of the cast, after which some time may pass."""

    def told(act: Act) -> Act:
        def step(self: Life, who: int, then: str, **also: Any) -> None:
            act(self, self.cast[who], **also)
            self.then(then)

        step.__name__ = act.__name__
        made: Act = rule(who=st.integers(0, 3), then=SPANS, **given)(step)  # type: ignore[no-untyped-call]
        return made

    return told


class Life(RuleBasedStateMachine):
    """One world, and what the machine itself did in it."""

    template: Path
    cast: tuple[Neighbour, ...]
    world: World
    post: Post[Any]

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.folder = Path(tempfile.mkdtemp(prefix="tend-life-"))
        self.known = Known()
        self.order = itertools.count()
        self.in_crm: dict[str, int] = {}
        self.news: list[tuple[str, str]] = []
        self.whole_person = True
        self.checked = 0

    def run(self, doing: Coroutine[Any, Any, T]) -> T:
        """Do something in this life's loop."""
        return self.runner.run(doing)

    def teardown(self) -> None:
        """End the world."""
        self.run(self.stack.aclose())
        self.runner.close()
        shutil.rmtree(self.folder)

    def open(self, at: datetime, *, nights: bool, can_be_asked: bool, whole_person: bool) -> None:
        """Open a world on a fresh copy of the database."""
        self.whole_person = whole_person
        self.post = Post(lambda: self.world.clock.now(), self.order)  # noqa: PLW0108 - the world comes next
        self.known.nights = nights
        path = self.folder / "tend.db"
        shutil.copyfile(self.template, path)
        world = opened(
            f"sqlite+aiosqlite:///{path}",
            self.folder,
            at=at,
            email=NotedEmails(self.post, can_be_asked=can_be_asked),
            sms=NotedTexts(self.post, can_be_asked=can_be_asked),
            tend_replies_at_night=nights,
            tend_stop_scope="person" if whole_person else "channel",
        )
        self.world = self.run(self.stack.enter_async_context(world))

    # ---- time

    def then(self, then: str) -> None:
        """Look, and let this much time pass."""
        if not then:
            return
        self.every_promise_holds()
        if then != WHAT_IS_DUE:
            self.live(THEN[then])
            return
        for _ in range(3):
            due = self.run(self.world.settle())
            if due is not None:
                self.live(max(due - self.world.clock.now(), timedelta()))

    def live(self, span: timedelta) -> None:
        """Let time pass, and know what came of it by itself: a stop the carrier told us of, news from the CRM."""
        if self.known.paused:  # the gate looks at what waits every quarter of an hour
            span = min(span, timedelta(hours=6))
        self.run(self.world.live(seconds=span.total_seconds()))
        for to in self.post.refused:
            asked = self.address(BY_EMAIL[to], "email") if to in BY_EMAIL else self.address(BY_PHONE[to], "sms")
            self.run(self.close({asked}, own=False, came_on="sms"))
        self.post.refused.clear()
        for email, said in self.news:
            theirs = set(self.run(self.world.lead_ids(BY_EMAIL[email].lead)))
            match said:
                case "silence":
                    self.known.silenced |= theirs
                case "speak":
                    self.known.silenced -= theirs
                case "a person texts":
                    self.known.with_human |= theirs
        self.news.clear()
        due = self.run(self.world.settle())
        assert due is None or due > self.world.clock.now(), "something is due and nobody works it"

    # ---- what must hold

    @invariant()
    def every_promise_holds(self) -> None:
        """Look at everything, and find nothing wrong."""
        found = self.run(promises.look(self.world))
        wrong = promises.broken(self.world, self.known, self.post.calls, self.checked, found)
        self.checked = len(self.post.calls)
        assert not wrong, "\n".join(wrong)

    # ---- finding people

    def address(self, who: Neighbour, channel: str) -> Address:
        """Their address on a channel, as the tables know it."""
        value = who.lead.phone if channel == "sms" else who.lead.email
        return channel, self.world.tend.sealer.hash(channel, value)

    def lead_of(self, who: Neighbour) -> UUID | None:
        """Their lead, unless they never came in or are deleted."""
        ids = self.run(self.world.lead_ids(who.lead))
        return next(iter(self.run(self.not_deleted(ids))), None)

    async def not_deleted(self, lead_ids: Collection[UUID]) -> set[UUID]:
        """Which of these leads are still there."""
        return {row.id for row in await self.world.rows(leads) if row.id in lead_ids and row.deleted_at is None}

    async def addresses(self, lead_ids: Collection[UUID]) -> set[Address]:
        """All addresses of these leads."""
        rows = await self.world.rows(addresses)
        return {(row.channel, bytes(row.value_hash)) for row in rows if row.lead_id in lead_ids}

    async def sharing(self, asked: set[Address]) -> set[UUID]:
        """The leads that have one of these addresses."""
        rows = await self.world.rows(addresses)
        return {row.lead_id for row in rows if (row.channel, bytes(row.value_hash)) in asked}

    async def close(self, asked: set[Address], *, own: bool, came_on: str = "", alone: bool = False) -> None:
        """Know that these addresses are closed, with all others of whoever has one, unless it is that one `alone`.

        Where a stop ends only the channel it `came_on`, the others stay open.
        """
        people = await self.sharing(asked)
        in_flight = frozenset(
            row.message_id.hex for row in await self.world.rows(touches, state="sending") if row.message_id is not None
        )
        others = set() if alone else await self.addresses(people)
        if came_on and not self.whole_person:
            others = {address for address in others if address[0] == came_on}
        for address in asked | others:
            before = self.known.closed.get(address)
            if before is None:
                self.known.closed[address] = Closed(next(self.order), own, in_flight, self.world.clock.now())
            elif before.own and not own:
                before.own = False
        for person in people:
            if alone or await self.addresses({person}) <= self.known.closed.keys():
                self.known.in_doubt.discard(person)
