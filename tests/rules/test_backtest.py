"""The figures of a backtest, by hand where a hand can do them, and what shuffled data is called."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.rules.backtest import Past, area, backtest, lift, wilson


def drawn(seed: int, *, leads: int, signal: float) -> list[Past]:
    """Leads of whom a tenth closed, with scores that are higher by `signal` for those."""
    chance = random.Random(seed)  # noqa: S311 - invented leads
    found = []
    for _ in range(leads):
        closed = chance.random() < 0.1
        found.append(Past(min(100, max(0, round(chance.gauss(40 + signal * closed, 15)))), closed))
    return found


def test_a_planted_signal_is_found() -> None:
    found = backtest(drawn(1, leads=2000, signal=25))
    assert found.verdict == "better than chance"
    assert found.auc is not None
    assert found.auc_low is not None
    assert found.lift is not None
    assert 0.8 < found.auc < 0.95
    assert found.auc_low > 0.75
    assert found.lift > 3
    assert found.rises


def test_shuffled_data_is_called_no_better_than_chance() -> None:
    leads = drawn(2, leads=2000, signal=25)
    closed = [lead.closed for lead in leads]
    random.Random(3).shuffle(closed)  # noqa: S311 - the same shuffle every time
    found = backtest([Past(lead.score, won) for lead, won in zip(leads, closed, strict=True)])
    assert found.verdict == "no better than chance"
    assert found.auc == pytest.approx(0.5, abs=0.05)
    assert found.lift == pytest.approx(1, abs=0.4)


def test_chance_is_called_a_signal_no_more_often_than_its_interval_allows() -> None:
    verdicts = [backtest(drawn(seed, leads=300, signal=0)).verdict for seed in range(400)]
    assert verdicts.count("better than chance") <= 400 * 0.05
    assert verdicts.count("worse than chance") <= 400 * 0.05


def test_the_interval_holds_the_truth_about_95_times_in_100() -> None:
    truth = 0.8144  # P(N(40+19, 15) > N(40, 15)), the scores' own rounding aside
    held = 0
    for seed in range(400):
        found = backtest(drawn(seed, leads=400, signal=19))
        assert found.auc_low is not None
        assert found.auc_high is not None
        held += found.auc_low <= truth <= found.auc_high
    assert 0.91 <= held / 400 <= 0.985


def test_scores_turned_upside_down_are_called_worse_than_chance() -> None:
    upside_down = [Past(100 - lead.score, lead.closed) for lead in drawn(4, leads=2000, signal=25)]
    assert backtest(upside_down).verdict == "worse than chance"


@pytest.mark.parametrize("won, lost", [(0, 0), (0, 50), (9, 50), (50, 9), (50, 0)])
def test_with_few_on_either_side_nothing_is_said(won: int, lost: int) -> None:
    found = backtest([Past(90, closed=True)] * won + [Past(10, closed=False)] * lost)
    assert found.verdict == "too few to say"
    assert (found.auc, found.lift) == (None, None)


@pytest.mark.parametrize(
    "won, lost, auc",
    [
        ([2, 3], [0, 1], 1.0),
        ([0, 1], [2, 3], 0.0),
        ([1, 1], [1, 1], 0.5),
        ([1, 3], [0, 2], 0.75),
        ([1, 2], [1, 2], 0.5),
        ([2, 2, 5], [1, 2], 5 / 6),
    ],
)
def test_the_area_is_the_share_of_pairs_in_the_right_order(won: list[int], lost: list[int], auc: float) -> None:
    found, low, high = area(won, lost)
    assert found == pytest.approx(auc)
    assert 0 <= low <= found <= high <= 1


@given(st.lists(st.integers(0, 100), min_size=2, max_size=30), st.lists(st.integers(0, 100), min_size=2, max_size=30))
def test_the_area_equals_counting_every_pair(won: list[int], lost: list[int]) -> None:
    counted = sum((a > b) + (a == b) / 2 for a in won for b in lost) / (len(won) * len(lost))
    found, low, high = area(sorted(won), sorted(lost))
    assert found == pytest.approx(counted)
    assert low <= found + 1e-9
    assert high >= found - 1e-9


def test_lift_counts_who_ties_at_the_edge_in_part() -> None:
    ten = [Past(90, closed=True)] * 2 + [Past(50, closed=False)] * 18
    assert lift(ten) == pytest.approx(10)
    tied = [Past(50, closed=True)] * 2 + [Past(50, closed=False)] * 18
    assert lift(tied) == pytest.approx(1)
    half = [Past(90, closed=True), *[Past(50, closed=True)] * 2, *[Past(50, closed=False)] * 17]
    assert lift(half) == pytest.approx((1 + 2 / 19) / 2 / (3 / 20))


def test_bands_say_which_share_closed_and_how_sure_that_is() -> None:
    past = [Past(85, closed=True)] * 6 + [Past(85, closed=False)] * 4 + [Past(10, closed=False)] * 40
    (top, low) = backtest(past).bands
    assert (top.least, top.most, top.leads, top.closed, top.share) == (80, 100, 10, 6, 0.6)
    assert [top.low, top.high] == pytest.approx([0.313, 0.832], abs=0.001)
    assert (low.least, low.leads, low.share, low.low) == (0, 40, 0.0, 0.0)


def test_wilsons_interval_is_the_published_one() -> None:
    assert list(wilson(0, 10)) == pytest.approx([0.0, 0.2775], abs=0.0002)
    assert list(wilson(15, 148)) == pytest.approx([0.0624, 0.1605], abs=0.0005)
