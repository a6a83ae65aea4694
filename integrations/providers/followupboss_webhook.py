"""How Follow Up Boss signs and shapes what it pushes: ids only, signed over the base64 of the raw body.

Promises that a body either becomes one `CrmEvent` or raises `MalformedEvent`, whatever the bytes, and that the
message never repeats them. The signature carries no time: replays are recognised by the event id, which is left to
the inbox. Needs no HTTP client.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from integrations.crm import CrmEvent, CrmEventKind
from integrations.errors import MalformedEvent
from integrations.providers.followupboss_events import EVENTS

MAX_DEPTH = 32
"""Deepest nesting accepted; Follow Up Boss documents three levels."""

_Word = Annotated[str, Meta(min_length=1, max_length=200)]
_Id = Annotated[int, Meta(ge=0, le=2**63 - 1)] | _Word
_STRING_OR_BRACKET = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[\]{}]', re.DOTALL)
_ESCAPED_NUL = re.compile(rb"(?<!\\)(?:\\\\)*+\\u0000")


class _Delivery(msgspec.Struct, rename="camel"):
    event_id: _Word
    event: _Word
    resource_ids: Annotated[list[_Id], Meta(max_length=1000)]
    event_created: str | None = None
    uri: Annotated[str, Meta(max_length=20_000)] | None = None


class FollowUpBossWebhook:
    """Verifies and reads deliveries signed with one system key (docs.followupboss.com, webhooks guide)."""

    source: str = "followupboss"

    def __init__(self, *, system_key: str) -> None:
        """Keep the X-System-Key that signs. Raises `ValueError` when it is empty: anybody could sign with that."""
        if not system_key:
            raise ValueError("a Follow Up Boss webhook needs the system key that signs it")
        self._key = system_key.encode()

    def verify(self, body: bytes, headers: Mapping[str, str]) -> bool:
        """Compare `FUB-Signature` with lower-case hex HMAC-SHA256(system key, base64(body)), in constant time."""
        given = headers.get("fub-signature", "").encode("utf-8", "surrogateescape")
        expected = hmac.new(self._key, base64.b64encode(body), hashlib.sha256).hexdigest()
        return hmac.compare_digest(given, expected.encode())

    def parse(self, body: bytes) -> CrmEvent:
        """Read a verified body; an event name not known here becomes `OTHER`. Raises `MalformedEvent`."""
        delivery = _shaped(_decoded(body))
        return CrmEvent(
            event_id=delivery.event_id,
            kind=EVENTS.get(delivery.event, CrmEventKind.OTHER),
            name=delivery.event,
            resource_ids=tuple(str(each) for each in delivery.resource_ids),
            occurred_at=_instant(delivery.event_created),
            uri=delivery.uri or "",
        )


def _decoded(body: bytes) -> object:
    """Decode all of it, unknown fields too, so that what is kept can be stored and read again on any database."""
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        raise MalformedEvent("the body is not UTF-8") from None
    if _too_deep(body):
        raise MalformedEvent(f"the body nests deeper than {MAX_DEPTH} levels")
    if _ESCAPED_NUL.search(body):
        raise MalformedEvent("the body holds a NUL character")
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise MalformedEvent("the body is not JSON, or holds half a surrogate pair") from None


def _too_deep(body: bytes) -> bool:
    depth = 0
    for token in _STRING_OR_BRACKET.finditer(body):
        match token.group():
            case b"[" | b"{":
                depth += 1
            case b"]" | b"}":
                depth -= 1
        if depth > MAX_DEPTH:
            return True
    return False


def _shaped(decoded: object) -> _Delivery:
    try:
        return msgspec.convert(decoded, _Delivery)
    except msgspec.ValidationError as error:
        raise MalformedEvent(f"the event has the wrong shape: {error}") from None


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
        return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise MalformedEvent("eventCreated is not an ISO 8601 time") from None
