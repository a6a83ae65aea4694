from __future__ import annotations

import pytest

from agent.rules.closing import LEADS_OWN, ClosedBy, channels_closed, outranks


@pytest.mark.parametrize("by", list(ClosedBy))
def test_a_stop_of_the_whole_person_closes_both_channels(by: ClosedBy) -> None:
    assert set(channels_closed(by, whole_person=True)) == {"sms", "email"}


@pytest.mark.parametrize(
    "by, closed",
    [
        (ClosedBy.TEXT, {"sms"}),
        (ClosedBy.EMAIL, {"email"}),
        (ClosedBy.LINK, {"email"}),
        (ClosedBy.CARRIER, {"sms"}),
        (ClosedBy.PERSON, {"sms", "email"}),
    ],
)
def test_a_stop_of_one_channel_closes_the_one_it_came_on_but_a_persons_button_closes_all(
    by: ClosedBy, closed: set[str]
) -> None:
    assert set(channels_closed(by, whole_person=False)) == closed


@pytest.mark.parametrize("new", list(ClosedBy))
@pytest.mark.parametrize("old", list(ClosedBy))
def test_only_what_the_lead_cannot_take_back_outranks_and_only_what_they_can(new: ClosedBy, old: ClosedBy) -> None:
    assert outranks(new, old) is (new not in LEADS_OWN and old in LEADS_OWN)
