"""What Tend writes into Follow Up Boss, in the vendor's shapes: texts, mail events, changes of people, tasks, leads.

Nothing here sends anything to anybody: texts and mail events are logged, and a lead is announced as an event, as the
vendor wants it (docs.followupboss.com: textMessages, emCampaigns, emEvents, people, tasks, events; read 2026-11).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from integrations.crm_writes import (
    Announced,
    LoggedMail,
    LoggedText,
    NewAppointment,
    NewLead,
    NewTask,
    PersonNews,
)
from integrations.errors import CrmError
from integrations.providers.followupboss_shapes import identifier, optional_id

if TYPE_CHECKING:  # it loads the HTTP library, which waits until a client is made
    from integrations.providers.followupboss_http import Connection

ORIGIN = "Tend"
"""The system our mail campaigns name as theirs."""
LONGEST_BODY, LONGEST_NAME = 20_000, 250
NEWS = {
    "delivered": "delivered",
    "opened": "open",
    "clicked": "click",
    "bounced": "hard-bounce",
    "unsubscribed": "unsubscribe",
    "complained": "spamreport",
}
_TASKS = {"call": "Call", "text": "Text", "email": "Email", "showing": "Showing", "follow_up": "Follow Up"}
EVENTS_OF = {"seller": "Seller Inquiry", "property": "Property Inquiry", "general": "General Inquiry"}


class Writing:
    """The writing half of the client; every method raises `CrmError`. After a timeout what was written may be there."""

    _connection: Connection
    _system: str
    _campaigns: dict[str, str]

    async def log_text(self, person_id: str, text: LoggedText) -> str:
        """Log a text and return its id; registered systems only."""
        body = {
            "personId": number(person_id),
            "message": text.body[:LONGEST_BODY],
            "fromNumber": text.from_number,
            "toNumber": text.to_number,
            "isIncoming": text.incoming,
            "externalLabel": ORIGIN,
        }
        return identifier(await self._connection.post("textMessages", body))

    async def mail_campaign(self, mail: LoggedMail) -> str:
        """The mail campaign of this wording, made when it is not there; owners and admins only."""
        if mail.template not in self._campaigns:
            self._campaigns[mail.template] = await self._made_or_found(mail)
        return self._campaigns[mail.template]

    async def _made_or_found(self, mail: LoggedMail) -> str:
        body = {
            "origin": ORIGIN,
            "originId": mail.template,
            "name": mail.name,
            "subject": mail.subject,
            "bodyHtml": mail.body[:LONGEST_BODY],
        }
        try:
            return identifier(await self._connection.post("emCampaigns", body))
        except CrmError as error:
            if error.reason != "bad_request" or (there := await self._campaign(mail.template)) is None:
                raise
            return there

    async def log_mail(self, person_id: str, mail: LoggedMail, *, campaign_id: str) -> None:
        """Log what happened to one email; an address the vendor does not know is passed over there."""
        event = {
            "type": NEWS[mail.news],
            "occurred": stamp(mail.at),
            "recipient": mail.recipient,
            "personId": number(person_id),
            "campaignId": number(campaign_id),
        }
        await self._connection.post("emEvents", {"emEvents": [event]})

    async def write_person(self, person_id: str, news: PersonNews) -> None:
        """Write what is known of a person; tags are added to theirs, or taken off, and the others stay."""
        body: dict[str, Any] = dict(news.custom)
        theirs = await self._tags_without(person_id, news.not_tags) if news.not_tags else None
        if news.tags:
            body["tags"] = list(news.tags)
        if news.stage:
            body["stage"] = news.stage
        if news.user_id:
            body["assignedUserId"] = number(news.user_id)
        if body:
            await self._connection.put(f"people/{number(person_id)}?mergeTags=true", body)
        if theirs is not None:
            await self._connection.put(
                f"people/{number(person_id)}", {"tags": list(dict.fromkeys([*theirs, *news.tags]))}
            )

    async def _tags_without(self, person_id: str, off: Collection[str]) -> list[str] | None:
        """A person's tags but these, as they stand now; None where none of these is among them.

        The vendor takes a tag off only by taking the whole list anew.
        """
        found = (await self._connection.get(f"people/{number(person_id)}")).get("tags")
        tags = [each for each in found if isinstance(each, str)] if isinstance(found, list) else []
        return [each for each in tags if each not in off] if set(tags) & set(off) else None

    async def add_task(self, person_id: str, task: NewTask) -> str:
        """Give a user something to do and return the task's id."""
        body = {
            "personId": number(person_id),
            "name": task.name[:LONGEST_NAME],
            "type": _TASKS[task.kind],
            "assignedUserId": number(task.user_id),
            "dueDateTime": stamp(task.due_at),
        }
        return identifier(await self._connection.post("tasks", body))

    async def add_appointment(self, person_id: str, appointment: NewAppointment) -> str:
        """Put an appointment into the calendar and return its id."""
        invited: list[dict[str, int]] = [{"personId": number(person_id)}]
        if appointment.user_id:
            invited.append({"userId": number(appointment.user_id)})
        body = {
            "title": appointment.title[:LONGEST_NAME],
            "start": stamp(appointment.start),
            "end": stamp(appointment.end),
            "invitees": invited,
        }
        return identifier(await self._connection.post("appointments", body))

    async def end_task(self, task_id: str) -> None:
        """Tick a task off; one that is gone is passed over."""
        await self._change_task(task_id, {"isCompleted": True})

    async def give_task(self, task_id: str, user_id: str) -> None:
        """Give a task to another user; one that is gone is passed over."""
        await self._change_task(task_id, {"assignedUserId": number(user_id)})

    async def _change_task(self, task_id: str, change: dict[str, Any]) -> None:
        try:
            await self._connection.put(f"tasks/{number(task_id)}", change)
        except CrmError as error:
            if error.reason != "not_found":
                raise

    async def send_lead(self, lead: NewLead) -> Announced | None:
        """Announce a lead as an event and say whom it became; None where the account's lead flow ignores its source.

        The vendor recognises people by email and phone, and answers with the person, not with the event. Its lead flow
        may have given a new one to somebody.
        """
        who: dict[str, Any] = {
            "firstName": lead.first_name,
            "lastName": lead.last_name,
            "emails": [{"value": each} for each in lead.emails],
            "phones": [{"value": each} for each in lead.phones],
            "tags": list(lead.tags),
        }
        if lead.person_id:
            who["id"] = number(lead.person_id)
        if lead.assigned_user_id:
            who["assignedUserId"] = number(lead.assigned_user_id)
        event: dict[str, Any] = {
            "source": lead.source,
            "system": self._system or ORIGIN,
            "type": EVENTS_OF[lead.kind],
            "message": lead.message[:LONGEST_BODY],
            "occurredAt": stamp(lead.occurred_at),
            "person": who,
        }
        if lead.campaign:
            event["campaign"] = {"source": lead.source, "campaign": lead.campaign}
        answer, is_new = await self._connection.made("events", event)
        if not answer:
            return None
        return Announced(identifier(answer), is_new, optional_id(answer.get("assignedUserId")) or "")

    async def _campaign(self, template: str) -> str | None:
        """The campaign made of this wording before, where an answer was lost."""
        async for page in self._connection.pages("emCampaigns", {"limit": "100"}):
            for record in page:
                if (record.get("origin"), record.get("originId")) == (ORIGIN, template):
                    return identifier(record)
        return None


def number(given: str) -> int:
    """An id as the vendor wants it. Raises `CrmError` for what is none."""
    if not (given.isascii() and given.isdigit() and len(given) <= 18):
        raise CrmError("not_found", permanent=True, detail="an id is a number")
    return int(given)


def stamp(at: datetime) -> str:
    """An instant as the vendor takes it, to the second."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
