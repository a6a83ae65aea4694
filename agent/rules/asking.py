"""What our last message proposed, so that a “yes”, or a bare hour, after it can be read.

A yes to “would you like to see it on Friday?” is worth a person's call at once; a yes to “is that four bedrooms?” or
“shall I send a list?” is not.
"""

from __future__ import annotations

import re

_STEP = re.compile(
    r"\b(?:see (?:it|them|one|some|a|the|\d)|tour|visit|showings?|come by|stop by|swing by|come over|walk ?through"
    r"|look at"
    r"|get you in(?:to)?|move forward|go ahead|proceed|go for it|write (?:it|one|that) up|ring|pop by|drop by"
    r"|let you in|take you|meet|sit down|call|phone|talk|speak|chat|sign|paperwork|agreement|offer"
    r"|appointment|book|schedule|reserve|apply|application|closer look|second look|look around|open house"
    r"|(?:what|which) (?:time|day)|how does \w+ (?:week|weekend|day|\w+day)? ?(?:look|work|sound)"
    r"|does (?:that|\w+day)[^.?!]{0,20} (?:work|suit)|when (?:could|can|would|are) you|set up|set for)\b",
    re.IGNORECASE,
)
_LESS = re.compile(
    r"\b(?:are you (?:working|represented)|working with an agent|send (?:you )?|thanks? (?:you )?for|it was (?:nice"
    r"|great|a"
    r" pleasure)|after the|since the|call me if)[^.?!]*",
    re.IGNORECASE,
)


def proposes(asked: str) -> bool:
    """Whether our message `asked` for a step that a person has to take part in: a visit, a call, a signature."""
    return bool(_STEP.search(_LESS.sub(" ", asked)))
