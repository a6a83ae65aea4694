"""A person agreed on a time with a lead: Tend is silent, nobody is forgotten afterwards, and the CRM has it once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from agent.rules.crm_wishes import CrmWishes
from agent.rules.team import Team
from agent.store.tables import conversations, outbox
from tests import cast
from tests.stories.conftest import SQLITE, Opens
from tests.stories.world import World

SATURDAY_AT_TWO = "2026-07-11T14:00"


def team(**wishes: Any) -> Team:
    """The team, its first person a user of the account."""
    ours = cast.team()
    first, *others = ours.assignees
    return replace(ours, crm=CrmWishes(**wishes), assignees=(replace(first, crm_user_id="501"), *others))


async def asked(world: World) -> UUID:
    """Let Maya ask to see a home, and Dana sign in."""
    world.account.users[501] = {"id": 501, "name": "Dana", "email": "dana@example.com", "role": "Agent"}
    lead_id = await world.arrive(cast.MAYA, text_consent="yes")
    await world.live(hours=1)
    await world.text(cast.MAYA, "Could we see it on Saturday?")
    await world.live(minutes=5)
    await world.sign_in()
    return lead_id


async def test_an_appointment_silences_tend_until_it_is_over_and_stands_in_the_crm(open_world: Opens) -> None:
    async with open_world(team=team()) as world:
        lead_id = await asked(world)
        answer = await world.press(lead_id, "appointment", at=SATURDAY_AT_TWO, title="Showing of 12 Elm Ct")
        assert answer.status_code == 303
        await world.live(minutes=5)
        (talk,) = await world.rows(conversations, lead_id=lead_id)
        assert talk.owner == "human"
        (todo,) = await world.open_todos(lead_id)
        assert todo.due_at.isoformat() >= "2026-07-11T20:00"
        (kept,) = world.account.appointments.values()
        assert (kept["title"], kept["start"], kept["end"]) == (
            "Showing of 12 Elm Ct",
            "2026-07-11T19:00:00Z",
            "2026-07-11T20:00:00Z",
        )
        (person_id,) = world.account.people
        assert kept["invitees"] == [{"personId": person_id}, {"userId": 501}]
        page = (await world.client.get(world.path(lead_id))).text
        assert "agreed: Showing of 12 Elm Ct, Saturday 11 July, 14:00 their time" in page.replace("Agreed", "agreed")
        sent = len(world.emails_to(cast.MAYA)) + len(world.texts_to(cast.MAYA))
        await world.push("appointmentsCreated", [kept["id"]])
        await world.live(days=3)
        assert len(world.emails_to(cast.MAYA)) + len(world.texts_to(cast.MAYA)) == sent
        assert len(await world.open_todos(lead_id)) == 1


@SQLITE
async def test_an_appointment_whose_answer_was_lost_stands_there_once(open_world: Opens) -> None:
    async with open_world(team=team()) as world:
        lead_id = await asked(world)
        world.account.troubles.lose_answers("appointments", times=2)
        await world.press(lead_id, "appointment", at=SATURDAY_AT_TWO, title="")
        await world.live(hours=2)
        (kept,) = world.account.appointments.values()
        assert kept["title"] == "Showing"
        assert {row.state for row in await world.rows(outbox, kind="appointment")} == {"done"}


@SQLITE
@pytest.mark.parametrize("at", ["", "soon", "2020-01-01T10:00", "2099-01-01T10:00", "9999-12-31T23:59"])
async def test_a_time_that_is_none_or_over_is_refused_in_words(open_world: Opens, at: str) -> None:
    async with open_world(team=team()) as world:
        lead_id = await asked(world)
        answer = await world.press(lead_id, "appointment", at=at, title="Showing")
        assert answer.status_code == 200
        assert "Choose a" in answer.text
        assert await world.rows(outbox, kind="appointment") == []


@SQLITE
async def test_a_team_that_wants_no_appointments_there_has_none(open_world: Opens) -> None:
    async with open_world(team=team(appointments=False)) as world:
        lead_id = await asked(world)
        await world.press(lead_id, "appointment", at=SATURDAY_AT_TWO, title="Showing")
        await world.live(hours=1)
        assert world.account.appointments == {}
