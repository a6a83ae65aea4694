"""Which of buying, selling, renting or investing a person came for, from a reading and the hints that came with them.

A message may ask a question or for a visit and say nothing of that; tags, the form and the listing then decide. Only
the choice of words to send hangs on it, never whether anything may be sent.
"""

from __future__ import annotations

from collections.abc import Iterable

from integrations.language_model import Intent

STEERING = frozenset({Intent.BUY, Intent.SELL, Intent.BUY_AND_SELL, Intent.RENT, Intent.INVEST, Intent.VALUATION})
KNOWN_BY = STEERING | {Intent.SCHEDULE_SHOWING}
"""What a lead is known by once a message says it; other intents only until one does."""

_ASKS_ABOUT_A_HOME = frozenset({Intent.SCHEDULE_SHOWING, Intent.QUESTION})
_HINTS = (
    ("seller", Intent.SELL),
    ("selling", Intent.SELL),
    ("valuation", Intent.SELL),
    ("listing lead", Intent.SELL),
    ("renter", Intent.RENT),
    ("renting", Intent.RENT),
    ("tenant", Intent.RENT),
    ("rental", Intent.RENT),
    ("investor", Intent.INVEST),
    ("investing", Intent.INVEST),
    ("buyer", Intent.BUY),
    ("buying", Intent.BUY),
)


def came_for(read: Intent, *, hints: Iterable[str], property_known: bool) -> Intent:
    """What they came for: the reading if it says, else the first hint, else buying where a home is asked about."""
    if read in STEERING:
        return read
    said = " ".join(hints).casefold()
    for word, intent in _HINTS:
        if word in said:
            return intent
    return Intent.BUY if property_known and read in _ASKS_ABOUT_A_HOME else read


def kept(read: Intent, *, before: str) -> str:
    """The intent a lead is known by after a message: what it wants, not a yes or a thank-you on the way there."""
    return read.value if read in KNOWN_BY or not before else before
