"""What every sender promises, whoever is behind it. A real provider joins by one line in SENDERS."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from channels.email import EmailSender, OutgoingEmail
from channels.outcomes import CannotTell, FindOutcome, Found, SendOutcome, Sent
from channels.providers.aws import Account as AmazonAccount
from channels.providers.aws_sms import SmsVoiceSender, SnsTextSender
from channels.providers.memory import MemoryEmailSender, MemorySmsSender
from channels.providers.sandbox import SandboxEmailSender, SandboxSmsSender
from channels.providers.ses import SesSender
from channels.providers.smtp import Server, SmtpSender
from channels.providers.twilio_sms import TwilioSmsSender
from channels.providers.twilio_whatsapp import TwilioWhatsAppSender
from channels.sms import OutgoingSms, SmsSender
from channels.standins.amazon import Amazon
from channels.whatsapp import OutgoingWhatsApp, WhatsAppSender
from tests.channels import peers
from tests.channels.mail_server import Post, serving

NOW = datetime(2026, 7, 7, 15, 0, tzinfo=UTC)
ADDRESS = {"email": "maya.lopez@example.com", "sms": "+15125550142"}


@dataclass(frozen=True, slots=True)
class Sender:
    """One provider seen through its door, the same for all channels."""

    channel: str
    take: Callable[[str, str], Awaitable[SendOutcome]]
    ask: Callable[[str, str], Awaitable[FindOutcome]]


def by_email(sender: EmailSender) -> Sender:
    def take(our_id: str, words: str) -> Awaitable[SendOutcome]:
        return sender.send(
            OutgoingEmail(
                our_id=our_id,
                to=ADDRESS["email"],
                from_name="Sam Ortiz",
                from_address="sam@example.org",
                reply_to="r+token@reply.example.org",
                subject="Your tour on Saturday",
                text=words,
                headers=(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),),
                letterhead="Alder Realty",
            )
        )

    def ask(our_id: str, words: str) -> Awaitable[FindOutcome]:
        return sender.find(our_id=our_id, to=ADDRESS["email"], since=NOW, words=words)

    return Sender("email", take, ask)


def by_sms(sender: SmsSender) -> Sender:
    return Sender(
        "sms",
        lambda our_id, words: sender.send(OutgoingSms(our_id=our_id, to=ADDRESS["sms"], body=words)),
        lambda our_id, words: sender.find(our_id=our_id, to=ADDRESS["sms"], since=NOW, words=words),
    )


def by_whatsapp(sender: WhatsAppSender, *, blanks: bool) -> Sender:
    def take(our_id: str, words: str) -> Awaitable[SendOutcome]:
        return sender.send(OutgoingWhatsApp(our_id, ADDRESS["sms"], words, ("Maya", words) if blanks else ()))

    return Sender(
        "whatsapp",
        take,
        lambda our_id, words: sender.find(our_id=our_id, to=ADDRESS["sms"], since=NOW, words=words),
    )


SENDERS: dict[str, Callable[[], Sender]] = {
    "sandbox-email": lambda: by_email(SandboxEmailSender(clock=lambda: NOW)),
    "sandbox-sms": lambda: by_sms(SandboxSmsSender(clock=lambda: NOW)),
    "memory-email": lambda: by_email(MemoryEmailSender()),
    "memory-sms": lambda: by_sms(MemorySmsSender()),
}


@asynccontextmanager
async def twilio() -> AsyncIterator[Sender]:
    async with peers.twilio() as messages:
        yield by_sms(TwilioSmsSender(messages, service_sid=peers.SERVICE))


@asynccontextmanager
async def whatsapp() -> AsyncIterator[Sender]:
    async with peers.twilio() as messages:
        yield by_whatsapp(TwilioWhatsAppSender(messages, from_number="+15125550199"), blanks=False)


@asynccontextmanager
async def whatsapp_template() -> AsyncIterator[Sender]:
    async with peers.twilio() as messages:
        template = "HX" + "0" * 31 + "1"
        sender = TwilioWhatsAppSender(messages, from_number="+15125550199", template=template)
        yield by_whatsapp(sender, blanks=True)


@asynccontextmanager
async def smtp() -> AsyncIterator[Sender]:
    async with serving(Post()) as server:
        made = SmtpSender(Server("127.0.0.1", server.port, tls="offered"), timeout_seconds=20.0)
        yield by_email(made)
        await made.aclose()


@asynccontextmanager
async def ses() -> AsyncIterator[Sender]:
    async with Amazon().serving() as url:
        made = SesSender(amazon_at(url), configuration_set="tend", timeout_seconds=20.0)
        yield by_email(made)
        await made.aclose()


@asynccontextmanager
async def sms_voice() -> AsyncIterator[Sender]:
    async with Amazon().serving() as url:
        made = SmsVoiceSender(amazon_at(url), sender="pool-1", configuration_set="tend", timeout_seconds=20.0)
        yield by_sms(made)
        await made.aclose()


@asynccontextmanager
async def sns() -> AsyncIterator[Sender]:
    async with Amazon().serving() as url:
        made = SnsTextSender(amazon_at(url), sender="+15125550199", timeout_seconds=20.0)
        yield by_sms(made)
        await made.aclose()


def amazon_at(url: str) -> AmazonAccount:
    return AmazonAccount("us-east-1", "AKTEST", "secret", endpoint_url=url)


OVER_A_WIRE: dict[str, Callable[[], AbstractAsyncContextManager[Sender]]] = {
    "twilio-sms": twilio,
    "twilio-whatsapp": whatsapp,
    "twilio-whatsapp-template": whatsapp_template,
    "smtp": smtp,
    "ses": ses,
    "aws-sms-voice": sms_voice,
    "aws-sns": sns,
}


@pytest.fixture(params=[*SENDERS, *OVER_A_WIRE])
async def sender(request: pytest.FixtureRequest) -> AsyncIterator[Sender]:
    name = str(request.param)
    if name in SENDERS:
        yield SENDERS[name]()
        return
    async with OVER_A_WIRE[name]() as made:
        yield made


async def test_a_message_it_took_is_found_afterwards_under_the_name_it_gave(sender: Sender) -> None:
    answer = await sender.take("touch-1", "Hi Maya")
    assert isinstance(answer, Sent)
    assert answer.provider_id
    found = await sender.ask("touch-1", "Hi Maya")
    assert found == Found(answer.provider_id) or isinstance(found, CannotTell)


async def test_a_message_it_never_saw_is_not_found(sender: Sender) -> None:
    await sender.take("touch-1", "Hi Maya")
    assert not isinstance(await sender.ask("touch-2", "Something else"), Found)


async def test_every_message_gets_its_own_name(sender: Sender) -> None:
    answers = [await sender.take(f"touch-{n}", "Hi Maya") for n in range(5)]
    assert len({answer.provider_id for answer in answers if isinstance(answer, Sent)}) == 5


async def test_messages_handed_over_at_once_are_all_taken(sender: Sender) -> None:
    answers = await asyncio.gather(*(sender.take(f"touch-{n}", "Hi Maya") for n in range(20)))
    assert len({answer.provider_id for answer in answers if isinstance(answer, Sent)}) == 20


@pytest.mark.parametrize("words", ["", "¿Mañana? 🏡", "line\nline\n", "x" * 1600, "\u202eabc\u0000"])
async def test_odd_words_are_answered_and_never_raised_about(sender: Sender, words: str) -> None:
    assert isinstance(await sender.take("touch-1", words), SendOutcome)
