"""The check that no statement forgets its team must itself see every way to forget."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import and_, delete, exists, func, insert, select, update

from agent.store.tables import addresses, installation, leads, suppressions, teams, touches
from tests.store.statements import forgetful

TEAM = uuid4()
OTHER_NAME = leads.alias("someone_else")


@pytest.mark.parametrize(
    "statement",
    [
        select(leads).where(leads.c.team_id == TEAM),
        select(leads.c.id, touches.c.id)
        .join(touches, and_(touches.c.team_id == leads.c.team_id, touches.c.lead_id == leads.c.id))
        .where(leads.c.team_id == TEAM),
        update(leads).where(leads.c.team_id == TEAM).values(score=1),
        delete(leads).where(leads.c.team_id == TEAM),
        insert(leads).values(id=TEAM),
        select(
            select(func.count())
            .select_from(addresses)
            .where(
                addresses.c.team_id == TEAM,
                addresses.c.lead_id == leads.c.id,
                ~exists(
                    select(suppressions.c.id).where(
                        suppressions.c.team_id == TEAM, suppressions.c.value_hash == addresses.c.value_hash
                    )
                ),
            )
            .scalar_subquery()
        ).where(leads.c.team_id == TEAM),
        select(installation),
        select(teams).where(teams.c.id == TEAM),
    ],
)
def test_a_statement_that_says_its_team_passes(statement: Any) -> None:
    assert forgetful(statement) == []


@pytest.mark.parametrize(
    "statement, forgotten",
    [
        (select(leads), ["leads"]),
        (select(func.count()).select_from(touches), ["touches"]),
        (select(leads).where(leads.c.id == TEAM), ["leads"]),
        (select(leads).where(leads.c.team_id != TEAM), ["leads"]),
        (select(OTHER_NAME).where(leads.c.team_id == TEAM), ["leads"]),
        (update(leads).where(leads.c.id == TEAM).values(score=1), ["leads"]),
        (delete(touches), ["touches"]),
        (
            select(leads).join(touches, touches.c.lead_id == leads.c.id).where(leads.c.team_id == TEAM),
            ["touches"],
        ),
        (
            select(leads).where(
                leads.c.team_id == TEAM, leads.c.id.in_(select(addresses.c.lead_id).where(addresses.c.rank == 0))
            ),
            ["addresses"],
        ),
        (
            update(leads)
            .where(leads.c.team_id == TEAM, exists(select(touches.c.id).where(touches.c.lead_id == leads.c.id)))
            .values(score=1),
            ["touches"],
        ),
        (select(select(leads.c.id).cte("chosen").c.id), ["leads"]),
    ],
)
def test_a_statement_that_forgets_its_team_is_named(statement: Any, forgotten: list[str]) -> None:
    assert forgetful(statement) == forgotten
