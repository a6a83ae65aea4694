"""A team as facts: the brokerage, its people, how CRM stages map, which sources carry consent, its campaigns.

Read from the team file by `agent.team`; rules and flows only see these values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time

from agent.rules.campaigns import Campaign
from agent.rules.consent import SourceConsent
from agent.rules.crm_wishes import CrmWishes
from agent.rules.leads import StageRule


@dataclass(frozen=True, slots=True)
class Assignee:
    """A human who takes leads. `phone` is E.164, hours are local to `zone`."""

    key: str
    name: str
    phone: str
    email: str
    zone: str
    opens: time = time(8)
    closes: time = time(20)
    leads_team: bool = False
    crm_user_id: str = ""

    @property
    def first_name(self) -> str:
        """The name leads hear."""
        return self.name.split()[0]


@dataclass(frozen=True, slots=True)
class Team:
    """One brokerage's decisions."""

    brokerage: str
    postal_address: str
    zone: str
    assignees: tuple[Assignee, ...]
    stages: Mapping[str, StageRule] = field(default_factory=dict)
    consent: tuple[SourceConsent, ...] = ()
    campaigns: tuple[Campaign, ...] = ()
    crm: CrmWishes = field(default_factory=CrmWishes)

    @property
    def lead_of_team(self) -> Assignee:
        """Whom an unanswered to-do is escalated to: the one marked so, else the first."""
        return next((a for a in self.assignees if a.leads_team), self.assignees[0])
