"""The door for signed notices of a cloud: is it really theirs, about what, and does it ask to be confirmed.

One notice may tell of receipts, texts and mail at once, whichever address it came to. Nothing in it is believed before
its signature, its topic and its age are.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from channels.arrived_mail import ArrivedMail, StoredMail
from channels.receipts import Receipt
from channels.sms import InboundSms

Told = Receipt | InboundSms | ArrivedMail | StoredMail


class NotTheirs(ValueError):
    """Not signed by the cloud, not from a topic of ours, or too old. The message says which."""


class NotReadable(ValueError):
    """Not a notice at all."""


class CannotCheck(Exception):
    """The cloud could not be asked just now: for the certificate, or to confirm. Later it may."""


class NoticeKind(StrEnum):
    """What a notice is."""

    NOTIFICATION = "Notification"
    SUBSCRIPTION = "SubscriptionConfirmation"
    UNSUBSCRIPTION = "UnsubscribeConfirmation"


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice that is theirs. `id` is the same whenever it is sent again; `token` confirms a subscription."""

    kind: NoticeKind
    id: str
    topic: str
    words: str
    token: str


class Notices(Protocol):
    """How one cloud signs and shapes its notices."""

    async def read(self, body: bytes, *, now: datetime) -> Notice:
        """Check and read one notice. Raises `NotReadable`, `NotTheirs` or `CannotCheck`."""
        ...

    async def confirm(self, notice: Notice) -> None:
        """Confirm the subscription a notice asks for. Raises `CannotCheck`."""
        ...

    def told(self, notice: Notice) -> tuple[Told, ...]:
        """What a notification tells; nothing where it is none of our business."""
        ...
