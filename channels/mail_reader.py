"""Mail is read in a process of its own, ended when it takes too long: no mail can hang Tend or fill its memory.

The process starts with the first mail and stays; it gets no setting and no secret, and answers data, never code. A mail
that it could not finish is known by its header alone, and a person looks at it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import struct
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Timer

import msgspec

from channels import mime
from channels.attached import MOST_TOGETHER
from channels.email import InboundEmail
from channels.mail_worker import LENGTH, Answer

_SECONDS = 10.0
_MAX_ANSWER = 4 * 1024 * 1024 + MOST_TOGETHER
_PROGRAM = "channels.mail_worker"


class MailReader:
    """Reads mail, one at a time, each within `seconds`. `program` is the module the process runs."""

    def __init__(self, *, seconds: float = _SECONDS, program: str = _PROGRAM) -> None:
        self._seconds = seconds
        self._program = program
        self._thread: ThreadPoolExecutor | None = None
        self._worker: subprocess.Popen[bytes] | None = None

    async def read(self, raw: bytes) -> InboundEmail:
        """Read one mail; one that is too much by its header alone (`read` is False). Raises `MalformedMail`."""
        self._thread = self._thread or ThreadPoolExecutor(1, thread_name_prefix="mail reader")
        answer = await asyncio.get_running_loop().run_in_executor(self._thread, self._ask, raw[: mime.MAX_BYTES])
        if answer is None:
            return mime.parse_head(raw)
        if answer.email is None:
            raise mime.MalformedMail(answer.malformed)
        return answer.email

    def close(self) -> None:
        """End the process; a later mail would start another."""
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.submit(self._end).result()
            thread.shutdown()

    def _ask(self, raw: bytes) -> Answer | None:
        """Let the process read it; None when it did not finish, and then it is gone."""
        if self._worker is not None and self._worker.poll() is not None:
            self._end()  # it died between two mails, which is not this one's fault
        worker = self._worker = self._worker or self._started()
        timer = Timer(self._seconds, worker.kill)
        timer.start()
        try:
            assert worker.stdin is not None  # noqa: S101 - made with pipes
            assert worker.stdout is not None  # noqa: S101
            worker.stdin.write(struct.pack(LENGTH, len(raw)) + raw)
            worker.stdin.flush()
            (size,) = struct.unpack(LENGTH, worker.stdout.read(struct.calcsize(LENGTH)))
            return msgspec.msgpack.decode(worker.stdout.read(min(size, _MAX_ANSWER)), type=Answer)
        except (OSError, ValueError, struct.error, msgspec.MsgspecError):
            self._end()
            return None
        finally:
            timer.cancel()
            timer.join()

    def _started(self) -> subprocess.Popen[bytes]:
        keep = {name: os.environ[name] for name in ("SYSTEMROOT", "LD_LIBRARY_PATH") if name in os.environ}
        return subprocess.Popen(  # noqa: S603 - our own module, by our own interpreter
            [sys.executable, "-m", self._program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**keep, "PYTHONPATH": str(Path(__file__).parents[1])},
            start_new_session=True,  # a Ctrl-C at the terminal is Tend's to hear
        )

    def _end(self) -> None:
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.kill()
            with contextlib.suppress(OSError):
                worker.communicate()
