"""The sentence of somebody's words that a fact rests on, for a person to see; no rule weighs it.

Promises words that were written, or nothing: where no sentence names the fact, none is guessed.
"""

from __future__ import annotations

import re
from typing import Any

_SENTENCE = re.compile(r"[^.!?\n]+(?:[.!?](?=\S)[^.!?\n]*)*[.!?]*")
_LONGEST = 200
_SAID_OF = {
    "pre_approved": re.compile(r"\bpre.?(?:approv|qualif)|\bletter\b|\bproof of funds\b|\bcash\b", re.IGNORECASE),
    "has_agent": re.compile(r"\b(?:agent|realtor|broker)", re.IGNORECASE),
    "beds": re.compile(r"\b(?:bed|br\b|bdr|room|studio)|\d ?(?:bed|br\b|bd)", re.IGNORECASE),
    "baths": re.compile(r"\b(?:bath|ba\b)|\d ?(?:bath|ba\b)", re.IGNORECASE),
    "showing_asked": re.compile(r"\b(?:see|view|tour|visit|show|look)", re.IGNORECASE),
}


def behind(fact: str, value: Any, *, words: str, quote: str) -> str:
    """Give the sentence of `words` that names this value; `quote` where the reading's own is the evidence."""
    match value:
        case bool():
            named = _SAID_OF.get(fact)
        case int():
            named = _amount(value)
        case _:
            literal = re.compile(re.escape(str(value)), re.IGNORECASE)
            named = None if fact == "urgency" else _SAID_OF.get(fact, literal)
    if named is None or (quote and named.search(quote)):
        return quote[:_LONGEST]
    sentences = (found.strip() for found in _SENTENCE.findall(words))
    return next((sentence[:_LONGEST] for sentence in sentences if named.search(sentence)), "")


def _amount(value: int) -> re.Pattern[str]:
    """A price as people write it: 450000, 450,000, 450k, 1.2m."""
    thousands, millions = value / 1000, value / 1_000_000
    spellings = (str(value), f"{value:,}", f"{thousands:g}k", f"{thousands:g} k", f"{millions:g}m", f"{millions:g} m")
    return re.compile("|".join(rf"(?<![\d.,]){re.escape(each)}(?![\d])" for each in spellings), re.IGNORECASE)
