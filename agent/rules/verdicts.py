"""What the gate can answer about a touch, and the closed words its answers are counted by.

Words are for reports (`skipped`, `held`); the `reason` beside each is a plain sentence for the lead's page.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Channel(StrEnum):
    """How a touch reaches the lead. A `CALL` is a to-do for a human, so nothing is sent by machine."""

    EMAIL = "email"
    SMS = "sms"
    WHATSAPP = "whatsapp"
    CALL = "call"


class TouchKind(StrEnum):
    """Why a touch exists. A confirmation is the fixed answer to STOP, HELP or “are you a bot”, never marketing."""

    SEQUENCE = "sequence"
    REPLY = "reply"
    MANUAL = "manual"
    CONFIRMATION = "confirmation"
    REMINDER = "reminder"


class SkipWord(StrEnum):
    """Why a touch will never leave, as counted in reports."""

    ENDED = "ended"
    SUPPRESSED = "suppressed"
    NO_ADDRESS = "no_address"
    BAD_PHONE = "bad_phone"
    BAD_EMAIL = "bad_email"
    LANDLINE = "landline"
    DO_NOT_CALL = "do_not_call"
    REASSIGNED = "reassigned"
    NO_CONSENT = "no_consent"
    STAGE = "stage"
    CONDITION = "condition"
    CONVERSATION_MOVED = "conversation_moved"
    SEND_ONLY_TO = "send_only_to"
    NO_SENDER = "no_sender"
    OUTSIDE_WINDOW = "outside_window"
    LATE = "late"


class HoldWord(StrEnum):
    """Why a touch waits, as counted in reports."""

    PAUSED = "paused"
    ENROLLMENT_PAUSED = "enrollment_paused"
    STOP_IN_DOUBT = "stop_in_doubt"
    SNOOZED = "snoozed"
    HUMAN_HAS_IT = "human_has_it"
    NO_POSTAL_ADDRESS = "no_postal_address"
    QUIET_HOURS = "quiet_hours"
    DAILY_CAP = "daily_cap"
    TEXT_CAP = "text_cap"
    OLD_LIST = "old_list"
    TEXT_BUDGET = "text_budget"
    WARM_UP = "warm_up"
    EMAIL_BRAKE = "email_brake"


@dataclass(frozen=True, slots=True)
class Send:
    """It may leave now; `reason` says on what ground."""

    reason: str


@dataclass(frozen=True, slots=True)
class Hold:
    """It stays planned and is looked at again at `until` (UTC, always after now)."""

    until: datetime
    reason: str
    word: HoldWord


@dataclass(frozen=True, slots=True)
class Skip:
    """It never leaves."""

    reason: str
    word: SkipWord
