"""Looking at an Amazon account without sending, against the stand-in and moto's server: what is off, and what to do."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from channels.checks import Checked, Look, told
from channels.providers.aws import Account
from channels.providers.aws_check import look_at_keys, look_at_topics
from channels.providers.aws_sms_check import look_at_sms_voice, look_at_sns_texts
from channels.providers.ses_check import look_at_ses
from channels.standins.amazon import Amazon, Fault
from channels.standins.amazon_shown import Shown
from channels.standins.sns import ARN
from tests.channels.peers import silent

PUBLIC = "https://tend.example"
NUMBER = "+15125550199"
DENIED = Fault(403, "AccessDeniedException", "User is not authorized to perform it")
WRONG = Fault(403, "UnrecognizedClientException", "The security token included in the request is invalid.")


@pytest.fixture
def amazon() -> Amazon:
    return Amazon(access_key_id="AKTEST")


@pytest.fixture
async def account(amazon: Amazon) -> AsyncIterator[Account]:
    async with amazon.serving() as url:
        yield Account("us-east-1", "AKTEST", "secret", endpoint_url=url)


async def lines(look: Look) -> dict[str, Checked]:
    return {line.name: line async for line in look}


async def signs(domain: str, tokens: list[str]) -> Checked:
    return Checked("DKIM", "ok", f"{domain} {len(tokens)}")


def ses(account: Account, **changes: Any) -> Look:
    given: dict[str, Any] = {
        "domain": "tend.example",
        "configuration_set": "tend-events",
        "topics": (ARN,),
        "signs": signs,
        "timeout_seconds": 2.0,
    }
    return look_at_ses(account, **(given | changes))


def topics(account: Account, *named: str, signature_v1: bool = False) -> Look:
    return look_at_topics(account, named or (ARN,), public_url=PUBLIC, signature_v1=signature_v1, timeout_seconds=2.0)


def voice(account: Account, sender: str = NUMBER, events: str = "tend-events") -> Look:
    return look_at_sms_voice(account, sender=sender, configuration_set=events, topics=(ARN,), timeout_seconds=2.0)


async def test_an_account_in_order_is_ok_in_every_line_and_nothing_is_sent(amazon: Amazon, account: Account) -> None:
    found = await lines(look_at_keys(account, timeout_seconds=2.0))
    found |= await lines(ses(account)) | await lines(topics(account)) | await lines(voice(account))
    found |= await lines(look_at_sns_texts(account, sender=NUMBER, timeout_seconds=2.0))

    assert {line.name: line.found for line in found.values() if line.state != "ok"} == {}
    assert found["Amazon account"].found == "111122223333, as user/tend"
    assert found["DKIM"].found == "tend.example 3"
    assert (amazon.mails, amazon.texts) == ([], [])


def identity(shown: Shown) -> dict[str, Any]:
    return shown.identities["tend.example"]


def destination(shown: Shown) -> dict[str, Any]:
    made: dict[str, Any] = shown.sets["tend-events"]["EventDestinations"][0]
    return made


@pytest.mark.parametrize(
    "change, name, found, state",
    [
        (lambda s: s.account.update(SendingEnabled=False), "SES account", "paused", "broken"),
        (lambda s: s.account.update(EnforcementStatus="SHUTDOWN"), "SES account", "shut sending down", "broken"),
        (lambda s: s.account.update(EnforcementStatus="PROBATION"), "SES account", "under review", "broken"),
        (lambda s: s.account.update(ProductionAccessEnabled=False), "SES account", "in the sandbox", "broken"),
        (lambda s: s.account["SendQuota"].update(Max24HourSend=12.0), "SES account", "12 of 12", "broken"),
        (lambda s: s.identities.clear(), "SES identity", "no identity of this account", "broken"),
        (lambda s: identity(s).update(VerifiedForSendingStatus=False), "SES identity", "not verified", "broken"),
        (lambda s: identity(s)["DkimAttributes"].update(Status="PENDING"), "SES DKIM", "pending", "broken"),
        (lambda s: identity(s)["DkimAttributes"].update(SigningEnabled=False), "SES DKIM", "does not sign", "broken"),
        (lambda s: identity(s)["MailFromAttributes"].clear(), "SES MAIL FROM", "amazonses.com", "off"),
        (
            lambda s: identity(s)["MailFromAttributes"].update(MailFromDomainStatus="FAILED"),
            "SES MAIL FROM",
            "is failed",
            "broken",
        ),
        (lambda s: s.sets.clear(), "SES events", "no configuration set", "broken"),
        (lambda s: destination(s).update(Enabled=False), "SES events", "tells no topic", "broken"),
        (
            lambda s: destination(s)["SnsDestination"].update(TopicArn=f"{ARN}2"),
            "SES events",
            "tells no topic",
            "broken",
        ),
        (
            lambda s: destination(s)["MatchingEventTypes"].remove("COMPLAINT"),
            "SES events",
            "does not tell of complaint",
            "broken",
        ),
    ],
)
async def test_what_is_off_at_ses_is_named_with_the_next_step(
    amazon: Amazon, account: Account, change: Callable[[Shown], Any], name: str, found: str, state: str
) -> None:
    change(amazon.shown)
    line = (await lines(ses(account)))[name]
    assert (line.state, found in line.found, bool(line.next)) == (state, True, True), line


async def test_the_identity_above_covers_a_domain_without_one(account: Account) -> None:
    found = await lines(ses(account, domain="reply.tend.example"))
    assert found["SES identity"] == Checked("SES identity", "ok", "tend.example is verified")


async def test_tracking_is_named_although_events_come(amazon: Amazon, account: Account) -> None:
    destination(amazon.shown)["MatchingEventTypes"].append("OPEN")
    line = (await lines(ses(account)))["SES events"]
    assert (line.state, "untick open" in line.next) == ("ok", True)


async def test_without_a_configuration_set_events_are_off(account: Account) -> None:
    line = (await lines(ses(account, configuration_set="")))["SES events"]
    assert (line.state, "TEND_SES_CONFIGURATION_SET" in line.next) == ("off", True)


@pytest.mark.parametrize(
    "change, found",
    [
        (lambda s: s.attributes.clear(), "there is no arn"),
        (lambda s: s.attributes[ARN].pop("SignatureVersion"), "SHA-1"),
        (lambda s: s.subscriptions[ARN].clear(), "does not post to this Tend"),
        (lambda s: s.subscriptions[ARN][0].update(Endpoint="https://old.example/hooks/ses"), "does not post to this"),
        (lambda s: s.subscriptions[ARN][0].update(SubscriptionArn="PendingConfirmation"), "not confirmed"),
        (lambda s: setattr(s, "raw_delivery", True), "raw"),
    ],
)
async def test_what_is_off_with_a_topic_is_named_with_the_next_step(
    amazon: Amazon, account: Account, change: Callable[[Shown], Any], found: str
) -> None:
    change(amazon.shown)
    line = (await lines(topics(account)))["topic tend"]
    assert (line.state, found in line.found, bool(line.next)) == ("broken", True, True), line


async def test_sha_1_is_taken_where_it_was_allowed(amazon: Amazon, account: Account) -> None:
    amazon.shown.attributes[ARN].pop("SignatureVersion")
    assert (await lines(topics(account, signature_v1=True)))["topic tend"].state == "ok"


@pytest.mark.parametrize(
    "sender, change, name, found, state",
    [
        (NUMBER, lambda s: setattr(s, "sandbox", True), "Amazon texts account", "in the sandbox", "broken"),
        (NUMBER, lambda s: s.numbers.clear(), "Amazon number", "is not this account's", "broken"),
        (NUMBER, lambda s: s.numbers[0].update(Status="PENDING"), "Amazon number", "is pending", "broken"),
        (NUMBER, lambda s: s.numbers[0].update(MessageType="TRANSACTIONAL"), "Amazon number", "transact", "broken"),
        (NUMBER, lambda s: s.numbers[0].update(TwoWayEnabled=False), "Amazon replies arrive", "off", "broken"),
        (NUMBER, lambda s: s.numbers[0].update(TwoWayChannelArn="x"), "Amazon replies arrive", "go to x", "broken"),
        (NUMBER, lambda s: s.sets.clear(), "Amazon text events", "no configuration set", "broken"),
        ("pool-1", lambda _: None, "Amazon number", "active, opt-outs in Default", "ok"),
        ("phone-1", lambda _: None, "Amazon number", "active", "ok"),
        ("pool-2", lambda _: None, "Amazon number", "is not this account's", "broken"),
        ("ALDER", lambda _: None, "Amazon number", "cannot be answered", "off"),
    ],
)
async def test_what_is_off_with_texts_is_named(
    amazon: Amazon, account: Account, sender: str, change: Callable[[Shown], Any], name: str, found: str, state: str
) -> None:
    change(amazon.shown)
    line = (await lines(voice(account, sender)))[name]
    assert (line.state, found in line.found) == (state, True), line


async def test_texts_by_sns_know_the_sandbox_and_the_number(amazon: Amazon, account: Account) -> None:
    amazon.shown.sandbox = True
    amazon.shown.numbers.clear()
    found = await lines(look_at_sns_texts(account, sender=NUMBER, timeout_seconds=2.0))
    assert {line.state for line in found.values()} == {"broken"}


async def test_keys_that_may_only_send_are_no_fault_and_the_rest_is_still_looked_at(
    amazon: Amazon, account: Account
) -> None:
    amazon.script(DENIED)
    found = await lines(ses(account))
    assert (found["SES account"].state, found["SES account"].next) == ("off", "allow them the action GetAccount")
    assert found["SES identity"].state == "ok"


async def test_wrong_keys_and_answers_that_are_none_are_broken(amazon: Amazon, account: Account) -> None:
    amazon.script(WRONG)
    (line,) = (await lines(told("Amazon account", look_at_keys(account, timeout_seconds=2.0)))).values()
    assert (line.state, "AWS_ACCESS_KEY_ID" in line.next) == ("broken", True)
    for misbehaviour in ("reset", "half", Fault(503, "ServiceUnavailable", "later"), Fault(400, "<b>", "?")):
        amazon.script(misbehaviour)
        assert (await lines(ses(account)))["SES account"].state == "broken"


async def test_silence_ends_within_the_limit() -> None:
    async with silent() as url:
        account = Account("us-east-1", "AKTEST", "secret", endpoint_url=url)
        found = await lines(ses(account, timeout_seconds=0.3))
    assert {line.state for name, line in found.items() if name != "SES events"} == {"broken"}


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


async def test_another_hand_s_account_is_read_as_well(moto: str) -> None:
    account = Account("us-east-1", "AKTEST", "secret", endpoint_url=moto)
    made = boto3.client("sns", "us-east-1", endpoint_url=moto, aws_access_key_id="a", aws_secret_access_key="b")
    arn = made.create_topic(Name="tend", Attributes={"SignatureVersion": "2"})["TopicArn"]
    made.subscribe(TopicArn=arn, Protocol="https", Endpoint=f"{PUBLIC}/hooks/ses")
    mails = boto3.client("sesv2", "us-east-1", endpoint_url=moto, aws_access_key_id="a", aws_secret_access_key="b")
    mails.create_email_identity(EmailIdentity="alder.example")

    assert (await lines(topics(account, arn, signature_v1=True)))["topic tend"].state == "ok"
    assert (await lines(topics(account, f"{arn}-2")))["topic tend-2"].found.startswith("there is no")
    found = await lines(ses(account, domain="alder.example"))
    assert found["SES identity"].found.startswith("alder.example is ")
    assert "no configuration set" in found["SES events"].found
    assert (await lines(look_at_keys(account, timeout_seconds=2.0)))["Amazon account"].state == "ok"
