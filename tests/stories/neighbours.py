"""Eight people whose hours are written down by hand, and senders that note every call and fail when they are told to.

Nothing here asks the rules under test: where somebody's clock may stand, when they may be texted and which days are
holidays is said in plain, for 2026 and the winter after it.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

from channels.email import OutgoingEmail
from channels.outcomes import SendOutcome
from channels.providers.memory import MemoryEmailSender, MemorySmsSender, Scripted
from channels.sms import OutgoingSms
from tests.cast import Lead

_HOLIDAYS = (
    "2026-01-01 2026-01-19 2026-02-16 2026-05-25 2026-06-19 2026-07-03 2026-07-04 2026-09-07 2026-10-12 2026-11-11 "
    "2026-11-26 2026-12-25 2027-01-01 2027-01-18 2027-02-15 2027-05-31"
)
HOLIDAYS = frozenset(date.fromisoformat(day) for day in _HOLIDAYS.split())
Hours = tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Somebody, how they come in, every clock that may be theirs, and the hours in which texts may reach them."""

    lead: Lead
    clocks: tuple[str, ...]
    by_form: bool
    weekdays: Hours = (9, 20)
    saturday: Hours = (9, 20)
    sunday: Hours = (12, 20)

    def awake(self, moment: datetime) -> bool:
        """Whether a text may reach them: in every clock that may be theirs, inside the hours, on no holiday."""
        return all(self._awake(moment.astimezone(ZoneInfo(clock))) for clock in self.clocks)

    def _awake(self, local: datetime) -> bool:
        hours = {5: self.saturday, 6: self.sunday}.get(local.weekday(), self.weekdays)
        if hours is None or local.date() in HOLIDAYS:
            return False
        return time(hours[0]) <= local.time() < time(hours[1])

    def same_day(self, one: datetime, other: datetime) -> bool:
        """Whether two instants lie on one day of theirs, by any clock that may be theirs."""
        zones = [ZoneInfo(clock) for clock in self.clocks]
        return any(one.astimezone(zone).date() == other.astimezone(zone).date() for zone in zones)


def _crm(lead: Lead, *clocks: str, **hours: Hours) -> Neighbour:
    return Neighbour(lead, clocks, by_form=False, **hours)


def _form(lead: Lead, *clocks: str, **hours: Hours) -> Neighbour:
    return Neighbour(lead, clocks, by_form=True, **hours)


EAST, MIDDLE, MOUNTAIN, WEST = "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"

NEIGHBOURS = (
    _crm(Lead("Tess", "Arroyo", "tess@example.com", "+15125550120", "Austin", "TX", "Texas has two"), MIDDLE, MOUNTAIN),
    _form(Lead("Perla", "Quinn", "perla@example.com", "+18505550121", "", "", "850 straddles"), EAST, MIDDLE),
    _crm(
        Lead("Roy", "Silva", "roy@example.com", "+14015550122", "Providence", "RI", "the narrowest hours"),
        EAST,
        weekdays=(9, 18),
        saturday=(10, 17),
        sunday=(12, 17),
    ),
    _form(
        Lead("Kit", "Lane", "kit@example.com", "+12705550123", "", "", "Kentucky begins at ten"),
        EAST,
        MIDDLE,
        weekdays=(10, 20),
        saturday=(10, 20),
    ),
    _crm(Lead("Abe", "Dunn", "abe@example.com", "+12515550124", "Mobile", "AL", "no Sundays"), MIDDLE, sunday=None),
    _crm(
        Lead("Mona", "Reed", "mona@example.com", "+14015550125", "Seattle", "WA", "moved west, kept her number"),
        WEST,
        weekdays=(9, 18),
        saturday=(10, 17),
        sunday=(12, 17),
    ),
    _form(Lead("Ida", "Voss", "ida@example.com", "+18125550126", "", "", "shares a phone with Otto"), EAST, MIDDLE),
    _form(Lead("Otto", "Voss", "otto@example.com", "+18125550126", "", "", "shares a phone with Ida"), EAST, MIDDLE),
)
BY_EMAIL = {each.lead.email: each for each in NEIGHBOURS}
BY_PHONE = {each.lead.phone: each for each in NEIGHBOURS}

Message = TypeVar("Message", OutgoingEmail, OutgoingSms)


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a sender about a neighbour. `order` counts whatever happened in the world, calls and closings."""

    order: int
    channel: str
    our_id: str
    to: str
    at: datetime
    taken: bool


@dataclass
class Post(Generic[Message]):
    """What both senders share: every call noted, and what the next calls about neighbours come to.

    `meanwhile` happens once, in the middle of the next such call.
    """

    now: Callable[[], datetime]
    order: itertools.count[int]
    calls: list[Call] = field(default_factory=list)
    fates: deque[Scripted] = field(default_factory=deque)
    refused: list[str] = field(default_factory=list)
    meanwhile: Callable[[str], Awaitable[None]] | None = None


class NotedEmails(MemoryEmailSender):
    """Email that notes each call about a neighbour in `post`."""

    def __init__(self, post: Post[OutgoingEmail], *, can_be_asked: bool) -> None:
        super().__init__(can_be_asked=can_be_asked)
        self.post = post

    async def send(self, email: OutgoingEmail) -> SendOutcome:
        """Take one email, or answer as its fate is."""
        if email.to not in BY_EMAIL:
            return await super().send(email)
        return await _noted(self, "email", email, super().send)


class NotedTexts(MemorySmsSender):
    """Texts that note each call about a neighbour in `post`."""

    def __init__(self, post: Post[OutgoingSms], *, can_be_asked: bool) -> None:
        super().__init__(can_be_asked=can_be_asked)
        self.post = post

    async def send(self, sms: OutgoingSms) -> SendOutcome:
        """Take one text, or answer as its fate is."""
        if sms.to not in BY_PHONE:
            return await super().send(sms)
        return await _noted(self, "sms", sms, super().send)


async def _noted(
    sender: NotedEmails | NotedTexts,
    channel: str,
    message: Message,
    send: Callable[[Message], Awaitable[SendOutcome]],
) -> SendOutcome:
    post = sender.post
    order, before = next(post.order), len(sender.sent)
    if post.meanwhile is not None:
        meanwhile, post.meanwhile = post.meanwhile, None
        await meanwhile(message.to)
    if post.fates:
        sender.script(post.fates.popleft())
    answer = await send(message)
    taken = any(each.our_id == message.our_id for each in sender.sent[before:])
    post.calls.append(Call(order, channel, message.our_id, message.to, post.now(), taken))
    if getattr(answer, "reason", "") == "opted_out":
        post.refused.append(message.to)
    return answer
