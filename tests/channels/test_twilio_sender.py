"""Texts through Twilio: one post each, whatever happens, and an answer that claims no more than was proved."""

from __future__ import annotations

import socket
from datetime import timedelta
from typing import Any

import httpx
import pytest

from channels.outcomes import (
    CONFIGURATION,
    INVALID_ADDRESS,
    LANDLINE,
    OPTED_OUT_AT_CARRIER,
    CannotTell,
    Deferred,
    Found,
    NotFound,
    Refused,
    SendOutcome,
    Sent,
    Unknown,
)
from channels.providers import twilio_messages
from channels.providers.twilio_errors import AFTERWARDS, ON_SENDING, Kind
from channels.providers.twilio_sms import TwilioSmsSender
from channels.sms import OutgoingSms
from channels.standins.twilio_account import LOSES_ITS_ANSWER, Behaviour, TwilioAccount
from tests.channels.peers import NOW, SERVICE, connected, twilio

MAYA = "+15125550142"
OUR_ID = "0198c0de0000700080000000000000aa"
HI = OutgoingSms(our_id=OUR_ID, to=MAYA, body="Hi Maya")


def an_account() -> TwilioAccount:
    return TwilioAccount(lambda: NOW)


async def sent_once(account: TwilioAccount, sms: OutgoingSms = HI, **changes: Any) -> SendOutcome:
    async with twilio(account, **changes) as messages:
        return await TwilioSmsSender(messages, service_sid=SERVICE).send(sms)


async def test_a_text_leaves_as_one_form_with_words_sender_callback_and_an_end() -> None:
    account = an_account()
    outcome = await sent_once(account, OutgoingSms(OUR_ID, MAYA, "It’s “open” – 2…5", ("https://tend.example/a.jpg",)))
    (taken,) = account.taken
    assert outcome == Sent(taken["sid"])
    assert (taken["to"], taken["body"], taken["num_media"]) == (MAYA, 'It\'s "open" - 2...5', "1")
    assert taken["messaging_service_sid"] == SERVICE
    assert account.our_id(taken["sid"]) == OUR_ID


async def test_without_a_service_the_number_sends_and_with_both_twilio_is_told_both() -> None:
    account = an_account()
    async with twilio(account) as messages:
        await TwilioSmsSender(messages, from_number="+15125550199").send(HI)
        await TwilioSmsSender(messages, service_sid=SERVICE, from_number="+15125550199").send(HI)
        with pytest.raises(ValueError, match="a Messaging Service or a number"):
            TwilioSmsSender(messages)
    alone, both = account.taken
    assert (alone["from"], alone["messaging_service_sid"]) == ("+15125550199", None)
    assert (both["from"], both["messaging_service_sid"]) == ("+15125550199", SERVICE)


@pytest.mark.parametrize(
    "public", ["http://127.0.0.1:8000", "https://localhost", "https://my_tend.example", "http://x.y"]
)
async def test_no_callback_is_asked_for_where_twilio_could_not_reach_us(public: str) -> None:
    account = an_account()
    await sent_once(account, public_url=public)
    assert account.received() == [("", MAYA)]


@pytest.mark.parametrize("behaviour", sorted({*LOSES_ITS_ANSWER, Behaviour.FAILS, Behaviour.HANGS}))
async def test_an_answer_that_proves_nothing_is_unknown_and_nothing_is_posted_again(behaviour: Behaviour) -> None:
    account = an_account()
    account.script(behaviour)
    outcome = await sent_once(account, timeout_seconds=1.5 if "hangs" in behaviour else 10.0)
    assert isinstance(outcome, Unknown)
    assert account.posts == 1
    assert len(account.taken) == (behaviour in LOSES_ITS_ANSWER)


async def test_when_twilio_is_busy_the_text_waits_as_long_as_twilio_asks() -> None:
    account = an_account()
    account.script(Behaviour.BUSY)
    assert await sent_once(account) == Deferred("too_many_requests", 2.0)
    assert (account.posts, account.taken) == (1, [])


async def test_where_nobody_listens_nothing_left() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    async with connected(an_account(), f"http://127.0.0.1:{port}") as messages:
        assert await TwilioSmsSender(messages, service_sid=SERVICE).send(HI) == Deferred("Twilio could not be reached")


@pytest.mark.parametrize("to, reason", [("+15005550101", INVALID_ADDRESS), ("+15005550104", OPTED_OUT_AT_CARRIER)])
async def test_a_number_that_can_never_be_texted_is_refused_and_the_words_do_not_name_it(to: str, reason: str) -> None:
    outcome = await sent_once(an_account(), OutgoingSms(OUR_ID, to, "Hi"))
    assert isinstance(outcome, Refused)
    assert outcome.reason == reason
    assert to not in outcome.detail


@pytest.mark.parametrize("code, meant", ON_SENDING.items())
async def test_every_error_in_the_table_is_answered_as_its_kind(code: int, meant: object) -> None:
    account = an_account()
    account.script(code)
    outcome = await sent_once(account)
    refusal = ON_SENDING[code]
    assert meant == refusal
    match refusal.kind:
        case Kind.PERMANENT:
            assert outcome == Refused(refusal.reason, f"{refusal.said} (Twilio {code})")
        case Kind.CONFIGURATION:
            assert isinstance(outcome, Deferred)
            assert (outcome.reason, outcome.detail) == (CONFIGURATION, f"{refusal.said} (Twilio {code})")
            assert outcome.retry_after_seconds == twilio_messages.CONFIGURATION_WAIT_SECONDS
        case Kind.LATER:
            assert isinstance(outcome, Deferred)
            assert outcome.retry_after_seconds
        case Kind.RECONCILE:
            assert isinstance(outcome, Unknown)
    assert account.posts == 1


def test_the_tables_agree_on_what_a_person_must_mend_and_whose_number_is_dead() -> None:
    assert ON_SENDING[21614].reason == ON_SENDING[21635].reason == AFTERWARDS[30006].reason == LANDLINE
    assert ON_SENDING[21610].reason == AFTERWARDS[21610].reason == OPTED_OUT_AT_CARRIER
    assert all(refusal.reason == CONFIGURATION for refusal in ON_SENDING.values() if refusal.kind is Kind.CONFIGURATION)
    assert {30032, 30033, 30034, 30035} <= {code for code, found in AFTERWARDS.items() if found.reason == CONFIGURATION}


@pytest.mark.parametrize("code", [21601, 21606, 21609, 21659, 21660, 21661, 21701, 21703, 21704, 21705])
async def test_a_sender_or_an_address_of_ours_that_twilio_does_not_take_costs_no_message(code: int) -> None:
    account = an_account()
    account.script(code)
    outcome = await sent_once(account)
    assert isinstance(outcome, Deferred)
    assert outcome.reason == CONFIGURATION


async def test_an_error_nobody_knows_is_a_refusal_that_tells_its_number() -> None:
    account = an_account()
    account.script(21999)
    assert await sent_once(account) == Refused("refused", "Twilio refused it with error 21999")


@pytest.mark.parametrize("changes", [{"password": "wrong"}, {"sid": "AC" + "f" * 32}])
async def test_a_wrong_token_or_account_waits_for_a_person_and_burns_nothing(changes: dict[str, Any]) -> None:
    account = an_account()
    outcome = await sent_once(account, **changes)
    assert isinstance(outcome, Deferred)
    assert (outcome.reason, outcome.retry_after_seconds) == (CONFIGURATION, 900.0)
    assert account.taken == []


@pytest.mark.parametrize(
    "status, body, expected",
    [
        (400, b"<html>a proxy</html>", Unknown),
        (302, b"", Unknown),
        (401, b"", Deferred),
        (404, b"not here", Deferred),
        (200, b'{"sid": ""}', Unknown),
        (200, b'["sid"]', Unknown),
        (500, b'{"code": 21610}', Unknown),
        (429, b"", Deferred),
    ],
)
def test_answers_that_are_not_twilios_own_claim_nothing(status: int, body: bytes, expected: type) -> None:
    assert isinstance(twilio_messages.read(httpx.Response(status, content=body)), expected)


@pytest.mark.parametrize("asked, wait", [("7", 7.0), ("99999", 3600.0), ("soon", 10.0), ("-1", 10.0), ("", 10.0)])
def test_a_retry_after_is_honoured_within_reason(asked: str, wait: float) -> None:
    answer = httpx.Response(429, headers={"Retry-After": asked})
    assert twilio_messages.read(answer) == Deferred("too_many_requests", wait)


async def test_a_text_whose_answer_was_lost_is_found_by_number_time_and_words() -> None:
    account = an_account()
    account.script(Behaviour.FAILS_TAKEN)
    async with twilio(account) as messages:
        sender = TwilioSmsSender(messages, service_sid=SERVICE)
        await sender.send(OutgoingSms(OUR_ID, MAYA, "It’s open"))
        found = Found(account.taken[0]["sid"])
        assert await sender.find(our_id=OUR_ID, to=MAYA, since=NOW, words="It’s open") == found
        assert await sender.find(our_id=OUR_ID, to=MAYA, since=NOW, words="It is open") == NotFound()
        assert await sender.find(our_id=OUR_ID, to="+15125550143", since=NOW, words="It’s open") == NotFound()
        later = NOW + timedelta(minutes=2)
        assert await sender.find(our_id=OUR_ID, to=MAYA, since=later, words="It’s open") == NotFound()


async def test_nothing_is_said_where_the_list_is_full_or_twilio_cannot_be_asked() -> None:
    account = an_account()
    async with twilio(account) as messages:
        sender = TwilioSmsSender(messages, service_sid=SERVICE)
        for _ in range(100):
            account.take({"To": [MAYA], "Body": ["other words"], "From": ["+15125550199"]})
        assert isinstance(await sender.find(our_id=OUR_ID, to=MAYA, since=NOW, words="Hi"), CannotTell)
    for wrong in ({"password": "wrong"}, {"base_url": "http://127.0.0.1:1"}):
        async with twilio(account, **wrong) as messages:
            sender = TwilioSmsSender(messages, service_sid=SERVICE)
            assert isinstance(await sender.find(our_id=OUR_ID, to=MAYA, since=NOW, words="Hi"), CannotTell)


@pytest.mark.parametrize("word", ["STOP", " stop ", "Revoke", "OPTOUT", "help", "Unstop"])
async def test_twilio_answers_its_own_words_and_only_when_they_are_the_whole_text(word: str) -> None:
    async with twilio() as messages:
        sender = TwilioSmsSender(messages, service_sid=SERVICE)
        assert sender.answers_itself(word)
        assert not sender.answers_itself(f"{word} please")
