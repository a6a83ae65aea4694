"""How soon people mean to act; whose words are about no move of theirs; what takes up an hour we offered."""

from __future__ import annotations

import pytest

from integrations.language_model import Intent, Reading, ReadingRequest, Urgency
from integrations.providers.local_reader import LocalReader

SOON = {
    Urgency.HIGH: (
        "We'd like to put in an offer tonight",
        "send me the contract and I'll sign",
        "Where do I sign?",
        "we have to be out by the 28th",
        "I'm outside the house, can someone let me in?",
        "we got a 30 day notice",
        "list it, I want it sold before the auction",
        "can we see it tomorrow after 5?",
        "we need a place in 10 days",
        "what are the next steps?",
        "keep getting outbid. anything new today?",
        "I know i said just looking but can we walk through it at 6 wed?",
        "we're flying in Thursday to look at houses",
        "how do I apply for the 2 bedroom",
    ),
    Urgency.MEDIUM: (
        "we want to sell in about two months",
        "our lease ends in August",
        "hoping to buy before school starts",
        "we'd like to be in by Halloween",
    ),
    Urgency.LOW: (
        "maybe next spring",
        "no rush at all",
        "saving up, two more years",
        "just browsing for now",
        "when rates come down under five",
        "call me around October of next year",
    ),
    Urgency.UNKNOWN: (
        "what do the hoa fees go to",
        "thanks, will look tonight",
        "what's today's 30 year rate",
        "too many emails, can you make it once a week?",
        "we already bought, closing was yesterday",
        "have to cancel tomorrow, we're not buying anything now",
        "the heater is broken, send maintenance asap",
    ),
}


async def read(text: str, asked: str = "", **facts: str) -> Reading:
    return (await LocalReader().read(ReadingRequest(text, previous_outbound=asked, facts=facts))).reading


@pytest.mark.parametrize("text, urgency", [(text, urgency) for urgency, texts in SOON.items() for text in texts])
async def test_how_soon_somebody_means_to_act(text: str, urgency: Urgency) -> None:
    assert (await read(text)).urgency is urgency


@pytest.mark.parametrize(
    "text",
    [
        "We offer exclusive seller leads in your zip, call us today!",
        "The heater is broken again, can you send maintenance today?",
        "I want my application fee back",
        "I'm an agent with Compass, can I show 4 Fern tomorrow at 2?",
        "I just passed my exam and I'm looking for a brokerage. Can we talk Tuesday?",
        "I lost my keys at the open house, call me if it turns up",
        "need a cabin for a bachelorette party, sleeps 12",
    ],
)
async def test_what_is_about_no_move_of_theirs_is_off_topic_however_loud(text: str) -> None:
    found = await read(text)

    assert (found.intent, found.urgency) == (Intent.OUT_OF_SCOPE, Urgency.UNKNOWN)


async def test_a_complaint_about_repairs_stays_a_complaint() -> None:
    assert (await read("Terrible service, the heater is broken again and nobody fixed it today")).intent is not (
        Intent.OUT_OF_SCOPE
    )


@pytest.mark.parametrize(
    "text", ["2 is good", "1. side door please", "perfect, see you then", "can we do 4 instead?", "530"]
)
async def test_an_hour_we_offered_is_taken_up(text: str) -> None:
    found = await read(text, "Our agent can stop by tomorrow at 1 or at 2, what works?")

    assert found.intent in {Intent.AFFIRM, Intent.SCHEDULE_SHOWING}
    assert found.urgency is Urgency.HIGH


@pytest.mark.parametrize("text", ["can't, sorry", "no thanks", "2 bedrooms"])
async def test_not_everything_after_an_offered_hour_takes_it_up(text: str) -> None:
    assert (await read(text, "Our agent can stop by tomorrow at 1 or at 2, what works?")).intent is not Intent.AFFIRM


@pytest.mark.parametrize(
    "text", ["we found it! how fast can you write an offer?", "please have an agent call me today"]
)
async def test_who_sounds_done_and_in_a_hurry_is_not_believed_to_be_done(text: str) -> None:
    found = await read(text)

    assert found.intent not in {Intent.HAS_AGENT, Intent.NOT_INTERESTED}
    assert found.urgency is Urgency.HIGH


async def test_what_a_form_said_of_haste_counts_for_its_own_words_and_for_a_question_and_not_for_a_thank_you() -> None:
    assert (await read("hello", timeline="ASAP")).urgency is Urgency.HIGH
    assert (await read("does it have a garage?", "Here are the photos.", timeline="ASAP")).urgency is Urgency.HIGH
    assert (await read("thanks!", "Here are the photos.", timeline="ASAP")).urgency is Urgency.UNKNOWN
