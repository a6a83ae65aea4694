"""Looks at a mail server without sending: a connection, TLS, the login, and a NOOP."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl

import aiosmtplib
from aiosmtplib import SMTPAuthenticationError, SMTPNotSupported, SMTPResponseException

from channels.checks import AGAIN, CannotLook, Checked, Look
from channels.providers.smtp import Server, client_for

_NAME = "mail server"


async def look_at_mail_server(server: Server, *, timeout_seconds: float, tls: ssl.SSLContext | None = None) -> Look:
    """Say hello, log in and leave. `tls` replaces the machine's list of trusted authorities."""
    client = client_for(server, timeout_seconds=timeout_seconds, tls=tls)
    where = f"{server.host}:{server.port}"
    try:
        async with asyncio.timeout(timeout_seconds):
            await client.connect()
            await client.noop()
    except SMTPAuthenticationError as error:
        raise CannotLook(
            f"{where} does not take the login ({error.code})", "mend user and password in SMTP_URL"
        ) from None
    except SMTPResponseException as error:
        raise CannotLook(f"{where} says {error.code} {error.message[:120]}", "ask whoever runs the server") from None
    except (TimeoutError, OSError, aiosmtplib.SMTPException) as error:
        raise _why(error, where, timeout_seconds) from None
    else:
        encrypted = "TLS" if client.transport is not None and client.get_transport_info("sslcontext") else "no TLS"
        login = "logged in" if server.user else "no login"
        yield Checked(_NAME, "ok", f"{where}, {encrypted}, {login}")
    finally:
        with contextlib.suppress(OSError, aiosmtplib.SMTPException):
            if client.is_connected:
                await client.quit(timeout=1)
        client.close()


def _why(error: Exception, where: str, timeout_seconds: float) -> CannotLook:
    cause = error if isinstance(error, ssl.SSLError | socket.gaierror) else error.__cause__
    if isinstance(cause, ssl.SSLCertVerificationError):
        step = "use the name in the certificate, or give its authority in SSL_CERT_FILE"
        return CannotLook(f"the certificate of {where} does not fit: {cause.verify_message}", step)
    if isinstance(cause, ssl.SSLError):
        return CannotLook(f"no TLS with {where}", "smtps:// is for port 465, smtp:// for 587")
    if isinstance(cause, socket.gaierror):
        return CannotLook(f"nobody knows the name of {where}", "mend the host in SMTP_URL")
    if isinstance(error, TimeoutError):
        step = "see host and port in SMTP_URL; many hosts close port 25, and smtps:// is for 465"
        return CannotLook(f"no answer from {where} within {timeout_seconds:g} s", step)
    if isinstance(error, SMTPNotSupported) or "STARTTLS" in str(error):
        return CannotLook(f"{where} offers no STARTTLS or no login we know", "use a port with TLS, 587 or 465")
    if isinstance(error, OSError):
        return CannotLook(f"{where} cannot be reached", "see host and port in SMTP_URL")
    return CannotLook(f"{where}: {str(error)[:200]}", AGAIN)
