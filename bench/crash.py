"""Tend killed, over and over, at every commit and network point of the sending path: nothing lost, nothing sent twice.

The real process is killed by the operating system (SIGKILL), or frozen past its lease (SIGSTOP) and let go, while a
provider in another process counts what it gets: a plain one, or with `--through` the stand-in of a vendor, which is
called by its real provider. Every named point comes once with SIGKILL, then points and random moments as the seed has
it, some frozen first. The tally is written after each kill and gone on from; kills whose chapter was not settled when
the run broke off are not counted. Exit code 1 when anything was lost, doubled or left.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from agent.store.seal import new_key
from bench.crash_checks import Verdict
from bench.crash_databases import databases
from bench.crash_director import RANDOM, Chapter, chapter
from bench.crash_faults import FAULTS
from bench.crash_points import POINTS
from bench.crash_worker import CHANNEL
from bench.figures import machine

IN_FLIGHT = 8
PEOPLE = 12
PER_CHAPTER = 18
_FROZEN_FIRST = "marked"
_GOAL = "0 lost, 0 doubled, 0 uncertain once asked, and never more left by a kill than sends in flight"


@dataclass
class Tally:
    """What the settled chapters add up to."""

    kills: int = 0
    frozen: int = 0
    due: int = 0
    sent: int = 0
    doubled: int = 0
    lost: int = 0
    uncertain: int = 0
    handed: int = 0
    failed: int = 0
    waiting: int = 0
    left_by_a_kill: int = 0
    left_at_most: int = 0
    chapters: int = 0
    seconds: float = 0.0
    points: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def add(self, told: Chapter, found: Verdict, *, seconds: float) -> None:
        """Add one settled chapter."""
        for name in ("due", "sent", "doubled", "lost", "uncertain", "handed", "failed", "waiting"):
            setattr(self, name, getattr(self, name) + getattr(found, name))
        self.kills += len(told.deaths)
        self.frozen += sum(death.frozen for death in told.deaths)
        self.left_by_a_kill += sum(death.left for death in told.deaths)
        self.left_at_most = max(self.left_at_most, *(death.left for death in told.deaths))
        self.points = dict(Counter(self.points) + Counter(death.point for death in told.deaths if death.reached))
        self.chapters += 1
        self.seconds = round(self.seconds + seconds, 1)
        self.wrong = [*self.wrong, *found.wrong][:50]

    @property
    def kept(self) -> bool:
        """Whether the promise was."""
        return not (self.lost or self.doubled or self.uncertain) and self.left_at_most <= IN_FLIGHT


def next_death(asked: argparse.Namespace, tally: Tally, told: Chapter) -> tuple[str, bool] | None:
    """The point to die at next, and whether frozen first; None when it was only to be every point once.

    What was not visited yet comes first, and then what the seed says.
    """
    points = tuple(asked.at or POINTS)
    tried = Counter(death.point for death in told.deaths)
    visited = {*tally.points, *(death.point for death in told.deaths if death.reached)}
    missing = sorted((point for point in points if point not in visited), key=lambda point: tried[point])
    if missing:
        return missing[0], asked.freeze
    if asked.database == "postgres" and not asked.at and not tally.frozen + sum(death.frozen for death in told.deaths):
        return _FROZEN_FIRST, True
    if asked.each_point:
        return None
    chosen = random.Random(f"{asked.seed} {tally.kills + len(told.deaths)}")  # noqa: S311 - the same for the same seed
    point = chosen.choice(points if asked.at else (*points, *[RANDOM] * 3))
    return point, asked.freeze or (not asked.at and chosen.random() < asked.frozen_share)


def measure(asked: argparse.Namespace) -> Tally:
    """Kill until there are enough, or time is up; each chapter is settled before it counts."""
    tally = _read(asked.tally)
    begun = time.monotonic()
    done = False
    with databases(asked.database, asked.url) as fresh, tempfile.TemporaryDirectory(prefix="tend-crash-") as folder:
        while not done and tally.kills < asked.kills and time.monotonic() - begun < asked.seconds:
            since = time.monotonic()
            ground = {
                "url": fresh(),
                "folder": folder,
                "key": new_key(),
                "lease_seconds": asked.lease,
                "timeout_seconds": asked.timeout,
                "in_flight": IN_FLIGHT,
                "plant": asked.plant,
                "through": asked.through,
            }
            two_nodes = asked.database == "postgres"
            with chapter(ground, two_nodes=two_nodes, people=PEOPLE, seed=asked.seed + tally.kills) as told:
                done = _killed(asked, tally, told)
                if told.deaths:
                    tally.add(told, told.settle(patience_seconds=asked.patience), seconds=time.monotonic() - since)
            _write(asked.tally, tally, unsettled=0)
    return tally


def _killed(asked: argparse.Namespace, tally: Tally, told: Chapter) -> bool:
    """Kill until the chapter is long enough; says whether nothing is left to visit."""
    while not told.late and len(told.deaths) < min(PER_CHAPTER, asked.kills - tally.kills):
        death = next_death(asked, tally, told)
        if death is None:
            return True
        point, frozen = death
        told.die(point, frozen=frozen)
        _write(asked.tally, tally, unsettled=len(told.deaths))
    return False


def _read(path: Path | None) -> Tally:
    if path is None or not path.exists():
        return Tally()
    found = json.loads(path.read_text())
    found.pop("unsettled")
    return Tally(**found)


def _write(path: Path | None, tally: Tally, *, unsettled: int) -> None:
    if path is not None:
        new = path.with_suffix(".new")
        new.write_text(json.dumps({**asdict(tally), "unsettled": unsettled}))
        new.replace(path)


def _report(asked: argparse.Namespace, tally: Tally) -> dict[str, Any]:
    return {
        "bench": "crash",
        "database": asked.database,
        "nodes": 2 if asked.database == "postgres" else 1,
        **asdict(tally),
        "sends_in_flight": IN_FLIGHT,
        "lease_seconds": asked.lease,
        "timeout_seconds": asked.timeout,
        "plant": asked.plant,
        "through": asked.through,
        "goal": _GOAL,
        "met": tally.kept,
        "machine": machine(),
        "seed": asked.seed,
    }


def _tell(report: dict[str, Any]) -> None:
    for name in ("kills", "frozen", "due", "sent", "doubled", "lost", "uncertain", "handed", "failed", "waiting"):
        print(f"{name:>10}  {report[name]:,}")
    print(f"left as sending by a kill: {report['left_at_most']} at most, {report['sends_in_flight']} in flight")
    print("  ".join(f"{point} {times}" for point, times in report["points"].items()))
    for sentence in report["wrong"]:
        print(f"wrong: {sentence}")
    print(f"goal: {report['goal']}: {'met' if report['met'] else 'NOT met'}")
    facts = ", ".join(f"{key} {value}" for key, value in report["machine"].items())
    print(f"{report['database']}, seed {report['seed']}; {report['seconds']:g} s; {facts}")


def main() -> None:
    """Kill and tell."""
    parser = argparse.ArgumentParser(prog="tend bench crash", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--url", default="", help="an empty PostgreSQL database made for this; it is emptied")
    parser.add_argument("--kills", type=int, default=100, help="how many in all, those in the tally among them")
    parser.add_argument("--seconds", type=float, default=3600.0, help="begin no chapter after this long")
    parser.add_argument("--tally", type=Path, help="a file to add up in and to go on from")
    parser.add_argument("--at", action="append", choices=POINTS, help="only at this point; may be said again")
    parser.add_argument("--each-point", action="store_true", help="stop once every point was visited")
    parser.add_argument("--freeze", action="store_true", help="with --at: freeze there before the kill")
    parser.add_argument("--frozen-share", type=float, default=0.2, help="how many of the later ones are frozen first")
    parser.add_argument("--plant", choices=("", *FAULTS), default="", help="a fault that must be noticed")
    parser.add_argument(
        "--through",
        choices=tuple(CHANNEL),
        default="standin",
        help="a real provider, over its stand-in",
    )
    parser.add_argument("--lease", type=float, default=2.0, help="seconds")
    parser.add_argument("--timeout", type=float, default=0.3, help="seconds a call may take")
    parser.add_argument("--patience", type=float, default=60.0, help="seconds a chapter may take to settle")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    tally = measure(asked)
    report = _report(asked, tally)
    if asked.json:
        print(json.dumps(report))
    else:
        _tell(report)
    raise SystemExit(0 if tally.kept else 1)


if __name__ == "__main__":
    main()
