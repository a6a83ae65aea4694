"""Tone in a lead's words: phrases and words that carry one, read without a model.

Promises `neutral` unless words say otherwise:

1. Set phrases that only look like a tone are cut out.
2. Phrases of praise and of blame count first and are cut out as well, then signs, then single words.
3. A negation within three words before turns praise into blame, and takes the sting out of a bad word.
4. After a “but” words count double, since that is where people say what they mean.
5. A thank-you beside a question or a request is manners and counts half.
"""

from __future__ import annotations

import re

from integrations.language_model import Sentiment
from integrations.providers.local_tone_words import BAD, GOOD, INNOCENT, PHRASES, SIGNS

_NEGATIONS = frozenset(
    [
        "not",
        "no",
        "never",
        "don't",
        "doesn't",
        "didn't",
        "isn't",
        "aren't",
        "wasn't",
        "weren't",
        "won't",
        "can't",
        "cannot",
        "couldn't",
        "wouldn't",
        "shouldn't",
        "haven't",
        "hasn't",
        "hadn't",
        "ain't",
        "without",
        "hardly",
        "nothing",
        "nobody",
        "none",
        "neither",
        "nor",
    ]
)
_LINK = re.compile(r"https?://\S*|www\.\S*")
_WORD = re.compile(r"[a-z']+")
_BUT = re.compile(r"\b(?:but|however|although|though|yet|until|except)\b")
_MANNERS = re.compile(r"\b(?:thanks|thank you|please)\b")
_ENOUGH, _LOUD = 1.0, 3.0


def sentiment(words: str) -> tuple[Sentiment, float]:
    """Tone of `plain` words and how strong it is, from 0 (no tone) to 1."""
    words = _LINK.sub(" ", words)
    parts = _BUT.split(words)
    score = sum(_worth(part) for part in parts[:-1]) + _worth(parts[-1]) * (2 if len(parts) > 1 else 1)
    score += sum(weight for sign, weight in SIGNS.items() if sign in words)
    if score > 0 and "?" in words and _MANNERS.search(words):
        score /= 2
    if abs(score) < _ENOUGH:
        return Sentiment.NEUTRAL, 0.0
    return Sentiment.POSITIVE if score > 0 else Sentiment.NEGATIVE, min(abs(score), _LOUD) / _LOUD


def _worth(words: str) -> float:
    score = 0.0
    words = INNOCENT.sub(" ", words)
    for pattern, weight in PHRASES:
        words, times = pattern.subn(" , ", words)
        score += weight * times
    tokens = _WORD.findall(words)
    for place, token in enumerate(tokens):
        worth = (token in GOOD) - (token in BAD)
        if worth and _NEGATIONS.intersection(tokens[max(0, place - 3) : place]):
            worth = -worth if worth > 0 else 0
        score += worth
    return score
