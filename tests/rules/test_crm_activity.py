"""What a logged call, email, note or appointment means."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from agent.rules.crm_activity import Meaning, in_words, meaning, speaks_to_them
from agent.rules.leads import plan_writes, waits_for_a_plan
from integrations.crm_activity import ActivityKind, CrmActivity

AT = datetime(2026, 11, 3, 16, 0, tzinfo=UTC)


def activity(kind: ActivityKind, *, incoming: bool, answered: bool | None = None, by: str = "Dana") -> CrmActivity:
    return CrmActivity(
        "1", kind, "501", incoming=incoming, automatic=False, ours=False, created_at=AT, user_name=by, answered=answered
    )


@pytest.mark.parametrize(
    "kind, incoming, answered, means, said",
    [
        ("call", False, True, Meaning.PERSON_TALKS, "Dana called them from the CRM"),
        ("call", False, False, Meaning.PERSON_TALKS, "Dana called them from the CRM"),
        ("call", True, True, Meaning.PERSON_TALKS, "they called, and Dana took it"),
        ("call", True, False, Meaning.MISSED_CALL, "they called, and nobody took it"),
        ("email", False, None, Meaning.PERSON_TALKS, "Dana emailed them from the CRM"),
        ("email", True, None, Meaning.REPLIED, "they wrote an email to the CRM, where Tend cannot see the words"),
        ("note", False, None, Meaning.PERSON_TALKS, "Dana wrote a note on them from the CRM"),
        ("appointment", False, None, Meaning.PERSON_TALKS, "Dana made an appointment with them from the CRM"),
    ],
)
def test_an_activity_means_one_thing_and_is_told_in_words(
    kind: str, means: Meaning, said: str, *, incoming: bool, answered: bool | None
) -> None:
    done = activity(ActivityKind(kind), incoming=incoming, answered=answered)

    assert (meaning(done), in_words(done)) == (means, said)


def test_only_a_note_is_nothing_the_lead_notices() -> None:
    assert [kind for kind in ActivityKind if not speaks_to_them(activity(kind, incoming=False))] == [ActivityKind.NOTE]


def test_whoever_did_it_without_a_name_is_someone() -> None:
    assert in_words(activity(ActivityKind.CALL, incoming=False, by="")) == "someone called them from the CRM"


def test_a_lead_that_waits_for_a_plan_is_known_by_its_reason() -> None:
    one, two = plan_writes(["the action plan “A”"]), plan_writes(["the action plan “A”", "an automation"])

    assert one == "waiting: the CRM itself writes to them (the action plan “A” runs)"
    assert two == "waiting: the CRM itself writes to them (the action plan “A”, an automation run)"
    assert waits_for_a_plan(one)
    assert waits_for_a_plan(two)
    assert not waits_for_a_plan("waiting: the CRM stage is not mapped in the team file")
