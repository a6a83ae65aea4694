"""Whether a score tells those who closed from those who did not: AUC with its interval, lift, calibration, a verdict.

* AUC: the chance that somebody who closed had the higher score than somebody who did not, ties counting half (Mann and
  Whitney); its 95 % interval after DeLong, DeLong and Clarke-Pearson (Biometrics 44, 1988), on the logit scale so that
  it stays within 0 and 1. An interval that holds 0.5 is chance, and is called so.
* Lift: the share that closed among the highest tenth, over the share among all; who ties at the edge counts in part.
* Calibration: the share that closed in each band of the score, with its 95 % interval after Wilson (JASA 22, 1927).
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

FEWEST = 10
"""With fewer who closed, or fewer who did not, nothing can be said."""
_Z = 1.959964
_BANDS = ((80, 100), (60, 79), (40, 59), (20, 39), (0, 19))

Verdict = Literal["better than chance", "no better than chance", "worse than chance", "too few to say"]


@dataclass(frozen=True, slots=True)
class Past:
    """One past lead: the score it had while the outcome was open, and whether it closed."""

    score: int
    closed: bool


@dataclass(frozen=True, slots=True)
class Band:
    """Leads whose score lay from `least` to `most`: how many, how many closed, the share and its interval."""

    least: int
    most: int
    leads: int
    closed: int
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Backtest:
    """What came out. `auc`, its interval and `lift` are None with too few leads.

    `rises`: no band closed less often than a lower one.
    """

    leads: int
    closed: int
    verdict: Verdict
    auc: float | None
    auc_low: float | None
    auc_high: float | None
    lift: float | None
    bands: tuple[Band, ...]
    rises: bool | None


def backtest(past: Sequence[Past]) -> Backtest:
    """Hold scores against outcomes."""
    won = sorted(lead.score for lead in past if lead.closed)
    lost = sorted(lead.score for lead in past if not lead.closed)
    bands = tuple(band for least, most in _BANDS if (band := _band(past, least, most)).leads)
    if min(len(won), len(lost)) < FEWEST:
        return Backtest(len(past), len(won), "too few to say", None, None, None, None, bands, None)
    auc, low, high = area(won, lost)
    verdict: Verdict = "no better than chance"
    if low > 0.5:
        verdict = "better than chance"
    elif high < 0.5:
        verdict = "worse than chance"
    shares = [band.share for band in bands]
    rises = shares == sorted(shares, reverse=True)
    return Backtest(len(past), len(won), verdict, auc, low, high, lift(past), bands, rises)


def area(won: Sequence[int], lost: Sequence[int]) -> tuple[float, float, float]:
    """AUC and its 95 % interval, of two ordered sequences."""
    above = [(bisect_left(lost, score) + bisect_right(lost, score)) / 2 / len(lost) for score in won]
    below = [1 - (bisect_left(won, score) + bisect_right(won, score)) / 2 / len(won) for score in lost]
    auc = sum(above) / len(won)
    spread = math.sqrt(_variance(above) / len(won) + _variance(below) / len(lost))
    if auc in {0.0, 1.0}:  # told apart without an exception: what the rule of three still leaves open
        open_part = 3 / min(len(won), len(lost))
        return auc, max(0.0, auc - open_part), min(1.0, auc + open_part)
    logit, wide = math.log(auc / (1 - auc)), _Z * spread / (auc * (1 - auc))
    return auc, _expit(logit - wide), _expit(logit + wide)


def lift(past: Sequence[Past]) -> float:
    """How many times as often the highest tenth closed as all of them did."""
    left = math.ceil(len(past) / 10)
    ordered = sorted(past, key=lambda lead: -lead.score)
    top, closed = left, 0.0
    for score in sorted({lead.score for lead in past}, reverse=True):
        tied = [lead for lead in ordered if lead.score == score]
        taken = min(left, len(tied))
        closed += taken * sum(lead.closed for lead in tied) / len(tied)
        left -= taken
        if not left:
            break
    return (closed / top) / (sum(lead.closed for lead in past) / len(past))


def _band(past: Sequence[Past], least: int, most: int) -> Band:
    within = [lead.closed for lead in past if least <= lead.score <= most]
    closed = sum(within)
    low, high = wilson(closed, len(within)) if within else (0.0, 1.0)
    return Band(least, most, len(within), closed, closed / len(within) if within else 0.0, low, high)


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share."""
    share, z2 = hits / of, _Z * _Z
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = _Z * math.sqrt(share * (1 - share) / of + z2 / (4 * of * of)) / (1 + z2 / of)
    return max(0.0, middle - half), min(1.0, middle + half)


def _variance(values: Sequence[float]) -> float:
    mean = sum(values) / len(values)
    return sum((value - mean) ** 2 for value in values) / (len(values) - 1)


def _expit(value: float) -> float:
    return 1 / (1 + math.exp(-value)) if value > -700 else 0.0
