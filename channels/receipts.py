"""What a vendor tells afterwards of a message it took: one vocabulary, whoever the vendor is.

A vendor's own words are read by its provider; what follows from a receipt (a dead address, an opt-out) is decided where
receipts are kept. Receipts come late, twice and in any order.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

ON_OUR_LIST = "on_our_suppression_list"
"""The reason of a bounce of what never left: the vendor keeps a list for us of what bounced. It harms no reputation."""


class ReceiptKind(StrEnum):
    """How far a message came, or why it came no further."""

    SENT = "sent"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    OPENED = "opened"
    CLICKED = "clicked"
    READ = "read"
    UNDELIVERED = "undelivered"
    REJECTED = "rejected"
    BOUNCED = "bounced"
    UNSUBSCRIBED = "unsubscribed"
    COMPLAINED = "complained"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """One thing a vendor says of one message to one address.

    `external_id` is the same whenever the vendor tells the same thing again. `our_id` is the id the message carried,
    `provider_id` the vendor's name for it; one of them may be empty. `undelivered` is a failure that may pass (a full
    mailbox, a phone that is off), `bounced` one that will not (no such address), `rejected` the vendor's own refusal.
    `reason` is a short word (`no_such_address`, `landline`, `opted_out`, `filtered`, `configuration`), `detail` the
    vendor's words, which may name the address. `recipient` is the address it is about, where the vendor says so: of a
    mail that was forwarded, perhaps not the one we wrote to.
    """

    vendor: str
    external_id: str
    kind: ReceiptKind
    channel: str
    our_id: str
    provider_id: str
    at: datetime
    reason: str = ""
    detail: str = ""
    recipient: str = ""
