"""What AWS End User Messaging (`pinpoint-sms-voice-v2`) tells of texts it took; our id comes back in their context.

(https://docs.aws.amazon.com/sms-voice/latest/userguide/configuration-sets-event-types.html)
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from channels.outcomes import CONFIGURATION, INVALID_ADDRESS
from channels.providers.aws_shapes import part, word
from channels.receipts import Receipt, ReceiptKind

CONTEXT = "tend"
"""The name our id has in a text's context."""
_CAME = {
    "SENT": (ReceiptKind.SENT, ""),
    "SUCCESSFUL": (ReceiptKind.SENT, ""),
    "DELIVERED": (ReceiptKind.DELIVERED, ""),
    "UNREACHABLE": (ReceiptKind.UNDELIVERED, "unreachable"),
    "CARRIER_UNREACHABLE": (ReceiptKind.UNDELIVERED, "unreachable"),
    "UNKNOWN": (ReceiptKind.UNDELIVERED, "unknown"),
    "TTL_EXPIRED": (ReceiptKind.UNDELIVERED, "expired"),
    "BLOCKED": (ReceiptKind.UNDELIVERED, "filtered"),
    "CARRIER_BLOCKED": (ReceiptKind.UNDELIVERED, "filtered"),
    "SPAM": (ReceiptKind.UNDELIVERED, "filtered"),
    "INVALID": (ReceiptKind.BOUNCED, INVALID_ADDRESS),
    "INVALID_MESSAGE": (ReceiptKind.REJECTED, "invalid_message"),
    "PROTECT_BLOCKED": (ReceiptKind.REJECTED, CONFIGURATION),
}


def is_one(event: Mapping[str, Any]) -> bool:
    """Whether this is an event of a text."""
    return word(event, "eventType").startswith(("TEXT_", "MEDIA_"))


def receipts(event: Mapping[str, Any]) -> tuple[Receipt, ...]:
    """Read one event; nothing for one that says no more than that the text waits, or for a kind we do not know."""
    name = word(event, "eventType")
    found = _CAME.get(name.partition("_")[2])
    provider_id, millis = word(event, "messageId"), event.get("eventTimestamp")
    if found is None or not provider_id or not isinstance(millis, int) or not 0 <= millis < 1 << 43:
        return ()
    return (
        Receipt(
            vendor="aws_sms",
            external_id=f"{provider_id}:{name}"[:200],
            kind=found[0],
            channel="sms",
            our_id=word(part(event, "context"), CONTEXT)[:64],
            provider_id=provider_id,
            at=datetime.fromtimestamp(millis / 1000, UTC),
            reason=found[1],
            detail=word(event, "messageStatusDescription")[:1000],
        ),
    )
