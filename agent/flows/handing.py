"""Handing a lead to a human, and the few answers Tend gives at once: to-dos with a due time, acknowledgements, status.

Every function runs inside the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from agent.flows import crm_owed
from agent.rules.gate import STOP_CONFIRMATION
from agent.rules.leads import LeadEvent, Qualification, Status
from agent.rules.leads import move as moved
from agent.rules.working_hours import due_within, next_open
from agent.store import leads, scores, suppressions, todos
from agent.store.ids import new_id
from agent.store.tables import touches
from agent.store.todos import NewTodo
from agent.store.upsert import insert_ignoring
from agent.store.wake import after_commit
from agent.tend import Tend

ACKNOWLEDGE_WITHIN = timedelta(hours=12)
CONFIRM_STOP_WITHIN = timedelta(minutes=5)
"""One confirmation of an opt-out, within five minutes (47 CFR 64.1200(a)(12))."""


async def hand_off(
    conn: AsyncConnection,
    tend: Tend,
    lead_id: UUID,
    *,
    kind: str,
    action: str,
    quote: str,
    reasons: Sequence[str],
    hot: bool,
    due_in: timedelta,
    alert: bool,
    due_at: datetime | None = None,
) -> UUID:
    """Open a to-do for the lead's assignee, due in the hours they work. Returns the to-do's id.

    `due_at` is a time the lead asked for: it is due then, whatever the hour, and takes the place of a sooner one.
    With `alert` they hear of it before it is due: of a hot one at once, of another when they next work.
    """
    now = tend.now()
    lead = await leads.one(conn, team_id=tend.team_id, lead_id=lead_id)
    person = tend.assignee(lead.assignee_id if lead is not None else None)
    due = due_at or due_within(now, due_in, person)
    heard = now if hot else next_open(now, person)
    todo_id = await todos.open_one(
        conn,
        team_id=tend.team_id,
        sealer=tend.sealer,
        todo=NewTodo(
            lead_id=lead_id,
            assignee_id=lead.assignee_id if lead is not None else None,
            touch_id=None,
            kind=kind,
            dedupe_key=f"{kind}:{lead_id.hex}:{new_id().hex}",
            hot=hot,
            action=action,
            quote=quote,
            reasons=tuple(reasons),
            due_at=due,
            as_asked=due_at is not None,
            next_alert_at=heard if alert else due,
        ),
        now=now,
    )
    if alert:
        await todos.alert_at(conn, team_id=tend.team_id, todo_id=todo_id, at=heard)
    if hot:
        await crm_owed.task(conn, tend, lead_id, todo_id)
    await leads.change(
        conn, team_id=tend.team_id, sealer=tend.sealer, lead_id=lead_id, now=now, values={"next_action": action}
    )
    after_commit(conn, "upkeep", "live")
    return todo_id


async def read_it_yourself(conn: AsyncConnection, tend: Tend, lead_id: UUID, *, quote: str, action: str) -> None:
    """Ask a person to read something Tend does not understand."""
    await hand_off(
        conn,
        tend,
        lead_id,
        kind="read",
        action=action,
        quote=quote[:500],
        reasons=("Tend could not tell what is meant",),
        hot=False,
        due_in=timedelta(hours=4),
        alert=False,
    )


async def look_at_it(conn: AsyncConnection, tend: Tend, lead_id: UUID, *, quote: str, why: str) -> None:
    """Ask a person to look at what Tend will not act on, and say why."""
    await hand_off(
        conn,
        tend,
        lead_id,
        kind="read",
        action="Look at this message yourself, then answer, or resume.",
        quote=quote[:500],
        reasons=(why,),
        hot=False,
        due_in=timedelta(hours=4),
        alert=False,
    )


async def tell_who_wrote(conn: AsyncConnection, tend: Tend, lead_id: UUID, *, reason: str) -> None:
    """A person's own message will not leave: they hear of it, since nobody else would answer."""
    await hand_off(
        conn,
        tend,
        lead_id,
        kind="answer",
        action="Your message did not leave. Read the conversation, and write again if it needs an answer.",
        quote="",
        reasons=(reason,),
        hot=False,
        due_in=timedelta(hours=2),
        alert=True,
    )


async def ask_about_doubt(conn: AsyncConnection, tend: Tend, lead_id: UUID, *, quote: str) -> None:
    """The words may be an opt-out: everything is paused and a person decides."""
    await hand_off(
        conn,
        tend,
        lead_id,
        kind="opt_out_doubt",
        action="Decide whether this is an opt-out: press “Opt out” or “Resume Tend”.",
        quote=quote[:500],
        reasons=("the words may ask us to stop; Tend is silent until you decide",),
        hot=False,
        due_in=timedelta(hours=4),
        alert=True,
    )


async def answer(
    conn: AsyncConnection, tend: Tend, lead_id: UUID, *, purpose: str, channel: str, cause: UUID, to: bytes
) -> None:
    """Plan one fixed answer (an acknowledgement, HELP, the bot answer, an opt-out confirmed) to one message.

    It goes to the address the message came from (`to` is its hash), and the gate still looks at it.
    """
    now = tend.now()
    address_id = await suppressions.address_id(conn, team_id=tend.team_id, lead_id=lead_id, value_hash=to)
    await conn.execute(
        insert_ignoring(conn, touches).values(
            id=new_id(),
            team_id=tend.team_id,
            lead_id=lead_id,
            kind="confirmation" if purpose != "showing-ack" else "reply",
            channel=channel,
            dedupe_key=f"{purpose}:{cause.hex}",
            purpose=purpose,
            address_id=address_id,
            planned_at=now,
            due_at=now,
            not_after=now + (CONFIRM_STOP_WITHIN if purpose == STOP_CONFIRMATION else ACKNOWLEDGE_WITHIN),
            state="planned",
        )
    )
    after_commit(conn, "sending")


async def settle_todos(
    conn: AsyncConnection,
    tend: Tend,
    lead_id: UUID,
    *,
    by: str,
    kinds: tuple[str, ...] | None = None,
    decided: bool = False,
) -> int:
    """Close a lead's open to-dos, of these kinds or all; what may be an opt-out only where that is `decided`."""
    closed = await todos.close(
        conn, team_id=tend.team_id, lead_id=lead_id, now=tend.now(), by=by, kinds=kinds, decided=decided
    )
    if closed:
        await crm_owed.done(conn, tend, lead_id)
        await scores.soon(conn, team_id=tend.team_id, lead_ids=[lead_id], now=tend.now())
        after_commit(conn, "live")
    return closed


async def tell_timeline(conn: AsyncConnection, tend: Tend, lead_id: UUID, *, kind: str, said: str) -> None:
    """Put a sentence on the lead's timeline."""
    await leads.note(
        conn, team_id=tend.team_id, sealer=tend.sealer, lead_id=lead_id, kind=kind, at=tend.now(), words={"said": said}
    )


async def put_off_todos(conn: AsyncConnection, tend: Tend, lead_id: UUID, *, until: datetime) -> None:
    """Put a lead's open to-dos off until an instant."""
    await todos.put_off(conn, team_id=tend.team_id, lead_id=lead_id, until=until)
    after_commit(conn, "live")


async def move(conn: AsyncConnection, tend: Tend, lead_id: UUID, event: LeadEvent) -> None:
    """Move the lead's status and qualification by the rule for this event."""
    lead = await leads.one(conn, team_id=tend.team_id, lead_id=lead_id)
    if lead is None:
        return
    status, qualification = moved(Status(lead.status), Qualification(lead.qualification), event)
    if (status, qualification) != (lead.status, lead.qualification):
        await leads.change(
            conn,
            team_id=tend.team_id,
            sealer=tend.sealer,
            lead_id=lead_id,
            now=tend.now(),
            values={"status": status.value, "qualification": qualification.value},
        )
        await crm_owed.person(conn, tend, lead_id)
