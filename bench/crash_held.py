"""What every provider's process is told: to hold one node's next message, to let it go, to say what it received.

Held means taken and not answered: the provider says that it stands there, and waits. Providers differ in how they meet
a node and in their moods, and are written where their vendor is.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection

from bench.crash_points import TAKEN

_LONGEST_SECONDS = 60


class Held:
    """The node whose next message is to be held, if any."""

    def __init__(self, talk: Connection) -> None:
        self._talk = talk
        self._node: str | None = None
        self._lock = threading.Lock()
        self._released = threading.Event()

    def is_next(self, node: str) -> bool:
        """Whether this node's message is to be held when it is taken."""
        return node == self._node

    def claims(self, node: str) -> bool:
        """Whether it is this message that is held: once, whoever asks."""
        with self._lock:
            mine = self.is_next(node)
            if mine:
                self._node = None
        return mine

    def stand_still(self) -> None:
        """Say that a message was taken, and wait until it is released. Blocks the thread."""
        self._talk.send(("reached", TAKEN))
        self._released.wait(_LONGEST_SECONDS)

    def hold(self, node: str) -> None:
        """Hold this node's next message."""
        self._released.clear()
        self._node = node
        self._talk.send(("holding",))

    def release(self) -> None:
        """Let go of what is held, and hold nothing."""
        self._node = None
        self._released.set()


def obey(talk: Connection, held: Held, received: Callable[[], Sequence[tuple[str, str]]]) -> None:
    """Do what is told until the other end is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        try:
            word, what = talk.recv()
        except EOFError:
            return
        match word:
            case "hold":
                held.hold(what)
            case "release":
                held.release()
            case "received":
                talk.send(("received", list(received())))
