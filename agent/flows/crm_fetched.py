"""What the events of a CRM name is fetched as it is now, each thing with how it is taken in.

Nobody is made up: whoever something was logged of, and is no lead yet, is fetched and taken in with it, in one
transaction. What the CRM's own machinery did, or Tend itself, is left out before anybody is fetched.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial

from sqlalchemy.ext.asyncio import AsyncConnection

from agent.flows import crm_activity, crm_news, merging, own_writes
from agent.flows.crm_people import After, running, take_person, unknown
from agent.tend import Tend
from integrations.crm import Crm, CrmEventKind, Person
from integrations.crm_activity import ActivityKind

PEOPLE = "people"
"""The group of all events that name people."""

PERSON_EVENTS = frozenset(
    {
        CrmEventKind.PERSON_CREATED,
        CrmEventKind.PERSON_UPDATED,
        CrmEventKind.PERSON_STAGE_CHANGED,
        CrmEventKind.PERSON_TAGGED,
    }
)
_ACTIVITIES = {
    CrmEventKind.CALL_CREATED: ActivityKind.CALL,
    CrmEventKind.EMAIL_CREATED: ActivityKind.EMAIL,
    CrmEventKind.NOTE_CREATED: ActivityKind.NOTE,
    CrmEventKind.APPOINTMENT_CREATED: ActivityKind.APPOINTMENT,
}

Taken = tuple[str, Callable[[], Awaitable[object]]]
"""What was fetched: its id, and how it is taken in."""

_Logged = tuple[str, str, After]
"""What was logged: its id, the person's, and what it does."""


async def fetched(tend: Tend, group: str, lie_at: Mapping[str, str]) -> Sequence[Taken]:
    """What these ids name, of one kind of events (`group`), by where the CRM said each lies. Raises `CrmError`."""
    crm, ids = tend.doors.crm, list(lie_at)
    if crm is None:
        return ()
    if group == PEOPLE:
        return await _people(tend, crm, await crm.people(ids))
    kind = CrmEventKind(group)
    if kind is CrmEventKind.NOTE_CREATED:
        ids = await own_writes.by_others(tend, "note", ids)
    if kind in _ACTIVITIES:
        done = await crm.activities(_ACTIVITIES[kind], ids, uris=[lie_at[each] for each in ids])
        return await _with_people(
            tend,
            crm,
            [
                (each.id, each.person_id, partial(crm_activity.logged, tend=tend, activity=each))
                for each in done
                if not (each.automatic or each.ours)
            ],
        )
    match kind:
        case CrmEventKind.TEXT_CREATED:
            texts = [each for each in await crm.texts(ids) if not (each.automatic or each.ours)]
            return await _with_people(
                tend,
                crm,
                [(each.id, each.person_id, partial(crm_news.logged_text, tend=tend, text=each)) for each in texts],
            )
        case CrmEventKind.PERSON_DELETED:
            return [(gone, partial(merging.gone, tend, crm, gone)) for gone in ids]
        case CrmEventKind.UNSUBSCRIBED:
            away = await crm.unsubscribed(list(lie_at.values()))
            return await _with_people(
                tend,
                crm,
                [(each.id, each.person_id, partial(crm_news.unsubscribed, tend=tend, news=each)) for each in away],
            )
        case CrmEventKind.LOOKED:
            looks = await crm.looks(list(lie_at.values()))
            new = await unknown(tend, {each.person_id for each in looks})
            run = tend.writer.run
            return [
                (each.id, partial(run, partial(crm_news.looked, tend=tend, look=each)))
                for each in looks
                if each.person_id not in new
            ]
        case _:
            return ()


async def _people(tend: Tend, crm: Crm, people: Sequence[Person]) -> list[Taken]:
    held_back = await running(tend, crm, people)
    return [
        (person.id, partial(take_person, tend, person, held_back=held_back.get(person.id, ""))) for person in people
    ]


async def _with_people(tend: Tend, crm: Crm, logged: Sequence[_Logged]) -> list[Taken]:
    """What was logged, each with its person first where Tend did not know them."""
    new = await unknown(tend, {person_id for _, person_id, _ in logged})
    people = {person.id: person for person in (await crm.people(new) if new else ())}
    held_back = await running(tend, crm, list(people.values()))
    return [
        (found, partial(_take, tend, after, people.get(person_id), held_back.get(person_id, "")))
        for found, person_id, after in logged
    ]


async def _take(tend: Tend, after: After, person: Person | None, held_back: str) -> None:
    """Take in what was logged; `person` is whom it concerns, where Tend did not know them."""
    if person is not None:
        await take_person(tend, person, held_back=held_back, after=[after])
        return

    async def unit(conn: AsyncConnection) -> None:
        await after(conn)

    await tend.writer.run(unit)
