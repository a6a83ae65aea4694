"""What came of telling the CRM something, and what was put down when it was owed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import Row

from agent.tend import Tend


@dataclass(frozen=True, slots=True)
class Told:
    """It stands in the CRM. `external_id` is its name there; `kept`: what was written, to know it again.

    `person_id` is whom the lead became there, `user_id` to whom the CRM's own lead flow gave them.
    """

    external_id: str = ""
    kept: str = ""
    person_id: str = ""
    user_id: str = ""


@dataclass(frozen=True, slots=True)
class Skipped:
    """There is nothing to tell, and why."""

    reason: str


Answer = Told | Skipped


def payload_of(tend: Tend, row: Row[Any]) -> dict[str, str]:
    """What was put down when it was owed."""
    found: dict[str, str] = json.loads(tend.sealer.open("outbox", "payload", row.id, row.payload))
    return found
