"""What SES tells of mail it took, from a configuration set (`eventType`) or an identity (`notificationType`, no tags).

One receipt for each recipient it names; `external_id` is made of message, kind, recipient and the vendor's own id or
instant of the event, so that the same thing told twice is one. A bounce is judged by its type alone, since new subtypes
appear unannounced: Permanent is a dead address (one on the account's suppression list among them), the others may pass.
(https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html)
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from channels.outcomes import CONFIGURATION, INVALID_ADDRESS
from channels.providers.aws_shapes import instant, part, word
from channels.receipts import ON_OUR_LIST, Receipt, ReceiptKind

TAG = "tend"
"""The message tag that carries our id."""
_MAX_RECIPIENTS = 50
"""As many as one message may have."""
_PLAIN = {
    "Send": ReceiptKind.SENT,
    "Delivery": ReceiptKind.DELIVERED,
    "DeliveryDelay": ReceiptKind.DELAYED,
    "Open": ReceiptKind.OPENED,
    "Click": ReceiptKind.CLICKED,
    "Reject": ReceiptKind.REJECTED,
    "Rendering Failure": ReceiptKind.REJECTED,
    "Bounce": ReceiptKind.UNDELIVERED,
    "Complaint": ReceiptKind.COMPLAINED,
    "Subscription": ReceiptKind.UNSUBSCRIBED,
}
_DETAILS = {
    "Send": "send",
    "Delivery": "delivery",
    "DeliveryDelay": "deliveryDelay",
    "Open": "open",
    "Click": "click",
    "Reject": "reject",
    "Rendering Failure": "failure",
    "Bounce": "bounce",
    "Complaint": "complaint",
    "Subscription": "subscription",
}
_LISTED = {"OnAccountSuppressionList": ON_OUR_LIST, "Suppressed": "suppressed_by_vendor"}
"""Amazon counts the second kind, from its own list, towards the account's bounce rate, and the first not."""
_RECIPIENTS = {
    "Bounce": "bouncedRecipients",
    "Complaint": "complainedRecipients",
    "DeliveryDelay": "delayedRecipients",
    "Delivery": "recipients",
}


def receipts(event: Mapping[str, Any]) -> tuple[Receipt, ...]:
    """Read one event; nothing for a kind we do not know, or one that names no message."""
    kind = word(event, "eventType") or word(event, "notificationType")
    mail = part(event, "mail")
    provider_id = word(mail, "messageId")
    if kind not in _PLAIN or not provider_id:
        return ()
    details = part(event, _DETAILS[kind])
    came, reason = _judged(kind, details)
    if came is None:
        return ()
    stamp = word(details, "timestamp") or word(mail, "timestamp")
    at = instant(stamp)
    if at is None:
        return ()
    return tuple(
        Receipt(
            vendor="ses",
            external_id=_name(provider_id, kind, recipient, word(details, "feedbackId") or stamp),
            kind=came,
            channel="email",
            our_id=_our_id(mail),
            provider_id=provider_id,
            at=at,
            reason=reason,
            detail=said[:1000],
            recipient=recipient,
        )
        for recipient, said in _each(kind, details)
    )


def _judged(kind: str, details: Mapping[str, Any]) -> tuple[ReceiptKind | None, str]:
    """What came of it and why; None for what changes nothing, such as a complaint taken back."""
    plain = _PLAIN[kind]
    match kind:
        case "Bounce" if word(details, "bounceType") == "Permanent":
            return ReceiptKind.BOUNCED, _LISTED.get(word(details, "bounceSubType"), INVALID_ADDRESS)
        case "Bounce":
            return plain, word(details, "bounceSubType").lower()[:40]
        case "Complaint" if word(details, "complaintFeedbackType") == "not-spam":
            return None, ""
        case "Rendering Failure":
            return plain, CONFIGURATION
        case "Reject":
            return plain, "rejected"
        case "Subscription" if not _left(part(details, "newTopicPreferences")):
            return None, ""
        case _:
            return plain, ""


def _left(preferences: Mapping[str, Any]) -> bool:
    topics = preferences.get("topicSubscriptionStatus")
    return preferences.get("unsubscribeAll") is True or any(
        isinstance(topic, dict) and word(topic, "subscriptionStatus").replace("_", "").lower() == "optout"
        for topic in (topics if isinstance(topics, list) else ())
    )


def _each(kind: str, details: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The recipients this is about, each with the vendor's words; one nameless where it names none."""
    listed = details.get(_RECIPIENTS.get(kind, ""))
    found: dict[str, str] = {}
    for each in listed[:_MAX_RECIPIENTS] if isinstance(listed, list) else ():
        if isinstance(each, dict):
            found[word(each, "emailAddress").lower()] = word(each, "diagnosticCode") or word(each, "status")
        elif isinstance(each, str):
            found[each.lower()] = word(details, "smtpResponse")
    return list(found.items()) or [("", word(details, "reason") or word(details, "errorMessage"))]


def _name(*parts: str) -> str:
    """One name for one event. Hashed, since a recipient's address is nobody's business."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:40]


def _our_id(mail: Mapping[str, Any]) -> str:
    values = part(mail, "tags").get(TAG)
    return str(values[0])[:64] if isinstance(values, list) and values else ""
