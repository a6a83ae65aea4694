"""Notices of SNS: every type and both signatures are taken; what is not ours, old or changed is refused."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from litestar import Litestar, Response, get

from agent.web.server import bind, serving
from channels.notices import CannotCheck, Notice, NoticeKind, NotReadable, NotTheirs
from channels.providers.sns import Sns
from channels.providers.sns_certificates import Certificates, fetched, refuse_strange
from channels.standins.sns import ARN, Topic

NOW = datetime(2026, 7, 7, 15, 0, tzinfo=UTC)
TOPIC = Topic()
GOOD = TOPIC.certificate_url
HOST = "sns.us-east-1.amazonaws.com"


def sns(*, topics: Iterable[str] = (ARN,), v1: bool = False, certificates: Certificates | None = None) -> Sns:
    async def confirm(notice: Notice, region: str) -> None:
        raise AssertionError((notice, region))

    return Sns(
        topics=tuple(topics),
        signature_v1=v1,
        certificates=certificates or Certificates(TOPIC.certificate),
        confirm=confirm,
    )


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("subject", ["", "Amazon SES Email Receipt Notification"])
async def test_a_notification_of_either_version_with_and_without_subject_is_read(version: str, subject: str) -> None:
    posted = TOPIC.notification({"hello": "wörld"}, at=NOW, subject=subject, version=version, message_id="m-1")

    notice = await sns(v1=True).read(posted.body, now=NOW)

    assert notice == Notice(NoticeKind.NOTIFICATION, "m-1", ARN, '{"hello": "w\\u00f6rld"}', "")


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("kind", [NoticeKind.SUBSCRIPTION, NoticeKind.UNSUBSCRIPTION])
async def test_both_confirmations_are_read_with_their_token(version: str, kind: NoticeKind) -> None:
    leaving = kind is NoticeKind.UNSUBSCRIPTION
    posted = TOPIC.confirmation(at=NOW, leaving=leaving, token="t" * 64, version=version)

    notice = await sns(v1=True).read(posted.body, now=NOW)

    assert notice.kind is kind
    assert notice.token == "t" * 64


async def test_the_old_signature_is_taken_only_where_that_was_asked_for() -> None:
    posted = TOPIC.notification("hi", at=NOW, version="1")

    with pytest.raises(NotTheirs, match="SignatureVersion"):
        await sns().read(posted.body, now=NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"Message": "changed"},
        {"MessageId": "changed"},
        {"Subject": "added"},
        {"Timestamp": "2026-07-07T15:00:01.000Z"},
        {"Signature": "AAAA"},
        {"Signature": "not base64!"},
        {"SignatureVersion": "3"},
        {"SignatureVersion": "1"},
        {"TopicArn": "arn:aws:sns:us-east-1:111122223333:another"},
        {"Type": "SubscriptionConfirmation", "SubscribeURL": "https://x.test", "Token": "t"},
    ],
    ids=str,
)
async def test_what_was_changed_after_signing_is_refused(changes: dict[str, Any]) -> None:
    posted = TOPIC.notification("hi", at=NOW, **changes)

    with pytest.raises(NotTheirs):
        await sns(v1=True).read(posted.body, now=NOW)


async def test_a_message_signed_by_another_key_is_refused() -> None:
    posted = Topic().notification("hi", at=NOW)

    with pytest.raises(NotTheirs, match="does not fit"):
        await sns().read(posted.body, now=NOW)


async def test_a_topic_that_was_not_named_is_refused_however_well_signed_and_its_certificate_never_fetched() -> None:
    asked: list[str] = []

    async def fetch(url: str) -> bytes:
        asked.append(url)
        return await TOPIC.certificate(url)

    theirs = Topic("arn:aws:sns:us-east-1:999988887777:tend", TOPIC.key)
    with pytest.raises(NotTheirs, match="TEND_SNS_TOPICS"):
        await sns(certificates=Certificates(fetch)).read(theirs.notification("hi", at=NOW).body, now=NOW)
    assert asked == []


@pytest.mark.parametrize("age", [timedelta(minutes=61), timedelta(minutes=-16)])
async def test_a_message_that_is_too_old_or_from_the_future_is_refused(age: timedelta) -> None:
    with pytest.raises(NotTheirs, match="old"):
        await sns().read(TOPIC.notification("hi", at=NOW - age).body, now=NOW)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"[" * 100_000,
        b'{"Type": "Notification"}',
        b'{"Type": ["Notification"]}',
        b'{"Records": []}',
        TOPIC.notification("hi", at=NOW, Message={"a": "dict"}).body,
        TOPIC.notification("hi", at=NOW, Signature=None).body,
        TOPIC.notification("hi", at=NOW, Timestamp="yesterday").body,
        TOPIC.notification("hi", at=NOW, Timestamp="2026-07-07T15:00:00").body,
    ],
    ids=range(11),
)
async def test_what_is_no_message_of_sns_is_not_readable(body: bytes) -> None:
    with pytest.raises(NotReadable):
        await sns().read(body, now=NOW)


@pytest.mark.parametrize(
    "url",
    [
        GOOD.replace("https", "http"),
        GOOD.replace(HOST, "sns.us-east-1.amazonaws.com.evil.test"),
        GOOD.replace(HOST, "evil.s3.amazonaws.com"),
        GOOD.replace(HOST, "evil-sns.us-east-1.amazonaws.com"),
        GOOD.replace(HOST, "sns.us-east-1.amazonaws.com:443"),
        GOOD.replace(HOST, "sns.us-east-1.amazonaws.com@evil.test"),
        GOOD.replace(HOST, f"user@{HOST}"),
        GOOD.replace(HOST, "SNS.us-east-1.amazonaws.com"),
        GOOD.replace(HOST, "sns.eu-west-1.amazonaws.com"),
        GOOD.replace(HOST, "sns.us-east-1.amazonaws.com.cn"),
        GOOD.replace(HOST, "sns..amazonaws.com"),
        GOOD.replace("/Simple", "/other/../Simple"),
        GOOD.replace("/Simple", "//evil.test/Simple"),
        GOOD + "?x=1",
        GOOD + "#x",
        GOOD + "?",
        GOOD + "\n",
        GOOD.replace(".pem", ".pem/../../x.pem"),
        f"https://{HOST}/bucket/SimpleNotificationService-0.pem",
        "https://[sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem",
        "",
    ],
)
async def test_a_certificate_from_any_other_address_is_refused_unfetched(url: str) -> None:
    with pytest.raises(NotTheirs):
        refuse_strange(url, region="us-east-1")
    with pytest.raises(NotTheirs):
        await sns().read(TOPIC.notification("hi", at=NOW, SigningCertURL=url).body, now=NOW)


def test_what_is_no_topic_is_refused_at_the_start() -> None:
    for arn in ("", "tend", "arn:aws:sqs:us-east-1:111122223333:tend", ARN + ":subscription", ARN + "\n"):
        with pytest.raises(ValueError, match="ARN"):
            sns(topics=[arn])


async def test_a_certificate_is_fetched_once_and_a_failure_is_tried_again_after_a_minute() -> None:
    now, asked, broken = [0.0], [0], [True]

    async def fetch(url: str) -> bytes:
        asked[0] += 1
        if broken[0]:
            raise CannotCheck("away")
        return await TOPIC.certificate(url)

    certificates = Certificates(fetch, clock=lambda: now[0])
    for _ in range(3):
        with pytest.raises(CannotCheck):
            await certificates.key(GOOD, region="us-east-1")
    assert asked == [1]
    now[0], broken[0] = 61.0, False
    first = await certificates.key(GOOD, region="us-east-1")
    assert await certificates.key(GOOD, region="us-east-1") is first
    assert asked == [2]


async def test_what_is_fetched_is_small_whole_and_no_redirect() -> None:
    @get("/ok", sync_to_thread=False)
    def ok() -> str:
        return "a certificate"

    @get("/moved", sync_to_thread=False)
    def moved() -> Response[None]:
        return Response(None, status_code=302, headers={"Location": "/ok"})

    @get("/huge", sync_to_thread=False)
    def huge() -> str:
        return "x" * 20_000

    async with serving(Litestar([ok, moved, huge], openapi_config=None), bind("127.0.0.1", 0)) as address:
        assert await fetched(f"{address}/ok") == b"a certificate"
        for path in ("moved", "huge", "nothing"):
            with pytest.raises(CannotCheck):
                await fetched(f"{address}/{path}")
    with pytest.raises(CannotCheck):
        await fetched(f"{address}/ok")


@pytest.mark.parametrize("found", [b"", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
async def test_what_is_no_certificate_proves_nothing(found: bytes) -> None:
    async def fetch(url: str) -> bytes:
        del url
        return found

    with pytest.raises(CannotCheck):
        await Certificates(fetch).key(GOOD, region="us-east-1")
