from __future__ import annotations

import pytest

from agent.rules.steering import STEERING, came_for
from integrations.language_model import Intent


@pytest.mark.parametrize("read", sorted(STEERING))
def test_what_the_message_says_wins_over_every_hint(read: Intent) -> None:
    assert came_for(read, hints=("Renter", "Seller"), property_known=True) is read


@pytest.mark.parametrize(
    "hints, wanted",
    [
        (("Buyer",), Intent.BUY),
        (("Hot", "SELLER lead"), Intent.SELL),
        (("home valuation",), Intent.SELL),
        (("Renter", "Buyer"), Intent.RENT),
        (("Investor",), Intent.INVEST),
        (("buying",), Intent.BUY),
    ],
)
def test_a_question_goes_where_the_hints_point(hints: tuple[str, ...], wanted: Intent) -> None:
    assert came_for(Intent.QUESTION, hints=hints, property_known=False) is wanted


def test_a_question_about_a_named_home_without_hints_is_a_buyers() -> None:
    assert came_for(Intent.QUESTION, hints=(), property_known=True) is Intent.BUY
    assert came_for(Intent.SCHEDULE_SHOWING, hints=("VIP",), property_known=True) is Intent.BUY


def test_nothing_known_stays_what_was_read() -> None:
    assert came_for(Intent.UNCLEAR, hints=("VIP",), property_known=True) is Intent.UNCLEAR
    assert came_for(Intent.QUESTION, hints=(), property_known=False) is Intent.QUESTION
