"""How an import is told while it runs: a bar on a terminal, a line now and then elsewhere, and what came of it.

Says how long to wait before the next page is asked for: longer after each failure in a row, until it is given up.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from typing import Any

import click

TRIES = 8
A_LINE_EVERY = 1000
_WIDTH = 30


class Told:
    """What was brought so far, told to a person, or at the end to a program."""

    def __init__(self, *, as_json: bool) -> None:
        self.error = ""
        self._as_json = as_json
        self._on_terminal = sys.stdout.isatty() and not as_json
        self._counts = Counter({"added": 0, "known": 0})
        self._left_out: Counter[str] = Counter()
        self._stages: Counter[str] = Counter()
        self._failed = 0
        self._lines = 0

    def page(self, answer: dict[str, Any]) -> float | None:
        """Take one answer in; returns the seconds until the next page, None when there is none."""
        self.error = str(answer.get("error", ""))
        if self.error:
            self._failed += 1
            if answer["done"] or self._failed >= TRIES:
                return None
            return float(answer["again_in"] or min(2.0**self._failed, 60.0))
        self._failed = 0
        self._counts.update({name: answer[name] for name in ("added", "known")})
        self._left_out.update(answer["left_out"])
        self._stages.update(answer["stages"])
        self._progress(answer["seen"], answer["total"])
        return None if answer["done"] else 0.0

    def end(self) -> None:
        """Say what came of it."""
        if self._as_json:
            found = dict(self._counts) | {"left_out": self._left_out, "stages_not_mapped": self._stages}
            click.echo(json.dumps(found | {"error": self.error}, ensure_ascii=False))
            return
        if self._on_terminal:
            click.echo()
        click.echo(f"{self._counts['added']:,} people became leads, {self._counts['known']:,} were known already.")
        for why, many in self._left_out.items():
            click.echo(f"  {many:6,}  {why}")
        for stage, many in self._stages.most_common():
            click.echo(f"  {many:6,}  are at the stage “{stage}”, of which the team file says nothing: Tend is silent")
        if self.error:
            click.echo(f"Not all came: {self.error}. Run it again, and it goes on where it was.", err=True)
        else:
            click.echo("Nobody was written to. See who could be: tend reactivate --preview")

    def _progress(self, seen: int, total: int | None) -> None:
        if total is None or self._as_json:
            return
        if self._on_terminal:
            share = min(1.0, seen / total) if total else 1.0
            bar = "#" * round(share * _WIDTH)
            click.echo(f"\r[{bar:<{_WIDTH}}] {seen:,} of {total:,}", nl=False)
        elif seen // A_LINE_EVERY > self._lines:
            self._lines = seen // A_LINE_EVERY
            click.echo(f"{seen:,} of {total:,}")
