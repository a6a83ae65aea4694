"""Follow Up Boss as a CRM: people, what was logged of them, its webhooks, and notes, over its API v1.

Promises the values of `integrations.crm` whatever the vendor's spelling (0/1 for booleans, flat `custom…` keys, the
mask over text bodies). Retries are left to the flows, except for waiting out a short rate limit. The HTTP library
loads when a client is made, not when this module is imported.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from integrations.crm import CrmText, PeoplePage, Person
from integrations.crm_activity import ActivityKind, CrmActivity, Look, Unsubscribed
from integrations.crm_hooks import Hook, Identity
from integrations.errors import CrmError
from integrations.providers.followupboss_activity import COLLECTIONS, activity, look, unsubscribed
from integrations.providers.followupboss_asking import PAGE, Asking
from integrations.providers.followupboss_limits import RateLimits
from integrations.providers.followupboss_looks import Looking
from integrations.providers.followupboss_shapes import identifier, is_id, person, text, truth, words
from integrations.providers.followupboss_writes import Writing

if TYPE_CHECKING:
    from integrations.providers.followupboss_http import Connection

_NOT_SHOWN = frozenset({"not_found", "forbidden"})
"""Answers about one thing this key may not see, or that is gone; with a wrong key everything would be refused."""


class FollowUpBoss(Writing, Looking, Asking):
    """Implements `integrations.crm.Crm` with one account's API key.

    `system` and `system_key` are the registered software's (X-System headers); without them calls still work, at half
    the rate. `base_url` has no `/v1`. `max_wait_seconds` bounds how long one call waits for a rate limit.
    """

    def __init__(
        self,
        *,
        api_key: str,
        system: str = "",
        system_key: str = "",
        base_url: str = "https://api.followupboss.com",
        timeout_seconds: float = 10.0,
        max_wait_seconds: float = 12.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        from integrations.providers.followupboss_http import Connection  # noqa: PLC0415 (loads httpx only when used)

        self._system = system
        self._campaigns = {}
        self._connection: Connection = Connection(
            base_url=base_url,
            api_key=api_key,
            system=system,
            system_key=system_key,
            timeout_seconds=timeout_seconds,
            limits=RateLimits(
                registered=bool(system and system_key), max_wait_seconds=max_wait_seconds, clock=clock, sleep=sleep
            ),
        )

    async def people(self, ids: Sequence[str]) -> list[Person]:
        """Fetch these people in the order asked, each once, trashed and unclaimed ones included.

        An id that is not a number is nobody's here. Raises `CrmError`.
        """
        wanted = list(dict.fromkeys(each for each in ids if is_id(each)))
        found: dict[str, Person] = {}
        for start in range(0, len(wanted), PAGE):
            query = {
                "id": ",".join(wanted[start : start + PAGE]),
                "fields": "allFields",
                "includeTrash": "true",
                "includeUnclaimed": "true",
                "limit": str(PAGE),
            }
            async for page in self._connection.pages("people", query):
                found.update((each.id, each) for each in map(person, page))
        return [found[each] for each in wanted if each in found]

    async def everybody(self, begin: str) -> PeoplePage:
        """One page of everybody but the trash, whoever changed last first; `begin` is a cursor. Raises `CrmError`."""
        query = {"fields": "allFields", "includeUnclaimed": "true", "sort": "-updated", "limit": str(PAGE)}
        records, said = await self._connection.page("people", query | ({"next": begin} if begin else {}))
        read = [each for each in map(_readable, records) if each is not None]
        total = said.get("total")
        return PeoplePage(
            people=tuple(each for each in read if not each.trashed),
            following=words(said.get("next")) or _cursor_in(said.get("nextLink")),
            unreadable=len(records) - len(read),
            total=total if isinstance(total, int) else None,
        )

    async def texts(self, ids: Sequence[str]) -> list[CrmText]:
        """Fetch these logged texts in the order asked, each once. Raises `CrmError`."""
        records = await self._each("textMessages", ids, passing=frozenset({"not_found"}))
        return [text(record, system=self._system) for record in records]

    async def activities(self, kind: ActivityKind, ids: Sequence[str], *, uris: Sequence[str]) -> list[CrmActivity]:
        """Fetch these, each once; what this key may not see is missing. Raises `CrmError`.

        Emails have no documented address of their own: they are asked for where the event said they lie.
        """
        if kind is ActivityKind.EMAIL:
            records = await self._at(uris)
        else:
            records = await self._each(COLLECTIONS[kind], ids, passing=_NOT_SHOWN)
        read = (activity(kind, record, system=self._system) for record in records)
        return [each for each in read if each is not None]

    async def unsubscribed(self, uris: Sequence[str]) -> list[Unsubscribed]:
        """Fetch the unsubscriptions that lie there; what this key may not see is missing. Raises `CrmError`."""
        read = (unsubscribed(record) for record in await self._at(uris))
        return [each for each in read if each is not None]

    async def looks(self, uris: Sequence[str]) -> list[Look]:
        """Fetch the visits that lie there, those that looked at a home. Raises `CrmError`."""
        read = (look(record) for record in await self._at(uris))
        return [each for each in read if each is not None]

    async def running(self, person_id: str) -> tuple[str, ...]:
        """The action plans and automations that run on this person, in words. Raises `CrmError`.

        Automations are shown to registered systems of some accounts only; what is not shown counts as not running.
        """
        if not is_id(person_id):
            return ()
        return (
            *await self._running("actionPlan", "action plan", person_id, states=frozenset({"running", "active"})),
            *await self._running("automation", "automation", person_id, states=frozenset({"running", "initial"})),
        )

    async def same_person(self, *, email: str) -> list[Person]:
        """The people with this email address, the trash left out. Raises `CrmError`."""
        query = {"email": email, "fields": "allFields", "limit": str(PAGE)}
        found = [person(record) async for page in self._connection.pages("people", query) for record in page]
        wanted = email.casefold()
        return [one for one in found if wanted in {each.value.casefold() for each in one.emails} and not one.trashed]

    async def identity(self) -> Identity:
        """Whose account the key opens. Raises `CrmError`."""
        found = await self._connection.get("identity")
        account, user = found.get("account"), found.get("user")
        if not isinstance(account, dict):
            raise CrmError("malformed_answer", permanent=False, detail="an identity without its account")
        who: Mapping[str, Any] = user if isinstance(user, dict) else {}
        named = account.get("name") or account.get("domain") or account.get("id")
        owner = truth(who.get("isOwner")) is True
        sees_all = owner or words(who.get("role")).casefold() in {"broker", "admin"}
        return Identity(str(named), words(who.get("name")), owner=owner, sees_all=sees_all)

    async def keep_hooks(self, url: str, *, formerly: str) -> list[Hook]:
        """Keep one active webhook per event that pushes to `url`. Raises `CrmError`."""
        from integrations.providers import followupboss_hooks  # noqa: PLC0415 (loads httpx only when used)

        return await followupboss_hooks.keep(self._connection, url, formerly=formerly)

    async def add_note(self, person_id: str, *, subject: str, body: str) -> str:
        """Write a plain-text note and return its id. Raises `CrmError`; after a timeout the note may exist."""
        if not is_id(person_id):
            raise CrmError("not_found", permanent=True, detail="a person's id is a number")
        note = {"personId": int(person_id), "subject": subject, "body": body, "isHtml": False}
        return identifier(await self._connection.post("notes", note))

    async def pushes_to(self, url: str) -> frozenset[str]:
        """The events this system's webhooks push to that address. Raises `CrmError`."""
        from integrations.providers import followupboss_hooks  # noqa: PLC0415 (loads httpx only when used)

        return await followupboss_hooks.pushing(self._connection, url)

    async def _each(self, collection: str, ids: Sequence[str], *, passing: frozenset[str]) -> list[dict[str, Any]]:
        """Fetch these objects one by one, each once, in the order asked, passing over what is refused so."""
        found = []
        for each in dict.fromkeys(each for each in ids if is_id(each)):
            try:
                found.append(await self._connection.get(f"{collection}/{each}"))
            except CrmError as error:
                if error.reason not in passing:
                    raise
        return found

    async def _at(self, uris: Sequence[str]) -> list[dict[str, Any]]:
        found = []
        for uri in dict.fromkeys(each for each in uris if each):
            try:
                found += await self._connection.at(uri)
            except CrmError as error:
                if error.reason not in _NOT_SHOWN:
                    raise
        return found

    async def _running(self, thing: str, called: str, person_id: str, *, states: frozenset[str]) -> tuple[str, ...]:
        query = {"personId": person_id, "limit": str(PAGE)}
        try:
            pages = [page async for page in self._connection.pages(f"{thing}sPeople", query)]
        except CrmError as error:
            if error.reason not in _NOT_SHOWN:
                raise
            return ()
        on = [each for page in pages for each in page if words(each.get("status")).casefold() in states]
        return tuple([await self._called(thing, called, each) for each in on])

    async def _called(self, thing: str, called: str, pairing: Mapping[str, Any]) -> str:
        """A plan's name, for people; its kind alone where the name is not shown."""
        if name := words(pairing.get(f"{thing}Name") or pairing.get("name")):
            return f"the {called} “{name}”"
        for record in await self._each(f"{thing}s", [str(pairing.get(f"{thing}Id"))], passing=_NOT_SHOWN):
            if name := words(record.get("name")):
                return f"the {called} “{name}”"
        return f"an {called}"

    async def aclose(self) -> None:
        """Close the connections."""
        await self._connection.aclose()


def _cursor_in(link: object) -> str:
    """The cursor a link to the next page carries; empty without one."""
    return parse_qs(urlsplit(words(link)).query).get("next", [""])[0]


def _readable(record: Mapping[str, Any]) -> Person | None:
    try:
        return person(record)
    except CrmError:
        return None
