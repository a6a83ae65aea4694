# ruff: noqa: ARG001, ARG002, N802 - aiosmtpd calls its handlers by its own names, and with all it knows
"""A real mail server (aiosmtpd) on this machine, whose answers at every stage a test decides."""

from __future__ import annotations

import asyncio
import contextlib
import ssl as tls
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

OK = "250 OK"


class Post:
    """What the server answers to `mail`, `rcpt` and `data`, and what it took. `hang` and `… hang up` say nothing."""

    def __init__(self, **answers: str) -> None:
        self.answers = answers
        self.taken: list[bytes] = []
        self.connections = 0

    async def handle_MAIL(
        self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return await self._answer(server, "mail")

    async def handle_RCPT(
        self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return await self._answer(server, "rcpt")

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:
        answer = self.answers.get("data", OK)
        if answer.startswith("250") or answer == "take and hang up":
            assert isinstance(envelope.content, bytes)
            self.taken.append(envelope.content)
        return await self._answer(server, "data")

    async def _answer(self, server: Any, stage: str) -> str:
        answer = self.answers.get(stage, OK)
        if answer == "hang":
            await asyncio.sleep(3600)
        if answer.endswith("hang up"):
            server.transport.abort()
        return answer


@dataclass(frozen=True, slots=True)
class MailServer:
    """A running server."""

    port: int


@contextlib.asynccontextmanager
async def serving(post: Post, *, ssl: tls.SSLContext | None = None, **options: Any) -> AsyncIterator[MailServer]:
    """Run a server in this loop. `options` are aiosmtpd's own (authenticator, tls_context, data_size_limit, …)."""
    loop = asyncio.get_running_loop()

    spoken: list[SMTP] = []

    def one_more() -> SMTP:
        post.connections += 1
        spoken.append(SMTP(post, loop=loop, hostname="mail.example.com", **options))
        return spoken[-1]

    server = await loop.create_server(one_more, "127.0.0.1", 0, ssl=ssl)
    try:
        yield MailServer(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        for each in spoken:
            if isinstance(each.transport, asyncio.Transport):
                each.transport.abort()
        for _ in range(3):  # the end of each connection is told in the next turns of the loop
            await asyncio.sleep(0)


def only_dana(server: Any, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    """Let dana in with her password. `handled=False`, or aiosmtpd answers nothing at all to a wrong one."""
    right = isinstance(data, LoginPassword) and (data.login, data.password) == (b"dana", b"p@ss:w/rd")
    return AuthResult(success=right, handled=False)


def make_certificate(folder: Path) -> Path:
    """Write a certificate for this machine that nobody trusts, with its key; returns the file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "both.pem"
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path


def server_side(certificate: Path) -> tls.SSLContext:
    """What the server says hello with."""
    context = tls.SSLContext(tls.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context
