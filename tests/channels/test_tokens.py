from __future__ import annotations

import string
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels import tokens

SECRET = b"a secret that opens nothing else"
OTHER = b"another secret, just as harmless"
LEAD = UUID("01980c5e-7b1a-7c3d-9e4f-123456789abc")
ids = st.uuids()


@given(ids, st.text(max_size=20))
def test_a_token_reads_back_to_its_id(value: UUID, purpose: str) -> None:
    token = tokens.make(SECRET, purpose=purpose, value=value)
    assert tokens.read(SECRET, purpose=purpose, token=token) == value


@given(ids)
def test_a_token_fits_an_email_local_part_and_a_url(value: UUID) -> None:
    token = tokens.make(SECRET, purpose="reply", value=value)
    assert len(f"r+{token}") <= 64
    assert set(token) <= set(string.ascii_lowercase + "234567")


def test_a_token_for_one_purpose_opens_no_other() -> None:
    token = tokens.make(SECRET, purpose="reply", value=LEAD)
    assert tokens.read(SECRET, purpose="unsubscribe", token=token) is None
    assert tokens.read(SECRET, purpose="", token=token) is None


def test_a_token_signed_with_another_secret_is_refused() -> None:
    token = tokens.make(OTHER, purpose="reply", value=LEAD)
    assert tokens.read(SECRET, purpose="reply", token=token) is None


def test_every_single_changed_letter_is_noticed() -> None:
    token = tokens.make(SECRET, purpose="reply", value=LEAD)
    for at in range(len(token)):
        for letter in set("abcdefghijklmnopqrstuvwxyz234567") - {token[at]}:
            forged = token[:at] + letter + token[at + 1 :]
            assert tokens.read(SECRET, purpose="reply", token=forged) is None


def test_a_mail_server_that_shouts_does_no_harm() -> None:
    token = tokens.make(SECRET, purpose="reply", value=LEAD)
    assert tokens.read(SECRET, purpose="reply", token=token.upper()) == LEAD


@given(st.text(max_size=60) | st.text(alphabet="abcdefghijklmnopqrstuvwxyz234567=", min_size=52, max_size=52))
def test_made_up_tokens_are_refused_and_never_raise(token: str) -> None:
    assert tokens.read(SECRET, purpose="reply", token=token) is None


def test_a_secret_that_can_be_guessed_is_refused() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        tokens.make(b"short", purpose="reply", value=LEAD)


def test_the_reply_address_carries_the_token_back_to_us() -> None:
    value = uuid4()
    token = tokens.make(SECRET, purpose="reply", value=value)
    address = tokens.reply_address(token=token, domain="reply.example.org")
    (found,) = tokens.in_recipients(["sam@example.org", address.upper(), "r+short@reply.example.org"])
    assert tokens.read(SECRET, purpose="reply", token=found) == value
