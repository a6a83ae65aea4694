"""What a team wants to see in its CRM of what Tend knows, and when a lead is moved to another stage there.

Promises that Tend moves a lead forward only, from a stage the team mapped and lets Tend work at, to one the team named;
a deal is closed by people.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from agent.rules.leads import CLOSED, StageRule, Status, further, stage_guard

FIELDS = ("score", "temperature", "intent", "consent")
"""What may stand in a custom field of the CRM."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CrmWishes:
    """`tags` stand on everybody Tend works with, `custom` says which field of the CRM holds which of `FIELDS`.

    `stages` names the stage for a status; `tasks`: what is hot becomes a task; `announces`: who came to Tend first is
    sent to the CRM; `texts` and `mails`: what was written is shown there; `assigns`: whose a lead is that was nobody's;
    `appointments`: those that people agreed on here.
    """

    tags: tuple[str, ...] = ("Tend",)
    custom: Mapping[str, str] = field(default_factory=dict)
    stages: Mapping[Status, str] = field(default_factory=dict)
    tasks: bool = True
    announces: bool = True
    texts: bool = True
    mails: bool = True
    assigns: bool = True
    appointments: bool = True

    @property
    def about_people(self) -> bool:
        """Whether anything is to stand on people at all."""
        return bool(self.tags or self.custom or self.stages)


def stage_to_move_to(status: Status, crm_stage: str, *, mapped: Mapping[str, StageRule], wishes: CrmWishes) -> str:
    """The stage a lead of this status is moved to, empty where it stays."""
    wanted = wishes.stages.get(status, "")
    if not wanted or status in CLOSED or not crm_stage or wanted.casefold() == crm_stage.casefold():
        return ""
    there = stage_guard(crm_stage, mapped)
    if there.unknown or not there.automation:
        return ""
    return wanted if further(status, than=there.status or Status.NEW) else ""


def consent_in_words(*, email: bool, texts: bool) -> str:
    """What a lead agreed to, as it stands in the CRM."""
    return {
        (True, True): "email and texts",
        (True, False): "email only",
        (False, True): "texts only",
        (False, False): "none",
    }[email, texts]
