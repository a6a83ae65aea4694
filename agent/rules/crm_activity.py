"""What a call, an email, a note or an appointment that a CRM logged means to the conversation.

Promises a meaning for every activity of a person's. What the CRM's own machinery did, or Tend itself, means nothing
here: the flows leave it out before they ask.
"""

from __future__ import annotations

from enum import StrEnum

from integrations.crm_activity import ActivityKind, CrmActivity


class Meaning(StrEnum):
    """What an activity means: a person of the team is at work, or the lead turned to us and waits."""

    PERSON_TALKS = "person_talks"
    MISSED_CALL = "missed_call"
    REPLIED = "replied"


_DID = {
    ActivityKind.CALL: "called them",
    ActivityKind.EMAIL: "emailed them",
    ActivityKind.NOTE: "wrote a note on them",
    ActivityKind.APPOINTMENT: "made an appointment with them",
}


def meaning(activity: CrmActivity) -> Meaning:
    """Say what it means: a call somebody took is talk, one nobody took a missed call, an email of theirs a reply."""
    if not activity.incoming:
        return Meaning.PERSON_TALKS
    if activity.kind is not ActivityKind.CALL:
        return Meaning.REPLIED
    return Meaning.PERSON_TALKS if activity.answered else Meaning.MISSED_CALL


def speaks_to_them(activity: CrmActivity) -> bool:
    """Whether the lead noticed it: a note stays among ourselves."""
    return activity.kind is not ActivityKind.NOTE


def in_words(activity: CrmActivity) -> str:
    """Say for the timeline who did what."""
    who = activity.user_name or "someone"
    if not activity.incoming:
        return f"{who} {_DID[activity.kind]} from the CRM"
    if activity.kind is ActivityKind.CALL:
        return f"they called, and {who} took it" if activity.answered else "they called, and nobody took it"
    return "they wrote an email to the CRM, where Tend cannot see the words"
