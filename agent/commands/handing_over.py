"""Commands that write: handed to the running server over loopback, or done here when none runs.

Two processes never write to one SQLite file. The server leaves its address and a token in the data folder, readable by
its own user only.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from agent import wiring
from agent.commands.starting import read_settings
from agent.tend import Tend

Here = Callable[[Tend], Awaitable[dict[str, Any]]]
"""What is done on an open Tend where no server runs."""


def carry_out(verb: str, arguments: dict[str, Any], here: Here) -> dict[str, Any]:
    """Do `verb` at the running server, else with `here` on the database itself; returns what it answered."""
    answer = _at_the_server(verb, arguments)
    return answer if answer is not None else asyncio.run(_alone(here))


def carry_on(verb: str, here: Here, tell: Callable[[dict[str, Any]], float | None]) -> None:
    """Do `verb` again and again, telling each answer, which says how many seconds to wait, or None: that is all."""
    answer = _at_the_server(verb, {})
    if answer is None:
        asyncio.run(_alone(lambda tend: _again_and_again(tend, here, tell)))
        return
    while (wait := tell(answer)) is not None:
        time.sleep(wait)
        answer = _at_the_server(verb, {})
        if answer is None:
            raise wiring.CannotStart("the server ended meanwhile; run this again, and it goes on where it was")


async def _again_and_again(tend: Tend, here: Here, tell: Callable[[dict[str, Any]], float | None]) -> dict[str, Any]:
    answer = await here(tend)
    while (wait := tell(answer)) is not None:
        await asyncio.sleep(wait)
        answer = await here(tend)
    return answer


def _at_the_server(verb: str, arguments: dict[str, Any]) -> dict[str, Any] | None:
    """What the running server answered; None where none runs."""
    settings = read_settings()
    path = settings.data_dir / "server.json"
    if not path.exists():
        return None
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
        return None
    except httpx.TransportError:
        raise wiring.CannotStart(
            f"the running server at {server['address']} took this and did not answer; look there whether it is "
            f"done, and try again. If no Tend runs, delete {path}"
        ) from None
    if answer.is_error:
        raise wiring.CannotStart(f"the running server refused: {answer.text[:200]}")
    found: dict[str, Any] = answer.json()
    return found


async def _alone(here: Here) -> dict[str, Any]:
    settings = read_settings()
    async with wiring.opened(settings, team=wiring.read_team(settings)) as tend:
        return await here(tend)
