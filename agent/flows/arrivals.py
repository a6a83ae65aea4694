"""What an arrival is: one person as they come in, from a CRM or a form, with everything fetched and normalised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from agent.rules.consent import Grant
from agent.rules.form_facts import FormFacts
from agent.store.leads import KnownAddress


class TooEarly(Exception):
    """Somebody may not be whole yet, or something of theirs is under way just now: come back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One person as they arrive, addresses normalised, best first.

    `fresh` says the arrival may start a sequence; `hints` are words that came with
    them (tags, the form's service); `facts` are structured facts (property, timeline, company…), `form` what
    a campaign score may rest on;
    `message` is what they wrote, empty when nothing was; `background_hash` stands for it where a CRM tells it again
    with every event. `crm_user_id` is whose they are in the CRM, `shared_with` who else works with them there, `pond`
    the pool they stand in while they are nobody's own. `submission_id` is the form they sent; without one they come
    from a CRM. `whole` is what was too long, by its name, and is cut elsewhere. `repeats`: it is the form of the
    day before once more, which stands on their timeline already. `imported`: they were brought with everybody the CRM
    already had, so nothing starts, and nobody need be asked.
    """

    crm: str
    crm_person_id: str | None
    first_name: str
    last_name: str
    known: Sequence[KnownAddress]
    source: str
    fresh: bool
    lead_id: UUID | None = None
    submission_id: UUID | None = None
    repeats: bool = False
    imported: bool = False
    background_hash: bytes | None = None
    state: str = ""
    postal_code: str = ""
    stage: str | None = None
    crm_user_id: str | None = None
    shared_with: Sequence[str] = ()
    pond: str = ""
    campaign_id: UUID | None = None
    assignee_id: UUID | None = None
    may_assign: bool = True
    arrived_at: datetime | None = None
    message: str = ""
    hold_back: str = ""
    hints: Sequence[str] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    form: FormFacts | None = None
    grants: Sequence[Grant] = ()
    consent_source: str = ""
    consent_ip: str = ""
    whole: Mapping[str, str] = field(default_factory=dict)
