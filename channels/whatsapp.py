"""The WhatsApp door: what leaves. What arrives comes through the same webhook as texts (`channels.sms`).

WhatsApp lets a business write freely for 24 hours after the person's last message; outside them only a template that
Meta approved may go, whose words are kept at the vendor and whose blanks are numbered. Which of the two a message is
is decided before this door.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from channels.outcomes import (
    FindOutcome,
    SendOutcome,
    Sought,
)


@dataclass(frozen=True, slots=True)
class OutgoingWhatsApp:
    """One message to one number (E.164). With `template_values` it is the template with these in its blanks, from 1."""

    our_id: str
    to: str
    body: str
    template_values: tuple[str, ...] = ()


class WhatsAppSender(Protocol):
    """Sends one message, and can be asked afterwards whether it did."""

    @property
    def has_template(self) -> bool:
        """Whether it may write outside the 24 hours, with a template."""
        ...

    async def send(self, message: OutgoingWhatsApp) -> SendOutcome:
        """Hand one message over. Answers within the sender's own time limit; never raises for the vendor's faults."""
        ...

    async def find(self, sought: Sought) -> FindOutcome:
        """Say whether the message reached the vendor."""
        ...

    def answers_itself(self, body: str) -> bool:
        """Whether the vendor itself answers this inbound message (STOP, HELP and the like), so that we must not."""
        ...
