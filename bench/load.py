"""The load: one process that posts prepared requests over raw sockets and times each answer.

It imports nothing of Tend and does nothing while measuring but send, receive and note the time, so that it stays faster
than what it measures; `bench.intake` checks that against a responder that does nothing either. It reads one JSON object
from standard input and writes one to standard output. Closed loop: a connection sends its next request when the answer
to the last has come. With a `rate`, one connection sends on a schedule, and lateness counts as waiting.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
import re
import select
import socket
import sys
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
_FIRST = ("Ana", "Bo", "Carmen", "Dev", "Ellis", "Fatima", "Gus", "Hana", "Ivo", "June", "Kofi", "Lena")
_LAST = ("Abbott", "Brandt", "Chen", "Duarte", "Eriksen", "Farouk", "Garza", "Hoang", "Ito", "Jansen")
_ASKS = (
    "We would like to see the three bedroom on Willow Lane this weekend if it is still available.",
    "Looking for a starter home near good schools, up to 450k. What is out there?",
    "Thinking of selling in spring. What would our house bring?",
    "Need a two bedroom rental from the first of the month, we have a small dog.",
)


@dataclass(slots=True)
class _Connection:
    sock: socket.socket
    begun: float = 0.0
    got: bytes = b""


@dataclass(slots=True)
class Measured:
    """What one round gave: durations in seconds, in the order of the answers, and how often each status came."""

    seconds: float = 0.0
    durations: list[float] = field(default_factory=list)
    begun: list[float] = field(default_factory=list)
    answers: dict[int, int] = field(default_factory=dict)


def requests(route: str, *, count: int, salt: str, seed: int, system_key: str) -> list[bytes]:
    """Prepare whole HTTP requests for `followupboss` or `capture`, each with an event id or email of its own."""
    chosen = random.Random(f"{seed} {salt}")  # noqa: S311 - invented leads, the same for the same seed
    make = {"followupboss": _event, "capture": _form}[route]
    return [make(chosen, salt=salt, index=index, system_key=system_key) for index in range(count)]


def email_of(salt: str, index: int) -> str:
    """The email address of the lead in the request with this index."""
    return f"lead-{salt}-{index}@example.com"


def flood(address: tuple[str, int], prepared: list[bytes], *, connections: int, limit_seconds: float) -> Measured:
    """Send everything over this many connections, each waiting for its answers. Raises `TimeoutError`."""
    measured = Measured()
    poll = select.epoll()
    here: dict[int, _Connection] = {}
    for _ in range(min(connections, len(prepared))):
        sock = socket.create_connection(address, timeout=10)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        here[sock.fileno()] = _Connection(sock)
    _greet(here.values())
    for descriptor, connection in here.items():
        connection.sock.settimeout(0)
        poll.register(descriptor, select.EPOLLIN)
    clock = time.perf_counter
    start = clock()
    sent = 0
    for connection in here.values():
        connection.begun = clock()
        connection.sock.send(prepared[sent])
        sent += 1
    note, answers = measured.durations.append, measured.answers
    left = len(prepared)
    while left:
        ready = poll.poll(1.0)
        if clock() - start > limit_seconds:
            raise TimeoutError(f"{left} of {len(prepared)} answers had not come after {limit_seconds:g} s")
        for descriptor, _ in ready:
            connection = here[descriptor]
            status = _answer(connection)
            if status is None:
                continue
            note(clock() - connection.begun)
            answers[status] = answers.get(status, 0) + 1
            left -= 1
            if sent < len(prepared):
                connection.begun = clock()
                connection.sock.send(prepared[sent])
                sent += 1
    measured.seconds = clock() - start
    for connection in here.values():
        connection.sock.close()
    return measured


def trickle(address: tuple[str, int], prepared: list[bytes], *, rate: float) -> Measured:
    """Send one request after the other at `rate` a second; a late one began when it should have."""
    measured = Measured()
    with socket.create_connection(address, timeout=10) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = _Connection(sock)
        start = time.monotonic() + 0.05
        for index, request in enumerate(prepared):
            begun = start + index / rate
            time.sleep(max(0.0, begun - time.monotonic()))
            sock.sendall(request)
            status = None
            while status is None:
                status = _answer(connection)
            measured.begun.append(begun)
            measured.durations.append(time.monotonic() - begun)
            measured.answers[status] = measured.answers.get(status, 0) + 1
        measured.seconds = time.monotonic() - start
    return measured


def _greet(connections: Collection[_Connection]) -> None:
    """Ask each connection for its health once, so that all are accepted before the clock starts."""
    for connection in connections:
        connection.sock.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    for connection in connections:
        while _answer(connection) is None:
            pass


def _answer(connection: _Connection) -> int | None:
    """Read what has come; the status once the answer is whole."""
    data = connection.sock.recv(65536)
    if not data:
        raise ConnectionError("the server closed a connection in the middle of a round")
    got = connection.got + data if connection.got else data
    head = got.find(b"\r\n\r\n")
    if head < 0:
        connection.got = got
        return None
    length = _LENGTH.search(got, 0, head)
    if length is None:
        raise ConnectionError(f"an answer without a length: {got[:head]!r}")
    if len(got) < head + 4 + int(length[1]):
        connection.got = got
        return None
    connection.got = b""
    return int(got[9:12])


def _event(chosen: random.Random, *, salt: str, index: int, system_key: str) -> bytes:
    body = json.dumps(
        {
            "eventId": f"{salt}-{index:08d}-{chosen.getrandbits(64):016x}",
            "eventCreated": "2026-03-03T16:00:00+00:00",
            "event": "peopleCreated",
            "resourceIds": [1_000_000 + index],
            "uri": f"https://api.followupboss.example/v1/people?id={1_000_000 + index}",
        }
    ).encode()
    signature = hmac.new(system_key.encode(), base64.b64encode(body), hashlib.sha256).hexdigest()
    return _post("/hooks/followupboss", body, f"FUB-Signature: {signature}\r\n")


def _form(chosen: random.Random, *, salt: str, index: int, system_key: str) -> bytes:
    del system_key
    body = json.dumps(
        {
            "campaign_id": "spring-guide",
            "source": "landing-page",
            "contact": {
                "firstName": chosen.choice(_FIRST),
                "lastName": chosen.choice(_LAST),
                "email": email_of(salt, index),
                "phone": f"+1512555{chosen.randrange(100, 200):04d}",
            },
            "lead_details": {
                "service_interest": "buying a home",
                "urgency": "this month",
                "message": chosen.choice(_ASKS),
                "timeline": "1-3 months",
            },
            "tracking": {
                "visitor_id": f"v-{salt}-{index}",
                "utm_source": "newsletter",
                "utm_campaign": "spring",
                "landing_page_url": "https://alder.example.com/spring",
                "time_on_page_seconds": chosen.randrange(5, 300),
            },
            "form_metadata": {"form_type": "landing-page", "form_version": "3", "consent_given": True},
        }
    ).encode()
    return _post("/v1/api/leads", body, "")


def _post(path: str, body: bytes, headers: str) -> bytes:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n{headers}\r\n"
    )
    return head.encode() + body


def main() -> None:
    """Run one round as asked on standard input."""
    asked: dict[str, Any] = json.load(sys.stdin)
    prepared = requests(
        asked["route"], count=asked["count"], salt=asked["salt"], seed=asked["seed"], system_key=asked["system_key"]
    )
    address = ("127.0.0.1", asked["port"])
    if asked.get("rate"):
        measured = trickle(address, prepared, rate=asked["rate"])
    else:
        measured = flood(
            address, prepared, connections=asked["connections"], limit_seconds=asked.get("limit_seconds", 60.0)
        )
    json.dump(
        {
            "seconds": measured.seconds,
            "durations": measured.durations,
            "begun": measured.begun,
            "answers": measured.answers,
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main()
