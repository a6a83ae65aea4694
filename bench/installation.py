"""A Tend of the bench's own, made by the same wiring as any other: SQLite, sealed with a new key, the demo's team."""

from __future__ import annotations

import contextlib
import tomllib
from collections.abc import AsyncIterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec

from agent import team as team_file
from agent import wiring
from agent.clock import Clock
from agent.settings import Secret, Settings
from agent.store.seal import new_key
from agent.tend import Doors, Tend

SYSTEM_KEY = "bench-system-key"


@contextlib.asynccontextmanager
async def opened(
    folder: Path, *, clock: Clock | None = None, made_doors: Doors | None = None, **changes: Any
) -> AsyncIterator[Tend]:
    """Open it in this folder, with these settings changed. Whatever it would send goes into the sandbox."""
    settings = msgspec.structs.replace(
        Settings(),
        tend_data_dir=str(folder),
        tend_secret_key=Secret(new_key()),
        tend_forms_per_minute=100_000_000,  # on, and never reached: the load is one sender
        fub_api_key=Secret("bench-key"),
        fub_system="bench",
        fub_system_key=Secret(SYSTEM_KEY),
        fub_base_url="http://127.0.0.1:9",
    )
    settings = msgspec.structs.replace(settings, **changes)
    written = files("agent.demo").joinpath("team.toml").read_text(encoding="utf-8")
    team = team_file.from_dict(tomllib.loads(written), where="agent/demo/team.toml")
    async with wiring.opened(settings, team=team, clock=clock, made_doors=made_doors) as tend:
        yield tend
