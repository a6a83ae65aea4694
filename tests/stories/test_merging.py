"""Two leads are merged by a person and taken apart again: nothing is lost, nobody gains consent, all is as it was."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from agent.flows import controls, joining, permitting
from agent.flows.joining import Merged, MergeRefused, Undone
from agent.rules.consent import standing
from agent.store import leads as lead_store
from agent.store import merges, messages, suppressions
from agent.store.tables import (
    addresses,
    conversations,
    enrollments,
    lead_events,
    leads,
    metadata,
    name_tokens,
    suppressions as suppressions_table,
    todos,
    touches,
)
from tests import cast
from tests.cast import Lead
from tests.stories.conftest import Opens, SQLITE
from tests.stories.world import World

Act = Callable[[World, UUID, Lead], Awaitable[Any]]
_MOVING_ON = {"updated_at", "rescore_at", "generation", "score", "score_reasons", "score_version", "temperature"}
_NOTED = {"merged", "unmerged"}


def person(number: int, *, last: str = "Moss") -> Lead:
    """Somebody nobody else is."""
    return Lead("Robin", last, f"robin{number}@example.com", f"+1512555{100 + number % 100:04d}", "Austin", "TX", "")


# ---- what may have happened to a lead before


async def fresh(world: World, lead_id: UUID, lead: Lead) -> None:
    """Nothing more than that they came."""


async def written_to(world: World, lead_id: UUID, lead: Lead) -> None:
    """They got their first email."""
    await world.live(hours=1)


async def answered(world: World, lead_id: UUID, lead: Lead) -> None:
    """They asked for a showing, which is hot."""
    await written_to(world, lead_id, lead)
    assert (await world.text(lead, "Can I see it on Saturday?")).status_code == 200
    await world.settle()


async def in_doubt(world: World, lead_id: UUID, lead: Lead) -> None:
    """Their words may mean stop."""
    assert (await world.text(lead, "maybe stop the texts for now, email is fine")).status_code == 200
    await world.settle()


async def stopped(world: World, lead_id: UUID, lead: Lead) -> None:
    """They said stop."""
    assert (await world.text(lead, "STOP")).status_code == 200
    await world.settle()


async def unsubscribed(world: World, lead_id: UUID, lead: Lead) -> None:
    """They used the link."""
    await permitting.unsubscribe(world.tend, lead_id)


async def with_a_person(world: World, lead_id: UUID, lead: Lead) -> None:
    """Dana called them."""
    await controls.call(world.tend, lead_id, user_id=world.tend.user_ids["dana"])


async def paused(world: World, lead_id: UUID, lead: Lead) -> None:
    """A person paused Tend."""
    await controls.pause(world.tend, lead_id, user_id=None)


async def put_aside(world: World, lead_id: UUID, lead: Lead) -> None:
    """A person put them aside."""
    await controls.snooze(world.tend, lead_id, until=world.clock.now() + timedelta(days=4), user_id=None)


async def done_with(world: World, lead_id: UUID, lead: Lead) -> None:
    """A person closed it."""
    await permitting_free(world, lead_id)
    await controls.done(world.tend, lead_id, user_id=None)


async def permitting_free(world: World, lead_id: UUID) -> None:
    """Their sequence is over."""
    async def unit(conn: Any) -> None:
        ended = update(enrollments).where(enrollments.c.team_id == world.tend.team_id, enrollments.c.lead_id == lead_id)
        await conn.execute(ended.values(state="ended", end_reason="a test"))
        off = update(touches).where(touches.c.team_id == world.tend.team_id, touches.c.lead_id == lead_id)
        await conn.execute(off.where(touches.c.state == "planned").values(state="canceled"))

    await world.tend.writer.run(unit)


STATES: tuple[Act, ...] = (
    fresh, written_to, answered, in_doubt, stopped, unsubscribed, with_a_person, paused, put_aside, done_with,
)  # fmt: skip
PAIRS = [(one, other) for one in STATES for other in STATES if STATES.index(one) <= STATES.index(other)]


async def two(world: World, number: int, one: Act, other: Act) -> tuple[tuple[UUID, Lead], tuple[UUID, Lead]]:
    """Two leads to whom these things happened, who are one human with two addresses and two phones."""
    found = []
    for each, act in ((number * 2, one), (number * 2 + 1, other)):
        lead = person(each)
        given = {"email": True, "sms": True, "wording": cast.TEXT_WORDING}
        answer = await world.post_form(cast.form(lead, form_metadata={"consent_given": given}))
        assert answer.status_code == 201, answer.text
        await world.settle()
        found.append((await world.lead_id(lead), lead, act))
    for lead_id, lead, act in found:
        await act(world, lead_id, lead)
        await world.settle()
    return (found[0][0], found[0][1]), (found[1][0], found[1][1])


async def everything(world: World, *lead_ids: UUID) -> dict[str, list[dict[str, Any]]]:
    """Every row about these leads, but for what counts turns and time, and the notes of the merge itself."""
    found: dict[str, list[dict[str, Any]]] = {}
    async with world.tend.reading() as conn:
        for table in (*merges.MOVES, conversations, name_tokens, leads):
            column = table.c.id if table is leads else table.c.lead_id
            asked = select(table).where(table.c.team_id == world.tend.team_id, column.in_(lead_ids))
            rows = [row._asdict() for row in await conn.execute(asked)]
            found[table.name] = sorted(
                (
                    {name: value for name, value in row.items() if name not in _MOVING_ON}
                    for row in rows
                    if not (table is lead_events and row["kind"] in _NOTED) and not (table.name == "outbox")
                ),
                key=repr,
            )
    return found


def changed(before: dict[str, list[dict[str, Any]]], now: dict[str, list[dict[str, Any]]]) -> list[str]:
    """What differs, in words."""
    found = []
    for table in before:
        old = {row.get("id", repr(row)): row for row in before[table]}
        new = {row.get("id", repr(row)): row for row in now[table]}
        found += [f"{table}: a row more" for _ in new.keys() - old.keys()]
        found += [f"{table}: a row less" for _ in old.keys() - new.keys()]
        for key in old.keys() & new.keys():
            found += [
                f"{table}.{name}: {old[key][name]} became {new[key][name]}"
                for name in old[key]
                if old[key][name] != new[key][name]
            ]
    return found


async def may(world: World, *lead_ids: UUID) -> set[tuple[str, bytes]]:
    """Which addresses of these leads may be written to: by the ledger, and not closed."""
    found: set[tuple[str, bytes]] = set()
    async with world.tend.reading() as conn:
        each = await suppressions.hashes_of_each(conn, team_id=world.tend.team_id, lead_ids=lead_ids)
        for lead_id, pairs in each.items():
            ledger = await messages.consent_entries(conn, team_id=world.tend.team_id, lead_id=lead_id)
            closed = await suppressions.closed(conn, team_id=world.tend.team_id, hashes=[value for _, value in pairs])
            found |= {
                pair for pair in pairs - closed.keys() if standing(ledger, channel=pair[0], address=pair[1]).allowed
            }
    return found


async def the_merge(world: World) -> UUID:
    """The merge that was not undone."""
    rows = await world.rows(metadata.tables["merges"], undone_at=None)
    (row,) = rows
    return row.id


@pytest.mark.timeout(300)
async def test_whatever_happened_to_two_leads_they_are_merged_and_taken_apart_again_as_they_were(world: World) -> None:
    assert len(PAIRS) >= 40
    for number, (one_act, other_act) in enumerate(PAIRS[:48]):
        (one_id, one), (other_id, other) = await two(world, number, one_act, other_act)
        case = f"{one_act.__name__}, {other_act.__name__}"
        before, open_before = await everything(world, one_id, other_id), await may(world, one_id, other_id)
        closed = {row.value_hash for row in await world.rows(suppressions_table, lifted_at=None)}

        answer = await joining.merge(world.tend, other_id, one_id, user_id=world.tend.user_ids["dana"])
        assert answer == Merged(one_id), case
        gone = await world.lead(other_id)
        assert (gone.merged_into, gone.deleted_at is not None) == (one_id, True), case
        for table in merges.MOVES:
            left = await world.rows(table, lead_id=other_id)
            assert left == [], f"{case}: {table.name}"
            assert len(await world.rows(table, lead_id=one_id)) >= len(before[table.name]), f"{case}: {table.name}"
        assert await may(world, one_id) <= open_before, case
        assert {row.value_hash for row in await world.rows(suppressions_table, lifted_at=None)} == closed, case
        living = [row for row in await world.rows(enrollments, lead_id=one_id) if row.state in {"active", "paused"}]
        kept = await world.lead(one_id)
        assert len(living) <= (0 if {one_act, other_act} & {stopped, unsubscribed} else 1), case
        kinds = [row.kind for row in await world.open_todos(one_id)]
        assert len(kinds) == len(set(kinds)), case
        assert living or kinds or kept.end_reason, case

        answer = await joining.undo(world.tend, await the_merge(world), user_id=None)
        assert answer == Undone(one_id, other_id), case
        assert changed(before, await everything(world, one_id, other_id)) == [], case
        for lead_id in (one_id, other_id):
            await permitting.opt_out(world.tend, lead_id, user_id=None)
