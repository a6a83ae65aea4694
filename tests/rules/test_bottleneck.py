from __future__ import annotations

import pytest

from agent.rules.bottleneck import Waiting, bottleneck
from agent.rules.verdicts import HoldWord
from channels.outcomes import CONFIGURATION

PACES = {"sms": 1.0, "email": 10.0}


def test_the_thing_that_holds_up_most_messages_is_named() -> None:
    said = bottleneck([Waiting("sms", 900), Waiting("email", 40), Waiting("email", 500, HoldWord.WARM_UP)], paces=PACES)
    assert said == "900 texts wait: the sender takes 1 a second, so the last leaves in 15 minutes"


@pytest.mark.parametrize(
    "waiting",
    [
        [],
        [Waiting("sms", 60), Waiting("email", 600)],
        [Waiting("sms", 5000, HoldWord.QUIET_HOURS)],
        [Waiting("email", 9, "try_again")],
        [Waiting("call", 3)],
    ],
)
def test_what_is_soon_gone_or_meant_to_wait_is_no_bottleneck(waiting: list[Waiting]) -> None:
    assert bottleneck(waiting, paces=PACES) is None


@pytest.mark.parametrize("word", [HoldWord.TEXT_BUDGET, HoldWord.OLD_LIST, HoldWord.WARM_UP, HoldWord.EMAIL_BRAKE])
def test_a_limit_is_named_with_what_sets_it(word: HoldWord) -> None:
    said = bottleneck([Waiting("sms", 1, word)], paces={})
    assert said is not None
    assert said.startswith("1 text waits: ")


def test_a_sender_that_refuses_or_asks_for_time_is_named() -> None:
    refused = bottleneck([Waiting("sms", 2, CONFIGURATION), Waiting("sms", 1)], paces=PACES)
    assert refused == "2 texts wait: the sender refuses them as it is set up (`tend doctor` says why)"
    busy = bottleneck([Waiting("email", 61, "try_again")], paces=PACES)
    assert busy == "61 emails wait: the sender asks for time, or cannot be reached"


def test_without_a_pace_the_machine_is_named() -> None:
    said = bottleneck([Waiting("email", 61)], paces={})
    assert said == "61 emails wait: more is due than this machine and its senders take"
