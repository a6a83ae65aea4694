"""Looking at a mail server without sending: what keeps mail from leaving by it, said in words."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from channels.checks import Checked, told
from channels.providers.smtp import Server
from channels.providers.smtp_check import look_at_mail_server
from tests.channels.mail_server import Post, make_certificate, only_dana, server_side, serving
from tests.channels.peers import silent


async def looked(server: Server, *, tls: ssl.SSLContext | None = None) -> Checked:
    look = look_at_mail_server(server, timeout_seconds=1.0, tls=tls)
    (line,) = [line async for line in told("mail server", look)]
    return line


def at(port: int, *, password: str = "", tls: str = "starttls") -> Server:
    return Server("127.0.0.1", port, "dana", password or "p@ss:w/rd", tls)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return make_certificate(tmp_path)


async def test_a_server_that_lets_us_in_is_ok_and_gets_no_mail(certificate: Path) -> None:
    post = Post()
    trusted = ssl.create_default_context(cafile=str(certificate))
    async with serving(post, tls_context=server_side(certificate), authenticator=only_dana) as server:
        line = await looked(at(server.port), tls=trusted)
        wrong = await looked(at(server.port, password="wrong"), tls=trusted)
        stranger = await looked(at(server.port))
    assert (line.state, line.found) == ("ok", f"127.0.0.1:{server.port}, TLS, logged in")
    assert (wrong.state, "login" in wrong.found, "wrong" in repr(wrong)) == ("broken", True, False)
    assert (stranger.state, "certificate" in stranger.found) == ("broken", True)
    assert post.taken == []


async def test_tls_from_the_first_byte_is_looked_at_too(certificate: Path) -> None:
    trusted = ssl.create_default_context(cafile=str(certificate))
    async with serving(Post(), ssl=server_side(certificate)) as server:
        line = await looked(Server("127.0.0.1", server.port, tls="always"), tls=trusted)
    assert (line.state, line.found.endswith("TLS, no login")) == ("ok", True)


async def test_a_server_without_starttls_a_silent_one_and_none_at_all_are_told_apart() -> None:
    async with serving(Post()) as server:
        assert "STARTTLS" in (await looked(at(server.port))).found
        assert (await looked(at(server.port, tls="always"))).state == "broken"
    assert "cannot be reached" in (await looked(at(server.port))).found
    async with silent() as url:
        assert "no answer" in (await looked(at(int(url.rpartition(":")[2])))).found
