"""The life of a lead: its status, its qualification, and what a CRM stage says about both.

Promises that an event never moves a lead backwards and that a closed lead stays closed until somebody reopens it. A
CRM stage nobody mapped stops automation rather than being guessed at. Who raises events is for the flows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """How far the work with a lead has come, in order; the last two are ends."""

    NEW = "new"
    CONTACTED = "contacted"
    QUALIFIED = "qualified"
    PROPOSAL = "proposal"
    CLOSED_WON = "closed_won"
    CLOSED_LOST = "closed_lost"


class Qualification(StrEnum):
    """What the lead has shown itself to be, in order; the last two are ends."""

    UNQUALIFIED = "unqualified"
    MARKETING_QUALIFIED = "marketing_qualified"
    SALES_QUALIFIED = "sales_qualified"
    CUSTOMER = "customer"
    LOST = "lost"


class LeadEvent(StrEnum):
    """Something that happened to a lead and may move it."""

    MESSAGE_SENT = "message_sent"
    REPLIED = "replied"
    SCORED_WARM = "scored_warm"
    SCORED_HOT = "scored_hot"
    HANDED_OFF = "handed_off"
    SHOWING_REQUESTED = "showing_requested"
    PROPOSAL_SENT = "proposal_sent"
    WON = "won"
    LOST = "lost"
    OPTED_OUT = "opted_out"
    REOPENED = "reopened"


CLOSED = frozenset({Status.CLOSED_WON, Status.CLOSED_LOST})

_STATUS_RANK = {status: rank for rank, status in enumerate(Status)}
_QUALIFICATION_RANK = {qualification: rank for rank, qualification in enumerate(Qualification)}

# What each event makes of an open lead at the least. Handing a lead to a human says that a human is needed, not that
# the lead is ready to buy: that takes a showing or a proposal.
_AT_LEAST: dict[LeadEvent, tuple[Status, Qualification]] = {
    LeadEvent.MESSAGE_SENT: (Status.CONTACTED, Qualification.UNQUALIFIED),
    LeadEvent.REPLIED: (Status.CONTACTED, Qualification.UNQUALIFIED),
    LeadEvent.SCORED_WARM: (Status.NEW, Qualification.MARKETING_QUALIFIED),
    LeadEvent.SCORED_HOT: (Status.NEW, Qualification.SALES_QUALIFIED),
    LeadEvent.HANDED_OFF: (Status.CONTACTED, Qualification.MARKETING_QUALIFIED),
    LeadEvent.SHOWING_REQUESTED: (Status.QUALIFIED, Qualification.SALES_QUALIFIED),
    LeadEvent.PROPOSAL_SENT: (Status.PROPOSAL, Qualification.SALES_QUALIFIED),
    LeadEvent.WON: (Status.CLOSED_WON, Qualification.CUSTOMER),
    LeadEvent.LOST: (Status.CLOSED_LOST, Qualification.LOST),
    LeadEvent.OPTED_OUT: (Status.NEW, Qualification.UNQUALIFIED),
    LeadEvent.REOPENED: (Status.NEW, Qualification.UNQUALIFIED),
}


def ended_in_silence(end_reason: str) -> bool:
    """Whether a lead's end was only silence, so that words of theirs open it again; no end reason is no end."""
    return end_reason.startswith(("archived", "re-engaged", "waiting", "done"))


CRM_WRITES = "waiting: the CRM itself writes to them"
"""How the end reason begins of a lead that a plan of the CRM's own writes to."""


def plan_writes(plans: Sequence[str]) -> str:
    """Say why a lead waits that these plans of the CRM (in words) write to."""
    return f"{CRM_WRITES} ({', '.join(plans)} {'runs' if len(plans) == 1 else 'run'})"


def waits_for_a_plan(end_reason: str) -> bool:
    """Whether a lead waits until a plan of the CRM's own has ended."""
    return end_reason.startswith(CRM_WRITES)


def further(status: Status, *, than: Status) -> bool:
    """Whether a status lies further on than another."""
    return _STATUS_RANK[status] > _STATUS_RANK[than]


def move(status: Status, qualification: Qualification, event: LeadEvent) -> tuple[Status, Qualification]:
    """Say what a lead becomes by an event; every combination has an answer.

    A closed lead moves only by REOPENED, which makes it contacted again, a customer still a customer. OPTED_OUT closes
    a lead nobody has qualified yet; one that a human is already working with stays where it is.
    """
    if status in CLOSED:
        return _reopened(qualification) if event is LeadEvent.REOPENED else (status, qualification)
    if event is LeadEvent.OPTED_OUT and status in {Status.NEW, Status.CONTACTED}:
        return Status.CLOSED_LOST, Qualification.LOST
    least_status, least_qualification = _AT_LEAST[event]
    if least_status in CLOSED:
        return least_status, least_qualification
    return (
        max(status, least_status, key=_STATUS_RANK.__getitem__),
        max(qualification, least_qualification, key=_QUALIFICATION_RANK.__getitem__),
    )


def placed(qualification: Qualification, *, status: Status) -> tuple[Status, Qualification]:
    """Say what a lead becomes when a person sets its status, by a CRM stage or by hand: a person may move it anywhere.

    The qualification follows: an end brings its own, leaving an end drops a loss, qualified and proposal mean at least
    sales qualified.
    """
    if status is Status.CLOSED_WON:
        return status, Qualification.CUSTOMER
    if status is Status.CLOSED_LOST:
        return status, Qualification.LOST
    qualification = _reopened(qualification)[1]
    if status in {Status.QUALIFIED, Status.PROPOSAL}:
        qualification = max(qualification, Qualification.SALES_QUALIFIED, key=_QUALIFICATION_RANK.__getitem__)
    return status, qualification


def first_met(status: Status, qualification: Qualification, *, said: Status) -> tuple[Status, Qualification]:
    """Say what a lead becomes when its CRM record is met for the first time, at a stage that means `said`.

    Nobody moved it there just now, so the record takes it further or leaves it where it is; an end is an end.
    """
    if status in CLOSED or (said not in CLOSED and _STATUS_RANK[said] <= _STATUS_RANK[status]):
        return status, qualification
    return placed(qualification, status=said)


_FORMS = {"landing-page": "a landing page", "contact-form": "the contact form", "modal": "a pop-up form"}


def source_in_words(source: str) -> str:
    """Say where a lead came from: the web forms' own words told plainly, every other source by its name."""
    return _FORMS.get(source, source)


@dataclass(frozen=True, slots=True)
class StageRule:
    """What the team file says of one CRM stage. `status` is None where the stage should not change the lead's."""

    status: Status | None
    automation: bool
    reason: str


@dataclass(frozen=True, slots=True)
class StageVerdict:
    """Whether Tend may write to a lead at this stage, and why not. `unknown` asks for a to-do."""

    automation: bool
    unknown: bool
    reason: str
    status: Status | None = None


IN_THE_TRASH = "in the trash"
_TRASH = "trash"


def not_mapped(stage: str) -> str:
    """Say why a stage nobody mapped stops automation."""
    return f"the stage “{stage}” is not mapped"


def stage_guard(stage: str, stage_map: Mapping[str, StageRule]) -> StageVerdict:
    """Judge a CRM stage by the team's map (case and spacing aside); unmapped means no automation.

    The trash is no stage to ask about: whoever was thrown away is left alone, whether the map says so or not.
    """
    wanted = _stage_key(stage)
    for name, rule in stage_map.items():
        if _stage_key(name) == wanted:
            automation = rule.automation and wanted != _TRASH
            reason = rule.reason or (IN_THE_TRASH if wanted == _TRASH else "")
            return StageVerdict(automation, unknown=False, reason=reason, status=rule.status)
    if wanted == _TRASH:
        return StageVerdict(automation=False, unknown=False, reason=IN_THE_TRASH)
    return StageVerdict(automation=False, unknown=True, reason=not_mapped(stage))


def _stage_key(stage: str) -> str:
    return " ".join(stage.split()).casefold()


def _reopened(qualification: Qualification) -> tuple[Status, Qualification]:
    lost = qualification is Qualification.LOST
    return Status.CONTACTED, Qualification.UNQUALIFIED if lost else qualification
