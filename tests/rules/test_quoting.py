"""Which sentence stands behind a fact: one that names it, or none."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.rules.quoting import behind

WORDS = (
    "I would like to sell my duplex on Cedar Lane and buy something bigger. "
    "We are pre-approved for $650k! Could we see 14 Alder Ct on Saturday?\nBudget 1.25M at most"
)
INTENT = "I would like to sell my duplex on Cedar Lane and buy something bigger."


@pytest.mark.parametrize(
    "fact, value, quote",
    [
        ("pre_approved", True, "We are pre-approved for $650k!"),
        ("price_max", 650_000, "We are pre-approved for $650k!"),
        ("price_max", 1_250_000, "Budget 1.25M at most"),
        ("price_max", 50_000, ""),
        ("property", "14 Alder Ct", "Could we see 14 Alder Ct on Saturday?"),
        ("move_date", "saturday", "Could we see 14 Alder Ct on Saturday?"),
        ("showing_asked", True, "Could we see 14 Alder Ct on Saturday?"),
        ("area", "Cedar Lane", INTENT),
        ("area", "Bouldin", ""),
        ("urgency", "high", INTENT),
        ("something", True, INTENT),
        ("beds", "3", ""),
    ],
)
def test_a_fact_stands_on_the_sentence_that_names_it(fact: str, value: Any, quote: str) -> None:
    assert behind(fact, value, words=WORDS, quote=INTENT) == quote


def test_rooms_stand_on_the_words_they_were_counted_from() -> None:
    assert behind("beds", "3", words="Hi. We need three bedrooms. Soon!", quote="") == "We need three bedrooms."


@given(st.text(max_size=300), st.text(max_size=300), st.text(max_size=20) | st.integers() | st.booleans())
def test_a_quote_is_always_words_that_were_written(words: str, quote: str, value: Any) -> None:
    found = behind("property", value, words=words, quote=quote)
    assert found in words or found in quote
