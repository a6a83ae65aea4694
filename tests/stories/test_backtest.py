"""Past leads in a database, some of whom closed: a planted signal is found, shuffled outcomes are called chance.

The leads are written as Tend writes them, four months back, with what they said and did in their first days.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert

from agent.flows import backtesting
from agent.store import leads as lead_store
from agent.store.ids import new_id
from agent.store.leads import KnownAddress
from agent.store.tables import addresses, campaigns, conversations, leads, messages, readings, submissions
from tests.stories.world import World

LEADS = 300
AGO = timedelta(days=120)
SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@dataclass(frozen=True)
class Invented:
    """One past lead: how much they wanted it, in their first days and in their form, and whether they closed."""

    eager: bool
    closed: bool


def people(*, shuffled: bool) -> list[Invented]:
    """Leads of whom the eager close far more often, or (shuffled) everyone alike."""
    chance = random.Random(11)  # noqa: S311 - invented people, the same every time
    made = [Invented(eager := chance.random() < 0.3, chance.random() < (0.5 if eager else 0.05)) for _ in range(LEADS)]
    if not shuffled:
        return made
    closed = [each.closed for each in made]
    chance.shuffle(closed)
    return [Invented(each.eager, won) for each, won in zip(made, closed, strict=True)]


async def write(world: World, made: Sequence[Invented], *, late: bool = False) -> None:
    """Write past leads with their history; `late`: what they said and did came only after they were looked at."""
    came = world.tend.now() - AGO
    acted = came + timedelta(days=30 if late else 2)
    rows: dict[Any, list[dict[str, Any]]] = {
        table: [] for table in (leads, conversations, addresses, messages, readings, submissions)
    }
    campaign_id = new_id()
    for number, each in enumerate(made):
        _add(world, rows, number, each, came=came, acted=acted, campaign_id=campaign_id)

    async def unit(conn: Any) -> None:
        key = {"id": campaign_id, "team_id": world.tend.team_id, "key": "past", "created_at": came}
        await conn.execute(insert(campaigns).values(**key))
        for table, new in rows.items():
            if new:
                await conn.execute(insert(table), new)

    await world.tend.writer.run(unit)


def _add(
    world: World,
    rows: dict[Any, list[dict[str, Any]]],
    number: int,
    each: Invented,
    *,
    came: datetime,
    acted: datetime,
    campaign_id: UUID,
) -> None:
    tend, lead_id = world.tend, new_id()
    ours = {"team_id": tend.team_id, "lead_id": lead_id}
    known = KnownAddress("email", f"past.{number}@example.com")
    facts = {"urgency": "high", "behind": {"urgency": [acted.isoformat(), ""], "intent": [acted.isoformat(), ""]}}
    values = {
        "first_name": "Past",
        "last_name": str(number),
        "facts": facts if each.eager else {},
        "intent": "buy" if each.eager else "",
        "deal_on": (came + timedelta(days=60)).date() if each.closed else None,
        "status": "closed_won" if each.closed else "contacted",
        "end_reason": "Closed" if each.closed else "",
        "ended_at": came + timedelta(days=60) if each.closed else None,
    }
    lead, talk = lead_store.new_lead_rows(tend.sealer, team_id=tend.team_id, lead_id=lead_id, now=came, values=values)
    rows[leads].append(lead)
    rows[conversations].append(talk)
    rows[addresses] += lead_store.address_rows(
        tend.sealer, team_id=tend.team_id, lead_id=lead_id, known=[known], now=came
    )
    hashed = tend.sealer.hash("email", known.value)
    for _ in range(2 if each.eager else 0):
        message_id, reading_id = new_id(), new_id()
        told = {"direction": "in", "channel": "email", "address_hash": hashed, "at": acted}
        rows[messages].append({**ours, **told, "id": message_id})
        read = {"state": "read", "due_at": acted, "created_at": acted, "read_at": acted, "sentiment": "positive"}
        rows[readings].append({**ours, **read, "id": reading_id, "message_id": message_id})
    post_id = new_id()
    form = {
        "contact": {"email": known.value},
        "lead_details": {"service_interest": "buying", "urgency": "high"} if each.eager else {},
    }
    kept = {"state": "done", "received_at": acted, "due_at": acted, "email_hash": hashed, "campaign_id": campaign_id}
    payload = tend.sealer.seal("submissions", "payload", post_id, json.dumps(form))
    rows[submissions].append({**ours, **kept, "id": post_id, "payload": payload})


async def test_planted_data_finds_the_signal_in_both_scores(world: World) -> None:
    made = people(shuffled=False)
    await write(world, made)
    found = await backtesting.run(world.tend, after_days=7, mature_days=90)
    for name in ("engagement", "campaign"):
        score = found[name]
        assert (score["leads"], score["closed"]) == (LEADS, sum(each.closed for each in made))
        assert score["verdict"] == "better than chance"
        assert 0.7 < score["auc_low"] < score["auc"] < score["auc_high"] < 1
        assert score["lift"] > 2
        assert score["rises"] is True
        assert sum(band["leads"] for band in score["bands"]) == LEADS


async def test_shuffled_data_is_called_no_better_than_chance(world: World) -> None:
    await write(world, people(shuffled=True))
    found = await backtesting.run(world.tend, after_days=7, mature_days=90)
    for name in ("engagement", "campaign"):
        assert found[name]["verdict"] == "no better than chance"
        assert found[name]["auc_low"] < 0.5 < found[name]["auc_high"]


@SQLITE
async def test_what_came_after_the_look_helps_no_score(world: World) -> None:
    await write(world, people(shuffled=False), late=True)
    found = await backtesting.run(world.tend, after_days=7, mature_days=90)
    assert found["engagement"]["verdict"] == "no better than chance"
    assert found["engagement"]["auc"] == 0.5
    assert (found["campaign"]["leads"], found["campaign"]["verdict"]) == (0, "too few to say")
    later = await backtesting.run(world.tend, after_days=31, mature_days=90)
    assert later["engagement"]["verdict"] == "better than chance"


@SQLITE
async def test_whose_outcome_was_known_before_the_look_or_never_is_left_out_and_counted(world: World) -> None:
    await write(world, people(shuffled=False))
    closed = sum(each.closed for each in people(shuffled=False))
    found = await backtesting.run(world.tend, after_days=70, mature_days=90)
    assert found["left_out"] == {"closed before the look": closed}
    assert found["engagement"]["leads"] == LEADS - closed
    nobody = await backtesting.run(world.tend, after_days=7, mature_days=121)
    assert (nobody["engagement"]["leads"], nobody["engagement"]["verdict"]) == (0, "too few to say")


@SQLITE
async def test_a_backtest_changes_nothing(world: World) -> None:
    await write(world, people(shuffled=False)[:20])
    before = await world.rows(leads)
    await backtesting.run(world.tend, after_days=7, mature_days=90)
    assert await world.rows(leads) == before
