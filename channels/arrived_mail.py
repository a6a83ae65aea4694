"""Mail as it reached a mailbox of ours, before anybody read it: its bytes or where they lie, its envelope, verdicts.

What a header claims is in the mail; what stands here is said by the server that took it. Empty means nobody said it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdicts:
    """What the receiving server found, in its words and lower case: `pass`, `fail`, `gray`, …; empty: not looked at."""

    spf: str = ""
    dkim: str = ""
    dmarc: str = ""
    spam: str = ""
    virus: str = ""

    @property
    def infected(self) -> bool:
        """A virus was found in it."""
        return self.virus == "fail"

    @property
    def forged(self) -> bool:
        """The sender's own domain says that this is not from there (DMARC)."""
        return self.dmarc == "fail"

    def __str__(self) -> str:
        named = {"spf": self.spf, "dkim": self.dkim, "dmarc": self.dmarc, "spam": self.spam, "virus": self.virus}
        return " ".join(f"{name}={found}" for name, found in named.items() if found)


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who the mail was delivered to (lower case; none: ask its header), and what the server found."""

    recipients: tuple[str, ...] = ()
    verdicts: Verdicts = field(default_factory=Verdicts)


@dataclass(frozen=True, slots=True)
class ArrivedMail:
    """A raw mail in hand."""

    raw: bytes
    envelope: Envelope


@dataclass(frozen=True, slots=True)
class StoredMail:
    """A raw mail that lies in a bucket. `told_by` is `ses` (with envelope and verdicts) or `s3` (the object alone)."""

    bucket: str
    key: str
    region: str
    told_by: str
    envelope: Envelope


class MailNotThere(Exception):
    """The mail could not be fetched: a short `reason`, and whether that is `permanent`."""

    def __init__(self, reason: str, *, permanent: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.permanent = permanent


class MailStore(Protocol):
    """Where mail lies until it is fetched."""

    async def fetch(self, mail: StoredMail) -> bytes:
        """Fetch one mail, of a huge one the beginning. Raises `MailNotThere`."""
        ...

    def close(self) -> None:
        """Take no more work."""
        ...
