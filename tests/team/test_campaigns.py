"""What the team file may say of a campaign, and the words with which the rest is refused."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from agent import team as team_file
from agent.rules.campaigns import Campaign
from agent.team import TeamFileError

WHOLE: dict[str, Any] = {
    "id": "spring-guide",
    "name": "Spring guide",
    "type": "consultation",
    "status": "paused",
    "starts_on": date(2026, 3, 1),
    "ends_on": date(2026, 5, 31),
    "budget": 1500.5,
    "target_leads": 200,
    "landing_page": "https://www.example.com/guide?from=ad",
    "assignee": "dana",
    "notification_emails": ["Office@Example.com", "office@example.com"],
    "origins": ["https://www.example.com", "http://localhost:3000"],
    "token": "0123456789abcdef",
    "consent_wording": "I agree to texts.",
}

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no id": ({"id": ""}, "campaigns[0].id: write some text here"),
    "an id that is a number": ({"id": 7}, "campaigns[0].id: write some text here"),
    "a setting nobody knows": ({"tokn": "x"}, "campaigns[0].tokn: there is no such setting"),
    "a type nobody knows": ({"type": "webinar"}, "campaigns[0].type: 'webinar' is none of service, product"),
    "a status nobody knows": ({"status": "on"}, "campaigns[0].status: 'on' is none of draft, active"),
    "a day in quotes": ({"starts_on": "2026-03-01"}, "campaigns[0].starts_on: write a day without quotes"),
    "an instant for a day": ({"ends_on": datetime(2026, 3, 1)}, "campaigns[0].ends_on: write a day"),  # noqa: DTZ001 - as TOML gives it
    "an end before its beginning": ({"ends_on": date(2026, 2, 1)}, "campaigns[0].ends_on: it ends before it begins"),
    "a budget of words": ({"budget": "1500"}, "campaigns[0].budget: write a number above 0"),
    "a budget below nothing": ({"budget": -1}, "campaigns[0].budget: write a number above 0"),
    "a budget that is no number": ({"budget": float("nan")}, "campaigns[0].budget: write a number above 0"),
    "half a lead": ({"target_leads": 0.5}, "campaigns[0].target_leads: write a whole number above 0"),
    "a truth for a target": ({"target_leads": True}, "campaigns[0].target_leads: write a whole number"),
    "a page without a scheme": ({"landing_page": "example.com"}, "campaigns[0].landing_page: 'example.com' is no web"),
    "a page that is a script": ({"landing_page": "javascript:alert(1)"}, "campaigns[0].landing_page: "),
    "a word for a truth": ({"auto_assign": "yes"}, "campaigns[0].auto_assign: say true or false"),
    "nobody's key": ({"assignee": "zoe"}, "campaigns[0].assignee: 'zoe' is the key of nobody; there are dana"),
    "a person and nobody": ({"auto_assign": False}, "campaigns[0].assignee: it names a person"),
    "one address, not a list": ({"notification_emails": "a@example.com"}, "campaigns[0].notification_emails: write a"),
    "no address": ({"notification_emails": ["office"]}, "campaigns[0].notification_emails[0]: 'office' is not an"),
    "an origin with a path": ({"origins": ["https://example.com/"]}, "campaigns[0].origins[0]: "),
    "an origin for everybody": ({"origins": ["*"]}, "campaigns[0].origins[0]: '*' is no origin"),
    "two origins in one": ({"origins": ["https://a.example https://b.example"]}, "campaigns[0].origins[0]: "),
    "an origin no browser sends": ({"origins": ["https://Example.com"]}, "campaigns[0].origins[0]: "),
    "an origin with a bad port": ({"origins": ["https://example.com:port"]}, "campaigns[0].origins[0]: "),
    "an empty token": ({"token": ""}, "campaigns[0].token: write some text here"),
    "a short token": ({"token": "letmein"}, "campaigns[0].token: use 16 or more plain characters"),
    "a token no header carries": ({"token": "0123456789abcdéf"}, "campaigns[0].token: use 16 or more"),
}


def team(*campaigns: Any) -> Any:
    """A team file with these campaigns."""
    person = {"key": "dana", "name": "Dana Reyes", "phone": "+15125550110", "email": "dana@example.com"}
    return {
        "team": {"brokerage": "Alder Realty", "postal_address": "200 Alder Street", "zone": "America/Chicago"},
        "assignees": [person | {"zone": "America/Chicago"}],
        "campaigns": list(campaigns),
    }


def test_a_whole_campaign_is_read_as_it_is_written() -> None:
    (found,) = team_file.from_dict(team(WHOLE), where="team.toml").campaigns
    assert found == Campaign(
        key="spring-guide",
        name="Spring guide",
        type="consultation",
        status="paused",
        starts_on=date(2026, 3, 1),
        ends_on=date(2026, 5, 31),
        budget_minor=150_050,
        target_leads=200,
        landing_page="https://www.example.com/guide?from=ad",
        assignee="dana",
        notification_emails=("office@example.com",),
        origins=("https://www.example.com", "http://localhost:3000"),
        token="0123456789abcdef",
        consent_wording="I agree to texts.",
    )


def test_a_campaign_needs_its_id_alone() -> None:
    (found,) = team_file.from_dict(team({"id": "guide"}), where="team.toml").campaigns
    assert found == Campaign(key="guide", name="guide")


@pytest.mark.parametrize("what", REFUSED)
def test_a_mistake_is_refused_with_file_key_and_reason(what: str) -> None:
    changes, said = REFUSED[what]
    with pytest.raises(TeamFileError) as refusal:
        team_file.from_dict(team(WHOLE | changes), where="team.toml")
    assert str(refusal.value).startswith(f"team.toml: {said}")


def test_one_id_stands_once() -> None:
    with pytest.raises(TeamFileError, match=r"campaigns\[1\]\.id: 'a' is the id of campaigns\[0\] already"):
        team_file.from_dict(team({"id": "a"}, {"id": "a"}), where="team.toml")


@pytest.mark.parametrize("rows", [{"id": "a"}, ["a"], "a"])
def test_campaigns_that_are_no_list_of_tables_are_refused(rows: Any) -> None:
    with pytest.raises(TeamFileError, match=r"^team\.toml: campaigns"):
        team_file.from_dict(team() | {"campaigns": rows}, where="team.toml")
