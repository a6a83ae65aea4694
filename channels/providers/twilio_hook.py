"""Texts that arrive through Twilio: is the form really Twilio's, and what does it say.

The signature covers the URL as Twilio called it, so that URL is built from the configured public address and never
from the request, which a proxy may have changed. Only Twilio's validator is loaded, not its REST client. De-duplication
on the message id and the answer within fifteen seconds are the web's part.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from twilio.request_validator import RequestValidator

from channels.sms import InboundSms

_SIGNATURE = "x-twilio-signature"
_MESSAGE_SID = re.compile(r"[A-Z]{2}[0-9a-fA-F]{32}")
_SENDER = re.compile(r"(?:[a-z]{2,12}:)?(?:\+[1-9][0-9]{6,14}|[0-9]{3,8})")
_MAX_MEDIA = 10


class TwilioSmsHook:
    """Verifies and reads Twilio's message webhook for one account.

    `public_url` is how the world reaches us: scheme, host, port if not the usual one, and a path prefix if a proxy adds
    one. Raises `ValueError` when it is no such address or the token is empty.
    """

    def __init__(self, auth_token: str, public_url: str) -> None:
        parts = urlsplit(public_url)
        if parts.scheme not in {"https", "http"} or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("the public URL is https://host, with a port or a path prefix if there is one")
        if not auth_token:
            raise ValueError("Twilio's auth token is empty")
        self._validator = RequestValidator(auth_token)  # type: ignore[no-untyped-call] # untyped upstream
        self._public_url = public_url.rstrip("/")

    def verify(self, *, path: str, query: str, params: Mapping[str, list[str]], headers: Mapping[str, str]) -> bool:
        """True when the signature fits this URL and every field of the form, the blank ones among them.

        `path` and `query` are raw, as they came over the wire, the query without its `?`. A missing signature, or one
        made with a shared key (we hold none), is False.
        """
        signature = headers.get(_SIGNATURE)
        if not signature:
            return False
        url = f"{self._public_url}{path}?{query}" if query else f"{self._public_url}{path}"
        try:
            return bool(self._validator.validate(url, _Form(params), signature))  # type: ignore[no-untyped-call]
        except UnicodeEncodeError:  # a field that is not Unicode text was never signed by Twilio
            return False

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
            media_urls=_media_urls(params),
            carrier_keyword=keyword if keyword in {"STOP", "START", "HELP"} else "",
        )


class _Form(dict[str, list[str]]):
    """The form as the validator reads one with repeated names."""

    def getlist(self, name: str) -> list[str]:
        """Give every value of a name; the validator itself drops repeats and sorts."""
        return self[name]


def _first(params: Mapping[str, list[str]], name: str) -> str:
    return next(iter(params.get(name, ())), "")


def _field(params: Mapping[str, list[str]], name: str) -> str:
    return _first(params, name).strip()


def _media_urls(params: Mapping[str, list[str]]) -> tuple[str, ...]:
    announced = _field(params, "NumMedia")
    count = min(int(announced), _MAX_MEDIA) if re.fullmatch("[0-9]{1,3}", announced) else 0
    return tuple(url for n in range(count) if (url := _field(params, f"MediaUrl{n}")))
