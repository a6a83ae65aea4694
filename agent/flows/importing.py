"""The people an account of the CRM already has become leads, a page at a time; nothing starts for any of them.

1. A page is fetched, and what people wrote is read by the local reader: no model is asked about thousands.
2. In one transaction whoever is new is written in a few statements, whoever is known is filled, and it is kept which
   page comes next. A crash loses nothing, and another process goes on there.
3. After the last page whoever changed meanwhile is brought too; from then on only who changed since.

Everybody brought waits for a person to start them from “aged leads”, unless their stage ends it. The CRM is owed
nothing for them until something happens. Who came lately enough to start by themselves is left to the ticks that hear
of changes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from agent.flows import arriving, enrolling, filling, judging, routing
from agent.flows.arrivals import Arrival
from agent.flows.crm_people import arrival_of, request_of
from agent.flows.polling import CRM, OVERLAP
from agent.log import log
from agent.rules.identity import Candidate, same_human
from agent.store import crm_links, leads, workloads
from agent.store.arrived import NewLead, create_each
from agent.store.ids import new_id
from agent.store.turns import take_turns
from agent.store.wake import after_commit
from agent.tend import Tend
from integrations.crm import Crm, PeoplePage, Person
from integrations.errors import CrmError
from integrations.language_model import Reading

_Turn = Callable[[AsyncConnection], Awaitable[bool]]
"""Remembers which page comes next; false where another process did."""


class NothingToImport(Exception):
    """No CRM is configured; the message says what to set."""


@dataclass(frozen=True, slots=True)
class Brought:
    """What came of one page: how many became leads, were known, or were left out (in words).

    `seen` of `total` people of the account were looked at so far; the total is None where only changes are looked at.
    `stages` counts people at stages nobody mapped. `done`: there is nobody left to bring.
    """

    seen: int
    total: int | None
    added: int
    known: int
    left_out: Mapping[str, int]
    stages: Mapping[str, int]
    done: bool


@dataclass(frozen=True, slots=True)
class _Came:
    """Somebody on a page, and what their words mean where that is new."""

    arrival: Arrival
    reading: Reading | None


@dataclass(slots=True)
class _Took:
    """What became of the people of a page."""

    added: int = 0
    known: int = 0
    broken: int = 0
    stages: Counter[str] = field(default_factory=Counter)


async def bring_page(tend: Tend) -> Brought:
    """Bring the next page of people. Raises `NothingToImport` and `CrmError`; nothing is lost by calling again."""
    crm, now = tend.doors.crm, tend.now()
    if crm is None:
        raise NothingToImport("no CRM is configured: set FUB_API_KEY")
    async with tend.reading() as conn:
        link = await crm_links.one(conn, team_id=tend.team_id, crm=CRM)
    begins = (link.import_next, link.import_began_at) if link is not None else ("", None)
    since = link.imported_to if link is not None else None
    found, restarted = await _page(crm, begins[0])
    began = now if restarted or begins[1] is None else begins[1]
    seen = len(found.people) + (link.import_seen if link is not None and not restarted and begins[0] else 0)
    wanted = [person for person in found.people if since is None or person.updated_at >= since]
    ends = not found.following or len(wanted) < len(found.people)
    turned: dict[str, Any] = {"import_next": found.following, "import_began_at": began, "import_seen": seen}
    if ends:
        turned = {"import_next": "", "import_began_at": None, "imported_to": began - OVERLAP, "import_seen": seen}
    came, fresh = await _people(tend, wanted)
    turn = partial(crm_links.turn_page, team_id=tend.team_id, crm=CRM, from_page=begins, values=turned)
    took = await _kept(tend, came, turn)
    left_out = {
        "came lately, and are taken in by themselves": fresh,
        "could not be read": found.unreadable + took.broken,
    }
    log.info("crm.imported", added=took.added, known=took.known, done=ends)
    return Brought(
        seen=seen,
        total=found.total if since is None else None,
        added=took.added,
        known=took.known,
        left_out={why: many for why, many in left_out.items() if many},
        stages=dict(took.stages),
        done=ends and since is not None,
    )


async def _page(crm: Crm, begins: str) -> tuple[PeoplePage, bool]:
    """The page that begins there, and whether it is the first: a CRM forgets where pages of long ago began."""
    try:
        return await crm.everybody(begins), not begins
    except CrmError as error:
        if not begins or error.reason != "bad_request":
            raise
    return await crm.everybody(""), True


async def _people(tend: Tend, people: Sequence[Person]) -> tuple[list[_Came], int]:
    """Who of these people is to be brought; and how many come by themselves."""
    async with tend.reading() as conn:
        there = await leads.of_crm(conn, team_id=tend.team_id, crm=CRM, ids=[each.id for each in people])
    found: list[_Came] = []
    fresh = 0
    for person in people:
        arrival = arrival_of(tend, person, now=tend.now(), held_back="")
        lead = there.get(person.id)
        if lead is None and arrival.fresh:
            fresh += 1
            continue
        read = lead is not None and bytes(lead.background_hash or b"") == arrival.background_hash
        reading = None if read else (await tend.doors.local_reader.read(request_of(person))).reading
        found.append(_Came(replace(arrival, fresh=False, imported=True), reading))
    return found, fresh


async def _kept(tend: Tend, came: Sequence[_Came], turn: _Turn) -> _Took:
    """Take a page in and turn it; where somebody cannot be taken in, the others of that page come one by one."""

    async def unit(conn: AsyncConnection, came: Sequence[_Came], turn: _Turn | None) -> _Took:
        await _take_turns(conn, tend, came)
        return await _take(conn, tend, came) if turn is None or await turn(conn) else _Took()

    try:
        return await tend.writer.run(partial(unit, came=came, turn=turn))
    except Exception as error:  # noqa: BLE001 - a bug: one person must not keep thousands out
        log.exception("import.failed", error=type(error).__name__)
    took = _Took()
    for each in came:
        try:
            one = await tend.writer.run(partial(unit, came=[each], turn=None))
        except Exception as error:  # noqa: BLE001 - the one it is
            log.exception("import.left_out", person=each.arrival.crm_person_id, error=type(error).__name__)
            one = _Took(broken=1)
        took = _Took(took.added + one.added, took.known + one.known, took.broken + one.broken, took.stages + one.stages)
    await tend.writer.run(partial(unit, came=(), turn=turn))
    return took


async def _take_turns(conn: AsyncConnection, tend: Tend, came: Sequence[_Came]) -> None:
    """Nobody else imports meanwhile, or decides who somebody of these is."""
    theirs = [each for one in came for each in arriving.hashes_of(tend, one.arrival)]
    await take_turns(conn, [tend.sealer.hash("import", CRM), *theirs])


async def _take(conn: AsyncConnection, tend: Tend, came: Sequence[_Came]) -> _Took:
    """Whoever is new becomes a lead, whoever is one is filled."""
    new, known = await _told_apart(conn, tend, came)
    await _create(conn, tend, new)
    for each in known:
        await arriving.arrive(conn, tend, each.arrival, each.reading)
    after_commit(conn, "live")
    stages = Counter(each.arrival.stage or "" for each in new.values() if _unmapped(tend, each.arrival))
    return _Took(added=len(new), known=len(known), stages=stages)


async def _told_apart(
    conn: AsyncConnection, tend: Tend, came: Sequence[_Came]
) -> tuple[dict[UUID, _Came], list[_Came]]:
    """Who is new, by the lead to be, and who is a lead already, perhaps one of those."""
    candidates = await leads.candidates(
        conn,
        team_id=tend.team_id,
        sealer=tend.sealer,
        crm=CRM,
        crm_person_ids=[str(each.arrival.crm_person_id) for each in came],
        known=[address for each in came for address in each.arrival.known],
    )
    new: dict[UUID, _Came] = {}
    known: list[_Came] = []
    for each in came:
        who = arriving.incoming(each.arrival)
        match = same_human(who, candidates)
        if match is not None:
            known.append(replace(each, arrival=replace(each.arrival, lead_id=match.lead_id)))
            continue
        lead_id = new_id()
        new[lead_id] = each
        candidates.append(
            Candidate(lead_id, who.sender_id, who.emails, who.phones, who.first_name, who.last_name, deleted=False)
        )
    return new, known


async def _create(conn: AsyncConnection, tend: Tend, new: Mapping[UUID, _Came]) -> None:
    """Write these leads as an arrival would have, each with the reason why nothing starts, and weigh them."""
    if not new:
        return
    now, held = tend.now(), Counter(await workloads.held(conn, team_id=tend.team_id))
    made: list[NewLead] = []
    for lead_id, each in new.items():
        arrival, blank = each.arrival, filling.Blank()
        theirs, why = routing.named_for(tend, arrival, held) or (None, "")
        if theirs is not None:
            held[theirs] += 1
        values = filling.filled(tend, blank, filling.BLANK, arrival, each.reading, known=())
        ends = bool(values["stage_blocks"]) and not _unmapped(tend, arrival)
        made.append(
            NewLead(
                lead_id=lead_id,
                values={
                    "status": blank.status,
                    "qualification": blank.qualification,
                    **values,
                    "assignee_id": theirs,
                    "arrived_at": arrival.arrived_at or now,
                    "end_reason": values["stage_blocks"] if ends else enrolling.TOO_OLD,
                    "ended_at": now,
                },
                known=arrival.known,
                grants=filling.given(tend, arrival),
                granted_by=arrival.consent_source or arrival.source,
                said=arriving.came_in(arrival),
                whose=why,
            )
        )
    await create_each(conn, team_id=tend.team_id, sealer=tend.sealer, now=now, new=made)
    await judging.rescore(conn, tend, list(new))


def _unmapped(tend: Tend, arrival: Arrival) -> bool:
    verdict = filling.stage_verdict(tend, arrival)
    return verdict is not None and verdict.unknown
