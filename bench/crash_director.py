"""One chapter: a fresh database and provider, nodes that are killed or frozen one after the other, then the reckoning.

1. A worker starts, enrolls a few people whose touch is due, and stops at the point it was told to.
2. It is killed there with SIGKILL; or frozen with SIGSTOP until its lease is over, let go, and killed a moment later.
   Where a node must look at its lease once more before it calls, the clock is turned past every grace meanwhile.
3. What it left as `sending` is counted: never more than its sends in flight.
4. After the last kill healthy nodes work until nothing is under way, the clock turned from one due moment to the next.
On PostgreSQL a second node works all the while. Due times are on the turned clock, leases on the database's own.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import multiprocessing
import os
import random
import signal
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerProcess
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from agent.store.database import Database
from bench.crash_checks import Standing, Verdict, doubled, left_sending, standing, verdict
from bench.crash_mail import provide_ses, provide_smtp
from bench.crash_points import BEFORE_THE_LEASE_IS_CHECKED, RECLAIM, RECONCILE, TAKEN
from bench.crash_standin import provide
from bench.crash_twilio import provide_twilio
from bench.crash_worker import Ground, Part, Turned, work

R = TypeVar("R")

START = datetime(2026, 3, 3, 16, 0, tzinfo=UTC)
"""Tuesday 10:00 in Austin; a chapter is over long before the quiet hours."""
RANDOM = "random"
_LONGEST = timedelta(hours=5)
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["bench.crash_worker", "bench.crash_standin", "bench.crash_twilio"])
_PROMPT_SECONDS, _LEISURELY_SECONDS = 0.05, 0.3
_REACHED_WITHIN_SECONDS = 5.0
_AWAKE_LEASES = 1.5
"""How many leases it then has, on a machine that may be busy, to do what it must not."""
_ENOUGH_LEASES = 10
"""How many leases a frozen node sleeps at most while another does its work; it wakes as soon as nothing is left."""


@dataclass(slots=True)
class Node:
    """A process and the wire to it; a worker's name is the one its leases carry."""

    process: ForkServerProcess
    talk: Connection
    name: str = ""

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        assert self.process.pid is not None
        os.kill(self.process.pid, number)

    def hear(self, word: str) -> Any:
        """Wait for this word, passing over others, and return what came with it. Raises `EOFError` when it died."""
        while True:
            said, *rest = self.talk.recv()
            if said == word:
                return rest

    def end(self) -> None:
        """Kill it, frozen or not."""
        self.process.kill()
        self.process.join()
        self.talk.close()


PROVIDERS = {"standin": provide, "twilio": provide_twilio, "smtp": provide_smtp, "ses": provide_ses}


@dataclass(frozen=True, slots=True)
class Death:
    """One kill: whether its point was reached in time, and what the node left as `sending`."""

    point: str
    frozen: bool
    reached: bool
    left: int


@contextlib.contextmanager
def chapter(settings: dict[str, Any], *, two_nodes: bool, people: int, seed: int) -> Iterator[Chapter]:
    """A provider and nobody at work yet; `settings` are those of `Ground` without the provider's port."""
    ahead = _CONTEXT.Value(ctypes.c_double, (START - datetime.now(UTC)).total_seconds(), lock=False)
    provider = _spawn(PROVIDERS[settings["through"]], seed, ahead=ahead)
    (port,) = provider.hear("port")
    begun = Chapter(Ground(port=port, **settings), provider, ahead=ahead, two_nodes=two_nodes, people=people, seed=seed)
    try:
        yield begun
    finally:
        begun.close()


class Chapter:
    """Nodes killed one after the other on one database. Every method blocks."""

    def __init__(self, ground: Ground, provider: Node, *, ahead: Any, two_nodes: bool, people: int, seed: int) -> None:
        self.deaths: list[Death] = []
        self._ground = ground
        self._provider = provider
        self._two_nodes = two_nodes
        self._people = people
        self._chosen = random.Random(seed)  # noqa: S311 - moments, the same for the same seed
        self._ahead = ahead
        self._nodes: list[Node] = []
        self._other: Node | None = None
        self._enrolled = 0
        self._team_id: UUID | None = None
        self._database = Database(ground.url)
        self._reading = contextlib.AsyncExitStack()
        self._runner = asyncio.Runner()
        self._runner.run(self._reading.enter_async_context(self._database.opened_to_read()))

    def die(self, point: str, *, frozen: bool) -> None:
        """Kill one node at this point, or freeze it there first."""
        if point in RECLAIM or point in RECONCILE:
            self._leave_work_for(point)
            victim = self._start(armed=point, count=0, prod_seconds=_PROMPT_SECONDS)
        else:
            self._keep_company()
            victim = self._start(armed=point, count=self._people, prod_seconds=_PROMPT_SECONDS)
        reached = self._reached(point, victim)
        if frozen and reached:
            self._freeze(point, victim)
        self._bury(victim, point, frozen=frozen and reached, reached=reached)

    @property
    def late(self) -> bool:
        """Whether the turned clock has come so far that the chapter should be settled."""
        return self._now() > START + _LONGEST

    def settle(self, *, patience_seconds: float) -> Verdict:
        """Let a healthy node finish everything, and compare.

        What is not finished in time counts as it stands; once somebody got a message twice nothing is waited for.
        """
        self._end_company()
        last = self._start(armed=None, count=0, prod_seconds=_PROMPT_SECONDS)
        self._work_until_nothing_is_left(patience_seconds)
        last.end()
        self._nodes.remove(last)
        received = self._received()
        return self._asked(lambda conn: verdict(conn, self._team, enrolled=self._enrolled, received=received))

    def close(self) -> None:
        """Kill whatever still runs."""
        for node in (*self._nodes, self._provider):
            node.end()
        self._runner.run(self._reading.aclose())
        self._runner.close()

    def _leave_work_for(self, point: str) -> None:
        """See to it that a lease has lapsed, or is about to, and that nobody else looks after it."""
        wanted = ("claimed", "sending") if point in RECLAIM else ("sending", "uncertain")
        if self._team_id is None or not any(self._standing().states[state] for state in wanted):
            self.die("marked", frozen=False)
        self._end_company()

    def _start(self, *, armed: str | None, count: int, prod_seconds: float) -> Node:
        node = _spawn(work, self._ground, Part(armed, self._enrolled, count, prod_seconds), ahead=self._ahead)
        self._nodes.append(node)
        self._enrolled += count
        node.name, self._team_id = node.hear("started")
        if armed == TAKEN:
            self._provider.talk.send(("hold", str(node.process.pid)))
            self._provider.hear("holding")
        node.talk.send("go")
        return node

    def _keep_company(self) -> None:
        """Where several nodes may work, one that nobody kills on purpose works beside the victim."""
        if self._two_nodes and self._other is None:
            self._other = self._start(armed=None, count=0, prod_seconds=_LEISURELY_SECONDS)

    def _end_company(self) -> None:
        if self._other is not None:
            self._bury(self._other, RANDOM, frozen=False, reached=True)
            self._other = None

    def _reached(self, point: str, victim: Node) -> bool:
        if point == RANDOM:
            time.sleep(self._chosen.uniform(0, 0.4))
            return True
        talk = self._provider.talk if point == TAKEN else victim.talk
        end = time.monotonic() + _REACHED_WITHIN_SECONDS
        while time.monotonic() < end:
            if wait([talk], 0.1):
                return bool(talk.recv()[0] == "reached")
            if point in RECONCILE:
                self._turn()
        return False

    def _freeze(self, point: str, victim: Node) -> None:
        """Stop it until its lease is over; what it would have heard meanwhile it hears when it wakes."""
        victim.signal(signal.SIGSTOP)
        self._keep_company()
        if point == TAKEN:
            self._provider.talk.send(("release", ""))
        elif point != RANDOM:
            victim.talk.send("go")
        time.sleep(self._ground.lease_seconds + 0.2)
        if self._two_nodes and point in BEFORE_THE_LEASE_IS_CHECKED:
            self._work_until_nothing_is_left(_ENOUGH_LEASES * self._ground.lease_seconds)
        victim.signal(signal.SIGCONT)
        awake_until = time.monotonic() + self._ground.timeout_seconds + _AWAKE_LEASES * self._ground.lease_seconds
        while time.monotonic() < awake_until and not doubled(self._received()):
            time.sleep(0.1)

    def _bury(self, node: Node, point: str, *, frozen: bool, reached: bool) -> None:
        node.end()
        self._nodes.remove(node)
        self._provider.talk.send(("release", ""))
        left = self._asked(lambda conn: left_sending(conn, self._team, node.name))
        self.deaths.append(Death(point, frozen, reached, left))

    def _work_until_nothing_is_left(self, patience_seconds: float) -> None:
        end = time.monotonic() + patience_seconds
        while self._standing().states and not doubled(self._received()) and time.monotonic() < end:
            time.sleep(0.1)
            self._turn()

    def _turn(self) -> None:
        """Turn the clock to the next due moment, unless a node has something in hand or something is due already."""
        found = self._standing()
        if not found.in_hand and found.next_due is not None:
            self._ahead.value += max(0.0, (found.next_due - self._now()).total_seconds())

    def _received(self) -> list[tuple[str, str]]:
        self._provider.talk.send(("received", ""))
        found: list[tuple[str, str]]
        (found,) = self._provider.hear("received")
        return found

    def _now(self) -> datetime:
        return Turned(self._ahead).now()

    def _standing(self) -> Standing:
        return self._asked(lambda conn: standing(conn, self._team, self._now()))

    @property
    def _team(self) -> UUID:
        assert self._team_id is not None
        return self._team_id

    def _asked(self, question: Callable[[AsyncConnection], Awaitable[R]]) -> R:
        async def ask() -> R:
            async with self._database.reading(self._team) as conn:
                return await question(conn)

        return self._runner.run(ask())


def _spawn(program: Callable[..., None], *arguments: Any, **named: Any) -> Node:
    here, there = _CONTEXT.Pipe()
    process = _CONTEXT.Process(target=program, args=(there, *arguments), kwargs=named, daemon=True)
    process.start()
    there.close()
    return Node(process, here)
