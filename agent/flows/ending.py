"""What an attempt's answer makes of its touch: its end, another try, or a doubt.

Only an answer that proves nothing left is tried again, with back-off and not for ever. What a vendor asks us to wait is
the least we wait: a busy one that says "a second" each time would else use up every try in a moment. Where our own
account refuses, that is nobody's fault among the leads: it waits until a person has mended it, and only the gate may
call it too late.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.engine import Row

from channels.outcomes import CONFIGURATION, Deferred, Refused, SendOutcome, Sent, Unknown

RECONCILE_AFTER = timedelta(minutes=15)
GIVE_UP_AFTER = 6
MEND_AFTER_SECONDS = 900.0
_BACK_OFF_SECONDS = 30.0


def ending(outcome: SendOutcome, row: Row[Any], now: datetime) -> dict[str, Any]:
    """The touch's new values after an attempt that ended so."""
    match outcome:
        case Sent():
            return {"state": "sent", "ended_at": now}
        case Refused(reason=reason, detail=detail):
            return _failed(now, word=reason, reason=detail or reason)
        case Deferred(reason=reason, detail=detail, retry_after_seconds=wait) if reason == CONFIGURATION:
            due = now + timedelta(seconds=MEND_AFTER_SECONDS if wait is None else wait)
            return {"state": "planned", "due_at": due, "word": CONFIGURATION, "reason": detail or reason}
        case Deferred(reason=reason) if row.attempts >= GIVE_UP_AFTER:
            return _failed(now, word="gave_up", reason=f"{reason}, {row.attempts} times")
        case Deferred(reason=reason, retry_after_seconds=wait):
            back_off = _BACK_OFF_SECONDS * 2 ** (row.attempts - 1) * (1 + row.id.int % 100 / 200)
            due = now + timedelta(seconds=max(wait or 0.0, back_off))
            if row.not_after is not None and due > row.not_after:
                return _failed(now, word="gave_up", reason=f"{reason}, and it is too late to try again")
            return {"state": "planned", "due_at": due, "word": "try_again", "reason": reason}
        case Unknown(reason=reason):
            return {"state": "uncertain", "due_at": now + RECONCILE_AFTER, "reason": reason, "word": "uncertain"}


def _failed(now: datetime, *, word: str, reason: str) -> dict[str, Any]:
    return {"state": "failed", "ended_at": now, "word": word, "reason": reason}
