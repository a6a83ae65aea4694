"""What limits a batch of touches: opt-outs, number lists, what its addresses got lately, and what the team may send.

A handful of statements whatever the batch, inside the marking transaction. What the batch itself lets pass is counted
as it passes (`Limits.passed`), so that two touches of one batch cannot take the same last place.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, case, func, literal_column, select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.rules.sender_limits import ladder_step
from agent.rules.verdicts import TouchKind
from agent.store.plain_rows import plain
from agent.store.tables import listed_numbers, messages, number_lists, suppressions, teams, touches

_DAY, _TWO_DAYS = timedelta(hours=24), timedelta(hours=48)
_OUT = messages.c.direction == literal_column("'out'")
_TROUBLE: list[Any] = [literal_column(f"'{word}'") for word in ("invalid_address", "bounced", "complaint")]
_OF_TOUCH = (touches.c.team_id == messages.c.team_id) & (touches.c.id == messages.c.touch_id)
_PROACTIVE = TouchKind.SEQUENCE.value
DNC, REASSIGNED = "dnc", "reassigned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which counts matter: the texts' budget, email's ladder, and how many days the brake looks back (0: no brake)."""

    text_budget: bool
    ladder: tuple[int, ...]
    brake_days: int

    @property
    def budgets(self) -> bool:
        """Whether anything is shared by all touches of the team, and nodes must take turns."""
        return self.text_budget or bool(self.ladder)


@dataclass(slots=True)
class Limits:
    """What was found. `proactive_at` is keyed by (channel, address hash) and by (channel, lead)."""

    suppressed: set[tuple[str, bytes]] = field(default_factory=set)
    texts_in_24h: dict[bytes, int] = field(default_factory=dict)
    proactive_at: dict[tuple[str, bytes | UUID], datetime] = field(default_factory=dict)
    listed: set[bytes] = field(default_factory=set)
    reassigned: dict[bytes, date] = field(default_factory=dict)
    list_checked_on: date | None = None
    paused: bool = False
    segments_in_24h: int = 0
    emails_in_24h: int = 0
    first_email_at: datetime | None = None
    emails_in_window: int = 0
    bounces: int = 0
    complaints: int = 0

    def passed(self, message: Mapping[str, Any], *, kind: str) -> None:
        """Count a message the gate let pass, before the next touch of the batch is looked at."""
        channel, value_hash, lead_id = message["channel"], bytes(message["address_hash"]), message["lead_id"]
        if channel == "sms":
            self.texts_in_24h[value_hash] = self.texts_in_24h.get(value_hash, 0) + 1
            self.segments_in_24h += message["segments"]
        elif channel == "email":
            self.emails_in_24h += 1
            self.first_email_at = self.first_email_at or message["at"]
        if kind == _PROACTIVE:
            self.proactive_at[channel, value_hash] = self.proactive_at[channel, lead_id] = message["at"]


def texted_before(team_id: ColumnElement[UUID], lead_id: ColumnElement[UUID]) -> ColumnElement[bool]:
    """Whether a lead got a text that Tend began by itself, and so knows who writes and how to stop it.

    What was refused or may not have arrived told them nothing, and a person's own words say neither.
    """
    return (
        select(literal_column("1"))
        .select_from(messages)
        .join(touches, _OF_TOUCH)
        .where(*_went(team_id, "sms", None), messages.c.lead_id == lead_id)
        .where(touches.c.kind == _PROACTIVE, touches.c.state == literal_column("'sent'"))
        .exists()
    )


def _mail_trouble(team_id: Any, since: Any) -> tuple[Any, ...]:
    return (
        touches.c.team_id == team_id,
        touches.c.channel == literal_column("'email'"),
        touches.c.word.in_(_TROUBLE),
        touches.c.ended_at > since,
    )


def _went(team_id: Any, channel: str, since: datetime | None) -> tuple[Any, ...]:
    ours = (messages.c.team_id == team_id, messages.c.channel == literal_column(f"'{channel}'"), _OUT)
    return ours if since is None else (*ours, messages.c.at > since)


_LISTS = select(number_lists.c.id).where(number_lists.c.team_id == bindparam("team_id"))
_LATEST_LIST = select(func.max(number_lists.c.checked_on)).where(
    number_lists.c.team_id == bindparam("team_id"),
    number_lists.c.kind == literal_column("'dnc'"),
    number_lists.c.in_force_at.is_not(None),
)
_TEAM = select(
    teams.c.paused_at,
    teams.c.brake_released_at,
    _LATEST_LIST.scalar_subquery().label("list_checked_on"),
    _LISTS.exists().label("has_lists"),
    select(func.count())
    .where(*_mail_trouble(bindparam("team_id"), bindparam("since")))
    .scalar_subquery()
    .label("trouble"),
).where(teams.c.id == bindparam("team_id"))
_TEAM_IN_TURN = _TEAM.with_for_update(key_share=True, of=teams)
_STOPPED = select(suppressions.c.channel, suppressions.c.value_hash).where(
    suppressions.c.team_id == bindparam("team_id"),
    suppressions.c.value_hash.in_(bindparam("hashes", expanding=True)),
    suppressions.c.lifted_at.is_(None),
)
_GOT = (
    select(
        messages.c.address_hash,
        messages.c.lead_id,
        messages.c.channel,
        touches.c.kind,
        func.max(messages.c.at).label("last"),
        func.sum(case((messages.c.at > bindparam("day_ago"), 1), else_=0)).label("in_24h"),
    )
    .outerjoin(touches, _OF_TOUCH)
    .where(
        messages.c.team_id == bindparam("team_id"),
        messages.c.address_hash.in_(bindparam("hashes", expanding=True)),
        messages.c.at > bindparam("two_days_ago"),
        _OUT,
    )
    .group_by(messages.c.address_hash, messages.c.lead_id, messages.c.channel, touches.c.kind)
)


async def load(
    conn: AsyncConnection,
    *,
    team_id: UUID,
    hashes: Collection[bytes],
    now: datetime,
    asked: Asked,
) -> Limits:
    """Load what limits touches to these addresses (all addresses of their leads)."""
    found = Limits()
    team = await _team(conn, team_id=team_id, now=now, asked=asked)
    found.paused = team.paused_at is not None
    found.list_checked_on = team.list_checked_on
    await _addresses(conn, team_id=team_id, hashes=hashes, now=now, found=found)
    if team.has_lists:
        await _numbers(conn, team_id=team_id, hashes=hashes, found=found)
    if asked.budgets:
        await _spent(conn, team_id=team_id, now=now, asked=asked, found=found)
    if team.trouble:
        await _trouble(conn, team_id=team_id, since=_window(team.brake_released_at, now, asked), found=found)
    return found


async def _team(conn: AsyncConnection, *, team_id: UUID, now: datetime, asked: Asked) -> Row[Any]:
    """The team's row and what is cheap to ask beside it. Where nodes share a budget they take turns on this row."""
    question = _TEAM_IN_TURN if asked.budgets else _TEAM
    since = now - timedelta(days=asked.brake_days)
    return (await conn.execute(question, {"team_id": team_id, "since": since})).one()


async def _addresses(
    conn: AsyncConnection, *, team_id: UUID, hashes: Collection[bytes], now: datetime, found: Limits
) -> None:
    asked = {"team_id": team_id, "hashes": hashes}
    found.suppressed = {(row.channel, bytes(row.value_hash)) for row in await conn.execute(_STOPPED, asked)}
    got = await conn.execute(_GOT, {**asked, "day_ago": now - _DAY, "two_days_ago": now - _TWO_DAYS})
    for row in plain(got):
        value_hash = bytes(row.address_hash)
        if row.channel == "sms":
            found.texts_in_24h[value_hash] = found.texts_in_24h.get(value_hash, 0) + int(row.in_24h)
        if row.kind == _PROACTIVE:
            for whom in (value_hash, row.lead_id):
                known = found.proactive_at.get((row.channel, whom), row.last)
                found.proactive_at[row.channel, whom] = max(known, row.last)


async def _numbers(conn: AsyncConnection, *, team_id: UUID, hashes: Collection[bytes], found: Limits) -> None:
    """Which of these numbers stand on a list; one whose upload is not complete counts as well, beside the older."""
    for row in await conn.execute(
        select(listed_numbers.c.kind, listed_numbers.c.value_hash, listed_numbers.c.checked_on).where(
            listed_numbers.c.team_id == team_id,
            listed_numbers.c.kind.in_((DNC, REASSIGNED)),
            listed_numbers.c.value_hash.in_(hashes),
        )
    ):
        if row.kind == DNC:
            found.listed.add(bytes(row.value_hash))
        else:
            found.reassigned[bytes(row.value_hash)] = row.checked_on


async def _spent(conn: AsyncConnection, *, team_id: UUID, now: datetime, asked: Asked, found: Limits) -> None:
    """What went out in 24 hours, and when email began. The budgets themselves bound how many rows that can be."""
    if asked.text_budget:
        segments = select(func.sum(messages.c.segments)).where(*_went(team_id, "sms", now - _DAY))
        found.segments_in_24h = int(await conn.scalar(segments) or 0)
    if not asked.ladder:
        return
    first = select(messages.c.at).where(*_went(team_id, "email", None)).order_by(messages.c.at).limit(1)
    found.first_email_at = await conn.scalar(first)
    if ladder_step(asked.ladder, first_email_at=found.first_email_at, now=now) is not None:
        emails = select(func.count()).where(*_went(team_id, "email", now - _DAY))
        found.emails_in_24h = await conn.scalar(emails) or 0


def _window(released_at: datetime | None, now: datetime, asked: Asked) -> datetime:
    starts = now - timedelta(days=asked.brake_days)
    return max(starts, released_at) if released_at is not None else starts


async def _trouble(conn: AsyncConnection, *, team_id: UUID, since: datetime, found: Limits) -> None:
    words = await conn.execute(
        select(touches.c.word, func.count().label("touches"))
        .where(*_mail_trouble(team_id, since))
        .group_by(touches.c.word)
    )
    for row in words:
        if row.word == "complaint":
            found.complaints += row.touches
        else:
            found.bounces += row.touches
    if found.bounces or found.complaints:
        emails = select(func.count()).where(*_went(team_id, "email", since))
        found.emails_in_window = await conn.scalar(emails) or 0


async def mail_reputation(conn: AsyncConnection, *, team_id: UUID, now: datetime, days: int) -> Limits:
    """Bounces, complaints and emails of the brake's window alone, as the doctor asks for them."""
    asked = Asked(text_budget=False, ladder=(), brake_days=days)
    found = Limits()
    team = await _team(conn, team_id=team_id, now=now, asked=asked)
    found.list_checked_on = team.list_checked_on
    await _trouble(conn, team_id=team_id, since=_window(team.brake_released_at, now, asked), found=found)
    return found
