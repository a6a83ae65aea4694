from __future__ import annotations

import pytest

from agent.rules.prices import money, price_range, price_span


@pytest.mark.parametrize(
    "dollars, shown",
    [(450_000, "$450k"), (2_400, "$2,400"), (1_250_000, "$1.25M"), (1_000_000, "$1M"), (485_500, "$485,500")],
)
def test_money_is_written_short_without_losing_anything(dollars: int, shown: str) -> None:
    assert money(dollars) == shown


@pytest.mark.parametrize(
    "low, high, shown",
    [
        (450_000, 500_000, "$450k to $500k"),
        (None, 500_000, "up to $500k"),
        (450_000, None, "from $450k"),
        (None, None, ""),
        (0, 0, ""),
    ],
)
def test_a_price_range_says_what_is_known(low: int | None, high: int | None, shown: str) -> None:
    assert price_range(low, high) == shown


@pytest.mark.parametrize(
    "low, high, span",
    [
        (480_000, 540_000, "$480–540k"),
        (950_000, 1_200_000, "$950k–1.2M"),
        (1_100_000, 1_350_000, "$1.1–1.35M"),
        (1_800, 2_400, "$1,800–2,400"),
        (None, 540_000, "up to $540k"),
        (480_000, None, "from $480k"),
        (None, None, ""),
    ],
)
def test_on_a_page_a_range_names_its_unit_once(low: int | None, high: int | None, span: str) -> None:
    assert price_span(low, high) == span
