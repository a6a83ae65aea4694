from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from urllib.parse import parse_qs

import pytest
from twilio.request_validator import RequestValidator

from channels.providers.twilio_hook import TwilioSmsHook
from channels.sms import InboundSms, Media, SmsWebhook
from channels.standins.twilio import signed_form, text_fields

TOKEN = "an auth token that opens nothing"
PUBLIC = "https://tend.example"
PATH = "/hooks/twilio/sms"
SID = "SM" + "0" * 31 + "1"
FIELDS = text_fields(message_sid=SID, sender="+15125550142", recipient="+15125550199", body="Can we tour Saturday? ")


def as_received(body: bytes) -> dict[str, list[str]]:
    """The form as a web server reads it, blank fields kept."""
    return parse_qs(body.decode("ascii"), keep_blank_values=True)


def verified(
    *,
    hook: SmsWebhook | None = None,
    url: str = PUBLIC + PATH,
    path: str = PATH,
    query: str = "",
    fields: Mapping[str, str] = FIELDS,
    change: Mapping[str, list[str]] | None = None,
) -> bool:
    body, headers = signed_form(TOKEN, url, fields)
    return (hook or TwilioSmsHook(TOKEN, PUBLIC)).verify(
        path=path,
        query=query,
        params=as_received(body) | dict(change or {}),
        headers={name.lower(): value for name, value in headers.items()},
    )


def test_a_text_signed_as_twilio_signs_is_let_in_blank_fields_and_spaces_included() -> None:
    assert FIELDS["FromCity"] == ""
    assert FIELDS["Body"].endswith(" ")
    assert verified()


@pytest.mark.parametrize(
    "public_url, url",
    [
        ("https://tend.example/", "https://tend.example/hooks/twilio/sms"),
        ("https://tend.example:8443", "https://tend.example:8443/hooks/twilio/sms"),
        ("https://tend.example", "https://tend.example:443/hooks/twilio/sms"),
        ("https://tend.example/behind/proxy", "https://tend.example/behind/proxy/hooks/twilio/sms"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000/hooks/twilio/sms"),
    ],
)
def test_the_signed_address_is_the_configured_one(public_url: str, url: str) -> None:
    assert verified(hook=TwilioSmsHook(TOKEN, public_url), url=url)


def test_the_query_belongs_to_what_is_signed_exactly_as_it_came() -> None:
    query = "team=a%20b&x="
    assert verified(url=f"{PUBLIC}{PATH}?{query}", query=query)
    assert not verified(url=f"{PUBLIC}{PATH}?{query}", query="team=a+b&x=")
    assert not verified(url=f"{PUBLIC}{PATH}?{query}")


@pytest.mark.parametrize(
    "change",
    [
        {"Body": ["STOP"]},
        {"Body": ["Can we tour Saturday?"]},
        {"From": ["+15125550143"]},
        {"FromCity": ["Austin"]},
        {"Extra": ["field"]},
        {"Body": [FIELDS["Body"], "STOP"]},
        {"Body": ["\ud83c"]},
    ],
)
def test_a_form_changed_on_its_way_is_refused(change: dict[str, list[str]]) -> None:
    assert not verified(change=change)


def test_a_form_that_lost_its_blank_fields_is_refused() -> None:
    body, headers = signed_form(TOKEN, PUBLIC + PATH, FIELDS)
    lower = {name.lower(): value for name, value in headers.items()}
    params = parse_qs(body.decode("ascii"))
    assert not TwilioSmsHook(TOKEN, PUBLIC).verify(path=PATH, query="", params=params, headers=lower)


def test_another_path_or_another_account_is_refused() -> None:
    assert not verified(path="/hooks/twilio/status")
    assert not verified(hook=TwilioSmsHook("another token", PUBLIC))
    assert not verified(hook=TwilioSmsHook(TOKEN, "https://other.example"))


@pytest.mark.parametrize("headers", [{}, {"x-twilio-signature": ""}, {"x-twilio-signature": "ü" * 28}])
def test_a_missing_or_odd_signature_is_refused_and_never_raises(headers: dict[str, str]) -> None:
    params = {name: [value] for name, value in FIELDS.items()}
    assert not TwilioSmsHook(TOKEN, PUBLIC).verify(path=PATH, query="", params=params, headers=headers)


def test_a_name_given_twice_is_signed_with_all_its_values() -> None:
    """Twilio's rule, worked out by hand: names sorted, the values of one name de-duplicated and sorted."""
    _, headers = signed_form(TOKEN, PUBLIC + PATH, {"A": "1A2", "B": "x"})  # spells A1A2Bx, as A=1, A=2, B=x does
    signature = {"x-twilio-signature": headers["X-Twilio-Signature"]}
    hook = TwilioSmsHook(TOKEN, PUBLIC)
    assert hook.verify(path=PATH, query="", params={"A": ["2", "1", "2"], "B": ["x"]}, headers=signature)
    assert not hook.verify(path=PATH, query="", params={"A": ["2"], "B": ["x"]}, headers=signature)


def test_a_verified_form_is_read_whole() -> None:
    fields = FIELDS | {
        "NumMedia": "2",
        "MediaUrl0": "https://api.twilio.com/0",
        "MediaContentType0": "image/jpeg",
        "MediaUrl1": "https://api.twilio.com/1",
        "MediaUrl2": "https://api.twilio.com/2",
        "OptOutType": "STOP",
    }
    body, _ = signed_form(TOKEN, PUBLIC + PATH, fields)
    assert TwilioSmsHook(TOKEN, PUBLIC).parse(as_received(body)) == InboundSms(
        external_id=SID,
        sender="+15125550142",
        recipient="+15125550199",
        body="Can we tour Saturday? ",
        media=(
            Media("image/jpeg", "https://api.twilio.com/0"),
            Media("application/octet-stream", "https://api.twilio.com/1"),
        ),
        carrier_keyword="STOP",
    )


@pytest.mark.parametrize(
    "change, missing",
    [
        ({"MessageSid": ""}, "MessageSid is missing"),
        ({"MessageSid": "SM12"}, "MessageSid is malformed"),
        ({"MessageSid": "S'" + "0" * 32}, "MessageSid is malformed"),
        ({"From": ""}, "From is missing"),
        ({"From": "5125550142; DROP"}, "From is malformed"),
        ({"From": "+1512555014212345678"}, "From is malformed"),
        ({"From": "+٢5125550142"}, "From is malformed"),
    ],
)
def test_a_form_without_id_or_sender_says_which_is_missing(change: dict[str, str], missing: str) -> None:
    with pytest.raises(ValueError, match=missing):
        TwilioSmsHook(TOKEN, PUBLIC).parse({name: [value] for name, value in (FIELDS | change).items()})
    with pytest.raises(ValueError, match="MessageSid is missing"):
        TwilioSmsHook(TOKEN, PUBLIC).parse({"MessageSid": []})


@pytest.mark.parametrize("sender", ["+15125550142", "72975", "whatsapp:+15125550142"])
def test_numbers_short_codes_and_whatsapp_numbers_are_senders(sender: str) -> None:
    params = {name: [value] for name, value in (FIELDS | {"From": sender}).items()}
    assert TwilioSmsHook(TOKEN, PUBLIC).parse(params).sender == sender


@pytest.mark.parametrize(
    "change",
    [{"NumMedia": "many"}, {"NumMedia": "-1"}, {"NumMedia": "5"}, {"NumMedia": ""}, {"Body": ""}, {"OptOutType": "?"}],
)
def test_odd_values_in_lesser_fields_lose_no_text(change: dict[str, str]) -> None:
    read = TwilioSmsHook(TOKEN, PUBLIC).parse({name: [value] for name, value in (FIELDS | change).items()})
    assert (read.body, read.media, read.carrier_keyword) == ((FIELDS | change)["Body"], (), "")


@pytest.mark.parametrize(
    "url",
    [
        "http://api.twilio.com/0",
        "https://api.twilio.com.evil.example/0",
        "https://eviltwilio.com/0",
        "https://api.twilio.com:8443/0",
        "https://a@api.twilio.com/0",
        "https://127.0.0.1/0",
        "javascript:alert(1)//api.twilio.com",
        "https://[::1",
        "",
    ],
)
def test_media_that_does_not_lie_at_twilio_is_not_kept(url: str) -> None:
    fields = FIELDS | {"NumMedia": "1", "MediaUrl0": url, "MediaContentType0": "image/png"}
    assert TwilioSmsHook(TOKEN, PUBLIC).parse({name: [value] for name, value in fields.items()}).media == ()


KEYS = {"webhooks_sharedkey_1": "one secret", "webhooks_sharedkey_2": "another"}


def signed_with(key: str, secret: str, algorithm: str = "HMAC_SHA256", *, named: str | None = None) -> bool:
    """Whether a form signed so passes; `named` is the settings header where it is not the usual one."""
    validator = RequestValidator(secret)  # type: ignore[no-untyped-call]
    signature = validator.compute_signature(PUBLIC + PATH, FIELDS, algorithm)  # type: ignore[no-untyped-call]
    how = f"key={key},algorithm={algorithm}" if named is None else named
    return TwilioSmsHook(TOKEN, PUBLIC, KEYS).verify(
        path=PATH,
        query="",
        params={name: [value] for name, value in FIELDS.items()},
        headers={"x-twilio-signature": signature, "x-twilio-webhooks-signature-settings": how},
    )


def test_a_form_signed_with_a_shared_key_we_hold_is_let_in() -> None:
    assert all(signed_with(key, secret) for key, secret in KEYS.items())
    assert signed_with("", "one secret", named=" algorithm = HMAC_SHA256 , key = webhooks_sharedkey_1")


@pytest.mark.parametrize(
    "key, secret, algorithm, named",
    [
        ("webhooks_sharedkey_1", "another", "HMAC_SHA256", None),
        ("webhooks_sharedkey_3", "one secret", "HMAC_SHA256", None),
        ("", "one secret", "HMAC_SHA256", None),
        ("", TOKEN, "HMAC_SHA256", None),
        ("webhooks_sharedkey_1", "one secret", "HMAC_SHA1", None),
        ("webhooks_sharedkey_1", TOKEN, "HMAC_SHA1", None),
        ("webhooks_sharedkey_1", "one secret", "HMAC_SHA256", "key=webhooks_sharedkey_1"),
        ("webhooks_sharedkey_1", "one secret", "HMAC_SHA256", "key=webhooks_sharedkey_1,algorithm=MD5"),
        ("webhooks_sharedkey_1", "one secret", "HMAC_SHA256", ""),
        ("webhooks_sharedkey_1", "one secret", "HMAC_SHA256", "nonsense"),
    ],
)
def test_the_caller_cannot_choose_the_secret_or_a_weaker_way(
    key: str, secret: str, algorithm: str, named: str | None
) -> None:
    assert not signed_with(key, secret, algorithm, named=named)


def test_the_phone_never_names_a_keyword_unless_the_carrier_acted_on_it() -> None:
    assert "OptOutType" not in FIELDS
    acted = text_fields(message_sid=SID, sender="+15125550142", recipient="", body="STOP", opt_out_type="STOP")
    assert TwilioSmsHook(TOKEN, PUBLIC).parse({k: [v] for k, v in acted.items()}).carrier_keyword == "STOP"


@pytest.mark.parametrize(
    "public_url", ["", "tend.example", "ftp://tend.example", "https://", "https://tend.example?a=b"]
)
def test_a_public_address_that_cannot_be_signed_is_refused_at_start(public_url: str) -> None:
    with pytest.raises(ValueError, match="public URL"):
        TwilioSmsHook(TOKEN, public_url)


def test_an_empty_token_is_refused_at_start() -> None:
    with pytest.raises(ValueError, match="token is empty"):
        TwilioSmsHook("", PUBLIC)


def test_listening_to_twilio_does_not_load_its_rest_client() -> None:
    program = (
        "import sys, channels.providers.twilio_hook; print([m for m in sys.modules if m in ('twilio.rest', 'aiohttp')])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"
