"""Words from an address nobody has: a person becomes a lead, and a machine's mail is kept and only counted.

A bounce in no proper form, or a newsletter, needs nobody: what was read of it lies sealed in the inbox as done, so that
nothing that was answered with success is lost, and Today and the doctor say how many came.
"""

from __future__ import annotations

from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.flows import handing, offering
from agent.rules.contact import clean_name, reached_by
from agent.rules.stray_mail import AUTOMATIC, UNDELIVERED
from agent.store import inbox, leads
from agent.store.ids import new_id
from agent.store.inbox import Pushed
from agent.store.leads import KnownAddress
from agent.store.messages import Arrived
from agent.store.wake import after_commit
from agent.tend import Tend

_BY = {"sms": "by text", "email": "by email", "whatsapp": "on WhatsApp"}


async def become_a_lead(conn: AsyncConnection, tend: Tend, arrived: Arrived) -> UUID:
    """Someone we do not know wrote: a lead nobody enrolled, waiting for a person. Returns its id."""
    now = tend.now()
    lead_id = new_id()
    await leads.create(
        conn,
        team_id=tend.team_id,
        sealer=tend.sealer,
        lead_id=lead_id,
        now=now,
        values={
            "first_name": clean_name(""),
            "last_name": "",
            "facts": {},
            "source": f"wrote to us {_BY[arrived.channel]}",
            "zones": tend.team.zone,
            "zone_source": "team",
        },
    )
    leader = tend.team.lead_of_team
    why = f"{leader.first_name} leads the team and takes it: nobody knows who they are."
    await offering.give(conn, tend, lead_id, user_id=tend.user_ids[leader.key], why=why, is_new=True)
    await leads.add_addresses(
        conn,
        team_id=tend.team_id,
        sealer=tend.sealer,
        lead_id=lead_id,
        known=[KnownAddress(reached_by(arrived.channel), arrived.sender)],
        now=now,
    )
    await handing.read_it_yourself(
        conn, tend, lead_id, quote=arrived.body, action="Find out who wrote: this address is no living lead's."
    )
    return lead_id


async def keep_only(conn: AsyncConnection, tend: Tend, arrived: Arrived, *, undelivered: bool) -> None:
    """Keep a machine's mail, once. `undelivered`: it tells of a mail that could not be delivered."""
    now = tend.now()
    pushed = Pushed(
        source=inbox.STRAY_MAIL,
        event_id=f"{tend.sealer.hash('email', arrived.sender).hex()}:{arrived.external_id}",
        kind=UNDELIVERED if undelivered else AUTOMATIC,
        body=msgspec.json.encode(arrived).decode(),
        received_at=now,
        due_at=now,
        state="done",
    )
    await inbox.keep(conn, team_id=tend.team_id, sealer=tend.sealer, pushed=[pushed])
    after_commit(conn, "live")
