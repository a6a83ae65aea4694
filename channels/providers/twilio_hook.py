"""What Twilio posts to us, texts and statuses: is the form really Twilio's, and what does it say.

The signature covers the URL as Twilio called it, so that URL is built from the configured public address and never
from the request, which a proxy may have changed. A form signed with a shared key is checked with the secret we hold
under that key's id, and with nothing else. Only Twilio's validator is loaded, not its REST client. De-duplication on
the message id and the answer within fifteen seconds are the web's part.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

from twilio.request_validator import HMAC_SHA256, RequestValidator

from channels.providers.twilio_status import receipt_of
from channels.receipts import Receipt
from channels.sms import InboundSms, Media

_SIGNATURE = "x-twilio-signature"
_SIGNED_HOW = "x-twilio-webhooks-signature-settings"
_MESSAGE_SID = re.compile(r"[A-Z]{2}[0-9a-fA-F]{32}")
_SENDER = re.compile(r"(?:[a-z]{2,12}:)?(?:\+[1-9][0-9]{6,14}|[0-9]{3,8})")
_MAX_MEDIA = 10
_CONTENT_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]{1,60}")


class TwilioSmsHook:
    """Verifies and reads Twilio's message webhook for one account.

    `public_url` is how the world reaches us: scheme, host, port if not the usual one, and a path prefix if a proxy adds
    one; `shared_keys` are secrets by the id of their key. Raises `ValueError` when it is no such address or the token
    is empty.
    """

    def __init__(self, auth_token: str, public_url: str, shared_keys: Mapping[str, str] | None = None) -> None:
        parts = urlsplit(public_url)
        if parts.scheme not in {"https", "http"} or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("the public URL is https://host, with a port or a path prefix if there is one")
        if not auth_token:
            raise ValueError("Twilio's auth token is empty")
        self._validator = _validator(auth_token)
        self._shared = {key: _validator(secret) for key, secret in (shared_keys or {}).items()}
        self._public_url = public_url.rstrip("/")

    def verify(self, *, path: str, query: str, params: Mapping[str, list[str]], headers: Mapping[str, str]) -> bool:
        """True when the signature fits this URL and every field of the form, the blank ones among them.

        `path` and `query` are raw, as they came over the wire, the query without its `?`. A missing signature, or one
        said to be made with a key we do not hold or in another way than SHA-256, is False.
        """
        signature = headers.get(_SIGNATURE)
        validator, algorithm = self._signed_by(headers.get(_SIGNED_HOW, ""))
        if not signature or validator is None:
            return False
        url = f"{self._public_url}{path}?{query}" if query else f"{self._public_url}{path}"
        try:
            return bool(validator.validate(url, _Form(params), signature, algorithm))  # type: ignore[no-untyped-call]
        except UnicodeEncodeError:  # a field that is not Unicode text was never signed by Twilio
            return False

    def _signed_by(self, how: str) -> tuple[RequestValidator | None, str | None]:
        """What checks a form that says to be signed so: by default the account's token, else the key it names."""
        if not how:
            return self._validator, None
        said = {name.strip(): value.strip() for name, _, value in (part.partition("=") for part in how.split(","))}
        if said.get("algorithm", "").upper() != HMAC_SHA256:
            return None, None
        return self._shared.get(said.get("key", "")), HMAC_SHA256

    def parse(self, params: Mapping[str, list[str]]) -> InboundSms:
        """Read a verified form.

        A sender is a number or a short code, with `whatsapp:` and the like before it where Twilio puts it. Unknown
        fields are let be: Twilio adds them unannounced. Raises `ValueError` naming the field that is missing or
        malformed, never its value.
        """
        message_sid = _field(params, "MessageSid")
        if not _MESSAGE_SID.fullmatch(message_sid):
            raise ValueError("MessageSid is malformed" if message_sid else "MessageSid is missing")
        sender = _field(params, "From")
        if not _SENDER.fullmatch(sender):
            raise ValueError("From is malformed" if sender else "From is missing")
        keyword = _field(params, "OptOutType").upper()
        return InboundSms(
            external_id=message_sid,
            sender=sender,
            recipient=_field(params, "To"),
            body=_first(params, "Body").replace("\x00", ""),
            media=_media(params),
            carrier_keyword=keyword if keyword in {"STOP", "START", "HELP"} else "",
        )

    def receipt(self, params: Mapping[str, list[str]], *, query: str, at: datetime) -> Receipt | None:
        """Read a verified status callback; our own id is in the query, as we gave it to Twilio."""
        return receipt_of(
            message_sid=_field(params, "MessageSid"),
            status=_field(params, "MessageStatus").lower(),
            error_code=_field(params, "ErrorCode"),
            to=_field(params, "To"),
            our_id=parse_qs(query).get("m", [""])[0],
            at=at,
        )


def _validator(secret: str) -> RequestValidator:
    return RequestValidator(secret)  # type: ignore[no-untyped-call] # untyped upstream


class _Form(dict[str, list[str]]):
    """The form as the validator reads one with repeated names."""

    def getlist(self, name: str) -> list[str]:
        """Give every value of a name; the validator itself drops repeats and sorts."""
        return self[name]


def _first(params: Mapping[str, list[str]], name: str) -> str:
    return next(iter(params.get(name, ())), "")


def _field(params: Mapping[str, list[str]], name: str) -> str:
    return _first(params, name).strip()


def _media(params: Mapping[str, list[str]]) -> tuple[Media, ...]:
    """What came with a text and lies at Twilio; another address is never kept, since a person may follow it."""
    announced = _field(params, "NumMedia")
    count = min(int(announced), _MAX_MEDIA) if re.fullmatch("[0-9]{1,3}", announced) else 0
    found = ((_field(params, f"MediaContentType{n}").lower(), _field(params, f"MediaUrl{n}")) for n in range(count))
    return tuple(
        Media(kind if _CONTENT_TYPE.fullmatch(kind) else "application/octet-stream", url)
        for kind, url in found
        if _is_twilios(url)
    )


def _is_twilios(url: str) -> bool:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    host = parts.hostname or ""
    ours = parts.scheme == "https" and port is None and parts.username is None
    return ours and len(url) < 500 and (host == "twilio.com" or host.endswith(".twilio.com"))
