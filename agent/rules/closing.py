"""Who closed an address, which channels that closes, and who may open it again.

Promises that START opens only what the lead closed: what a person or a carrier closed stays. The values are what the
suppression and the consent ledger say as their source.
"""

from __future__ import annotations

from enum import StrEnum


class ClosedBy(StrEnum):
    """How an address came to be closed."""

    TEXT = "sms"
    EMAIL = "email"
    FORM = "form"
    LINK = "unsubscribe link"
    PERSON = "told a person"
    CARRIER = "carrier"
    COMPLAINT = "complaint"


LEADS_OWN = frozenset({ClosedBy.TEXT, ClosedBy.EMAIL, ClosedBy.FORM, ClosedBy.LINK})
"""The lead's own words and clicks, which the lead's own START takes back."""

_CAME_ON = {
    ClosedBy.TEXT: "sms",
    ClosedBy.EMAIL: "email",
    ClosedBy.LINK: "email",
    ClosedBy.CARRIER: "sms",
    ClosedBy.COMPLAINT: "email",
}


def channels_closed(by: ClosedBy, *, whole_person: bool) -> tuple[str, ...]:
    """Say which channels a closing ends: all of them, or by the team's choice only the one it came on.

    What a person was told is for all: they press a button that says so. So is what a form says: it came on neither.
    """
    if whole_person or by in {ClosedBy.PERSON, ClosedBy.FORM}:
        return ("sms", "email")
    return (_CAME_ON[by],)


def closed_on(channel: str) -> ClosedBy:
    """What closed an address when its owner said so on this channel: on WhatsApp they close the phone, as by text."""
    return ClosedBy.TEXT if channel == "whatsapp" else ClosedBy(channel)


def outranks(new: ClosedBy, old: str) -> bool:
    """Tell whether a closing says more than the one that stands: a person's or a carrier's over the lead's own."""
    return old in LEADS_OWN and new not in LEADS_OWN
