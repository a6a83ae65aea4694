from __future__ import annotations

import pytest

from agent.rules.own_footer import less_footer

FOOTER = "Alder Realty, 200 Alder Street, Austin\nStop these emails: "


@pytest.mark.parametrize(
    "sent_back",
    [
        "Alder Realty, 200 Alder Street, Austin\nStop these emails: https://tend.example/u/abc",
        "Alder Realty, 200 Alder Street, Austin\nStop these emails<https://tend.example/u/abc>",
        "  alder realty,  200 Alder Street, Austin \nStop these emails",
    ],
)
def test_our_footer_is_taken_out_as_mail_programs_send_it_back(sent_back: str) -> None:
    assert less_footer(f"Yes!\n\n{sent_back}\nMaya", FOOTER) == ("Yes!\n\nMaya", sent_back)


@pytest.mark.parametrize(
    "words",
    [
        "",
        "Stop these emails",
        "Stop these emails: https://tend.example/u/abc",
        "Alder Realty, 200 Alder Street, Austin\nstop emailing me",
        "Alder Realty, 200 Alder Street, Austin\nStop these emails now",
    ],
)
def test_their_own_words_stay_though_they_are_like_ours(words: str) -> None:
    assert less_footer(words, FOOTER) == (words, "")


def test_without_a_footer_everything_is_theirs() -> None:
    assert less_footer("one\n\ntwo", "") == ("one\n\ntwo", "")
