"""A team as facts: the brokerage, its people, how CRM stages map, which sources carry consent, campaigns, routing.

Read from the team file by `agent.team`; rules and flows only see these values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta

from agent.rules.campaigns import Campaign
from agent.rules.consent import SourceConsent
from agent.rules.crm_wishes import CrmWishes
from agent.rules.leads import StageRule
from agent.rules.routing_rules import Routing

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Vacation:
    """Days away; both the first and the last are part of it."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Assignee:
    """A human who takes leads. `phone` is E.164; hours, `days` (of `WEEKDAYS`) and vacation are local to `zone`.

    The caps are new leads a day and open leads at once, None for no cap. `languages` is empty where nobody said.
    """

    key: str
    name: str
    phone: str
    email: str
    zone: str
    opens: time = time(8)
    closes: time = time(20)
    leads_team: bool = False
    crm_user_id: str = ""
    days: tuple[str, ...] = WEEKDAYS
    vacation: tuple[Vacation, ...] = ()
    most_per_day: int | None = None
    most_open: int | None = None
    languages: tuple[str, ...] = ()

    def away_until(self, day: date) -> date | None:
        """The last day of the vacation that this day of theirs is part of, those that follow on it included."""
        last = None
        for away in sorted(self.vacation, key=lambda away: away.first):
            if away.first <= day <= away.last:
                last = away.last
                day = away.last + timedelta(days=1)
        return last

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
    routing: Routing = field(default_factory=Routing)
    crm: CrmWishes = field(default_factory=CrmWishes)

    @property
    def lead_of_team(self) -> Assignee:
        """Whom an unanswered to-do is escalated to: the one marked so, else the first."""
        return next((a for a in self.assignees if a.leads_team), self.assignees[0])
