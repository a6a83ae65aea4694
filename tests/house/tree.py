"""The project's own files as the house tests see them: everything but what `.gitignore` leaves out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("agent", "channels", "integrations")
_TEXT = {".css", ".html", ".ini", ".js", ".json", ".lock", ".mako", ".md", ".py", ".svg", ".toml", ".txt", ""}


@cache
def files() -> tuple[Path, ...]:
    """Every file of the project, relative to its root."""
    return tuple(sorted(path.relative_to(ROOT) for path in _walk()))


def texts() -> Iterator[tuple[Path, str]]:
    """Every text file with its text."""
    for path in files():
        if path.suffix in _TEXT:
            yield path, (ROOT / path).read_text(encoding="utf-8")


def modules(*rooms: str) -> list[Path]:
    """The Python files under these folders, relative to the root."""
    return [path for path in files() if path.suffix == ".py" and str(path).startswith(tuple(f"{r}/" for r in rooms))]


def _walk() -> Iterator[Path]:
    lines = [line.strip() for line in (ROOT / ".gitignore").read_text().splitlines() if line.strip()]
    anchored = {line.strip("/") for line in lines if "/" in line.rstrip("/")}
    anywhere = {line.rstrip("/") for line in lines if "/" not in line.rstrip("/")} | {".git"}
    for folder, inner, names in os.walk(ROOT):
        here = Path(folder)
        inner[:] = [name for name in inner if not _is_ignored(here / name, anchored, anywhere)]
        yield from (here / name for name in names if not _is_ignored(here / name, anchored, anywhere))


def _is_ignored(path: Path, anchored: set[str], anywhere: set[str]) -> bool:
    return path.relative_to(ROOT).as_posix() in anchored or any(fnmatch(path.name, pattern) for pattern in anywhere)
