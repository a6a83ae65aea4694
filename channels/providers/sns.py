"""Notices of Amazon SNS over HTTP: is one really from a topic of ours, and what does it ask.

A valid signature says only that the message came from some topic, and anybody can point theirs at us, so the topic has
to be one that was named beforehand. A subscription is confirmed by calling the API, never by fetching the address in
the message. What a notification tells is read by `aws_events`.
(https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html)
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Awaitable, Callable, Collection
from datetime import datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, SHA256

from channels.notices import Notice, NoticeKind, NotReadable, NotTheirs, Told
from channels.providers import aws_events
from channels.providers.sns_certificates import Certificates

OLDEST = timedelta(hours=1)
_AHEAD = timedelta(minutes=15)
_TOPIC = re.compile(r"arn:(aws|aws-cn|aws-us-gov):sns:([a-z0-9-]{1,40}):[0-9]{12}:[A-Za-z0-9_-]{1,256}(\.fifo)?")
_CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
_SIGNED = {
    NoticeKind.NOTIFICATION: ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    NoticeKind.SUBSCRIPTION: _CONFIRMATION,
    NoticeKind.UNSUBSCRIPTION: _CONFIRMATION,
}
"""The signed keys of each type, in byte order."""

Confirm = Callable[[Notice, str], Awaitable[None]]
"""Confirms a subscription in a region. Raises `CannotCheck`."""


class Sns:
    """Checks and reads what these topics post.

    `signature_v1` also takes SHA-1 signatures, which is what a topic makes until its SignatureVersion is set to 2.
    Raises `ValueError` for what is no topic's ARN.
    """

    def __init__(
        self, *, topics: Collection[str], signature_v1: bool, certificates: Certificates, confirm: Confirm
    ) -> None:
        self._regions = {topic: region_of(topic) for topic in topics}
        self._hashes: dict[str, SHA1 | SHA256] = {"2": SHA256()}
        if signature_v1:
            self._hashes["1"] = SHA1()  # noqa: S303 - the vendor's default, taken only where that was asked for
        self._certificates = certificates
        self._confirm = confirm

    async def read(self, body: bytes, *, now: datetime) -> Notice:
        """Check one message: its shape, its topic, its age, then its signature. Raises as the door says."""
        fields = _fields(body)
        kind = NoticeKind(fields["Type"])
        region = self._regions.get(fields["TopicArn"])
        if region is None:
            raise NotTheirs("this topic is not in TEND_SNS_TOPICS")
        _refuse_old(fields["Timestamp"], now)
        made_with = self._hashes.get(fields["SignatureVersion"])
        if made_with is None:
            raise NotTheirs("set the topic's SignatureVersion to 2, or TEND_SNS_SIGNATURE_V1=true")
        key = await self._certificates.key(fields["SigningCertURL"], region=region)
        try:
            key.verify(base64.b64decode(fields["Signature"], validate=True), _signed(fields), PKCS1v15(), made_with)
        except (InvalidSignature, binascii.Error, ValueError):
            raise NotTheirs("the signature does not fit the message") from None
        return Notice(kind, fields["MessageId"], fields["TopicArn"], fields["Message"], fields.get("Token", ""))

    async def confirm(self, notice: Notice) -> None:
        """Confirm a subscription by the API, so that only we may end it. Raises `CannotCheck`."""
        await self._confirm(notice, self._regions[notice.topic])

    def told(self, notice: Notice) -> tuple[Told, ...]:
        """What a notification tells; nothing for words that are no event, such as SES's first one."""
        return aws_events.told(notice.words, region=self._regions[notice.topic])


def region_of(topic: str) -> str:
    """Give the region in a topic's ARN. Raises `ValueError` for what is none."""
    found = _TOPIC.fullmatch(topic)
    if found is None:
        raise ValueError(f"{topic!r} is no topic's ARN, such as arn:aws:sns:us-east-1:111122223333:tend")
    return found[2]


def _fields(body: bytes) -> dict[str, str]:
    try:
        content: Any = json.loads(body)
    except (ValueError, RecursionError):
        raise NotReadable("this is not a message of SNS") from None
    if not isinstance(content, dict) or content.get("Type") not in tuple(NoticeKind):
        raise NotReadable("this is not a message of SNS; raw message delivery has to be off")
    needed = {*_SIGNED[NoticeKind(content["Type"])], "SignatureVersion", "Signature", "SigningCertURL"} - {"Subject"}
    missing = sorted(name for name in needed if not isinstance(content.get(name), str))
    if missing:
        raise NotReadable(f"{missing[0]} is missing")
    return {name: value for name, value in content.items() if isinstance(value, str)}


def _signed(fields: dict[str, str]) -> bytes:
    names = _SIGNED[NoticeKind(fields["Type"])]
    return "".join(f"{name}\n{fields[name]}\n" for name in names if name in fields).encode("utf-8", "surrogatepass")


def _refuse_old(stamp: str, now: datetime) -> None:
    try:
        at = datetime.fromisoformat(stamp)
        age = now - at
    except (ValueError, TypeError):
        raise NotReadable("Timestamp is malformed") from None
    if not -_AHEAD <= age <= OLDEST:
        raise NotTheirs("the message is too old, or a clock is wrong")
