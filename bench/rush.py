"""A morning rush: many touches due at one minute, a sender that takes 20 ms, 256 calls in flight.

Says how many leave in a second and how late each is: the moment the sender took it minus the moment it was due (the
start of the round). With several numbers of waiting enrollments it shows whether the rate depends on them.
"""

from __future__ import annotations

import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from agent.clock import ManualClock
from agent.flows.sending import Sending
from agent.tend import Doors
from bench.figures import percentile
from bench.installation import opened
from bench.waiting import enroll
from channels.providers.sandbox import SandboxEmailSender, SandboxSmsSender
from integrations.providers.local_reader import LocalReader

START = datetime(2026, 3, 3, 16, 0, tzinfo=UTC)
"""Tuesday 10:00 in Austin."""
IN_FLIGHT = 256
SEND_SECONDS = 0.02


async def measure(*, due: int, enrollments: int, seed: int) -> dict[str, Any]:
    """Fill a database, let `due` touches fall due at once and send them all."""
    clock = ManualClock(START)

    def wall() -> datetime:
        return datetime.now(UTC)

    email = SandboxEmailSender(clock=wall, delay_seconds=SEND_SECONDS, kept=due)
    sms = SandboxSmsSender(clock=wall, delay_seconds=SEND_SECONDS, kept=due)
    doors = Doors(email=email, sms=sms, reader=LocalReader(), local_reader=LocalReader())
    with tempfile.TemporaryDirectory(prefix="tend-bench-") as folder:
        async with opened(Path(folder), clock=clock, made_doors=doors, tend_sends_in_flight=IN_FLIGHT) as tend:
            moment = START + timedelta(minutes=1)
            await enroll(tend, due=[moment] * due, later=max(0, enrollments - due), seed=seed)
            clock.advance_to(moment)
            begun, started = wall(), time.perf_counter()
            worked = await Sending(tend).send_due()
            took = time.perf_counter() - started
    taken = email.count + sms.count
    assert (worked, taken, email.doubled + sms.doubled) == (due, due, 0), f"{due} due, {worked} worked, {taken} taken"
    late = sorted((one.received_at - begun).total_seconds() for one in (*email.received(), *sms.received()))
    return {
        "enrollments": enrollments,
        "due_at_once": due,
        "in_flight": IN_FLIGHT,
        "send_ms": SEND_SECONDS * 1000,
        "touches_per_second": round(due / took),
        "late_p50_s": round(percentile(late, 50), 2),
        "late_p99_s": round(percentile(late, 99), 2),
    }
