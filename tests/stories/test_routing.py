"""A lead arrives and somebody gets it: by rule and turn, by offer and claim, from a pond, or from the CRM, and why."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Row, insert
from sqlalchemy.exc import IntegrityError

from agent.flows import offering
from agent.flows.offering import NotTaken, Taken
from agent.rules.campaigns import Campaign
from agent.rules.routing_rules import How, Routing, Rule
from agent.rules.team import Team, Vacation
from agent.store.ids import new_id
from agent.store.tables import alerts, lead_events, leads, offers, todos, users
from tests import cast
from tests.cast import DIEGO, HANK, MAYA, RUTH, Lead
from tests.stories import world as worlds
from tests.stories.conftest import SQLITE, Opens
from tests.stories.world import OUR_PAGE, World

TODAY = date(2026, 7, 7)
A_WEEK_AWAY = (Vacation(date(2026, 7, 1), date(2026, 7, 14)),)
NIGHT = cast.TUESDAY_NIGHT


def staff(*rules: Rule, campaigns: Sequence[Campaign] = (), **changes: dict[str, Any]) -> Team:
    """Alder Realty with Ines beside Dana and Theo, these rules, and changes of its people by key."""
    ours = cast.team()
    ines = dataclasses.replace(
        ours.assignees[1], key="ines", name="Ines Vega", phone="+15125550112", email="ines@alder.example.com"
    )
    people = [dataclasses.replace(each, **changes.get(each.key, {})) for each in (*ours.assignees, ines)]
    return dataclasses.replace(
        ours, assignees=tuple(people), routing=Routing(rules), campaigns=(*ours.campaigns, *campaigns)
    )


def rule(name: str = "Texas", people: str = "theo ines", **given: Any) -> Rule:
    """A rule for these people."""
    return Rule(name=name, people=tuple(people.split()), **given)


CLAIM = rule(how=How.FIRST_TO_CLAIM, fallbacks=(("dana", "theo"),), claim_minutes=10)
POND = rule(how=How.POND)


async def whose(world: World, lead_id: UUID) -> str:
    """The key of whoever has the lead; empty for nobody."""
    row = await world.lead(lead_id)
    return world.tend.assignee(row.assignee_id).key if row.assignee_id is not None else ""


async def whys(world: World, lead_id: UUID) -> list[str]:
    """What the timeline says of whose lead it is, oldest first."""
    rows = sorted(await world.rows(lead_events, lead_id=lead_id, kind="routed"), key=lambda row: row.id)
    return [json.loads(world.opened(lead_events, "payload", row))["said"] for row in rows]


async def heard(world: World, key: str, name: str = "offer", **also: Any) -> list[Row[Any]]:
    """The alerts of this name that went to somebody, or will."""
    return await world.rows(alerts, user_id=world.tend.user_ids[key], name=name, **also)


async def standing(world: World, lead_id: UUID) -> dict[str, str]:
    """The state of every offer of the lead, by the person's key and the round."""
    rows = await world.rows(offers, lead_id=lead_id)
    return {f"{world.tend.assignee(row.user_id).key} {row.round}": row.state for row in rows}


async def come(world: World, lead: Lead = MAYA, **details: Any) -> UUID:
    """Let somebody come in by form."""
    wanted = {"service_interest": "buying", "message": "", "timeline": "this summer", **details}
    assert (await world.post_form(cast.form(lead, lead_details=wanted))).status_code == 201
    await world.settle()
    return await world.lead_id(lead)


def link(world: World, phone: str) -> str:
    """The page that the last text to this number leads to."""
    (*_, text) = [text for text in world.sms.sent if text.to == phone]
    return next(word for word in text.body.split() if word.startswith("http")).removeprefix(world.address)


# ------------------------------------------------------------------------------------------ by rule and turn


async def test_rules_send_a_lead_to_whom_they_name_and_the_page_says_why(open_world: Opens) -> None:
    spanish = rule("Spanish speakers", "ines", languages=frozenset({"Spanish"}))
    sellers = rule("Sellers", "theo", interests=frozenset({"sell"}))
    async with open_world(team=staff(spanish, sellers)) as world:
        by_tag = await world.arrive(MAYA, tags=["Buyer", "Spanish"])
        by_field = await come(world, DIEGO, service_interest="selling", language="es-MX", message="I want to sell.")
        seller = await come(world, RUTH, service_interest="selling", message="I want to sell my house.")
        other = await come(world, HANK, message="I want to buy a house.")

        assert [await whose(world, each) for each in (by_tag, by_field, seller)] == ["ines", "ines", "theo"]
        assert await whys(world, by_tag) == ["Ines takes it: rule “Spanish speakers”."]
        assert await whys(world, seller) == ["Theo takes it: rule “Sellers”."]
        assert await whose(world, other) == "dana"
        assert await whys(world, other) == ["Dana takes it: no rule matches, so everybody in turn, no new lead so far."]
        await world.sign_in()
        assert "Ines takes it: rule “Spanish speakers”." in (await world.client.get(world.path(by_tag))).text


@SQLITE
async def test_turns_go_round_and_who_got_one_is_written_down(open_world: Opens) -> None:
    async with open_world(team=staff()) as world:
        ids = [await come(world, cast.guest(number)) for number in range(6)]
        held = [await whose(world, each) for each in ids]
        assert held == ["dana", "theo", "ines"] * 2
        rows = {row.key: row.last_assigned_at for row in await world.rows(users)}
        assert rows["dana"] < rows["theo"] < rows["ines"]
        assert {row.assigned_at for row in await world.rows(leads)} == {world.clock.now()}


@SQLITE
async def test_vacation_hours_days_and_caps_pass_people_over_and_are_named(open_world: Opens) -> None:
    away = staff(dana={"vacation": A_WEEK_AWAY}, theo={"days": ("mon", "wed")}, ines={"most_per_day": 1})
    async with open_world(team=away) as world:
        first, second = await come(world, MAYA), await come(world, DIEGO)
        assert await whys(world, first) == [
            (
                "Ines takes it: everybody in turn, the only one who can; Dana is on vacation until 14 July; "
                "Theo is not at work now."
            )
        ]
        assert await whys(world, second) == [
            (
                "Theo takes it, though not at work now: everybody in turn, the only one who can; "
                "Dana is on vacation until 14 July; Ines has reached 1 new lead today."
            )
        ]
        await world.live(days=1)
        assert await whose(world, await come(world, RUTH)) == "ines"


@SQLITE
async def test_open_leads_count_until_tend_is_done_with_them(open_world: Opens) -> None:
    async with open_world(team=staff(rule(people="theo ines"), theo={"most_open": 1}, ines={"most_open": 1})) as world:
        first, second, third = [await come(world, lead) for lead in (MAYA, DIEGO, RUTH)]
        assert [await whose(world, each) for each in (first, second, third)] == ["theo", "ines", "dana"]
        assert (await whys(world, third))[0].startswith("Dana leads the team and takes it: rule “Texas”, nobody else")
        await world.text(MAYA, "STOP")
        await world.settle()
        assert await whose(world, await come(world, HANK)) == "theo"


@SQLITE
async def test_what_the_crm_or_the_campaign_says_stays_and_a_repeat_changes_nobody(open_world: Opens) -> None:
    theirs = Campaign(key="spring-guide", name="Spring guide", assignee="theo")
    nobodys = Campaign(key="quiet", name="Quiet", auto_assign=False)
    everything = rule(people="ines")
    team = staff(everything, campaigns=(theirs, nobodys), dana={"crm_user_id": "7"})
    async with open_world(team=team) as world:
        by_crm = await world.arrive(MAYA, assigned_user_id=7)
        assert (await whose(world, by_crm), await whys(world, by_crm)) == ("dana", ["Dana has it in the CRM."])
        by_campaign = await come(world, DIEGO)
        assert await whose(world, by_campaign) == "theo"
        assert await whys(world, by_campaign) == ["Theo takes it: the campaign “Spring guide” is theirs."]

        await world.post_form(cast.form(RUTH, campaign="quiet"))
        await world.settle()
        quiet = await world.lead_id(RUTH)
        assert (await whose(world, quiet), await whys(world, quiet)) == ("", [])

        for again in (MAYA, DIEGO):
            await world.post_form(cast.form(again, campaign="another"))
        await world.arrive(DIEGO, assigned_user_id=7)
        await world.arrive(RUTH)
        assert [await whose(world, each) for each in (by_crm, by_campaign, quiet)] == ["dana", "theo", ""]
        assert [len(await whys(world, each)) for each in (by_crm, by_campaign, quiet)] == [1, 1, 0]


@SQLITE
async def test_leads_from_long_ago_are_shared_out_and_nobody_is_called_to_hurry(open_world: Opens) -> None:
    async with open_world(team=staff(CLAIM, theo={"most_per_day": 1})) as world:
        old = [
            await world.arrive(cast.guest(number), created=world.clock.now() - timedelta(days=400))
            for number in range(4)
        ]
        assert [await whose(world, each) for each in old] == ["theo", "ines", "theo", "ines"]
        assert await world.rows(offers) == []
        assert await world.rows(alerts) == []
        assert "it came long ago, so hours and caps do not count" in (await whys(world, old[0]))[0]
        assert (await world.lead(old[0])).assigned_at is None


# ------------------------------------------------------------------------------------------ first to claim


async def test_an_offer_reaches_all_at_once_and_the_first_to_take_it_has_it(open_world: Opens) -> None:
    async with open_world(team=staff(CLAIM)) as world:
        lead_id = await come(world, message="We want to buy in Round Rock.", timeline="next year")
        assert await whose(world, lead_id) == ""
        assert await whys(world, lead_id) == [
            "Offered to Theo and Ines for 10 minutes: rule “Texas”, the first to take it has it."
        ]
        for key in ("theo", "ines"):
            assert {row.channel: row.state for row in await heard(world, key)} == {"sms": "sent", "email": "sent"}
        assert await heard(world, "dana") == []
        (text,) = [text for text in world.sms.sent if text.to == "+15125550111"]
        assert "Maya Okafor" in text.body
        assert "We want to buy" in text.body
        assert len(world.emails_to(MAYA)) == 1  # they are written to meanwhile

        theirs, others = link(world, "+15125550111"), link(world, "+15125550112")
        assert theirs != others
        seen = await world.client.get(theirs)
        assert "Take it" in seen.text
        assert MAYA.email not in seen.text
        assert await whose(world, lead_id) == ""  # looking takes nothing

        taken = await world.client.post(theirs, headers=OUR_PAGE)
        assert "Maya Okafor is yours" in taken.text
        assert MAYA.email in taken.text
        late = await world.client.post(others, headers=OUR_PAGE)
        assert "Theo Lind has Maya Okafor" in late.text
        assert MAYA.email not in late.text
        assert await whose(world, lead_id) == "theo"
        assert await standing(world, lead_id) == {"theo 0": "claimed", "ines 0": "lapsed"}
        assert (await whys(world, lead_id))[1:] == ["Theo took it first; it was offered to Ines too."]

        await world.live(minutes=30)
        assert await whose(world, lead_id) == "theo"
        assert await heard(world, "dana", "unclaimed") == []


async def test_the_page_says_who_may_take_it_and_afterwards_who_has_it(open_world: Opens) -> None:
    async with open_world(team=staff(CLAIM)) as world:
        lead_id = await come(world)
        await world.sign_in("ines")
        before = (await world.client.get(world.path(lead_id))).text
        assert "Theo Lind, Ines Vega may take it until" in before
        assert "Take it" in before
        assert "Take it" in (await world.client.get("/leads?view=pond")).text

        await world.sign_in("theo")
        assert (await world.press(lead_id, "take")).status_code == 303
        assert await whose(world, lead_id) == "theo"

        await world.sign_in("ines")
        after = (await world.client.get(world.path(lead_id))).text
        assert "Theo Lind has this lead." in after
        assert "Take it" not in after
        refused = await world.press(lead_id, "take")
        assert "Theo Lind was quicker and has this lead." in refused.text
        assert await whose(world, lead_id) == "theo"


@SQLITE
async def test_nobody_takes_what_is_not_offered_to_them_but_the_lead_of_the_team(open_world: Opens) -> None:
    async with open_world(team=staff(rule(people="theo", how=How.FIRST_TO_CLAIM))) as world:
        lead_id = await come(world)
        await world.sign_in("ines")
        assert "Take it" not in (await world.client.get(world.path(lead_id))).text
        assert "not offered to you" in (await world.press(lead_id, "take")).text
        assert await whose(world, lead_id) == ""

        await world.sign_in("dana")
        assert (await world.press(lead_id, "take")).status_code == 303
        assert await whose(world, lead_id) == "dana"
        assert (await whys(world, lead_id))[-1] == "Dana took it: leads the team."
        assert await standing(world, lead_id) == {"theo 0": "lapsed", "dana 1": "claimed"}
        assert (await world.client.post("/take/" + "a" * 52, headers=OUR_PAGE)).status_code == 404


async def test_who_lets_it_lapse_loses_it_to_the_fallback_and_then_to_the_lead_of_the_team(open_world: Opens) -> None:
    async with open_world(team=staff(CLAIM)) as world:
        lead_id = await come(world)
        stale = link(world, "+15125550112")
        await world.live(minutes=9, seconds=59)
        assert set(await standing(world, lead_id)) == {"theo 0", "ines 0"}

        await world.live(seconds=1)
        assert await standing(world, lead_id) == {
            "theo 0": "lapsed", "ines 0": "lapsed", "dana 1": "open", "theo 1": "open",
        }  # fmt: skip
        assert (await whys(world, lead_id))[-1] == (
            "Nobody took it in time. Offered to Dana and Theo for 10 minutes: rule “Texas”, first fallback, "
            "the first to take it has it."
        )
        assert len(await heard(world, "dana", state="sent")) == 2
        assert "The offer is over" in (await world.client.post(stale, headers=OUR_PAGE)).text
        assert await whose(world, lead_id) == ""

        await world.live(minutes=10)
        assert await whose(world, lead_id) == "dana"
        assert (await whys(world, lead_id))[-1] == (
            "Nobody took it in time. Dana leads the team and takes it: rule “Texas”, nobody else can."
        )
        assert {row.channel for row in await heard(world, "dana", "unclaimed", state="sent")} == {"sms", "email"}
        assert await heard(world, "theo", "unclaimed") == []


@SQLITE
async def test_the_clock_stops_where_an_offer_lapses(open_world: Opens) -> None:
    async with open_world(team=staff(CLAIM)) as world:
        lead_id = await come(world)
        (until,) = {row.until for row in await world.rows(offers, lead_id=lead_id)}
        assert until == world.clock.now() + timedelta(minutes=10)
        while (due := await world.settle()) is not None and due < until:
            world.clock.advance_to(due)
        assert due == until


@SQLITE
async def test_an_offer_at_night_is_heard_of_and_counted_from_the_morning(open_world: Opens) -> None:
    early = {"opens": datetime(2026, 7, 8, 7).time()}  # noqa: DTZ001 - a wall clock
    async with open_world(at=NIGHT, team=staff(CLAIM, ines=early)) as world:
        lead_id = await come(world)
        seven = datetime.fromisoformat("2026-07-08T12:00:00+00:00")
        assert {row.until for row in await world.rows(offers, lead_id=lead_id)} == {seven + timedelta(minutes=10)}
        assert [row.due_at for row in await heard(world, "ines", state="planned")] == [seven, seven]
        assert await heard(world, "theo") == []  # who opens at eight would hear too late
        await world.live(hours=8, minutes=1)
        assert {row.state for row in await heard(world, "ines")} == {"sent"}
        await world.client.post(link(world, "+15125550112"), headers=OUR_PAGE)
        assert await whose(world, lead_id) == "ines"


@SQLITE
async def test_whoever_is_told_in_the_morning_is_not_told_of_what_is_taken_by_then(open_world: Opens) -> None:
    async with open_world(at=NIGHT, team=staff(CLAIM)) as world:
        lead_id = await come(world)
        await world.sign_in("theo")
        await world.press(lead_id, "take")
        await world.live(hours=12)
        assert {row.state for row in await heard(world, "ines")} == {"canceled"}
        assert [text for text in world.sms.sent if text.to == "+15125550112"] == []


@SQLITE
async def test_a_repeat_or_the_crm_while_it_is_offered(open_world: Opens) -> None:
    async with open_world(team=staff(CLAIM, dana={"crm_user_id": "7"})) as world:
        lead_id = await come(world)
        await world.post_form(cast.form(MAYA, campaign="another"))
        await world.settle()
        assert set(await standing(world, lead_id)) == {"theo 0", "ines 0"}
        assert len(await heard(world, "theo")) == 2

        await world.arrive(MAYA, assigned_user_id=7)
        assert await whose(world, lead_id) == "dana"
        assert set((await standing(world, lead_id)).values()) == {"lapsed"}
        await world.live(hours=1)
        assert await whose(world, lead_id) == "dana"


@SQLITE
async def test_nobody_is_asked_about_a_lead_that_said_stop(open_world: Opens) -> None:
    async with open_world(team=staff(CLAIM)) as world:
        lead_id = await come(world)
        await world.text(MAYA, "STOP")
        await world.live(hours=1)
        assert set((await standing(world, lead_id)).values()) == {"lapsed"}
        assert await whose(world, lead_id) == ""
        assert await heard(world, "dana") == []


@SQLITE
async def test_a_rule_that_left_the_team_file_ends_with_the_lead_of_the_team(open_world: Opens) -> None:
    async with open_world(team=staff(CLAIM)) as world:
        lead_id = await come(world)
    async with open_world(team=staff(), at=cast.TUESDAY_MORNING + timedelta(minutes=11)) as world:
        await world.settle()
        assert await whose(world, lead_id) == "dana"
        assert "the rule is no longer in the team file" in (await whys(world, lead_id))[-1]


async def test_of_two_who_take_it_at_two_nodes_at_one_instant_one_has_it(postgres_url: str, tmp_path: Path) -> None:
    team = staff(CLAIM)
    async with contextlib.AsyncExitStack() as stack:
        one, other = [
            await stack.enter_async_context(worlds.opened(postgres_url, tmp_path / name, team=team))
            for name in ("one", "other")
        ]
        ids = [await come(one, cast.guest(number)) for number in range(12)]
        theo, ines = one.tend.user_ids["theo"], one.tend.user_ids["ines"]
        for lead_id in ids:
            outcomes = await asyncio.gather(
                offering.take(one.tend, lead_id, user_id=theo), offering.take(other.tend, lead_id, user_id=ines)
            )
            (winner,) = [key for key, it in zip(("theo", "ines"), outcomes, strict=True) if isinstance(it, Taken)]
            (loser,) = [it for it in outcomes if isinstance(it, NotTaken)]
            assert await whose(one, lead_id) == winner
            assert {"theo": "Theo Lind", "ines": "Ines Vega"}[winner] in loser.reason
            assert sorted((await standing(one, lead_id)).values()) == ["claimed", "lapsed"]


async def test_the_table_itself_refuses_a_second_claim(open_world: Opens) -> None:
    async with open_world(team=staff(CLAIM)) as world:
        lead_id = await come(world)
        row = {"team_id": world.tend.team_id, "lead_id": lead_id, "state": "claimed", "offered_at": world.clock.now()}
        rows = [row | {"id": new_id(), "round": 7, "user_id": world.tend.user_ids[key]} for key in ("theo", "ines")]
        with pytest.raises(IntegrityError):
            await world.tend.writer.run(lambda conn: conn.execute(insert(offers), rows))


# ------------------------------------------------------------------------------------------ ponds


async def test_a_pond_waits_and_any_of_it_may_take_the_lead(open_world: Opens) -> None:
    async with open_world(team=staff(POND)) as world:
        lead_id = await come(world)
        assert await whys(world, lead_id) == ["In the pond: rule “Texas”; Theo or Ines may take it."]
        await world.live(hours=5)
        assert await world.rows(alerts, name="offer") == []
        assert await whose(world, lead_id) == ""

        await world.sign_in("theo")
        listed = (await world.client.get("/leads?view=pond")).text
        assert "Maya Okafor" in listed
        assert "Take Maya Okafor" in listed
        assert "pond" in listed
        assert (await world.press(lead_id, "take")).status_code == 303
        assert await whose(world, lead_id) == "theo"
        assert (await whys(world, lead_id))[-1] == "Theo took it from the pond."
        assert "Nothing to take" in (await world.client.get("/leads?view=pond")).text
        assert "Pond and offers" not in (await world.client.get("/leads")).text


async def test_a_hot_lead_of_a_pond_is_told_to_all_of_it_and_its_to_do_goes_with_it(open_world: Opens) -> None:
    async with open_world(team=staff(POND)) as world:
        lead_id = await world.arrive(MAYA, text_consent="yes")
        await world.text(MAYA, "Can we see it Saturday?")
        await world.settle()
        for key in ("theo", "ines"):
            assert {row.channel for row in await heard(world, key, "hot-lead")} == {"sms", "email"}
        assert await heard(world, "dana", "hot-lead") == []

        await world.sign_in("ines")
        await world.press(lead_id, "take")
        (todo,) = await world.rows(todos, lead_id=lead_id, kind="showing")
        assert todo.assignee_id == world.tend.user_ids["ines"]
        await world.live(minutes=16)
        assert len(await heard(world, "ines", "todo-due")) == 2
        assert await heard(world, "theo", "todo-due") == []


# ------------------------------------------------------------------------------------------ grades and haste


HURRY = {"urgency": "high", "timeline": ""}


async def come_at_best(world: World, lead: Lead, *, urgency: str) -> UUID:
    """Let somebody come in whose form is worth an A."""
    body = cast.form(
        lead,
        lead_details={"service_interest": "selling a duplex", "urgency": urgency, "budget_range": "$400k to $500k"},
        tracking={"time_on_page": 181, "return_visitor": True, "utm_medium": "cpc"},
        form_metadata={"form_type": "guide", "consent_given": True, "fields_completed": "all"},
    )
    body["contact"] |= {"company": "Okafor Homes"}
    assert (await world.post_form(body)).status_code == 201
    await world.settle()
    lead_id = await world.lead_id(lead)
    assert (await world.lead(lead_id)).grade == "A"
    return lead_id


@SQLITE
async def test_a_lead_in_a_hurry_is_texted_to_its_person_and_others_wait_for_the_page(open_world: Opens) -> None:
    async with open_world(team=staff(rule(people="theo"))) as world:
        await come(world, RUTH)
        assert await world.rows(alerts, name="your-lead") == []
        await come(world, MAYA, **HURRY)
        (alert,) = await world.rows(alerts, name="your-lead")
        assert (alert.channel, alert.state, alert.user_id) == ("sms", "sent", world.tend.user_ids["theo"])
        (text,) = [text for text in world.sms.sent if text.to == "+15125550111"]
        assert "Maya Okafor" in text.body
        assert "in a hurry" in text.body


@SQLITE
async def test_at_night_only_grade_a_is_heard_of_at_once(open_world: Opens) -> None:
    async with open_world(at=NIGHT, team=staff(rule(people="theo"))) as world:
        hurried = await come(world, RUTH, **HURRY)
        calm = await come_at_best(world, MAYA, urgency="low")
        best = await come_at_best(world, DIEGO, urgency="emergency")

        theirs = {(row.lead_id, row.channel): row.state for row in await world.rows(alerts, name="your-lead")}
        assert theirs == {
            (hurried, "sms"): "planned", (calm, "email"): "sent", (best, "email"): "sent", (best, "sms"): "sent",
        }  # fmt: skip
        email = next(email for email in world.email.sent if email.to == "theo@alder.example.com")
        assert "grade A, 90 of 100" in email.text
        await world.live(hours=10)
        assert {row.state for row in await world.rows(alerts, name="your-lead")} == {"sent"}


@SQLITE
async def test_grade_a_in_a_pond_or_on_offer_is_heard_of_at_once_by_all(open_world: Opens) -> None:
    for how, lead in ((How.POND, MAYA), (How.FIRST_TO_CLAIM, DIEGO)):
        async with open_world(at=NIGHT, team=staff(rule(how=how))) as world:
            lead_id = await come_at_best(world, lead, urgency="low")
            for key in ("theo", "ines"):
                told = await heard(world, key, lead_id=lead_id)
                assert {row.channel: row.state for row in told} == {"sms": "sent", "email": "sent"}


@SQLITE
async def test_rules_go_by_the_grade_and_the_points_of_the_form(open_world: Opens) -> None:
    best = rule("The best", "ines", grades=frozenset({"A"}))
    good = rule("The good", "theo", score_from=20)
    async with open_world(team=staff(best, good)) as world:
        assert await whose(world, await come_at_best(world, MAYA, urgency="low")) == "ines"
        assert await whose(world, await come(world, DIEGO)) == "theo"


@SQLITE
async def test_a_hot_lead_is_told_once_not_twice(open_world: Opens) -> None:
    async with open_world(team=staff(rule(people="theo"))) as world:
        await come(world, MAYA, message="Can we see 14 Alder Court this week? It is urgent, call me now.")
        assert len(await heard(world, "theo", "hot-lead")) == 2
        assert await heard(world, "theo", "your-lead") == []
