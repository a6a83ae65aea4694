"""Email from end to end: over SMTP to a real mail server, through SES's stand-in, and one thread with its answers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any
from uuid import UUID

from agent.flows import receipts
from agent.store import senders
from channels.providers.aws import Account
from channels.providers.ses import SesSender
from channels.providers.smtp import Server, SmtpSender
from channels.receipts import Receipt, ReceiptKind
from channels.standins.amazon import Amazon, Fault
from tests import cast
from tests.cast import DIEGO, MAYA
from tests.channels.mail_server import Post, serving
from tests.stories.conftest import SQLITE, Opens
from tests.stories.world import World

pytestmark = SQLITE


@asynccontextmanager
async def over_smtp(open_world: Opens, post: Post) -> AsyncIterator[World]:
    async with serving(post) as server:
        sender = SmtpSender(Server("127.0.0.1", server.port, tls="offered"), timeout_seconds=10.0)
        async with open_world(mailing=sender) as world:
            yield world
        await sender.aclose()


@asynccontextmanager
async def through_ses(open_world: Opens, amazon: Amazon) -> AsyncIterator[World]:
    async with amazon.serving() as url:
        account = Account("us-east-1", "AKTEST", "secret", endpoint_url=url)
        sender = SesSender(account, configuration_set="tend", timeout_seconds=10.0)
        async with open_world(mailing=sender) as world:
            yield world
        await sender.aclose()


async def first_email(world: World, lead_id: UUID) -> Any:
    return next(touch for touch in await world.touches(lead_id) if touch.channel == "email")


def part(mail: EmailMessage, kind: str) -> str:
    found = mail.get_body((kind,))
    assert found is not None
    return str(found.get_content())


async def test_the_first_email_leaves_by_smtp_as_a_good_citizen_sends_it(open_world: Opens) -> None:
    post = Post()
    async with over_smtp(open_world, post) as world:
        lead_id = await world.arrive(MAYA)
        await world.live(minutes=5)
        touch = await first_email(world, lead_id)
    assert touch.state == "sent"
    assert touch.provider_id == f"{touch.message_id.hex}@tend.example"
    (raw,) = post.taken
    mail = message_from_bytes(raw, policy=policy.default)
    assert mail["Message-ID"] == f"<{touch.message_id.hex}@tend.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Unsubscribe"].strip("<>") in part(mail, "plain")
    assert mail["List-Unsubscribe"].strip("<>") in part(mail, "html")
    assert cast.team().postal_address in part(mail, "html")
    assert "References" not in mail


async def test_a_mail_ses_took_and_never_answered_for_is_settled_by_its_event_and_never_sent_again(
    open_world: Opens,
) -> None:
    amazon = Amazon()
    amazon.script("take and reset")
    async with through_ses(open_world, amazon) as world:
        lead_id = await world.arrive(MAYA)
        await world.live(minutes=2)
        assert (await first_email(world, lead_id)).state == "uncertain"
        (taken,) = amazon.mails
        event = Receipt(
            vendor="ses",
            external_id="event-1",
            kind=ReceiptKind.DELIVERED,
            channel="email",
            our_id=taken.asked["EmailTags"][0]["Value"],
            provider_id=taken.message_id,
            at=world.clock.now(),
        )
        await receipts.keep(world.tend, [event])
        await world.live(hours=3)
        touch = await first_email(world, lead_id)
    assert (touch.state, touch.provider_id) == ("sent", taken.message_id)
    assert len(amazon.mails) == 1


async def test_expired_keys_lose_no_email_and_are_shown_until_mended(open_world: Opens) -> None:
    amazon = Amazon()
    amazon.script(Fault(403, "ExpiredTokenException", "The security token included in the request is expired"))
    async with through_ses(open_world, amazon) as world:
        lead_id = await world.arrive(MAYA)
        await world.live(minutes=2)
        assert (await first_email(world, lead_id)).state == "planned"
        async with world.tend.reading() as conn:
            (shown,) = await senders.trouble(conn, team_id=world.tend.team_id, now=world.clock.now())
        assert (shown.channel, shown.waiting) == ("email", 1)
        assert "ExpiredTokenException" in shown.reason
        await world.live(minutes=20)
        assert (await first_email(world, lead_id)).state == "sent"
    assert len(amazon.mails) == 1


async def test_an_answer_stands_under_the_mail_it_answers(open_world: Opens) -> None:
    async with open_world() as world:
        await world.arrive(MAYA)
        await world.live(minutes=5)
        (first,) = world.emails_to(MAYA)
        await world.mail(cast.mail(MAYA, "Are you a bot?", message_id="question@mail.example"))
        await world.live(minutes=30)
        answer = world.emails_to(MAYA)[1]
    assert answer.references == (f"{first.our_id}@tend.example", "question@mail.example")
    assert ("Auto-Submitted", "auto-replied") in answer.headers
    assert first.references == ()
    assert first.letterhead == cast.team().brokerage


async def test_a_burst_of_emails_is_spread_and_none_is_lost(open_world: Opens) -> None:
    async with open_world(tend_emails_per_second=20.0) as world:
        for lead in (MAYA, DIEGO):
            await world.arrive(lead)
        await world.live(minutes=5)
        assert [len(world.emails_to(lead)) for lead in (MAYA, DIEGO)] == [1, 1]
