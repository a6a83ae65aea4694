"""What may be sent to one lead on each channel, why, and the ledger of consent it rests on.

`Channel.closed` is the composer's reason when a person cannot write there; the gate still decides at the instant of
sending. Quiet hours do not close a channel, they make a text wait, and `waits` says until when.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.rules import whatsapp
from agent.rules.closing import ClosedBy
from agent.rules.consent import Entry, standing
from agent.rules.local_time import in_words
from agent.rules.quiet_hours import QuietHours, next_open
from agent.rules.zones import Zones, states_for
from agent.store import messages, suppressions
from agent.store.seal import Sealer
from agent.store.tables import addresses

_CALLED = {"email": "Email", "sms": "Texts", "whatsapp": "WhatsApp"}
_ADDRESS = {"email": "email address", "sms": "phone number"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One channel to this lead. `closed` is empty where a person may write; `waits` where a text would go at once.

    `ask`: only their written consent is missing; `may_open`: a person may open it again for them, saying why.
    """

    key: str
    name: str
    allowed: bool
    reason: str
    closed: str
    waits: str
    ask: bool
    may_open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerLine:
    """One line of the consent ledger, as it was entered."""

    at: datetime
    channel: str
    action: str
    source: str
    wording: str


@dataclass(frozen=True, slots=True)
class Permission:
    """Both channels, email first, WhatsApp where they wrote on it, and the ledger, newest first.

    `opted_out`: every address they have is suppressed.
    """

    channels: tuple[Channel, ...]
    ledger: tuple[LedgerLine, ...]
    opted_out: bool


async def permission(
    conn: AsyncConnection,
    *,
    team_id: UUID,
    sealer: Sealer,
    lead: Row[Any],
    zone: str,
    rules: QuietHours,
    now: datetime,
    whatsapp_template: bool | None,
) -> Permission:
    """What may be sent to this lead at `now`. `whatsapp_template`: whether there is one; None without WhatsApp."""
    entries = await messages.consent_entries(conn, team_id=team_id, lead_id=lead.id)
    theirs = (
        await conn.execute(
            select(addresses)
            .where(addresses.c.team_id == team_id, addresses.c.lead_id == lead.id)
            .order_by(addresses.c.rank, addresses.c.created_at)
        )
    ).all()
    stopped = await suppressions.closed(conn, team_id=team_id, hashes=[bytes(row.value_hash) for row in theirs])
    waits = _waits(sealer, lead, theirs, zone=zone, rules=rules, now=now)
    wrote_at = (await messages.last_whatsapp(conn, team_id=team_id, lead_ids=[lead.id])).get(lead.id)
    email, texts = (
        _channel(key, entries, theirs, stopped, waits=waits if key == "sms" else "") for key in ("email", "sms")
    )
    return Permission(
        channels=(email, texts, *_whatsapp(texts, has_template=whatsapp_template, wrote_at=wrote_at, now=now)),
        ledger=tuple(
            LedgerLine(
                at=entry.at,
                channel=_CALLED[entry.channel].lower(),
                action=entry.action,
                source=entry.source or entry.basis,
                wording=entry.wording,
            )
            for entry in reversed(entries)
        ),
        opted_out=bool(theirs) and all((row.channel, bytes(row.value_hash)) in stopped for row in theirs),
    )


def _channel(
    key: str,
    entries: Sequence[Entry],
    theirs: Sequence[Row[Any]],
    stopped: Mapping[tuple[str, bytes], str],
    *,
    waits: str,
) -> Channel:
    mine = sorted((row for row in theirs if row.channel == key), key=lambda row: row.valid is False)
    said = standing(entries, channel=key)
    closed, asked, may_open = "", False, False
    if not mine:
        closed = f"no {_ADDRESS[key]} on file"
    elif (how := stopped.get((key, bytes(mine[0].value_hash)))) is not None:
        closed = "they opted out" if how != ClosedBy.CARRIER else "the carrier says they opted out"
        may_open = key == "email" and how != ClosedBy.CARRIER
    elif mine[0].valid is False:
        closed = f"the {_ADDRESS[key]} does not work"
    elif key == "sms" and mine[0].landline:
        closed = "the number is a landline"
    elif not said.allowed:
        closed, asked = said.reason, key == "sms"
    return Channel(
        key=key,
        name=_CALLED[key],
        allowed=not closed,
        reason=closed or said.reason,
        closed=closed,
        waits="" if closed else waits,
        ask=asked,
        may_open=may_open,
    )


def _whatsapp(
    texts: Channel, *, has_template: bool | None, wrote_at: datetime | None, now: datetime
) -> tuple[Channel, ...]:
    """WhatsApp to the same number, for who wrote on it: a stop and a dead number close both."""
    if has_template is None or wrote_at is None:
        return ()
    inside = whatsapp.is_open(wrote_at, now)
    closed = "" if texts.ask and inside else texts.closed
    if not closed or closed == "the number is a landline":
        closed = whatsapp.why_closed(wrote_at, has_template=has_template, now=now) or ""
    reason = closed or ("they wrote on WhatsApp in the last 24 hours" if inside else "as a template: " + texts.reason)
    waits = "" if closed else texts.waits
    named = {"key": "whatsapp", "name": _CALLED["whatsapp"], "reason": reason, "closed": closed, "waits": waits}
    return (replace(texts, allowed=not closed, ask=False, may_open=False, **named),)


def _waits(
    sealer: Sealer, lead: Row[Any], theirs: Sequence[Row[Any]], *, zone: str, rules: QuietHours, now: datetime
) -> str:
    phone = next((sealer.open("addresses", "value", row.id, row.value) for row in theirs if row.channel == "sms"), None)
    zones = Zones(tuple(lead.zones.split(",")) if lead.zones else (zone,), lead.zone_source or "team")
    states = states_for(state=lead.residence_state or None, phone=phone)
    opens = next_open(now, zones=zones, states=states, rules=rules)
    return "" if opens <= now else f"quiet hours: a text would wait until {in_words(opens, zones.names)}"
