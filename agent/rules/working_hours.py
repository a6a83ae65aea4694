"""When a person can act: a due time falls inside the hours and on the days they said they work, on their own clock.

Promises that nobody's to-do runs out, and so is escalated, while they sleep or have their day off. Hours are the same
on every day they work, as in the team file. A vacation moves no due time: what falls due in it reaches the lead of the
team instead of waiting for weeks. That a hot lead is told of at once, whatever the hour, is decided elsewhere.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from agent.rules.team import WEEKDAYS, Assignee


def due_within(now: datetime, within: timedelta, assignee: Assignee) -> datetime:
    """Say when work that should be done `within` this span is due, as an instant in UTC.

    1. The span begins now, or outside their hours when they next open.
    2. Where it ends is the due time, unless that is outside their hours: then it is when they next open.
    """
    return next_open(next_open(now, assignee) + within, assignee)


def at_work(moment: datetime, assignee: Assignee) -> bool:
    """Whether this moment lies in their hours (both ends count) on a day they work, and in no vacation of theirs."""
    local = moment.astimezone(ZoneInfo(assignee.zone))
    return _in_hours(local, assignee) and assignee.away_until(local.date()) is None


def next_open(moment: datetime, assignee: Assignee) -> datetime:
    """Give the moment itself inside their hours (both ends count), else the next one they open at."""
    zone = ZoneInfo(assignee.zone)
    local = moment.astimezone(zone)
    if _in_hours(local, assignee):
        return moment
    day = local.date() if local.time() < assignee.opens else local.date() + timedelta(days=1)
    while not _works_on(day, assignee):
        day += timedelta(days=1)
    opens = datetime.combine(day, assignee.opens, tzinfo=zone)
    return opens.astimezone(moment.tzinfo)


def _in_hours(local: datetime, assignee: Assignee) -> bool:
    return _works_on(local.date(), assignee) and assignee.opens <= local.time() <= assignee.closes


def _works_on(day: date, assignee: Assignee) -> bool:
    return WEEKDAYS[day.weekday()] in assignee.days
