"""What a CRM account says of itself, and what became of the webhooks it pushes with. Values of the CRM door."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose account a key opens. `owner` is whether the key is the account owner's, who alone may keep webhooks.

    `sees_all` is whether it is shown everybody, not only whom its user works with.
    """

    account: str
    user: str
    owner: bool
    sees_all: bool


class HookState(StrEnum):
    """What was found of one event's webhook, and done about it."""

    KEPT = "kept"
    REGISTERED = "registered"
    ENABLED = "enabled again"
    REPAIRED = "repaired"
    REMOVED = "removed"
    FULL = "full"
    REFUSED = "refused"

    @property
    def pushes(self) -> bool:
        """Whether the event is pushed to Tend now."""
        return self not in {HookState.REMOVED, HookState.FULL, HookState.REFUSED}


@dataclass(frozen=True, slots=True)
class Hook:
    """One webhook's event, what became of it, and a few words about it (an address it had, why it was refused)."""

    event: str
    state: HookState
    detail: str = ""
