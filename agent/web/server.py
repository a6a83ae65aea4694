"""One uvicorn server started in code, on a socket already bound, that ends open streams when asked to stop."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import gc
import signal
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from types import FrameType
from typing import Any, TypeVar

import uvicorn

T = TypeVar("T")


class Server(uvicorn.Server):
    """A uvicorn server that calls `on_exit` first, so that live streams end and shutdown does not wait for them."""

    def __init__(self, config: uvicorn.Config, *, on_exit: Callable[[], None] | None = None) -> None:
        super().__init__(config)
        self._on_exit = on_exit

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop taking requests; a second Ctrl-C does not wait for those in flight.

        The signal is not raised again once the server has stopped, as uvicorn would: that ends the process before what
        runs beside the server, ticks in the middle of a send among them, could finish.
        """
        del frame
        if self._on_exit is not None:
            self._on_exit()
        if self.should_exit and sig == signal.SIGINT:
            self.force_exit = True
        self.should_exit = True


def bind(host: str, port: int, *, or_free: bool = False) -> socket.socket:
    """Bind a listening socket; with `or_free` a taken port gives way to a free one. Raises `OSError`.

    It says TCP by name: asyncio turns Nagle's algorithm off only for sockets that do, and an answer whose body leaves
    after its head would else wait 40 ms for the other side's delayed acknowledgement.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        if not or_free or error.errno != errno.EADDRINUSE:
            listener.close()
            raise
        listener.bind((host, 0))
    listener.listen(2048)
    listener.settimeout(0)
    return listener


def config(app: Any, *, log_level: str = "warning") -> uvicorn.Config:
    """The one way Tend runs uvicorn: uvloop and httptools where they are installed, no access log, short goodbye."""
    return uvicorn.Config(
        app,
        log_level=log_level,
        access_log=False,
        timeout_graceful_shutdown=3,
        timeout_keep_alive=30,
        backlog=2048,
        lifespan="on",
        server_header=False,
    )


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a server's process to its end: on uvloop where it is installed, with a garbage collector that looks seldom.

    A thousand requests in flight are some hundred thousand living objects, and Python's default looks through the
    youngest of them every 700 allocations: measured, a quarter of the CPU of storing a batch of 500 form posts.
    """
    gc.set_threshold(50_000, 20, 20)
    with asyncio.Runner(loop_factory=config(None).get_loop_factory()) as runner:
        return runner.run(work)


@contextlib.asynccontextmanager
async def serving(
    app: Any, listener: socket.socket, *, on_exit: Callable[[], None] | None = None
) -> AsyncIterator[str]:
    """Serve `app` on the socket in the running loop until the block ends; yields its address. No signals are taken."""
    server = _Quiet(config(app))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    up = asyncio.create_task(server.up.wait())
    await asyncio.wait({task, up}, return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        up.cancel()
        task.result()
    try:
        yield address_of(listener)
    finally:
        if on_exit is not None:
            on_exit()
        server.should_exit = True
        await task


def address_of(listener: socket.socket) -> str:
    """The address of a bound socket as a URL."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class _Quiet(uvicorn.Server):
    """A server whose block ends it, so it leaves the process's signals alone; `up` is set once it takes requests."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say so."""
        await super().startup(sockets)
        self.up.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        """Take no signal."""
        yield


__all__ = ["Server", "address_of", "bind", "config", "serving"]
