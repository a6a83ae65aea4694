"""By when somebody means to act, in bands, from the spans they write."""

from __future__ import annotations

import pytest

from integrations.language_model import ReadingRequest, Sentiment, Timeline
from integrations.providers.local_reader import LocalReader

NOW, THREE, SIX = Timeline.NOW, Timeline.THREE_MONTHS, Timeline.SIX_MONTHS
YEAR, LATER, UNKNOWN = Timeline.YEAR, Timeline.LATER, Timeline.UNKNOWN


@pytest.mark.parametrize(
    "text, band",
    [
        ("We need a place asap", NOW),
        ("moving in two weeks", NOW),
        ("Closing within 30 days", NOW),
        ("we want to be in this month", NOW),
        ("in the next couple of months", THREE),
        ("2-3 months out", THREE),
        ("next month works", THREE),
        ("probably 3 to 6 months", SIX),
        ("six months from now", SIX),
        ("in a year or so", YEAR),
        ("Maybe 9 months", YEAR),
        ("next year", YEAR),
        ("6+ months", YEAR),
        ("12+ months", LATER),
        ("in 2 years, not before", LATER),
        ("no rush, someday", LATER),
        ("asap, but 6 months would be fine too", SIX),
        ("by June 1", UNKNOWN),
        ("We've been looking for 3 months", UNKNOWN),
        ("a 5 year old house", UNKNOWN),
        ("built two years ago", UNKNOWN),
        ("a 30 year mortgage", UNKNOWN),
        ("We lived here for the past 4 years", UNKNOWN),
        ("3 bed in Austin", UNKNOWN),
        ("", UNKNOWN),
    ],
)
async def test_a_span_falls_into_its_band_and_nothing_else_does(text: str, band: Timeline) -> None:
    assert (await LocalReader().read(ReadingRequest(text))).reading.timeline is band


async def test_a_forms_timeline_speaks_where_the_words_do_not() -> None:
    facts = {"timeline": "3-6_months"}
    reader = LocalReader()
    assert (await reader.read(ReadingRequest("3 bed in Austin", facts=facts))).reading.timeline is SIX
    assert (await reader.read(ReadingRequest("we need it asap", facts=facts))).reading.timeline is NOW


async def test_a_tone_has_a_strength_and_a_neutral_one_has_none() -> None:
    def read(text: str) -> ReadingRequest:
        return ReadingRequest(text)

    loud = (await LocalReader().read(read("I love it, amazing and beautiful, thank you!"))).reading
    quiet = (await LocalReader().read(read("It was nice"))).reading
    plain = (await LocalReader().read(read("3 bed in Austin"))).reading
    assert (loud.sentiment, loud.strength) == (Sentiment.POSITIVE, 1.0)
    assert 0 < quiet.strength < loud.strength
    assert (plain.sentiment, plain.strength) == (Sentiment.NEUTRAL, 0.0)


async def test_every_field_that_says_something_says_how_sure_it_is() -> None:
    reading = (await LocalReader().read(ReadingRequest("3 bed under 450k in Austin, moving in 2 months"))).reading
    assert {"sentiment", "urgency", "timeline", "beds", "price_max", "area", "move_date"} <= set(reading.confidences)
    assert "baths" not in reading.confidences
    assert all(0 < each <= 1 for each in reading.confidences.values())
    assert reading.version.startswith("seeds ")
