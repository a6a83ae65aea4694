"""What is known of a lead is weighed anew: after every event at once or by a tick, and as time passes.

Blanks are filled and newer words replace older ones of the same fact; of each fact it is kept since when it is known
and which words it rests on. The rules never see those words: they stand beside the lines of the ledger, for a person.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.flows import crm_owed
from agent.log import log
from agent.rules import campaign_score
from agent.rules.engagement import score, temperature
from agent.rules.form_facts import FormFacts
from agent.rules.history import History, as_now, timeline
from agent.rules.ledger import Line
from agent.rules.quoting import behind
from agent.rules.steering import kept
from agent.store import leads, scores
from agent.store.scores import BEHIND
from agent.store.tables import leads as leads_table
from agent.store.wake import after_commit
from agent.tend import Tend
from integrations.language_model import Intent, Reading, Sentiment, Urgency

_AT_ONCE = 200
_QUOTE = 200
_RESTS_ON: Mapping[str, tuple[str, ...]] = {
    "intent": ("intent", "service_interest"),
    "timeline": ("move_date", "timeline"),
    "price": ("price_max", "price_min", "budget_range"),
    "urgency": ("urgency",),
}
"""Lines that show the fact as it was given where there is no quote, and the facts they may rest on."""


async def rescore_due(tend: Tend) -> int:
    """Score whoever is due: something happened with them, or time did; returns how many."""
    try:
        return await tend.writer.run(partial(_rescore_due, tend=tend, at_once=_AT_ONCE))
    except Exception as error:  # noqa: BLE001 - a bug: the others of the batch are scored all the same
        log.exception("score.failed", error=type(error).__name__)
    return sum([await _rescore_alone(tend) for _ in range(_AT_ONCE)])


async def _rescore_alone(tend: Tend) -> int:
    """Score whoever has been due longest; one that cannot be scored keeps what it has until something happens."""
    try:
        return await tend.writer.run(partial(_rescore_due, tend=tend, at_once=1))
    except Exception as error:  # noqa: BLE001 - a bug: this lead keeps its score, the tick goes on
        log.exception("score.failed", error=type(error).__name__)
    await tend.writer.run(partial(_leave_alone, tend=tend))
    return 1


async def _leave_alone(conn: AsyncConnection, *, tend: Tend) -> None:
    lead_ids = await scores.due(conn, team_id=tend.team_id, now=tend.now(), limit=1)
    await scores.look_again(conn, team_id=tend.team_id, at=dict.fromkeys(lead_ids))


async def look_at_profile(tend: Tend) -> int:
    """Let everyone be weighed by the numbers in force; returns how many were by others.

    Asked at every start, since that is when the file is read.
    """
    version = tend.profiles.engagement_on(tend.today()).version
    others = partial(scores.soon_by_other_numbers, team_id=tend.team_id, version=version, now=tend.now())
    return await tend.writer.run(others)


async def _rescore_due(conn: AsyncConnection, *, tend: Tend, at_once: int) -> int:
    lead_ids = await scores.due(conn, team_id=tend.team_id, now=tend.now(), limit=at_once)
    await rescore(conn, tend, lead_ids)
    return len(lead_ids)


async def rescore(conn: AsyncConnection, tend: Tend, lead_ids: Collection[UUID], *, hot: bool = False) -> None:
    """Weigh all that is known of these leads, and keep score, ledger and temperature. `hot`: a person is asked for."""
    now = tend.now()
    rows = (
        await conn.execute(
            select(leads_table).where(leads_table.c.team_id == tend.team_id, leads_table.c.id.in_(list(lead_ids)))
        )
    ).all()
    known = await scores.histories(conn, team_id=tend.team_id, sealer=tend.sealer, rows=rows)
    settled: dict[UUID, datetime | None] = {}
    changed: dict[UUID, dict[str, Any]] = {}
    for row in sorted(rows, key=lambda row: row.id):
        again, values = _weighed(tend, row, known[row.id], now, hot=hot)
        if not values:
            settled[row.id] = again
            continue
        changed[row.id] = values | {"rescore_at": again}
        if (row.score, row.temperature) != (values["score"], values["temperature"]) and not never_met(row):
            await crm_owed.person(conn, tend, row.id)
        after_commit(conn, "live")
    await scores.keep(conn, team_id=tend.team_id, sealer=tend.sealer, now=now, changes=changed)
    await scores.look_again(conn, team_id=tend.team_id, at=settled)


def never_met(row: Row[Any]) -> bool:
    """Whether nothing was ever said between Tend and a lead that waits or is over: its score alone is no news."""
    return bool(row.end_reason) and row.last_inbound_at is None and row.last_outbound_at is None


def _weighed(
    tend: Tend, row: Row[Any], history: History, now: datetime, *, hot: bool
) -> tuple[datetime | None, dict[str, Any]]:
    """When to look again, and the columns that change."""
    profile = tend.profiles.engagement_on(tend.today())
    facts = as_now(history, machine_seconds=profile.machine_seconds)
    found = score(facts, now, profile)
    plain = leads.opened(tend.sealer, row)
    feels = temperature(
        found.points, before=row.temperature, waiting_for_us=hot or facts.waiting_for_us, profile=profile
    )
    values = {
        "score": found.points,
        "score_version": found.version,
        "score_reasons": [_entry(line, plain["facts"]) for line in found.lines],
        "temperature": "cold" if facts.refused and not hot else feels,
    }
    there = {**{name: getattr(row, name) for name in values}, "score_reasons": plain["score_reasons"]}
    return found.changes_at, {} if values == there else values


async def learn(conn: AsyncConnection, tend: Tend, lead: Row[Any], reading: Reading, *, words: str, hot: bool) -> None:
    """Merge a reading of these words into the lead's facts and weigh them anew."""
    now = tend.now()
    facts = merged(leads.opened(tend.sealer, lead)["facts"], reading, now, words=words)
    intent = kept(reading.intent, before=lead.intent)
    if intent != lead.intent:
        facts = shown_by(facts, now, {"intent": reading.quote})
    await leads.change(
        conn,
        team_id=tend.team_id,
        sealer=tend.sealer,
        lead_id=lead.id,
        now=now,
        values={"facts": facts, "intent": intent},
    )
    if intent != lead.intent:
        await crm_owed.person(conn, tend, lead.id)
    await rescore(conn, tend, [lead.id], hot=hot)


async def viewed(conn: AsyncConnection, tend: Tend, lead_id: UUID, *, listing: str, at: datetime) -> None:
    """Note on the timeline that they looked at `listing`, as a person would call it, and weigh them anew."""
    said = {"said": f"looked at {listing or 'a listing'}"}
    await leads.note(
        conn, team_id=tend.team_id, sealer=tend.sealer, lead_id=lead_id, kind=scores.LISTING_VIEWED, at=at, words=said
    )
    await scores.soon(conn, team_id=tend.team_id, lead_ids=[lead_id], now=tend.now())


def merged(facts: Mapping[str, Any], reading: Reading, now: datetime, *, words: str) -> dict[str, Any]:
    """Facts with what the reading of these words adds: slots, urgency, tone, whether they asked to see a home."""
    said = {key: value for key, value in asdict(reading.slots).items() if value not in ("", None)}
    if reading.urgency is not Urgency.UNKNOWN:
        said["urgency"] = reading.urgency.value
    if reading.intent is Intent.SCHEDULE_SHOWING:
        said["showing_asked"] = True
    quote = reading.quote if words else ""  # without words of theirs it was the fields of a form that were read
    quotes = {
        name: behind(name, value, words=words, quote=quote) for name, value in said.items() if facts.get(name) != value
    }
    if reading.sentiment is not Sentiment.NEUTRAL:
        quotes["sentiment"] = quote
    return shown_by({**facts, **said}, now, quotes)


def told(facts: Mapping[str, Any], given: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Facts with what a form or a CRM gave put in, known since now where it is new."""
    new = dict.fromkeys((name for name, value in given.items() if facts.get(name) != value), "")
    return shown_by({**facts, **given}, now, new)


def shown_by(facts: Mapping[str, Any], now: datetime, quotes: Mapping[str, str]) -> dict[str, Any]:
    """Facts of which these are known since now, each by its quote (which may be empty)."""
    if not quotes:
        return dict(facts)
    since = {name: [now.isoformat(), quote[:_QUOTE]] for name, quote in quotes.items()}
    return {**facts, BEHIND: {**facts.get(BEHIND, {}), **since}}


def worth(tend: Tend, form: FormFacts) -> dict[str, Any]:
    """The columns that keep what a form is worth: score, grade, profile and ledger."""
    found = campaign_score.score(form.facts, tend.profiles.campaign_on(tend.today()))
    return {
        "campaign_score": found.points,
        "grade": found.grade,
        "campaign_version": found.version,
        "campaign_reasons": [
            [line.points, line.text, form.said.get(line.fact, ""), "", line.most] for line in found.lines
        ],
    }


def _entry(line: Line, facts: Mapping[str, Any]) -> list[Any]:
    """A line as it is kept: points, text, what is behind it (a quote, or the fact as it was given), since when."""
    names, known = _RESTS_ON.get(line.fact, (line.fact,)), facts.get(BEHIND, {})
    if line.fact == "timeline":
        dated = {name: datetime.fromisoformat(at) for name, (at, _) in known.items() if at}
        said, _ = timeline(facts, dated)
        names = tuple(name for name in names if str(facts.get(name) or "") == said)
    quoted = (name for name in names if name in known and known[name][1])
    name = next(quoted, next((name for name in names if facts.get(name)), line.fact))
    since, quote = known.get(name, ("", ""))
    given = facts.get(name, "") if line.fact in _RESTS_ON else ""
    because = f"“{quote}”" if quote else f"${given:,}" if isinstance(given, int) else str(given)
    return [line.points, line.text, because, since]
