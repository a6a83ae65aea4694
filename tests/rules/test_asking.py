"""What our last message proposed decides what a yes to it is worth."""

from __future__ import annotations

import pytest

from agent.rules.asking import proposes

STEPS = (
    "Would you like to see it on Friday?",
    "I can get you into 7 Kestrel at 11 or 2 tomorrow.",
    "When could you come by?",
    "Is there a good time for a quick call?",
    "Ready to set up those showings?",
    "Shall I have Jen ring you at 6?",
    "Do you want to move forward with it?",
    "How does this week look?",
)
NO_STEPS = (
    "Just to check, is that 4 bedrooms?",
    "Would you like me to send listings in Mueller?",
    "Are you working with an agent?",
    "Thanks for coming to our open house!",
    "It was nice to meet you at the open house on Sunday.",
    "Is your budget still around 400?",
    "",
)


@pytest.mark.parametrize("asked", STEPS)
def test_a_step_that_takes_a_person_is_a_proposal(asked: str) -> None:
    assert proposes(asked)


@pytest.mark.parametrize("asked", NO_STEPS)
def test_a_question_of_fact_or_an_offer_to_send_something_is_none(asked: str) -> None:
    assert not proposes(asked)
