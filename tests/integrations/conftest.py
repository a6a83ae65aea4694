"""Shared by these tests: one invented account, and the stand-in that serves it on a real loopback port."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
import uvicorn

from integrations.standins.followupboss import Account, app

Serve = Callable[[Account], AbstractAsyncContextManager[str]]


class Hands:
    """A clock for rate limits that moves only when something sleeps on it."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds


@asynccontextmanager
async def serving(account: Account) -> AsyncIterator[str]:
    """Serve the account on an ephemeral loopback port and yield the base URL."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app(account), log_level="error", lifespan="off", ws="none"))
        running = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:  # noqa: ASYNC110 (uvicorn has no event for it)
            await asyncio.sleep(0.005)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await running


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def account(hands: Hands) -> Account:
    return Account(api_key="fka_invented", system="Tend", system_key="tend-test-key", clock=hands)


@pytest.fixture
def serve() -> Serve:
    return serving


@pytest.fixture
async def standin(account: Account) -> AsyncIterator[str]:
    async with serving(account) as url:
        yield url


@pytest.fixture(params=["silent", "trickling"])
async def hanging(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """A server that takes requests and never finishes an answer; the trickling one sends a header every 50 ms."""
    stalls: set[asyncio.Task[None]] = set()

    async def stall(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        stalls.add(task)
        with contextlib.suppress(ConnectionError, asyncio.CancelledError), contextlib.closing(writer):
            writer.write(b"HTTP/1.1 200 OK\r\n" if request.param == "trickling" else b"")
            while True:
                await asyncio.sleep(0.05)
                writer.write(b"X-Slow: 1\r\n" if request.param == "trickling" else b"")
                await writer.drain()

    server = await asyncio.start_server(stall, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        for task in stalls:
            task.cancel()
        await asyncio.gather(*stalls, return_exceptions=True)
