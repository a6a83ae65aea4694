"""What becomes of two leads that are one: blanks filled, nothing overwritten, silence kept, no consent gained."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from agent.rules.consent import Entry
from agent.rules.joining import ends, gains_consent, goes_on, joined

NOW = datetime(2026, 7, 7, 15, tzinfo=UTC)
ONE, OTHER = ("sms", b"one"), ("sms", b"other")
MAIL, OTHER_MAIL = ("email", b"mail"), ("email", b"other mail")


def _lead(number: int = 1, **values: Any) -> dict[str, Any]:
    text = dict.fromkeys(
        (
            "first_name", "last_name", "source", "intent", "residence_state", "crm", "crm_stage", "crm_user_id",
            "stage_blocks", "zones", "zone_source", "end_reason", "grade", "campaign_version",
        ),
        "",
    )  # fmt: skip
    nothing = dict.fromkeys(
        (
            "campaign_id", "assignee_id", "crm_person_id", "background_hash", "campaign_score", "campaign_reasons",
            "snoozed_until", "follow_up_on", "contacted_at", "last_inbound_at", "last_outbound_at", "deal_on",
            "ended_at",
        )
    )  # fmt: skip
    states = {"status": "new", "qualification": "unqualified", "facts": {}, "created_at": NOW, "updated_at": NOW}
    return {"id": UUID(int=number), **text, **nothing, **states, **values}


def test_blanks_are_filled_and_nothing_is_overwritten() -> None:
    kept = _lead(first_name="Maya", source="Zillow", assignee_id=UUID(int=5), facts={"area": "Austin"})
    gone = _lead(
        2, first_name="M", last_name="Okafor", source="form", assignee_id=UUID(int=6), facts={"area": "x", "b": 1}
    )
    new = joined(kept, gone)
    assert new == {"last_name": "Okafor", "facts": {"area": "Austin", "b": 1}}


def test_the_lead_the_crm_knows_goes_on_else_the_older() -> None:
    old, young = _lead(1, created_at=NOW - timedelta(days=9)), _lead(2)
    assert goes_on(old, young)
    assert not goes_on(young, old)
    assert goes_on({**young, "crm_person_id": "7"}, old)


def test_a_number_may_be_texted_only_when_it_is_allowed_by_the_clocks_of_both() -> None:
    kept, gone = _lead(zones="A,B", zone_source="address"), _lead(2, zones="B,C", zone_source="phone")
    assert joined(kept, gone)["zones"] == "A,B,C"
    assert joined(kept, {**gone, "zone_source": "told"})["zones"] == "B,C"


@pytest.mark.parametrize(
    "kept,gone,reason",
    [
        ({}, {"end_reason": "opted out"}, "opted out"),
        ({"end_reason": "opted out"}, {}, "opted out"),
        ({}, {"end_reason": "archived: silence"}, ""),
        ({"end_reason": "done: a person closed it"}, {}, ""),
        ({"end_reason": "done: a person closed it"}, {"end_reason": "archived: silence"}, "done: a person closed it"),
        ({}, {"stage_blocks": "under contract"}, "under contract"),
        ({"end_reason": "archived: silence"}, {"end_reason": "not interested"}, "not interested"),
        ({}, {"end_reason": "waiting: the CRM itself writes to them (x runs)"},
         "waiting: the CRM itself writes to them (x runs)"),
    ],
)  # fmt: skip
def test_whoever_is_left_alone_stays_left_alone(kept: dict[str, Any], gone: dict[str, Any], reason: str) -> None:
    assert ends(_lead(**kept), _lead(2, **gone))[0] == reason


def _entry(channel: str, action: str, days: int, address: bytes | None = None, source: str = "reply") -> Entry:
    return Entry(channel, action, "web_form", source, "I agree", NOW + timedelta(days=days), address)


def _gains(kept: list[Entry], gone: list[Entry], *, closed: tuple[tuple[str, bytes], ...] = ()) -> bool:
    return gains_consent(kept, gone, theirs=(ONE, MAIL), others=(OTHER, OTHER_MAIL), closed=closed)


def test_consent_to_one_number_is_none_to_the_other() -> None:
    assert not _gains([_entry("sms", "granted", 1, b"one")], [])


def test_an_old_consent_that_names_no_number_would_grow() -> None:
    assert _gains([_entry("sms", "granted", 1)], [])
    assert not _gains([_entry("sms", "granted", 1)], [], closed=(OTHER,))


def test_a_stop_of_one_is_no_more_than_before_while_its_address_is_closed() -> None:
    stopped, agreed = [_entry("email", "revoked", 1)], [_entry("email", "granted", 2)]
    assert _gains(agreed, stopped)
    assert not _gains(agreed, stopped, closed=(OTHER_MAIL,))
