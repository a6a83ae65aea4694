"""What Tend may have written into Follow Up Boss already is looked for: a lost answer must not write it twice.

A listing this key may not see has nothing. What stands there is known again by what Tend wrote itself: words, kind,
user, and the second a mail event happened in.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from integrations.crm_writes import Announced, LoggedMail, NewAppointment, NewLead, NewTask
from integrations.errors import CrmError
from integrations.providers.followupboss_shapes import identifier, instant, optional_id, words
from integrations.providers.followupboss_writes import EVENTS_OF, LONGEST_BODY, LONGEST_NAME, NEWS, number

if TYPE_CHECKING:  # it loads the HTTP library, which waits until a client is made
    from integrations.providers.followupboss_http import Connection

_NOT_SHOWN = frozenset({"forbidden", "not_found"})


class Looking:
    """The half of the client that looks for what was written; every method raises `CrmError`."""

    _connection: Connection

    async def find_note(self, person_id: str, *, subject: str, body: str) -> str | None:
        """The latest note on a person that holds these words."""
        wanted = letters(f"{subject} {body}")
        async for record in self._listed("notes", person_id):
            if wanted in letters(f"{record.get('subject', '')} {record.get('body', '')}"):
                return identifier(record)
        return None

    async def find_tasks(self, person_id: str, task: NewTask, *, since: datetime) -> list[str]:
        """The tasks like this one that a person was given at or after an instant."""
        wanted = letters(task.name[:LONGEST_NAME])
        return [
            identifier(record)
            async for record in self._listed("tasks", person_id)
            if letters(words(record.get("name"))) == wanted
            and optional_id(record.get("assignedUserId")) in {None, task.user_id}
            and instant(record, "created") >= since
        ]

    async def find_appointments(self, person_id: str, appointment: NewAppointment) -> list[str]:
        """The appointments with a person at this time and of this title."""
        start, wanted = appointment.start.replace(microsecond=0), letters(appointment.title[:LONGEST_NAME])
        return [
            identifier(record)
            async for record in self._listed("appointments", person_id)
            if letters(words(record.get("title"))) == wanted
            and instant(record, "start") == start
            and person_id in _guests(record)
        ]

    async def knows_mail(self, person_id: str, mail: LoggedMail, *, campaign_id: str) -> bool:
        """Whether this very thing that happened to an email is logged."""
        at = mail.at.replace(microsecond=0)
        async for record in self._listed("emEvents", person_id, type=NEWS[mail.news]):
            same = words(record.get("recipient")).casefold() == mail.recipient.casefold()
            happened = instant(record, "occurred" if record.get("occurred") else "created")
            if same and happened == at and optional_id(record.get("campaignId")) == campaign_id:
                return True
        return False

    async def find_lead(self, lead: NewLead, *, since: datetime) -> Announced | None:
        """Whom a lead became that was announced at or after an instant; None where it was not."""
        for record in await self._people(lead):
            async for event in self._listed("events", identifier(record), type=EVENTS_OF[lead.kind]):
                same = letters(words(event.get("message"))) == letters(lead.message[:LONGEST_BODY])
                if same and words(event.get("source")) == lead.source and instant(event, "created") >= since:
                    is_new = instant(record, "created") >= since
                    return Announced(identifier(record), is_new, optional_id(record.get("assignedUserId")) or "")
        return None

    async def _people(self, lead: NewLead) -> list[dict[str, Any]]:
        """Who a lead may be there, by id or by one of their emails."""
        if lead.person_id:
            return [await self._connection.get(f"people/{number(lead.person_id)}")]
        asked = [self._connection.pages("people", {"email": each, "limit": "100"}) for each in lead.emails]
        return [record for pages in asked async for page in pages for record in page]

    async def _listed(self, collection: str, person_id: str, **asked: str) -> AsyncIterator[dict[str, Any]]:
        """What a collection shows of a person, latest first; nothing where this key may not see it."""
        query = {"personId": str(number(person_id)), "limit": "100", **asked}
        try:
            async for page in self._connection.pages(collection, query):
                for record in page:
                    yield record
        except CrmError as error:
            if error.reason not in _NOT_SHOWN:
                raise


def _guests(record: dict[str, Any]) -> set[str | None]:
    """The people of the CRM who are invited to an appointment."""
    invited = record.get("invitees")
    return {optional_id(each.get("personId")) for each in invited or () if isinstance(each, dict)}


def letters(words: str) -> str:
    """The letters and digits alone: the vendor sets spaces, marks and tags as it likes."""
    return re.sub(r"[\W_]+", "", re.sub(r"<[^>]*>", " ", words)).casefold()
