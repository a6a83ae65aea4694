"""The whole path a reply takes, for measures: a machine's answer, opt-out words, the reader, what follows.

The same steps in the same order as `flows.replies` and `flows.following`, on plain data: a stop or a wrong person is
never read, a doubt pauses and is read all the same, and what follows is for `rules.triage` to say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from agent.clock import SystemClock
from agent.commands.eval_readers import Timed, once
from agent.flows.judging import merged
from agent.rules.asking import proposes
from agent.rules.auto_texts import is_automatic
from agent.rules.optout import Signal, signal
from agent.rules.steering import kept
from agent.rules.triage import Decision, HandOff, TodoKind, TriageFacts, as_far_as_it_may, decide
from integrations.language_model import Reader, ReadingRequest

_NEVER_READ = frozenset({Signal.STOP, Signal.WRONG_PERSON, Signal.START, Signal.HELP})
_ZONE = "America/New_York"
"""Where a lead lives of whom nothing is said; it moves no decision, only the hour in its words."""
_CLOSES = frozenset({Signal.STOP, Signal.WRONG_PERSON})


@dataclass(slots=True)
class Lead:
    """What is known of a lead by the messages so far."""

    facts: Mapping[str, Any] = field(default_factory=dict)
    intent: str = ""
    has_hot_todo: bool = False


@dataclass(frozen=True, slots=True)
class Heard:
    """What became of one message: its opt-out signal, its reading and the decision, None where it was never read."""

    said: Signal
    read: Timed | None = None
    decision: Decision | None = None

    @property
    def suppresses(self) -> bool:
        """Whether the address is closed for good."""
        return self.said in _CLOSES or (self.decision is not None and self.decision.suppress)

    @property
    def pauses(self) -> bool:
        """Whether a person is asked if it is an opt-out, or it is surely one."""
        return self.suppresses or self.said is Signal.DOUBT or self._asks_about_stop

    @property
    def silences(self) -> bool:
        """Whether nothing goes out to them until a person decides, for whatever reason."""
        return self.pauses or (self.decision is not None and self.decision.pause_for_doubt)

    @property
    def calls_out(self) -> bool:
        """Whether a person is called out to a hot lead."""
        return self.decision is not None and self.decision.hot

    @property
    def _asks_about_stop(self) -> bool:
        followup = self.decision.followup if self.decision is not None else None
        return isinstance(followup, HandOff) and followup.kind is TodoKind.OPT_OUT_DOUBT


async def hear(reader: Reader, text: str, *, asked: str, lead: Lead) -> Heard:
    """Do with one message what Tend does with a reply, and let the lead be known by it."""
    if is_automatic(text):
        return Heard(Signal.NONE)
    said = signal(text)
    if said in _NEVER_READ:
        return Heard(said)
    facts = {key: str(value) for key, value in lead.facts.items() if isinstance(value, str | int)}
    read = await once(reader, ReadingRequest(text, previous_outbound=asked, facts=facts))
    now = SystemClock().now()
    decision = decide(
        as_far_as_it_may(read.reading),
        facts=TriageFacts(
            said_at=now,
            now=now,
            zone=_ZONE,
            first_name="",
            can_call=True,
            has_open_handoff=lead.has_hot_todo,
            previous_intent=lead.intent or None,
            we_asked=proposes(asked),
        ),
    )
    lead.facts = merged(lead.facts, read.reading, now, words=text)
    lead.intent = kept(read.reading.intent, before=lead.intent)
    lead.has_hot_todo = lead.has_hot_todo or decision.hot
    return Heard(said, read, decision)
