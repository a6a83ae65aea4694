"""Campaigns of the team file at work: what each setting does to the leads its forms bring."""

from __future__ import annotations

import dataclasses
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.rules.campaigns import Campaign
from agent.rules.team import Team
from agent.store.tables import alerts, campaigns, consents
from agent.web import sessions
from tests import cast
from tests.cast import DIEGO, MAYA, RUTH
from tests.stories.conftest import SQLITE, Opens
from tests.stories.world import World

SHOP = "https://www.alder.example.com"
LEADS = "/v1/api/leads"


def named(**settings: Any) -> Team:
    """The cast's team with the campaign its forms name, set up like this."""
    return dataclasses.replace(cast.team(), campaigns=(Campaign(key="spring-guide", name="Spring guide", **settings),))


async def campaigns_page(world: World) -> str:
    """What the campaigns page shows to somebody who is signed in."""
    link = await sessions.make_sign_in_link(world.tend, address=world.address)
    await world.client.post(link, headers={"Origin": world.address})
    return (await world.client.get("/campaigns")).text


async def test_the_table_says_what_the_file_says_and_the_token_stands_nowhere(open_world: Opens) -> None:
    settings = {
        "type": "consultation",
        "starts_on": date(2026, 3, 1),
        "ends_on": date(2026, 12, 31),
        "budget_minor": 150_000,
        "target_leads": 200,
        "landing_page": "https://www.example.com/guide",
        "token": "0123456789abcdef",
        "notification_emails": ("office@example.com",),
    }
    async with open_world(team=named(**settings)) as world:
        (row,) = await world.rows(campaigns)
        assert (row.key, row.name, row.status, row.type) == ("spring-guide", "Spring guide", "active", "consultation")
        assert (row.starts_on, row.ends_on) == (date(2026, 3, 1), date(2026, 12, 31))
        assert (row.budget_minor, row.target_leads) == (150_000, 200)
        assert "0123456789abcdef" not in repr(row)
        assert "office" not in repr(row)
        page = await campaigns_page(world)
        for shown in ("consultation", "0 leads of 200", "$1,500 budget", "1 Mar 2026 to 31 Dec 2026", "Landing page"):
            assert shown in page, shown


@SQLITE
async def test_naming_a_draft_confirms_it_and_a_status_left_open_is_the_pages(open_world: Opens) -> None:
    async with open_world() as world:
        await world.post_form(cast.form(MAYA))
        (draft,) = await world.rows(campaigns)
        assert draft.status == "draft"
    for given, already, after in (
        (None, "draft", "active"),
        (None, "paused", "paused"),
        ("completed", "paused", "completed"),
    ):
        async with open_world() as world:
            change = update(campaigns).where(campaigns.c.team_id == world.tend.team_id).values(status=already)
            await world.tend.writer.run(partial(AsyncConnection.execute, statement=change))
        async with open_world(team=named(status=given, origins=(SHOP,))) as world:
            (row,) = await world.rows(campaigns)
            assert (row.id, row.status, row.allowed_origins) == (draft.id, after, SHOP)


@SQLITE
async def test_a_campaign_not_yet_begun_or_over_keeps_its_leads_and_starts_nothing(open_world: Opens) -> None:
    for settings, lead, said in (
        ({"starts_on": date(2026, 7, 8)}, MAYA, "begins on 8 July 2026"),
        ({"ends_on": date(2026, 7, 6)}, RUTH, "ended on 6 July 2026"),
    ):
        async with open_world(team=named(**settings)) as world:
            answer = await world.post_form(cast.form(lead))
            await world.settle()

            assert answer.json()["next_steps"]["expected_response_time"] != "within 5 minutes"
            assert world.sent_to(lead) == 0
            assert said in (await world.lead(await world.lead_id(lead))).end_reason
            assert said in await campaigns_page(world)


@SQLITE
async def test_the_days_of_a_campaign_are_the_teams(open_world: Opens) -> None:
    async with open_world(at=cast.TUESDAY_NIGHT, team=named(ends_on=date(2026, 7, 7))) as world:
        await world.post_form(cast.form(MAYA))
        await world.settle()
        assert len(world.emails_to(MAYA)) == 1  # already Wednesday in UTC, still Tuesday in Austin


@SQLITE
async def test_its_assignee_gets_its_leads_and_without_auto_assign_nobody_does(open_world: Opens) -> None:
    for settings, lead, holds in (
        ({"assignee": "theo"}, MAYA, "theo"),
        ({"auto_assign": False}, RUTH, None),
    ):
        async with open_world(team=named(**settings)) as world:
            for each in (lead, DIEGO):
                await world.post_form(cast.form(each))
            await world.settle()
            wanted = world.tend.user_ids[holds] if holds else None
            assert (await world.lead(await world.lead_id(lead))).assignee_id == wanted


async def test_the_addresses_it_names_hear_once_of_each_lead(open_world: Opens) -> None:
    office = ("office@example.com", "boss@example.com")
    async with open_world(team=named(notification_emails=office)) as world:
        body = cast.form(MAYA, lead_details={"message": "Is the house on Elm Street still free?"})
        await world.post_form(body, idempotency_key="k-1")
        await world.post_form(body, idempotency_key="k-1")
        await world.live(minutes=2)

        told = [email for email in world.email.sent if email.to in office]
        assert sorted(email.to for email in told) == sorted(office)
        for email in told:
            assert email.subject == "New lead: Maya Okafor"
            assert "Spring guide" in email.text
            assert "Is the house on Elm Street still free?" in email.text
            assert world.path(await world.lead_id(MAYA)) in email.text
        assert {row.state for row in await world.rows(alerts, name="new-lead")} == {"sent"}
        assert not [text for text in world.sms.sent if "New lead" in text.body]


@SQLITE
async def test_a_paused_campaign_still_tells_them(open_world: Opens) -> None:
    async with open_world(team=named(status="paused", notification_emails=("office@example.com",))) as world:
        await world.post_form(cast.form(MAYA))
        await world.settle()
        assert [email.to for email in world.email.sent] == ["office@example.com"]


@SQLITE
async def test_its_token_and_origins_guard_its_door(open_world: Opens) -> None:
    token = "0123456789abcdef"
    async with open_world(team=named(token=token, origins=(SHOP,))) as world:
        body = cast.form(MAYA)
        assert (await world.post_form(body, origin=SHOP)).status_code == 401
        assert (await world.post_form(body, origin=SHOP, x_campaign_token=token[::-1])).status_code == 401
        assert (await world.post_form(body, origin="https://else.example", x_campaign_token=token)).status_code == 403
        ahead = {"Origin": SHOP, "Access-Control-Request-Method": "POST"}
        preflight = await world.client.options(LEADS, headers=ahead)
        assert preflight.headers["access-control-allow-origin"] == SHOP
        taken = await world.post_form(body, origin=SHOP, x_campaign_token=token)
        assert (taken.status_code, taken.headers["access-control-allow-origin"]) == (201, SHOP)


@SQLITE
async def test_its_wording_makes_a_bare_true_consent_to_texts(open_world: Opens) -> None:
    async with open_world(team=named(consent_wording=cast.TEXT_WORDING)) as world:
        await world.post_form(cast.form(MAYA))
        await world.live(minutes=5)
        (grant,) = await world.rows(consents, lead_id=await world.lead_id(MAYA), channel="sms")
        assert grant.wording == cast.TEXT_WORDING
        assert len(world.texts_to(MAYA)) == 1


@SQLITE
async def test_what_the_file_no_longer_says_of_a_campaign_is_taken_back(open_world: Opens) -> None:
    async with open_world(team=named(token="0123456789abcdef", consent_wording=cast.TEXT_WORDING)) as world:
        assert (await world.post_form(cast.form(MAYA))).status_code == 401
    async with open_world(team=named()) as world:
        assert (await world.post_form(cast.form(MAYA))).status_code == 201
        await world.live(minutes=5)
        assert world.texts_to(MAYA) == []
