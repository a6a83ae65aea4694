"""A CRM that lives in memory: the stand-in for tests that need people, not a vendor.

Promises what the door promises, and is held to the same contract test as the real provider. It can be told to fail,
because flows must be tested on that too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from integrations.crm import Changed, CrmEventKind, CrmText, PeoplePage, Person, PersonEmail, PersonPhone
from integrations.crm_activity import ActivityKind, CrmActivity, Look, Unsubscribed
from integrations.crm_hooks import Hook, HookState, Identity
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


@dataclass(frozen=True, slots=True)
class Note:
    """A note as it was written."""

    id: str
    person_id: str
    subject: str
    body: str


class MemoryCrm:
    """Implements `integrations.crm.Crm` over what was put in."""

    def __init__(self) -> None:
        self.notes: list[Note] = []
        self.written: list[tuple[str, LoggedText | LoggedMail | PersonNews | NewTask | NewAppointment]] = []
        self.done: set[str] = set()
        self._wordings: dict[str, str] = {}
        self._announced: dict[tuple[str, ...], Announced] = {}
        self._people: dict[str, Person] = {}
        self._texts: dict[str, CrmText] = {}
        self._activities: dict[tuple[ActivityKind, str], CrmActivity] = {}
        self._plans: dict[str, tuple[str, ...]] = {}
        self._failure: CrmError | None = None

    def put_person(self, person: Person) -> None:
        """Add a person, or replace the one with the same id."""
        self._people[person.id] = person

    def remove_person(self, person_id: str) -> None:
        """Delete a person for good."""
        del self._people[person_id]

    def put_text(self, text: CrmText) -> None:
        """Add a logged text, or replace the one with the same id."""
        self._texts[text.id] = text

    def put_activity(self, activity: CrmActivity) -> None:
        """Add a call, email, note or appointment."""
        self._activities[activity.kind, activity.id] = activity

    def let_run(self, person_id: str, *plans: str) -> None:
        """Let these plans, in words, run on a person from now on."""
        self._plans[person_id] = plans

    def fail_with(self, error: CrmError | None) -> None:
        """Raise this from every call on; None lets calls work again."""
        self._failure = error

    async def people(self, ids: Sequence[str]) -> list[Person]:
        """Return these people in the order asked, each once; unknown ids are missing."""
        self._fail()
        return [self._people[each] for each in dict.fromkeys(ids) if each in self._people]

    async def everybody(self, begin: str) -> PeoplePage:
        """Return a page of two of everybody but the trash, whoever changed last first; pages begin at a person's id."""
        self._fail()
        there = [each for each in self._people.values() if not each.trashed]
        ordered = sorted(there, key=lambda each: (each.updated_at, int(each.id)), reverse=True)
        ids = [each.id for each in ordered]
        if begin and begin not in ids:
            raise CrmError("bad_request", permanent=True, detail="no page begins there")
        start = ids.index(begin) if begin else 0
        following = ids[start + 2] if start + 2 < len(ids) else ""
        return PeoplePage(tuple(ordered[start : start + 2]), following, total=len(ids))

    async def texts(self, ids: Sequence[str]) -> list[CrmText]:
        """Return these texts in the order asked, each once; unknown ids are missing."""
        self._fail()
        return [self._texts[each] for each in dict.fromkeys(ids) if each in self._texts]

    async def activities(self, kind: ActivityKind, ids: Sequence[str], *, uris: Sequence[str]) -> list[CrmActivity]:
        """Return these activities in the order asked, each once; unknown ids are missing."""
        del uris
        self._fail()
        return [self._activities[kind, each] for each in dict.fromkeys(ids) if (kind, each) in self._activities]

    async def unsubscribed(self, uris: Sequence[str]) -> list[Unsubscribed]:
        """Nobody unsubscribes here."""
        del uris
        self._fail()
        return []

    async def looks(self, uris: Sequence[str]) -> list[Look]:
        """Nobody looks at homes here."""
        del uris
        self._fail()
        return []

    async def running(self, person_id: str) -> tuple[str, ...]:
        """Return the plans that were let run on a person."""
        self._fail()
        return self._plans.get(person_id, ())

    async def changed_since(self, since: datetime) -> list[Changed]:
        """Return everybody who changed at or after an instant, latest first."""
        self._fail()
        found = [Changed(each.id, each.updated_at) for each in self._people.values() if each.updated_at >= since]
        return sorted(found, key=lambda changed: changed.at, reverse=True)

    async def active_since(self, since: datetime) -> list[Changed]:
        """Return everybody with whom something was logged at or after an instant."""
        self._fail()
        latest: dict[str, datetime] = {}
        for _, _, person_id, at in self._logged():
            latest[person_id] = max(at, latest.get(person_id, at))
        return [Changed(person_id, at) for person_id, at in latest.items() if at >= since]

    async def logged_since(self, person_id: str, since: datetime) -> list[tuple[CrmEventKind, str]]:
        """Return what was logged of a person at or after an instant."""
        self._fail()
        return [(kind, logged) for kind, logged, whose, at in self._logged() if whose == person_id and at >= since]

    async def unsubscribed_since(self, since: datetime) -> list[tuple[str, str]]:
        """Nobody unsubscribes here."""
        del since
        self._fail()
        return []

    async def same_person(self, *, email: str) -> list[Person]:
        """Return the people with this email address, the trash left out."""
        self._fail()
        return [
            each
            for each in self._people.values()
            if not each.trashed and email.casefold() in {address.value.casefold() for address in each.emails}
        ]

    async def identity(self) -> Identity:
        """Return an account of nobody's."""
        self._fail()
        return Identity("memory", "", owner=True, sees_all=True)

    async def keep_hooks(self, url: str, *, formerly: str) -> list[Hook]:
        """Nothing is pushed from memory."""
        del url, formerly
        self._fail()
        return [Hook("everything", HookState.KEPT)]

    async def add_note(self, person_id: str, *, subject: str, body: str) -> str:
        """Keep a note and return its id. Raises `CrmError("not_found")` for a person nobody put in."""
        self._fail()
        if person_id not in self._people:
            raise CrmError("not_found", permanent=True)
        note = Note(str(len(self.notes) + 1), person_id, subject, body)
        self.notes.append(note)
        return note.id

    async def find_note(self, person_id: str, *, subject: str, body: str) -> str | None:
        """Return the id of the latest note that holds these words."""
        self._fail()
        theirs = [note for note in self.notes if note.person_id == person_id]
        return next((note.id for note in reversed(theirs) if subject in note.subject and body in note.body), None)

    async def find_tasks(self, person_id: str, task: NewTask, *, since: datetime) -> list[str]:
        """Return the ids of tasks like this one; when they were given is not kept."""
        del since
        self._fail()
        return [str(number) for number, what in enumerate(self.written, start=1) if what == (person_id, task)]

    async def knows_mail(self, person_id: str, mail: LoggedMail, *, campaign_id: str) -> bool:
        """Return whether it was written."""
        del campaign_id
        self._fail()
        return (person_id, mail) in self.written

    async def find_lead(self, lead: NewLead, *, since: datetime) -> Announced | None:
        """Return whom a lead became that was announced."""
        del since
        self._fail()
        return self._announced.get(lead.emails)

    async def log_text(self, person_id: str, text: LoggedText) -> str:
        """Keep a logged text."""
        return self._wrote(person_id, text)

    async def mail_campaign(self, mail: LoggedMail) -> str:
        """Number the wordings in the order they come."""
        self._fail()
        return self._wordings.setdefault(mail.template, str(len(self._wordings) + 1))

    async def log_mail(self, person_id: str, mail: LoggedMail, *, campaign_id: str) -> None:
        """Keep what happened to an email."""
        del campaign_id
        self._wrote(person_id, mail)

    async def write_person(self, person_id: str, news: PersonNews) -> None:
        """Keep what was written of a person."""
        self._wrote(person_id, news)

    async def add_task(self, person_id: str, task: NewTask) -> str:
        """Keep a task."""
        return self._wrote(person_id, task)

    async def add_appointment(self, person_id: str, appointment: NewAppointment) -> str:
        """Keep an appointment."""
        return self._wrote(person_id, appointment)

    async def find_appointments(self, person_id: str, appointment: NewAppointment) -> list[str]:
        """Return the ids of these appointments."""
        self._fail()
        return [str(number) for number, what in enumerate(self.written, start=1) if what == (person_id, appointment)]

    async def end_task(self, task_id: str) -> None:
        """Remember that a task is done."""
        self._fail()
        self.done.add(task_id)

    async def give_task(self, task_id: str, user_id: str) -> None:
        """Write the task anew for another user."""
        self._fail()
        number = int(task_id) - 1
        person_id, what = self.written[number] if number < len(self.written) else ("", None)
        if isinstance(what, NewTask):
            self.written[number] = person_id, replace(what, user_id=user_id)

    async def send_lead(self, lead: NewLead) -> Announced | None:
        """Make a person of a lead; whoever has one of the emails is that person."""
        self._fail()
        for email in lead.emails:
            for there in await self.same_person(email=email):
                found = Announced(there.id, is_new=False, user_id=there.assigned_user_id or "")
                self._announced[lead.emails] = found
                return found
        person = Person(
            id=str(len(self._people) + 1),
            created_at=lead.occurred_at,
            updated_at=lead.occurred_at,
            first_name=lead.first_name,
            last_name=lead.last_name,
            stage="Lead",
            source=lead.source,
            tags=lead.tags,
            emails=tuple(PersonEmail(each, primary=True) for each in lead.emails),
            phones=tuple(PersonPhone(each, primary=True) for each in lead.phones),
        )
        self.put_person(person)
        self._announced[lead.emails] = Announced(person.id, is_new=True)
        return self._announced[lead.emails]

    async def aclose(self) -> None:
        """Nothing to close."""

    def _wrote(self, person_id: str, what: LoggedText | LoggedMail | PersonNews | NewTask | NewAppointment) -> str:
        self._fail()
        if person_id not in self._people:
            raise CrmError("not_found", permanent=True)
        self.written.append((person_id, what))
        return str(len(self.written))

    def _logged(self) -> list[tuple[CrmEventKind, str, str, datetime]]:
        """Everything logged: kind, id, whose it is, when."""
        return [
            *((CrmEventKind.TEXT_CREATED, each.id, each.person_id, each.created_at) for each in self._texts.values()),
            *(
                (CrmEventKind(f"{each.kind}_created"), each.id, each.person_id, each.created_at)
                for each in self._activities.values()
            ),
        ]

    def _fail(self) -> None:
        if self._failure is not None:
            raise self._failure
