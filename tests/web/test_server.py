"""How Tend listens."""

from __future__ import annotations

import asyncio
import socket

from agent.web.server import bind


async def test_an_answer_is_not_held_back_to_be_sent_with_the_next() -> None:
    listener = bind("127.0.0.1", 0)
    address = listener.getsockname()[:2]
    accepted: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        theirs = writer.get_extra_info("socket")
        accepted.set_result(theirs.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    async with await asyncio.start_server(greet, sock=listener):
        _, writer = await asyncio.open_connection(*address)
        assert await asyncio.wait_for(accepted, 5) != 0
        writer.close()
        await writer.wait_closed()
