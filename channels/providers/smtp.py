"""Email through any mail server that speaks SMTP (RFC 5321), for people without a mail vendor.

1. A connection is kept and used again; at most a few are open at once, and a mail waits its turn for one. Without one
   in a third of the time it was never begun.
2. MAIL and RCPT are asked first: whatever goes wrong up to there left nothing behind, so it may be tried again. A kept
   connection the server has closed meanwhile is noticed there, and made anew once.
3. DATA carries the mail. An answer to it counts as given; no answer to it is `Unknown`.
STARTTLS is demanded of every server that is not on this machine. A mail server cannot be asked afterwards.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import unquote, urlsplit

import aiosmtplib
from aiosmtplib import SMTPResponseException

from channels.email import OutgoingEmail
from channels.outcomes import (
    CONFIGURATION,
    INVALID_ADDRESS,
    NO_TURN,
    CannotTell,
    Deferred,
    FindOutcome,
    Refused,
    SendOutcome,
    Sent,
    Sought,
    Unknown,
)
from channels.outgoing_mime import UnusableAddress, ascii_address, build, own_message_id
from channels.providers.smtp_answers import refused_by

_FOR_A_TURN = 1 / 3
"""The part of an attempt's time in which a connection has to be free."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where and as whom. `tls`: `always` from the first byte, `starttls` demanded, `offered` where the server can."""

    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)
    tls: str = "starttls"


def server_at(url: str) -> Server:
    """Read `smtp://user:password@host:587` or `smtps://…:465`. Raises `ValueError` without repeating the URL."""
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        raise ValueError("the port is not a number") from None
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError("write it as smtp://user:password@host:587 or smtps://user:password@host:465")
    implicit = parts.scheme == "smtps"
    return Server(
        host=parts.hostname,
        port=port or (465 if implicit else 587),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        tls="always" if implicit else ("offered" if _on_this_machine(parts.hostname) else "starttls"),
    )


def client_for(server: Server, *, timeout_seconds: float, tls: ssl.SSLContext | None) -> aiosmtplib.SMTP:
    """Make a connection, not yet open; `connect` on it says hello, starts TLS and logs in."""
    return aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        username=server.user or None,
        password=server.password or None,
        use_tls=server.tls == "always",
        start_tls=None if server.tls == "offered" else server.tls == "starttls",
        tls_context=tls,
        timeout=timeout_seconds,
    )


class SmtpSender:
    """Sends through one server. Made outside the loop, used within one; `aclose` says goodbye to the server.

    `timeout_seconds` is for one whole attempt; keep it below the caller's own limit. `tls` replaces the machine's list
    of trusted authorities.
    """

    def __init__(
        self,
        server: Server,
        *,
        timeout_seconds: float,
        connections: int = 4,
        tls: ssl.SSLContext | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._server = server
        self._timeout = timeout_seconds
        self._turns = asyncio.Semaphore(connections)
        self._tls = tls
        self._now = now
        self._idle: list[aiosmtplib.SMTP] = []

    async def send(self, email: OutgoingEmail) -> SendOutcome:
        """Hand one email to the server."""
        try:
            raw = build(email, at=self._now(), vendor_names_it=False)
            sender, recipient = ascii_address(email.from_address), ascii_address(email.to)
        except UnusableAddress as error:
            return Refused(INVALID_ADDRESS, str(error))
        attempt = _Attempt(sender, recipient, raw)
        try:
            async with asyncio.timeout(self._timeout * _FOR_A_TURN):
                await self._turns.acquire()
        except TimeoutError:
            return Deferred(NO_TURN, detail="all connections to the mail server are taken by other mails")
        try:
            async with asyncio.timeout(self._timeout * (1 - _FOR_A_TURN)):
                await self._hand_over(attempt)
        except SMTPResponseException as error:
            return refused_by(error, at=attempt.at)
        except (TimeoutError, OSError, aiosmtplib.SMTPException) as error:
            return _broken_off(error, attempt)
        finally:
            self._turns.release()
        return Sent(own_message_id(email.our_id, sender))

    async def find(self, sought: Sought) -> FindOutcome:  # noqa: ARG002 nobody to ask
        """Say that nobody can tell: a mail server keeps no list of what it took."""
        return CannotTell("a mail server cannot be asked")

    async def aclose(self) -> None:
        """Say goodbye on every kept connection."""
        while self._idle:
            client = self._idle.pop()
            with contextlib.suppress(OSError, aiosmtplib.SMTPException):
                await client.quit(timeout=2)
            client.close()

    async def _hand_over(self, attempt: _Attempt) -> None:
        while self._idle:
            client = self._idle.pop()
            if not client.is_connected:
                continue
            try:
                await self._deliver(client, attempt)
            except (OSError, aiosmtplib.SMTPException) as error:
                if not _was_stale(error, attempt):
                    raise
            else:
                return
        attempt.at = "connect"
        await self._deliver(await self._connected(), attempt)

    async def _connected(self) -> aiosmtplib.SMTP:
        client = client_for(self._server, timeout_seconds=self._timeout, tls=self._tls)
        try:
            await client.connect()
        except BaseException:
            client.close()
            raise
        return client

    async def _deliver(self, client: aiosmtplib.SMTP, attempt: _Attempt) -> None:
        """Go through one mail transaction; keep the connection when it is left in order."""
        usable = False
        try:
            attempt.at = "mail"
            size = [f"SIZE={len(attempt.raw)}"] if client.supports_extension("size") else []
            await client.mail(attempt.sender, options=size)
            attempt.at = "rcpt"
            await client.rcpt(attempt.recipient)
            attempt.at = "data"
            await client.data(attempt.raw)
            usable = True
        except SMTPResponseException as error:
            usable = error.code > 0 and error.code != 421 and await _reset(client)
            raise
        finally:
            if usable and client.is_connected:
                self._idle.append(client)
            else:
                client.close()


@dataclass(slots=True)
class _Attempt:
    """One mail on its way. `at` is how far it came: connect, mail, rcpt, data."""

    sender: str
    recipient: str
    raw: bytes
    at: str = "connect"


async def _reset(client: aiosmtplib.SMTP) -> bool:
    try:
        await client.rset(timeout=2)
    except (OSError, aiosmtplib.SMTPException):
        return False
    return True


def _was_stale(error: Exception, attempt: _Attempt) -> bool:
    """Whether a kept connection was dead before this mail: the first command met nobody, or a goodbye."""
    if attempt.at != "mail":
        return False
    return error.code == 421 if isinstance(error, SMTPResponseException) else not isinstance(error, TimeoutError)


def _broken_off(error: Exception, attempt: _Attempt) -> SendOutcome:
    if attempt.at == "data":
        return Unknown("the connection was lost while the mail was handed over")
    if isinstance(error, ssl.SSLError) or isinstance(error.__cause__, ssl.SSLError):
        return Deferred(CONFIGURATION, detail="the mail server's certificate does not fit, or nobody trusts it")
    if isinstance(error, TimeoutError | OSError):
        return Deferred("the mail server did not answer")
    return Deferred(CONFIGURATION, detail=str(error)[:300])  # no STARTTLS, no way to log in


def _on_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
