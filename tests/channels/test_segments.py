from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.sms import Segments, fold, segments

HOUSE = "\N{HOUSE BUILDING}"  # one character, two UTF-16 units


@pytest.mark.parametrize(
    "body, encoding, count",
    [
        ("", "gsm7", 1),
        ("a" * 160, "gsm7", 1),
        ("a" * 161, "gsm7", 2),
        ("a" * 306, "gsm7", 2),
        ("a" * 307, "gsm7", 3),
        ("€" * 80, "gsm7", 1),
        ("€" * 81, "gsm7", 2),
        ("€" * 152, "gsm7", 2),
        ("€" * 153, "gsm7", 3),  # 306 septets, but no segment of 153 holds half a character
        ("a" * 152 + "€" + "a" * 151, "gsm7", 2),
        ("a" * 152 + "€" + "a" * 152, "gsm7", 3),
        ("^{}\\[~]|€\f" * 8, "gsm7", 1),
        ("don’t", "ucs2", 1),
        ("don't", "gsm7", 1),
        ("señor, à bientôt", "ucs2", 1),  # ô is not in the alphabet, ñ and à are
        ("señora, ¿qué tal?", "gsm7", 1),
        ("fête", "ucs2", 1),
        ("`", "ucs2", 1),
        ("\t", "ucs2", 1),
        ("’" * 70, "ucs2", 1),
        ("’" * 71, "ucs2", 2),
        ("’" * 134, "ucs2", 2),
        ("’" * 135, "ucs2", 3),
        (HOUSE * 35, "ucs2", 1),
        (HOUSE * 36, "ucs2", 2),
        (HOUSE * 66, "ucs2", 2),
        (HOUSE * 67, "ucs2", 3),  # 134 units, but no segment of 67 holds half an emoji
        ("\ud83c", "ucs2", 1),  # half an emoji is counted, not a crash
    ],
)
def test_a_text_is_counted_as_the_carrier_bills_it(body: str, encoding: str, count: int) -> None:
    assert segments(body) == Segments(encoding, count)


def test_the_alphabet_is_the_127_printable_characters_of_gsm_03_38_and_ten_extensions() -> None:
    everything = [chr(n) for n in range(0x10000) if not 0xD800 <= n <= 0xDFFF]
    assert sum(segments(c).encoding == "gsm7" for c in everything) == 127 + 10
    assert sum(segments(c * 81) == Segments("gsm7", 2) for c in everything) == 10


def test_folding_look_alikes_keeps_a_text_in_the_cheap_alphabet() -> None:
    body = "“Don’t wait” – it’s 10 a.m.\u00a0sharp… a twenty\u2011minute walk\u200b"
    assert segments(body).encoding == "ucs2"
    assert fold(body) == "\"Don't wait\" - it's 10 a.m. sharp... a twenty-minute walk"
    assert segments(fold(body)).encoding == "gsm7"


def test_folding_leaves_letters_and_emoji_alone() -> None:
    assert fold(f"Señor Ångström {HOUSE} fête €5") == f"Señor Ångström {HOUSE} fête €5"


@given(st.text(max_size=400))
def test_no_text_is_billed_for_less_room_than_it_takes(body: str) -> None:
    counted = segments(body)
    units = len(body.encode("utf-16-le", "surrogatepass")) // 2
    room = {"gsm7": (160, 153), "ucs2": (70, 67)}[counted.encoding]
    assert units <= (room[0] if counted.count == 1 else room[1] * counted.count)


@given(st.text(max_size=200), st.text(max_size=20))
def test_a_longer_text_never_costs_less(body: str, more: str) -> None:
    assert segments(body + more).count >= segments(body).count


@given(st.text(max_size=200))
def test_folding_twice_is_folding_once(body: str) -> None:
    assert fold(fold(body)) == fold(body)
