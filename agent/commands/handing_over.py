"""Commands that write: handed to the running server over loopback, or done here when none runs.

Two processes never write to one SQLite file. The server leaves its address and a token in the data folder, readable by
its own user only.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from agent import wiring
from agent.commands.starting import read_settings
from agent.tend import Tend


def carry_out(
    verb: str, arguments: dict[str, Any], here: Callable[[Tend], Awaitable[dict[str, Any]]]
) -> dict[str, Any]:
    """Do `verb` at the running server, else with `here` on the database itself; returns what it answered."""
    settings = read_settings()
    path = settings.data_dir / "server.json"
    if path.exists():
        server = json.loads(path.read_text())
        try:
            answer = httpx.post(
                f"{server['address']}/v1/api/control/{verb}",
                json=arguments,
                headers={"Authorization": f"Bearer {server['token']}"},
                timeout=httpx.Timeout(30, read=600),
            )
        except httpx.ConnectError:  # nobody is there: it crashed and left the file behind
            path.unlink(missing_ok=True)
        except httpx.TransportError:
            raise wiring.CannotStart(
                f"the running server at {server['address']} took this and did not answer; look there whether it is "
                f"done, and try again. If no Tend runs, delete {path}"
            ) from None
        else:
            if answer.is_error:
                raise wiring.CannotStart(f"the running server refused: {answer.text[:200]}")
            found: dict[str, Any] = answer.json()
            return found
    return asyncio.run(_alone(here))


async def _alone(here: Callable[[Tend], Awaitable[dict[str, Any]]]) -> dict[str, Any]:
    settings = read_settings()
    async with wiring.opened(settings, team=wiring.read_team(settings)) as tend:
        return await here(tend)
