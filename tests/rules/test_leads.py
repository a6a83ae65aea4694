"""The life of a lead, event by event."""

from __future__ import annotations

import pytest

from agent.rules.leads import (
    CLOSED,
    LeadEvent,
    Qualification,
    StageRule,
    StageVerdict,
    Status,
    ended_in_silence,
    first_met,
    move,
    placed,
    source_in_words,
    stage_guard,
)

_NEW, _CONTACTED, _QUALIFIED, _PROPOSAL = Status.NEW, Status.CONTACTED, Status.QUALIFIED, Status.PROPOSAL
_WON, _LOST = Status.CLOSED_WON, Status.CLOSED_LOST

# What becomes of each status: new, contacted, qualified, proposal, closed_won, closed_lost.
_AFTER = {
    LeadEvent.MESSAGE_SENT: (_CONTACTED, _CONTACTED, _QUALIFIED, _PROPOSAL, _WON, _LOST),
    LeadEvent.REPLIED: (_CONTACTED, _CONTACTED, _QUALIFIED, _PROPOSAL, _WON, _LOST),
    LeadEvent.SCORED_WARM: (_NEW, _CONTACTED, _QUALIFIED, _PROPOSAL, _WON, _LOST),
    LeadEvent.SCORED_HOT: (_NEW, _CONTACTED, _QUALIFIED, _PROPOSAL, _WON, _LOST),
    LeadEvent.HANDED_OFF: (_CONTACTED, _CONTACTED, _QUALIFIED, _PROPOSAL, _WON, _LOST),
    LeadEvent.SHOWING_REQUESTED: (_QUALIFIED, _QUALIFIED, _QUALIFIED, _PROPOSAL, _WON, _LOST),
    LeadEvent.PROPOSAL_SENT: (_PROPOSAL, _PROPOSAL, _PROPOSAL, _PROPOSAL, _WON, _LOST),
    LeadEvent.WON: (_WON, _WON, _WON, _WON, _WON, _LOST),
    LeadEvent.LOST: (_LOST, _LOST, _LOST, _LOST, _WON, _LOST),
    LeadEvent.OPTED_OUT: (_LOST, _LOST, _QUALIFIED, _PROPOSAL, _WON, _LOST),
    LeadEvent.REOPENED: (_NEW, _CONTACTED, _QUALIFIED, _PROPOSAL, _CONTACTED, _CONTACTED),
}

_UNQUALIFIED, _MARKETING, _SALES = (
    Qualification.UNQUALIFIED,
    Qualification.MARKETING_QUALIFIED,
    Qualification.SALES_QUALIFIED,
)
_CUSTOMER, _GONE = Qualification.CUSTOMER, Qualification.LOST

# What becomes of each open qualification of a contacted lead: unqualified, marketing, sales.
_QUALIFIED_AFTER = {
    LeadEvent.MESSAGE_SENT: (_UNQUALIFIED, _MARKETING, _SALES),
    LeadEvent.REPLIED: (_UNQUALIFIED, _MARKETING, _SALES),
    LeadEvent.SCORED_WARM: (_MARKETING, _MARKETING, _SALES),
    LeadEvent.SCORED_HOT: (_SALES, _SALES, _SALES),
    LeadEvent.HANDED_OFF: (_MARKETING, _MARKETING, _SALES),
    LeadEvent.SHOWING_REQUESTED: (_SALES, _SALES, _SALES),
    LeadEvent.PROPOSAL_SENT: (_SALES, _SALES, _SALES),
    LeadEvent.WON: (_CUSTOMER, _CUSTOMER, _CUSTOMER),
    LeadEvent.LOST: (_GONE, _GONE, _GONE),
    LeadEvent.OPTED_OUT: (_GONE, _GONE, _GONE),
    LeadEvent.REOPENED: (_UNQUALIFIED, _MARKETING, _SALES),
}

_STATUS_CASES = [
    (status, event, after) for event, row in _AFTER.items() for status, after in zip(Status, row, strict=True)
]
_QUALIFICATION_CASES = [
    (before, event, after)
    for event, row in _QUALIFIED_AFTER.items()
    for before, after in zip((_UNQUALIFIED, _MARKETING, _SALES), row, strict=True)
]


def test_the_tables_cover_every_status_and_event() -> None:
    assert {(status, event) for status, event, _ in _STATUS_CASES} == {(s, e) for s in Status for e in LeadEvent}
    assert set(_QUALIFIED_AFTER) == set(LeadEvent)


@pytest.mark.parametrize("status,event,after", _STATUS_CASES)
def test_an_event_moves_the_status_as_the_table_says(status: Status, event: LeadEvent, after: Status) -> None:
    assert move(status, Qualification.UNQUALIFIED, event)[0] is after


@pytest.mark.parametrize("before,event,after", _QUALIFICATION_CASES)
def test_an_event_moves_the_qualification_as_the_table_says(
    before: Qualification, event: LeadEvent, after: Qualification
) -> None:
    assert move(Status.CONTACTED, before, event)[1] is after


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("qualification", list(Qualification))
@pytest.mark.parametrize("event", list(LeadEvent))
def test_no_event_moves_a_lead_backwards_or_a_closed_one_at_all_but_reopening(
    status: Status, qualification: Qualification, event: LeadEvent
) -> None:
    after, qualified = move(status, qualification, event)
    if event is not LeadEvent.REOPENED:
        assert list(Status).index(after) >= list(Status).index(status)
        assert list(Qualification).index(qualified) >= list(Qualification).index(qualification) or after in CLOSED
    if status in CLOSED and event is not LeadEvent.REOPENED:
        assert (after, qualified) == (status, qualification)


def test_a_reopened_customer_is_still_a_customer_and_a_reopened_loss_starts_over() -> None:
    assert move(_WON, _CUSTOMER, LeadEvent.REOPENED) == (_CONTACTED, _CUSTOMER)
    assert move(_LOST, _GONE, LeadEvent.REOPENED) == (_CONTACTED, _UNQUALIFIED)


@pytest.mark.parametrize(
    "qualification,status,expected",
    [
        (_SALES, _CONTACTED, (_CONTACTED, _SALES)),
        (_UNQUALIFIED, _PROPOSAL, (_PROPOSAL, _SALES)),
        (_UNQUALIFIED, _WON, (_WON, _CUSTOMER)),
        (_CUSTOMER, _LOST, (_LOST, _GONE)),
        (_GONE, _NEW, (_NEW, _UNQUALIFIED)),
        (_GONE, _QUALIFIED, (_QUALIFIED, _SALES)),
        (_CUSTOMER, _QUALIFIED, (_QUALIFIED, _CUSTOMER)),
    ],
)
def test_a_person_may_place_a_lead_anywhere_and_the_qualification_follows(
    qualification: Qualification, status: Status, expected: tuple[Status, Qualification]
) -> None:
    assert placed(qualification, status=status) == expected


@pytest.mark.parametrize(
    "status,qualification,said,expected",
    [
        (_NEW, _UNQUALIFIED, _NEW, (_NEW, _UNQUALIFIED)),
        (_CONTACTED, _SALES, _NEW, (_CONTACTED, _SALES)),
        (_CONTACTED, _UNQUALIFIED, _PROPOSAL, (_PROPOSAL, _SALES)),
        (_PROPOSAL, _SALES, _QUALIFIED, (_PROPOSAL, _SALES)),
        (_CONTACTED, _SALES, _WON, (_WON, _CUSTOMER)),
        (_LOST, _GONE, _NEW, (_LOST, _GONE)),
    ],
)
def test_the_first_sight_of_a_crm_record_never_takes_a_lead_back(
    status: Status, qualification: Qualification, said: Status, expected: tuple[Status, Qualification]
) -> None:
    assert first_met(status, qualification, said=said) == expected


@pytest.mark.parametrize(
    "end_reason,silent",
    [
        ("", False),
        ("archived: no answer in 30 days", True),
        ("waiting: the campaign “autumn” is paused", True),
        ("opted out", False),
        ("not interested", False),
        ("under contract", False),
    ],
)
def test_only_silence_is_an_end_that_words_open_again(end_reason: str, silent: bool) -> None:  # noqa: FBT001 - a case
    assert ended_in_silence(end_reason) is silent


_STAGES = {
    "Lead": StageRule(None, automation=True, reason=""),
    "Under Contract": StageRule(Status.PROPOSAL, automation=False, reason="a human is closing this deal"),
}


def test_a_mapped_stage_says_whether_tend_may_write() -> None:
    assert stage_guard("Lead", _STAGES) == StageVerdict(automation=True, unknown=False, reason="", status=None)
    assert stage_guard(" under  contract ", _STAGES) == StageVerdict(
        automation=False, unknown=False, reason="a human is closing this deal", status=Status.PROPOSAL
    )


@pytest.mark.parametrize("stage", ["Hot Prospect", "", "Leads"])
def test_a_stage_nobody_mapped_stops_automation_and_says_so(stage: str) -> None:
    verdict = stage_guard(stage, _STAGES)
    assert verdict == StageVerdict(automation=False, unknown=True, reason=f"the stage “{stage}” is not mapped")


@pytest.mark.parametrize(
    "source, said",
    [("landing-page", "a landing page"), ("modal", "a pop-up form"), ("Realtor.com", "Realtor.com"), ("", "")],
)
def test_a_source_is_told_as_a_person_says_it(source: str, said: str) -> None:
    assert source_in_words(source) == said


@pytest.mark.parametrize("mapped", [None, StageRule(status=None, automation=True, reason="")])
def test_the_trash_is_left_alone_and_nobody_is_asked_whatever_the_map_says(mapped: StageRule | None) -> None:
    stages = {**_STAGES, **({"Trash": mapped} if mapped is not None else {})}
    assert stage_guard(" trash ", stages) == StageVerdict(automation=False, unknown=False, reason="in the trash")


def test_a_stage_that_says_what_the_trash_means_is_heard_on_that_alone() -> None:
    rule = StageRule(status=Status.CLOSED_LOST, automation=True, reason="thrown away")
    verdict = stage_guard("Trash", {"Trash": rule})
    assert (verdict.automation, verdict.reason, verdict.status) == (False, "thrown away", Status.CLOSED_LOST)
