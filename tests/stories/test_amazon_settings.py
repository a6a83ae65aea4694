"""Which settings open the doors for Amazon's notices, and what is refused at the start."""

from __future__ import annotations

import pytest

from agent import wiring, words
from agent.clock import SystemClock
from agent.settings import Settings
from channels.standins.sns import ARN


def test_naming_a_topic_opens_the_doors_and_without_one_they_are_closed() -> None:
    loaded = words.load()

    closed = wiring.doors(Settings(), loaded, SystemClock())
    opened = wiring.doors(Settings(tend_sns_topics=f"{ARN}, {ARN}-mail"), loaded, SystemClock())

    assert (closed.notices, closed.mail_store) == (None, None)
    assert opened.notices is not None
    assert opened.mail_store is not None
    opened.mail_store.close()


def test_what_is_no_topic_stops_the_start_and_says_which_setting() -> None:
    with pytest.raises(wiring.CannotStart, match=r"TEND_SNS_TOPICS: 'tend' is no topic"):
        wiring.doors(Settings(tend_sns_topics="tend"), words.load(), SystemClock())
