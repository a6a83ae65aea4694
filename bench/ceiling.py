"""A responder that answers fixed bytes without reading, to learn how fast the load itself is.

It imports nothing of Tend, so that it is there at once. It prints its port and serves until standard input ends.
"""

from __future__ import annotations

import asyncio
import sys
from typing import cast

import uvloop

_DONE = b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 16\r\n\r\n{"success":true}'


class _Nothing(asyncio.Protocol):
    """Answers whatever comes with the same bytes."""

    _transport: asyncio.WriteTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, data: bytes) -> None:
        del data
        self._transport.write(_DONE)


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(_Nothing, "127.0.0.1", 0, backlog=2048)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    uvloop.run(_serve())
