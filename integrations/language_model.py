"""The reading door: what a lead's words mean, whoever reads them (a language model or the local reader).

`Reading` is a closed type: code decides what follows from it. Text handed in is untrusted data; a reader has no tools
and no say in recipients, times, consent or links.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class Intent(StrEnum):
    """What the person wants, one word. `UNCLEAR` when nobody can tell."""

    BUY = "buy"
    SELL = "sell"
    BUY_AND_SELL = "buy_and_sell"
    RENT = "rent"
    INVEST = "invest"
    SCHEDULE_SHOWING = "schedule_showing"
    WANTS_CALL = "wants_call"
    QUESTION = "question"
    VALUATION = "valuation"
    PROVIDE_INFO = "provide_info"
    AFFIRM = "affirm"
    DENY = "deny"
    THANKS = "thanks"
    GREET = "greet"
    NOT_NOW = "not_now"
    NOT_INTERESTED = "not_interested"
    HAS_AGENT = "has_agent"
    WRONG_PERSON = "wrong_person"
    OPT_OUT = "opt_out"
    ARE_YOU_A_BOT = "are_you_a_bot"
    COMPLAINT = "complaint"
    OUT_OF_SCOPE = "out_of_scope"
    UNCLEAR = "unclear"


STOPS = frozenset({Intent.OPT_OUT, Intent.WRONG_PERSON})
"""What ends messages to an address: a reader may raise to these and never lowers from them."""


class Sentiment(StrEnum):
    """Tone of the words."""

    NEGATIVE = "negative"
    NEUTRAL = "neutral"
    POSITIVE = "positive"


class Urgency(StrEnum):
    """How soon the person means to act."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    UNKNOWN = "unknown"


class Timeline(StrEnum):
    """By when the person means to buy, sell, rent or move, as far as their words name a span.

    A calendar date alone is `UNKNOWN`: what is left until then is for code that knows today's date.
    """

    NOW = "now"
    THREE_MONTHS = "within_3_months"
    SIX_MONTHS = "within_6_months"
    YEAR = "within_a_year"
    LATER = "later"
    UNKNOWN = "unknown"


ENGLISH = "English"
"""The language Tend reads."""

OTHER_LANGUAGE = "another language"
"""A language that is not English, and that Tend cannot name."""


NOT_ASKED = "model not asked"
"""What stands behind the local reader's name where it was sure enough alone."""


@dataclass(frozen=True, slots=True)
class Slots:
    """Facts named in the text, as the person wrote them; empty strings where absent.

    Rooms are figures (`3`, `2-3`, `2.5`, `3+`, `studio`), prices whole dollars.
    """

    area: str = ""
    property: str = ""
    beds: str = ""
    baths: str = ""
    price_min: int | None = None
    price_max: int | None = None
    visit_time: str = ""
    move_date: str = ""
    pre_approved: bool | None = None
    has_agent: bool | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a message means.

    `confidence` is 0..1 and the intent's; `confidences` are the other fields', by name (`urgency`, `area`), where they
    say something. `strength` is how strong the sentiment is, 0..1, and 0 for a neutral one. `quote` is the lead's words
    it rests on. `reader` names who read it, with its version, and the fallback's cause where one took over; `version`
    names what it read by: the prompt with its hash, or the seeds its weights come from. `language` is one by its
    English name, empty where too little was said to tell.
    """

    intent: Intent
    sentiment: Sentiment
    urgency: Urgency
    confidence: float
    reason: str
    quote: str
    reader: str
    slots: Slots = field(default_factory=Slots)
    strength: float = 0.0
    timeline: Timeline = Timeline.UNKNOWN
    language: str = ENGLISH
    confidences: Mapping[str, float] = field(default_factory=dict)
    version: str = ""

    @property
    def foreign(self) -> bool:
        """Whether it is in a language Tend does not read, so that a person has to."""
        return self.language not in {"", ENGLISH}

    @property
    def by_local_reader(self) -> bool:
        """Whether no model read it: the local reader's names begin with “local”, also where it took over."""
        return self.reader.startswith("local")


@dataclass(frozen=True, slots=True)
class ReadingRequest:
    """What a reader gets: the lead's own words, our previous message, and structured facts (CRM, event, form)."""

    text: str
    previous_outbound: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Usage:
    """What one model call used and cost. `cost_microusd` is millionths of a dollar."""

    model: str
    input_tokens: int
    output_tokens: int
    cost_microusd: int
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """A reading with what it cost (None for the local reader)."""

    reading: Reading
    usage: Usage | None = None


class Reader(Protocol):
    """Reads one message. Raises `integrations.errors.ReaderError` for expected failures."""

    async def read(self, request: ReadingRequest) -> Answer:
        """Say what the words mean, within the reader's own time budget."""
        ...
