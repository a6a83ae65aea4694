"""Two nodes on one PostgreSQL hear of the same people at once: every human stays one lead and is written to once.

Each node is a whole Tend with its own server, clock, CRM and senders; they share the database alone.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.flows import arriving, controls, enrolling, reactivation
from agent.flows.crm_people import arrival_of
from agent.rules.crm_wishes import CrmWishes
from agent.store import waiting
from agent.store.tables import enrollments, leads, webhook_events
from agent.store.writer import Unit
from integrations.language_model import ReadingRequest
from tests import cast
from tests.cast import MAYA
from tests.stories import world as worlds
from tests.stories.world import World

Nodes = tuple[World, World]
SILENT = replace(cast.team(), crm=CrmWishes(tags=(), tasks=False, announces=False, texts=False, mails=False))
"""Each node has a CRM of its own here, and neither is told anything, so that both have the same people."""
CROWD = [cast.guest(number) for number in range(4)]


@pytest.fixture
async def nodes(postgres_url: str, tmp_path: Path) -> AsyncIterator[Nodes]:
    """Two nodes that know Ruth, so that their campaign is there."""
    async with contextlib.AsyncExitStack() as stack:
        one, other = [
            await stack.enter_async_context(worlds.opened(postgres_url, tmp_path / name, team=SILENT))
            for name in ("one", "other")
        ]
        assert (await one.post_form(cast.form(cast.RUTH))).status_code == 201
        await one.settle()
        yield one, other


async def test_one_form_posted_to_two_nodes_at_once_makes_one_lead_and_one_duplicate(nodes: Nodes) -> None:
    for lead in CROWD:
        answers = await asyncio.gather(*(node.post_form(cast.form(lead)) for node in nodes))
        assert sorted(answer.status_code for answer in answers) == [201, 409]
        assert len({answer.json()["lead_id"] for answer in answers}) == 1

    assert len(await nodes[0].rows(leads)) == 1 + len(CROWD)


async def test_one_idempotency_key_at_two_nodes_at_once_gets_the_same_201_twice(nodes: Nodes) -> None:
    for lead in CROWD:
        answers = await asyncio.gather(*(node.post_form(cast.form(lead), idempotency_key="once") for node in nodes))
        assert [answer.status_code for answer in answers] == [201, 201]
        assert answers[0].json()["lead_id"] == answers[1].json()["lead_id"]

    assert len(await nodes[0].rows(leads)) == 1 + len(CROWD)


async def test_batches_that_meet_in_any_order_at_two_nodes_all_get_their_answer(nodes: Nodes) -> None:
    one, other = nodes
    answers = await asyncio.gather(
        *(one.post_form(cast.form(lead)) for lead in CROWD),
        *(other.post_form(cast.form(lead)) for lead in reversed(CROWD)),
    )

    assert sorted(answer.status_code for answer in answers) == [201] * len(CROWD) + [409] * len(CROWD)


async def test_a_form_waits_for_the_other_node_at_which_the_same_human_arrives_and_is_their_lead(nodes: Nodes) -> None:
    one, other = nodes
    person_id = other.add_to_crm(MAYA)
    async with arriving_at(other, person_id):
        form = asyncio.create_task(one.post_form(cast.form(MAYA)))
        await asyncio.sleep(0.3)
        assert not form.done(), "the form was answered before the arrival it meets was over"
    assert (await form).status_code == 201
    await asyncio.gather(one.settle(), other.settle())

    assert len(await one.lead_ids(MAYA)) == 1
    assert len(one.emails_to(MAYA)) + len(other.emails_to(MAYA)) == 1


async def test_one_person_pushed_to_two_nodes_at_once_arrives_once(nodes: Nodes) -> None:
    one, other = nodes
    person_id = other.add_to_crm(MAYA)
    assert one.add_to_crm(MAYA) == person_id
    for node in nodes:
        node.clock.advance(timedelta(seconds=5))
    await one.push("peopleUpdated", [person_id])
    async with arriving_at(other, person_id):
        tick = asyncio.create_task(one.tick("intake"))
        await asyncio.sleep(0.3)
    await tick

    assert {row.state for row in await one.rows(webhook_events)} == {"done"}
    assert len(await one.lead_ids(MAYA)) == 1


async def test_who_waited_for_a_campaign_is_started_by_one_node_and_left_alone_by_the_other(nodes: Nodes) -> None:
    one, other = nodes
    await controls.confirm_campaign(one.tend, "spring-guide", status="paused")
    for lead in CROWD:
        await one.post_form(cast.form(lead))
    await one.settle()

    async def start_them(conn: AsyncConnection) -> None:
        since = other.tend.now() - timedelta(days=30)
        for lead in await waiting.for_campaign(
            conn, team_id=other.tend.team_id, key="spring-guide", since=since, limit=100
        ):
            await enrolling.enroll(conn, other.tend, lead)

    async with held_open(other, start_them):
        await controls.confirm_campaign(one.tend, "spring-guide", status="active")
        assert len(await one.rows(enrollments)) == 1
    assert len(await one.rows(enrollments)) == 1 + len(CROWD)


async def test_a_reactivation_started_at_two_nodes_at_once_is_one_run(nodes: Nodes) -> None:
    for limit in range(2, 8):
        await asyncio.gather(*(reactivation.start(node.tend, daily_limit=limit, user_id=None) for node in nodes))
        assert [await reactivation.running(node.tend) for node in nodes] == [limit, limit]
    await asyncio.gather(*(reactivation.stop(node.tend) for node in nodes))

    assert await reactivation.running(nodes[0].tend) is None


@contextlib.asynccontextmanager
async def arriving_at(node: World, person_id: int) -> AsyncIterator[None]:
    """Hold open the transaction in which this person of the CRM arrives at a node."""
    assert node.tend.doors.crm is not None
    (person,) = await node.tend.doors.crm.people([str(person_id)])
    answer = await node.tend.doors.reader.read(ReadingRequest(text="We would like to buy a house", facts={}))
    arrival = arrival_of(node.tend, person, now=node.tend.now(), held_back="")

    async def arrive(conn: AsyncConnection) -> None:
        await arriving.arrive(conn, node.tend, arrival, answer.reading)

    async with held_open(node, arrive):
        yield


@contextlib.asynccontextmanager
async def held_open(node: World, unit: Unit[None]) -> AsyncIterator[None]:
    """Let a node do this and not commit it before the block is left."""
    done, go_on = asyncio.Event(), asyncio.Event()

    async def and_wait(conn: AsyncConnection) -> None:
        await unit(conn)
        done.set()
        await go_on.wait()

    held = asyncio.create_task(node.tend.writer.run(and_wait))
    await done.wait()
    try:
        yield
    finally:
        go_on.set()
        await held
