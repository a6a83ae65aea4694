"""What a row of the local reader's tables is, and the word groups its patterns are written with.

`%(home)s` and its like in a pattern stand for the fragments here, so that a row reads like the sentence it means.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from integrations.language_model import Intent

_FRAGMENTS = {
    "gap": r"[^.?!\n]{0,40}?\b",
    "home": r"(?:houses?|homes?|condos?|condominium|town ?(?:house|home)s?|propert(?:y|ies)|places?|listings?|units?"
    r"|lots?|land|acreage|ranch|duplex|bungalow)",
    "dwelling": r"(?:houses?|homes?|condos?|town ?(?:house|home)s?|propert(?:y|ies)|places?|listings?|units?|lots?"
    r"|land|ranch"
    r"|apartments?|studio|loft|flat|building|duplex|bungalow)",
    "mine": r"(?:my|our|the|this|that|a|his|her|their|mom's|dad's|mother's|father's|parents'?)",
    "agent": r"(?:agents?|realtors?|brokers?|real estate (?:agent|person|guy|lady))",
    "contact": r"(?:text(?:ing|s)?|messag(?:e|es|ing)|email(?:ing|s)?|contact(?:ing)?|call(?:ing|s)?|writ(?:e|ing)"
    r"|sending|send|bother(?:ing)?|spam(?:ming)?|bug(?:ging)?|blow(?:ing)? up)",
    "later": r"(?:next (?:year|spring|summer|fall|winter|month|week)|later|in (?:a|the|\d+|two|three|four|six|few)"
    r"|after |down the road|some ?day|eventually|another time)",
    "view": r"(?:see|view|tour|visit|look at|check out|walk ?through|come (?:by|see|look)|stop by|swing by"
    r"|take a look)",
    "look": r"(?:look(?:ing)?|search(?:ing)?|shopping|hunt(?:ing)?|in the market|interested|need|want|find|show me"
    r"|searching|after)",
    "still": r"(?:instead|but (?:keep|do|you can|please|email|text|call)|just (?:text|email|call)|only (?:text"
    r"|email|call)"
    r"|before|until|during|at work|so (?:early|late)|today|tomorrow|tonight)",
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: what is meant, how sure a match makes us, why (shown to people), and any of the patterns in `source`."""

    intent: Intent
    confidence: float
    reason: str
    source: str

    @property
    def pattern(self) -> re.Pattern[str]:
        """The patterns as one, compiled when first asked for: a start need not wait for words nobody has written."""
        return _compiled(self.source)


def rule(intent: Intent, confidence: float, reason: str, *patterns: str) -> Rule:
    """Make a row; `%(home)s` and its like stand for the fragments above."""
    return Rule(intent, confidence, reason, "|".join(f"(?:{each % _FRAGMENTS})" for each in patterns))


@cache
def _compiled(source: str) -> re.Pattern[str]:
    return re.compile(source)
