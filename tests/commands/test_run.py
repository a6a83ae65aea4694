"""The first start: what set-up says never stands in what a command prints for programs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_set_up_says_nothing_on_standard_output_and_stops_where_a_step_fails(tmp_path: Path) -> None:
    for name in ("run.py", "pyproject.toml", "build_assets.py", "build.lock", "requirements.lock"):
        shutil.copy(ROOT / name, tmp_path / name)
    tools = tmp_path / "bin"
    tools.mkdir()
    uv = tools / "uv"
    uv.write_text("#!/bin/sh\necho said by uv\nexit 3\n")
    uv.chmod(0o755)

    ran = subprocess.run(
        [sys.executable, str(tmp_path / "run.py"), "demo", "--once", "--json"],
        env={**os.environ, "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ran.returncode != 0
    assert ran.stdout == ""
    assert "Setting up Tend" in ran.stderr
    assert "said by uv" in ran.stderr
    assert "Set-up stopped" in ran.stderr
