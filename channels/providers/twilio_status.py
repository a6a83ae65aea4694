"""A Twilio status callback as a receipt: which statuses say something, and which error means what.

Twilio gives no instant to the second, so the receipt's is when it reached us. Order and repetition are not Twilio's to
promise; the same status of the same message is the same receipt.
"""

from __future__ import annotations

import re
from datetime import datetime

from channels.providers.twilio_errors import Failure, afterwards
from channels.receipts import Receipt, ReceiptKind

VENDOR = "twilio"
_MESSAGE_SID = re.compile(r"[A-Z]{2}[0-9a-fA-F]{32}")
_CAME = {
    "sent": ReceiptKind.SENT,
    "delivered": ReceiptKind.DELIVERED,
    "partially_delivered": ReceiptKind.DELIVERED,
    "read": ReceiptKind.READ,
}
_FAILED = {
    "undelivered": Failure(ReceiptKind.UNDELIVERED, "unknown", "it did not arrive"),
    "failed": Failure(ReceiptKind.REJECTED, "refused", "Twilio could not send it"),
    "canceled": Failure(ReceiptKind.REJECTED, "canceled", "it was canceled at Twilio"),
}


def receipt_of(*, message_sid: str, status: str, error_code: str, to: str, our_id: str, at: datetime) -> Receipt | None:
    """Read one callback's fields; None for a status that says nothing new (queued, sending).

    Raises `ValueError` when the message's id is missing or malformed.
    """
    if not _MESSAGE_SID.fullmatch(message_sid):
        raise ValueError("MessageSid is malformed" if message_sid else "MessageSid is missing")
    code = int(error_code) if error_code.isascii() and error_code.isdigit() and len(error_code) <= 6 else 0
    failure = _FAILED.get(status) and (afterwards(code) or _FAILED[status])
    kind = failure.kind if failure else _CAME.get(status)
    if kind is None:
        return None
    return Receipt(
        vendor=VENDOR,
        external_id=f"{message_sid}:{status}",
        kind=kind,
        channel="whatsapp" if to.startswith("whatsapp:") else "sms",
        our_id=our_id,
        provider_id=message_sid,
        at=at,
        reason=failure.reason if failure else "",
        detail=f"{failure.said} (Twilio {code})" if failure and code else failure.said if failure else "",
    )
