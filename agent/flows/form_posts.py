"""What a form post is, checked and with its hashes, and what it is answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from agent.store.leads import KnownAddress
from agent.store.seal import Sealer


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """One checked form post: `email` and `phone` normalised, `content` the whole body as it came."""

    campaign: str
    source: str
    first_name: str
    last_name: str
    email: str
    phone: str | None
    visitor_id: str
    idempotency_key: str | None
    token: str = ""
    origin: str = ""
    content: Mapping[str, Any] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """What they wrote, empty when nothing."""
        return str((self.content.get("lead_details") or {}).get("message") or "")


@dataclass(frozen=True, slots=True)
class Captured:
    """The lead is kept. `campaign_on`: its campaign takes leads, so that a sequence may start.

    `known`: the lead was there before this post and the others it met in its transaction.
    """

    lead_id: UUID
    campaign_on: bool
    origin_allowed: bool
    known: bool


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The same email came to the same campaign within 24 hours; what it said is kept, and its new words are heard."""

    lead_id: UUID
    origin_allowed: bool


@dataclass(frozen=True, slots=True)
class Denied:
    """The campaign does not take this post: wrong token or a foreign page. Nothing was kept."""

    status: int
    word: str
    message: str


@dataclass(frozen=True, slots=True)
class Hashed:
    """A post with the hashes it is looked up by, made once."""

    post: Submission
    email: bytes
    phone: bytes | None
    visitor: bytes | None
    words: bytes | None

    @property
    def known(self) -> list[KnownAddress]:
        """The addresses the post gives, best first."""
        phones = [KnownAddress("sms", self.post.phone)] if self.post.phone else []
        return [KnownAddress("email", self.post.email), *phones]


def hashed(sealer: Sealer, post: Submission) -> Hashed:
    """Make the hashes of one post."""
    visitor = sealer.hash("visitor", post.visitor_id) if post.visitor_id else None
    phone = sealer.hash("sms", post.phone) if post.phone else None
    words = sealer.hash("words", " ".join(post.message.casefold().split())) if post.message.strip() else None
    return Hashed(post, sealer.hash("email", post.email), phone, visitor, words)
