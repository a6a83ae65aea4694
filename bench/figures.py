"""How a measurement is told: percentiles, which machine, a small table for people or one JSON object for programs.

Every figure stands beside the floor measured in the same run, since an absolute figure says more about the machine than
about Tend. Whether a goal is met is computed from the figures, never stated.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
from collections.abc import Sequence
from typing import Any


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that `percent` of all values do not exceed (nearest rank). Raises `ValueError` without values."""
    if not values:
        raise ValueError("no values, no percentile")
    ordered = sorted(values)
    rank = -(-len(ordered) * percent // 100)
    return ordered[max(0, int(rank) - 1)]


def milliseconds(values: Sequence[float]) -> dict[str, float]:
    """Median, tail and worst of durations given in seconds, in milliseconds."""
    return {
        "p50_ms": round(percentile(values, 50) * 1000, 2),
        "p95_ms": round(percentile(values, 95) * 1000, 2),
        "p99_ms": round(percentile(values, 99) * 1000, 2),
        "max_ms": round(max(values) * 1000, 2),
    }


def middle(values: Sequence[float]) -> float:
    """The median, in which one disturbed round does not show."""
    return statistics.median(values)


def machine() -> dict[str, Any]:
    """What the figures depend on besides Tend. `load` is the one-minute load average at the end of the run."""
    return {
        "cpus": os.cpu_count(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
    }


def tell(report: dict[str, Any], rows: Sequence[dict[str, Any]], *, as_json: bool) -> None:
    """Print the report: one JSON object, or its rows as a table with the verdict below."""
    if as_json:
        print(json.dumps(report))
        return
    columns = list(dict.fromkeys(key for row in rows for key in row))
    cells = [columns, *([_shown(row.get(key)) for key in columns] for row in rows)]
    widths = [max(len(line[index]) for line in cells) for index in range(len(columns))]
    for line in cells:
        print("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)))
    facts = ", ".join(f"{key} {value}" for key, value in report["machine"].items())
    print(f"goal: {report['goal']}: {'met' if report['met'] else 'NOT met'} (ratio {report['ratio']})")
    print(f"seed {report['seed']}; {facts}")


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.2f}"
    return f"{value:,}" if isinstance(value, int) else str("" if value is None else value)
