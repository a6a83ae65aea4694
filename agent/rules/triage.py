"""What follows from a reading: every intent ends in a resume date, an end, or a hand-off to a human with a due time.

Promises that nobody falls through, that a request to see a house or to talk is never buried by low confidence, and that
words which may mean “stop” silence Tend until a person has read them. It never lowers what the opt-out rules found.
Writing the to-do, the alert and the answer is left to the flows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

from agent.rules.escalation import Escalate, ReAlert, Wait, escalation
from agent.rules.followups import (
    Decision,
    End,
    HandOff,
    Resume,
    TodoKind,
    TriageFacts,
    ended,
    handed,
    hot,
    resumed,
)
from agent.rules.leads import LeadEvent
from agent.rules.triage_words import (
    SAID,
    SILENT,
    SURE_ENOUGH,
    contact,
    details,
    name,
    named,
    reasons,
    short,
    when_named,
    whose,
)
from integrations.language_model import STOPS, Intent, Reading, Sentiment, Urgency

AT_ONCE = timedelta(minutes=15)
SOON = timedelta(hours=1)
TODAY = timedelta(hours=2)
WHEN_READ = timedelta(hours=4)

_SURELY_OFF_TOPIC = 0.65

OPTED_OUT = "opted out"
NOT_INTERESTED = "not interested"
HAS_AGENT = "has an agent"
WRONG_PERSON = "wrong person"

__all__ = [
    "Decision",
    "End",
    "Escalate",
    "HandOff",
    "ReAlert",
    "Resume",
    "TodoKind",
    "TriageFacts",
    "Wait",
    "as_far_as_it_may",
    "decide",
    "escalation",
]


def as_far_as_it_may(reading: Reading) -> Reading:
    """The local reader's opt-out is a guess beside the rules, which did not find one: a person decides."""
    if reading.intent in STOPS and reading.by_local_reader:
        return replace(reading, confidence=min(reading.confidence, 0.49))
    return reading


def decide(reading: Reading, *, facts: TriageFacts) -> Decision:
    """Map one reading to what follows.

    1. What is in a language Tend does not read is a human's, and nothing is sent until they have read it.
    2. The intent is corrected by facts the reading itself names: an agent of their own, a time to visit.
    3. Below half confidence a human reads the message; sooner when it may be hot, with everything paused when it may
       be a “stop”.
    4. Otherwise the intent's own row decides, and the reading's reason and slots become the reasons shown.
    5. Whoever is in a hurry is a hot lead, whatever the row says and however unsure the intent, unless the intent is
       one that ends things or is about something else.
    6. A fixed acknowledgement is not repeated for the same request while a human has it, nor for a “yes” to it.
    """
    if reading.foreign and reading.intent not in STOPS:
        return _foreign(reading, facts)
    intent = _meant(reading, facts)
    unsure = not reading.confidence >= SURE_ENOUGH  # so that NaN counts as unsure
    decision = _unsure(intent, reading, facts) if unsure else _ROWS[intent](reading, facts)
    if not decision.hot and _in_a_hurry(intent, reading):
        decision = _hurried(intent, reading, facts, decision)
    same = facts.previous_intent == intent.value
    if decision.acknowledge and same and (facts.has_open_handoff or reading.intent is not intent):
        decision = replace(decision, acknowledge=None)
    return replace(decision, reasons=reasons(intent, reading, decision, facts))


def _meant(reading: Reading, facts: TriageFacts) -> Intent:
    """The intent, after what the slots and the question it answers say about it."""
    if reading.intent in _LAST_WORDS:
        return reading.intent
    if reading.slots.has_agent is True:
        return Intent.HAS_AGENT
    if reading.intent in {Intent.AFFIRM, Intent.PROVIDE_INFO} and reading.slots.visit_time and facts.we_asked:
        return Intent.WANTS_CALL if facts.previous_intent == Intent.WANTS_CALL else Intent.SCHEDULE_SHOWING
    if reading.intent is Intent.AFFIRM and facts.previous_intent in {Intent.SCHEDULE_SHOWING, Intent.WANTS_CALL}:
        return Intent(facts.previous_intent)
    return reading.intent


def _foreign(reading: Reading, facts: TriageFacts) -> Decision:
    """It may be anything, a wish to stop too, so Tend is silent until somebody who knows the language has read it."""
    action = f"Read {whose(facts)} message, or have it translated, and answer: it is in {short(reading.language)}."
    decision = handed(TodoKind.READ, SOON, action, alert=True, pause_for_doubt=True)
    return replace(decision, reasons=(f"In {short(reading.language)}, which Tend does not read", SILENT))


def _unsure(intent: Intent, reading: Reading, facts: TriageFacts) -> Decision:
    """Tend could not tell: a person reads the words themselves."""
    doubt = intent in _MAY_MEAN_STOP or reading.sentiment is Sentiment.NEGATIVE
    may_be_hot = intent in _HOT_IF_SURE or reading.urgency is Urgency.HIGH
    if intent in STOPS:
        action = "Read it yourself: it may ask us to stop. Press “Opt out” if it does, else “Resume Tend”."
        return handed(TodoKind.OPT_OUT_DOUBT, SOON, action, alert=True, pause_for_doubt=True)
    action = f"Read {whose(facts)} message yourself: Tend could not tell what is meant"
    if may_be_hot:
        action += f", perhaps {SAID[intent]}" if intent in _HOT_IF_SURE else ", and it sounds urgent"
    due_in = SOON if may_be_hot else WHEN_READ
    return handed(TodoKind.READ, due_in, f"{action}.", alert=may_be_hot or doubt, pause_for_doubt=doubt)


def _in_a_hurry(intent: Intent, reading: Reading) -> bool:
    """Within weeks is a hurry for who may be moving; at once is one for anybody who has not turned us down."""
    if reading.urgency is Urgency.MEDIUM:
        return intent in _MAY_BE_MOVING or reading.slots.pre_approved is True
    off_topic = intent is Intent.OUT_OF_SCOPE and reading.confidence >= _SURELY_OFF_TOPIC
    return reading.urgency is Urgency.HIGH and intent not in _NEVER_HASTY and not off_topic


def _hurried(intent: Intent, reading: Reading, facts: TriageFacts, decision: Decision) -> Decision:
    perhaps = f", and perhaps {SAID[intent]}" if intent in _HOT_IF_SURE | _MAY_BE_MOVING else ""
    when = "has little time" if reading.urgency is Urgency.HIGH else "means to act within weeks"
    called = hot(TodoKind.ANSWER, SOON, f"{contact(facts)} within the hour: {when}{perhaps}. Read the message first.")
    return replace(called, pause_for_doubt=decision.pause_for_doubt)


# ---- one row per intent ---------------------------------------------------------------------------------------------


def _showing(reading: Reading, facts: TriageFacts) -> Decision:
    what = reading.slots.property or "a home"
    when = f", {when_named(reading.slots, facts)}" if reading.slots.visit_time else ""
    action = f"{contact(facts)} now: asked to see {short(what)}{when}."
    return hot(TodoKind.SHOWING, AT_ONCE, action, acknowledge="showing-ack", event=LeadEvent.SHOWING_REQUESTED)


def _call(reading: Reading, facts: TriageFacts) -> Decision:
    """A call now, or at the time they named for it; the assignee hears of it at once either way."""
    if reading.urgency is Urgency.LOW:
        action = f"Note when {name(facts)} wants to be called: it is some way off."
        return handed(TodoKind.CALL, WHEN_READ, action, alert=True, event=LeadEvent.HANDED_OFF)
    if not facts.can_call:
        action = f"Reply to {name(facts)} now and ask for a number: asked for a call, and none is on file."
        return hot(TodoKind.CALL, AT_ONCE, action, acknowledge="showing-ack")
    wished = named(reading.slots, facts)
    if wished is not None and wished.starts_at > facts.now + AT_ONCE:
        action = f"{contact(facts)} {wished.said} (their time): asked for a call “{short(reading.slots.visit_time)}”."
        return hot(TodoKind.CALL, AT_ONCE, action, acknowledge="showing-ack", due_at=wished.starts_at)
    return hot(TodoKind.CALL, AT_ONCE, f"{contact(facts)} now: asked for a call.", acknowledge="showing-ack")


def _valuation(reading: Reading, facts: TriageFacts) -> Decision:
    what = f" ({short(reading.slots.property)})" if reading.slots.property else ""
    if reading.urgency is Urgency.LOW:
        action = f"Answer {whose(facts)} question what a home is worth{what}: there is no hurry."
        return handed(TodoKind.VALUATION, WHEN_READ, action, alert=True, event=LeadEvent.HANDED_OFF)
    return hot(TodoKind.VALUATION, SOON, f"{contact(facts)} within the hour: asked what their home is worth{what}.")


def _moving(reading: Reading, facts: TriageFacts) -> Decision:
    """Buy, sell, rent, invest: hot when it is urgent or the money stands ready, else a human answers the same day."""
    wish = f"{SAID[reading.intent]}{details(reading.slots)}"
    if reading.urgency in {Urgency.HIGH, Urgency.MEDIUM}:
        return hot(TodoKind.ANSWER, SOON, f"{contact(facts)} within the hour: {wish}, and soon.")
    if reading.urgency is Urgency.LOW:
        return resumed(7, f"{wish}, without hurry", temperature="warm")
    if reading.slots.pre_approved is True:
        return hot(TodoKind.ANSWER, SOON, f"{contact(facts)} within the hour: {wish}, and pre-approved.")
    action = f"Reply to {name(facts)} today: {wish}."
    return handed(TodoKind.ANSWER, WHEN_READ, action, alert=True, event=LeadEvent.HANDED_OFF)


def _informed(reading: Reading, facts: TriageFacts) -> Decision:
    if reading.urgency is Urgency.HIGH or (reading.slots.pre_approved is True and reading.urgency is not Urgency.LOW):
        news = "is pre-approved" if reading.slots.pre_approved is True else "has little time"
        return hot(TodoKind.ANSWER, SOON, f"{contact(facts)} within the hour: wrote back and {news}.")
    return resumed(1, "told us more", temperature="warm")


def _question(reading: Reading, facts: TriageFacts) -> Decision:
    about = f" about {short(reading.slots.property)}" if reading.slots.property else ""
    if reading.urgency in {Urgency.HIGH, Urgency.MEDIUM} or reading.slots.visit_time:
        return hot(TodoKind.ANSWER, SOON, f"{contact(facts)} within the hour: has a question{about} that cannot wait.")
    action = f"Answer {whose(facts)} question{about}."
    return handed(TodoKind.ANSWER, TODAY, action, alert=True, event=LeadEvent.HANDED_OFF)


def _affirmed(_reading: Reading, facts: TriageFacts) -> Decision:
    if facts.we_asked:
        return hot(TodoKind.ANSWER, SOON, f"{contact(facts)} within the hour: said yes to our question.")
    action = f"Read {whose(facts)} yes and go on from it."
    return handed(TodoKind.ANSWER, TODAY, action, alert=True, event=LeadEvent.HANDED_OFF)


def _denied(reading: Reading, facts: TriageFacts) -> Decision:
    if reading.sentiment is Sentiment.NEGATIVE:
        action = f"Read {whose(facts)} no yourself: it sounds annoyed. Press “Opt out” if it means stop, or resume."
        return handed(TodoKind.READ, WHEN_READ, action, alert=True, pause_for_doubt=True, temperature="cold")
    return resumed(7, "said no to our question", temperature="cold")


def _complaint(_reading: Reading, facts: TriageFacts) -> Decision:
    action = f"{contact(facts)} within the hour and listen: a complaint."
    return handed(TodoKind.COMPLAINT, SOON, action, alert=True, pause_for_doubt=True)


def _bot(_reading: Reading, facts: TriageFacts) -> Decision:
    action = f"Write to {name(facts)} yourself: asked whether a person is there."
    return replace(handed(TodoKind.BOT_QUESTION, SOON, action, alert=True), acknowledge="bot-answer")


def _read_it(_reading: Reading, facts: TriageFacts) -> Decision:
    action = f"Read {whose(facts)} message yourself: Tend could not tell what is meant."
    return handed(TodoKind.READ, WHEN_READ, action, alert=False)


def _elsewhere(_reading: Reading, facts: TriageFacts) -> Decision:
    action = f"Read {whose(facts)} message yourself: it is about something Tend does not answer."
    return handed(TodoKind.READ, WHEN_READ, action, alert=False)


def _resuming(days: int, why: str, temperature: str) -> Callable[[Reading, TriageFacts], Decision]:
    return lambda _reading, _facts: resumed(days, why, temperature=temperature)


def _ending(decision: Decision) -> Callable[[Reading, TriageFacts], Decision]:
    return lambda _reading, _facts: decision


_LAST_WORDS = frozenset({Intent.OPT_OUT, Intent.WRONG_PERSON, Intent.COMPLAINT, Intent.ARE_YOU_A_BOT})
_MAY_MEAN_STOP = frozenset(
    {Intent.OPT_OUT, Intent.WRONG_PERSON, Intent.NOT_INTERESTED, Intent.HAS_AGENT, Intent.COMPLAINT}
)
_HOT_IF_SURE = frozenset({Intent.SCHEDULE_SHOWING, Intent.WANTS_CALL, Intent.VALUATION})
_MAY_BE_MOVING = _HOT_IF_SURE | {
    Intent.BUY, Intent.SELL, Intent.BUY_AND_SELL, Intent.RENT, Intent.INVEST, Intent.QUESTION, Intent.AFFIRM
}  # fmt: skip
_NEVER_HASTY = _MAY_MEAN_STOP | {Intent.ARE_YOU_A_BOT, Intent.NOT_NOW}

_ROWS: Mapping[Intent, Callable[[Reading, TriageFacts], Decision]] = {
    Intent.BUY: _moving,
    Intent.SELL: _moving,
    Intent.BUY_AND_SELL: _moving,
    Intent.RENT: _moving,
    Intent.INVEST: _moving,
    Intent.SCHEDULE_SHOWING: _showing,
    Intent.WANTS_CALL: _call,
    Intent.QUESTION: _question,
    Intent.VALUATION: _valuation,
    Intent.PROVIDE_INFO: _informed,
    Intent.AFFIRM: _affirmed,
    Intent.DENY: _denied,
    Intent.THANKS: _resuming(3, "said thank you", "warm"),
    Intent.GREET: _resuming(3, "said hello", "warm"),
    Intent.NOT_NOW: _resuming(14, "not now", "cold"),
    Intent.NOT_INTERESTED: _ending(ended(NOT_INTERESTED, "not interested", event=LeadEvent.LOST)),
    Intent.HAS_AGENT: _ending(ended(HAS_AGENT, "works with another agent", event=LeadEvent.LOST)),
    Intent.WRONG_PERSON: _ending(ended(WRONG_PERSON, "the wrong person", event=LeadEvent.LOST, suppress=True)),
    Intent.OPT_OUT: _ending(ended(OPTED_OUT, "asked us to stop", event=LeadEvent.OPTED_OUT, suppress=True)),
    Intent.ARE_YOU_A_BOT: _bot,
    Intent.COMPLAINT: _complaint,
    Intent.OUT_OF_SCOPE: _elsewhere,
    Intent.UNCLEAR: _read_it,
}
