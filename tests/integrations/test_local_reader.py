"""What the local reader makes of sentences written for this table: intent, tone, haste and facts, without a network."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.language_model import Intent, Reader, Reading, ReadingRequest, Sentiment, Slots, Urgency
from integrations.providers.local_reader import LocalReader

READER: Reader = LocalReader(whole_sentences=False)
"""The part that is always there; what the second opinion adds is for `test_local_sentences`."""

SAID = {
    Intent.OPT_OUT: [
        "STOP",
        "Stop please",
        "unsubscribe",
        "Please stop texting me",
        "quit emailing us already",
        "take me off your list",
        "Remove my number from your system.",
        "dont text me anymore",
        "Leave me alone!!",
        "lose my number",
        "no more messages, thanks",
        "I want to opt out of this",
        "No me escriba más",
        "Thanks but please don't contact me again",
    ],
    Intent.WRONG_PERSON: [
        "wrong number",
        "I think you have the wrong person, sorry",
        "There's nobody named Priya here",
        "This isn't Priya's phone",
        "I never signed up for this",
        "She no longer uses this number",
    ],
    Intent.COMPLAINT: [
        "This is harassment and I will be filing a complaint",
        "Terrible service, nobody ever called me back",
        "You people are unprofessional",
        "What a waste of time",
    ],
    Intent.HAS_AGENT: [
        "We already have an agent, thank you",
        "I'm working with a realtor from church",
        "We've signed with another broker",
        "My sister is a realtor so we're set",
        "our agent will show us around on Sunday",
    ],
    Intent.WANTS_CALL: [
        "Call me when you can",
        "can someone call me this afternoon?",
        "give me a ring at lunch",
        "I'd rather talk to a real person",
        "Could we set up a call for Thursday?",
        "best to reach me at 512-555-0142",
        "can I speak with Pat please",
    ],
    Intent.ARE_YOU_A_BOT: [
        "Are you a robot?",
        "is this a real person",
        "am I texting with a machine or what",
        "r u human?",
        "are you real?",
        "Is this automated?",
        "are you an actual human being?",
    ],
    Intent.NOT_NOW: [
        "Not right now, maybe in the spring",
        "we're not ready yet",
        "check back with me in six months",
        "Holding off until rates come down",
        "just browsing for now... just looking",
        "Now is not a good time",
        "I'm swamped, try me next month",
        "probably next year",
    ],
    Intent.NOT_INTERESTED: [
        "Not interested",
        "we are no longer looking, thanks anyway",
        "We already bought a place in June",
        "I've changed my mind about moving",
        "I don't want to sell",
        "We found a house last week!",
        "I'll pass",
        "decided to stay where we are",
    ],
    Intent.VALUATION: [
        "What is my house worth these days?",
        "how much could we get for our condo",
        "Can you send me a home valuation?",
        "do you do a free CMA",
        "how much would my place sell for?",
    ],
    Intent.BUY_AND_SELL: [
        "We need to sell our townhouse and buy something bigger",
        "looking to downsize, so we'd be selling our current home too: buying smaller and selling ours",
        "want to buy in Plano but have to sell my house first",
    ],
    Intent.SCHEDULE_SHOWING: [
        "Can we see it Saturday?",
        "I'd love to tour the house on Elm",
        "When can I view the apartment?",
        "are there any showings tomorrow",
        "could you show me the condo at noon",
        "I'd like to schedule a viewing for Friday at 3pm",
        "is there an open house this weekend?",
        "We want to walk through that one",
        "can i come by and see the place today",
    ],
    Intent.INVEST: [
        "I'm after rental property with good cash flow",
        "Looking to invest in a fourplex",
        "any turnkey deals? need a decent cap rate",
    ],
    Intent.SELL: [
        "I'm thinking of selling my home",
        "We want to list our house in May",
        "need to sell fast, divorce",
        "Looking to put my mom's place on the market",
        "considering selling",
    ],
    Intent.BUY: [
        "We want to buy our first home",
        "Looking for a 3 bedroom house in Round Rock",
        "I'm ready to make an offer",
        "relocating to Austin for work",
        "searching for a condo near downtown under 400k",
        "hoping to purchase before school starts",
    ],
    Intent.RENT: [
        "looking to rent a two bedroom",
        "I need an apartment by August",
        "do you handle rentals",
        "Our household wants a 12 month lease",
        "any studios? I only want a studio under $1,200 a month",
    ],
    Intent.QUESTION: [
        "How much are the HOA fees?",
        "Is it still available?",
        "does the house have a garage",
        "what school district is that in?",
        "Are pets allowed?",
        "wondering what the property taxes run",
        "What's the square footage?",
    ],
    Intent.PROVIDE_INFO: [
        "3 beds, 2 baths",
        "around $450-500k",
        "12 Elm Ct",
        "May 15th",
        "budget 600k, Cedar Park",
    ],
    Intent.AFFIRM: ["Yes", "yep!", "sounds good", "Sure, go ahead", "ok", "that works for me", "absolutely", "👍"],
    Intent.DENY: ["not really", "I don't think so", "that doesn't work for me", "nothing else, thank you"],
    Intent.THANKS: [
        "Thank you!",
        "thx",
        "ok great thanks",
        "Have a good one",
        "that's all for now, bye",
        "Appreciate it",
    ],
    Intent.GREET: ["Hi", "hello there", "Good morning!", "hey, how are you", "Hola"],
    Intent.OUT_OF_SCOPE: [
        "What's the weather like in Denver",
        "tell me a joke",
        "set an alarm for six",
        "I forgot my password",
        "who won the game last night?",
    ],
    Intent.UNCLEAR: ["", "   ", "asdf qwer", "hmm", "Gary"],
}

HARMLESS = [
    "Can we stop by the open house?",
    "please stop calling me Davey, my name is David",
    "Stop sending me listings over 600k, everything under is great",
    "Can you stop calling and email me instead?",
    "don't call me before noon please",
    "we got off at the bus stop near the house",
    "I'd like to cancel Tuesday's showing",
    "can the seller remove the old shed?",
    "don't stop looking, we love these",
    "The end unit is the one we liked",
]


async def read(text: str, *, after: str = "", **facts: str) -> Reading:
    return (await READER.read(ReadingRequest(text, previous_outbound=after, facts=facts))).reading


@pytest.mark.parametrize("text, intent", [(text, intent) for intent, texts in SAID.items() for text in texts])
async def test_a_sentence_means_what_its_writer_meant(text: str, intent: Intent) -> None:
    assert (await read(text)).intent is intent


def test_every_intent_has_sentences_of_its_own() -> None:
    assert set(SAID) == set(Intent)
    assert sum(map(len, SAID.values())) >= 120


@pytest.mark.parametrize("text", HARMLESS)
async def test_words_that_look_like_an_opt_out_are_not_one(text: str) -> None:
    assert (await read(text)).intent is not Intent.OPT_OUT


@pytest.mark.parametrize(
    "question, answer, intent",
    [
        ("Would you like to see 12 Elm Ct this week?", "yes please", Intent.SCHEDULE_SHOWING),
        ("Shall I have Pat call you?", "sure", Intent.WANTS_CALL),
        ("Are you working with an agent already?", "Yes", Intent.HAS_AGENT),
        ("Would you like to know what your home is worth?", "ok", Intent.VALUATION),
        ("Are you still looking for a home?", "no", Intent.NOT_INTERESTED),
        ("Are you still looking for a home?", "yes", Intent.AFFIRM),
        ("Do you need a yard?", "nope", Intent.DENY),
        ("Do you need a yard?", "No", Intent.DENY),
        ("Should I look in Leander too?", "no thank you", Intent.DENY),
        ("", "No", Intent.NOT_INTERESTED),
        ("", "nope", Intent.NOT_INTERESTED),
        ("", "no thank you", Intent.NOT_INTERESTED),
        ("Let me know if you would like a tour.", "ok", Intent.AFFIRM),
        ("Would you like to see it?", "STOP", Intent.OPT_OUT),
        ("Would you like to see it?", "what are the taxes?", Intent.QUESTION),
    ],
)
async def test_a_yes_or_no_is_read_through_the_question_before_it(question: str, answer: str, intent: Intent) -> None:
    assert (await read(answer, after=question)).intent is intent


@pytest.mark.parametrize(
    "text, tone",
    [
        ("This is awesome, thank you so much!", Sentiment.POSITIVE),
        ("we love the kitchen", Sentiment.POSITIVE),
        ("ok", Sentiment.NEUTRAL),
        ("3 beds near Mueller", Sentiment.NEUTRAL),
        ("", Sentiment.NEUTRAL),
        ("I'm really frustrated, this is ridiculous", Sentiment.NEGATIVE),
        ("not happy with how this went", Sentiment.NEGATIVE),
        ("not bad", Sentiment.NEUTRAL),
        ("👎", Sentiment.NEGATIVE),
    ],
)
async def test_tone_follows_the_words(text: str, tone: Sentiment) -> None:
    assert (await read(text)).sentiment is tone


@pytest.mark.parametrize(
    "text, haste",
    [
        ("need something ASAP", Urgency.HIGH),
        ("can we see it today", Urgency.HIGH),
        ("we must sell within two weeks", Urgency.HIGH),
        ("Can we tour it Saturday at 2pm?", Urgency.HIGH),
        ("our lease ends in three months", Urgency.MEDIUM),
        ("hoping to move this summer", Urgency.MEDIUM),
        ("no rush at all, maybe next year", Urgency.LOW),
        ("just looking", Urgency.LOW),
        ("not right now", Urgency.UNKNOWN),
        ("do you take dogs?", Urgency.UNKNOWN),
    ],
)
async def test_haste_follows_the_words(text: str, haste: Urgency) -> None:
    assert (await read(text)).urgency is haste


@pytest.mark.parametrize(
    "text, slots",
    [
        ("$450-500k", Slots(price_min=450_000, price_max=500_000)),
        ("between $400,000 and $450,000", Slots(price_min=400_000, price_max=450_000)),
        ("under 400k", Slots(price_max=400_000)),
        ("up to 1.2m", Slots(price_max=1_200_000)),
        ("at least $300k", Slots(price_min=300_000)),
        ("around 550k", Slots(price_min=550_000, price_max=550_000)),
        ("my max is 625000", Slots(price_max=625_000)),
        ("rent under $1,800 a month", Slots(price_max=1_800)),
        ("1.1 to 1.3 million", Slots(price_min=1_100_000, price_max=1_300_000)),
        ("under 2,000 sq ft", Slots()),
        ("within 5 miles", Slots()),
        ("call 512-555-0142", Slots()),
        ("3 bed 2 bath", Slots(beds="3", baths="2")),
        ("a three bedroom with 2.5 baths", Slots(beds="3", baths="2.5")),
        ("2-3 bedrooms", Slots(beds="2-3")),
        ("a studio", Slots(beds="studio")),
        ("that one sounds good", Slots()),
        ("something in Round Rock", Slots(area="Round Rock")),
        ("near Lake Travis, TX under 600k", Slots(area="Lake Travis, TX", price_max=600_000)),
        ("a house in round rock", Slots(area="round rock")),
        ("in 78704 please", Slots(area="78704")),
        ("in the morning", Slots(visit_time="in the morning")),
        ("in a few months", Slots(move_date="in a few months")),
        ("Is 12 Elm Ct available?", Slots(property="12 Elm Ct")),
        ("I mean 12 Elm Ct.", Slots(property="12 Elm Ct")),
        ("see it Saturday at 2pm", Slots(visit_time="Saturday at 2pm")),
        ("can I tour it tomorrow morning", Slots(visit_time="tomorrow morning")),
        ("view it this weekend?", Slots(visit_time="this weekend")),
        ("we move by the end of May", Slots(move_date="the end of May")),
        ("our lease ends in June", Slots(move_date="June")),
        ("relocating in 3 months", Slots(move_date="in 3 months")),
        ("we're pre-approved", Slots(pre_approved=True)),
        ("paying cash", Slots(pre_approved=True)),
        ("haven't been preapproved yet", Slots(pre_approved=False)),
        ("how do I get pre-approved?", Slots()),
        ("we have an agent", Slots(has_agent=True)),
        ("I don't have a realtor", Slots(has_agent=False)),
    ],
)
async def test_facts_are_found_as_written(text: str, slots: Slots) -> None:
    assert (await read(text)).slots == slots


async def test_one_message_may_name_many_facts() -> None:
    reading = await read(
        "Hi! We're pre-approved and looking for a 4 bed, 3 bath house in Cedar Park for 600-650k by August."
    )
    assert reading.intent is Intent.BUY
    assert reading.slots == Slots(
        area="Cedar Park",
        beds="4",
        baths="3",
        price_min=600_000,
        price_max=650_000,
        move_date="August",
        pre_approved=True,
    )


async def test_the_quote_is_the_sentence_it_rests_on() -> None:
    reading = await read("Got your note. Our lease is fine. Can we see it Saturday? The kids are excited.")
    assert reading.quote == "Can we see it Saturday?"


async def test_a_form_speaks_where_the_words_say_nothing() -> None:
    reading = await read("Hello", service_interest="selling my home", budget_range="$400k-450k", timeline="3 months")
    assert reading.intent is Intent.SELL
    assert (reading.slots.price_min, reading.slots.price_max, reading.slots.move_date) == (400_000, 450_000, "3 months")
    assert reading.urgency is Urgency.MEDIUM


async def test_the_words_win_over_the_form() -> None:
    reading = await read("we want to buy under 300k", service_interest="selling", budget_range="$400k-450k")
    assert (reading.intent, reading.slots.price_max, reading.slots.price_min) == (Intent.BUY, 300_000, None)


async def test_a_reading_names_its_reader_and_costs_nothing() -> None:
    answer = await READER.read(ReadingRequest("Yes"))
    assert (answer.reading.reader, answer.usage) == ("local-3", None)
    assert 0 < answer.reading.confidence <= 1
    assert "\n" not in answer.reading.reason


@given(text=st.text(max_size=300), after=st.text(max_size=80), budget=st.text(max_size=40))
async def test_any_text_is_read_without_failing(text: str, after: str, budget: str) -> None:
    reading = await read(text, after=after, budget_range=budget, timeline=text)
    assert 0 <= reading.confidence <= 1
    assert len(reading.quote) <= 160


@pytest.mark.parametrize(
    "text",
    [
        "a" * 50_000,
        "stop " * 10_000,
        "$" * 20_000,
        "1," * 20_000,
        "in A " * 10_000,
        "what " * 10_000,
        "sell my buy " * 5_000,
        "not " * 10_000,
        "under " * 10_000,
        "about 1 - " * 5_000,
        "move " * 10_000,
        "1 a " * 10_000,
        "i want " * 8_000,
        "\n" * 50_000,
    ],
)
async def test_hostile_length_does_not_cost_time(text: str) -> None:
    await read("hello")  # patterns compile on nobody's time
    started = time.perf_counter()
    await read(text)
    assert time.perf_counter() - started < 0.25
