"""The provider, in a process of its own: it takes messages over HTTP, counts them, and has its moods.

It knows nothing of Tend. What it received is kept by our id with the address and never forgotten; a message counts once
its body was taken, whatever is answered then, or if nothing is. Moods are drawn from a seed: prompt, slow, refusing
before the body, busy, failing on either side of taking, never answering. Asked for a message it says yes or no, or that
it is busy. Told to hold a node's next message, it takes it, says so, and gives no answer until released.
"""

from __future__ import annotations

import ctypes
import json
import random
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from typing import Any

from bench.crash_held import Held, obey

_MOODS = {
    "prompt": 70,
    "slow": 8,
    "refuses before the body": 5,
    "busy": 5,
    "fails untaken": 3,
    "fails taken": 3,
    "hangs untaken": 3,
    "hangs taken": 3,
}
_CANNOT_SAY = 0.1
"""How often it is too busy to be asked."""
_HANGS_SECONDS = 5.0


class _Provider(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, talk: Connection, seed: int) -> None:
        super().__init__(("127.0.0.1", 0), _Exchange)
        self.received: list[tuple[str, str]] = []
        self.known: dict[str, str] = {}
        self.held = Held(talk)
        self._lock = threading.Lock()
        self._chosen = random.Random(seed)  # noqa: S311 - moods, the same for the same seed

    def mood(self) -> str:
        with self._lock:
            return self._chosen.choices(list(_MOODS), list(_MOODS.values()))[0]

    def can_say(self) -> bool:
        with self._lock:
            return self._chosen.random() >= _CANNOT_SAY

    def take(self, message: dict[str, str]) -> str:
        with self._lock:
            self.received.append((message["our_id"], message["to"]))
            return self.known.setdefault(message["our_id"], f"standin-{len(self.received)}")

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that died in the middle of its call is what this is for."""


class _Exchange(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Provider
    mood = "prompt"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name it has in the standard library
        """Say nothing."""

    def handle_expect_100(self) -> bool:
        """Refuse here, before the body was sent, or ask for it."""
        self.mood = "held" if self.server.held.is_next(self.headers["X-Node"]) else self.server.mood()
        if self.mood == "refuses before the body":
            self._answer(417, {})
            return False
        return super().handle_expect_100()

    def do_POST(self) -> None:
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.mood in {"busy", "fails untaken"}:
            self._answer(429 if self.mood == "busy" else 500, {})
            return
        if self.mood == "hangs untaken":
            time.sleep(_HANGS_SECONDS)
            return
        if self.mood == "slow":
            time.sleep(0.1)
        name = self.server.take(message)
        if self.server.held.claims(self.headers["X-Node"]):
            self.server.held.stand_still()
        if self.mood == "hangs taken":
            time.sleep(_HANGS_SECONDS)
            return
        if self.mood == "fails taken":
            self._answer(500, {})
            return
        self._answer(200, {"id": name})

    def do_GET(self) -> None:
        if not self.server.can_say():
            self._answer(503, {})
            return
        name = self.server.known.get(self.path.rpartition("/")[2])
        self._answer(404 if name is None else 200, {} if name is None else {"id": name})

    def _answer(self, status: int, body: dict[str, str]) -> None:
        self.close_connection = True
        written = json.dumps(body).encode()
        self.send_response_only(status)
        self.send_header("Content-Length", str(len(written)))
        self.end_headers()
        self.wfile.write(written)


def provide(talk: Connection, seed: int, *, ahead: ctypes.c_double) -> None:  # noqa: ARG001 it tells no time
    """Serve until the other end of `talk` is closed; first says the port, then answers what it is told."""
    provider = _Provider(talk, seed)
    threading.Thread(target=provider.serve_forever, daemon=True).start()
    talk.send(("port", provider.server_port))
    obey(talk, provider.held, lambda: provider.received)
