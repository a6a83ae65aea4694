"""What can follow from a message: resume, end or hand-off, with the facts and the decision around it.

Values and the four shapes a decision takes. A hand-off always has a due time, so that a to-do nobody does can be
re-alerted and escalated (`escalation`). Which shape follows from which words is `triage`'s to say.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from agent.rules.leads import LeadEvent


class TodoKind(StrEnum):
    """What a hand-off asks of the human."""

    SHOWING = "showing"
    CALL = "call"
    VALUATION = "valuation"
    ANSWER = "answer"
    COMPLAINT = "complaint"
    BOT_QUESTION = "bot_question"
    READ = "read"
    OPT_OUT_DOUBT = "opt_out_doubt"


@dataclass(frozen=True, slots=True)
class Resume:
    """The sequence goes on by itself after so many days of silence (1 or more)."""

    days: int


@dataclass(frozen=True, slots=True)
class End:
    """Automation is over for this lead; `reason` is the end reason on its page."""

    reason: str


@dataclass(frozen=True, slots=True)
class HandOff:
    """A human acts: a to-do of this `kind`, due after `due_in`, saying `action`; `alert` tells them at once.

    `due_at` is the instant the lead asked for; None where they left it to us.
    """

    kind: TodoKind
    due_in: timedelta
    action: str
    alert: bool
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TriageFacts:
    """What is known of the lead beside the reading.

    `said_at` is when they wrote, `now` when it is read, `zone` the one they most likely live by.
    `can_call`: there is a phone number. `has_open_handoff`: a human already has a to-do from an earlier message.
    `previous_intent`: the last intent read (a value of `Intent`), None for a first message. `we_asked`: our last
    message proposed a step (`rules.asking`), so that “yes”, or an hour, is an answer.
    """

    said_at: datetime
    now: datetime
    zone: str
    first_name: str
    can_call: bool
    has_open_handoff: bool
    previous_intent: str | None
    we_asked: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What follows from one message.

    `acknowledge` names the fixed answer to send through the gate (`showing-ack`, `bot-answer`) or is None.
    `temperature` is hot, warm or cold. `suppress`: the address must not be written to again. `pause_for_doubt`: nothing
    goes to this person on any channel until a human decides. `next_action` is one sentence for the human.
    """

    followup: Resume | End | HandOff
    hot: bool
    acknowledge: str | None
    temperature: str
    suppress: bool
    pause_for_doubt: bool
    lead_event: LeadEvent | None
    next_action: str
    reasons: tuple[str, ...]


def hot(
    kind: TodoKind,
    due_in: timedelta,
    action: str,
    *,
    acknowledge: str | None = None,
    event: LeadEvent = LeadEvent.SCORED_HOT,
    due_at: datetime | None = None,
) -> Decision:
    """A hot lead: handed over with an alert."""
    decision = handed(kind, due_in, action, alert=True, event=event, temperature="hot")
    followup = HandOff(kind, due_in, action, alert=True, due_at=due_at)
    return replace(decision, followup=followup, hot=True, acknowledge=acknowledge)


def handed(
    kind: TodoKind,
    due_in: timedelta,
    action: str,
    *,
    alert: bool,
    event: LeadEvent = LeadEvent.REPLIED,
    pause_for_doubt: bool = False,
    temperature: str = "warm",
) -> Decision:
    """A message that a human answers."""
    return Decision(
        followup=HandOff(kind, due_in, action, alert),
        hot=False,
        acknowledge=None,
        temperature=temperature,
        suppress=False,
        pause_for_doubt=pause_for_doubt,
        lead_event=event,
        next_action=action,
        reasons=(),
    )


def resumed(days: int, why: str, *, temperature: str) -> Decision:
    """A message after which the sequence goes on by itself."""
    unit = "day" if days == 1 else "days"
    return Decision(
        followup=Resume(days),
        hot=False,
        acknowledge=None,
        temperature=temperature,
        suppress=False,
        pause_for_doubt=False,
        lead_event=LeadEvent.REPLIED,
        next_action=f"Nothing now: {why}. Tend goes on in {days} {unit}.",
        reasons=(),
    )


def ended(reason: str, why: str, *, event: LeadEvent, suppress: bool = False) -> Decision:
    """A message after which Tend is silent for good."""
    return Decision(
        followup=End(reason),
        hot=False,
        acknowledge=None,
        temperature="cold",
        suppress=suppress,
        pause_for_doubt=False,
        lead_event=event,
        next_action=f"Nothing to do: {why}. Tend has stopped.",
        reasons=(),
    )
