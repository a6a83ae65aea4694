"""Reads files a team uploads about phone numbers: a Do-Not-Call scrub, answers of the Reassigned Numbers Database.

One number per line, or CSV with the number anywhere in the row, area code apart or not ("512,5550142"). Promises every
number as E.164 and how many rows held none, so that a wrong file is noticed; what is done with them is for the caller.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from agent.rules.contact import normalise_phone

_LEAST_DIGITS = 10
_YES, _OTHER = frozenset({"yes", "y", "true"}), frozenset({"no", "n", "false", "no data", "no_data", "nodata"})


@dataclass(slots=True)
class NumberFile:
    """Numbers `listed`, numbers `cleared` (a reassigned file's other answers), and rows not understood."""

    listed: set[str] = field(default_factory=set)
    cleared: set[str] = field(default_factory=set)
    unreadable: int = 0


def read_do_not_call(lines: Iterable[str]) -> NumberFile:
    """Read numbers that are on the list. A first row without a number is a heading."""
    found = NumberFile()
    for index, row in enumerate(csv.reader(lines)):
        number = _number(row)
        if number is not None:
            found.listed.add(number)
        elif index > 0 and any(cell.strip() for cell in row):
            found.unreadable += 1
    return found


def read_reassigned(lines: Iterable[str]) -> NumberFile:
    """Read a number and its answer from each row: yes (it has another owner), no, or no data."""
    found = NumberFile()
    for index, row in enumerate(csv.reader(lines)):
        number = _number(row)
        answers = {cell.strip().casefold() for cell in row} & (_YES | _OTHER)
        if number is not None and len(answers) == 1:
            (found.listed if answers <= _YES else found.cleared).add(number)
        elif index > 0 and any(cell.strip() for cell in row):
            found.unreadable += 1
    return found


def _number(row: Sequence[str]) -> str | None:
    for index, cell in enumerate(row):
        text = cell.strip()
        if text.isdigit() and len(text) == 3 and index + 1 < len(row):
            text += row[index + 1].strip()
        if sum(c.isdigit() for c in text) >= _LEAST_DIGITS and (number := normalise_phone(text)) is not None:
            return number
    return None
