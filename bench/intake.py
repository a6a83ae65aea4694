"""How fast leads are taken in: signed Follow Up Boss events and form posts, apart, beside a server that stores nothing.

Each round posts prepared requests over raw sockets, first to the floor, then to Tend, at few and at many connections.
Every answer must be a success, and afterwards the database must hold a row for every one Tend gave; otherwise there is
no report. The load's own ceiling is measured first, so that a figure cannot be the load's. Signatures, sealing, the
search for doubles and the limit of each sender are on; what the rules cost a lead is told beside it (`per_lead`). Goal:
with the fewest connections at least 1,500 a second, with the most at least 0.6 of the floor, and 95 of 100 answers
within 500 ms.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.figures import machine, middle, milliseconds, tell
from bench.per_lead import microseconds

ROOT = Path(__file__).resolve().parents[1]
ROUTES = ("followupboss", "capture")
SYSTEM_KEY = "bench-system-key"
GOAL_RATIO, GOAL_P95_MS, GOAL_PER_SECOND = 0.6, 500.0, 1500
_ROWS = {
    "followupboss": "SELECT count(*) FROM webhook_events",
    "capture": "SELECT count(*) FROM submissions JOIN leads ON leads.id = submissions.lead_id",
}


def measure(
    *, connections: list[int], requests: int, rounds: int, seed: int
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Run every round and return the report with its rows."""
    with tempfile.TemporaryDirectory(prefix="tend-bench-") as folder:
        here = Path(folder)
        with _serving("bench.ceiling") as port:
            ceiling = post(port, "capture", count=requests, connections=connections[-1], salt="ceiling", seed=seed)
        results: dict[tuple[str, int, str], list[dict[str, Any]]] = {}
        given: Counter[str] = Counter()
        floor_at, tend_at = str(here / "floor"), str(here / "tend")
        with _serving("bench.server", "floor", floor_at) as floor, _serving("bench.server", "tend", tend_at) as tend:
            ports = {"floor": floor, "tend": tend}
            for route in ROUTES:
                for server, port in ports.items():
                    post(port, route, count=max(50, requests // 10), connections=32, salt=f"warm{route}", seed=seed)
                    given[route] += max(50, requests // 10) if server == "tend" else 0
                for number in range(rounds):
                    for many in connections:
                        for server, port in ports.items():
                            salt = f"{route[:1]}{number}x{many}"
                            found = post(port, route, count=requests, connections=many, salt=salt, seed=seed)
                            results.setdefault((route, many, server), []).append(found)
                            given[route] += requests if server == "tend" else 0
        stored = _stored(here / "tend" / "tend.db")
    for route in ROUTES:
        assert stored[route] >= given[route], f"{route}: {given[route]} answers, but only {stored[route]} rows stored"
    return _report(results, ceiling, given=given, stored=stored, between=(connections[0], connections[-1]), seed=seed)


def post(port: int, route: str, *, count: int, connections: int, salt: str, seed: int) -> dict[str, Any]:
    """Run one round in a load process of its own. Raises `AssertionError` when an answer was not a success."""
    asked = {
        "port": port,
        "route": route,
        "count": count,
        "connections": connections,
        "salt": salt,
        "seed": seed,
        "system_key": SYSTEM_KEY,
    }
    done = subprocess.run(
        [sys.executable, "-m", "bench.load"],
        cwd=ROOT,
        input=json.dumps(asked),
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert set(found["answers"]) <= {"200", "201"}, f"{route}: answered {found['answers']}"
    return found


@contextlib.contextmanager
def _serving(*program: str) -> Iterator[int]:
    """Start one server in its own process and give its port; it ends with the block."""
    with subprocess.Popen(  # noqa: S603 - our own program beside this one
        [sys.executable, "-m", *program],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            assert line, f"{' '.join(program)} did not start"
            yield int(line)
        finally:
            process.stdin.close()
            process.wait(timeout=30)


def _stored(database: Path) -> dict[str, int]:
    with contextlib.closing(sqlite3.connect(database)) as conn:
        return {route: conn.execute(question).fetchone()[0] for route, question in _ROWS.items()}


def _report(
    results: dict[tuple[str, int, str], list[dict[str, Any]]],
    ceiling: dict[str, Any],
    *,
    given: Counter[str],
    stored: dict[str, int],
    between: tuple[int, int],
    seed: int,
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    rows: list[dict[str, Any]] = []
    for (route, many, server), found in results.items():
        rate = middle([len(each["durations"]) / each["seconds"] for each in found])
        pooled = [duration for each in found for duration in each["durations"]]
        rows.append(
            {"route": route, "connections": many, "server": server, "per_second": round(rate), **milliseconds(pooled)}
        )
    by_server = {(row["route"], row["connections"], row["server"]): row for row in rows}
    for row in rows:
        floor = by_server[row["route"], row["connections"], "floor"]
        row["ratio"] = round(row["per_second"] / floor["per_second"], 3)
    few, most = between
    per_lead = microseconds(count=500, rounds=3, seed=seed)
    at_most = [row for row in rows if row["connections"] == most and row["server"] == "tend"]
    slowest = min(row["per_second"] for row in rows if row["connections"] == few and row["server"] == "tend")
    report = {
        "bench": "intake",
        "figures": [row for row in rows if row["server"] == "tend"],
        "floor": [row for row in rows if row["server"] == "floor"],
        "load_ceiling_per_second": round(len(ceiling["durations"]) / ceiling["seconds"]),
        "ratio": min(row["ratio"] for row in at_most),
        "worst_p95_ms": max(row["p95_ms"] for row in at_most),
        "answers": dict(given),
        "stored": stored,
        "slowest_at_few": slowest,
        "per_lead_us": {step: round(spent, 1) for step, spent in per_lead.items()},
        "goal": f"{GOAL_PER_SECOND:,} a second at {few} connections; at {most} at least {GOAL_RATIO} of the floor, "
        f"p95 under {GOAL_P95_MS:g} ms",
        "met": slowest >= GOAL_PER_SECOND
        and all(row["ratio"] >= GOAL_RATIO and row["p95_ms"] < GOAL_P95_MS for row in at_most),
        "machine": machine(),
        "seed": seed,
    }
    return report, rows


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(prog="tend bench intake", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--connections", type=int, nargs="+", default=[32, 1000], help="how many at once, fewest first")
    parser.add_argument("--requests", type=int, default=6000, help="requests in each round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    report, rows = measure(
        connections=sorted(asked.connections), requests=asked.requests, rounds=asked.rounds, seed=asked.seed
    )
    tell(report, rows, as_json=asked.json)
    if not asked.json:
        print(f"the load alone: {report['load_ceiling_per_second']:,} requests/s; stored {report['stored']}")
        print(f"validate, score and route: {report['per_lead_us']['validate_score_and_route']} µs a lead")


if __name__ == "__main__":
    main()
