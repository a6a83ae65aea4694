"""Killed at every named point of the sending path, Tend loses nothing and sends nothing twice; planted faults show."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.crash_points import POINTS

ROOT = Path(__file__).resolve().parents[2]
EACH_POINT = ("--each-point", "--kills", "40")


def test_on_sqlite_nothing_is_lost_or_doubled_at_any_point_and_a_run_goes_on_from_its_tally(tmp_path: Path) -> None:
    tally = tmp_path / "tally.json"
    first = _killed(*EACH_POINT, "--tally", str(tally))
    _is_kept(first)
    assert json.loads(tally.read_text())["kills"] == first["kills"]

    again = _killed("--kills", str(first["kills"] + 1), "--at", "claimed", "--tally", str(tally))
    _is_kept(again)
    assert again["kills"] == first["kills"] + 1
    assert again["points"]["claimed"] == first["points"]["claimed"] + 1


def test_on_two_nodes_nothing_is_lost_or_doubled_at_any_point(postgres_url: str) -> None:
    report = _killed(*EACH_POINT, "--database", "postgres", "--url", postgres_url)

    _is_kept(report)
    assert report["frozen"] == 1


def test_over_the_real_twilio_sender_nothing_is_lost_or_doubled() -> None:
    points = ("calling", "taken", "answered", "asked")
    at = [part for point in points for part in ("--at", point)]
    report = _killed("--through", "twilio", "--each-point", "--kills", "8", *at)

    assert (report["lost"], report["doubled"], report["uncertain"], report["wrong"]) == (0, 0, 0, [])
    assert set(report["points"]) >= set(points)
    assert report["sent"] > 0


@pytest.mark.parametrize("through", ["smtp", "ses"])
def test_over_the_real_senders_of_email_on_two_nodes_nothing_is_lost_or_doubled(
    postgres_url: str, through: str
) -> None:
    points = ("calling", "taken", "answered")
    at = [part for point in points for part in ("--at", point)]
    on_two_nodes = ("--database", "postgres", "--url", postgres_url)
    report = _killed("--through", through, "--each-point", "--kills", "6", *on_two_nodes, *at)

    assert (report["lost"], report["doubled"], report["uncertain"], report["wrong"]) == (0, 0, 0, [])
    assert set(report["points"]) >= set(points)
    assert report["sent"] > 0


@pytest.mark.parametrize("fault", ["no-mark", "mark-after"])
def test_a_call_without_its_mark_is_noticed(fault: str) -> None:
    report = _killed("--kills", "1", "--at", "taken", "--plant", fault, expect=1)

    assert report["points"] == {"taken": 1}
    assert report["doubled"] > 0


def test_a_lease_that_is_not_looked_at_is_noticed(postgres_url: str) -> None:
    frozen = ("--database", "postgres", "--url", postgres_url, "--at", "marked", "--freeze")
    report = _killed("--kills", "1", *frozen, "--plant", "lease-unchecked", expect=1)

    assert report["doubled"] > 0


def _is_kept(report: dict[str, Any]) -> None:
    assert (report["lost"], report["doubled"], report["uncertain"], report["wrong"]) == (0, 0, 0, [])
    assert report["left_at_most"] <= report["sends_in_flight"]
    assert report["sent"] > 0
    assert set(report["points"]) >= set(POINTS)


def _killed(*options: str, expect: int = 0) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "agent", "bench", "crash", *options, "--json"],
        cwd=ROOT,
        text=True,
        capture_output=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == expect, done.stderr + done.stdout
    report: dict[str, Any] = json.loads(done.stdout)
    return report
