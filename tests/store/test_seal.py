from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.store.ids import new_id, parsed, shown
from agent.store.seal import SealBroken, Sealer, key_from_text, new_key, unwrap, wrap

KEY = key_from_text(new_key())
SEALER = Sealer(KEY, b"h" * 32)


@given(st.text())
def test_what_is_sealed_opens_to_the_same_words(words: str) -> None:
    row = new_id()
    opened = SEALER.open("leads", "first_name", row, SEALER.seal("leads", "first_name", row, words))
    assert opened == words.encode("utf-8", "replace").decode()


def test_a_sealed_value_shows_nothing_and_never_repeats() -> None:
    row = new_id()
    first, second = (SEALER.seal("leads", "first_name", row, "Maria Alvarez") for _ in range(2))
    assert b"Maria" not in first
    assert first != second


@pytest.mark.parametrize(
    "place", [("leads", "last_name", 0), ("addresses", "first_name", 0), ("leads", "first_name", 1)]
)
def test_a_value_moved_to_another_place_does_not_open(place: tuple[str, str, int]) -> None:
    rows = [new_id(), new_id()]
    sealed = SEALER.seal("leads", "first_name", rows[0], "Maria")
    with pytest.raises(SealBroken, match="another row"):
        SEALER.open(place[0], place[1], rows[place[2]], sealed)


def test_another_key_is_told_what_to_set() -> None:
    row = new_id()
    sealed = SEALER.seal("leads", "first_name", row, "Maria")
    other = Sealer(b"o" * 32, SEALER.hash_key)
    with pytest.raises(SealBroken, match=r"TEND_SECRET_KEY|damaged"):
        other.open("leads", "first_name", row, sealed)
    with pytest.raises(SealBroken):
        unwrap(b"o" * 32, wrap(KEY, b"secret" * 5))
    assert unwrap(KEY, wrap(KEY, b"secret" * 5)) == b"secret" * 5


def test_a_demo_database_is_not_opened_as_a_real_one() -> None:
    with pytest.raises(SealBroken, match="demo"):
        unwrap(KEY, wrap(None, b"secret"))


def test_hashes_of_one_value_differ_by_kind_and_by_installation() -> None:
    other = Sealer(KEY, b"i" * 32)
    hashes = {SEALER.hash("email", "x"), SEALER.hash("sms", "x"), SEALER.hash("email", "y"), other.hash("email", "x")}
    assert len(hashes) == 4
    assert SEALER.hash("email", "x") == SEALER.hash("email", "x")
    assert {len(each) for each in hashes} == {16}


@pytest.mark.parametrize("text", ["", "short", "not base64 at all!", "c2hvcnQ=" * 3])
def test_a_key_of_the_wrong_size_is_refused_with_what_to_do(text: str) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        key_from_text(text)


def test_ids_are_version_seven_and_in_order_of_making() -> None:
    ids = [new_id() for _ in range(1000)]
    assert {each.version for each in ids} == {7}
    assert {each.variant for each in ids} == {"specified in RFC 4122"}
    assert len(set(ids)) == 1000
    assert [each.int >> 80 for each in ids] == sorted(each.int >> 80 for each in ids)


def test_an_id_is_read_back_only_as_what_it_was_shown_as() -> None:
    made = new_id()
    assert parsed("lead", shown("lead", made)) == made
    for wrong in (shown("touch", made), "lead_", "lead_xyz", made.hex, shown("lead", made) + "0", "lead_" + "g" * 32):
        assert parsed("lead", wrong) is None
