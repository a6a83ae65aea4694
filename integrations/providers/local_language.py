"""Which language a message is written in, told by its script and by the small words every language needs.

Promises `English`, another language by its English name, or nothing where too little is said to tell: one word, a name,
a number, a courtesy (“gracias”, “ok”, “si”) and English with foreign words in it are never taken for another language.
Words that are also English, or parts of place names (“el”, “las”), say little or nothing. The lists are the project's.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

from integrations.language_model import ENGLISH, OTHER_LANGUAGE
from integrations.providers.local_language_words import COURTESIES, ENGLISH_WORDS, NAMES_OF_PLACES, WORDS

_LONGEST = 1000
_SCRIPTS = {
    "CYRILLIC": "Russian",
    "CJK": "Chinese",
    "HIRAGANA": "Japanese",
    "KATAKANA": "Japanese",
    "HANGUL": "Korean",
    "ARABIC": "Arabic",
    "HEBREW": "Hebrew",
    "DEVANAGARI": "Hindi",
    "THAI": "Thai",
    "GREEK": "Greek",
    "ARMENIAN": "Armenian",
    "BENGALI": "Bengali",
    "GUJARATI": "Gujarati",
    "GURMUKHI": "Punjabi",
    "TAMIL": "Tamil",
    "TELUGU": "Telugu",
    "KHMER": "Khmer",
    "LAO": "Lao",
    "ETHIOPIC": "Amharic",
}
_TELLING = {
    "Russian": (("Ukrainian", re.compile("[іїєґ]", re.IGNORECASE)),),
    "Chinese": (("Japanese", re.compile("[\u3040-\u30ff]")), ("Korean", re.compile("[\uac00-\ud7af]"))),
    "Arabic": (("Urdu", re.compile("[ٹڈڑںےہ]")), ("Persian", re.compile("[پچژگ]"))),
}
"""Letters by which a language is known from others of its script."""

_FEW_SIGNS = frozenset({"Chinese", "Japanese", "Korean"})
_NOT_WORDS = re.compile(r"https?://\S+|www\.\S+|\S+@\S+|[@#]\w+")
_WORD = re.compile(r"(?<!\w)[^\W\d_]{2,}(?:['’][^\W\d_]+)*|(?<!\w)[a-z]['’][^\W\d_]+|\bi\b", re.IGNORECASE)
_CODE = re.compile(r"\b[A-Z]{2,4}\b")
_SAYINGS = re.compile(
    r"\b(?:esta bien|muy bien|claro(?: que si)?|mas (?:o )?menos|como se dice|lo siento|que (?:bueno|pasa|tal)"
    r"|no problema?|como estas?|te amo|mi casa|tu casa|(?:su|es su) casa|oui oui|tres bien|alles gut|va bene)\b"
)
"""What people who write English put in; of the language they write in it says nothing."""

_LITTLE = 0.5
_ENOUGH = 2.0
_ENGLISH_ENOUGH = 2
_STRANGE = 3


def language(text: str) -> str:
    """The language of a message: `ENGLISH`, another one's English name, `OTHER_LANGUAGE`, or "" for too few words."""
    text = _NOT_WORDS.sub(" ", unicodedata.normalize("NFKC", text[:_LONGEST]))
    return _by_script(text) or _by_words(text)


def _by_script(text: str) -> str:
    """The language of the script most letters are in, where that is not the Latin one."""
    if text.isascii():
        return ""
    letters = Counter(_script(each) for each in text if each.isalpha())
    foreign = [(count, script) for script, count in letters.items() if script]
    if not foreign:
        return ""
    script = max(foreign)[1]
    total = sum(count for count, _ in foreign)
    name = _SCRIPTS.get(script, OTHER_LANGUAGE)
    if total < (2 if name in _FEW_SIGNS else 4) or total * (3 if name in _FEW_SIGNS else 1) < letters[""]:
        return ""
    return next((other for other, signs in _TELLING.get(name, ()) if signs.search(text)), name)


def _script(letter: str) -> str:
    """The script's name as Unicode gives it; empty for Latin letters and signs that only look like letters."""
    if letter.isascii():
        return ""
    name = unicodedata.name(letter, "LATIN").split()[0]
    return "" if name in {"LATIN", "MODIFIER", "FEMININE", "MASCULINE", "MICRO", "MATHEMATICAL"} else name


def _by_words(text: str) -> str:
    """The language whose small words outweigh the English ones."""
    if not text.isupper():
        text = _CODE.sub(" ", text)
    tokens = [found.group().replace("’", "'") for found in _WORD.finditer(text)]
    words = _SAYINGS.sub(" ", " ".join(_bare(token.lower()) for token in tokens)).split()
    english = sum(word in ENGLISH_WORDS for word in words)
    worth, name = max((_worth(words, known), name) for name, known in WORDS.items())
    worth += ("¿" in text or "¡" in text) and name == "Spanish"
    if worth >= _ENOUGH and worth > english:
        return name
    strange = {token for token in tokens if token.islower() and _bare(token) not in COURTESIES | {token}}
    if len(strange) >= _STRANGE and english <= len(words) // 4:
        return name if worth > 1 else OTHER_LANGUAGE
    return ENGLISH if english >= _ENGLISH_ENOUGH else ""


def _worth(words: list[str], known: frozenset[str]) -> float:
    """How loudly the words speak for the language that knows these."""
    there = set(words)
    strong = len(there & known)
    return strong + _LITTLE * len(there & NAMES_OF_PLACES) if strong else 0.0


def _bare(word: str) -> str:
    """Without its accents, as people in a hurry write it."""
    if word.isascii():
        return word
    return "".join(each for each in unicodedata.normalize("NFKD", word) if not unicodedata.combining(each)).replace(
        "đ", "d"
    )
