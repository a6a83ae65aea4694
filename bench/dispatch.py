"""How fast due touches leave, with a hundred thousand enrollments waiting, beside the bare claim loop on the same rows.

Tend's side is the whole path as the tick walks it: claim, facts, gate, words, sealed message row, mark, sandbox sender,
record, next step. The floor's side claims with the same statement, marks what it claimed as `sending`, then as sent,
each through the same writer, and does nothing else: the least an engine that never sends twice can do. It is measured
with Tend's own batch size, and with batches of 500 for comparison. Rounds alternate, a second of the moved clock apart,
and the sender must have received exactly what came due. Goal: at least 0.25 of the floor.
"""

from __future__ import annotations

import argparse
import contextlib
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.clock import ManualClock
from agent.flows.sending import Sending
from agent.store import claims
from agent.store.tables import touches
from agent.tend import Tend
from agent.web.server import run
from bench import rush
from bench.figures import machine, middle, tell
from bench.installation import opened
from bench.waiting import enroll
from channels.providers.sandbox import SandboxEmailSender, SandboxSmsSender

START = datetime(2026, 3, 3, 16, 0, tzinfo=UTC)
"""Tuesday 10:00 in Austin: no quiet hours anywhere in the table."""
GOAL_RATIO = 0.25
BATCH = 500
SIDES = ("floor", "floor of 500", "tend")


async def measure(*, enrollments: int, due: int, rounds: int, seed: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Fill a database, run every round and return the report with its rows. `due` is for each side, over all rounds."""
    clock = ManualClock(START)
    each = max(1, due // rounds)
    with tempfile.TemporaryDirectory(prefix="tend-bench-") as folder:
        async with _filled(Path(folder), clock, enrollments=enrollments, each=each, rounds=rounds, seed=seed) as tend:
            results: dict[str, list[tuple[float, float]]] = {side: [] for side in SIDES}
            for _ in range(rounds):
                for side in SIDES:
                    clock.advance(timedelta(seconds=1))
                    results[side].append(await _timed(tend, side, each))
            await _checked(tend, each * rounds)
    return _report(results, each=each, enrollments=enrollments, batch=tend.settings.tend_sends_in_flight, seed=seed)


@contextlib.asynccontextmanager
async def _filled(
    folder: Path, clock: ManualClock, *, enrollments: int, each: int, rounds: int, seed: int
) -> AsyncIterator[Tend]:
    async with opened(folder, clock=clock) as tend:
        moments = [START + timedelta(seconds=number + 1) for number in range(rounds * len(SIDES))]
        due = [moment for moment in moments for _ in range(each)]
        await enroll(tend, due=due, later=max(0, enrollments - len(due)), seed=seed)
        yield tend


async def _timed(tend: Tend, side: str, expected: int) -> tuple[float, float]:
    """One round: seconds by the clock on the wall, and seconds of CPU."""
    wall, cpu = time.perf_counter(), time.process_time()
    if side == "tend":
        worked = await Sending(tend).send_due()
    else:
        worked = await _bare(tend, BATCH if side != "floor" else tend.settings.tend_sends_in_flight)
    assert worked == expected, f"{side}: {expected} touches were due, {worked} were worked"
    return time.perf_counter() - wall, time.process_time() - cpu


async def _bare(tend: Tend, batch: int) -> int:
    """Claim, mark as `sending`, mark as sent, until nothing is due."""
    now = tend.now()

    async def take(conn: AsyncConnection) -> Sequence[Row[Any]]:
        return await claims.claim(conn, touches, team_id=tend.team_id, now=now, limit=batch, by=tend.claimer)

    async def mark(conn: AsyncConnection, state: str) -> None:
        await conn.execute(
            update(touches)
            .where(touches.c.team_id == tend.team_id, touches.c.id == bindparam("b_id"))
            .values(state=state, ended_at=now),
            [{"b_id": touch_id} for touch_id in claimed],
        )

    worked = 0
    while True:
        claimed: list[UUID] = [row.id for row in await tend.writer.run(take)]
        if not claimed:
            return worked
        for state in ("sending", "sent"):
            await tend.writer.run(partial(mark, state=state))
        worked += len(claimed)


async def _checked(tend: Tend, expected: int) -> None:
    """Refuse to report unless the receivers got every touch once and the database says so too."""
    email, sms = tend.doors.email, tend.doors.sms
    assert isinstance(email, SandboxEmailSender)
    assert isinstance(sms, SandboxSmsSender)
    received, doubled = email.count + sms.count, email.doubled + sms.doubled
    assert (received, doubled) == (expected, 0), f"{expected} were due; {received} received, {doubled} of them twice"
    async with tend.reading() as conn:
        recorded = (
            await conn.execute(
                select(func.count())
                .select_from(touches)
                .where(touches.c.team_id == tend.team_id, touches.c.state == "sent", touches.c.provider_id != "")
            )
        ).scalar_one()
    assert recorded == expected, f"{expected} were received, {recorded} are recorded"


def _report(
    results: dict[str, list[tuple[float, float]]], *, each: int, enrollments: int, batch: int, seed: int
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    rows: list[dict[str, Any]] = [
        {
            "side": side,
            "batch": BATCH if side == "floor of 500" else batch,
            "touches_per_second": round(each / middle([wall for wall, _ in found])),
            "cpu_us_per_touch": round(middle([cpu for _, cpu in found]) / each * 1_000_000),
        }
        for side, found in results.items()
    ]
    rates = {row["side"]: row["touches_per_second"] for row in rows}
    for row in rows:
        row["ratio"] = round(row["touches_per_second"] / rates["floor"], 3)
    ratio = round(rates["tend"] / rates["floor"], 3)
    report = {
        "bench": "dispatch",
        "figures": rows[-1],
        "floor": rows[0],
        "floor_of_500": rows[1],
        "enrollments": enrollments,
        "due_each": each * len(results["tend"]),
        "ratio": ratio,
        "ratio_to_floor_of_500": round(rates["tend"] / rates["floor of 500"], 3),
        "goal": f"with {enrollments:,} enrollments waiting at least {GOAL_RATIO} of the bare claim loop",
        "met": ratio >= GOAL_RATIO,
        "machine": machine(),
        "seed": seed,
    }
    return report, rows


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(prog="tend bench dispatch", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--enrollments", type=int, default=100_000, help="how many wait, those due among them")
    parser.add_argument("--due", type=int, default=5_000, help="how many each side works, over all rounds")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rush", type=int, nargs="*", metavar="N", help="also a rush, beside so many enrollments")
    parser.add_argument("--rush-due", type=int, default=20_000, help="how many touches are due at one minute in a rush")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    report, rows = run(measure(enrollments=asked.enrollments, due=asked.due, rounds=asked.rounds, seed=asked.seed))
    report["rush"] = [
        run(rush.measure(due=asked.rush_due, enrollments=enrollments, seed=asked.seed))
        for enrollments in asked.rush or ()
    ]
    tell(report, [*rows, *report["rush"]], as_json=asked.json)


if __name__ == "__main__":
    main()
