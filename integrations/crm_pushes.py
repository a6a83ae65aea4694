"""How a CRM signs and shapes what it pushes: the door beside the CRM's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from integrations.crm import CrmEvent


class CrmWebhook(Protocol):
    """How one CRM signs and shapes what it pushes."""

    source: str

    def verify(self, body: bytes, headers: Mapping[str, str]) -> bool:
        """True when the signature over the raw body is right. Constant time; headers by lower-case name."""
        ...

    def parse(self, body: bytes) -> CrmEvent:
        """Read a verified body. Raises `MalformedEvent` with what is wrong."""
        ...
