"""The events Follow Up Boss documents, and what each means to Tend; what is not named here is kept and ignored.

Kept and ignored on purpose, so that nobody registers them: updates and deletions of notes, calls, texts, emails and
appointments (what happened has happened), tasks and deals (work of people among themselves), reactions and threaded
replies (talk about a note), relationships, stages, pipelines and custom fields as such (each person is read with their
own stage and fields when they change), and opens and clicks (marketing noise, told apart from replies). Of
`eventsCreated` only looks at homes count; whom an inquiry concerns is created or updated as well.
docs.followupboss.com, webhooks guide, read 2026-11.
"""

from __future__ import annotations

from collections.abc import Mapping

from integrations.crm import CrmEventKind

EVENTS: Mapping[str, CrmEventKind] = {
    "peopleCreated": CrmEventKind.PERSON_CREATED,
    "peopleUpdated": CrmEventKind.PERSON_UPDATED,
    "peopleDeleted": CrmEventKind.PERSON_DELETED,
    "peopleStageUpdated": CrmEventKind.PERSON_STAGE_CHANGED,
    "peopleTagsCreated": CrmEventKind.PERSON_TAGGED,
    "textMessagesCreated": CrmEventKind.TEXT_CREATED,
    "callsCreated": CrmEventKind.CALL_CREATED,
    "emailsCreated": CrmEventKind.EMAIL_CREATED,
    "notesCreated": CrmEventKind.NOTE_CREATED,
    "appointmentsCreated": CrmEventKind.APPOINTMENT_CREATED,
    "emEventsUnsubscribed": CrmEventKind.UNSUBSCRIBED,
    "eventsCreated": CrmEventKind.LOOKED,
}
"""What Tend registers webhooks for."""
