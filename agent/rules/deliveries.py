"""How far a message is known to have come, however late, often and out of order its receipts arrive.

A later word never takes back a stronger one: what was delivered may still bounce or be complained of, and stays so. A
failure that may pass also comes after delivery (a vacation notice that a mail server sends as a bounce) and does not
take back what a person was seen to do: open, read or click.
"""

from __future__ import annotations

from channels.receipts import ReceiptKind

_STRENGTH = {
    kind: strength
    for strength, kinds in enumerate(
        (
            (ReceiptKind.SENT,),
            (ReceiptKind.DELAYED,),
            (ReceiptKind.DELIVERED,),
            (ReceiptKind.UNDELIVERED,),
            (ReceiptKind.OPENED, ReceiptKind.READ),
            (ReceiptKind.CLICKED,),
            (ReceiptKind.REJECTED,),
            (ReceiptKind.BOUNCED,),
            (ReceiptKind.UNSUBSCRIBED,),
            (ReceiptKind.COMPLAINED,),
        )
    )
    for kind in kinds
}

FAILED = frozenset({ReceiptKind.UNDELIVERED, ReceiptKind.REJECTED, ReceiptKind.BOUNCED})
"""It did not reach the person."""
TOLD_BY_FORWARDERS = FAILED | {ReceiptKind.DELAYED}
"""What also comes of a copy that was forwarded, and then says nothing of the address we wrote to."""


def says_more(new: ReceiptKind, known: str) -> bool:
    """Whether a receipt moves a message on from what is known of it (empty for nothing yet)."""
    return not known or _STRENGTH[new] > _STRENGTH[ReceiptKind(known)]
