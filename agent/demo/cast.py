"""Who arrives in the demo and what they write back: invented people, read from `cast.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Line:
    """One thing a lead writes: so many hours after they arrived, on `sms` or `email`."""

    after: timedelta
    channel: str
    body: str


@dataclass(frozen=True, slots=True)
class Character:
    """One invented lead: how they come in (`fub` or `form`), when, and what they write."""

    first: str
    last: str
    email: str
    phone: str
    via: str
    source: str
    after: timedelta
    text_consent: bool
    message: str = ""
    tags: tuple[str, ...] = ()
    city: str = ""
    state: str = ""
    postal_code: str = ""
    price: int | None = None
    stage: str = "Lead"
    days_old: float = 0.0
    interest: str = ""
    urgency: str = ""
    lines: tuple[Line, ...] = field(default=())

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first} {self.last}"


def everyone() -> tuple[Character, ...]:
    """The whole cast, in the order they arrive."""
    data = tomllib.loads(Path(__file__).with_name("cast.toml").read_text(encoding="utf-8"))
    return tuple(sorted((_character(row) for row in data["people"]), key=lambda person: person.after))


def _character(row: dict[str, Any]) -> Character:
    lines = tuple(
        Line(timedelta(hours=line["after_hours"]), line["channel"], line["body"]) for line in row.get("lines", ())
    )
    plain = {key: value for key, value in row.items() if key not in {"lines", "tags", "after_minutes"}}
    return Character(
        **plain, after=timedelta(minutes=row["after_minutes"]), tags=tuple(row.get("tags", ())), lines=lines
    )
