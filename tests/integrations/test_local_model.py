"""The local model: the lines it learns from, the weights that ship, and what it may and may not decide."""

from __future__ import annotations

import time
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.language_model import Intent, ReadingRequest
from integrations.providers.local_meaning import UNKNOWN, features_of, meaning
from integrations.providers.local_model import unpacked, weights
from integrations.providers.local_reader import LocalReader
from integrations.providers.local_seeds import HARD, fingerprint, seeds
from integrations.providers.local_training import trained

SEEDS = seeds()
AT_LEAST = {Intent.BUY: 100, Intent.SELL: 100, Intent.NOT_INTERESTED: 100, Intent.WRONG_PERSON: 100} | {
    Intent.OPT_OUT: 150
}

UNSEEN = {
    Intent.BUY: [
        "hubby and me would love a three bedroom near the new H-E-B, got 60k saved for it",
        "how do we go about making an offer, we've fallen for that cottage",
        "got the preapproval letter today, lets find us a house!",
        "interested in purchasing a townhome by the end of summer",
    ],
    Intent.SELL: [
        "thinkin of puttin our house up for sale, what would you charge",
        "My aunt left me her house and I'd like to sell it",
        "we have a 4/3 in Manchaca we need to sell before the move",
        "could you list my condo",
    ],
    Intent.RENT: ["need a 1br apt to rent, 1200 max", "Do you know of a house for lease that takes a big dog?"],
    Intent.VALUATION: ["whats my place worth these days u think", "Could you tell me the value of our home?"],
    Intent.HAS_AGENT: ["we've been working w/ a realtor since may", "thanks, but my cousin is our agent"],
    Intent.NOT_INTERESTED: ["no longer looking but thx", "we ended up buying something in Elgin, thank you"],
    Intent.WRONG_PERSON: ["you got the wrong number, I'm not Ramona", "nobody named Ramona at this number"],
    Intent.SCHEDULE_SHOWING: ["any chance we could see the duplex on sunday arvo", "can u show us the place tmrw"],
    Intent.WANTS_CALL: ["have someone ring me this evening please", "rather speak to a human being"],
    Intent.OPT_OUT: ["quit sendin me texts", "plz take my number off yalls list", "ya no me manden mensajes"],
    Intent.ARE_YOU_A_BOT: ["hang on, is this a bot writing to me"],
}
"""Written after the seeds and kept apart from them: the floor that a change of seeds or features may not go below."""


def test_no_line_of_the_seeds_stands_there_twice() -> None:
    twice = [line for line, count in Counter((seed.asked, seed.text.casefold()) for seed in SEEDS).items() if count > 1]

    assert twice == []


@pytest.mark.parametrize("intent", [intent for intent in Intent if intent is not Intent.UNCLEAR])
def test_every_intent_has_enough_lines_of_its_own(intent: Intent) -> None:
    own = sum(seed.file == intent for seed in SEEDS)

    assert own >= AT_LEAST.get(intent, 60)


def test_there_are_enough_lines_that_only_sound_like_an_opt_out() -> None:
    hard = [seed for seed in SEEDS if seed.file == HARD]

    assert len(hard) >= 300
    assert {seed.intent for seed in hard}.isdisjoint({Intent.OPT_OUT, Intent.UNCLEAR})


def test_no_unseen_line_is_a_seed() -> None:
    assert {seed.text.casefold() for seed in SEEDS}.isdisjoint(
        text.casefold() for texts in UNSEEN.values() for text in texts
    )


def test_the_weights_that_ship_were_made_from_the_seeds_that_ship() -> None:
    assert weights().seeds == fingerprint(), "run `tend train reader`"


def test_training_again_gives_the_same_answers_with_the_same_probability() -> None:
    again = unpacked(trained())
    for seed in SEEDS[::25]:
        names = features_of(seed.text, seed.asked)
        before, after = weights().probabilities(names), again.probabilities(names)
        assert max(before, key=before.__getitem__) == max(after, key=after.__getitem__)
        assert after == pytest.approx(before, abs=0.02)


async def test_what_it_never_saw_is_mostly_read_right() -> None:
    pairs = [(intent, text) for intent, texts in UNSEEN.items() for text in texts]
    reader = LocalReader()
    wrong = [
        f"{text}: {got}"
        for intent, text in pairs
        if (got := (await reader.read(ReadingRequest(text))).reading.intent) is not intent
    ]

    assert len(wrong) <= 0.15 * len(pairs), wrong


def test_words_nobody_taught_it_are_unknown_however_they_are_spelled() -> None:
    assert meaning("qwrx zzplk vvtq", "") is UNKNOWN


def test_a_rule_for_an_opt_out_is_not_outvoted_by_the_rest_of_the_message() -> None:
    told = (
        "thanks so much we loved the tour and the house and want to buy it, can we see it saturday, but stop texting me"
    )

    assert meaning(told, "").intent is Intent.OPT_OUT


@given(text=st.text(max_size=300), asked=st.text(max_size=80))
def test_probabilities_of_any_text_add_up_to_one(text: str, asked: str) -> None:
    likely = weights().probabilities(features_of(text, asked))

    assert sum(likely.values()) == pytest.approx(1)
    assert all(0 <= each <= 1 for each in likely.values())


def test_the_longest_text_costs_the_model_no_more_than_a_few_milliseconds() -> None:
    names = features_of("looking for a quiet house with words " * 60, "")
    spent = []
    for _ in range(20):
        started = time.perf_counter()
        weights().probabilities(names)
        spent.append(time.perf_counter() - started)

    assert min(spent) < 0.0015
