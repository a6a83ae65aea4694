"""When a WhatsApp message may go: freely for 24 hours after the lead's last one there, else as a template.

Meta's customer service window (WhatsApp Business Platform policy; Twilio error 63016). Writing to us there is the
lead's own request to be answered there, which no longer holds once the window has closed: then texts' consent decides.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from agent.rules.consent import Standing

WINDOW = timedelta(hours=24)
_NEARLY_OVER = timedelta(minutes=5)
"""A message must have arrived within the window, not only have left."""


def is_open(last_inbound_at: datetime | None, now: datetime) -> bool:
    """Whether their last WhatsApp message is recent enough for free words."""
    return last_inbound_at is not None and now - last_inbound_at < WINDOW - _NEARLY_OVER


def why_closed(last_inbound_at: datetime | None, *, has_template: bool, now: datetime) -> str | None:
    """Why nothing may go over WhatsApp now; None where something may."""
    if is_open(last_inbound_at, now) or has_template:
        return None
    if last_inbound_at is None:
        return "they never wrote on WhatsApp, and no template is configured to begin with"
    return "they last wrote on WhatsApp more than 24 hours ago, and no template is configured for that"


def standing_of(last_inbound_at: datetime | None, *, texts: Standing, now: datetime) -> Standing:
    """Whether they may be written to on WhatsApp, and on what ground."""
    if is_open(last_inbound_at, now):
        return Standing(allowed=True, basis="their own message", reason="they wrote on WhatsApp in the last 24 hours")
    return texts
