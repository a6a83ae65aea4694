"""Amazon's sending doors over HTTP on this machine: SES v2, End User Messaging texts and SNS publish, with a memory.

It keeps every mail and text it takes, with tags, context and headers, answers in Amazon's own shapes, and misbehaves as
it is told to: `hang`, `reset` before or `take and reset` after taking, `half` an answer, or an error of a given kind.
Signatures are looked at only for the key's id. It speaks just enough HTTP for boto3.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import itertools
import json
from collections import deque
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast
from urllib.parse import parse_qs

from channels.standins.amazon_shown import Shown

_MAX_BODY = 60 * 1024 * 1024
_SES = "/v2/email/outbound-emails"
_SMS_VOICE = "PinpointSMSVoiceV2.SendTextMessage"


@dataclass(frozen=True, slots=True)
class Taken:
    """One message as Amazon took it. `asked` are the call's own parameters."""

    message_id: str
    asked: Mapping[str, Any]

    def mail(self) -> EmailMessage:
        """Read the raw mail of an SES call."""
        raw = base64.b64decode(self.asked["Content"]["Raw"]["Data"])
        return message_from_bytes(raw, policy=policy.default)


@dataclass(frozen=True, slots=True)
class Fault:
    """One error answer: HTTP status, Amazon's name for it, its words, and fields beside them."""

    status: int
    code: str
    words: str = ""
    more: Mapping[str, str] = field(default_factory=dict)


Misbehaviour = str | Fault


class Amazon:
    """The account. `mails` and `texts` are what was taken, in order; `calls` counts every request that came whole.

    `shown` is what the account shows when it is looked at.
    """

    def __init__(self, *, access_key_id: str = "") -> None:
        self.mails: list[Taken] = []
        self.texts: list[Taken] = []
        self.calls = 0
        self.opted_out: set[str] = set()
        self.shown = Shown()
        self._access_key_id = access_key_id
        self._script: deque[Misbehaviour] = deque()
        self._numbers = itertools.count(1)
        self._meeting: set[asyncio.Task[Any]] = set()

    def script(self, *answers: Misbehaviour) -> None:
        """Queue what the next calls meet; afterwards all goes well again."""
        self._script.extend(answers)

    async def meets(self, headers: Mapping[str, str]) -> Misbehaviour:  # noqa: ARG002 for those who tell callers apart
        """What the call with these headers meets; empty where all goes well. May take its time."""
        return self._script.popleft() if self._script else ""

    async def answers(self, headers: Mapping[str, str]) -> None:
        """Stand between taking a message and answering; does nothing here."""

    @contextlib.asynccontextmanager
    async def serving(self, port: int = 0) -> AsyncIterator[str]:
        """Serve on this machine and yield the endpoint's URL."""
        server = await asyncio.start_server(self._meet, "127.0.0.1", port)
        try:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        finally:
            server.close()
            await asyncio.sleep(0)  # who was just let in is met first
            meeting = tuple(self._meeting)
            for task in meeting:
                task.cancel()
            await asyncio.gather(*meeting, return_exceptions=True)

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = cast("asyncio.Task[Any]", asyncio.current_task())
        self._meeting.add(task)
        try:
            while await self._answer_one(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError, TimeoutError):
            pass
        finally:
            self._meeting.discard(task)
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _answer_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; False when the connection is over."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        path = head[0].split(" ")[1]
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
        length = int(headers.get("content-length", "0"))
        if length > _MAX_BODY:
            return False
        body = await reader.readexactly(length)
        self.calls += 1
        said = await self.meets(headers)
        if said == "hang":
            await asyncio.sleep(600)
        if said in ("hang", "reset"):
            writer.transport.abort()
            return False
        status, answer = self._answer(path, headers, body, said)
        await self.answers(headers)
        if said == "take and reset":
            writer.transport.abort()
            return False
        whole = _http(status, answer, error=said.code if isinstance(said, Fault) else "")
        writer.write(whole[: len(whole) - 20] if said == "half" else whole)
        await writer.drain()
        return said != "half"

    def _answer(
        self, path: str, headers: Mapping[str, str], body: bytes, said: Misbehaviour
    ) -> tuple[int, dict[str, Any] | str]:
        query = "x-amz-target" not in headers and path == "/"
        if self._access_key_id and f"Credential={self._access_key_id}/" not in headers.get("authorization", ""):
            said = Fault(403, "UnrecognizedClientException", "The security token included in the request is invalid.")
        if isinstance(said, Fault):
            return said.status, _xml_error(said) if query else {"__type": said.code, "message": said.words} | {
                "Message": said.words
            } | dict(said.more)
        form = {key: values[0] for key, values in parse_qs(_text_of(body), keep_blank_values=True).items()}
        looked = self.shown.answer(path, headers.get("x-amz-target", ""), form, body)
        if looked is not None:
            return looked
        name = f"0100019{next(self._numbers):09d}-tend"
        if path == _SES:
            self.mails.append(Taken(name, json.loads(body)))
            return 200, {"MessageId": name}
        if headers.get("x-amz-target") == _SMS_VOICE:
            return self._text(name, json.loads(body))
        self.texts.append(Taken(name, form))
        return 200, (
            '<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult>'
            f"<MessageId>{name}</MessageId></PublishResult></PublishResponse>"
        )

    def _text(self, name: str, asked: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        if asked["DestinationPhoneNumber"] in self.opted_out:
            return 400, {
                "__type": "ConflictException",
                "Message": "The destination phone number is opted out.",
                "Reason": "DESTINATION_PHONE_NUMBER_OPTED_OUT",
            }
        self.texts.append(Taken(name, asked))
        return 200, {"MessageId": name}


def _text_of(body: bytes) -> str:
    """A query's form; bodies of the other manners are no forms."""
    return "" if body.startswith(b"{") else body.decode("latin-1")


def _xml_error(fault: Fault) -> str:
    return (
        '<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Sender</Type>'
        f"<Code>{fault.code}</Code><Message>{fault.words}</Message></Error></ErrorResponse>"
    )


def _http(status: int, answer: dict[str, Any] | str, *, error: str) -> bytes:
    body = answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
    lines = [
        f"HTTP/1.1 {status} Answer",
        f"Content-Type: {'text/xml' if isinstance(answer, str) else 'application/x-amz-json-1.0'}",
        f"Content-Length: {len(body)}",
        "x-amzn-RequestId: stand-in",
        *([f"x-amzn-ErrorType: {error}"] if error else []),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body
