"""Every change of clocks from 2024 to 2030 in every US zone, by quarters of an hour, through the gate itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from agent.rules.gate import Send, check
from agent.rules.holidays import is_federal_holiday
from agent.rules.places import area_codes, states
from agent.rules.quiet_hours import load_rules, next_open
from agent.rules.zones import Zones
from tests.rules.test_gate import TEXT

RULES = load_rules()
QUARTER = timedelta(minutes=15)
US_ZONES = sorted({(zone,) for state in states().values() for zone in state.zones})
STRADDLING = sorted({area.zones for area in area_codes().values() if area.state and len(area.zones) > 1})


def changes(zone: str) -> list[datetime]:
    """The instants, to the hour, at which this zone's offset changes from 2024 to 2030."""
    found, clock = [], ZoneInfo(zone)
    moment = datetime(2024, 1, 1, tzinfo=UTC)
    while moment.year < 2031:
        after = moment + timedelta(days=1)
        if moment.astimezone(clock).utcoffset() != after.astimezone(clock).utcoffset():
            hours = (moment + timedelta(hours=hour) for hour in range(25))
            before = moment.astimezone(clock).utcoffset()
            found.append(next(hour for hour in hours if hour.astimezone(clock).utcoffset() != before))
        moment = after
    return found


def awake(moment: datetime, zone: str) -> bool:
    """Whether a person in this zone may be texted at all: nine to eight, noon to eight on Sundays, no holidays."""
    local = moment.astimezone(ZoneInfo(zone))
    return (12 if local.weekday() == 6 else 9) <= local.hour < 20 and not is_federal_holiday(local.date())


def test_the_zones_that_change_clocks_do_so_twice_a_year() -> None:
    counts = {zone: len(changes(zone)) for (zone,) in US_ZONES}
    assert set(counts.values()) == {0, 14}
    assert counts["America/Phoenix"] == counts["Pacific/Honolulu"] == 0
    assert counts["America/Chicago"] == 14


@pytest.mark.parametrize("names", [*US_ZONES, *STRADDLING], ids="+".join)
def test_no_text_leaves_outside_the_window_of_any_candidate_zone_around_any_change_of_clocks(
    names: tuple[str, ...],
) -> None:
    zones = Zones(names, "phone")
    around = sorted({change for zone in names for change in changes(zone)}) or changes("America/New_York")
    sent = 0
    for change in around:
        for step in range(-96, 144):
            now = change + step * QUARTER
            opens = next_open(now, zones=zones, states=(), rules=RULES)
            verdict = check(replace(TEXT, not_after=None, zone_names=names, quiet_until=opens), now)
            assert isinstance(verdict, Send) == all(awake(now, zone) for zone in names), (now, verdict)
            sent += isinstance(verdict, Send)
    assert sent > 0


def test_every_straddling_area_code_counts_as_all_its_zones() -> None:
    straddling = {npa for npa, area in area_codes().items() if area.state and len(area.zones) > 1}
    named = (
        "208 219 229 256 270 308 334 364 423 432 442 448 458 541 574 575 605 701 706 725 762 775 806 812 850 906 928"
    )
    assert straddling >= {*named.split(), "930", "938", "986"}
