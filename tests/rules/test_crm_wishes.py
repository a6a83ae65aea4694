"""A lead is moved on in the CRM only forward, only from a mapped stage where Tend may write, and never to an end."""

from __future__ import annotations

import pytest

from agent.rules.crm_wishes import CrmWishes, consent_in_words, stage_to_move_to
from agent.rules.leads import StageRule, Status

MAPPED = {
    "Lead": StageRule(Status.NEW, automation=True, reason=""),
    "Attempted contact": StageRule(Status.CONTACTED, automation=True, reason=""),
    "Hot prospect": StageRule(Status.QUALIFIED, automation=True, reason=""),
    "Under contract": StageRule(Status.PROPOSAL, automation=False, reason="under contract"),
    "Sphere": StageRule(None, automation=True, reason=""),
}
WISHES = CrmWishes(
    stages={
        Status.CONTACTED: "Attempted contact",
        Status.QUALIFIED: "Hot prospect",
        Status.CLOSED_LOST: "Trash",
    }
)


@pytest.mark.parametrize(
    "status,stage,moved_to",
    [
        (Status.CONTACTED, "Lead", "Attempted contact"),
        (Status.CONTACTED, "lead", "Attempted contact"),
        (Status.CONTACTED, "Sphere", "Attempted contact"),
        (Status.QUALIFIED, "Lead", "Hot prospect"),
        (Status.QUALIFIED, "Attempted contact", "Hot prospect"),
        (Status.CONTACTED, "Attempted contact", ""),
        (Status.CONTACTED, "ATTEMPTED CONTACT", ""),
        (Status.CONTACTED, "Hot prospect", ""),
        (Status.QUALIFIED, "Under contract", ""),
        (Status.CONTACTED, "Somewhere nobody mapped", ""),
        (Status.CONTACTED, "", ""),
        (Status.CONTACTED, "Trash", ""),
        (Status.NEW, "Lead", ""),
        (Status.PROPOSAL, "Lead", ""),
        (Status.CLOSED_LOST, "Lead", ""),
    ],
)
def test_a_lead_is_moved_forward_or_stays(status: Status, stage: str, moved_to: str) -> None:
    assert stage_to_move_to(status, stage, mapped=MAPPED, wishes=WISHES) == moved_to


def test_without_wishes_nobody_is_moved() -> None:
    for stage in (*MAPPED, "elsewhere"):
        for status in Status:
            assert stage_to_move_to(status, stage, mapped=MAPPED, wishes=CrmWishes()) == ""


def test_what_was_agreed_to_is_said_in_words() -> None:
    told = [consent_in_words(email=email, texts=texts) for email in (True, False) for texts in (True, False)]
    assert told == ["email and texts", "email only", "texts only", "none"]
