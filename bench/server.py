"""The servers a load meets, each in a process of its own: Tend as it is, its floor, and a responder that does nothing.

`tend` is the whole application on SQLite with a real key, ticks off. `floor` is the same application, routes, middleware
and uvicorn settings, with a writer that answers at once and stores nothing: all that is missing is the storing.
`ceiling` answers fixed bytes without reading, to learn how fast the load itself is. Each prints its port and serves until
standard input ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import tomllib
from collections.abc import AsyncIterator
from importlib.resources import files
from pathlib import Path
from typing import Any, cast

import msgspec
import uvloop

from agent import team as team_file
from agent import wiring
from agent.clock import Clock
from agent.flows.capture import Captured, Submission
from agent.rules.team import Team
from agent.settings import Secret, Settings
from agent.store.ids import new_id
from agent.store.seal import new_key
from agent.store.writer import Handler, Writer
from agent.tend import Doors, Tend
from agent.web.app import make_app
from agent.web.server import bind, serving

SYSTEM_KEY = "bench-system-key"
_DONE = b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 16\r\n\r\n{"success":true}'


@contextlib.asynccontextmanager
async def opened(folder: Path, *, clock: Clock | None = None, made_doors: Doors | None = None) -> AsyncIterator[Tend]:
    """Open a Tend of the bench's own in this folder: SQLite, sealed with a new key, the demo's team."""
    settings = msgspec.structs.replace(
        Settings(),
        tend_data_dir=str(folder),
        tend_secret_key=Secret(new_key()),
        fub_api_key=Secret("bench-key"),
        fub_system="bench",
        fub_system_key=Secret(SYSTEM_KEY),
        fub_base_url="http://127.0.0.1:9",
    )
    async with wiring.opened(settings, team=_team(), clock=clock, made_doors=made_doors) as tend:
        yield tend


class NotStoring(Writer):
    """Answers what the two doors would have answered, without a transaction."""

    def __init__(self) -> None:
        """Needs no engine."""

    async def run_each(self, handler: Handler[Any, Any], item: Any) -> Any:
        """Answer at once."""
        del handler
        if isinstance(item, Submission):
            return Captured(new_id(), campaign_on=True, origin_allowed=False)
        return None


class _Nothing(asyncio.Protocol):
    """Answers whatever comes with the same bytes."""

    _transport: asyncio.WriteTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, data: bytes) -> None:
        del data
        self._transport.write(_DONE)


async def _serve(kind: str, folder: Path) -> None:
    listener = bind("127.0.0.1", 0)
    port = listener.getsockname()[1]
    async with contextlib.AsyncExitStack() as stack:
        if kind == "ceiling":
            await asyncio.get_running_loop().create_server(_Nothing, sock=listener)
        else:
            tend = await stack.enter_async_context(opened(folder))
            if kind == "floor":
                stack.callback(setattr, tend.database, "writer", tend.database.writer)  # it is closed as it was opened
                tend.database.writer = NotStoring()
            await stack.enter_async_context(serving(make_app(tend), listener))
        print(port, flush=True)
        await asyncio.to_thread(sys.stdin.read)


def _team() -> Team:
    written = files("agent.demo").joinpath("team.toml").read_text(encoding="utf-8")
    return team_file.from_dict(tomllib.loads(written), where="agent/demo/team.toml")


if __name__ == "__main__":
    uvloop.run(_serve(sys.argv[1], Path(sys.argv[2])))
