"""Amazon's notices at a real server: receipts of SES, texts, mail by topic and by bucket; forgeries and replays."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import boto3
import httpx
import pytest
from moto.server import ThreadedMotoServer

from agent.store.tables import addresses, attachments, messages, outbox, receipts, suppressions, todos, webhook_events
from channels.outcomes import Sent
from channels.providers.aws_inbound import AwsAccount, AwsInbound
from channels.providers.memory import MemoryEmailSender
from channels.providers.sns import Sns
from channels.providers.sns_certificates import Certificates
from channels.standins.sns import ARN, Posted, Topic
from tests import cast
from tests.cast import HANK, MAYA, RUTH
from tests.stories.conftest import SQLITE, Opens
from tests.stories.world import World

SES_ID = "0100019f3a5e-11aa22bb-0000-4000-8000-000000000001-000000"


@pytest.fixture(scope="module")
def aws() -> Any:
    """Amazon on loopback."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@dataclass(frozen=True)
class Amazon:
    """A world in which a topic of ours posts."""

    world: World
    topic: Topic

    async def post(self, posted: Posted, path: str = "/hooks/ses") -> httpx.Response:
        return await self.world.client.post(path, content=posted.body, headers=posted.headers)

    async def tell(self, message: Any, path: str = "/hooks/ses", **how: Any) -> int:
        posted = self.topic.notification(message, at=self.world.clock.now(), **how)
        return (await self.post(posted, path)).status_code

    async def kept(self) -> list[str]:
        return sorted(row.kind for row in await self.world.rows(receipts))


In = Callable[..., AbstractAsyncContextManager[Amazon]]


@pytest.fixture
def amazon_in(open_world: Opens, aws: str) -> In:
    @asynccontextmanager
    async def opened(**also: Any) -> AsyncIterator[Amazon]:
        topic = Topic()
        endpoint = also.pop("endpoint", aws)
        account = AwsAccount(access_key_id="test", secret_access_key="test", endpoint_url=endpoint)
        inbound = AwsInbound(account)
        certificates = also.pop("certificates", None) or Certificates(topic.certificate)
        topics = also.pop("topics", (ARN,))
        notices = Sns(topics=topics, signature_v1=False, certificates=certificates, confirm=inbound.confirm)
        async with open_world(doors={"notices": notices, "mail_store": inbound}, **also) as world:
            yield Amazon(world, topic)

    return opened


@pytest.fixture
async def amazon(amazon_in: In) -> AsyncIterator[Amazon]:
    async with amazon_in() as here:
        yield here


def event(kind: str, our_id: str, **details: Any) -> dict[str, Any]:
    mail = {"messageId": SES_ID, "timestamp": "2026-07-07T15:00:00.000Z", "tags": {"tend": [our_id]}}
    return {"eventType": kind, "mail": mail, **details}


def bounce(our_id: str, kind: str = "Permanent", subtype: str = "General", **changes: Any) -> dict[str, Any]:
    told = {
        "bounceType": kind,
        "bounceSubType": subtype,
        "feedbackId": "0100-fb",
        "timestamp": "2026-07-07T15:00:01.000Z",
        "bouncedRecipients": [{"emailAddress": MAYA.email, "diagnosticCode": f"smtp; 550 no such user {MAYA.email}"}],
    }
    return event("Bounce", our_id, bounce=told | changes)


def arrived(raw: bytes, *, to: str = "hello@tend.example", verdicts: dict[str, str] | None = None) -> dict[str, Any]:
    """As SES tells of mail with the mail in it."""
    found = {"spf": "PASS", "dkim": "PASS", "dmarc": "PASS", "spam": "PASS", "virus": "PASS"} | (verdicts or {})
    receipt = {f"{name}Verdict": {"status": status} for name, status in found.items()}
    return {
        "notificationType": "Received",
        "receipt": {**receipt, "recipients": [to], "action": {"type": "SNS", "encoding": "UTF8"}},
        "mail": {"messageId": "abc"},
        "content": raw.decode(),
    }


def stored(bucket: str, key: str, **also: Any) -> dict[str, Any]:
    """As SES tells of mail it put into a bucket."""
    told = arrived(b"", **also)
    del told["content"]
    told["receipt"]["action"] = {"type": "S3", "bucketName": bucket, "objectKey": key}
    return told


def client(service: Literal["s3", "sns"], aws: str) -> Any:
    session = boto3.Session("test", "test", region_name="us-east-1")
    return session.client(service, endpoint_url=aws)


def bucket_with(aws: str, **mails: bytes) -> Any:
    s3 = client("s3", aws)
    s3.create_bucket(Bucket="tend-in")
    for key, raw in mails.items():
        s3.put_object(Bucket="tend-in", Key=f"in/{key}", Body=raw)
    return s3


# ---- receipts


async def test_a_bounce_told_in_any_order_and_three_times_is_kept_once_and_silences_the_address(amazon: Amazon) -> None:
    world = amazon.world
    lead_id = await world.arrive(MAYA)
    await world.live(minutes=5)
    (email,) = world.emails_to(MAYA)
    delivered = event(
        "Delivery", email.our_id, delivery={"timestamp": "2026-07-07T15:00:02.000Z", "recipients": [MAYA.email]}
    )

    for message in (bounce(email.our_id), delivered, bounce(email.our_id), bounce(email.our_id)):
        assert await amazon.tell(message) == 200
    await world.live(days=9)

    assert await amazon.kept() == ["bounced", "delivered"]
    assert world.emails_to(MAYA) == [email]
    (address,) = await world.rows(addresses, lead_id=lead_id, channel="email")
    assert address.valid is False
    for row in await world.rows(receipts):
        assert MAYA.email not in f"{row.external_id}{row.detail!r}"


@SQLITE
@pytest.mark.parametrize(
    "subtype,word", [("OnAccountSuppressionList", ""), ("Suppressed", "bounced"), ("General", "bounced")]
)
async def test_a_mail_that_never_left_since_it_is_on_our_list_is_no_bounce_to_the_brake(
    amazon: Amazon, subtype: str, word: str
) -> None:
    world = amazon.world
    lead_id = await world.arrive(MAYA)
    await world.live(minutes=5)

    await amazon.tell(bounce(world.emails_to(MAYA)[0].our_id, "Permanent", subtype))

    assert {touch.word for touch in await world.touches(lead_id, channel="email", state="sent")} == {word}
    (address,) = await world.rows(addresses, lead_id=lead_id, channel="email")
    assert address.valid is False


@SQLITE
@pytest.mark.parametrize(
    "message,kind",
    [
        (bounce("x", "Permanent", "OnAccountSuppressionList"), "bounced"),
        (bounce("x", "Permanent", "NobodyKnowsThisOne"), "bounced"),
        (bounce("x", "Transient", "General"), "undelivered"),
        (bounce("x", "Transient", "MailboxFull"), "undelivered"),
        (bounce("x", "Undetermined", "Undetermined"), "undelivered"),
        (event("Send", "x", send={}), "sent"),
        (event("Reject", "x", reject={"reason": "Bad content"}), "rejected"),
        (event("Rendering Failure", "x", failure={"errorMessage": "Attribute missing"}), "rejected"),
        (event("Open", "x", open={"timestamp": "2026-07-07T15:00:09.000Z"}), "opened"),
        (event("Click", "x", click={"timestamp": "2026-07-07T15:00:09.000Z", "link": "https://a.test"}), "clicked"),
        (event("DeliveryDelay", "x", deliveryDelay={"timestamp": "2026-07-07T15:00:09.000Z"}), "delayed"),
        (event("Complaint", "x", complaint={"complaintFeedbackType": "abuse", "feedbackId": "f"}), "complained"),
        (event("Complaint", "x", complaint={"complaintFeedbackType": "not-spam", "feedbackId": "f"}), None),
        (event("Subscription", "x", subscription={"newTopicPreferences": {"unsubscribeAll": True}}), "unsubscribed"),
        (event("Subscription", "x", subscription={"newTopicPreferences": {"unsubscribeAll": False}}), None),
        (event("Teleported", "x"), None),
        ("Successfully validated SNS topic for Amazon SES event publishing.", None),
        ({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "tend-in"}, None),
        ([1], None),
        ({"eventType": ["Bounce"], "mail": "none"}, None),
    ],
    ids=lambda value: str(value)[:60],
)
async def test_each_event_of_ses_is_one_receipt_or_none(amazon: Amazon, message: Any, kind: str | None) -> None:
    assert await amazon.tell(message) == 200
    assert await amazon.kept() == ([kind] if kind else [])


@SQLITE
async def test_a_complaint_is_an_opt_out_and_an_identitys_feedback_without_tags_finds_its_message(
    amazon_in: In,
) -> None:
    email = MemoryEmailSender()
    email.script(Sent(SES_ID))
    async with amazon_in(email=email) as amazon:
        world = amazon.world
        lead_id = await world.arrive(MAYA, text_consent="yes")
        await world.live(minutes=5)
        before = world.sent_to(MAYA)
        told = event("Complaint", "", complaint={"feedbackId": "f", "complainedRecipients": []})
        del told["mail"]["tags"]
        told["notificationType"] = told.pop("eventType")

        assert await amazon.tell(told) == 200
        await world.live(days=20)

        assert world.sent_to(MAYA) == before
        assert (await world.lead(lead_id)).end_reason == "opted out"


@SQLITE
async def test_what_becomes_of_a_text_is_told_with_our_id_in_its_context(amazon: Amazon) -> None:
    world = amazon.world
    await world.arrive(HANK, text_consent="yes")
    await world.live(minutes=5)
    (text,) = world.texts_to(HANK)
    for name in ("TEXT_QUEUED", "TEXT_SENT", "TEXT_DELIVERED", "TEXT_DELIVERED", "TEXT_FROM_THE_FUTURE"):
        told = {"eventType": name, "eventTimestamp": 1783436400000, "messageId": "m", "context": {"tend": text.our_id}}
        assert await amazon.tell(told, "/hooks/aws/sms") == 200

    assert await amazon.kept() == ["delivered", "sent"]
    (row,) = await world.rows(messages, direction="out", channel="sms")
    assert row.delivery == "delivered"


async def test_stop_texted_through_amazon_ends_everything_before_the_answer(amazon: Amazon) -> None:
    world = amazon.world
    lead_id = await world.arrive(HANK, text_consent="yes")
    told = {
        "originationNumber": HANK.phone,
        "destinationNumber": cast.OUR_NUMBER,
        "messageKeyword": "KEYWORD_1",
        "messageBody": "Stop",
        "inboundMessageId": "in-1",
        "previousPublishedMessageId": "x",
    }
    for _ in range(2):
        assert await amazon.tell(told, "/hooks/aws/sms") == 200

    assert (await world.lead(lead_id)).end_reason == "opted out"
    assert len(await world.rows(messages, direction="in")) == 1
    assert len(await world.rows(outbox, lead_id=lead_id, kind="note")) == 1


# ---- who may tell


@SQLITE
async def test_a_forged_an_old_and_a_strange_topics_notice_change_nothing(amazon: Amazon) -> None:
    world, now = amazon.world, amazon.world.clock.now()
    message = arrived(cast.mail(MAYA, "STOP"))
    stranger = Topic("arn:aws:sns:us-east-1:999988887777:tend", amazon.topic.key)
    refused = [
        Topic().notification(message, at=now),
        amazon.topic.notification(message, at=now, Message="changed"),
        amazon.topic.notification(message, at=now - timedelta(hours=2)),
        amazon.topic.notification(message, at=now, SigningCertURL="https://evil.s3.amazonaws.com/x.pem"),
        amazon.topic.notification(message, at=now, version="1"),
        stranger.notification(message, at=now),
        stranger.confirmation(at=now),
    ]

    assert {(await amazon.post(posted)).status_code for posted in refused} == {401}
    assert (await amazon.post(Posted(b"{}", {}))).status_code == 400
    assert await world.rows(messages) == []


@SQLITE
async def test_a_replay_within_the_hour_changes_nothing_more(amazon: Amazon) -> None:
    world = amazon.world
    lead_id = await world.arrive(RUTH)
    told = arrived(cast.mail(RUTH, "Please stop writing to me", message_id="one@example.com"))
    posted = amazon.topic.notification(told, at=world.clock.now())

    assert [(await amazon.post(posted)).status_code for _ in range(3)] == [200] * 3

    assert len(await world.rows(messages, lead_id=lead_id, direction="in")) == 1
    assert len(await world.rows(outbox, lead_id=lead_id, kind="note")) == 1


@SQLITE
async def test_doors_no_topic_was_named_for_are_closed(world: World) -> None:
    for path in ("/hooks/ses", "/hooks/s3", "/hooks/aws/sms"):
        posted = Topic().notification("hi", at=world.clock.now())
        assert (await world.client.post(path, content=posted.body)).status_code == 404


@SQLITE
async def test_a_subscription_is_confirmed_by_the_api_and_its_address_never_fetched(amazon_in: In, aws: str) -> None:
    sns = client("sns", aws)
    arn = sns.create_topic(Name="confirmed")["TopicArn"]
    async with amazon_in(topics=(arn, ARN)) as amazon:
        topic = Topic(arn, amazon.topic.key)
        now = amazon.world.clock.now()

        assert (await amazon.post(topic.confirmation(at=now, token="t" * 40))).status_code == 200
        assert (await amazon.post(topic.confirmation(at=now, leaving=True))).status_code == 200
        assert (await amazon.post(amazon.topic.confirmation(at=now))).status_code == 503, "no such topic: later"


# ---- mail


@SQLITE
async def test_mail_that_comes_by_topic_is_routed_by_its_envelope_and_keeps_its_verdicts(amazon: Amazon) -> None:
    world = amazon.world
    lead_id = await world.arrive(MAYA)
    await world.live(minutes=5)
    token_address = world.emails_to(MAYA)[0].reply_to
    spouse = cast.guest(1)

    raw = cast.mail(spouse, "Can we see it on Saturday?", to="list@elsewhere.example")
    assert await amazon.tell(arrived(raw, to=token_address.upper(), verdicts={"spam": "GRAY"})) == 200

    (kept,) = await world.rows(messages, direction="in")
    assert kept.lead_id == lead_id
    assert kept.verdicts == "spf=pass dkim=pass dmarc=pass spam=gray virus=pass"


@pytest.mark.parametrize("verdicts", [{"dmarc": "FAIL"}, {"virus": "FAIL"}], ids=str)
@SQLITE
async def test_mail_that_is_forged_or_infected_is_left_to_a_person_and_opens_nothing(
    amazon: Amazon, verdicts: dict[str, str]
) -> None:
    world = amazon.world
    lead_id = await world.arrive(RUTH)
    await world.live(minutes=5)
    before = world.sent_to(RUTH)

    told = arrived(cast.mail(RUTH, "Is this a robot? Can I see it Saturday?"), verdicts=verdicts)
    assert await amazon.tell(told) == 200
    await world.live(days=3)

    assert world.sent_to(RUTH) == before
    (todo,) = await world.rows(todos, lead_id=lead_id)
    assert "DMARC" in world.opened(todos, "reasons", todo) or "virus" in world.opened(todos, "reasons", todo)
    assert (await world.enrollment(lead_id)).state == "paused"

    assert (
        await amazon.tell(arrived(cast.mail(RUTH, "Unsubscribe me", message_id="2@x.test"), verdicts=verdicts)) == 200
    )
    assert (await world.lead(lead_id)).end_reason == "opted out", "a wish to stop is honoured whoever it is from"
    assert await amazon.tell(arrived(cast.mail(RUTH, "START", message_id="3@x.test"), verdicts=verdicts)) == 200
    assert {row.lifted_at for row in await world.rows(suppressions)} == {None}


async def test_mail_in_a_bucket_is_on_disk_before_the_answer_and_fetched_by_a_tick(amazon: Amazon, aws: str) -> None:
    world = amazon.world
    await world.arrive(MAYA)
    s3 = bucket_with(aws, **{"a mail+é": cast.mail(MAYA, "Yes, Saturday at ten works", message_id="s3@example.com")})
    record = {
        "eventVersion": "2.1",
        "eventName": "ObjectCreated:Put",
        "awsRegion": "us-east-1",
        "s3": {"bucket": {"name": "tend-in"}, "object": {"key": "in/a+mail%2B%C3%A9", "size": 8}},
    }
    bridge = {
        "source": "aws.s3",
        "detail-type": "Object Created",
        "region": "us-east-1",
        "detail": {"bucket": {"name": "tend-in"}, "object": {"key": "in/a mail+é"}},
    }

    assert await amazon.tell({"Records": [record, {}, 1, {**record, "eventVersion": "3.0"}]}, "/hooks/s3") == 200
    assert await amazon.tell(bridge, "/hooks/s3") == 200
    assert await amazon.tell(stored("tend-in", "in/a mail+é", verdicts={"spam": "GRAY"})) == 200
    assert await amazon.tell(stored("tend-in", "in/AMAZON_SES_SETUP_NOTIFICATION")) == 200

    waiting = await world.rows(webhook_events, source="stored_mail")
    assert sorted(row.kind for row in waiting) == ["s3", "ses"]
    assert await world.rows(messages, direction="in") == []
    await world.live(minutes=2)
    (kept,) = await world.rows(messages, direction="in")
    assert "spam=gray" in kept.verdicts, "SES's own notice goes first"
    assert {row.state for row in await world.rows(webhook_events, source="stored_mail")} == {"done"}
    s3.delete_object(Bucket="tend-in", Key="in/a mail+é")


@SQLITE
async def test_mail_that_is_gone_from_its_bucket_is_given_up_and_shown(amazon: Amazon, aws: str) -> None:
    world = amazon.world
    bucket_with(aws, empty=b"")
    for key in ("in/gone", "in/empty"):
        assert await amazon.tell(stored("tend-in", key)) == 200
    await world.live(hours=1)

    rows = await world.rows(webhook_events, source="stored_mail")
    assert {row.state for row in rows} == {"failed"}
    assert "the mail is not in the bucket" in {row.reason for row in rows}


@SQLITE
async def test_mail_waits_while_the_bucket_cannot_be_asked(amazon_in: In) -> None:
    async with amazon_in(endpoint="http://127.0.0.1:9") as amazon:
        world = amazon.world
        assert await amazon.tell(stored("tend-in", "in/later")) == 200
        await world.tick("intake")

        (row,) = await world.rows(webhook_events, source="stored_mail")
        assert (row.state, row.attempts) == ("kept", 1)


@SQLITE
async def test_a_mail_put_into_a_bucket_comes_in_by_amazons_own_notice(amazon_in: In, aws: str) -> None:
    s3, sns = client("s3", aws), client("sns", aws)
    arn = sns.create_topic(Name="bucket-news")["TopicArn"]

    async def fetch(url: str) -> bytes:
        path = url.partition("amazonaws.com")[2]
        scope = "Credential=x/20260101/us-east-1/sns/aws4_request, SignedHeaders=host, Signature=x"
        async with httpx.AsyncClient() as client:
            found = await client.get(f"{aws}{path}", headers={"Authorization": f"AWS4-HMAC-SHA256 {scope}"})
            return found.content

    now = datetime.now(UTC)
    async with amazon_in(topics=(arn,), certificates=Certificates(fetch), at=now) as amazon:
        world = amazon.world
        lead_id = await world.arrive(MAYA)
        sns.subscribe(TopicArn=arn, Protocol="http", Endpoint=f"{world.address}/hooks/s3")
        s3.create_bucket(Bucket="news")
        configuration = {"TopicConfigurations": [{"TopicArn": arn, "Events": ["s3:ObjectCreated:*"]}]}
        await asyncio.to_thread(
            s3.put_bucket_notification_configuration, Bucket="news", NotificationConfiguration=configuration
        )
        raw = cast.mail(MAYA, "Please send me the floor plan")
        await asyncio.to_thread(s3.put_object, Bucket="news", Key="in box/a+b é.eml", Body=raw)
        await world.live(minutes=2)

        (kept,) = await world.rows(messages, direction="in")
        assert kept.lead_id == lead_id
        assert world.opened(messages, "body", kept) == "Please send me the floor plan"


@SQLITE
async def test_nothing_that_came_with_an_infected_mail_is_kept(amazon: Amazon) -> None:
    world = amazon.world
    await world.arrive(RUTH)
    raw = (
        f"From: {RUTH.email}\nMessage-ID: <i@x.test>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"
        "--b\n\nhello\n--b\nContent-Type: application/pdf; name=a.pdf\n\n%PDF-1.7 infected\n--b--\n"
    ).encode()

    assert await amazon.tell(arrived(raw, verdicts={"virus": "FAIL"})) == 200

    (file,) = await world.rows(attachments)
    assert (file.state, file.content, file.reason) == ("refused", None, "a virus was found in this mail")
