"""Whether a reply takes up a time, or a place at the table, that our last message offered.

“2 is good”, “can we do 11 instead” and “that's perfect, see you” say yes; by themselves they say little.
"""

from __future__ import annotations

import re

from integrations.language_model import Intent
from integrations.providers.local_meaning import Meaning

_SURE = 0.75
TAKEN_UP = "takes up the time we offered"
_OFFERED = re.compile(
    r"\b(?:at|around|about|or|between|after|before) (?:\d{1,2}(?::\d\d)?\b|noon)|\b\d{1,2}(?::\d\d)? ?[ap]\.?m\b"
    r"|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\b(?:today|tonight|tomorrow|this (?:morning|afternoon|evening))\b"
)
_ASKED_WHEN = re.compile(r"\b(?:when|what (?:time|day)|which (?:time|day))\b[^.?!]*\?")
_STEP = re.compile(
    r"\b(?:get you in\w*|see|show\w*|tour|visit|come|stop by|swing by|bring|meet|call|walk|look|talk|chat|speak"
    r"|ring|works?|suits?|good for you|free|appointment|set for"
    r"|open)\b"
)
_HOUR = re.compile(
    r"^\W*(?:(?:the )?(?:\d{1,2}(?::\d\d)?|(?:1[0-2]|[1-9])[0-5]\d|noon|now|any ?time|(?:today|tomorrow"
    r"|tonight)(?:(?: at| around| after)? ?\d{1,2}(?:ish)?)?|first"
    r"|second|earlier|later|latter|former|either|both)(?: one| time)?)"
    r"(?: ?[ap]m| o'clock)?(?=\W*$|[.,!] | (?:is|works|would|sounds|please|it|for|at|then|should|pm|am)\b)"
)
_OTHER_HOUR = re.compile(
    r"\b(?:can|could|would|how about|what about|let's|make it|instead)\b[^.?!\n]{0,20}\b(?:\d{1,2}(?::\d\d)?\b|noon"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day|morning|afternoon|evening|earlier|later)\b(?! (?:months?|years?"
    r"|beds?|k))"
)
_PLEASED = re.compile(
    r"\b(?:that's (?:perfect|great|fine|good|wonderful)|perfect|that (?:works|suits|would be)|works for (?:me|us)"
    r"|(?:is|sounds|be) (?:good|great|perfect|fine|lovely)|see you|we'll be (?:there|here|home)|i'll be (?:there"
    r"|here|home)"
    r"|i'll have|we'll have|it's a date|deal|put (?:me|us) down|book it|lock it in)\b"
)
_NO = re.compile(r"\b(?:not|no|nope|nah|n't|can't|won't|don't|sorry|unfortunately|cancel|but)\b")
_SAYS_LITTLE = frozenset(
    {Intent.THANKS, Intent.PROVIDE_INFO, Intent.UNCLEAR, Intent.OUT_OF_SCOPE, Intent.BUY, Intent.GREET}
)


def taken_up(meant: Meaning, words: str, asked: str) -> Meaning:
    """A yes to our offer, where `plain` words after our plain message `asked` are one; else what they meant before."""
    if not (_STEP.search(asked) and (_OFFERED.search(asked) or _ASKED_WHEN.search(asked))):
        return meant
    hesitates = meant.intent is Intent.SCHEDULE_SHOWING and meant.confidence < _SURE
    if (meant.intent in _SAYS_LITTLE or hesitates) and _OTHER_HOUR.search(words) and not _NO.search(words):
        return Meaning(Intent.AFFIRM, _SURE, TAKEN_UP)
    if meant.intent in _SAYS_LITTLE and not _NO.search(words) and (_HOUR.search(words) or _PLEASED.search(words)):
        return Meaning(Intent.AFFIRM, _SURE, TAKEN_UP)
    return meant
