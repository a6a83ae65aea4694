"""A person of the CRM becomes an arrival, and is taken in with whatever came before them.

Everything that needs the network is asked before the transaction: what their words mean, and whether a plan of the
CRM's own writes to them already, since two sequences at once are one too many.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from agent.flows import arriving
from agent.flows.arrivals import Arrival, TooEarly
from agent.flows.reading import ask, note_usage
from agent.log import log
from agent.rules.consent import matching
from agent.rules.contact import LONGEST_NAME, clean_name, normalise_email, normalise_phone
from agent.rules.languages import language_among
from agent.rules.leads import plan_writes, waits_for_a_plan
from agent.store import leads
from agent.store.leads import KnownAddress
from agent.tend import Tend
from integrations.crm import Crm, Person
from integrations.language_model import ReadingRequest

FRESH_FOR = timedelta(hours=24)

After = Callable[[AsyncConnection], Awaitable[None]]
"""What is done in the transaction that takes a person in, before anything can leave."""


async def running(tend: Tend, crm: Crm, people: Sequence[Person]) -> dict[str, str]:
    """Why no sequence may start for some of these people: the CRM itself writes to them. Raises `CrmError`.

    Asked only of whom a sequence could start for.
    """
    now = tend.now()
    async with tend.reading() as conn:
        known = await leads.of_crm(conn, team_id=tend.team_id, crm="followupboss", ids=[each.id for each in people])
        enrolled = await leads.ever_enrolled(conn, team_id=tend.team_id, lead_ids=[row.id for row in known.values()])
    found: dict[str, str] = {}
    for person in people:
        lead = known.get(person.id)
        waits = lead is not None and waits_for_a_plan(lead.end_reason)
        fresh = is_fresh(person.created_at, connected_at=tend.connected_at, now=now)
        if (waits or fresh) and (lead is None or lead.id not in enrolled):
            plans = await crm.running(person.id)
            found |= {person.id: plan_writes(plans)} if plans else {}
    return found


async def take_person(tend: Tend, person: Person, *, held_back: str, after: Sequence[After] = ()) -> UUID:
    """Take somebody in, and with them what was logged before they came: nothing leaves before it is heard.

    Raises `TooEarly` for somebody nobody knows who was made a moment ago.
    """
    arrival = arrival_of(tend, person, now=tend.now(), held_back=held_back)
    before = await _known(tend, arrival)
    age = (tend.now() - person.created_at).total_seconds()
    if before is None and 0 <= age < tend.settings.tend_debounce_seconds:
        raise TooEarly
    read = None if before == arrival.background_hash else await ask(tend, request_of(person))

    async def unit(conn: AsyncConnection) -> UUID:
        lead_id = await arriving.arrive(conn, tend, arrival, read[0].reading if read is not None else None)
        if read is not None:
            await note_usage(conn, tend, lead_id, read[0], purpose="arrival", took=read[1])
        for each in after:
            await each(conn)
        return lead_id

    lead_id = await tend.writer.run(unit)
    if read is None:
        log.info("lead.seen_again", lead=lead_id.hex)
    else:
        log.info("lead.taken_in", lead=lead_id.hex, fresh=arrival.fresh, intent=read[0].reading.intent.value)
    return lead_id


async def unknown(tend: Tend, person_ids: Collection[str]) -> list[str]:
    """Which of these people of the CRM are no leads yet."""
    async with tend.reading() as conn:
        known = await leads.known_crm_people(conn, team_id=tend.team_id, crm="followupboss", ids=person_ids)
    return sorted(set(person_ids) - known)


async def _known(tend: Tend, arrival: Arrival) -> bytes | None:
    """What the CRM said of this person when it was read last; empty where it was not, None for somebody nobody knows.

    Read before, no model need be asked again.
    """
    async with tend.reading() as conn:
        known = await leads.by_crm_person(
            conn, team_id=tend.team_id, crm=arrival.crm, crm_person_id=arrival.crm_person_id or ""
        )
    return None if known is None else bytes(known.background_hash or b"")


def arrival_of(tend: Tend, person: Person, *, now: datetime, held_back: str) -> Arrival:
    """A CRM person as an arrival: addresses normalised, consent only from the team's own rules.

    `held_back` is why no sequence may start by itself; empty where one may.
    """
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
        fresh=is_fresh(person.created_at, connected_at=tend.connected_at, now=now),
        state=address.state if address is not None else "",
        postal_code=address.postal_code if address is not None else "",
        stage=person.stage,
        crm_user_id=person.assigned_user_id,
        shared_with=person.shared_with,
        may_assign=not person.pond,
        pond=person.pond,
        hold_back=held_back,
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
        whole={
            name: value
            for name, value in (("first name", person.first_name), ("last name", person.last_name))
            if len(value.strip()) > LONGEST_NAME
        },
        consent_source=f"rule for {person.source or 'this source'}",
    )


def is_fresh(created_at: datetime, *, connected_at: datetime, now: datetime) -> bool:
    """Whether somebody may start by themselves: created since Tend was connected, and lately.

    CRMs cut instants to whole seconds, so ours is cut as well.
    """
    return created_at >= connected_at.replace(microsecond=0) and now - created_at < FRESH_FOR


def request_of(person: Person) -> ReadingRequest:
    """What a reader is asked about a person."""
    city = person.addresses[0].city if person.addresses else ""
    told = {
        "source": person.source,
        "stage": person.stage,
        "tags": ", ".join(person.tags),
        "city": city,
        "price": str(person.price or ""),
    }
    facts = {name: value for name, value in told.items() if value}
    return ReadingRequest(text=person.background or f"{', '.join(person.tags)} {person.source}".strip(), facts=facts)
