"""Where a lead's clock may stand: a set of candidate zones, and the states whose rules may apply.

Promises every zone that the best available hint leaves possible, never a guess at one of them and never a fixed
offset; a moment is then allowed only when all of them allow it (`quiet_hours`). People move and keep their numbers,
so both the state somebody lives in and the one their area code belongs to count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo

import phonenumbers
from phonenumbers import timezone as phone_timezone

from agent.rules.places import AreaCode, area_codes, state_named, zip_zones

TELLABLE = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "Pacific/Honolulu",
    "America/Puerto_Rico",
)
"""The clocks of the United States a lead may say they live by."""
_NO_ZONE = "Etc/Unknown"
_SURENESS = {"told": 3, "address": 2, "phone": 1, "team": 0}


@dataclass(frozen=True, slots=True)
class Zones:
    """Candidate IANA zones, at least one, and the hint they come from: `told`, `address`, `phone` or `team`."""

    names: tuple[str, ...]
    source: str


def zones_for(*, told: str | None, postal_code: str | None, state: str | None, phone: str | None, team: str) -> Zones:
    """Find the candidate zones by the first hint that says anything.

    1. `told`: the zone the lead named (IANA, by place). One that does not exist, or is a fixed offset like "EST", is
       passed over.
    2. The CRM address: every zone of the state, narrowed by the ZIP's first three digits where the two agree, and the
       union where they do not.
    3. `phone` (E.164): every zone of a North American area code, thirty-odd of which straddle two; elsewhere what
       phonenumbers says. Toll-free and personal codes say nothing.
    4. `team`: the brokerage's own zone.

    Raises ValueError when it comes to `team` and that is not a zone.
    """
    if told and "/" in told and not told.startswith("Etc/") and is_zone(told):
        return Zones((told,), "told")
    if at_address := _address_zones(postal_code=postal_code, state=state):
        return Zones(at_address, "address")
    if of_phone := _phone_zones(phone):
        return Zones(of_phone, "phone")
    if not is_zone(team):
        raise ValueError(f"the team's zone “{team}” is not an IANA time zone")
    return Zones((team,), "team")


def surer(known: Zones | None, found: Zones) -> Zones:
    """Keep what is known unless the new hint is at least as good: told, then address, phone, team."""
    if known is None or _SURENESS[found.source] >= _SURENESS.get(known.source, -1):
        return found
    return known


def likeliest(names: Sequence[str], *, team: str) -> str:
    """The clock to tell a person a lead's time by: the team's own where the lead may live by it, else the first."""
    return team if not names or team in names else names[0]


def states_for(*, state: str | None, phone: str | None) -> tuple[str, ...]:
    """Give the US states whose rules apply: where the lead lives and where the area code belongs, in that order.

    Both presumptions exist in law (Fla. Stat. 501.059(8)(d), 15 Okla. Stat. 775C.4), so both are kept. Codes are two
    capitals; empty where neither is known.
    """
    residence = state_named(state)
    area = _area_code(phone)
    found = (residence.code if residence else "", area.state if area else "")
    return tuple(dict.fromkeys(code for code in found if code))


def _address_zones(*, postal_code: str | None, state: str | None) -> tuple[str, ...]:
    by_zip = zip_zones(postal_code)
    named = state_named(state)
    if named is None or not by_zip:
        return named.zones if named else by_zip
    return tuple(zone for zone in named.zones if zone in by_zip) or (*named.zones, *by_zip)


def _phone_zones(phone: str | None) -> tuple[str, ...]:
    if not phone:
        return ()
    if area := _area_code(phone):
        return area.zones
    try:
        number = phonenumbers.parse(phone, None)
    except phonenumbers.NumberParseException:
        return ()
    names = phone_timezone.time_zones_for_number(number)
    if phone.startswith("+1") and len(names) > 1:  # all of North America: a toll-free or personal code
        return ()
    return tuple(name for name in names if name != _NO_ZONE and is_zone(name))


def _area_code(phone: str | None) -> AreaCode | None:
    return area_codes().get(phone[2:5]) if phone and phone.startswith("+1") else None


@lru_cache(maxsize=1024)
def is_zone(name: str) -> bool:
    """Whether this names a time zone. Asks for the one, and does not list them all."""
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError):  # not found; a folder of zones; a path that leaves them
        return False
    return True
