"""The last look before a touch leaves: `check` answers send, hold until, or skip, from facts fresh in that transaction.

Promises that no text goes to a suppressed address, without consent, inside quiet hours or past its `not_after`,
whoever pressed the button, with the exceptions written at each rule. Finding the facts (zones, caps, consent, the next
open hour) is left to the caller, and so is locking the address row that an opt-out locks too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.rules.consent import Standing
from agent.rules.local_time import in_words, place
from agent.rules.verdicts import Channel, Hold, HoldWord, Send, Skip, SkipWord, TouchKind

PAUSE_LOOKS_AGAIN_AFTER = timedelta(minutes=15)
BLOCKED_LOOKS_AGAIN_AFTER = timedelta(hours=1)
FRESH_REPLY = timedelta(minutes=30)
CONVERSATION = timedelta(hours=24)
STOP_CONFIRMATION = "stop-confirmation"
"""The purpose of the one touch that may pass the suppression it confirms."""

__all__ = ["Channel", "GateFacts", "Hold", "HoldWord", "Send", "Skip", "SkipWord", "TouchKind", "check", "last_moment"]


@dataclass(slots=True, kw_only=True)  # not frozen: to freeze forty fields takes longer than to decide on them
class GateFacts:
    """Everything the gate may know about one touch, as it is in the transaction that would mark it `sending`.

    `by_human`: a person pressed send. `wrote_since`: the lead wrote after these words were planned. `stage_blocks`: why
    the CRM stage forbids automation, None when it does not. `lead_ended`: the end reason of an ended lead. `consent`:
    the standing for this channel. `quiet_until`: when all candidate zones are open again, None when they are open now.
    `texts_last_24h` and `text_cap` are per number; `proactive_today`: a sequence message already went to this address
    or lead on this channel today, in the lead's own day; `tomorrow_at`: the next allowed morning. `listed` (Do-Not-
    Call), `reassigned`, `list_too_old`, `over_budget`, `warming_up` and `braked` each say in words why they stand
    against this touch, and are None where they do not. `stop_in_doubt`: their words may ask us to stop, and a person
    has not decided yet. `outside_window`: why nothing may go over
    WhatsApp now, None for every other channel.
    """

    kind: TouchKind
    channel: Channel
    not_after: datetime | None
    team_paused: bool
    enrollment_active: bool
    conversation_with_human: bool
    by_human: bool
    wrote_since: bool
    snoozed_until: datetime | None
    lead_ended: str | None
    stage_blocks: str | None
    address_present: bool
    address_invalid: bool
    landline: bool
    listed: str | None
    reassigned: str | None
    list_too_old: str | None
    suppressed: bool
    consent: Standing
    quiet_until: datetime | None
    texts_last_24h: int
    text_cap: int
    over_budget: str | None
    warming_up: str | None
    braked: str | None
    proactive_today: bool
    tomorrow_at: datetime
    last_inbound_at: datetime | None
    replies_at_night: bool
    postal_address_set: bool
    allowed_recipient: bool
    can_send: bool
    outside_window: str | None
    condition_met: bool
    condition_text: str
    zone_names: tuple[str, ...]
    is_stop_confirmation: bool
    stop_in_doubt: bool


def check(facts: GateFacts, now: datetime) -> Send | Hold | Skip:
    """Decide one touch at `now` (aware UTC).

    1. The first reason that ends it for ever skips it; being past `not_after` is the last of them.
    2. Of the reasons to wait, the longest wait holds it, and the first named where they tie.
    3. A hold that would outlast `not_after` skips it at once, so that nothing is promised that cannot happen. While a
       person made a sequence wait, its last moment waits too (`last_moment`).
    4. Otherwise it is sent.
    """
    skip = next(_skips(facts, now), None)
    if skip is not None:
        return skip
    hold = max(_holds(facts, now), key=lambda found: found.until, default=None)
    if hold is None:
        return Send(_ground(facts, now))
    if facts.not_after is not None and hold.until > facts.not_after and not _everything_waits(facts, now):
        return Skip(f"Too late to be of use by the time it could go. {hold.reason}", SkipWord.LATE)
    return hold


def last_moment(facts: GateFacts, hold: Hold, now: datetime) -> datetime | None:
    """The `not_after` of a held touch: time in which its whole sequence had to wait does not count as lateness."""
    if facts.not_after is None or not _everything_waits(facts, now):
        return facts.not_after
    return max(facts.not_after, now) + (hold.until - now)


def _everything_waits(facts: GateFacts, now: datetime) -> bool:
    """Whether a sequence waits for something a person does: resume, wake, let the brake go, give the postal address."""
    snoozed = facts.snoozed_until is not None and facts.snoozed_until > now
    no_email = facts.channel is Channel.EMAIL and (facts.braked is not None or not facts.postal_address_set)
    return facts.kind is TouchKind.SEQUENCE and (facts.team_paused or snoozed or no_email)


def _skips(facts: GateFacts, now: datetime) -> Iterator[Skip]:
    """What ends a touch for ever, in the order in which a person would want to hear of it."""
    automatic = not facts.by_human and facts.kind is not TouchKind.CONFIRMATION
    if automatic and facts.lead_ended is not None:
        yield Skip(f"The lead has ended: {facts.lead_ended}", SkipWord.ENDED)
    yield from _address_skips(facts)
    if automatic and facts.stage_blocks is not None:
        yield Skip(facts.stage_blocks, SkipWord.STAGE)
    if automatic and not facts.condition_met:
        yield Skip(f"Its condition is not met: {facts.condition_text}", SkipWord.CONDITION)
    yield from _conversation_skips(facts)
    yield from _setup_skips(facts)
    if facts.not_after is not None and now > facts.not_after and not _everything_waits(facts, now):
        yield Skip("Too late to be of use", SkipWord.LATE)


def _address_skips(facts: GateFacts) -> Iterator[Skip]:
    """The address rules: an opt-out, a dead or missing address, a landline, no consent (47 CFR 64.1200(a)(2), (f)(9)).

    A call is made by a human, who needs only a way to reach the lead, and a number that is not on the Do-Not-Call list
    (47 CFR 64.1200(c)(2)) nor somebody else's by now. The one confirmation of an opt-out may pass the suppression it
    confirms, to the phone it came from only (47 CFR 64.1200(a)(12)). Confirmations are no marketing and need no
    consent.
    """
    human_call = facts.channel is Channel.CALL
    confirms_stop = facts.is_stop_confirmation and facts.kind is TouchKind.CONFIRMATION and facts.channel in _TO_A_PHONE
    if facts.suppressed and not human_call and not confirms_stop:
        yield Skip("The address opted out", SkipWord.SUPPRESSED)
    if not facts.address_present:
        yield Skip(f"There is no {_ADDRESS[facts.channel]}", SkipWord.NO_ADDRESS)
    if facts.address_invalid:
        word = SkipWord.BAD_EMAIL if facts.channel is Channel.EMAIL else SkipWord.BAD_PHONE
        yield Skip(f"The {_ADDRESS[facts.channel]} does not work", word)
    if facts.landline and facts.channel is Channel.SMS:
        yield Skip("The phone number is a landline and cannot get texts", SkipWord.LANDLINE)
    if facts.channel is not Channel.EMAIL and facts.kind is not TouchKind.CONFIRMATION:
        if facts.listed is not None:
            yield Skip(facts.listed, SkipWord.DO_NOT_CALL)
        if facts.reassigned is not None:
            yield Skip(facts.reassigned, SkipWord.REASSIGNED)
    if not facts.consent.allowed and not human_call and facts.kind is not TouchKind.CONFIRMATION:
        yield Skip(f"No consent for this channel: {facts.consent.reason}", SkipWord.NO_CONSENT)


def _conversation_skips(facts: GateFacts) -> Iterator[Skip]:
    """Words written for an earlier moment of the conversation, or over the head of the human who has it."""
    if facts.wrote_since and facts.kind in {TouchKind.REPLY, TouchKind.MANUAL}:
        yield Skip("They wrote again after these words were written", SkipWord.CONVERSATION_MOVED)
    if facts.is_stop_confirmation and not facts.suppressed:
        yield Skip("They opened the address again before the stop was confirmed", SkipWord.CONVERSATION_MOVED)
    if facts.kind is TouchKind.REPLY and facts.conversation_with_human and not facts.by_human:
        yield Skip("A person took the conversation over", SkipWord.CONVERSATION_MOVED)


def _setup_skips(facts: GateFacts) -> Iterator[Skip]:
    """What this installation cannot or may not reach. A call is a to-do and needs no sender."""
    if facts.channel is Channel.CALL:
        return
    if not facts.allowed_recipient:
        yield Skip("Sending is limited to TEND_SEND_ONLY_TO, and this address is not on it", SkipWord.SEND_ONLY_TO)
    if not facts.can_send:
        yield Skip(f"No sender for {_PLURAL[facts.channel]} is configured", SkipWord.NO_SENDER)
    if facts.outside_window is not None:
        yield Skip(f"WhatsApp: {facts.outside_window}", SkipWord.OUTSIDE_WINDOW)


def _holds(facts: GateFacts, now: datetime) -> Iterator[Hold]:
    """What makes a touch wait. Every `until` lies after `now`.

    A pause stops everything, humans' sends too, and so do words that may mean stop until a person has decided. Snooze,
    a human's conversation and the one-a-day rule stop only what Tend starts by itself, a sequence.
    """
    proactive = facts.kind is TouchKind.SEQUENCE and not facts.by_human
    if facts.team_paused:
        yield Hold(now + PAUSE_LOOKS_AGAIN_AFTER, "Held: all sending is paused", HoldWord.PAUSED)
    if facts.stop_in_doubt and facts.kind is not TouchKind.CONFIRMATION:
        reason = "Held: their words may ask us to stop, and nobody has decided yet"
        yield Hold(now + BLOCKED_LOOKS_AGAIN_AFTER, reason, HoldWord.STOP_IN_DOUBT)
    if proactive and not facts.enrollment_active:
        yield Hold(now + PAUSE_LOOKS_AGAIN_AFTER, "Held: the sequence is paused", HoldWord.ENROLLMENT_PAUSED)
    if proactive and facts.snoozed_until is not None and facts.snoozed_until > now:
        yield _held(facts, facts.snoozed_until, "a person snoozed this lead", HoldWord.SNOOZED)
    if proactive and facts.conversation_with_human:
        yield Hold(now + BLOCKED_LOOKS_AGAIN_AFTER, "Held: a person has the conversation", HoldWord.HUMAN_HAS_IT)
    if facts.channel is Channel.EMAIL and facts.kind is not TouchKind.CONFIRMATION:
        yield from _email_holds(facts, now, proactive=proactive)
    if proactive and facts.proactive_today and facts.channel is not Channel.CALL:
        sort = _SINGULAR[facts.channel]
        yield _held(facts, _later(facts.tomorrow_at, now), f"one sequence {sort} a day", HoldWord.DAILY_CAP)
    if facts.channel in _TO_A_PHONE:
        yield from _text_holds(facts, now, proactive=proactive)


def _email_holds(facts: GateFacts, now: datetime, *, proactive: bool) -> Iterator[Hold]:
    """The postal address (CAN-SPAM, 16 CFR 316.5), the brake, and the warm-up ladder for what Tend starts by itself."""
    again = now + BLOCKED_LOOKS_AGAIN_AFTER
    if not facts.postal_address_set:
        reason = "Held: emails need the brokerage's postal address, and none is set"
        yield Hold(again, reason, HoldWord.NO_POSTAL_ADDRESS)
    if facts.braked is not None:
        yield Hold(again, f"Held: {facts.braked}", HoldWord.EMAIL_BRAKE)
    if proactive and facts.warming_up is not None:
        yield Hold(again, f"Held: {facts.warming_up}", HoldWord.WARM_UP)


def _text_holds(facts: GateFacts, now: datetime, *, proactive: bool) -> Iterator[Hold]:
    """Quiet hours (47 CFR 64.1200(c)(1) and stricter states) and the texts a number may get in 24 hours.

    Outside the hours go only confirmations, and a reply within 30 minutes of the lead's own message where the team
    allows it. The cap counts what is sent unasked (Fla. Stat. 501.616(6)(b)): a person's answer to a lead who wrote in
    the last 24 hours is not, and neither is a confirmation.
    """
    if facts.kind is TouchKind.CONFIRMATION:
        return
    night_reply = facts.kind is TouchKind.REPLY and facts.replies_at_night and _wrote_within(facts, FRESH_REPLY, now)
    if facts.quiet_until is not None and facts.quiet_until > now and not night_reply:
        places = " and ".join(map(place, facts.zone_names)) or "the lead's zone"
        yield _held(facts, facts.quiet_until, f"quiet hours in {places}", HoldWord.QUIET_HOURS)
    in_talk = facts.by_human and _wrote_within(facts, CONVERSATION, now)
    if facts.texts_last_24h >= facts.text_cap and not in_talk:
        texts = f"{facts.texts_last_24h} texts in 24 hours, and {facts.text_cap} are allowed"
        yield _held(facts, _later(facts.tomorrow_at, now), texts, HoldWord.TEXT_CAP)
    if proactive and facts.list_too_old is not None:
        yield Hold(now + BLOCKED_LOOKS_AGAIN_AFTER, f"Held: {facts.list_too_old}", HoldWord.OLD_LIST)
    if facts.over_budget is not None:
        yield Hold(now + BLOCKED_LOOKS_AGAIN_AFTER, f"Held: {facts.over_budget}", HoldWord.TEXT_BUDGET)


def _held(facts: GateFacts, until: datetime, why: str, word: HoldWord) -> Hold:
    return Hold(until, f"Held until {in_words(until, facts.zone_names)}: {why}", word)


def _later(moment: datetime, now: datetime) -> datetime:
    """The moment, or an hour from now where it has passed: a hold never ends in the past."""
    return moment if moment > now else now + BLOCKED_LOOKS_AGAIN_AFTER


def _wrote_within(facts: GateFacts, span: timedelta, now: datetime) -> bool:
    return facts.last_inbound_at is not None and timedelta(0) <= now - facts.last_inbound_at <= span


def _ground(facts: GateFacts, now: datetime) -> str:
    if facts.channel is Channel.CALL:
        return "A call is due: a to-do for a person"
    if facts.kind is TouchKind.CONFIRMATION:
        return "A fixed answer to the lead's own message"
    if facts.channel is Channel.EMAIL:
        return f"Emails may go at any hour; {facts.consent.reason}"
    if facts.quiet_until is not None and facts.quiet_until > now:
        return f"The lead wrote less than 30 minutes ago, and the team answers at night; {facts.consent.reason}"
    return f"It is {in_words(now, facts.zone_names)}, an allowed hour; {facts.consent.reason}"


_TO_A_PHONE = frozenset({Channel.SMS, Channel.WHATSAPP})
_ADDRESS = {
    Channel.EMAIL: "email address",
    Channel.SMS: "phone number",
    Channel.WHATSAPP: "phone number",
    Channel.CALL: "phone number to call",
}
_SINGULAR = {
    Channel.EMAIL: "email",
    Channel.SMS: "text",
    Channel.WHATSAPP: "WhatsApp message",
    Channel.CALL: "call",
}
_PLURAL = {name: f"{called}s" for name, called in _SINGULAR.items()}
