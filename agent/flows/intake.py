"""CRM webhook to lead: keep the event (commit), answer; then fetch the people it names and let them arrive.

`keep` is the whole of the request: one inbox row, unique by source and event id, committed before 2xx. The tick takes
due events together, fetches each person once over HTTP, and writes each person in a transaction of its own, so replays
and reordering are harmless: what counts is the person as fetched.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.flows import arriving, crm_news, stored_mail
from agent.flows.arrivals import Arrival
from agent.flows.reading import ask, note_usage
from agent.log import log
from agent.rules.consent import matching
from agent.rules.contact import clean_name, normalise_email, normalise_phone
from agent.rules.languages import language_among
from agent.store import claims, inbox, leads
from agent.store.claims import Only
from agent.store.inbox import Pushed
from agent.store.leads import KnownAddress
from agent.store.tables import webhook_events
from agent.store.wake import after_commit
from agent.tend import Tend
from integrations.crm import CrmEvent, CrmEventKind, CrmText, Person
from integrations.errors import CrmError
from integrations.language_model import ReadingRequest

FRESH_FOR = timedelta(hours=24)
_BATCH = 50
_GIVE_UP_AFTER = 200
_REFUSED_AT_MOST = 3
_OUR_OWN = frozenset({"bad_key", "forbidden"})
"""Refusals that say nothing of a record: nobody is fetched until a person mends the key."""
_PERSON_EVENTS = frozenset(
    {
        CrmEventKind.PERSON_CREATED,
        CrmEventKind.PERSON_UPDATED,
        CrmEventKind.PERSON_STAGE_CHANGED,
        CrmEventKind.PERSON_TAGGED,
    }
)

Taken = tuple[str, Callable[[], Awaitable[object]]]
"""What was fetched: its id, and how it is taken in."""


class Intake:
    """The intake of one process. One object, so that events of many requests meet in the writer."""

    def __init__(self, tend: Tend) -> None:
        self._tend = tend

    async def keep(self, event: CrmEvent, body: bytes) -> None:
        """Keep one verified event; returns once it is on disk. Raises `WriterFull` when too much is waiting."""
        tend = self._tend
        now = tend.now()
        wait = tend.settings.tend_debounce_seconds if event.kind is CrmEventKind.PERSON_CREATED else 0.0
        await tend.writer.run_each(
            self._keep_each,
            Pushed(
                source=tend.doors.crm_hook.source if tend.doors.crm_hook is not None else "crm",
                event_id=event.event_id,
                kind=event.kind.value,
                body=body.decode("utf-8", "replace"),
                received_at=now,
                due_at=now + timedelta(seconds=wait),
                state="ignored" if event.kind is CrmEventKind.OTHER else "kept",
            ),
        )

    async def _keep_each(self, conn: AsyncConnection, pushed: Sequence[Pushed]) -> Sequence[None]:
        await inbox.keep(conn, team_id=self._tend.team_id, sealer=self._tend.sealer, pushed=pushed)
        after_commit(conn, "intake")
        return [None] * len(pushed)

    async def take_in(self) -> int:
        """Work every event that is due; returns how many."""
        tend = self._tend
        if tend.doors.crm is None or tend.doors.crm_hook is None:
            return 0

        async def unit(conn: AsyncConnection) -> Sequence[Row[Any]]:
            return await claims.claim(
                conn,
                webhook_events,
                team_id=tend.team_id,
                now=tend.now(),
                limit=_BATCH,
                by=tend.claimer,
                only=Only("source", (stored_mail.SOURCE,), but=True),
            )

        claimed = await tend.writer.run(unit)
        by_kind: defaultdict[str, list[tuple[Row[Any], CrmEvent]]] = defaultdict(list)
        for row in claimed:
            event = tend.doors.crm_hook.parse(
                tend.sealer.open("webhook_events", "payload", row.id, row.payload).encode()
            )
            group = "people" if event.kind in _PERSON_EVENTS else event.kind.value
            by_kind[group].append((row, event))
        for group, work in by_kind.items():
            await self._work(group, work)
        return len(claimed)

    async def _work(self, group: str, work: list[tuple[Row[Any], CrmEvent]]) -> None:
        """Fetch what these events name and take it in piece by piece: one that breaks holds up its own events only."""
        tend, rows = self._tend, [row for row, _ in work]
        ids = sorted({resource for _, event in work for resource in event.resource_ids})
        try:
            found, refused = await self._fetched_or_refused(group, ids)
        except CrmError as error:
            log.warning("intake.postponed", events=len(rows), reason=error.reason, permanent=error.permanent)
            await self._later(rows, reason=error.reason, wait=error.retry_after_seconds, at_most=_GIVE_UP_AFTER)
            return
        broken: dict[str, str] = {}
        for resource, take in found:
            try:
                await take()
            except Exception as error:  # noqa: BLE001 - a bug: its events wait, the others go on
                log.exception("intake.failed", resource=resource, error=type(error).__name__)
                broken[resource] = f"could not be taken in: {type(error).__name__}"
        for reasons, at_most in ((refused, _REFUSED_AT_MOST), (broken, _GIVE_UP_AFTER)):
            stuck = [row for row, event in work if reasons.keys() & set(event.resource_ids)]
            if stuck:
                await self._later(stuck, reason=next(iter(reasons.values())), wait=None, at_most=at_most)
        done = [row.id for row, event in work if not (refused.keys() | broken.keys()) & set(event.resource_ids)]
        await tend.writer.run(lambda conn: inbox.end(conn, team_id=tend.team_id, ids=done, state="done", reason=""))

    async def _fetched_or_refused(self, group: str, ids: Sequence[str]) -> tuple[list[Taken], dict[str, str]]:
        """What could be fetched, and why each of the others is refused for good: then each is asked for by itself.

        Raises `CrmError` for what says nothing of a record: a key that is wrong, a CRM that is away.
        """
        try:
            return list(await self._fetched(group, ids)), {}
        except CrmError as error:
            if not error.permanent or error.reason in _OUR_OWN:
                raise
            if len(ids) == 1:
                log.warning("intake.refused", resource=ids[0], reason=error.reason)
                return [], {ids[0]: error.reason}
        found: list[Taken] = []
        refused: dict[str, str] = {}
        for each in ids:
            taken, not_taken = await self._fetched_or_refused(group, [each])
            found += taken
            refused |= not_taken
        return found, refused

    async def _fetched(self, group: str, ids: Sequence[str]) -> Sequence[Taken]:
        """What the events name as it is now, each with how it is taken in."""
        tend, crm = self._tend, self._tend.doors.crm
        if crm is None:
            return ()
        run = tend.writer.run
        match group:
            case "people":
                return [(person.id, partial(self._take_person, person)) for person in await crm.people(ids)]
            case CrmEventKind.PERSON_DELETED:
                return [(gone, partial(run, partial(crm_news.deleted, tend=tend, person_id=gone))) for gone in ids]
            case CrmEventKind.TEXT_CREATED:
                texts = await crm.texts(ids)
                new = await self._unknown({text.person_id for text in texts if not text.automatic})
                people = {person.id: person for person in (await crm.people(new) if new else ())}
                return [(text.id, partial(self._take_text, text, people.get(text.person_id))) for text in texts]
        return ()

    async def _later(self, rows: Sequence[Row[Any]], *, reason: str, wait: float | None, at_most: int) -> None:
        """Put events back to be tried again, and give up on those that were tried `at_most` times."""
        tend = self._tend

        async def unit(conn: AsyncConnection) -> None:
            for row in rows:
                if row.attempts >= at_most:
                    await inbox.end(conn, team_id=tend.team_id, ids=[row.id], state="failed", reason=reason)
                    continue
                at = tend.now() + timedelta(seconds=wait or min(5.0 * 2**row.attempts, 900.0))
                await inbox.again(conn, team_id=tend.team_id, ids=[row.id], at=at, reason=reason)

        await tend.writer.run(unit)

    async def _take_person(self, person: Person, text: CrmText | None = None) -> None:
        """Take somebody in, and with them the text that came before them: nothing leaves before it is heard."""
        tend = self._tend
        arrival = arrival_of(tend, person, now=tend.now())
        read = None if await self._was_read(arrival) else await ask(tend, _request(person))

        async def unit(conn: AsyncConnection) -> UUID:
            lead_id = await arriving.arrive(conn, tend, arrival, read[0].reading if read is not None else None)
            if read is not None:
                await note_usage(conn, tend, lead_id, read[0], purpose="arrival", took=read[1])
            if text is not None:
                await crm_news.logged_text(conn, tend=tend, text=text)
            return lead_id

        lead_id = await tend.writer.run(unit)
        if read is None:
            log.info("lead.seen_again", lead=lead_id.hex)
        else:
            log.info("lead.taken_in", lead=lead_id.hex, fresh=arrival.fresh, intent=read[0].reading.intent.value)

    async def _take_text(self, text: CrmText, person: Person | None) -> None:
        """Take a text in; `person` is whose it is, where Tend did not know them."""
        if person is not None:
            await self._take_person(person, text)
            return
        await self._tend.writer.run(partial(crm_news.logged_text, tend=self._tend, text=text))

    async def _unknown(self, person_ids: Collection[str]) -> list[str]:
        """Which of these people of the CRM are no leads yet."""
        tend = self._tend
        async with tend.reading() as conn:
            known = await leads.known_crm_people(conn, team_id=tend.team_id, crm="followupboss", ids=person_ids)
        return sorted(set(person_ids) - known)

    async def _was_read(self, arrival: Arrival) -> bool:
        """Whether what the CRM says of this person was read before, so that no model need be asked again."""
        tend = self._tend
        async with tend.reading() as conn:
            known = await leads.by_crm_person(
                conn, team_id=tend.team_id, crm=arrival.crm, crm_person_id=arrival.crm_person_id or ""
            )
        return known is not None and known.background_hash == arrival.background_hash


def arrival_of(tend: Tend, person: Person, *, now: datetime) -> Arrival:
    """A CRM person as an arrival: addresses normalised, consent only from the team's own rules."""
    emails = [
        KnownAddress("email", value, valid=email.valid)
        for email in sorted(person.emails, key=lambda email: not email.primary)
        if (value := normalise_email(email.value)) is not None
    ]
    phones = [
        KnownAddress("sms", value, valid=phone.valid, landline=phone.landline)
        for phone in sorted(person.phones, key=lambda phone: not phone.primary)
        if (value := normalise_phone(phone.value)) is not None
    ]
    address = person.addresses[0] if person.addresses else None
    facts: dict[str, Any] = {}
    if person.price:
        facts["price_max"] = person.price
    if address is not None and address.city:
        facts["area"] = address.city
    if language := language_among(person.tags):
        facts["language"] = language
    return Arrival(
        crm="followupboss",
        crm_person_id=person.id,
        first_name=clean_name(person.first_name),
        last_name=clean_name(person.last_name),
        known=[*emails, *phones],
        source=person.source,
        fresh=_is_fresh(person.created_at, connected_at=tend.connected_at, now=now),
        state=address.state if address is not None else "",
        postal_code=address.postal_code if address is not None else "",
        stage=person.stage,
        crm_user_id=person.assigned_user_id,
        message=person.background,
        background_hash=tend.sealer.hash("background", person.background),
        arrived_at=person.created_at,
        facts=facts,
        hints=(*person.tags, person.source),
        grants=matching(
            tend.team.consent,
            source=person.source,
            tags=person.tags,
            custom=person.custom,
            created_on=person.created_at.astimezone(ZoneInfo(tend.team.zone)).date(),
        ),
        consent_source=f"rule for {person.source or 'this source'}",
    )


def _is_fresh(created_at: datetime, *, connected_at: datetime, now: datetime) -> bool:
    """Created since Tend was connected, and lately. CRMs cut instants to whole seconds, so ours is cut as well."""
    return created_at >= connected_at.replace(microsecond=0) and now - created_at < FRESH_FOR


def _request(person: Person) -> ReadingRequest:
    facts = {"source": person.source, "tags": ", ".join(person.tags)}
    return ReadingRequest(text=person.background or f"{', '.join(person.tags)} {person.source}".strip(), facts=facts)
