"""Scores from the form's POST to the ledger on the page: what moves them, what fades, what never counts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from functools import partial
from importlib.resources import files
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update

from agent.flows import judging, receipts
from agent.rules.scoring_profiles import parse
from agent.store.ids import parsed, shown
from agent.store.tables import lead_events, leads, submissions
from agent.web import sessions
from channels.receipts import Receipt, ReceiptKind
from tests import cast
from tests.cast import DIEGO, JUNE, MAYA, RUTH, Lead
from tests.stories.world import World

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
SCORE = "/v1/api/leads/score"
HOT = "/v1/api/leads?view=hot"


def full_form(lead: Lead = MAYA) -> dict[str, Any]:
    """A form that says all a campaign score may rest on."""
    body = cast.form(
        lead,
        lead_details={
            "service_interest": "selling a duplex",
            "urgency": "Emergency",
            "budget_range": "$400k to $500k",
            "message": "",
        },
        tracking={"time_on_page": 181, "return_visitor": True, "utm_medium": "cpc", "utm_source": "google"},
        form_metadata={"form_type": "guide", "consent_given": True, "fields_completed": "all"},
    )
    body["contact"] |= {"company": "Okafor Homes"}
    return body


async def bearer(world: World) -> dict[str, str]:
    return {"Authorization": f"Bearer {await sessions.make_api_token(world.tend, user_id=None)}"}


async def scores(world: World, lead_id: UUID) -> dict[str, Any]:
    """Both scores as a program gets them."""
    answer = await world.client.post(SCORE, json={"lead_id": shown("lead", lead_id)}, headers=await bearer(world))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def lines(score: Mapping[str, Any]) -> dict[str, Any]:
    return {line["text"]: line for line in score["ledger"]}


def looked(world: World, kind: ReceiptKind, our_id: str, *, after: timedelta) -> Receipt:
    return Receipt(
        vendor="ses",
        external_id=f"{kind}-{our_id}-{after}",
        kind=kind,
        channel="email",
        our_id=our_id,
        provider_id="",
        at=world.tend.now() + after,
    )


async def look_at(world: World, lead_id: UUID, listing: str) -> None:
    """Let a lead look at a listing now."""
    at = world.tend.now()
    view = partial(judging.viewed, tend=world.tend, lead_id=lead_id, listing=listing, at=at)
    await world.tend.writer.run(view)


# ---- a form's hundred points


async def test_a_form_keeps_its_points_grade_profile_and_ledger(world: World) -> None:
    posted = await world.post_form(full_form())
    await world.settle()
    found = (await scores(world, parsed("lead", posted.json()["lead_id"]) or UUID(int=0)))["campaign"]

    assert (found["points"], found["grade"]) == (100, "A")
    assert found["version"] == world.tend.profiles.campaign_on(world.tend.today()).version
    assert sum(line["points"] for line in found["ledger"]) == found["points"]
    assert sum(line["of"] for line in found["ledger"]) == 100
    assert lines(found)["asked for a specific service"]["because"] == "selling a duplex"
    assert lines(found)["came by paid search"]["because"] == "cpc"
    lead = await world.lead(await world.lead_id(MAYA))
    assert (lead.campaign_score, lead.grade) == (found["points"], found["grade"])


async def test_what_a_form_does_not_say_gives_nothing_and_is_named(world: World) -> None:
    await world.post_form({**cast.form(RUTH, lead_details=None, tracking=None, form_metadata=None)})
    await world.settle()
    found = (await scores(world, await world.lead_id(RUTH)))["campaign"]
    assert "channel unknown" in lines(found)
    assert "time on the page unknown" in lines(found)
    assert found["grade"] == "D"


@SQLITE
async def test_the_fields_of_a_score_are_kept_with_the_form(world: World) -> None:
    await world.post_form(full_form())
    (row,) = await world.rows(submissions)
    kept = json.loads(world.opened(submissions, "payload", row))
    assert kept["tracking"]["time_on_page"] == 181
    assert kept["form_metadata"]["fields_completed"] == "all"


@SQLITE
async def test_who_comes_from_the_crm_has_no_campaign_score(world: World) -> None:
    found = await scores(world, await world.arrive(DIEGO))
    assert found["campaign"] is None
    assert found["engagement"]["points"] > 0


# ---- engagement, moved by every event


async def test_every_event_moves_the_score_and_says_so_with_the_words_behind_it(world: World) -> None:
    lead_id = await world.arrive(MAYA)
    before = (await scores(world, lead_id))["engagement"]
    await world.live(minutes=5)

    await world.text(MAYA, "Can I see 14 Alder Ct on Saturday? We are pre-approved for $450k.")
    await world.settle()
    after = (await scores(world, lead_id))["engagement"]

    assert after["points"] > before["points"]
    assert after["temperature"] == "hot"
    asked = lines(after)["asked to see a home"]
    assert "Can I see" in asked["because"]
    assert asked["since"].startswith(world.tend.now().date().isoformat())
    assert lines(after)["wrote to us once"]["points"] == 5


async def test_a_persons_open_counts_a_little_a_click_more_and_a_machines_nothing(world: World) -> None:
    lead_id = await world.arrive(MAYA)
    await world.live(minutes=5)
    before = (await world.lead(lead_id)).score
    email = world.emails_to(MAYA)[0].our_id
    await receipts.keep(world.tend, [looked(world, ReceiptKind.OPENED, email, after=timedelta(minutes=-5))])
    await world.settle()
    machine = (await scores(world, lead_id))["engagement"]
    assert machine["points"] == before
    assert "1 open or click by a machine, not counted" in lines(machine)

    await world.live(hours=2)
    await receipts.keep(world.tend, [looked(world, ReceiptKind.OPENED, email, after=timedelta(0))])
    await world.settle()
    opened = (await world.lead(lead_id)).score
    await receipts.keep(world.tend, [looked(world, ReceiptKind.CLICKED, email, after=timedelta(seconds=1))])
    await world.live(seconds=1)
    clicked = (await scores(world, lead_id))["engagement"]
    assert before < opened < clicked["points"]
    assert {"opened 1 message", "clicked in 1 message"} <= lines(clicked).keys()


async def test_a_listing_they_looked_at_counts_and_stands_on_the_timeline(world: World) -> None:
    lead_id = await world.arrive(DIEGO)
    before = (await world.lead(lead_id)).score
    await look_at(world, lead_id, "14 Alder Ct")
    await world.settle()
    assert (await world.lead(lead_id)).score == before + 3
    (row,) = await world.rows(lead_events, lead_id=lead_id, kind="listing_viewed")
    assert "14 Alder Ct" in world.opened(lead_events, "payload", row)


async def test_silence_fades_the_score_by_itself_and_words_bring_it_back(world: World) -> None:
    lead_id = await world.arrive(MAYA, background="I want to buy a home, we are in a hurry")
    await world.live(minutes=1)
    fresh = await world.lead(lead_id)
    await world.live(days=24)
    quiet = await world.lead(lead_id)
    assert quiet.score < fresh.score
    assert "quiet for 3 weeks" in str((await world.plain(lead_id))["score_reasons"])
    assert quiet.rescore_at is not None
    assert quiet.rescore_at > world.tend.now()

    await world.text(MAYA, "Sorry, still looking for a home to buy")
    await world.settle()
    assert (await world.lead(lead_id)).score > quiet.score


@SQLITE
async def test_a_stop_leaves_a_cold_lead_that_no_click_warms(world: World) -> None:
    lead_id = await world.arrive(MAYA)
    await world.live(minutes=5)
    await world.text(MAYA, "STOP")
    await world.settle()
    email = world.emails_to(MAYA)[0].our_id
    await receipts.keep(world.tend, [looked(world, ReceiptKind.CLICKED, email, after=timedelta(hours=1))])
    await world.settle()
    lead = await world.lead(lead_id)
    assert (lead.score, lead.temperature) == (0, "cold")


@SQLITE
async def test_other_numbers_weigh_everyone_anew_after_a_start(world: World) -> None:
    lead_id = await world.arrive(MAYA)
    await world.settle()
    before = await world.lead(lead_id)
    assert await judging.look_at_profile(world.tend) == 0

    text = files("agent.rules").joinpath("data", "scoring.toml").read_text("utf-8")
    tuned = parse(text.replace("came = 10", "came = 13"), file="scoring.toml")
    other = replace(world.tend, profiles=tuned)
    assert await judging.look_at_profile(other) == 1
    assert await judging.rescore_due(other) == 1
    after = await world.lead(lead_id)
    assert after.score == before.score + 3
    assert after.score_version == tuned.engagement_on(world.tend.today()).version != before.score_version


@SQLITE
async def test_a_lead_that_cannot_be_scored_keeps_its_score_and_holds_up_nobody(world: World) -> None:
    broken, whole = await world.arrive(MAYA), await world.arrive(RUTH)
    await world.settle()
    sealed = world.tend.sealer.seal(
        "leads", "facts", broken, '{"behind": {"urgency": ["no instant", ""]}, "urgency": 1}'
    )

    async def unit(conn: Any) -> None:
        for lead_id, values in ((broken, {"facts": sealed, "rescore_at": world.tend.now()}), (whole, {"score": 1})):
            ours = update(leads).where(leads.c.team_id == world.tend.team_id, leads.c.id == lead_id)
            await conn.execute(ours.values(**{"rescore_at": world.tend.now()} | values))

    await world.tend.writer.run(unit)
    await judging.rescore_due(world.tend)
    assert (await world.lead(broken)).rescore_at is None
    assert (await world.lead(whole)).score > 1


# ---- fair housing


SENSITIVE = (
    "We are a Catholic family with three small kids",
    "My husband uses a wheelchair",
    "We moved here from Honduras",
    "I am on Section 8",
    "We are Black",
    "I am a single mother",
    "I am 71 and retired",
)


@SQLITE
@pytest.mark.parametrize("sentence", SENSITIVE)
async def test_a_sensitive_sentence_changes_no_score(world: World, sentence: str) -> None:
    words = "I want to buy a home this summer."
    for lead, message in ((MAYA, words), (RUTH, f"{words} {sentence}.")):
        body = full_form(lead)
        body["lead_details"]["message"] = message
        await world.post_form(body)
    await world.settle()
    plain, told = [await scores(world, await world.lead_id(lead)) for lead in (MAYA, RUTH)]
    assert told["campaign"]["points"] == plain["campaign"]["points"]
    assert told["engagement"]["points"] == plain["engagement"]["points"]
    assert lines(told["engagement"]).keys() == lines(plain["engagement"]).keys()


# ---- the API


@SQLITE
async def test_scores_need_a_session_or_a_token(world: World) -> None:
    assert (await world.client.post(SCORE, json=full_form())).status_code in {401, 403}
    refused = await world.client.post(SCORE, json=full_form(), headers={"Authorization": "Bearer tend_wrong"})
    assert refused.status_code == 401
    assert (await world.client.get(HOT)).status_code == 401
    await world.sign_in()
    assert (await world.client.get(HOT)).status_code == 200


@SQLITE
async def test_a_form_is_scored_without_being_kept(world: World) -> None:
    answer = await world.client.post(SCORE, json=full_form(), headers=await bearer(world))
    said = answer.json()
    assert said["engagement"] is None
    assert said["campaign"]["grade"] == "A"
    assert await world.rows(submissions) == []


@SQLITE
async def test_a_batch_is_answered_in_order_and_one_unknown_lead_spoils_nothing(world: World) -> None:
    lead_id = shown("lead", await world.arrive(MAYA))
    batch = [full_form(), {"lead_id": lead_id}, {"lead_id": "lead_unknown"}, {}]
    answer = await world.client.post(SCORE, json={"leads": batch}, headers=await bearer(world))
    first, second, third, fourth = answer.json()["scores"]
    assert answer.status_code == 200
    assert first["campaign"]["grade"] == "A"
    assert second["lead_id"] == lead_id
    assert (third["success"], third["error"]) == (False, "NOT_FOUND")
    assert (fourth["campaign"]["points"], fourth["campaign"]["grade"]) == (0, "D")


@SQLITE
@pytest.mark.parametrize(
    "body, status, field",
    [
        (b"", 400, None),
        (b"[]", 400, None),
        (b'{"leads": []}', 400, "leads"),
        (b'{"leads": {}}', 400, "leads"),
        (b'{"leads": [{}, 7]}', 400, "leads[1]"),
        (json.dumps({"leads": [{}] * 1001}).encode(), 400, "leads"),
        (b'{"lead_id": "lead_unknown"}', 404, "lead_id"),
        (b'{"lead_id": 7}', 404, "lead_id"),
    ],
)
async def test_a_wrong_question_is_refused_in_the_one_shape(
    world: World, body: bytes, status: int, field: str | None
) -> None:
    answer = await world.client.post(SCORE, content=body, headers=await bearer(world))
    said = answer.json()
    assert (answer.status_code, said["success"], said.get("field")) == (status, False, field)


# ---- the hot list


async def test_the_hot_list_is_the_queues_order_with_one_next_best_action_and_its_reason(world: World) -> None:
    for lead in (MAYA, DIEGO, RUTH):
        await world.arrive(lead)
    await world.live(minutes=5)
    await world.text(RUTH, "How many bedrooms does it have?")
    await world.live(minutes=5)
    await world.text(MAYA, "Please call me, I want to see 14 Alder Ct today")
    await world.live(minutes=5)

    said = (await world.client.get(HOT, headers=await bearer(world))).json()
    assert [each["rank"] for each in said["leads"]] == list(range(1, len(said["leads"]) + 1))
    first = said["leads"][0]
    assert first["name"].startswith("Maya")
    assert first["next_best_action"]["act"] == "call"
    assert first["next_best_action"]["text"].startswith("Call Maya")
    assert first["next_best_action"]["reason"]
    assert "14 Alder Ct" in first["quote"]
    assert not any(each["name"].startswith("Diego") for each in said["leads"])

    one = (await world.client.get(f"{HOT}&limit=1", headers=await bearer(world))).json()
    assert [each["lead_id"] for each in one["leads"]] == [first["lead_id"]]


async def test_a_lead_that_grew_hot_by_score_alone_is_called_after_who_waits(world: World) -> None:
    body = full_form(JUNE)
    body["lead_details"] |= {"timeline": "asap", "urgency": "high", "message": ""}
    await world.post_form(body)
    await world.settle()
    lead_id = await world.lead_id(JUNE)
    for listing in range(6):
        await look_at(world, lead_id, f"{listing} Elm St")
    await world.settle()
    assert (await world.lead(lead_id)).temperature == "hot"

    last = (await world.client.get(HOT, headers=await bearer(world))).json()["leads"][-1]
    assert (last["lead_id"], last["due_at"]) == (shown("lead", lead_id), None)
    assert last["next_best_action"]["text"] == "Call June."
    assert last["next_best_action"]["reason"].startswith(f"score {last['score']}: ")


@SQLITE
@pytest.mark.parametrize("query", ["", "?view=cold", "?view=hot&limit=0", "?view=hot&limit=x", "?view=hot&limit=501"])
async def test_any_other_list_is_refused(world: World, query: str) -> None:
    answer = await world.client.get(f"/v1/api/leads{query}", headers=await bearer(world))
    assert (answer.status_code, answer.json()["error"]) == (400, "VALIDATION_ERROR")


# ---- the page


@SQLITE
async def test_the_page_shows_both_ledgers_with_what_is_behind_them(world: World) -> None:
    await world.post_form(deepcopy(full_form()))
    await world.settle()
    await world.sign_in()
    page = (await world.client.get(world.path(await world.lead_id(MAYA)))).text
    assert "Their form: grade A" in page
    assert "selling a duplex" in page
    assert "Came to us" in page
