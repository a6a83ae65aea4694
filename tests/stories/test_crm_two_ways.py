"""Three hundred people, imported and kept in step both ways with a CRM that throttles, breaks and goes silent."""

from __future__ import annotations

import pytest

from bench import fub
from integrations.standins.followupboss_troubles import Trouble


@pytest.mark.timeout(600)
async def test_through_hours_of_troubles_nothing_is_lost_noted_twice_or_answered_with_itself() -> None:
    report, _ = await fub.measure(people=300, seed=11)

    found = report["figures"]
    assert found["imported"] == 300
    assert {name: many for name, many in found.items() if name.startswith(("lost", "missing_"))} == {
        "lost": 0,
        "missing_leads": 0,
        "missing_texts": 0,
        "missing_notes": 0,
        "missing_tags": 0,
        "missing_changes": 0,
    }
    assert (found["duplicate_notes"], found["duplicate_texts"], found["loops"]) == (0, 0, 0)
    assert report["met"]
    assert found["virtual_hours"] > 1
    assert set(report["troubles"]) == {trouble.value for trouble in Trouble}
    assert report["webhooks"]["twice"] > 20
