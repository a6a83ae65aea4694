"""How changes in the CRM reach Tend: webhooks that are kept and mended, and asking where nothing is pushed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.engine import Row

from agent.flows import connecting
from agent.rules.crm_wishes import CrmWishes
from agent.store import crm_links as links
from agent.store.tables import conversations, crm_links, leads, webhook_events
from integrations.crm_hooks import HookState
from integrations.errors import CrmError
from integrations.providers.followupboss import FollowUpBoss
from integrations.providers.followupboss_events import EVENTS
from integrations.standins import followupboss_logged as logged
from integrations.standins.followupboss_hooks import EVENTS as DOCUMENTED
from tests import cast
from tests.cast import DIEGO, MAYA
from tests.stories.conftest import SQLITE, Opens
from tests.stories.world import World

AGENT = {"owner": False, "role": "Agent"}
BROKER = {"owner": False, "role": "Broker"}
SILENT = replace(cast.team(), crm=CrmWishes(tags=(), tasks=False, announces=False, texts=False, mails=False))
"""A team whose Tend writes nothing there, so that nothing there changes but by others."""


def ours(world: World) -> str:
    return f"{world.address}/hooks/followupboss"


def pushed(world: World) -> set[str]:
    """The events that reach Tend, each once."""
    found = [
        hook["event"]
        for hook in world.account.webhooks.values()
        if hook["url"] == ours(world) and hook["status"] == "Active"
    ]
    assert len(found) == len(set(found))
    return set(found)


async def link(world: World) -> Row[Any]:
    (row,) = await world.rows(crm_links)
    return row


def test_every_event_tend_registers_is_one_the_vendor_documents() -> None:
    assert EVENTS.keys() <= DOCUMENTED


async def test_connecting_registers_one_webhook_for_every_event_and_again_changes_nothing(open_world: Opens) -> None:
    async with open_world(connected=False) as world:
        world.account.add_user(name="Dana Reyes", email="dana@example.com")
        found = await connecting.connect(world.tend)
        again = await connecting.connect(world.tend)

        assert pushed(world) == set(EVENTS)
        assert {hook.state for hook in found.hooks} == {HookState.REGISTERED}
        assert {hook.state for hook in again.hooks} == {HookState.KEPT}
        assert (found.complete, found.identity.owner, found.identity.user) == (True, True, "Dana Reyes")
        assert (await link(world)).pushes


@SQLITE
async def test_connecting_enables_repairs_removes_doubles_and_leaves_other_installations_alone(
    open_world: Opens,
) -> None:
    async with open_world(connected=False) as world:
        add, hooks = world.account.add_webhook, world.account.webhooks
        hooks[add(event="peopleCreated", url=ours(world))]["status"] = "Disabled"
        add(event="peopleUpdated", url=ours(world))
        add(event="peopleUpdated", url=f"{ours(world)}/")
        moved = add(event="peopleDeleted", url=f"{world.address}/old/place")
        theirs = add(event="notesCreated", url="http://127.0.0.1:9/hooks/followupboss")
        for _ in range(2):
            add(event="callsCreated", url="http://127.0.0.1:9/hooks/followupboss")
        idle = add(event="emailsCreated", url="http://127.0.0.1:9/hooks/followupboss")
        add(event="emailsCreated", url="http://127.0.0.1:8/hooks/followupboss")
        hooks[idle]["status"] = "Disabled"

        found = await connecting.connect(world.tend)

        states: dict[str, list[HookState]] = {}
        for hook in found.hooks:
            states.setdefault(hook.event, []).append(hook.state)
        assert states["peopleCreated"] == [HookState.ENABLED]
        assert states["peopleUpdated"] == [HookState.KEPT, HookState.REMOVED]
        assert states["peopleDeleted"] == [HookState.REPAIRED]
        assert states["notesCreated"] == [HookState.REGISTERED]
        assert states["callsCreated"] == [HookState.FULL]
        assert states["emailsCreated"] == [HookState.REPAIRED]
        assert pushed(world) == set(EVENTS) - {"callsCreated"}
        assert (hooks[moved]["url"], hooks[theirs]["url"]) == (ours(world), "http://127.0.0.1:9/hooks/followupboss")
        assert not found.complete
        assert "callsCreated is full" in (await link(world)).trouble


@SQLITE
async def test_a_tend_that_moved_takes_its_webhooks_along(open_world: Opens) -> None:
    async with open_world(connected=False) as world:
        await connecting.connect(world.tend)
        for hook in world.account.webhooks.values():
            hook["url"] = "https://old.example.com/hooks/followupboss"
        await world.tend.writer.run(
            lambda conn: links.note(
                conn,
                team_id=world.tend.team_id,
                crm="followupboss",
                values={"hooks_url": "https://old.example.com/hooks/followupboss"},
            )
        )

        await world.tick("crm_link")

        assert pushed(world) == set(EVENTS)
        assert len(world.account.webhooks) == len(EVENTS)


@SQLITE
async def test_webhooks_disabled_or_deleted_are_mended_within_a_day_and_what_they_missed_is_caught_up(
    open_world: Opens,
) -> None:
    async with open_world(connected=False) as world:
        await connecting.connect(world.tend)
        await world.tick("crm_link")
        first, second, *_ = world.account.webhooks.values()
        first["status"] = "Disabled"
        del world.account.webhooks[second["id"]]
        world.add_to_crm(MAYA)
        assert await world.account.push("peopleCreated", [1], world.client) == []

        world.clock.advance(timedelta(hours=23))
        await world.tick("crm_link")
        assert pushed(world) != set(EVENTS)
        world.clock.advance(timedelta(hours=1))
        await world.tick("crm_link")
        await world.settle()

        assert pushed(world) == set(EVENTS)
        assert len(await world.lead_ids(MAYA)) == 1


@SQLITE
async def test_nobody_who_never_connected_has_webhooks_registered(open_world: Opens) -> None:
    async with open_world(connected=False) as world:
        for _ in range(3):
            world.clock.advance(timedelta(days=1))
            await world.tick("crm_link")

        assert world.account.webhooks == {}


@pytest.mark.parametrize("special", [{"crm_account": AGENT}, {"fub_system": ""}])
@SQLITE
async def test_without_the_owners_key_or_a_system_connecting_says_that_tend_asks(
    open_world: Opens, special: dict[str, Any]
) -> None:
    async with open_world(connected=False, **special) as world:
        found = await connecting.connect(world.tend)

        assert (found.complete, list(found.hooks)) == (True, [])
        assert found.polls in {connecting.NOT_OWNER, connecting.NO_SYSTEM}
        assert not (await link(world)).pushes


@SQLITE
async def test_a_wrong_key_connects_nothing_and_says_so(open_world: Opens) -> None:
    async with open_world(connected=False) as world:
        locked_out = FollowUpBoss(api_key="another", base_url=world.tend.settings.fub_base_url)
        with pytest.raises(CrmError, match="bad_key"):
            await connecting.connect(replace(world.tend, doors=replace(world.tend.doors, crm=locked_out)))
        await locked_out.aclose()


async def test_who_came_while_tend_was_down_is_found_by_asking_and_greeted_once(open_world: Opens) -> None:
    async with open_world(crm_account=BROKER, connected=False, team=SILENT) as world:
        crowd = [world.add_to_crm(cast.guest(number)) for number in range(130)]
        world.clock.advance(timedelta(hours=3))
        changed = world.add_to_crm(DIEGO, created=world.clock.now() - timedelta(days=400))
        world.account.change_person(changed, stage="Under contract")

        for _ in range(3):
            await world.tick("crm_link")
            await world.live(minutes=1)

        assert len(await world.rows(leads)) == len(crowd) + 1
        assert [len(world.emails_to(cast.guest(number))) for number in range(130)] == [1] * 130
        assert (await world.lead(await world.lead_id(DIEGO))).stage_blocks == "under contract"
        assert len(await world.rows(webhook_events, source="crm_poll")) == len(crowd) + 1


@SQLITE
async def test_asking_is_kept_up_every_minute_and_reads_only_what_is_new(open_world: Opens) -> None:
    async with open_world(crm_account=BROKER, connected=False, team=SILENT) as world:
        last = world.clock.now()
        for number in range(5):
            last = world.clock.now()
            world.add_to_crm(cast.guest(number))
            await minute(world)
        asked = len(await world.rows(webhook_events, source="crm_poll"))
        await minute(world)

        assert asked == 5
        assert (await link(world)).changes_read_to == last
        assert len(await world.rows(webhook_events, source="crm_poll")) == asked
        assert len(await world.rows(leads)) == 5


@SQLITE
async def test_while_the_crm_is_away_nothing_is_skipped(open_world: Opens) -> None:
    async with open_world(crm_account=BROKER, connected=False) as world:
        await minute(world)
        world.add_to_crm(MAYA)
        meter = world.account.meter
        while meter.count("global", registered=True).allowed:
            pass
        await world.tick("crm_link")
        assert await world.lead_ids(MAYA) == []

        await minute(world)
        await minute(world)
        assert len(world.emails_to(MAYA)) == 1


@SQLITE
async def test_a_humans_call_and_text_are_heard_of_by_asking_too(open_world: Opens) -> None:
    async with open_world(crm_account=BROKER, connected=False) as world:
        talked, texted = [await polled(world, lead) for lead in (MAYA, DIEGO)]
        logged.call(world.account, talked[1], by="Dana Reyes")
        world.account.add_incoming_text(texted[1], message="yes", from_number=DIEGO.phone, to_number=cast.OUR_NUMBER)
        await minute(world)
        await minute(world)

        (talk,) = await world.rows(conversations, lead_id=talked[0])
        assert talk.owner == "human"
        (todo,) = await world.open_todos(texted[0])
        assert (todo.kind, todo.hot) == ("read", True)


@SQLITE
async def test_who_unsubscribed_in_the_crm_is_heard_of_by_asking_too(open_world: Opens) -> None:
    async with open_world(crm_account=BROKER, connected=False) as world:
        lead_id, person_id = await polled(world, MAYA)
        await polled(world, DIEGO)
        logged.unsubscribe(world.account, person_id)
        await minute(world)
        await minute(world)
        before = len(world.emails_to(MAYA))
        await world.live(days=10)

        assert "opted out" in (await world.lead(lead_id)).end_reason
        assert len(world.emails_to(MAYA)) == before
        assert len(world.emails_to(DIEGO)) > 1


@pytest.mark.parametrize("role, gone", [("Broker", True), ("Agent", False)])
@SQLITE
async def test_who_is_gone_is_noticed_within_a_day_by_a_key_that_sees_everybody(
    open_world: Opens, role: str, *, gone: bool
) -> None:
    async with open_world(crm_account={"owner": False, "role": role}, connected=False) as world:
        lead_id, person_id = await polled(world, MAYA)
        world.account.delete_person(person_id)
        world.clock.advance(timedelta(days=1))
        await world.tick("crm_link")
        await world.settle()

        assert ((await world.lead(lead_id)).deleted_at is not None) is gone


async def minute(world: World) -> None:
    world.clock.advance(timedelta(minutes=1))
    await world.tick("crm_link")
    await world.live(seconds=5)


async def polled(world: World, lead: cast.Lead) -> tuple[UUID, int]:
    person_id = world.add_to_crm(lead)
    await minute(world)
    await minute(world)
    return await world.lead_id(lead), person_id
