"""The measurements run, check what they measured and compute what they say; how fast anything is, is not asked."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.figures import milliseconds, percentile

ROOT = Path(__file__).resolve().parents[2]


def test_intake_measures_both_doors_beside_a_floor_and_finds_every_answer_stored() -> None:
    report = _measured("intake", "--connections", "4", "16", "--requests", "60", "--rounds", "1")

    assert {(row["route"], row["connections"]) for row in report["figures"]} == {
        ("followupboss", 4),
        ("followupboss", 16),
        ("capture", 4),
        ("capture", 16),
    }
    assert report["answers"] == {"followupboss": 170, "capture": 170}
    assert report["stored"] == report["answers"]
    floors = {(row["route"], row["connections"]): row["per_second"] for row in report["floor"]}
    for row in report["figures"]:
        assert row["ratio"] == pytest.approx(row["per_second"] / floors[row["route"], row["connections"]], abs=0.001)
    assert report["ratio"] == min(row["ratio"] for row in report["figures"] if row["connections"] == 16)
    assert report["load_ceiling_per_second"] > 0
    assert report["per_lead_us"]["validate_score_and_route"] > 0
    assert report["slowest_at_few"] == min(row["per_second"] for row in report["figures"] if row["connections"] == 4)
    goals = (report["ratio"] >= 0.6, report["worst_p95_ms"] < 500, report["slowest_at_few"] >= 1500)
    assert report["met"] is all(goals)


def test_dispatch_sends_what_is_due_and_compares_it_with_the_bare_claim_loop() -> None:
    report = _measured("dispatch", "--enrollments", "120", "--due", "20", "--rounds", "2", "--seed", "7")

    assert (report["enrollments"], report["due_each"], report["seed"]) == (120, 20, 7)
    assert report["machine"]["cpus"] >= 1
    rates = report["figures"]["touches_per_second"], report["floor"]["touches_per_second"]
    assert report["ratio"] == pytest.approx(rates[0] / rates[1], abs=0.001)
    assert report["met"] is (report["ratio"] >= 0.25)


def test_a_rush_says_how_late_each_touch_left() -> None:
    report = _measured(
        "dispatch", "--enrollments", "60", "--due", "10", "--rounds", "1", "--rush", "40", "80", "--rush-due", "30"
    )

    assert [rush["enrollments"] for rush in report["rush"]] == [40, 80]
    for rush in report["rush"]:
        assert rush["due_at_once"] == 30
        assert 0 < rush["late_p50_s"] <= rush["late_p99_s"]


def test_first_touch_times_every_lead_from_its_post_to_its_message() -> None:
    report = _measured("first-touch", "--leads", "5", "--rate", "10")

    assert report["leads"] == 5
    assert report["ratio"] == pytest.approx(report["figures"]["p95_ms"] / report["floor"]["p95_ms"], abs=0.01)
    assert report["met"] is (report["figures"]["p95_ms"] < 250)


def test_per_lead_times_checking_scoring_and_routing_beside_decoding_alone() -> None:
    report = _measured("per-lead", "--leads", "50", "--rounds", "1")

    found = report["figures"]
    parts = sum(found[f"{step}_us"] for step in ("validate", "score", "route"))
    together = found["validate_score_and_route_us"]
    assert found["route_us"] > 0
    assert together == pytest.approx(parts, abs=0.3)
    assert report["ratio"] == pytest.approx(together / report["floor"]["decode_us"], rel=0.1)
    assert report["met"] is (together < 1000)


def test_fub_lives_through_hours_of_troubles_and_counts_what_stands_in_the_crm() -> None:
    report = _measured("fub", "--people", "8", "--seed", "3")

    found = report["figures"]
    assert (found["people"], found["imported"], found["texts"]) == (8, 8, 8)
    assert report["met"] is (found["lost"] + found["duplicate_notes"] + found["loops"] == 0)
    assert found["virtual_hours"] > 1


def test_bench_says_so_where_there_is_no_checkout(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "agent", tmp_path / "agent", ignore=shutil.ignore_patterns("__pycache__", "static"))

    done = _run("intake", folder=tmp_path)

    assert done.returncode == 1
    assert "not part of an installed Tend" in done.stderr


@pytest.mark.parametrize("percent, expected", [(50, 2.0), (75, 3.0), (95, 4.0), (100, 4.0)])
def test_a_percentile_is_one_of_the_values(percent: float, expected: float) -> None:
    assert percentile([3.0, 1.0, 4.0, 2.0], percent) == expected


def test_durations_are_told_in_milliseconds() -> None:
    assert milliseconds([0.001, 0.002]) == {"p50_ms": 1.0, "p95_ms": 2.0, "p99_ms": 2.0, "max_ms": 2.0}


def _measured(*arguments: str) -> dict[str, Any]:
    done = _run(*arguments, "--json", folder=ROOT)
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    assert report["bench"] == arguments[0]
    return report


def _run(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "agent", "bench", *arguments],
        cwd=folder,
        text=True,
        capture_output=True,
        timeout=120,
        check=False,
    )
