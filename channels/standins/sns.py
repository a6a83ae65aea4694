"""A topic of Amazon SNS that signs as the real one does: an own key and certificate, all three types, v1 and v2.

What posts the message is left to the demo and the tests. `certificate` takes the place of the fetch over the network.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

ARN = "arn:aws:sns:us-east-1:111122223333:tend"
_NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")


@dataclass(frozen=True, slots=True)
class Posted:
    """What SNS posts: the body and the headers."""

    body: bytes
    headers: dict[str, str]


@dataclass(frozen=True)
class Topic:
    """One topic, and the key SNS signs its messages with."""

    arn: str = ARN
    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))

    @property
    def certificate_url(self) -> str:
        """Where the real one would keep its certificate."""
        region = self.arn.split(":")[3]
        return f"https://sns.{region}.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem"

    async def certificate(self, url: str) -> bytes:
        """Give the certificate, whatever the address: fetching is what this stands in for."""
        del url
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
        start = datetime(2026, 1, 1, tzinfo=UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self.key.public_key())
            .serial_number(1)
            .not_valid_before(start)
            .not_valid_after(start + timedelta(days=3650))
            .sign(self.key, SHA256())
        )
        return made.public_bytes(Encoding.PEM)

    def notification(
        self, message: Any, *, at: datetime, subject: str = "", message_id: str = "", version: str = "2", **changes: Any
    ) -> Posted:
        """Publish a message (text, or an object that becomes JSON); `changes` are made after it was signed."""
        fields = self._fields("Notification", message_id, at, message)
        if subject:
            fields["Subject"] = subject
        fields["UnsubscribeURL"] = "https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe"
        return self._posted(fields, _NOTIFICATION, version, changes)

    def confirmation(
        self, *, at: datetime, leaving: bool = False, token: str = "", version: str = "2", **changes: Any
    ) -> Posted:
        """Ask to confirm a subscription, or with `leaving` tell that it was ended."""
        kind = "UnsubscribeConfirmation" if leaving else "SubscriptionConfirmation"
        fields = self._fields(kind, "", at, f"You have chosen to subscribe to the topic {self.arn}.")
        fields["Token"] = token or uuid4().hex
        fields["SubscribeURL"] = "https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription"
        return self._posted(fields, _CONFIRMATION, version, changes)

    def _fields(self, kind: str, message_id: str, at: datetime, message: Any) -> dict[str, str]:
        return {
            "Type": kind,
            "MessageId": message_id or str(uuid4()),
            "TopicArn": self.arn,
            "Message": message if isinstance(message, str) else json.dumps(message),
            "Timestamp": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        }

    def _posted(self, fields: dict[str, str], names: tuple[str, ...], version: str, changes: dict[str, Any]) -> Posted:
        said = "".join(f"{name}\n{fields[name]}\n" for name in names if name in fields)
        made_with = SHA1() if version == "1" else SHA256()  # noqa: S303 - as the vendor's version 1 does
        signature = self.key.sign(said.encode(), PKCS1v15(), made_with)
        signed: dict[str, Any] = {
            **fields,
            "SignatureVersion": version,
            "Signature": base64.b64encode(signature).decode("ascii"),
            "SigningCertURL": self.certificate_url,
        } | changes
        body = json.dumps({name: value for name, value in signed.items() if value is not None}).encode()
        headers = {
            "Content-Type": "text/plain; charset=UTF-8",
            "User-Agent": "Amazon Simple Notification Service Agent",
            "x-amz-sns-message-type": fields["Type"],
            "x-amz-sns-message-id": fields["MessageId"],
            "x-amz-sns-topic-arn": self.arn,
        }
        return Posted(body, headers)
