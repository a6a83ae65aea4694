"""When a person can act: a due time falls inside the hours they said they work, on their own clock.

Promises that nobody's to-do runs out, and so is escalated, while they sleep. Hours are the same every day, as in the
team file. That a hot lead is told of at once, whatever the hour, is decided elsewhere.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from agent.rules.team import Assignee


def due_within(now: datetime, within: timedelta, assignee: Assignee) -> datetime:
    """Say when work that should be done `within` this span is due, as an instant in UTC.

    1. The span begins now, or outside their hours when they next open.
    2. Where it ends is the due time, unless that is outside their hours: then it is when they next open.
    """
    return next_open(next_open(now, assignee) + within, assignee)


def next_open(moment: datetime, assignee: Assignee) -> datetime:
    """Give the moment itself inside their hours (both ends count), else the next one they open at."""
    zone = ZoneInfo(assignee.zone)
    local = moment.astimezone(zone)
    if assignee.opens <= local.time() <= assignee.closes:
        return moment
    day = local.date() if local.time() < assignee.opens else local.date() + timedelta(days=1)
    opens = datetime.combine(day, assignee.opens, tzinfo=zone)
    return opens.astimezone(moment.tzinfo)
