"""What one sender may send: the carrier's budget for texts, the warm-up ladder of email, and email's brake.

Promises a plain reason where sending has to wait, and None where it may go on. Counts are the caller's, over the last
24 hours (budget, ladder) or the rule's window (brake), as they are in the transaction that would mark the touch.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from agent.rules.limits import BrakeRule

_WEEK = timedelta(days=7)


def ladder_step(ladder: tuple[int, ...], *, first_email_at: datetime | None, now: datetime) -> int | None:
    """How many emails may go in 24 hours: the step of this week since the first email ever; None past the last step.

    `ladder` holds a limit a week; an empty one limits nothing.
    """
    week = 0 if first_email_at is None else max(0, (now - first_email_at) // _WEEK)
    return ladder[week] if week < len(ladder) else None


def why_over_budget(*, spent: int, needed: int, budget: int | None) -> str | None:
    """Say why another text would pass the carrier's daily budget in segments; None where there is room or no budget."""
    if budget is None or spent + needed <= budget:
        return None
    return f"the number sent {spent} of {budget} text segments in 24 hours"


def why_warming_up(*, sent: int, step: int | None) -> str | None:
    """Say why an email would pass this week's step of the ladder; None where there is room or no ladder."""
    if step is None or sent < step:
        return None
    return f"email is being warmed up: {sent} went in 24 hours, and {step} are allowed this week"


def why_braked(*, sent: int, bounces: int, complaints: int, rule: BrakeRule) -> str | None:
    """Say why email pauses by itself; None where bounces and complaints are few."""
    if sent < rule.from_emails:
        return None
    if bounces * 100 > rule.bounces_over_percent * sent:
        said = f"{bounces} of {sent} emails bounced in {rule.window_days} days"
        return f"email is paused: {said} ({_share(bounces, sent)})"
    if complaints and complaints * 100 >= rule.complaints_from_percent * sent:
        said = f"{complaints} of {sent} emails brought a complaint in {rule.window_days} days"
        return f"email is paused: {said} ({_share(complaints, sent)})"
    return None


def _share(part: int, whole: int) -> str:
    return f"{part * 100 / whole:.2g} %"
