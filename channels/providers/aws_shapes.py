"""Looking into a vendor's JSON without believing its shape: what is missing or of another kind is empty."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any


def part(of: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Give an object inside an object; an empty one where there is none."""
    found = of.get(name)
    return found if isinstance(found, dict) else {}


def word(of: Mapping[str, Any], name: str) -> str:
    """Give a text inside an object; empty where there is none."""
    found = of.get(name)
    return found if isinstance(found, str) else ""


def instant(text: str) -> datetime | None:
    """Read an instant with its zone; None for anything else."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at.astimezone(UTC) if at.tzinfo is not None else None
