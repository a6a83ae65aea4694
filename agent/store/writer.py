"""One group-commit writer per process: units of work that arrive while a transaction is in flight share the next one.

1. Callers hand over a unit (`run`) or an item for a batch handler (`run_each`) and wait.
2. The writer takes what is waiting, at most `max_batch`, and opens one transaction.
3. It runs the units in order; items of the same handler that met are handled by one call.
4. If anything raises, the transaction is rolled back and everything runs again, each in a savepoint of its own, so one
   bad unit cannot fail the others. A unit must therefore touch nothing but its connection. Two nodes that locked each
   other out (units that met lock in the order they came) are no fault of a unit: that batch simply runs again.
5. It commits. Only then are callers answered and ticks woken; a commit that raised grants nothing.
6. When too much is waiting, `WriterFull` is raised at once (a 503 outside). `close` drains what was accepted.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from agent.store.wake import Wakes, taken

R = TypeVar("R")
T = TypeVar("T")
Unit = Callable[[AsyncConnection], Awaitable[R]]
Handler = Callable[[AsyncConnection, Sequence[T]], Awaitable[Sequence[R]]]

_DEADLOCK = "40P01"
_DEADLOCKS = 5
"""How often a batch runs again because PostgreSQL chose it as the victim of a deadlock."""


class WriterFull(RuntimeError):
    """Too many writes are waiting; try again in a moment."""


class WriterClosed(RuntimeError):
    """The process is shutting down and takes no more writes."""


@dataclass(slots=True, eq=False)
class _Job:
    """One waiting unit, or one item waiting for its handler."""

    run: Callable[..., Awaitable[Any]]
    item: Any
    batched: bool
    answer: asyncio.Future[Any]


class Writer:
    """The only thing in a process that writes. `start` it inside the running loop, `close` it before the engine."""

    def __init__(self, engine: AsyncEngine, wakes: Wakes, *, max_batch: int = 500, max_waiting: int = 4000) -> None:
        self._engine = engine
        self._wakes = wakes
        self._max_batch = max_batch
        self._max_waiting = max_waiting
        self._waiting: deque[_Job] = deque()
        self._arrived = asyncio.Event()
        self._closing = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin taking work."""
        self._task = asyncio.create_task(self._work(), name="writer")

    async def close(self) -> None:
        """Finish everything accepted, then stop."""
        self._closing = True
        self._arrived.set()
        if self._task is not None:
            await self._task
            self._task = None

    async def run(self, unit: Unit[R]) -> R:
        """Run one unit of work and answer after its commit. Raises what the unit raised, or `WriterFull`."""
        result: R = await self._submit(
            _Job(unit, None, batched=False, answer=asyncio.get_running_loop().create_future())
        )
        return result

    async def run_each(self, handler: Handler[T, R], item: T) -> R:
        """Hand one item to a handler that takes all items that met in a transaction, and answer after the commit."""
        result: R = await self._submit(
            _Job(handler, item, batched=True, answer=asyncio.get_running_loop().create_future())
        )
        return result

    @property
    def waiting(self) -> int:
        """How many units wait for the next transaction."""
        return len(self._waiting)

    def _submit(self, job: _Job) -> asyncio.Future[Any]:
        if self._closing:
            message = "Tend is shutting down"
            raise WriterClosed(message)
        if len(self._waiting) >= self._max_waiting:
            message = f"{self._max_waiting} writes are waiting"
            raise WriterFull(message)
        self._waiting.append(job)
        self._arrived.set()
        return job.answer

    async def _work(self) -> None:
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            while self._waiting:
                batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), self._max_batch))]
                await self._settle([job for job in batch if not job.answer.cancelled()])
            if self._closing:
                return

    async def _settle(self, jobs: list[_Job]) -> None:
        if not jobs:
            return
        try:
            results, wakes = await self._untangled(jobs)
        except Exception as error:  # noqa: BLE001 - whatever a unit raised belongs to its caller
            if len(jobs) == 1:
                _fail(jobs, error)
                return
            try:
                results, wakes = await self._apart(jobs)
            except Exception as commit_error:  # noqa: BLE001 - the commit itself failed: nothing is granted
                _fail(jobs, commit_error)
                return
        self._wakes.set(wakes)
        for job, result in zip(jobs, results, strict=True):
            if job.answer.done():
                continue
            if isinstance(result, _Raised):
                job.answer.set_exception(result.error)
            else:
                job.answer.set_result(result)

    async def _untangled(self, jobs: list[_Job]) -> tuple[list[Any], set[str]]:
        for _ in range(_DEADLOCKS):
            try:
                return await self._together(jobs)
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", "") != _DEADLOCK:
                    raise
        return await self._together(jobs)

    async def _together(self, jobs: list[_Job]) -> tuple[list[Any], set[str]]:
        async with self._engine.connect() as conn:
            taken(conn)
            async with conn.begin():
                results: dict[int, Any] = {}
                for index, job in enumerate(jobs):
                    if index in results:
                        continue
                    if not job.batched:
                        results[index] = await job.run(conn)
                        continue
                    met = [i for i in range(index, len(jobs)) if jobs[i].batched and jobs[i].run == job.run]
                    answers = await job.run(conn, [jobs[i].item for i in met])
                    results.update(zip(met, answers, strict=True))
            return [results[i] for i in range(len(jobs))], taken(conn)

    async def _apart(self, jobs: list[_Job]) -> tuple[list[Any], set[str]]:
        results: list[Any] = []
        wakes: set[str] = set()
        async with self._engine.connect() as conn:
            taken(conn)
            async with conn.begin():
                for job in jobs:
                    try:
                        async with conn.begin_nested():
                            answer = await job.run(conn, [job.item]) if job.batched else await job.run(conn)
                    except Exception as error:  # noqa: BLE001 - handed to the caller below
                        taken(conn)
                        results.append(_Raised(error))
                    else:
                        results.append(answer[0] if job.batched else answer)
                        wakes |= taken(conn)
        return results, wakes


@dataclass(frozen=True, slots=True)
class _Raised:
    error: Exception


def _fail(jobs: list[_Job], error: Exception) -> None:
    for job in jobs:
        if not job.answer.done():
            job.answer.set_exception(error)
