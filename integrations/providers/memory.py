"""A CRM that lives in memory: the stand-in for tests that need people, not a vendor.

Promises what the door promises, and is held to the same contract test as the real provider. It can be told to fail,
because flows must be tested on that too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from integrations.crm import CrmText, Person
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
        self._people: dict[str, Person] = {}
        self._texts: dict[str, CrmText] = {}
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

    def fail_with(self, error: CrmError | None) -> None:
        """Raise this from every call on; None lets calls work again."""
        self._failure = error

    async def people(self, ids: Sequence[str]) -> list[Person]:
        """Return these people in the order asked, each once; unknown ids are missing."""
        self._fail()
        return [self._people[each] for each in dict.fromkeys(ids) if each in self._people]

    async def texts(self, ids: Sequence[str]) -> list[CrmText]:
        """Return these texts in the order asked, each once; unknown ids are missing."""
        self._fail()
        return [self._texts[each] for each in dict.fromkeys(ids) if each in self._texts]

    async def add_note(self, person_id: str, *, subject: str, body: str) -> str:
        """Keep a note and return its id. Raises `CrmError("not_found")` for a person nobody put in."""
        self._fail()
        if person_id not in self._people:
            raise CrmError("not_found", permanent=True)
        note = Note(str(len(self.notes) + 1), person_id, subject, body)
        self.notes.append(note)
        return note.id

    async def aclose(self) -> None:
        """Nothing to close."""

    def _fail(self) -> None:
        if self._failure is not None:
            raise self._failure
