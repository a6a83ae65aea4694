"""Word pieces: the ids of BERT's uncased vocabulary, on a vocabulary of our own small enough to read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.providers.word_pieces import LONGEST_WORD, WordPieces

VOCABULARY = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "sell",
    "##ing",
    "##s",
    "cafe",
    "my",
    "house",
    "!",
    "_",
    "12",
    "##5",
    "k",
]
PIECES = WordPieces(VOCABULARY)


def cut(text: str) -> list[str]:
    return [VOCABULARY[at] for at in PIECES.ids(text, most=50)][1:-1]


@pytest.mark.parametrize(
    "text, pieces",
    [
        ("Selling my HOUSE!", ["sell", "##ing", "my", "house", "!"]),
        ("café", ["cafe"]),
        ("125k", ["[UNK]"]),
        ("125 k", ["12", "##5", "k"]),
        ("my_house", ["my", "_", "house"]),
        ("sells!!", ["sell", "##s", "!", "!"]),
        ("sellers", ["[UNK]"]),
        ("", []),
    ],
)
def test_a_text_is_cut_into_the_longest_known_pieces_from_the_left(text: str, pieces: list[str]) -> None:
    assert cut(text) == pieces


def test_a_word_too_long_to_look_up_is_unknown() -> None:
    assert cut("house" * LONGEST_WORD) == ["[UNK]"]


def test_no_more_pieces_are_given_than_asked_for() -> None:
    assert len(PIECES.ids("my house " * 100, most=20)) == 22


def test_a_vocabulary_without_its_marks_is_refused() -> None:
    with pytest.raises(KeyError):
        WordPieces(["sell", "house"])


@given(st.text(max_size=200))
def test_any_text_has_ids_between_the_marks(text: str) -> None:
    ids = PIECES.ids(text, most=30)

    assert (ids[0], ids[-1]) == (2, 3)
    assert len(ids) <= 32
