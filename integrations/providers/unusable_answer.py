"""An answer that was paid for and cannot be used: the error that still says what it cost."""

from __future__ import annotations

from integrations.errors import ReaderError
from integrations.language_model import Usage


class UnusableAnswer(ReaderError):
    """The model answered, and refused, stopped short or wrote nonsense. `usage` is None when it did not say."""

    def __init__(self, reason: str, *, permanent: bool, detail: str = "", usage: Usage | None = None) -> None:
        super().__init__(reason, permanent=permanent, detail=detail)
        self.usage = usage
