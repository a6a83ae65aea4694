"""What fair-housing law protects is in no slot, reason or quote of a reading, and moves nothing a score rests on."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import Any

import httpx2
import pytest

from integrations.language_model import Reading, ReadingRequest
from integrations.providers.consistency import consistent
from integrations.providers.local_reader import LocalReader
from integrations.providers.openai_reader import OpenAIReader, question_for
from integrations.providers.sensitive import clause_without, spared, tells
from tests.integrations.model_server import FORM

WISH = "Looking for a 3 bed house in Austin under 450k"

TOLD = {
    "family": (
        "We have three kids",
        "I'm pregnant and due in 2 months",
        "my husband and I just got married",
        "I'm a single mom",
        "we are a family of five",
        "our baby is coming in 6 weeks",
        "going through a divorce",
        "my partner is gay",
        "I have 2 toddlers",
        "my grandmother lives with us",
        "we foster children",
    ),
    "religion": (
        "we are Catholic",
        "we're a Muslim family",
        "we keep kosher",
        "it has to be near our church",
        "close to a mosque",
        "I am a pastor",
        "we are Orthodox Jews",
        "not during Ramadan",
        "my faith matters to me",
    ),
    "disability": (
        "my son uses a wheelchair",
        "I am disabled",
        "my daughter is autistic",
        "I have a service dog",
        "my mother has dementia",
        "he is deaf",
        "I'm in chemo right now",
        "she is blind",
        "I have PTSD",
        "needs to be wheelchair accessible",
    ),
    "origin": (
        "we are from Honduras",
        "we're immigrants",
        "I am Mexican",
        "my visa runs for two years",
        "we are Black",
        "I have a green card",
        "we moved here from India",
        "an Asian couple here",
        "I'm a refugee from Syria",
        "are there many Hispanics there",
    ),
    "income": (
        "I am on Section 8",
        "I have a housing voucher",
        "my SSI is $943 a month",
        "I get child support of $800 a month",
        "I am on disability",
        "we live on food stamps",
        "I'm retired and on a pension",
        "I am pre-approved for section 8",
        "my alimony is 2,000 a month",
        "I live on social security",
    ),
    "age": ("I am 71", "we are seniors", "a couple of elderly people"),
}
SENTENCES = [(kind, told) for kind, all_told in TOLD.items() for told in all_told]

HOMES = (
    "a single family home",
    "multi-family with 4 units",
    "the family room is small",
    "12 Church St",
    "Church Hill",
    "Temple Terrace",
    "Indian Wells",
    "Spanish Fort",
    "Polish Hill",
    "a 2-family in New Mexico",
    "mother-in-law suite",
    "a white house with a pool",
    "can I see it Saturday at 2pm",
    "3 beds, 2 baths, under 450k",
    "we are pre-approved",
    "income property under 400k",
    "HUD homes under 200k",
    "expecting to move in 2 months",
    "around 450k with tax breaks",
    "old house from 1920",
    "is 71 Elm Ct available",
    "please stop texting me",
)


async def read(text: str) -> Reading:
    return (await LocalReader().read(ReadingRequest(text))).reading


def rests_on(reading: Reading) -> dict[str, Any]:
    """All of a reading that facts, scores and routing take from it."""
    return {
        "intent": reading.intent,
        "urgency": reading.urgency,
        "sentiment": reading.sentiment,
        "timeline": reading.timeline,
        "slots": reading.slots,
    }


def shown(reading: Reading) -> str:
    """All of a reading that is written down beside a score or a to-do, but the message itself."""
    return " | ".join((reading.quote, reading.reason, *(str(slot or "") for slot in asdict(reading.slots).values())))


@pytest.mark.parametrize("kind, told", SENTENCES)
def test_a_protected_fact_is_known_for_one(kind: str, told: str) -> None:
    assert tells(told), kind


@pytest.mark.parametrize("text", HOMES)
def test_words_that_mean_a_home_a_price_or_a_place_are_left_alone(text: str) -> None:
    assert spared(text) == text
    assert not tells(text)


@pytest.mark.parametrize("kind, told", SENTENCES)
@pytest.mark.parametrize("order", ["{wish}. {told}.", "{told}. {wish}.", "{wish}, {told}"])
async def test_a_protected_fact_moves_nothing_the_local_reader_says(kind: str, told: str, order: str) -> None:
    plain, with_it = await read(f"{WISH}."), await read(order.format(wish=WISH, told=told))
    assert rests_on(with_it) == rests_on(plain), kind
    assert not tells(shown(with_it))


@pytest.mark.parametrize("kind, told", SENTENCES)
async def test_a_protected_fact_alone_is_no_slot_reason_or_quote(kind: str, told: str) -> None:
    reading = await read(told)
    assert not tells(shown(reading)), kind
    assert (reading.slots.price_min, reading.slots.price_max) == (None, None)
    assert reading.slots.pre_approved is not True


@pytest.mark.parametrize("kind, told", SENTENCES)
async def test_a_model_that_tells_of_it_is_not_repeated(kind: str, told: str) -> None:
    slots = FORM["slots"] | {"area": told.lower(), "move_date": told.lower(), "visit_time": told.lower()}
    form = FORM | {"reason": f"wants a home and says: {told}", "quote": told, "slots": slots}
    reading = await by_model(form, f"{WISH}. {told}.")
    assert not tells(shown(reading)), kind
    assert told not in shown(reading)


async def test_a_model_may_take_no_price_or_approval_from_an_income() -> None:
    slots = FORM["slots"] | {"price_max": 943, "pre_approved": True}
    reading = await by_model(FORM | {"slots": slots}, "My SSI is $943 a month. I'm pre-approved for section 8.")
    assert (reading.slots.price_max, reading.slots.pre_approved) == (None, None)


@pytest.mark.parametrize("kind, told", SENTENCES)
def test_what_a_form_or_a_crm_tells_of_it_is_not_handed_to_a_model(kind: str, told: str) -> None:
    sent = json.loads(question_for(ReadingRequest("Hi", facts={"source": "Zillow", "note": told, "tags": told})))
    assert sent["facts"] == {"source": "Zillow"}, kind


async def test_the_names_of_towns_and_streets_stay() -> None:
    reading = await read("Looking for a house in Temple, TX")
    assert reading.slots.area.startswith("Temple")
    assert (await read("Can I see 12 Church St on Saturday?")).slots.property == "12 Church St"


def test_of_a_quote_what_tells_nothing_stays() -> None:
    assert clause_without("My husband and I want to see it Saturday") == "I want to see it Saturday"
    assert clause_without("We are Catholic") == ""
    assert clause_without("Can we see it?") == "Can we see it?"


async def test_a_reading_that_tells_nothing_is_left_as_it_is() -> None:
    plain = await read(f"{WISH}.")
    again = consistent(plain, ReadingRequest(f"{WISH}."))
    assert replace(again, confidences=plain.confidences) == plain


async def by_model(form: dict[str, Any], text: str) -> Reading:
    answer = {
        "choices": [{"finish_reason": "stop", "message": {"content": json.dumps(form)}}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1},
    }
    transport = httpx2.MockTransport(lambda _: httpx2.Response(200, json=answer))
    reader = OpenAIReader(
        api_key="",
        base_url="http://127.0.0.1:1/v1",
        model="small",
        instructions="Read.",
        version="",
        timeout_seconds=2,
        api="chat",
        http_client=httpx2.AsyncClient(transport=transport),
    )
    try:
        return (await reader.read(ReadingRequest(text))).reading
    finally:
        await reader.aclose()
