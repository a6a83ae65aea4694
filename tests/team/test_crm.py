"""The `[crm]` table of the team file is read whole, and a mistake in it is refused with key and reason."""

from __future__ import annotations

from typing import Any

import pytest

from agent.rules.crm_wishes import CrmWishes
from agent.rules.leads import Status
from agent.team.crm import read_crm
from agent.team.values import TeamFileError, Values


def read(crm: Any) -> CrmWishes:
    return read_crm(Values("team.toml"), {"crm": crm})


def test_nothing_said_means_the_defaults() -> None:
    assert read_crm(Values("team.toml"), {}) == CrmWishes()


def test_everything_said_is_read() -> None:
    found = read(
        {
            "tags": ["Tend", "Nurtured"],
            "tasks": False,
            "announces": False,
            "texts": False,
            "mails": False,
            "assigns": False,
            "appointments": False,
            "custom": {"score": "customTendScore"},
            "stages": {"contacted": "Attempted contact"},
        }
    )
    assert found == CrmWishes(
        tags=("Tend", "Nurtured"),
        tasks=False,
        announces=False,
        texts=False,
        mails=False,
        assigns=False,
        appointments=False,
        custom={"score": "customTendScore"},
        stages={Status.CONTACTED: "Attempted contact"},
    )


@pytest.mark.parametrize(
    "crm,said",
    [
        ({"tag": ["Tend"]}, "crm.tag: there is no such setting"),
        ({"tags": "Tend"}, "crm.tags: write a list"),
        ({"tasks": "yes"}, "crm.tasks: say true or false"),
        ({"custom": {"mood": "customMood"}}, "crm.custom.mood: there is no such setting"),
        ({"custom": {"score": "TendScore"}}, "crm.custom.score: write a field of the CRM"),
        ({"stages": {"closed_won": "Closed"}}, "crm.stages.closed_won: there is no such setting"),
        ({"stages": {"contacted": ""}}, "crm.stages.contacted: write some text here"),
        ("all", "crm: this table is missing"),
    ],
)
def test_a_mistake_is_refused_with_its_key_and_the_reason(crm: Any, said: str) -> None:
    with pytest.raises(TeamFileError, match=f"^team.toml: {said}"):
        read(crm)
