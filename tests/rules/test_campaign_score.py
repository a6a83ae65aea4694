"""The 100 points of a form, every boundary of them, as a form's body says it and as the ledger explains it."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import fields
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.rules import campaign_score, form_facts
from agent.rules.campaign_score import CampaignScore, grade
from agent.rules.form_facts import CampaignFacts
from agent.rules.scoring_profiles import load_profiles

PROFILE = load_profiles().campaign_on(date(2026, 5, 28))
FULL: Mapping[str, Any] = {
    "campaign_id": "spring-guide",
    "source": "landing-page",
    "contact": {
        "firstName": "Maya",
        "lastName": "Okafor",
        "email": "maya@okafor.example",
        "phone": "(512) 555-0142",
        "company": "Okafor Homes",
    },
    "lead_details": {
        "service_interest": "selling a duplex",
        "urgency": "emergency",
        "budget_range": "$400k to $500k",
        "message": "",
    },
    "tracking": {"time_on_page": 181, "return_visitor": True, "channel": "paid search"},
    "form_metadata": {"fields_completed": "all"},
}
EMPTY: Mapping[str, Any] = {"campaign_id": "c", "source": "s", "contact": {"firstName": "A", "lastName": "B"}}


def scored(body: Mapping[str, Any]) -> CampaignScore:
    return campaign_score.score(form_facts.read(body, PROFILE).facts, PROFILE)


def with_(body: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A body with values put in by dotted path."""
    changed = deepcopy(dict(body))
    for path, value in changes.items():
        *parents, last = path.split(".")
        part = changed
        for name in parents:
            part = part.setdefault(name, {})
        part[last] = value
    return changed


def at(domain: str) -> str:
    """Give an address at this provider."""
    return f"ana@{domain}"


EMAIL, PHONE, COMPANY = "contact.email", "contact.phone", "contact.company"
SERVICE, URGENCY, BUDGET = "lead_details.service_interest", "lead_details.urgency", "lead_details.budget_range"
WORDS = "lead_details.message"
PAGE, BACK, CHANNEL = "tracking.time_on_page", "tracking.return_visitor", "tracking.channel"
MEDIUM, PLACE, FIELDS = "tracking.utm_medium", "tracking.utm_source", "form_metadata.fields_completed"

ALONE: list[tuple[dict[str, Any], int]] = [
    ({}, 0),
    # contact quality, 25
    ({EMAIL: "ana@alder.example"}, 15),
    ({EMAIL: "ana@mail.alder.example"}, 15),
    ({EMAIL: "ANA@ALDER.EXAMPLE"}, 15),
    ({EMAIL: at("gmail.com")}, 0),
    ({EMAIL: at("YAHOO.com")}, 0),
    ({EMAIL: at("comcast.net")}, 0),
    ({EMAIL: at("tampabay.rr.com")}, 0),
    ({EMAIL: at("mailinator.com")}, 0),
    ({EMAIL: at("eu.mailinator.com")}, 0),
    ({EMAIL: at("notgmail.com")}, 15),
    ({EMAIL: "no address"}, 0),
    ({EMAIL: ""}, 0),
    ({PHONE: "+1 512 555 0142"}, 5),
    ({PHONE: "555-01"}, 0),
    ({COMPANY: "Alder"}, 5),
    ({COMPANY: "  "}, 0),
    ({COMPANY: "n/a"}, 0),
    ({COMPANY: "None"}, 0),
    # intent, 35
    ({SERVICE: "buying"}, 15),
    ({SERVICE: "General Inquiry"}, 5),
    ({SERVICE: "not sure"}, 5),
    ({SERVICE: "other"}, 5),
    ({WORDS: "Are you open on Sunday?"}, 5),
    ({SERVICE: "valuation", WORDS: "What is it worth?"}, 15),
    ({SERVICE: "", WORDS: ""}, 0),
    ({URGENCY: "high"}, 15),
    ({URGENCY: "Emergency"}, 15),
    ({URGENCY: "HIGH"}, 15),
    ({URGENCY: "medium"}, 10),
    ({URGENCY: "low"}, 5),
    ({URGENCY: "purple"}, 0),
    ({URGENCY: ""}, 0),
    ({BUDGET: "$400k"}, 5),
    ({"lead_details.budget": 400_000}, 5),
    ({BUDGET: "prefer not to say"}, 0),
    ({BUDGET: "unknown"}, 0),
    # behaviour, 25
    ({PAGE: 0}, 0),
    ({PAGE: 59}, 0),
    ({PAGE: 59.9}, 0),
    ({PAGE: 60}, 5),
    ({PAGE: 179}, 5),
    ({PAGE: 180}, 5),
    ({PAGE: 180.5}, 10),
    ({PAGE: 181}, 10),
    ({PAGE: "200"}, 10),
    ({PAGE: 86_400}, 10),
    ({PAGE: 86_401}, 0),
    ({PAGE: -200}, 0),
    ({PAGE: True}, 0),
    ({PAGE: "three minutes"}, 0),
    ({PAGE: None}, 0),
    ({FIELDS: "all"}, 10),
    ({FIELDS: "required"}, 5),
    ({FIELDS: "required only"}, 5),
    ({FIELDS: "some"}, 0),
    ({FIELDS: True}, 0),
    ({BACK: True}, 5),
    ({BACK: False}, 0),
    ({"returning_visitor": True}, 5),
    ({"returning_visitor": False, "tracking.visitor_id": "v-1"}, 0),
    ({BACK: "yes"}, 0),
    # source, 15
    ({CHANNEL: "paid search"}, 15),
    ({MEDIUM: "cpc"}, 15),
    ({MEDIUM: "PPC", PLACE: "google"}, 15),
    ({CHANNEL: "organic"}, 10),
    ({MEDIUM: "organic"}, 10),
    ({CHANNEL: "direct"}, 8),
    ({MEDIUM: "(none)"}, 8),
    ({CHANNEL: "social"}, 5),
    ({MEDIUM: "paid_social"}, 5),
    ({MEDIUM: "cpc", PLACE: "facebook"}, 5),
    ({CHANNEL: "email"}, 3),
    ({PLACE: "newsletter"}, 3),
    ({MEDIUM: "email", PLACE: "facebook"}, 3),
    ({CHANNEL: "carrier pigeon"}, 0),
    ({CHANNEL: ""}, 0),
]


@pytest.mark.parametrize("says, points", ALONE)
def test_a_form_that_says_this_alone_has_these_points(says: dict[str, Any], points: int) -> None:
    assert scored(with_(EMPTY, says)).points == points


TOGETHER: list[tuple[dict[str, Any], int, str]] = [
    ({}, 100, "A"),
    ({COMPANY: ""}, 95, "A"),
    ({COMPANY: "", EMAIL: at("gmail.com")}, 80, "A"),
    ({CHANNEL: "", COMPANY: ""}, 80, "A"),
    ({CHANNEL: "email", EMAIL: at("gmail.com")}, 73, "B"),
    ({URGENCY: "low", PAGE: 60, FIELDS: "required"}, 80, "A"),
    ({URGENCY: "low", PAGE: 60, FIELDS: "required", CHANNEL: "organic"}, 75, "B"),
    ({CHANNEL: "direct", EMAIL: at("gmail.com")}, 78, "B"),
    ({CHANNEL: "direct", PAGE: 0, COMPANY: ""}, 78, "B"),
    ({CHANNEL: "email", URGENCY: "medium", COMPANY: ""}, 78, "B"),
    ({EMAIL: "", CHANNEL: "", URGENCY: "medium", PHONE: ""}, 60, "B"),
    ({EMAIL: "", CHANNEL: "", URGENCY: "", SERVICE: "general", PAGE: 90}, 40, "C"),
    ({EMAIL: "", CHANNEL: "email", URGENCY: "low", SERVICE: "general"}, 53, "C"),
    ({EMAIL: "", CHANNEL: "", URGENCY: "medium", PHONE: "", COMPANY: ""}, 55, "C"),
    ({EMAIL: "", CHANNEL: "direct", URGENCY: "", SERVICE: "", PAGE: 60, FIELDS: "required"}, 38, "D"),
    ({EMAIL: "", CHANNEL: "", URGENCY: "", SERVICE: "", PAGE: 0, FIELDS: "", BACK: False}, 15, "D"),
]


@pytest.mark.parametrize("changes, points, letter", TOGETHER)
def test_a_full_form_with_these_changes_has_these_points_and_this_grade(
    changes: dict[str, Any], points: int, letter: str
) -> None:
    found = scored(with_(FULL, changes))
    assert (found.points, found.grade) == (points, letter)


@pytest.mark.parametrize(
    "points, letter",
    [(100, "A"), (80, "A"), (79, "B"), (60, "B"), (59, "C"), (40, "C"), (39, "D"), (1, "D"), (0, "D")],
)
def test_grades_begin_at_80_60_and_40(points: int, letter: str) -> None:
    assert grade(points, PROFILE) == letter


def test_the_parts_are_worth_25_35_25_and_15() -> None:
    most = {line.fact: line.most for line in scored(EMPTY).lines}
    assert most["mailbox"] + most["phone"] + most["company"] == 25
    assert most["service"] + most["urgency"] + most["budget"] == 35
    assert most["seconds_on_page"] + most["fields"] + most["return_visitor"] == 25
    assert most["channel"] == 15
    assert sum(most.values()) == 100


def test_what_is_unknown_gives_no_points_and_stands_in_the_ledger() -> None:
    found = scored(EMPTY)
    assert found.points == 0
    assert len(found.lines) == 10
    assert all(line.points == 0 for line in found.lines)
    assert {line.text for line in found.lines if "unknown" in line.text} == {
        "service unknown",
        "urgency unknown",
        "budget unknown",
        "time on the page unknown",
        "unknown which fields were filled",
        "unknown if they came back",
        "channel unknown",
    }


def test_the_ledger_shows_what_each_point_rests_on() -> None:
    said = form_facts.read(FULL, PROFILE).said
    assert said == {
        "mailbox": "okafor.example",
        "company": "Okafor Homes",
        "service": "selling a duplex",
        "urgency": "emergency",
        "budget": "$400k to $500k",
        "seconds_on_page": "3 min 1 s",
        "channel": "paid search",
    }


def test_a_score_names_its_profile_and_content() -> None:
    assert scored(EMPTY).version == PROFILE.version
    assert PROFILE.version.startswith("campaign-100 ")


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=8,
)
NAMED = st.dictionaries(
    st.sampled_from(
        [
            "email",
            "phone",
            "company",
            "service_interest",
            "urgency",
            "budget_range",
            "message",
            "time_on_page",
            "return_visitor",
            "channel",
            "utm_medium",
            "utm_source",
            "fields_completed",
            "visitor_id",
        ]
    ),
    ANYTHING | st.sampled_from(["high", "all", "cpc", "a@b.example", "200", "facebook"]),
)


@given(
    st.dictionaries(
        st.sampled_from(["contact", "lead_details", "tracking", "form_metadata", "returning_visitor"]), ANYTHING | NAMED
    )
)
def test_any_body_has_a_score_whose_ledger_sums_to_it(body: dict[str, Any]) -> None:
    found = scored(body)
    assert 0 <= found.points <= 100
    assert sum(line.points for line in found.lines) == found.points
    assert all(0 <= line.points <= line.most for line in found.lines)


# ---- fair housing


def test_a_campaign_score_has_no_field_for_what_fair_housing_law_protects() -> None:
    assert {field.name for field in fields(CampaignFacts)} == {
        "mailbox",
        "phone",
        "company",
        "service",
        "urgency",
        "budget",
        "seconds_on_page",
        "fields",
        "return_visitor",
        "channel",
    }


SENSITIVE: dict[str, Any] = {
    "contact.firstName": "Mohammed",
    "contact.lastName": "Nguyen-Goldberg",
    "contact.title": "Mrs.",
    "contact.language": "es",
    "lead_details.message": "We are a Catholic family with three kids and a wheelchair, on Section 8, from Honduras.",
    "lead_details.income": "$31,000",
    "lead_details.credit_score": 540,
    "lead_details.marital_status": "divorced",
    "lead_details.household": "2 adults, 4 children",
    "lead_details.religion": "Muslim",
    "lead_details.is_veteran": True,
    "lead_details.disability": "blind",
    "lead_details.gender": "female",
    "lead_details.race": "Black",
    "lead_details.age": 71,
    "lead_details.area": "78702",
    "tracking.ip_address": "192.0.2.7",
    "tracking.language": "ar",
    "form_metadata.locale": "vi-VN",
}


@pytest.mark.parametrize("field", SENSITIVE)
def test_no_sensitive_field_or_sentence_moves_a_point(field: str) -> None:
    neutral = with_(FULL, {WORDS: "We would like to talk."})
    assert scored(with_(neutral, {field: SENSITIVE[field]})) == scored(neutral)


def test_all_of_them_together_move_no_point() -> None:
    neutral = with_(FULL, {WORDS: "We would like to talk."})
    assert scored(with_(neutral, SENSITIVE)) == scored(neutral)
