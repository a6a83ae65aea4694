"""What Amazon's notices tell, by the shape of their words: receipts of mail and of texts, texts to us, mail to us.

A topic may carry several of these. What is none of them (the test events of a set-up, SES's first plain-text message,
kinds that do not exist yet) tells nothing and is no error: a vendor adds shapes unannounced.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_plus

from channels.arrived_mail import ArrivedMail, Envelope, StoredMail, Verdicts
from channels.notices import Told
from channels.providers import ses_receipts, text_receipts
from channels.providers.aws_shapes import part, word
from channels.sms import InboundSms

_MAX_RECIPIENTS = 200
_MAX_OBJECTS = 100
_SETUP_OBJECT = "AMAZON_SES_SETUP_NOTIFICATION"


def told(words: str, *, region: str) -> tuple[Told, ...]:
    """Read the words of one notification from a topic in this region."""
    try:
        event = json.loads(words)
    except (ValueError, RecursionError):
        return ()
    if not isinstance(event, dict):
        return ()
    if event.get("notificationType") == "Received":
        return _received(event, region)
    if isinstance(event.get("Records"), list):
        return tuple(mail for record in event["Records"][:_MAX_OBJECTS] for mail in _object_made(record, region))
    if event.get("source") == "aws.s3":
        return _object_seen(event, region)
    if "originationNumber" in event and "messageBody" in event:
        return _text(event)
    if text_receipts.is_one(event):
        return text_receipts.receipts(event)
    return ses_receipts.receipts(event)


def _received(event: Mapping[str, Any], region: str) -> tuple[Told, ...]:
    """Mail that a receipt rule of SES took, with the mail itself or the name of its object."""
    receipt = part(event, "receipt")
    action = part(receipt, "action")
    recipients = receipt.get("recipients")
    envelope = Envelope(
        tuple(str(address).lower()[:320] for address in (recipients if isinstance(recipients, list) else ()))[
            :_MAX_RECIPIENTS
        ],
        Verdicts(**{name: _verdict(receipt, name) for name in ("spf", "dkim", "dmarc", "spam", "virus")}),
    )
    content = event.get("content")
    if isinstance(content, str):
        return (ArrivedMail(_raw(content, str(action.get("encoding") or "")), envelope),)
    bucket, key = word(action, "bucketName"), word(action, "objectKey")
    return (StoredMail(bucket, key, region, "ses", envelope),) if _is_mail(bucket, key) else ()


def _verdict(receipt: Mapping[str, Any], name: str) -> str:
    return word(part(receipt, f"{name}Verdict"), "status").lower()[:20]


def _raw(content: str, encoding: str) -> bytes:
    if encoding.upper() == "BASE64":
        try:
            return base64.b64decode(content)
        except binascii.Error:
            pass
    return content.encode("utf-8", "replace")


def _object_made(record: Any, region: str) -> tuple[Told, ...]:
    """S3's own event: the key is form-encoded."""
    if not isinstance(record, dict) or not word(record, "eventName").startswith("ObjectCreated"):
        return ()
    if word(record, "eventVersion").split(".")[0] != "2":
        return ()
    stored = part(record, "s3")
    bucket, key = word(part(stored, "bucket"), "name"), unquote_plus(word(part(stored, "object"), "key"))
    where = word(record, "awsRegion") or region
    return (StoredMail(bucket, key, where, "s3", Envelope()),) if _is_mail(bucket, key) else ()


def _object_seen(event: Mapping[str, Any], region: str) -> tuple[Told, ...]:
    """EventBridge's: the key stands as it is, and decoding it would turn a plus into a space."""
    detail = part(event, "detail")
    bucket, key = word(part(detail, "bucket"), "name"), word(part(detail, "object"), "key")
    if event.get("detail-type") != "Object Created" or not _is_mail(bucket, key):
        return ()
    return (StoredMail(bucket, key, word(event, "region") or region, "s3", Envelope()),)


def _is_mail(bucket: str, key: str) -> bool:
    return bool(bucket) and bool(key) and not key.endswith(("/", _SETUP_OBJECT)) and len(key) <= 1024


def _text(event: Mapping[str, Any]) -> tuple[Told, ...]:
    text = InboundSms(
        external_id=word(event, "inboundMessageId"),
        sender=word(event, "originationNumber"),
        recipient=word(event, "destinationNumber"),
        body=word(event, "messageBody").replace("\x00", ""),
    )
    return (text,) if text.external_id and text.sender else ()
