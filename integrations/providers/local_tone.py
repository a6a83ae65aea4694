"""Tone and haste in a lead's words: small weighted word lists, read without a model.

Promises `neutral` and `unknown` unless words say otherwise; a negation within three words before turns a word round.
"""

from __future__ import annotations

import re

from integrations.language_model import Sentiment, Urgency


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

_URGENCY: tuple[tuple[Urgency, re.Pattern[str]], ...] = (
    (
        Urgency.LOW,
        re.compile(
            r"\b(?:no (?:rush|hurry)|not in (?:a|any) (?:rush|hurry)|just (?:looking|browsing|curious)|next year"
            r"|some ?day|eventually"
            r"|down the (?:road|line)|(?:6|six|8|9|10|12|twelve)\+?(?: to \w+| ?- ?\d+)? months|(?:a|one|two|few"
            r"|couple(?: of)?) years?"
            r"|end of (?:the|next) year|whenever|exploring)\b"
        ),
    ),
    (
        Urgency.HIGH,
        re.compile(
            r"\b(?:asap|a\.s\.a\.p|urgent(?:ly)?|immediate(?:ly)?|right away|as soon as possible|today|tonight"
            r"|tomorrow|now|this (?:week|weekend)"
            r"|emergency|quick(?:ly)?|hurry|desperate(?:ly)?|must (?:sell|move|buy)|within (?:a|one|two"
            r"|\d) (?:days?|weeks?)"
            r"|in (?:a|one|two|\d+) (?:days?|weeks?)|(?:next|this) (?:mon|tues|wednes|thurs|fri|satur|sun)day"
            r"|0 ?- ?30 days|ready to (?:buy|sell|move|go|make))\b"
        ),
    ),
    (
        Urgency.MEDIUM,
        re.compile(
            r"\b(?:soon|this (?:month|spring|summer|fall|winter)|next (?:month|week|couple|few)|(?:1|2|3|one|two"
            r"|three)(?: to \w+| ?- ?\d+)? months?"
            r"|in (?:a|the next) (?:month|few months|couple)|lease (?:is up|ends|expires)|before (?:school"
            r"|the holidays)"
            r"|by (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec))"
        ),
    ),
)
_NOT_NOW = re.compile(r"\bnot (?:right )?now\b|\bfor now\b|\bby now\b|\bjust now\b")


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


def urgency(words: str) -> Urgency:
    """How soon, by `plain` words; slow words win, because haste is the costlier thing to imagine."""
    words = _NOT_NOW.sub("", words)
    return next((level for level, pattern in _URGENCY if pattern.search(words)), Urgency.UNKNOWN)
