"""A phone that texts us: inbound messages as Twilio would post them, signed by Twilio's own code.

What posts the form and which phone belongs to whom is left to the demo and the tests.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from twilio.request_validator import RequestValidator


def text_fields(*, message_sid: str, sender: str, recipient: str, body: str, opt_out_type: str = "") -> dict[str, str]:
    """Give the fields of one received text, blank ones among them, as Twilio sends them.

    `opt_out_type` (STOP, START, HELP) is there only when the account's Advanced Opt-Out has already answered.
    """
    fields = {
        "MessageSid": message_sid,
        "SmsSid": message_sid,
        "SmsMessageSid": message_sid,
        "AccountSid": "AC" + "0" * 32,
        "From": sender,
        "To": recipient,
        "Body": body,
        "NumMedia": "0",
        "NumSegments": "1",
        "FromCity": "",
        "FromState": "TX",
        "FromCountry": "US",
        "ApiVersion": "2010-04-01",
        "SmsStatus": "received",
    }
    return fields | ({"OptOutType": opt_out_type} if opt_out_type else {})


def signed_form(auth_token: str, url: str, fields: Mapping[str, str]) -> tuple[bytes, dict[str, str]]:
    """Encode the form and sign it for `url`, the public address with its query: the body and the headers to post."""
    validator = RequestValidator(auth_token)  # type: ignore[no-untyped-call] # untyped upstream
    signature = validator.compute_signature(url, dict(fields))  # type: ignore[no-untyped-call]
    headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": str(signature)}
    return urlencode(fields).encode("ascii"), headers
