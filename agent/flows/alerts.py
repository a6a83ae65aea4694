"""Alerts to humans: planned by an open to-do, claimed and sent like touches, repeated, escalated; or news of a lead.

An alert carries the lead's words, the reasons and one next action. A failed call is tried again by the next alert of
the same to-do; the to-do itself stays on the page whatever happens to its alerts. A campaign's notice is one email.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import literal_column, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.flows.composing import values_for
from agent.flows.staffing import is_top
from agent.log import log
from agent.rules.escalation import Escalate, ReAlert, Wait, escalation
from agent.rules.team import Assignee
from agent.rules.working_hours import next_open
from agent.store import claims, leads, offers, todos
from agent.store.alerts import NewAlert, last_words, plan
from agent.store.ids import shown
from agent.store.tables import alerts, users
from agent.store.wake import after_commit
from agent.tend import Tend
from channels.email import OutgoingEmail
from channels.outcomes import Deferred, Refused, SendOutcome, Sent, Unknown
from channels.sms import OutgoingSms, fold

_BATCH = 50


async def nudge_due(tend: Tend) -> int:
    """Plan the alerts of open to-dos whose time has come: first, again, then to whoever leads the team."""
    return await tend.writer.run(lambda conn: _nudge(conn, tend))


async def _nudge(conn: AsyncConnection, tend: Tend) -> int:
    now = tend.now()
    due = await todos.to_nudge(conn, team_id=tend.team_id, now=now, limit=_BATCH)
    for todo in due:
        match escalation(todo.due_at, now, todo.alerts):
            case ReAlert(at=again_at):
                for user_id in await _whose(conn, tend, todo):
                    await _plan(conn, tend, todo, user_id=user_id, name=_first_or_again(todo))
                await _count(conn, tend, todo, again_at)
            case Escalate(at=again_at):
                await _plan(conn, tend, todo, user_id=tend.user_ids[tend.team.lead_of_team.key], name="escalation")
                await _count(conn, tend, todo, again_at)
            case Wait(until=until):
                await todos.set_next_alert(
                    conn, team_id=tend.team_id, todo_id=todo.id, next_alert_at=until, alerts_sent=todo.alerts
                )
    return len(due)


async def _whose(conn: AsyncConnection, tend: Tend, todo: Row[Any]) -> list[UUID]:
    """Who hears of a to-do: its assignee; of a lead nobody has, all it is open to, else whoever leads the team."""
    if todo.assignee_id is None:
        open_to = await offers.open_of(conn, team_id=tend.team_id, lead_id=todo.lead_id)
        if open_to:
            return [row.user_id for row in open_to]
    return [tend.user_ids[tend.assignee(todo.assignee_id).key]]


async def tell_of_lead(
    conn: AsyncConnection, tend: Tend, lead_id: UUID, *, campaign: Row[Any], cause: UUID, quote: str
) -> None:
    """Plan one email to each address the campaign names for it: a lead came in by this submission (`cause`)."""
    addresses = tend.sealer.open("campaigns", "notification_emails", campaign.id, campaign.notification_emails)
    lead = await leads.one(conn, team_id=tend.team_id, lead_id=lead_id)
    if not addresses or lead is None:
        return
    values = {
        **values_for(tend, lead, tend.assignee(lead.assignee_id)),
        **({"agent_name": "nobody yet"} if lead.assignee_id is None else {}),
        "campaign": campaign.name,
        "quote": quote[:500],
        "link": _link(tend, lead_id),
    }
    rendered = tend.words.render_alert("new-lead", channel="email", values=values)
    for address in addresses.split():
        notice = NewAlert(
            lead_id=lead_id,
            channel="email",
            dedupe_key=f"new-lead:{cause.hex}:{tend.sealer.hash('email', address).hex()}",
            name="new-lead",
            words={"subject": rendered.subject, "body": rendered.body},
            address=address,
        )
        await plan(conn, team_id=tend.team_id, sealer=tend.sealer, alert=notice, at=tend.now(), now=tend.now())
    after_commit(conn, "alerts")


async def tell_person(
    conn: AsyncConnection,
    tend: Tend,
    lead: Row[Any],
    person: Assignee,
    *,
    name: str,
    cause: str,
    channels: Sequence[str],
    also: Mapping[str, str],
    at: datetime,
) -> None:
    """Plan news of a lead for one person, by these channels, once a `cause`; `also` are values it may name."""
    quote = await last_words(conn, team_id=tend.team_id, sealer=tend.sealer, lead_id=lead.id)
    values = {**values_for(tend, lead, person), "quote": quote[:500], "link": _link(tend, lead.id), **also}
    for channel in channels:
        rendered = tend.words.render_alert(name, channel=channel, values=values)
        news = NewAlert(
            lead_id=lead.id,
            channel=channel,
            dedupe_key=f"{name}:{cause}:{person.key}:{channel}",
            name=name,
            words={"subject": rendered.subject, "body": rendered.body},
            user_id=tend.user_ids[person.key],
        )
        await plan(conn, team_id=tend.team_id, sealer=tend.sealer, alert=news, at=at, now=tend.now())
    after_commit(conn, "alerts")


def hears_at(tend: Tend, lead: Row[Any], person: Assignee) -> datetime:
    """When this person hears of a new lead: at once where its grade is A, else in the hours they work."""
    return tend.now() if is_top(lead) else next_open(tend.now(), person)


async def send_due(tend: Tend) -> int:
    """Send every alert that is due; returns how many."""

    async def unit(conn: AsyncConnection) -> Sequence[Row[Any]]:
        rows = await claims.claim(conn, alerts, team_id=tend.team_id, now=tend.now(), limit=_BATCH, by=tend.claimer)
        ids = [row.id for row in rows]
        if ids:
            await conn.execute(
                update(alerts).where(alerts.c.team_id == tend.team_id, alerts.c.id.in_(ids)).values(state="sending")
            )
        return rows

    claimed = await tend.writer.run(unit)
    await asyncio.gather(*(_send_one(tend, row) for row in claimed))
    return len(claimed)


async def _send_one(tend: Tend, row: Row[Any]) -> None:
    address = await _address(tend, row)
    words = json.loads(tend.sealer.open("alerts", "words", row.id, row.words))
    try:
        outcome = await asyncio.wait_for(_call(tend, row, address, words), tend.settings.tend_send_timeout_seconds)
    except TimeoutError:
        outcome = Unknown("no answer in time")
    state, reason = _settled(outcome)

    async def unit(conn: AsyncConnection) -> None:
        await conn.execute(
            update(alerts)
            .where(
                alerts.c.team_id == tend.team_id, alerts.c.id == row.id, alerts.c.state == literal_column("'sending'")
            )
            .values(
                state=state,
                reason=reason,
                provider_id=outcome.provider_id if isinstance(outcome, Sent) else "",
                ended_at=tend.now(),
                lease_until=None,
            )
        )
        after_commit(conn, "live")

    await tend.writer.run(unit)
    log.info(
        "alert.sent" if state == "sent" else "alert.failed", lead=row.lead_id.hex, channel=row.channel, reason=reason
    )


async def _address(tend: Tend, row: Row[Any]) -> str:
    """Where this alert goes: to its person as they are reached today, or to the address it was planned for."""
    if row.user_id is None:
        return tend.sealer.open("alerts", "address", row.id, row.address)
    async with tend.reading() as conn:
        user = (
            await conn.execute(select(users).where(users.c.team_id == tend.team_id, users.c.id == row.user_id))
        ).one()
    column = "phone" if row.channel == "sms" else "email"
    return tend.sealer.open("users", column, user.id, getattr(user, column))


async def _call(tend: Tend, row: Row[Any], address: str, words: dict[str, str]) -> SendOutcome:
    if row.channel == "sms":
        if tend.doors.sms is None:
            return Refused("configuration", "no sender for texts")
        return await tend.doors.sms.send(OutgoingSms(row.id.hex, address, fold(words["body"])))
    if tend.doors.email is None:
        return Refused("configuration", "no sender for email")
    domain = tend.settings.tend_email_domain
    return await tend.doors.email.send(
        OutgoingEmail(
            row.id.hex, address, "Tend", f"alerts@{domain}", f"alerts@{domain}", words["subject"], words["body"]
        )
    )


def _settled(outcome: SendOutcome) -> tuple[str, str]:
    match outcome:
        case Sent():
            return "sent", ""
        case Refused(reason=reason) | Deferred(reason=reason):
            return "failed", reason
        case Unknown(reason=reason):
            return "uncertain", reason


def _first_or_again(todo: Row[Any]) -> str:
    return "hot-lead" if todo.alerts == 0 and todo.hot else "todo-due"


async def _count(conn: AsyncConnection, tend: Tend, todo: Row[Any], again_at: datetime | None) -> None:
    await todos.set_next_alert(
        conn, team_id=tend.team_id, todo_id=todo.id, next_alert_at=again_at, alerts_sent=todo.alerts + 1
    )


async def _plan(conn: AsyncConnection, tend: Tend, todo: Row[Any], *, user_id: UUID, name: str) -> None:
    now = tend.now()
    lead = await leads.one(conn, team_id=tend.team_id, lead_id=todo.lead_id)
    if lead is None:
        return
    values = alert_values(tend, lead, todo, now)
    for channel in ("sms", "email"):
        rendered = tend.words.render_alert(name, channel=channel, values=values)
        alert = NewAlert(
            lead_id=todo.lead_id,
            channel=channel,
            dedupe_key=f"{todo.id.hex}:{user_id.hex}:{channel}:{todo.rounds}:{todo.alerts}",
            name=name,
            words={"subject": rendered.subject, "body": rendered.body},
            user_id=user_id,
            todo_id=todo.id,
        )
        await plan(conn, team_id=tend.team_id, sealer=tend.sealer, alert=alert, at=now, now=now)
    after_commit(conn, "alerts")


def alert_values(tend: Tend, lead: Row[Any], todo: Row[Any], now: datetime) -> dict[str, str]:
    """The fields an alert may name."""
    opened = tend.sealer.open
    reasons = json.loads(opened("todos", "reasons", todo.id, todo.reasons) or "[]")
    return {
        **values_for(tend, lead, tend.assignee(lead.assignee_id)),
        "quote": opened("todos", "quote", todo.id, todo.quote),
        "reasons": "; ".join(reasons[:3]),
        "action": opened("todos", "action", todo.id, todo.action),
        "link": _link(tend, lead.id),
        "due": _due(todo.due_at - now),
    }


def _due(left: timedelta) -> str:
    minutes = round(abs(left) / timedelta(minutes=1))
    said = f"{minutes} min" if minutes < 120 else f"{round(minutes / 60)} h"
    return f"in {said}" if left > timedelta() else f"{said} ago"


def _link(tend: Tend, lead_id: UUID) -> str:
    return f"{tend.settings.public_url}/leads/{shown('lead', lead_id)}"
