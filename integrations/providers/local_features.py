"""What the local model looks at in a message: words, pieces of words, rules that match, and what we had asked.

Promises the same features in training and in reading, from the standard library alone, in time bounded by `_LONGEST`.
A feature is a short name; how much it weighs is for `local_model`. Numbers lose their value ("3" and "4" are "0"), so
that a price is a price whatever it is. What we wrote before joins short answers only: "the 12th" means something else
after "When would you like to see it?".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

_LONGEST = 400
"""Characters looked at: people say what they want early, and time stays bounded."""

_SHORT = 6
_WORD = re.compile(r"[^\W\d_][^\W\d_']*|\d[\d,.:/-]*|[?!$%#@]|[^\w\s.,;:()\"'-]")
_DIGITS = re.compile(r"\d+")
_ASKED = (
    ("visit", re.compile(r"\b(?:see|tour|visit|showing|view|walk ?through|stop by)\b")),
    ("call", re.compile(r"\b(?:call|phone|talk|chat|speak)\b")),
    ("agent", re.compile(r"\b(?:agent|realtor|broker|represented|helping)\b")),
    ("worth", re.compile(r"\b(?:worth|value|valuation)\b")),
    ("still", re.compile(r"\b(?:still|interested|looking|market|search)\b")),
    ("side", re.compile(r"\b(?:buy|buying|sell|selling|rent)\b")),
    ("person", re.compile(r"\b(?:is this|speaking with|owner)\b")),
    ("fact", re.compile(r"\b(?:what|which|how many|how much|when|where|who)\b")),
)


def features(words: str, *, asked: str, ruled: Sequence[str], answered: str) -> frozenset[str]:
    """Name what is in `plain` words.

    `asked` is our last message (plain); `ruled` names every row of the table of rules that matched, the first one
    first; `answered` is the intent that the table of short answers found, "" where no row matched.
    """
    tokens = [_shape(word) for word in _WORD.findall(words[:_LONGEST])]
    marked = ["^", *tokens, "$"]
    names = {f"w:{token}" for token in tokens}
    names.update(f"b:{first} {second}" for first, second in pairwise(marked))
    for token in set(tokens):
        names.update(_pieces(token))
    names.update(f"s:{row}" for row in ruled)
    names.update((f"r:{next(iter(ruled), '')}", f"a:{answered}"))
    if asked and len(tokens) <= _SHORT:
        names.update(f"q:{topic}|{answered}" for topic, pattern in _ASKED if pattern.search(asked))
    return frozenset(names)


def _shape(word: str) -> str:
    return _DIGITS.sub("0", word).rstrip(".,:/-") if word[0].isdigit() else word


def _pieces(token: str) -> set[str]:
    """Three and four letters each, ends marked: what a slip of the finger leaves of a word."""
    if len(token) < 3 or not token[0].isalpha():
        return set()
    bounded = f"<{token[:16]}>"
    return {f"c:{bounded[at : at + size]}" for size in (3, 4) for at in range(len(bounded) - size + 1)}
