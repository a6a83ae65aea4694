"""The process that reads mail: raw bytes come in over a pipe, what they say goes out, until the pipe closes.

It may use 512 MiB of memory and nothing of Tend's. Who waits for it, and for how long, is `mail_reader`'s part.
"""

from __future__ import annotations

import struct
import sys
from typing import BinaryIO

import msgspec

from channels import mime
from channels.email import InboundEmail

LENGTH = ">I"
_MAX_MEMORY = 512 * 1024 * 1024


class Answer(msgspec.Struct, frozen=True):
    """What a mail says, or why nobody could have written it."""

    email: InboundEmail | None = None
    malformed: str = ""


def main() -> None:
    """Answer until there is nobody to answer."""
    _limit_memory()
    while (raw := _next(sys.stdin.buffer)) is not None:
        answer = msgspec.msgpack.encode(_read(raw))
        sys.stdout.buffer.write(struct.pack(LENGTH, len(answer)) + answer)
        sys.stdout.buffer.flush()


def _read(raw: bytes) -> Answer:
    try:
        return Answer(email=mime.parse(raw))
    except mime.MalformedMail as error:
        return Answer(malformed=str(error))


def _next(pipe: BinaryIO) -> bytes | None:
    length = pipe.read(struct.calcsize(LENGTH))
    if len(length) < struct.calcsize(LENGTH):
        return None
    (size,) = struct.unpack(LENGTH, length)
    return pipe.read(size)


def _limit_memory() -> None:
    try:
        import resource  # noqa: PLC0415 - not on every system
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (_MAX_MEMORY, _MAX_MEMORY))


if __name__ == "__main__":
    main()
