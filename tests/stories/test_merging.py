"""Two leads are merged by a person and taken apart again: nothing is lost, nobody gains consent, all is as it was."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from agent.flows import controls, joining, permitting
from agent.flows.composing import unsubscribe_link
from agent.flows.joining import Merged, MergeRefused, Undone
from agent.rules.consent import standing
from agent.store import merges, messages, suppressions
from agent.store.tables import (
    addresses,
    conversations,
    enrollments,
    lead_events,
    leads,
    likenesses,
    name_tokens,
    outbox,
    touches,
)
from agent.store.tables import merges as merges_table
from agent.store.tables import (
    suppressions as suppressions_table,
)
from tests import cast
from tests.cast import Lead
from tests.stories.conftest import SQLITE
from tests.stories.world import World

Act = Callable[[World, UUID, Lead], Awaitable[Any]]
_MOVING_ON = {
    "updated_at",
    "rescore_at",
    "generation",
    "score",
    "score_reasons",
    "score_version",
    "temperature",
    "compared_at",
}
_NOTED = {"merged", "unmerged"}


def person(number: int, *, last: str = "Moss") -> Lead:
    """Somebody nobody else is."""
    return Lead("Robin", last, f"robin{number}@example.com", f"+1512555{100 + number % 100:04d}", "Austin", "TX", "")


# ---- what may have happened to a lead before


async def fresh(_world: World, _lead_id: UUID, _lead: Lead) -> None:
    """Nothing more than that they came."""


async def written_to(world: World, _lead_id: UUID, _lead: Lead) -> None:
    """They got their first email."""
    await world.live(hours=1)


async def answered(world: World, lead_id: UUID, lead: Lead) -> None:
    """They asked for a showing, which is hot."""
    await written_to(world, lead_id, lead)
    assert (await world.text(lead, "Can I see it on Saturday?")).status_code == 200
    await world.settle()


async def in_doubt(world: World, _lead_id: UUID, lead: Lead) -> None:
    """Their words may mean stop."""
    assert (await world.text(lead, "maybe stop the texts for now, email is fine")).status_code == 200
    await world.settle()


async def stopped(world: World, _lead_id: UUID, lead: Lead) -> None:
    """They said stop."""
    assert (await world.text(lead, "STOP")).status_code == 200
    await world.settle()


async def unsubscribed(world: World, lead_id: UUID, _lead: Lead) -> None:
    """They used the link."""
    await permitting.unsubscribe(world.tend, lead_id)


async def with_a_person(world: World, lead_id: UUID, _lead: Lead) -> None:
    """Dana called them."""
    await controls.call(world.tend, lead_id, user_id=world.tend.user_ids["dana"])


async def paused(world: World, lead_id: UUID, _lead: Lead) -> None:
    """A person paused Tend."""
    await controls.pause(world.tend, lead_id, user_id=None)


async def put_aside(world: World, lead_id: UUID, _lead: Lead) -> None:
    """A person put them aside."""
    await controls.snooze(world.tend, lead_id, until=world.clock.now() + timedelta(days=4), user_id=None)


async def done_with(world: World, lead_id: UUID, _lead: Lead) -> None:
    """Their sequence is over, and a person closed it."""

    async def unit(conn: Any) -> None:
        ended = update(enrollments).where(enrollments.c.team_id == world.tend.team_id, enrollments.c.lead_id == lead_id)
        await conn.execute(ended.values(state="ended", end_reason="a test"))
        off = update(touches).where(touches.c.team_id == world.tend.team_id, touches.c.lead_id == lead_id)
        await conn.execute(off.where(touches.c.state == "planned").values(state="canceled"))

    await world.tend.writer.run(unit)
    await controls.done(world.tend, lead_id, user_id=None)


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
                    if not (table is lead_events and row["kind"] in _NOTED) and table is not outbox
                ),
                key=repr,
            )
    return found


def changed(before: dict[str, list[dict[str, Any]]], now: dict[str, list[dict[str, Any]]]) -> list[str]:
    """What differs, in words."""
    found = []
    for table, rows in before.items():
        old = {row.get("id", repr(row)): row for row in rows}
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
    (row,) = await world.rows(merges_table, undone_at=None)
    found: UUID = row.id
    return found


@pytest.mark.timeout(300)
async def test_whatever_happened_to_two_leads_they_are_merged_and_taken_apart_again_as_they_were(world: World) -> None:
    on_file = "sqlite" in world.tend.settings.database_url
    for number, (one_act, other_act) in enumerate(PAIRS if on_file else PAIRS[::6]):
        (one_id, _), (other_id, _) = await two(world, number, one_act, other_act)
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

        undone = await joining.undo(world.tend, await the_merge(world), user_id=None)
        assert undone == Undone(one_id, other_id), case
        assert changed(before, await everything(world, one_id, other_id)) == [], case
        for lead_id in (one_id, other_id):
            await permitting.opt_out(world.tend, lead_id, user_id=None)


# ---- what cannot be undone is said in words


async def merged(world: World, number: int = 0, one: Act = fresh, other: Act = fresh) -> tuple[UUID, Lead, UUID, Lead]:
    """Two leads, merged: the one that stays, and the other."""
    (one_id, one_lead), (other_id, other_lead) = await two(world, number, one, other)
    assert await joining.merge(world.tend, one_id, other_id, user_id=None) == Merged(one_id)
    return one_id, one_lead, other_id, other_lead


async def a_message(world: World, _lead_id: UUID, _one: Lead, other: Lead) -> str:
    world.clock.advance_to(world.clock.now() + timedelta(minutes=1))
    assert (await world.text(other, "is it still free?")).status_code == 200
    return "They wrote or were written to since, as one."


async def a_form(world: World, _lead_id: UUID, _one: Lead, other: Lead) -> str:
    world.clock.advance_to(world.clock.now() + timedelta(days=2))
    assert (await world.post_form(cast.form(other, source="another"))).status_code == 201
    return "They sent a form since, as one."


async def a_consent(world: World, lead_id: UUID, one: Lead, _other: Lead) -> str:
    world.clock.advance_to(world.clock.now() + timedelta(minutes=1))
    wording = cast.TEXT_WORDING
    assert await permitting.allow_texts(world.tend, lead_id, number=one.phone, wording=wording, ip="192.0.2.1")
    return "What they agreed to changed since."


async def another_merge(world: World, lead_id: UUID, _one: Lead, _other: Lead) -> str:
    third = person(90)
    assert (await world.post_form(cast.form(third))).status_code == 201
    await world.settle()
    older = await world.rows(leads, id=lead_id)
    third_id = await world.lead_id(third)

    async def elder(conn: Any) -> None:
        these = update(leads).where(leads.c.team_id == world.tend.team_id, leads.c.id == third_id)
        await conn.execute(these.values(created_at=older[0].created_at - timedelta(days=1)))

    await world.tend.writer.run(elder)
    assert await joining.merge(world.tend, lead_id, third_id, user_id=None) == Merged(third_id)
    return "They were merged once more since. Undo that first."


@SQLITE
@pytest.mark.parametrize("happens", [a_message, a_form, a_consent, another_merge])
async def test_a_merge_that_something_followed_is_not_undone_and_the_page_says_why(world: World, happens: Any) -> None:
    kept, one, gone, other = await merged(world)
    merge_id = (await world.rows(merges_table, gone_id=gone))[0].id
    why = await happens(world, kept, one, other)
    before = await everything(world, kept, gone)
    assert await joining.undo(world.tend, merge_id, user_id=None) == MergeRefused(why)
    assert changed(before, await everything(world, kept, gone)) == []


async def test_a_merge_is_undone_once_and_the_later_of_two_first(world: World) -> None:
    kept, one, gone, other = await merged(world)
    first = await the_merge(world)
    await another_merge(world, kept, one, other)
    (later,) = [row.id for row in await world.rows(merges_table) if row.id != first]
    assert isinstance(await joining.undo(world.tend, later, user_id=None), Undone)
    assert await joining.undo(world.tend, first, user_id=None) == Undone(kept, gone)
    assert await joining.undo(world.tend, first, user_id=None) == MergeRefused("This was undone already.")


# ---- whoever was merged is found as the other


async def test_a_link_a_reply_and_a_form_of_who_was_merged_reach_the_lead_that_stays(world: World) -> None:
    kept, _, gone, other = await merged(world)
    await permitting_link(world, gone)
    closed = {row.value_hash for row in await world.rows(suppressions_table, lifted_at=None)}
    theirs = {row.value_hash for row in await world.rows(addresses, lead_id=kept)}
    assert closed == theirs
    assert len(theirs) == 4
    assert (await world.lead(kept)).end_reason == "opted out"
    world.clock.advance_to(world.clock.now() + timedelta(days=2))
    assert (await world.post_form(cast.form(other))).json()["lead_id"] == world.path(kept).rpartition("/")[2]


async def permitting_link(world: World, lead_id: UUID) -> None:
    """Press the unsubscribe link of an email that went to this lead."""
    link = unsubscribe_link(world.tend, lead_id).removeprefix(world.tend.settings.public_url)
    assert (await world.client.post(link)).status_code == 200


async def test_a_record_of_the_crm_merged_here_goes_on_filling_blanks_and_never_takes_over(world: World) -> None:
    one_id = await world.arrive(cast.MAYA)
    other_id = await world.arrive(cast.DIEGO)
    first, second = world.account.people
    assert await joining.merge(world.tend, one_id, other_id, user_id=None) == Merged(one_id)
    before = await world.lead(one_id)
    world.account.change_person(second, stage="Nobody mapped this", emails=["diego@work.example.com"])
    await world.push("peopleUpdated", [second])
    await world.live(minutes=5)
    now = await world.lead(one_id)
    assert (now.crm_person_id, now.crm_stage, now.status) == (before.crm_person_id, before.crm_stage, before.status)
    assert len(await world.rows(leads, deleted_at=None)) == 1
    world.account.change_person(first, stage="Under contract")
    await world.push("peopleStageUpdated", [first])
    await world.live(minutes=5)
    assert (await world.lead(one_id)).end_reason == "under contract"


# ---- on the page


@SQLITE
async def test_the_page_asks_whether_two_are_one_and_does_what_is_pressed(world: World) -> None:
    await world.sign_in()
    one = Lead("Robert", "Vance", "rob.vance@example.com", "+15125550131", "Austin", "TX", "")
    again = Lead("Rob", "Vance", "rob.vance@example.org", "+15125550132", "Austin", "TX", "")
    wife = Lead("Sara", "Vance", "sara.vance@example.com", "+15125550131", "Austin", "TX", "")
    for each in (one, again, wife):
        assert (await world.post_form(cast.form(each))).status_code == 201
        await world.settle()
    one_id, again_id, wife_id = [await world.lead_id(each) for each in (one, again, wife)]
    page = (await world.client.get(world.path(again_id))).text
    assert "Perhaps the same person as" in page
    assert "at another mail provider" in page
    assert "Household" in (await world.client.get(world.path(wife_id))).text
    assert "Perhaps the same person" not in (await world.client.get(world.path(wife_id))).text

    answer = await world.press(again_id, "merge", other=world.path(one_id).rpartition("/")[2])
    assert (answer.status_code, answer.headers["location"]) == (303, world.path(one_id))
    page = (await world.client.get(world.path(again_id), follow_redirects=True)).text
    assert "With Rob Vance" in page
    for address in (one.email, again.email):
        assert f'href="mailto:{address}"' in page
    for number in (one.phone, again.phone):
        assert f'href="tel:{number}"' in page
    assert "Perhaps the same person" not in page

    assert (await world.press(one_id, "undo-merge", merge=(await the_merge(world)).hex)).status_code == 303
    await world.settle()
    assert "Perhaps the same person" in (await world.client.get(world.path(one_id))).text
    assert (await world.press(one_id, "not-the-same", other=world.path(again_id).rpartition("/")[2])).status_code == 303
    for lead_id in (one_id, again_id):
        assert "Perhaps the same person" not in (await world.client.get(world.path(lead_id))).text
    assert (await world.press(one_id, "merge", other=world.path(UUID(int=7)).rpartition("/")[2])).status_code == 200


@SQLITE
async def test_taking_a_form_in_compares_nobody_and_the_tick_does_it_once(world: World) -> None:
    for each in (person(1), person(2)):
        assert (await world.post_form(cast.form(each))).status_code == 201
        await world.tick("intake")
    assert await world.rows(likenesses) == []
    assert await world.tick("likeness") == 2
    assert [row.percent for row in await world.rows(likenesses)] == [86]
    assert await world.tick("likeness") == 0


@SQLITE
async def test_after_a_merge_one_sequence_goes_on_and_the_other_address_hears_no_more_of_its_own(world: World) -> None:
    kept, one, _, other = await merged(world, 0, written_to, written_to)
    before = world.sent_to(one), world.sent_to(other)
    await world.live(days=10)
    assert world.sent_to(one) > before[0]
    assert world.sent_to(other) == before[1]
    states = sorted(row.state for row in await world.rows(enrollments, lead_id=kept))
    assert states == ["active", "ended"]


@SQLITE
async def test_a_merge_waits_while_a_message_of_theirs_is_on_its_way(world: World) -> None:
    (one_id, _), (other_id, _) = await two(world, 0, fresh, fresh)

    async def on_its_way(conn: Any) -> None:
        theirs = update(touches).where(touches.c.team_id == world.tend.team_id, touches.c.lead_id == other_id)
        await conn.execute(theirs.where(touches.c.state == "planned").values(state="sending"))

    await world.tend.writer.run(on_its_way)
    answer = await joining.merge(world.tend, one_id, other_id, user_id=None)
    assert answer == MergeRefused("Something of theirs is on its way just now. Press again in a moment.")
    assert (await world.lead(other_id)).merged_into is None
