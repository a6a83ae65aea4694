"""One line of a score: points, a plain phrase, and the fact it rests on, so that a page can put the words beside it.

Promises that lines sum to the points they stand under. The words behind a fact never come here: what a lead said is
shown beside a line, and weighs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """Points (negative ones too), a phrase, the name of the fact, and the most this line could have given (0: open)."""

    points: int
    text: str
    fact: str
    most: int = 0


def summed(lines: Iterable[Line]) -> tuple[int, tuple[Line, ...]]:
    """Sum lines to a score of 0 to 100; what is cut off or lifted is a line of its own, last."""
    found = tuple(lines)
    total = sum(line.points for line in found)
    points = min(100, max(0, total))
    if points != total:
        found = (*found, Line(points - total, "kept between 0 and 100", "bounds"))
    return points, found
