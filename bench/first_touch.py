"""How long a lead waits: from the form's POST to the moment its first message is handed to the sender.

The whole of Tend runs in this process as `tend serve` runs it: uvicorn, ticks, local reader, a real key, a sandbox that
notes when each message came. Another process posts forms one after the other at a gentle rate, on a clock both share.
The floor is the answer to the same POST: what the caller itself waits until the lead is on disk. Goal: 95 of 100 within
250 ms.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agent import scheduler
from agent.clock import SystemClock
from agent.log import set_up
from agent.tend import Doors
from agent.web.app import make_app
from agent.web.server import bind, run, serving
from bench.figures import machine, milliseconds, tell
from bench.installation import SYSTEM_KEY, opened
from bench.load import email_of
from channels.email import OutgoingEmail
from channels.outcomes import Sent
from channels.providers.sandbox import SandboxEmailSender, SandboxSmsSender
from integrations.providers.local_reader import LocalReader

ROOT = Path(__file__).resolve().parents[1]
GOAL_P95_MS = 250.0
_SALT = "first"
_PATIENCE_SECONDS = 30.0


@dataclass
class Noting(SandboxEmailSender):
    """A sandbox that notes when each recipient's first message came, on the clock all processes share."""

    came_at: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__(clock=SystemClock().now)

    async def send(self, email: OutgoingEmail) -> Sent:
        """Note the time and take the message."""
        self.came_at.setdefault(email.to, time.monotonic())
        return await super().send(email)


async def measure(*, leads: int, rate: float, seed: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Post every form, wait for the last first message, and return the report with its rows."""
    sender, reader = Noting(), LocalReader()
    doors = Doors(email=sender, sms=SandboxSmsSender(clock=SystemClock().now), reader=reader, local_reader=reader)
    with tempfile.TemporaryDirectory(prefix="tend-bench-") as folder:
        async with opened(Path(folder), made_doors=doors) as tend, scheduler.running(tend):
            listener = bind("127.0.0.1", 0)
            async with serving(make_app(tend), listener):
                posted = await _posted(listener.getsockname()[1], leads=leads, rate=rate, seed=seed)
                await _until(sender, leads)
    assert set(posted["answers"]) == {"201"}, f"answered {posted['answers']}"
    touched = [sender.came_at[email_of(_SALT, index)] - begun for index, begun in enumerate(posted["begun"])]
    return _report(touched, posted["durations"], leads=leads, rate=rate, seed=seed)


async def _posted(port: int, *, leads: int, rate: float, seed: int) -> dict[str, Any]:
    asked = {
        "port": port,
        "route": "capture",
        "count": leads,
        "connections": 1,
        "rate": rate,
        "salt": _SALT,
        "seed": seed,
        "system_key": SYSTEM_KEY,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.load", cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate(json.dumps(asked).encode())
    assert process.returncode == 0, "the load failed"
    found: dict[str, Any] = json.loads(out)
    return found


async def _until(sender: Noting, leads: int) -> None:
    end = time.monotonic() + _PATIENCE_SECONDS
    while len(sender.came_at) < leads:
        assert time.monotonic() < end, f"only {len(sender.came_at)} of {leads} leads got a first message"
        await asyncio.sleep(0.02)


def _report(
    touched: list[float], answered: list[float], *, leads: int, rate: float, seed: int
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    floor: dict[str, Any] = {"what": "POST to 201", **milliseconds(answered)}
    first: dict[str, Any] = {"what": "POST to first message", **milliseconds(touched)}
    report = {
        "bench": "first-touch",
        "figures": first,
        "floor": floor,
        "leads": leads,
        "rate_per_second": rate,
        "ratio": round(first["p95_ms"] / floor["p95_ms"], 2),
        "goal": f"95 of 100 first messages handed over within {GOAL_P95_MS:g} ms, local reader",
        "met": first["p95_ms"] < GOAL_P95_MS,
        "machine": machine(),
        "seed": seed,
    }
    return report, [floor, first]


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(prog="tend bench first-touch", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--leads", type=int, default=200)
    parser.add_argument("--rate", type=float, default=20.0, help="forms a second")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    set_up("auto", level=logging.WARNING)
    report, rows = run(measure(leads=asked.leads, rate=asked.rate, seed=asked.seed))
    tell(report, rows, as_json=asked.json)


if __name__ == "__main__":
    main()
