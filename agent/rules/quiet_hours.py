"""When a marketing text may leave: the hours of every candidate zone and every state that may apply, all at once.

Promises the earliest instant from `now` on that all of them allow, worked out from wall-clock windows on the day
itself, so that a change of clocks moves the instant and never the hour. Rules are the dated table in `data/`; which
zones and states are candidates is for `zones`, and what to do with a held touch for the gate.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from agent.rules.holidays import is_federal_holiday
from agent.rules.quiet_hours_table import DEFAULT, HoursRule, QuietHours, Window, overlap, parse
from agent.rules.zones import Zones

__all__ = ["QuietHours", "Window", "load_rules", "next_open", "parse", "text_cap", "why_closed"]

_FILE = "quiet_hours.toml"
_LOOK_AHEAD_DAYS = 14
_DAY_SECONDS = 86_400

_Spans = tuple[tuple[float, float], ...]
_Clock = tuple[ZoneInfo, tuple[HoursRule, ...]]


@cache
def load_rules() -> QuietHours:
    """Read the table that ships with Tend, once. Raises ValueError with file, key path and reason if it is bad."""
    return parse(files("agent.rules").joinpath("data", _FILE).read_text("utf-8"), file=f"agent/rules/data/{_FILE}")


def next_open(now: datetime, *, zones: Zones, states: tuple[str, ...], rules: QuietHours) -> datetime:
    """Give `now` itself if a text may leave now, else the earliest later instant at which it may (UTC, whole minutes).

    1. Every candidate zone is a clock on which the default, the federal rule and the rules of `states` must all allow.
    2. A rule with a clock of its own (Texas: Central) must allow on that one too.
    3. Ask each clock in turn for its first allowed instant from here, and go there; a window is open from its first
       second and closed from its last.
    4. When no clock moves us any more, all of them allow this instant.

    Raises ValueError if `now` is naive, no zone is given, or nothing opens within fourteen days.
    """
    if now.tzinfo is None:
        raise ValueError("now must be aware")
    if not zones.names:
        raise ValueError("no candidate zone")
    clocks = _clocks(zones.names, states, rules)
    start = now.timestamp()
    moment, settled = start, 0
    while settled < len(clocks):
        for clock in clocks:
            opens = _first_open(clock, moment)
            if opens is None or opens > start + _LOOK_AHEAD_DAYS * _DAY_SECONDS:
                raise ValueError(f"quiet hours never open within {_LOOK_AHEAD_DAYS} days in {', '.join(zones.names)}")
            settled = settled + 1 if opens == moment else 1
            moment = opens
    return now if moment == start else datetime.fromtimestamp(moment, UTC)


def why_closed(now: datetime, *, zones: Zones, states: tuple[str, ...], rules: QuietHours) -> str:
    """Say in plain words which clock and rule keep a text back at `now`; empty when none does."""
    at = now.timestamp()
    for clock in _clocks(zones.names, states, rules):
        if _first_open(clock, at) == at:
            continue
        zone, applying = clock
        local = now.astimezone(zone)
        for rule in applying:
            if not rule.in_force(local.date()):
                continue
            windows = _windows_of(rule, local.date())
            if not any(window.opens <= local.time() < window.closes for window in windows):
                hours = " and ".join(f"{w.opens:%H:%M}–{w.closes:%H:%M}" for w in windows) or "not at all that day"
                return f"it is {local:%A %H:%M} in {zone.key}; {rule.id} allows texts {hours}"
    return ""


@lru_cache(maxsize=1024)
def text_cap(states: tuple[str, ...], rules: QuietHours, on: date) -> int:
    """Give the most texts that one number may get in any 24 hours around the local day `on`: the strictest rule's.

    0 on days on which no rule is in force, that is before 2020.
    """
    caps = [rule.cap_per_24h for rule in rules.applying(states) if rule.in_force(on)]
    return min((cap for cap in caps if cap is not None), default=0)


@lru_cache(maxsize=4096)
def _clocks(names: tuple[str, ...], states: tuple[str, ...], rules: QuietHours) -> tuple[_Clock, ...]:
    applying = rules.applying(states)
    candidates: list[_Clock] = [(ZoneInfo(name), applying) for name in dict.fromkeys(names)]
    extra: list[_Clock] = [
        (ZoneInfo(rule.clock), (rule,)) for rule in applying if rule.clock and rule.clock not in names
    ]
    return tuple(candidates + extra)


def _first_open(clock: _Clock, moment: float) -> float | None:
    zone, applying = clock
    today = datetime.fromtimestamp(moment, zone).toordinal()
    for ordinal in range(today, today + _LOOK_AHEAD_DAYS + 2):
        for opens, closes in _spans(zone, applying, ordinal):
            if moment < closes:
                return max(moment, opens)
    return None


@lru_cache(maxsize=16_384)
def _spans(zone: ZoneInfo, applying: tuple[HoursRule, ...], ordinal: int) -> _Spans:
    """Give the allowed spans of one local day as POSIX seconds, in order.

    On a day on which none of the rules is in force, a clock of a rule's own forbids nothing; a lead's own clock, on
    which even the default is missing, allows nothing.
    """
    day = date.fromordinal(ordinal)
    in_force = [rule for rule in applying if rule.in_force(day)]
    if not in_force and all(rule.jurisdiction != DEFAULT for rule in applying):
        return ((_seconds(day, time.min, zone), _seconds(day + timedelta(days=1), time.min, zone)),)
    allowed = _windows_of(in_force[0], day) if in_force else ()
    for rule in in_force[1:]:
        allowed = overlap(allowed, _windows_of(rule, day))
    return tuple((_seconds(day, w.opens, zone), _seconds(day, w.closes, zone)) for w in sorted(allowed))


def _seconds(day: date, clock: time, zone: ZoneInfo) -> float:
    return datetime.combine(day, clock, zone).timestamp()


def _windows_of(rule: HoursRule, day: date) -> tuple[Window, ...]:
    if not rule.on_holidays and is_federal_holiday(day):
        return ()
    return rule.week[day.weekday()]
