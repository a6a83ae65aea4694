"""The servers a load meets, each in a process of its own: Tend as it is, its floor, and a responder that does nothing.

`tend` is the whole application on SQLite with a real key, ticks off. `floor` is the same application, routes,
middleware and uvicorn settings, with a writer that answers at once and stores nothing: only the storing is missing.
`ceiling` answers fixed bytes without reading, to learn how fast the load itself is. Each prints its port and serves
until standard input ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from pathlib import Path
from typing import Any, cast

from agent.flows.submissions import Captured, Submission
from agent.store.ids import new_id
from agent.store.writer import Handler, Writer
from agent.web.app import make_app
from agent.web.server import bind, run, serving
from bench.installation import opened

_DONE = b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 16\r\n\r\n{"success":true}'


class NotStoring(Writer):
    """Answers what the two doors would have answered, without a transaction."""

    def __init__(self) -> None:
        """Needs no engine."""

    async def run_each(self, handler: Handler[Any, Any], item: Any) -> Any:
        """Answer at once."""
        del handler
        if isinstance(item, Submission):
            return Captured(new_id(), campaign_on=True, origin_allowed=False, known=False)
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


if __name__ == "__main__":
    run(_serve(sys.argv[1], Path(sys.argv[2])))
