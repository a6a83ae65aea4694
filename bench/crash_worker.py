"""The process that gets killed: Tend as the wiring makes it, its real ticks running, on a clock that can be turned.

It is composed with a watched writer and doors to the stand-in, and nothing else is different. It can fill the database
with people whose touch is due, says its node's name, and works until it is killed or nobody listens any more. Ticks are
prodded often instead of every few seconds, so that a kill need not wait for them.
"""

from __future__ import annotations

import asyncio
import ctypes
import logging
import os
import signal
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path

from agent import scheduler
from agent.log import set_up
from agent.settings import Secret
from agent.tend import Doors
from agent.web.server import run
from bench.crash_faults import WRITERS, lease_unchecked
from bench.crash_mail import MAILERS
from bench.crash_points import Door, Points, Watched
from bench.crash_twilio import watched_sender
from bench.installation import opened
from bench.waiting import enroll
from channels.providers.sandbox import SandboxEmailSender, SandboxSmsSender
from integrations.providers.local_reader import LocalReader

CHANNEL = {"standin": "", "twilio": "sms", "smtp": "email", "ses": "email"}
"""On which channel everybody is due, by the provider it goes through; empty for any."""
_TICKS = ("sending", "leases", "reconcile")


@dataclass(frozen=True, slots=True)
class Ground:
    """What all workers of one chapter share. `key` is the sealing key as text, `through` the provider's name."""

    url: str
    folder: str
    key: str
    port: int
    lease_seconds: float
    timeout_seconds: float
    in_flight: int
    plant: str
    through: str


@dataclass(frozen=True, slots=True)
class Part:
    """What one worker does: the point it stops at, if any, and how many people it enrolls first, from which number."""

    armed: str | None
    first: int
    count: int
    prod_seconds: float


class Turned:
    """The machine's clock, ahead by as many seconds as the shared value says."""

    def __init__(self, ahead: ctypes.c_double) -> None:
        self._ahead = ahead

    def now(self) -> datetime:
        """Return the present instant."""
        return datetime.now(UTC) + timedelta(seconds=self._ahead.value)


def work(talk: Connection, ground: Ground, part: Part, *, ahead: ctypes.c_double) -> None:
    """Work until killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    set_up("json", level=logging.ERROR)
    run(_work(ground, part, talk, Turned(ahead)))


async def _work(ground: Ground, part: Part, talk: Connection, clock: Turned) -> None:
    points = Points(talk, part.armed)
    reader = LocalReader()
    if ground.through == "twilio":
        texts = watched_sender(points, port=ground.port, timeout_seconds=ground.timeout_seconds)
        doors = Doors(email=SandboxEmailSender(clock=clock.now), sms=texts, reader=reader, local_reader=reader)
    elif ground.through in MAILERS:
        mails = MAILERS[ground.through](points, port=ground.port, timeout_seconds=ground.timeout_seconds)
        doors = Doors(email=mails, sms=SandboxSmsSender(clock=clock.now), reader=reader, local_reader=reader)
    else:
        door = Door(ground.port, os.getpid(), points)
        doors = Doors(email=door, sms=door, reader=reader, local_reader=reader)
    async with opened(
        Path(ground.folder),
        clock=clock,
        made_doors=doors,
        tend_database_url=ground.url,
        tend_secret_key=Secret(ground.key),
        tend_lease_seconds=ground.lease_seconds,
        tend_send_timeout_seconds=ground.timeout_seconds,
        tend_sends_in_flight=ground.in_flight,
    ) as tend:
        await enroll(
            tend,
            due=[clock.now()] * part.count,
            later=0,
            seed=part.first,
            first=part.first,
            channel=CHANNEL[ground.through],
        )
        tend.database.writer = WRITERS.get(ground.plant, Watched)(tend.database.writer, points)
        talk.send(("started", tend.claimer.node, tend.team_id))
        talk.recv()
        async with scheduler.running(lease_unchecked(tend) if ground.plant == "lease-unchecked" else tend):
            while not talk.poll():
                tend.database.wakes.set(_TICKS)
                await asyncio.sleep(part.prod_seconds)
        os._exit(0)  # nobody listens any more
