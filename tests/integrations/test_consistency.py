"""A model's reading held against the words: what they do not bear out is dropped, and a wish to stop is never lost."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.language_model import (
    ENGLISH,
    STOPS,
    Intent,
    Reading,
    ReadingRequest,
    Sentiment,
    Slots,
    Timeline,
    Urgency,
)
from integrations.providers.consistency import DOUBTED, consistent


def told(intent: Intent = Intent.BUY, *, language: str = ENGLISH, **slots: Any) -> Reading:
    """What a model says."""
    return Reading(
        intent=intent,
        sentiment=Sentiment.POSITIVE,
        urgency=Urgency.HIGH,
        confidence=0.95,
        reason="says so",
        quote="",
        reader="gpt-6-luna",
        slots=replace(Slots(), **slots),
        timeline=Timeline.NOW,
        language=language,
        version="prompt 2",
    )


def held(text: str, reading: Reading) -> Reading:
    return consistent(reading, ReadingRequest(text))


# ---- a wish to stop


@pytest.mark.parametrize("said", [Intent.THANKS, Intent.SCHEDULE_SHOWING, Intent.OUT_OF_SCOPE, Intent.UNCLEAR])
@pytest.mark.parametrize(
    "text, found",
    [
        ("please take me off your list", Intent.OPT_OUT),
        ("lose my number", Intent.OPT_OUT),
        ("you have the wrong number", Intent.WRONG_PERSON),
    ],
)
def test_what_the_rules_find_is_not_the_models_to_deny_and_a_person_decides(
    text: str, found: Intent, said: Intent
) -> None:
    reading = held(text, told(said))
    assert (reading.intent, reading.confidence) == (found, DOUBTED)


@pytest.mark.parametrize("intent", sorted(STOPS))
def test_a_model_may_raise_to_a_stop_where_no_rule_found_one(intent: Intent) -> None:
    reading = held("enough with this nonsense", told(intent))
    assert (reading.intent, reading.confidence) == (intent, 0.95)


@given(
    text=st.text(max_size=120) | st.sampled_from(["stop texting me", "wrong number", "no me escriban"]),
    intent=st.sampled_from(Intent),
    language=st.sampled_from(["English", "Spanish", "", "x1;--", "Klingon"]),
    low=st.none() | st.integers(0, 10**9),
    high=st.none() | st.integers(0, 10**9),
    slot=st.text(max_size=30),
)
def test_a_stop_is_never_lowered_and_prices_are_never_the_wrong_way_round(
    text: str, intent: Intent, language: str, low: int | None, high: int | None, slot: str
) -> None:
    reading = held(text, told(intent, language=language, price_min=low, price_max=high, area=slot, beds=slot))
    assert intent not in STOPS or reading.intent is intent
    least, most = reading.slots.price_min, reading.slots.price_max
    assert least is None or most is None or least <= most
    if reading.foreign and reading.intent not in STOPS:
        assert (reading.intent, reading.slots, reading.timeline) == (Intent.UNCLEAR, Slots(), Timeline.UNKNOWN)


# ---- languages


def test_a_language_the_words_tell_is_not_the_models_to_deny() -> None:
    reading = held("Quanto custa o apartamento?", told(Intent.QUESTION, area="Austin"))
    assert (reading.intent, reading.language, reading.slots) == (Intent.UNCLEAR, "Portuguese", Slots())
    assert reading.urgency is Urgency.UNKNOWN


def test_english_is_not_the_models_to_deny_either() -> None:
    reading = held("Hola, is the casa on Elm still available?", told(Intent.QUESTION, language="Spanish"))
    assert (reading.intent, reading.language) == (Intent.QUESTION, ENGLISH)


def test_where_the_words_do_not_tell_the_model_is_believed() -> None:
    reading = held("vad kostar huset ni har", told(Intent.QUESTION, language="Swedish"))
    assert (reading.intent, reading.language) == (Intent.UNCLEAR, "Swedish")


@pytest.mark.parametrize("text", ["si", "ok", "da", "si gracias"])
def test_of_a_word_or_two_no_model_makes_another_language(text: str) -> None:
    assert held(text, told(Intent.AFFIRM, language="Spanish")).intent is Intent.AFFIRM


@pytest.mark.parametrize("name", ["<b>Klingon</b>", "x; drop", "es-MX"])
def test_a_language_that_is_no_name_is_only_another_one(name: str) -> None:
    assert held("vad kostar huset ni har", told(language=name)).language == "another language"


# ---- slots


@pytest.mark.parametrize(
    "text, given, kept",
    [
        ("3 bed in Austin", {"area": "Austin", "beds": "3"}, {"area": "Austin", "beds": "3"}),
        ("3 bed in Austin", {"area": "Dallas", "beds": "4"}, {}),
        ("saturday, 2pm works", {"visit_time": "Saturday at 2pm"}, {"visit_time": "Saturday at 2pm"}),
        ("saturday works", {"visit_time": "Saturday at 2pm"}, {}),
        ("under 500k", {"price_max": 500_000}, {"price_max": 500_000}),
        ("under $1.2m", {"price_max": 1_200_000}, {"price_max": 1_200_000}),
        ("half a million", {"price_max": 500_000}, {"price_max": 500_000}),
        ("under 500k", {"price_max": 450_000}, {}),
        ("something cheap", {"price_max": 200_000}, {}),
        ("400 to 450k", {"price_min": 450_000, "price_max": 400_000}, {"price_min": 400_000, "price_max": 450_000}),
        ("we are pre-approved", {"pre_approved": True}, {"pre_approved": True}),
        ("we want to see it", {"pre_approved": True, "has_agent": True}, {}),
        ("my agent will call", {"has_agent": True}, {"has_agent": True}),
        ("three beds, 2.5 baths", {"beds": "3", "baths": "2.5"}, {"beds": "3", "baths": "2.5"}),
        ("two or three bedrooms", {"beds": "2-3"}, {"beds": "2-3"}),
        ("a 2 bed 2 bath", {"beds": "2", "baths": "2"}, {"beds": "2", "baths": "2"}),
        ("a studio, or 3+ bed in Austin around 450k", {"beds": "studio, or 3+"}, {"beds": "studio, or 3+"}),
        ("a 3 bed in Austin around 450k", {"beds": "Austin", "baths": "450k"}, {}),
        ("a 3 bed in Austin around 450k", dict.fromkeys(("area", "property", "move_date"), "Austin"), {}),
        ("can we see it saturday at 2?", {"price_min": 2, "price_max": 2}, {}),
        ("at least 4 bedrooms", {"beds": "4+"}, {"beds": "4+"}),
        ("that one sounds good", {"beds": "1"}, {}),
        ("a one-bedroom", {"beds": "1"}, {"beds": "1"}),
    ],
)
def test_a_slot_stays_only_where_it_stands_in_the_message(
    text: str, given: dict[str, Any], kept: dict[str, Any]
) -> None:
    reading = held(text, told(**given))
    assert reading.slots == replace(Slots(), **kept)
    assert set(reading.confidences) == set(kept)


# ---- time


def test_a_span_is_counted_by_code_and_a_model_may_only_say_what_names_none() -> None:
    assert held("maybe in 3 to 6 months", told()).timeline is Timeline.SIX_MONTHS
    assert held("when my lease is up", told()).timeline is Timeline.NOW
