"""Vendors' stand-ins on real loopback ports, as the senders meet them."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import uvicorn

from channels.providers.twilio_messages import Account, TwilioMessages
from channels.standins.twilio_account import TwilioAccount
from channels.standins.twilio_server import app

NOW = datetime(2026, 7, 7, 15, 0, tzinfo=UTC)
SERVICE = "MG" + "0" * 31 + "1"
PUBLIC = "https://tend.example"


@asynccontextmanager
async def served(application: Any) -> AsyncIterator[str]:
    """Serve on an ephemeral loopback port and yield the base URL."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(
            application, log_level="critical", lifespan="off", ws="none", timeout_graceful_shutdown=1
        )
        server = uvicorn.Server(config)
        running = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:  # noqa: ASYNC110 (uvicorn has no event for it)
            await asyncio.sleep(0.005)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await running


@asynccontextmanager
async def twilio(account: TwilioAccount | None = None, **changes: Any) -> AsyncIterator[TwilioMessages]:
    """Twilio's stand-in over this account, and the connection to it."""
    account = account or TwilioAccount(lambda: NOW)
    async with served(app(account)) as url, connected(account, url, **changes) as messages:
        yield messages


@asynccontextmanager
async def connected(account: TwilioAccount, url: str, **changes: Any) -> AsyncIterator[TwilioMessages]:
    """A connection to a stand-in that is served at `url`."""
    given: dict[str, Any] = {
        "sid": account.sid,
        "user": account.sid,
        "password": account.token,
        "base_url": url,
        "public_url": PUBLIC,
        "timeout_seconds": 10.0,
    }
    messages = TwilioMessages(Account(**(given | changes)))
    try:
        yield messages
    finally:
        await messages.aclose()


@asynccontextmanager
async def silent() -> AsyncIterator[str]:
    """A server that takes every connection and never says anything."""
    taken: list[asyncio.StreamWriter] = []

    async def take(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        taken.append(writer)

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for writer in taken:
            writer.transport.abort()
        await asyncio.sleep(0.01)
