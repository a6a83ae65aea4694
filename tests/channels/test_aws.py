"""Amazon's doors against the stand-in that misbehaves in Amazon's own shapes, and against moto's server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import boto3
import pytest
from moto.server import ThreadedMotoServer

from channels.email import OutgoingEmail
from channels.headers import list_unsubscribe
from channels.outcomes import (
    CONFIGURATION,
    INVALID_ADDRESS,
    OPTED_OUT_AT_CARRIER,
    CannotTell,
    Deferred,
    Refused,
    SendOutcome,
    Sent,
    Unknown,
)
from channels.providers.aws import Account
from channels.providers.aws_sms import SmsVoiceSender, SnsTextSender
from channels.providers.ses import SesSender
from channels.sms import OutgoingSms
from channels.standins.amazon import Amazon, Fault

OUR_ID = "0198" + "a" * 28
EMAIL = OutgoingEmail(
    our_id=OUR_ID,
    to="maya.lopez@example.com",
    from_name="Zoë Ortiz, Alder Realty",
    from_address="hello@tend.example",
    reply_to="r+token@tend.example",
    subject="¿Mañana? 🏡",
    text="Hi Maya,\n\nSaturday at ten?\n",
    headers=list_unsubscribe("https://tend.example/u/abc"),
    letterhead="Alder Realty",
)
TEXT = OutgoingSms(our_id=OUR_ID, to="+15125550142", body="Saturday at ten?")


class _ToMend:
    """Equal to any answer that waits for a person and says why."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Deferred) and other.reason == CONFIGURATION and bool(other.detail)

    __hash__ = None  # type: ignore[assignment] # nobody keeps these in a set


TO_MEND = _ToMend()


@pytest.fixture
def amazon() -> Amazon:
    return Amazon(access_key_id="AKTEST")


@pytest.fixture
async def account(amazon: Amazon) -> AsyncIterator[Account]:
    async with amazon.serving() as url:
        yield Account("us-east-1", "AKTEST", "secret", endpoint_url=url)


@pytest.fixture
async def ses(account: Account) -> AsyncIterator[SesSender]:
    sender = SesSender(account, configuration_set="tend-events", timeout_seconds=2.0)
    yield sender
    await sender.aclose()


@pytest.fixture
async def sms_voice(account: Account) -> AsyncIterator[SmsVoiceSender]:
    sender = SmsVoiceSender(account, sender="pool-1", configuration_set="tend-events", timeout_seconds=2.0)
    yield sender
    await sender.aclose()


@pytest.fixture
async def sns(account: Account) -> AsyncIterator[SnsTextSender]:
    sender = SnsTextSender(account, sender="+15125550199", timeout_seconds=2.0)
    yield sender
    await sender.aclose()


# ---- SES


async def test_a_mail_reaches_ses_with_our_tag_our_headers_and_our_own_name_for_it(
    amazon: Amazon, ses: SesSender
) -> None:
    outcome = await ses.send(EMAIL)
    taken = amazon.mails[0]
    assert outcome == Sent(taken.message_id)
    assert taken.asked["EmailTags"] == [{"Name": "tend", "Value": OUR_ID}]
    assert taken.asked["ConfigurationSetName"] == "tend-events"
    assert taken.asked["Destination"] == {"ToAddresses": ["maya.lopez@example.com"]}
    mail = taken.mail()
    assert mail["Subject"] == "¿Mañana? 🏡"
    assert mail["References"] == f"<{OUR_ID}@tend.example>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail.get_content_type() == "multipart/alternative"


@pytest.mark.parametrize(
    "said, expected, calls",
    [
        (Fault(429, "TooManyRequestsException", "Maximum sending rate exceeded."), Deferred("Amazon says slower"), 1),
        (Fault(400, "ThrottlingException", "Maximum sending rate exceeded."), Deferred("Amazon says slower"), 1),
        (Fault(400, "LimitExceededException", "Daily message quota exceeded"), TO_MEND, 1),
        (Fault(400, "ThrottlingException", "Daily message quota exceeded"), TO_MEND, 1),
        (
            Fault(400, "LimitExceededException", "a limit"),
            Deferred("SES says that a limit is reached", 1800.0),
            1,
        ),
        (Fault(400, "AccountSuspendedException", "suspended"), TO_MEND, 1),
        (Fault(400, "SendingPausedException", "paused"), TO_MEND, 1),
        (
            Fault(400, "MessageRejected", "Email address is not verified."),
            TO_MEND,
            1,
        ),
        (Fault(400, "MessageRejected", "Bad content"), Refused("rejected", "MessageRejected: Bad content"), 1),
        (Fault(404, "NotFoundException", "no such configuration set"), TO_MEND, 1),
        (Fault(400, "BadRequestException", "odd"), Refused("rejected", "BadRequestException: odd"), 1),
        (Fault(403, "ExpiredTokenException", "The security token is expired"), TO_MEND, 1),
        (Fault(403, "AccessDeniedException", "no"), TO_MEND, 1),
        (Fault(503, "ServiceUnavailable", "busy"), Unknown("Amazon answered 503"), 1),
        (Fault(500, "InternalFailure", "oh"), Unknown("Amazon answered 500"), 1),
        ("hang", Unknown("no answer from Amazon (ReadTimeoutError)"), 1),
        ("reset", Unknown("no answer from Amazon (ConnectionClosedError)"), 1),
        ("take and reset", Unknown("no answer from Amazon (ConnectionClosedError)"), 1),
    ],
)
async def test_ses_says_no_in_many_ways_and_is_asked_once(
    amazon: Amazon, ses: SesSender, said: str | Fault, expected: SendOutcome | _ToMend, calls: int
) -> None:
    amazon.script(said)
    assert await ses.send(EMAIL) == expected
    assert amazon.calls == calls
    assert len(amazon.mails) == (said == "take and reset")


async def test_half_an_answer_proves_nothing(amazon: Amazon, ses: SesSender) -> None:
    amazon.script("half")
    assert isinstance(await ses.send(EMAIL), Unknown)
    assert len(amazon.mails) == amazon.calls == 1


async def test_a_hanging_ses_is_given_up_within_the_time_limit(amazon: Amazon, ses: SesSender) -> None:
    amazon.script("hang")
    begun = time.monotonic()
    await ses.send(EMAIL)
    assert time.monotonic() - begun < 2.0


async def test_wrong_keys_wait_for_a_person(amazon: Amazon, account: Account) -> None:
    sender = SesSender(
        Account("us-east-1", "AKOLD", "secret", endpoint_url=account.endpoint_url),
        configuration_set="",
        timeout_seconds=2.0,
    )
    assert await sender.send(EMAIL) == TO_MEND
    await sender.aclose()
    assert amazon.mails == []


async def test_nobody_listening_proves_that_nothing_left() -> None:
    account = Account("us-east-1", "AKTEST", "secret", endpoint_url="http://127.0.0.1:1")
    sender = SesSender(account, configuration_set="", timeout_seconds=2.0)
    assert await sender.send(EMAIL) == Deferred("Amazon could not be reached")
    await sender.aclose()


async def test_an_address_nobody_can_write_to_is_refused_before_amazon_is_asked(amazon: Amazon, ses: SesSender) -> None:
    outcome = await ses.send(
        OutgoingEmail(
            our_id=OUR_ID, to="maya\r\n@x", from_name="", from_address="a@b.example", reply_to="a@b.example",
            subject="", text="",
        )
    )  # fmt: skip
    assert isinstance(outcome, Refused)
    assert outcome.reason == INVALID_ADDRESS
    assert amazon.calls == 0


async def test_a_mail_of_five_megabytes_is_taken(amazon: Amazon, account: Account) -> None:
    sender = SesSender(account, configuration_set="", timeout_seconds=30.0)
    big = OutgoingEmail(
        our_id=OUR_ID, to=EMAIL.to, from_name="", from_address=EMAIL.from_address, reply_to=EMAIL.reply_to,
        subject="big", text=("x" * 70 + "\n") * 75_000,
    )  # fmt: skip
    assert isinstance(await sender.send(big), Sent)
    await sender.aclose()
    assert len(amazon.mails) == 1


async def test_nothing_of_amazons_can_be_asked_afterwards(
    ses: SesSender, sms_voice: SmsVoiceSender, sns: SnsTextSender
) -> None:
    for sender in (ses, sms_voice, sns):
        found = await sender.find(our_id=OUR_ID, to="x", since=datetime.now(UTC), words="")
        assert isinstance(found, CannotTell)


# ---- texts


async def test_a_text_reaches_end_user_messaging_with_our_id_in_its_context(
    amazon: Amazon, sms_voice: SmsVoiceSender
) -> None:
    outcome = await sms_voice.send(TEXT)
    taken = amazon.texts[0]
    assert outcome == Sent(taken.message_id)
    assert taken.asked == {
        "DestinationPhoneNumber": "+15125550142",
        "OriginationIdentity": "pool-1",
        "MessageBody": "Saturday at ten?",
        "MessageType": "PROMOTIONAL",
        "ConfigurationSetName": "tend-events",
        "TimeToLive": 1800,
        "Context": {"tend": OUR_ID},
    }


async def test_a_text_goes_by_sns_from_our_number(amazon: Amazon, sns: SnsTextSender) -> None:
    assert await sns.send(TEXT) == Sent(amazon.texts[0].message_id)
    asked = amazon.texts[0].asked
    assert (asked["Action"], asked["PhoneNumber"], asked["Message"]) == ("Publish", TEXT.to, TEXT.body)
    assert "+15125550199" in asked.values()


async def test_a_number_that_stopped_at_the_carrier_is_an_opt_out(amazon: Amazon, sms_voice: SmsVoiceSender) -> None:
    amazon.opted_out.add(TEXT.to)
    assert await sms_voice.send(TEXT) == Refused(OPTED_OUT_AT_CARRIER, "The destination phone number is opted out.")
    assert amazon.texts == []


@pytest.mark.parametrize(
    "said, expected",
    [
        (Fault(400, "ThrottlingException", "slow"), Deferred("Amazon says slower")),
        (Fault(400, "ConflictException", "no", {"Reason": "RESOURCE_NOT_ACTIVE"}), TO_MEND),
        (Fault(400, "ResourceNotFoundException", "no such pool"), TO_MEND),
        (
            Fault(400, "ServiceQuotaExceededException", "month", {"Reason": "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT"}),
            TO_MEND,
        ),
        (Fault(400, "ValidationException", "no", {"Reason": "SENDER_ID_NOT_REGISTERED"}), TO_MEND),
        (Fault(400, "ValidationException", "no", {"Reason": "COUNTRY_NOT_ENABLED"}), TO_MEND),
        (Fault(500, "InternalServerException", "oh"), Unknown("Amazon answered 500")),
        ("hang", Unknown("no answer from Amazon (ReadTimeoutError)")),
        ("take and reset", Unknown("no answer from Amazon (ConnectionClosedError)")),
    ],
)  # fmt: skip
async def test_end_user_messaging_says_no_in_many_ways_and_is_asked_once(
    amazon: Amazon, sms_voice: SmsVoiceSender, said: str | Fault, expected: SendOutcome | _ToMend
) -> None:
    amazon.script(said)
    assert await sms_voice.send(TEXT) == expected
    assert amazon.calls == 1


@pytest.mark.parametrize(
    "said, expected",
    [
        (Fault(400, "OptedOut", "opted out"), Refused(OPTED_OUT_AT_CARRIER, "opted out")),
        (
            Fault(400, "InvalidParameter", "Invalid parameter: PhoneNumber Reason: not valid"),
            Refused(INVALID_ADDRESS, "Invalid parameter: PhoneNumber Reason: not valid"),
        ),
        (Fault(400, "Throttled", "slow"), Deferred("Amazon says slower")),
        (Fault(400, "Throttling", "slow"), Deferred("Amazon says slower")),
        (Fault(403, "AuthorizationError", "no"), TO_MEND),
        (Fault(500, "InternalError", "oh"), Unknown("Amazon answered 500")),
    ],
)
async def test_sns_says_no_in_many_ways(
    amazon: Amazon, sns: SnsTextSender, said: Fault, expected: SendOutcome | _ToMend
) -> None:
    amazon.script(said)
    assert await sns.send(TEXT) == expected


@pytest.mark.parametrize("status", [200, 302, 400, 413, 500])
async def test_a_page_from_somebody_between_proves_nothing_and_is_never_raised_about(status: int) -> None:
    page = b"<html><p>Please accept our terms</html"

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(int(head.lower().partition(b"content-length: ")[2].split(b"\r")[0]))
        writer.write(b"HTTP/1.1 %d x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % (status, len(page)))
        writer.write(page)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        account = Account("us-east-1", "AKTEST", "secret", endpoint_url=url)
        by_email = SesSender(account, configuration_set="", timeout_seconds=2.0)
        assert isinstance(await by_email.send(EMAIL), Unknown)
        await by_email.aclose()
        for by_text in (
            SmsVoiceSender(account, sender="pool-1", configuration_set="", timeout_seconds=2.0),
            SnsTextSender(account, sender="", timeout_seconds=2.0),
        ):
            assert isinstance(await by_text.send(TEXT), Unknown)
            await by_text.aclose()


def test_what_amazon_answers_itself_is_known() -> None:
    sender = SnsTextSender(Account("us-east-1", "a", "b"), sender="", timeout_seconds=2.0)
    assert sender.answers_itself(" STOP ")
    assert sender.answers_itself("Help")
    assert not sender.answers_itself("please stop")
    assert not sender.answers_itself("stopall")  # Twilio's word


# ---- moto


@pytest.fixture(scope="module")
def moto() -> Iterator[Account]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield Account("us-east-1", "test", "test", endpoint_url=f"http://{host}:{port}")
    server.stop()


async def test_amazons_own_shapes_as_moto_knows_them_are_understood(moto: Account) -> None:
    sender = SesSender(moto, configuration_set="", timeout_seconds=20.0)
    assert isinstance(await sender.send(EMAIL), Refused)  # the sender is not verified yet
    client = boto3.client(
        "sesv2",
        region_name="us-east-1",
        endpoint_url=moto.endpoint_url,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    client.create_email_identity(EmailIdentity="tend.example")
    outcome = await sender.send(EMAIL)
    await sender.aclose()
    client.close()
    assert isinstance(outcome, Sent)


async def test_moto_takes_a_text_by_sns(moto: Account) -> None:
    sender = SnsTextSender(moto, sender="+15125550199", timeout_seconds=20.0)
    assert isinstance(await sender.send(TEXT), Sent)
    await sender.aclose()
