"""A step's condition, told to a person."""

from __future__ import annotations

import pytest

from agent.rules.conditions import PHRASES, VALUES, in_words, parse_condition


@pytest.mark.parametrize(
    "when, said",
    [
        ("no reply", "they have not replied"),
        ("not opened", "they opened no email"),
        ("intent is buy_and_sell", "the lead wants to buy and sell"),
        ("not intent is invest", "it is not so that the lead wants to invest"),
        (
            "has phone and (temperature is warm or temperature is hot)",
            "we have a phone number and either the lead is warm or the lead is hot",
        ),
    ],
)
def test_a_condition_is_told_as_a_person_says_it(when: str, said: str) -> None:
    assert in_words(parse_condition(when)) == said


@pytest.mark.parametrize(
    "phrase", [*PHRASES, *(f"{name} is {value}" for name, known in VALUES.items() for value in known)]
)
def test_every_phrase_of_the_language_has_words_without_a_fields_name(phrase: str) -> None:
    for said in (in_words(parse_condition(phrase)), in_words(parse_condition(f"not {phrase}"))):
        assert "_" not in said
