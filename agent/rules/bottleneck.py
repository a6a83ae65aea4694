"""What messages wait for now, where it is more than a moment: the one thing that holds up most of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from agent.rules.verdicts import HoldWord
from channels.outcomes import CONFIGURATION

A_MOMENT_SECONDS = 60
_MANY = 60
"""Messages that are due, or put off, without anybody having set a pace: fewer are soon gone."""
_CALLED = {"sms": "text", "email": "email", "whatsapp": "WhatsApp message", "call": "call"}
_HELD_BY: Mapping[str, str] = {
    HoldWord.TEXT_BUDGET: "the carrier's daily budget is spent (TEND_TEXTS_PER_DAY)",
    HoldWord.WARM_UP: "the warm-up ladder of a young sender (TEND_EMAIL_WARM_UP)",
    HoldWord.EMAIL_BRAKE: "email paused itself, since too much bounced",
    HoldWord.OLD_LIST: "the Do-Not-Call list is too old (`tend dnc`)",
    HoldWord.NO_POSTAL_ADDRESS: "no postal address is set",
    CONFIGURATION: "the sender refuses them as it is set up (`tend doctor` says why)",
}
_TRY_AGAIN = "try_again"


@dataclass(frozen=True, slots=True)
class Waiting:
    """So many messages of a channel that are due, or (with `held_by`, the word they are held by) would be."""

    channel: str
    messages: int
    held_by: str = ""


def bottleneck(waiting: Iterable[Waiting], *, paces: Mapping[str, float]) -> str | None:
    """Name what holds up the most messages, in a sentence; None where nothing waits for more than a moment.

    `paces` are messages a second by channel. What is due and has no pace is held up by this machine or its senders.
    """
    found = [(each.messages, said) for each in waiting if (said := _said(each, paces)) is not None]
    return max(found, default=(0, None))[1]


def _said(waiting: Waiting, paces: Mapping[str, float]) -> str | None:
    many = waiting.messages
    what = f"{many:,} {_CALLED[waiting.channel]}{'' if many == 1 else 's'} wait{'s' if many == 1 else ''}"
    if waiting.held_by == _TRY_AGAIN:
        return f"{what}: the sender asks for time, or cannot be reached" if many > _MANY else None
    if waiting.held_by:
        why = _HELD_BY.get(waiting.held_by)
        return f"{what}: {why}" if why else None
    pace = paces.get(waiting.channel, 0.0)
    if not pace:
        return f"{what}: more is due than this machine and its senders take" if many > _MANY else None
    seconds = many / pace
    if seconds <= A_MOMENT_SECONDS:
        return None
    return f"{what}: the sender takes {pace:g} a second, so the last leaves in {seconds / 60:,.0f} minutes"
