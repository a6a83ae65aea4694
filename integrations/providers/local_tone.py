"""Tone in a lead's words: small weighted word lists, read without a model.

Promises `neutral` unless words say otherwise; a negation within three words before turns a word round.
"""

from __future__ import annotations

import re

from integrations.language_model import Sentiment


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_GOOD = _words(
    """
    love loved loves great excellent amazing awesome perfect wonderful fantastic beautiful gorgeous happy excited glad
    helpful nice thanks thank appreciate lovely pleased delighted best good grateful enjoy enjoyed cool sweet fabulous
    impressed thrilled yay brilliant pleasant comfortable recommend
    """
)
_BAD = _words(
    """
    hate hated terrible horrible awful worst bad rude angry upset annoyed annoying disappointed disappointing broken
    frustrated frustrating ridiculous unacceptable scam spam harassment harassing disgusting useless waste wrong sick
    mad stupid idiot sucks suck pathetic unprofessional fraud lied lying poor dirty disgusted liar garbage trash hell
    damn shit fuck fucking crap unhappy horrid nasty overpriced ignored ugly worried sad sorry problem problems slow
    fail failed
    """
)
_NEGATIONS = _words(
    """
    not no never don't doesn't didn't isn't aren't wasn't won't can't couldn't wouldn't without hardly
    """
)
_WORD = re.compile(r"[a-z']+")
_LOUD = 3
_SIGNS = {
    "👍": 1,
    "😊": 1,
    "😀": 1,
    "😍": 1,
    "❤": 1,
    ":)": 1,
    "🙏": 1,
    "👎": -1,
    "😡": -1,
    "🤬": -1,
    ":(": -1,
    "🙄": -1,
}


def sentiment(words: str) -> tuple[Sentiment, float]:
    """Tone of `plain` words and how strong it is: the sum of good and bad ones, of which three more make it 1."""
    score = sum(weight for sign, weight in _SIGNS.items() if sign in words)
    tokens = _WORD.findall(words)
    for place, token in enumerate(tokens):
        worth = (token in _GOOD) - (token in _BAD)
        if worth and _NEGATIONS.intersection(tokens[max(0, place - 3) : place]):
            worth = -worth if worth > 0 else 0
        score += worth
    tone = Sentiment.POSITIVE if score > 0 else Sentiment.NEGATIVE if score < 0 else Sentiment.NEUTRAL
    return tone, min(abs(score), _LOUD) / _LOUD
