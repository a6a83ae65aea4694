"""Where a lead's clock may stand."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from agent.rules.places import area_codes, states, zip_zones
from agent.rules.zones import Zones, likeliest, states_for, zones_for

_EAST, _CENTRAL, _MOUNTAIN, _PACIFIC = "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"
_PHOENIX = "America/Phoenix"

# At least 5 % of the ZIPs that list each of these codes lie in each of two zones.
_STRADDLING = {
    "208": {_MOUNTAIN, _PACIFIC}, "219": {_CENTRAL, _EAST}, "229": {_EAST, _CENTRAL}, "256": {_CENTRAL, _EAST},
    "270": {_CENTRAL, _EAST}, "308": {_CENTRAL, _MOUNTAIN}, "334": {_CENTRAL, _EAST}, "364": {_CENTRAL, _EAST},
    "423": {_EAST, _CENTRAL}, "432": {_CENTRAL, _MOUNTAIN}, "442": {_PACIFIC, _PHOENIX}, "448": {_CENTRAL, _EAST},
    "458": {_PACIFIC, _MOUNTAIN}, "541": {_PACIFIC, _MOUNTAIN}, "574": {_EAST, _CENTRAL}, "575": {_MOUNTAIN, _CENTRAL},
    "605": {_CENTRAL, _MOUNTAIN}, "701": {_CENTRAL, _MOUNTAIN}, "706": {_EAST, _CENTRAL}, "725": {_PACIFIC, _PHOENIX},
    "762": {_EAST, _CENTRAL}, "775": {_PACIFIC, _MOUNTAIN}, "806": {_CENTRAL, _MOUNTAIN}, "812": {_EAST, _CENTRAL},
    "850": {_CENTRAL, _EAST}, "906": {_EAST, _CENTRAL}, "928": {_PHOENIX, _MOUNTAIN}, "930": {_EAST, _CENTRAL},
    "938": {_CENTRAL, _EAST}, "986": {_MOUNTAIN, _PACIFIC},
}  # fmt: skip


def _zones(
    *, told: str | None = None, postal_code: str | None = None, state: str | None = None, phone: str | None = None
) -> Zones:
    return zones_for(told=told, postal_code=postal_code, state=state, phone=phone, team=_CENTRAL)


def test_what_the_lead_told_comes_before_the_address_and_that_before_the_phone_and_the_team() -> None:
    told = _zones(told="Pacific/Honolulu", postal_code="02108", state="MA", phone="+13105550142")
    assert told == Zones(("Pacific/Honolulu",), "told")
    assert _zones(postal_code="02108", state="MA", phone="+13105550142") == Zones((_EAST,), "address")
    assert _zones(phone="+13105550142") == Zones((_PACIFIC,), "phone")
    assert _zones() == Zones((_CENTRAL,), "team")


@pytest.mark.parametrize(
    "told", ["EST", "Etc/GMT+5", "UTC", "Mars/Olympus", "../etc/passwd", "America", "", "US/Nowhere"]
)
def test_a_zone_that_is_a_fixed_offset_or_none_is_passed_over(told: str) -> None:
    assert _zones(told=told, phone="+13105550142").source == "phone"


@pytest.mark.parametrize("npa", sorted(_STRADDLING))
def test_an_area_code_that_straddles_zones_counts_as_all_of_them(npa: str) -> None:
    zones = _zones(phone=f"+1{npa}5550142")
    assert zones.source == "phone"
    assert set(zones.names) >= _STRADDLING[npa]


def test_orlando_is_not_central_whatever_its_newest_area_code_is_said_to_be() -> None:
    assert _zones(phone="+16895550142").names == (_EAST,)


@pytest.mark.parametrize(
    "phone", ["+18005550142", "+18885550142", "+15005550142", "+19995550142", "nonsense", "", None]
)
def test_a_number_that_says_nothing_about_place_leaves_the_team_zone(phone: str | None) -> None:
    assert _zones(phone=phone).source == "team"


def test_numbers_from_elsewhere_have_their_own_zones() -> None:
    assert _zones(phone="+442079460958").names == ("Europe/London",)
    assert _zones(phone="+14165550142").names == ("America/Toronto",)
    assert set(_zones(phone="+17095550142").names) == {"America/St_Johns", "America/Halifax"}


@pytest.mark.parametrize(
    "state,postal_code,expected",
    [
        ("TX", None, {_CENTRAL, _MOUNTAIN}),
        ("Texas", "", {_CENTRAL, _MOUNTAIN}),
        ("tx", "78704", {_CENTRAL}),
        ("TX", "79901-1234", {_CENTRAL, _MOUNTAIN}),
        ("FL", "32501", {_CENTRAL}),
        ("FL", "33101", {_EAST}),
        ("AZ", None, {_PHOENIX, _MOUNTAIN}),
        ("NV", "89883", {_PACIFIC, _MOUNTAIN}),
        ("HI", "96720", {"Pacific/Honolulu"}),
        (None, "02108", {_EAST}),
        ("CA", "02108", {_PACIFIC, _EAST}),
        ("PR", None, {"America/Puerto_Rico"}),
        ("CA", "9021O", {_PACIFIC}),
    ],
)
def test_an_address_leaves_every_zone_it_may_be_in(
    state: str | None, postal_code: str | None, expected: set[str]
) -> None:
    zones = _zones(state=state, postal_code=postal_code)
    assert zones.source == "address"
    assert set(zones.names) == expected


def test_an_address_abroad_leaves_it_to_the_phone() -> None:
    assert _zones(state="Ontario", postal_code="M5V 2T6", phone="+14165550142") == Zones(("America/Toronto",), "phone")


def test_a_team_zone_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="Mars"):
        zones_for(told=None, postal_code=None, state=None, phone=None, team="Mars/Olympus")


@pytest.mark.parametrize(
    "state,phone,expected",
    [
        ("TX", "+13055550142", ("TX", "FL")),
        ("Florida", "+13055550142", ("FL",)),
        (None, "+14055550142", ("OK",)),
        ("d.c.", None, ("DC",)),
        ("Ontario", "+14165550142", ()),
        (None, "+18005550142", ()),
        (None, None, ()),
    ],
)
def test_both_the_state_of_residence_and_that_of_the_area_code_apply(
    state: str | None, phone: str | None, expected: tuple[str, ...]
) -> None:
    assert states_for(state=state, phone=phone) == expected


def test_the_tables_name_only_zones_and_states_that_exist() -> None:
    assert len(states()) == 56
    for state in states().values():
        assert state.zones
        assert all(ZoneInfo(zone).key == zone for zone in state.zones)
    for npa, area in area_codes().items():
        assert len(npa) == 3
        assert area.zones
        assert all(ZoneInfo(zone).key == zone for zone in area.zones)
        assert area.state == "" or area.state in states()


def test_an_area_code_of_a_state_has_only_zones_next_to_that_state() -> None:
    shared_by_all = {
        state: {z for a in area_codes().values() if a.state == state for z in a.zones} for state in states()
    }
    for code, state in states().items():
        if shared_by_all[code]:
            assert set(state.zones) & shared_by_all[code]


@pytest.mark.parametrize("text", ["", None, "787", "ABCDE", "７８７０４", "00000", "M5V 2T6"])
def test_what_is_no_zip_says_nothing(text: str | None) -> None:
    assert zip_zones(text) == ()


def test_a_person_is_told_a_time_by_the_teams_clock_where_the_lead_may_live_by_it() -> None:
    assert likeliest([_MOUNTAIN, _CENTRAL], team=_CENTRAL) == _CENTRAL
    assert likeliest([_MOUNTAIN, _PACIFIC], team=_CENTRAL) == _MOUNTAIN
    assert likeliest([], team=_CENTRAL) == _CENTRAL
