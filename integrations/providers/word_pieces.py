"""Text as the word pieces of BERT's uncased vocabulary, which the sentence model was trained on.

Promises the ids that the reference tokenizer gives: lower case, no accents, punctuation apart, then the longest piece
that is known from the left (Wu et al. 2016, section 4.1). The vocabulary is a file of one piece a line; `run.py` takes
it out of a package and checks its sum.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

LONGEST_WORD = 100
"""Characters of a word looked up; a longer one is unknown."""

_WORD = re.compile(r"[^\W_]+|[^\w\s]|_")


class WordPieces:
    """Cuts texts by one vocabulary. Raises `KeyError` when that lacks the marks of a BERT vocabulary."""

    def __init__(self, vocabulary: Sequence[str]) -> None:
        self._ids: Mapping[str, int] = {piece: at for at, piece in enumerate(vocabulary)}
        self._unknown, self._begin, self._end = (self._ids[mark] for mark in ("[UNK]", "[CLS]", "[SEP]"))

    @classmethod
    def of_file(cls, file: Path) -> WordPieces:
        """Read a vocabulary. Raises `OSError`."""
        return cls(file.read_text("utf-8").splitlines())

    def ids(self, text: str, *, most: int) -> list[int]:
        """The ids of the first `most` pieces, between the marks for begin and end."""
        pieces = [piece for word in _words(text) for piece in self._pieces(word)]
        return [self._begin, *pieces[:most], self._end]

    def _pieces(self, word: str) -> list[int]:
        if len(word) > LONGEST_WORD:
            return [self._unknown]
        found: list[int] = []
        start = 0
        while start < len(word):
            mark = "##" if start else ""
            ends = range(len(word), start, -1)
            end = next((end for end in ends if mark + word[start:end] in self._ids), None)
            if end is None:
                return [self._unknown]
            found.append(self._ids[mark + word[start:end]])
            start = end
        return found


def _words(text: str) -> Iterator[str]:
    bare = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(c))
    return (found.group() for found in _WORD.finditer(bare))
