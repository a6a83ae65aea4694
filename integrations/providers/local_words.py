"""Text as people send it, made ready for patterns: look-alikes folded, short forms spelled out.

Promises that tidy text still reads as it was written, and that plain text is lower case on the same lines.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_SHORT_FORMS = {
    r"\b(do|does|did|is|are|was|wo|ca|has|have|would|could|should)nt\b": r"\1n't",
    r"\b(?:im|i am)\b": "i'm",
    r"\b(?:ive|i have)\b": "i've",
    r"\bwere\b(?= (?:not|looking|already|thinking|interested|moving|selling|buying|renting)\b)": "we're",
    r"\b(?:we are)\b": "we're",
    r"\b(?:we have)\b": "we've",
    r"\bu\b": "you",
    r"\bur\b": "your",
    r"\br\b(?= you\b)": "are",
    r"\b(?:pls|plz)\b": "please",
    r"\b(?:thx|thnx|tx|tysm|ty)\b": "thanks",
    r"\bwanna\b": "want to",
    r"\bgonna\b": "going to",
    r"\btxt\b": "text",
    r"\blookin\b": "looking",
    r"\bapt\b": "apartment",
    r"\b(?:whats|what is)\b": "what's",
    r"\bthats\b": "that's",
    r"\bdo not\b": "don't",
    r"\bis not\b": "isn't",
    r"\bare not\b": "aren't",
}
_SPELLED = [(re.compile(pattern), full) for pattern, full in _SHORT_FORMS.items()]
_LOOK_ALIKES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "\u00a0": " "})
_BLANKS = re.compile(r"[ \t\r\f\v]+")


def tidy(text: str) -> str:
    """Fold look-alike characters and runs of blanks, keeping letter case and lines."""
    return _BLANKS.sub(" ", unicodedata.normalize("NFKC", text).translate(_LOOK_ALIKES)).strip()


@lru_cache(maxsize=16)
def plain(text: str) -> str:
    """Tidy, in lower case, with the short forms people text in spelled out. Several tables ask for the same text."""
    text = tidy(text).lower()
    for pattern, full in _SPELLED:
        text = pattern.sub(full, text)
    return text
