"""The servers a load meets, each in a process of its own: Tend as it is, and its floor.

`tend` is the whole application on SQLite with a real key, ticks off. `floor` is the same application, routes,
middleware and uvicorn settings, with a writer that answers at once and stores nothing: only the storing is missing.
Each prints its port and serves until standard input ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from pathlib import Path
from typing import Any

from agent.flows.form_posts import Captured, Submission
from agent.store.ids import new_id
from agent.store.writer import Handler, Writer
from agent.web.app import make_app
from agent.web.server import bind, run, serving
from bench.installation import opened


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


async def _serve(kind: str, folder: Path) -> None:
    listener = bind("127.0.0.1", 0)
    port = listener.getsockname()[1]
    async with contextlib.AsyncExitStack() as stack:
        tend = await stack.enter_async_context(opened(folder))
        if kind == "floor":
            stack.callback(setattr, tend.database, "writer", tend.database.writer)  # it is closed as it was opened
            tend.database.writer = NotStoring()
        await stack.enter_async_context(serving(make_app(tend), listener))
        print(port, flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    run(_serve(sys.argv[1], Path(sys.argv[2])))
