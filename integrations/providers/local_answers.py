"""What the local reader knows about short answers: thanks, no, yes and hello, and what a question looks like.

Meant for a few words in reply to something; what they answer is judged by `local_reader`. Order matters: a thank-you
that contains a yes is a thank-you, and a no comes before a yes.
"""

from __future__ import annotations

import re

from integrations.language_model import Intent
from integrations.providers.local_rules import Rule, rule

SHORT_ANSWERS: tuple[Rule, ...] = (
    rule(
        Intent.THANKS,
        0.9,
        "thanks us or says goodbye",
        r"\b(?:that's|that is|that will be|that'll be|that would be) (?:all|it|everything)\b",
        r"^\W*(?:(?:ok(?:ay)?|k|great|perfect|awesome|cool|got it|alright|fine|sir)\W+)*(?:many |much )?"
        r"(?:thanks?(?:ing)?(?: ?(?:you|u))?|appreciate|cheers|gracias)\b",
        r"^\W*(?:ok(?:ay)?\W+)*(?:(?:good ?)?(?:bye+|night)|bye ?bye+)\b",
        r"\b(?:have a (?:good|great|nice|wonderful|lovely)|take care|see (?:you|ya)|talk (?:soon|later)|ttyl)\b",
    ),
    rule(
        Intent.DENY,
        0.92,
        "wants nothing else",
        r"^\W*(?:(?:no|nope|ok(?:ay)?)\W+)*(?:nothing|no(?:t)?(?: any)? more (?:quer|question|help))",
    ),
    rule(
        Intent.DENY,
        0.86,
        "says no",
        r"^\W*(?:no|nope|nah|naw|negative|never|not (?:really|at all|exactly|that)|no way|neither|none)\b",
        r"^\W*(?:i|we|it|that|they)(?: |')?(?:m|re|s|am|are|is|do|don|does|doesn|did|didn|won|can|wouldn|isn"
        r"|aren)?(?:'t| not)\b",
        r"\b(?:don't think so|rather not|doesn't work|won't work|can't make it|not correct|incorrect)\b",
        r"\b(?:(?:that's|it's|is|that was) (?:not|false|wrong|untrue)|disagree|don't (?:want|need|like|do|agree)"
        r"|wouldn't|false)\b",
        r"^\W*👎",
    ),
    rule(
        Intent.AFFIRM,
        0.88,
        "says yes",
        r"^\W*(?:oh |well |um |hmm )?(?:yes|yeah|yea|yep|yup|ya|yah|sure|ok(?:ay)?|k|absolutely|definitely"
        r"|certainly|of course|correct"
        r"|right|exactly|indeed|totally|great|perfect|awesome|cool|fine|alright|please do|go ahead|why not|for sure"
        r"|s[ií]|bet|true"
        r"|sounds? (?:good|great|fine|perfect|like a plan|right))\b",
        r"^\W*(?:(?:i|we) (?:am|do|did|would|will|have|can)|(?:that|this|it) (?:works|does|is|sounds|will|would)"
        r"|works for (?:me|us))\b",
        r"^\W*(?:i'd|i would) (?:love|like) (?:to|that)\W*$",
        r"^\W*[👍👌✅]",
    ),
    rule(
        Intent.THANKS,
        0.82,
        "thanks us or says goodbye",
        r"\b(?:thanks|thank you|appreciated?|(?:good)?bye|cheers|gracias|helpful|have a good one|until next time"
        r"|later)\b",
    ),
    rule(
        Intent.GREET,
        0.9,
        "says hello",
        r"^\W*(?:hi+|hello+|hey+|hiya|howdy|yo|sup|greetings|hola|good (?:morning|afternoon|evening|day)|what's up"
        r"|how(?:'s it going| are you| are things| is it going"
        r"| have you been| do you do| is your day|'s your day|'s everything| are ya)|nice to meet you"
        r"|pleased to meet you|what's new)\b",
    ),
)
"""Checked on messages of a few words, and on the first words of longer ones, when `RULES` found nothing."""

QUESTION_SHAPE = re.compile(
    r"\?|^\W*(?:what|when|where|who|which|why|how|is|are|does|do|did|can|could|will|would|has|have|should)\b"
)
"""A question by its form, whatever it asks."""

ABOUT_US = re.compile(r"\b(?:it|this one|that one|there|you|your|they|we|us|i)\b")
"""Words that tie a question to the conversation rather than to the world at large."""
