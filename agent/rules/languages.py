"""Which language a form's field, a browser's code or a CRM's tag names: `Spanish`, `es-MX`, `español`.

Promises one English name for each, and nothing where none is named: a language is what the lead or the team said, never
guessed from a name, a place or a number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_NAMES = {
    "Arabic": "ar العربية",
    "Chinese": "zh 中文 mandarin cantonese",
    "English": "en",
    "French": "fr français francais",
    "German": "de deutsch",
    "Hindi": "hi हिन्दी",
    "Italian": "it italiano",
    "Japanese": "ja 日本語",
    "Korean": "ko 한국어",
    "Polish": "pl polski",
    "Portuguese": "pt português portugues",
    "Russian": "ru русский",
    "Spanish": "es español espanol",
    "Tagalog": "tl filipino",
    "Ukrainian": "uk українська",
    "Vietnamese": "vi tiếng_việt",
}
_BY_WORD = {
    word.replace("_", " "): name for name, others in _NAMES.items() for word in (name.casefold(), *others.split())
}
_TAG = re.compile(r"(?:speaks |language ?[:=]? ?)?(\w{3,}|中文)(?:[ -](?:speaker|speaking))?")
_CODE = re.compile(r"[a-z]{2}(?:[-_][a-z]{2,4})?")


def language_named(text: str) -> str:
    """The language that a field meant for one holds, by its English name; the text itself where we know no such."""
    folded = " ".join(text.casefold().split())
    if _CODE.fullmatch(folded):
        folded = folded[:2]
    return _BY_WORD.get(folded) or " ".join(text.split())[:40]


def language_among(tags: Iterable[str]) -> str:
    """The first language that a whole tag names (`Spanish`, `Speaks Spanish`, `Language: Spanish`); empty for none."""
    for tag in tags:
        found = _TAG.fullmatch(" ".join(tag.casefold().split()))
        if found is not None and found[1] in _BY_WORD:
            return _BY_WORD[found[1]]
    return ""
