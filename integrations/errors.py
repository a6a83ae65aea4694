"""Expected failures of other people's systems, one small tree, so a flow can match on what to do next.

Each carries a short `reason` word that is stored on the row and shown to a person. Bugs are not in this tree.
"""

from __future__ import annotations


class IntegrationError(Exception):
    """Another system did not do what was asked. `permanent` means trying again changes nothing."""

    def __init__(
        self, reason: str, *, permanent: bool, detail: str = "", retry_after_seconds: float | None = None
    ) -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.permanent = permanent
        self.detail = detail
        self.retry_after_seconds = retry_after_seconds


class CrmError(IntegrationError):
    """The CRM refused, throttled, or could not be reached."""


class ReaderError(IntegrationError):
    """The language model erred, refused, timed out or answered nonsense."""


class MalformedEvent(ValueError):
    """A webhook body that is not what its vendor documents. The message says what is wrong and quotes nothing."""
