"""Sending over SMTP to a real server that says yes, no, later, nothing, or hangs up, at every stage."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any, Protocol

import pytest

from channels.email import OutgoingEmail
from channels.outcomes import (
    CONFIGURATION,
    INVALID_ADDRESS,
    NO_TURN,
    THROTTLED,
    CannotTell,
    Deferred,
    Refused,
    SendOutcome,
    Sent,
    Sought,
    Unknown,
)
from channels.providers.smtp import Server, SmtpSender, server_at
from tests.channels.mail_server import MailServer, Post, make_certificate, only_dana, server_side, serving

EMAIL = OutgoingEmail(
    our_id="0198" + "a" * 28,
    to="maya.lopez@example.com",
    from_name="Dana Reyes, Alder Realty",
    from_address="hello@tend.example",
    reply_to="r+token@tend.example",
    subject="Your tour on Saturday",
    text="Hi Maya,\n\nSaturday at ten?\n",
    letterhead="Alder Realty",
)


class _ToMend:
    """Equal to any answer that waits for a person and says why."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Deferred) and other.reason == CONFIGURATION and bool(other.detail)

    __hash__ = None  # type: ignore[assignment] # nobody keeps these in a set


TO_MEND = _ToMend()


class Serve(Protocol):
    async def __call__(self, post: Post, **options: Any) -> MailServer: ...


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    async with AsyncExitStack() as running:

        async def start(post: Post, **options: Any) -> MailServer:
            return await running.enter_async_context(serving(post, **options))

        yield start


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificate(tmp_path_factory.mktemp("tls"))


def sender_to(mail_server: MailServer, **options: Any) -> SmtpSender:
    tls = options.pop("tls_mode", "offered")
    server = Server("127.0.0.1", mail_server.port, options.pop("user", ""), options.pop("password", ""), tls)
    return SmtpSender(server, **{"timeout_seconds": 2.0, **options})


async def send_once(sender: SmtpSender, email: OutgoingEmail = EMAIL) -> SendOutcome:
    outcome = await sender.send(email)
    await sender.aclose()
    return outcome


async def test_the_mail_arrives_whole_and_its_name_is_ours(serve: Serve) -> None:
    post = Post()
    outcome = await send_once(sender_to(await serve(post)))
    assert outcome == Sent(f"{EMAIL.our_id}@tend.example")
    mail = message_from_bytes(post.taken[0], policy=policy.default)
    assert mail["Message-ID"] == f"<{EMAIL.our_id}@tend.example>"
    text = mail.get_body(("plain",))
    html = mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert "Saturday at ten?" in text.get_content()
    assert "Saturday at ten?" in html.get_content()


async def test_mails_one_after_another_share_one_connection(serve: Serve) -> None:
    post = Post()
    sender = sender_to(await serve(post))
    for _ in range(5):
        assert isinstance(await sender.send(EMAIL), Sent)
    await sender.aclose()
    assert (len(post.taken), post.connections) == (5, 1)


async def test_mails_at_once_share_no_more_connections_than_allowed(serve: Serve) -> None:
    post = Post()
    sender = sender_to(await serve(post), connections=3, timeout_seconds=20.0)
    outcomes = await asyncio.gather(*(sender.send(EMAIL) for _ in range(30)))
    await sender.aclose()
    assert all(isinstance(outcome, Sent) for outcome in outcomes)
    assert len(post.taken) == 30
    assert 1 <= post.connections <= 3


async def test_a_connection_the_server_closed_meanwhile_is_made_anew(serve: Serve) -> None:
    post = Post()
    sender = sender_to(await serve(post, timeout=0.2))  # the server hangs up on a silent client
    assert isinstance(await sender.send(EMAIL), Sent)
    await asyncio.sleep(0.6)
    assert isinstance(await sender.send(EMAIL), Sent)
    await sender.aclose()
    assert (len(post.taken), post.connections) == (2, 2)


async def test_a_kept_connection_that_answers_421_is_made_anew_once(serve: Serve) -> None:
    post = Post()
    sender = sender_to(await serve(post))
    assert isinstance(await sender.send(EMAIL), Sent)
    post.answers["mail"] = "421 4.4.2 idle too long"
    assert await sender.send(EMAIL) == Deferred(THROTTLED, 60.0, "the mail server says later (421)")
    assert post.connections == 2


@pytest.mark.parametrize(
    "answers, expected",
    [
        ({"mail": "451 4.3.0 try later"}, Deferred(THROTTLED, 60.0, "the mail server says later (451)")),
        ({"mail": "550 5.7.1 sender not allowed"}, TO_MEND),
        ({"rcpt": "450 4.2.0 greylisted"}, Deferred("the mail server says later (450)", 300.0)),
        ({"rcpt": "452 4.2.2 mailbox full"}, Deferred("the mail server says later (452)")),
        ({"rcpt": "550 5.1.1 no such user"}, Refused(INVALID_ADDRESS, "5.1.1 no such user")),
        ({"rcpt": "550 user unknown"}, Refused(INVALID_ADDRESS, "user unknown")),
        ({"rcpt": "550 5.7.1 blocked by policy"}, Refused("rejected", "5.7.1 blocked by policy")),
        ({"rcpt": "554 relay access denied"}, TO_MEND),
        ({"rcpt": "530 5.7.0 log in first"}, TO_MEND),
        ({"data": "454 4.7.0 Throttling failure"}, Deferred(THROTTLED, 60.0, "the mail server says later (454)")),
        ({"data": "552 5.3.4 too big"}, Refused("too_large", "5.3.4 too big")),
        ({"data": "554 5.6.0 looks like spam"}, Refused("rejected", "5.6.0 looks like spam")),
        ({"data": "550 5.7.26 fails DMARC"}, TO_MEND),
        ({"mail": "hang"}, Deferred("the mail server did not answer")),
        ({"rcpt": "hang"}, Deferred("the mail server did not answer")),
        ({"rcpt": "hang up"}, Deferred("the mail server did not answer")),
        ({"data": "hang"}, Unknown("the connection was lost while the mail was handed over")),
        ({"data": "take and hang up"}, Unknown("the connection was lost while the mail was handed over")),
    ],
)  # fmt: skip
async def test_an_answer_means_what_it_says_and_silence_after_the_mail_means_nothing(
    serve: Serve, answers: dict[str, str], expected: SendOutcome | _ToMend
) -> None:
    post = Post(**answers)
    assert await send_once(sender_to(await serve(post), timeout_seconds=3.0)) == expected
    assert post.taken == [] or isinstance(expected, Unknown)


async def test_after_a_refusal_the_same_connection_takes_the_next_mail(serve: Serve) -> None:
    post = Post(rcpt="550 5.1.1 no such user")
    sender = sender_to(await serve(post))
    assert isinstance(await sender.send(EMAIL), Refused)
    post.answers.clear()
    assert isinstance(await sender.send(EMAIL), Sent)
    await sender.aclose()
    assert post.connections == 1


async def test_nobody_listening_proves_that_nothing_left() -> None:
    sender = SmtpSender(Server("127.0.0.1", 1, tls="offered"), timeout_seconds=1.0)
    assert await sender.send(EMAIL) == Deferred("the mail server did not answer")


async def test_a_mail_that_finds_no_free_connection_was_never_begun(serve: Serve) -> None:
    post = Post(data="hang")
    sender = sender_to(await serve(post), connections=1, timeout_seconds=1.5)
    first, second = await asyncio.gather(sender.send(EMAIL), sender.send(EMAIL))
    assert isinstance(first, Unknown)
    assert isinstance(second, Deferred)
    assert (second.reason, post.connections) == (NO_TURN, 1)


async def test_a_server_that_never_greets_is_given_up_in_time() -> None:
    over = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            await reader.read()
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
        over.set()

    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        begun = time.monotonic()
        outcome = await SmtpSender(Server("127.0.0.1", port, tls="offered"), timeout_seconds=0.5).send(EMAIL)
        async with asyncio.timeout(5):
            await over.wait()
    assert outcome == Deferred("the mail server did not answer")
    assert time.monotonic() - begun < 2


async def test_a_mail_of_five_megabytes_is_taken_or_refused_before_it_is_sent(serve: Serve) -> None:
    big = OutgoingEmail(
        our_id="b" * 32, to=EMAIL.to, from_name="", from_address=EMAIL.from_address, reply_to=EMAIL.reply_to,
        subject="big", text=("x" * 70 + "\n") * 75_000,
    )  # fmt: skip
    roomy, narrow = Post(), Post()
    taken = await send_once(sender_to(await serve(roomy), timeout_seconds=20.0), big)
    refused = await send_once(sender_to(await serve(narrow, data_size_limit=1_000_000), timeout_seconds=20.0), big)
    assert isinstance(taken, Sent)
    assert len(roomy.taken[0]) > 5_000_000
    assert isinstance(refused, Refused)
    assert refused.reason == "too_large"


async def test_it_cannot_be_asked_afterwards(serve: Serve) -> None:
    sender = sender_to(await serve(Post()))
    assert isinstance(await sender.find(Sought(our_id="x", to=EMAIL.to, since=datetime.now(UTC), words="")), CannotTell)


# ---- logging in


@pytest.mark.filterwarnings("ignore:Requiring AUTH")  # aiosmtpd warns of a password in the clear, meant here
async def test_it_logs_in_and_a_wrong_password_waits_for_a_person(serve: Serve) -> None:
    post = Post()
    mail_server = await serve(post, authenticator=only_dana, auth_required=True, auth_require_tls=False)
    assert isinstance(await send_once(sender_to(mail_server, user="dana", password="p@ss:w/rd")), Sent)
    assert await send_once(sender_to(mail_server, user="dana", password="old")) == TO_MEND
    assert await send_once(sender_to(mail_server)) == TO_MEND
    assert len(post.taken) == 1


# ---- encryption


async def test_starttls_and_a_login_behind_it_work(serve: Serve, certificate: Path) -> None:
    post = Post()
    mail_server = await serve(
        post, tls_context=server_side(certificate), require_starttls=True, authenticator=only_dana, auth_required=True
    )
    trusting = ssl.create_default_context(cafile=str(certificate))
    sender = sender_to(mail_server, tls_mode="starttls", tls=trusting, user="dana", password="p@ss:w/rd")
    assert isinstance(await send_once(sender), Sent)
    assert len(post.taken) == 1


async def test_a_certificate_nobody_trusts_sends_nothing_and_waits_for_a_person(
    serve: Serve, certificate: Path
) -> None:
    post = Post()
    mail_server = await serve(post, tls_context=server_side(certificate))
    assert await send_once(sender_to(mail_server, tls_mode="starttls")) == TO_MEND
    assert post.taken == []


async def test_a_server_without_starttls_never_sees_the_password_or_the_mail(serve: Serve) -> None:
    post = Post()
    mail_server = await serve(post, authenticator=only_dana, auth_require_tls=False)
    sender = sender_to(mail_server, tls_mode="starttls", user="dana", password="p@ss:w/rd")
    assert await send_once(sender) == TO_MEND
    assert post.taken == []


async def test_tls_from_the_first_byte_works(serve: Serve, certificate: Path) -> None:
    post = Post()
    mail_server = await serve(post, ssl=server_side(certificate))
    trusting = ssl.create_default_context(cafile=str(certificate))
    assert isinstance(await send_once(sender_to(mail_server, tls_mode="always", tls=trusting)), Sent)


# ---- the address of the server


def test_urls_say_where_as_whom_and_how_safely() -> None:
    assert server_at("smtp://dana:p%40ss@mail.example.com") == Server(
        "mail.example.com", 587, "dana", "p@ss", "starttls"
    )
    assert server_at("smtps://mail.example.com").port == 465
    assert server_at("smtps://mail.example.com").tls == "always"
    assert server_at("smtp://127.0.0.1:2525").tls == "offered"
    assert server_at("smtp://[::1]:2525").tls == "offered"
    assert server_at("smtp://127.0.0.1.example.com").tls == "starttls"


@pytest.mark.parametrize("url", ["mail.example.com", "http://a", "smtp://", "smtp://a:pass@h:99999", "smtp://h/x"])
def test_an_unusable_url_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(ValueError, match=r"port|write it as") as refused:
        server_at(url)
    assert "pass@h" not in str(refused.value)


def test_the_password_never_prints() -> None:
    assert "secret" not in repr(server_at("smtp://dana:secret@mail.example.com"))
