"""The text-message door: what leaves, what arrives, and how many segments a text costs.

Segment rules: GSM 03.38 alphabet 160/153 septets (extension characters cost two), otherwise UCS-2 70/67 UTF-16 units;
one curly quote makes the whole text UCS-2. (3GPP TS 23.038 and 23.040.)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from channels.outcomes import (
    FindOutcome,
    SendOutcome,
    Sought,
)
from channels.receipts import Receipt

_GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_EXTENSION = frozenset("^{}\\[~]|€\f")
_GSM = _GSM_BASIC | _GSM_EXTENSION
_FOLD = str.maketrans(
    dict.fromkeys("‘’‚′`", "'")
    | dict.fromkeys("“”„″", '"')
    | dict.fromkeys("‐‑‒–—−", "-")
    | dict.fromkeys("\u00a0\u2009\u202f\t", " ")
    | {"…": "...", "\u200b": ""}
)


@dataclass(frozen=True, slots=True)
class Segments:
    """How a text goes over the air: `encoding` is `gsm7` or `ucs2`, `count` the billed segments."""

    encoding: str
    count: int


def fold(body: str) -> str:
    """Replace look-alikes (smart quotes, dashes, ellipsis) that would turn the whole text into UCS-2."""
    return body.translate(_FOLD)


def segments(body: str) -> Segments:
    """Count the segments `body` is billed as.

    Past one segment each holds fewer units, as a header joins them, and a character of two units (an extension
    character, an emoji) never lies across a border: 153 times `€` is 306 septets and three segments, not two.
    """
    used = frozenset(body)
    if used <= _GSM:
        widths = [2 if c in _GSM_EXTENSION else 1 for c in body] if used & _GSM_EXTENSION else [1] * len(body)
        return Segments("gsm7", _count(widths, single=160, joined=153))
    widths = [2 if ord(c) > 0xFFFF else 1 for c in body]
    return Segments("ucs2", _count(widths, single=70, joined=67))


def _count(widths: list[int], *, single: int, joined: int) -> int:
    if sum(widths) <= single:
        return 1
    count, used = 1, 0
    for width in widths:
        if used + width > joined:
            count, used = count + 1, 0
        used += width
    return count


@dataclass(frozen=True, slots=True)
class OutgoingSms:
    """One text to one number (E.164), with the public addresses of pictures to go with it."""

    our_id: str
    to: str
    body: str
    media_urls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Media:
    """A picture or other file that came with a text: what it says to be, and where the vendor keeps it."""

    content_type: str
    url: str


@dataclass(frozen=True, slots=True)
class InboundSms:
    """One text as it reached us. Numbers are as the carrier gave them (E.164 for Twilio, `whatsapp:` before it).

    `carrier_keyword` is STOP, START or HELP where the carrier already acted on it and answered (do not answer again).
    """

    external_id: str
    sender: str
    recipient: str
    body: str
    media: tuple[Media, ...] = ()
    carrier_keyword: str = ""


class SmsSender(Protocol):
    """Sends one text, and can be asked afterwards whether it did."""

    async def send(self, sms: OutgoingSms) -> SendOutcome:
        """Hand one text over. Answers within the sender's own time limit; never raises for the vendor's faults."""
        ...

    async def find(self, sought: Sought) -> FindOutcome:
        """Say whether it reached the vendor; one that keeps no id of ours is asked by address, time and words."""
        ...

    def answers_itself(self, body: str) -> bool:
        """Whether the vendor itself answers this inbound text (STOP, HELP and the like), so that we must not."""
        ...


class SmsWebhook(Protocol):
    """How one vendor signs and shapes an inbound text, and what it tells of one that left."""

    def verify(self, *, path: str, query: str, params: Mapping[str, list[str]], headers: Mapping[str, str]) -> bool:
        """True when the signature over the configured public URL and the form is right; headers by lower-case name."""
        ...

    def parse(self, params: Mapping[str, list[str]]) -> InboundSms:
        """Read a verified form. Raises `ValueError` with what is missing."""
        ...

    def receipt(self, params: Mapping[str, list[str]], *, query: str, at: datetime) -> Receipt | None:
        """Read a verified status callback that came at this instant; None where it tells nothing new.

        `query` is the raw query of the address it came to. Raises `ValueError` with what is missing.
        """
        ...
