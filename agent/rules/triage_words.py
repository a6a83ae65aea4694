"""The words a human reads beside a to-do: who it is about, what they asked, and why it was handed over.

A lead's own words appear shortened and on one line; they are shown to the assignee, never acted on.
"""

from __future__ import annotations

from collections.abc import Mapping

from agent.rules.followups import Decision, TriageFacts
from agent.rules.named_time import NamedTime, named_time
from integrations.language_model import Intent, Reading, Sentiment, Slots, Urgency

SURE_ENOUGH = 0.5
_MAX_WORDS = 80
SILENT = "Tend is silent until a person decides"

SAID: Mapping[Intent, str] = {
    Intent.BUY: "wants to buy",
    Intent.SELL: "wants to sell",
    Intent.BUY_AND_SELL: "wants to buy and sell",
    Intent.RENT: "wants to rent",
    Intent.INVEST: "wants to invest",
    Intent.SCHEDULE_SHOWING: "asks to see a home",
    Intent.WANTS_CALL: "asks for a call",
    Intent.QUESTION: "asks a question",
    Intent.VALUATION: "asks what their home is worth",
    Intent.PROVIDE_INFO: "tells us more",
    Intent.AFFIRM: "says yes",
    Intent.DENY: "says no",
    Intent.THANKS: "says thank you",
    Intent.GREET: "says hello",
    Intent.NOT_NOW: "not now",
    Intent.NOT_INTERESTED: "not interested",
    Intent.HAS_AGENT: "has an agent",
    Intent.WRONG_PERSON: "says we have the wrong person",
    Intent.OPT_OUT: "asks us to stop",
    Intent.ARE_YOU_A_BOT: "asks whether we are a bot",
    Intent.COMPLAINT: "complains",
    Intent.OUT_OF_SCOPE: "writes about something else",
    Intent.UNCLEAR: "unclear",
}


_NEEDS_PLAIN_WORDS = frozenset({Intent.OPT_OUT, Intent.WRONG_PERSON})
"""What the local reader alone never decides: its confidence is no figure to show."""


def reasons(intent: Intent, reading: Reading, decision: Decision, facts: TriageFacts) -> tuple[str, ...]:
    """What the page shows beside the to-do, most telling first: the intent, how sure, why, facts named, tone."""
    found = [SAID[intent].capitalize()]
    if decision.pause_for_doubt and intent in _NEEDS_PLAIN_WORDS and reading.by_local_reader:
        found.append("not sure enough to act alone")
    elif not reading.confidence >= SURE_ENOUGH:
        found.append(f"only {max(0.0, reading.confidence):.0%} sure")
    if reading.reason and reading.reason.casefold() != SAID[intent].casefold():
        found.append(short(reading.reason))
    if reading.urgency is Urgency.HIGH:
        found.append("urgent")
    if reading.slots.pre_approved is True:
        found.append("pre-approved")
    if reading.slots.visit_time:
        found.append(f"time named: {when_named(reading.slots, facts)}")
    if reading.sentiment is Sentiment.NEGATIVE:
        found.append("sounds unhappy")
    if decision.pause_for_doubt:
        found.append(SILENT)
    return tuple(found)


def named(slots: Slots, facts: TriageFacts) -> NamedTime | None:
    """The time they named for a visit or a call; None where they named none."""
    return named_time(slots.visit_time, said_at=facts.said_at, zone=facts.zone) if slots.visit_time else None


def when_named(slots: Slots, facts: TriageFacts) -> str:
    """Their words and what they come to: `Saturday morning (Sat 7 Mar, morning)`."""
    wished, words = named(slots, facts), short(slots.visit_time)
    return f"{words} ({wished.said})" if wished is not None else words


def details(slots: Slots) -> str:
    """What they look for: ` in Mueller, up to $500,000`, or nothing."""
    area = f" in {short(slots.area)}" if slots.area else ""
    price = f", up to ${slots.price_max:,}" if slots.price_max else ""
    return f"{area}{price}"


def contact(facts: TriageFacts) -> str:
    """The act: `Call Maria`, or `Reply to Maria` where there is no number."""
    return f"Call {name(facts)}" if facts.can_call else f"Reply to {name(facts)}"


def name(facts: TriageFacts) -> str:
    """The first name, or `this lead`."""
    return short(facts.first_name) or "this lead"


def whose(facts: TriageFacts) -> str:
    """The possessive: `Maria’s`, or `this lead’s`."""
    return f"{name(facts)}’s"


def short(words: str) -> str:
    """A lead's words on one line of at most 80 characters."""
    line = " ".join(words.split())
    return line if len(line) <= _MAX_WORDS else f"{line[: _MAX_WORDS - 1].rstrip()}…"
