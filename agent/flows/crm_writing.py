"""How each thing the CRM is owed is written there, as the facts stand when it is told.

Nothing here waits or tries again: whoever calls does. What need not be told is a `Skipped` with its reason. What may
stand there already, since an answer was lost, is looked for first (`crm_doubts`).
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, replace
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.engine import Row

from agent.flows.crm_announcing import announce
from agent.flows.crm_answers import Answer, Skipped, Told, payload_of
from agent.flows.crm_doubts import appointment_there, in_doubt, task_there, text_there
from agent.flows.crm_owed import APPOINTMENT_LASTS
from agent.rules.consent import standing
from agent.rules.contact import normalise_phone
from agent.rules.crm_wishes import consent_in_words, stage_to_move_to
from agent.rules.leads import Status
from agent.store import leads, messages, outbox
from agent.store import todos as todo_store
from agent.store.tables import messages as messages_table
from agent.store.tables import suppressions, todos
from agent.tend import Tend
from integrations.crm import Crm
from integrations.crm_writes import LoggedMail, LoggedText, NewAppointment, NewTask, PersonNews, TaskKind
from integrations.errors import CrmError

_CLOSED_TAG = "Tend: opted out"
_KINDS: Mapping[str, TaskKind] = {"showing": "showing", "call": "call", "valuation": "call"}


async def write(tend: Tend, crm: Crm, lead: Row[Any], row: Row[Any]) -> Answer:
    """Tell the CRM one thing. Raises `CrmError`."""
    if row.kind == "lead":
        return await announce(tend, crm, lead, row)
    if lead.crm_person_id is None:
        return Skipped("the lead is not in a CRM")
    return await _WRITE[row.kind](tend, crm, lead, row)


async def _note(tend: Tend, crm: Crm, lead: Row[Any], row: Row[Any]) -> Answer:
    words = payload_of(tend, row)
    return Told(await crm.add_note(lead.crm_person_id, subject=words["subject"], body=words["body"]))


async def noted(crm: Crm, lead: Row[Any], row: Row[Any], *, subject: str, body: str) -> Told:
    """Write a note once, also where the answer to an earlier try was lost. Raises `CrmError`."""
    if in_doubt(row):
        there = await crm.find_note(lead.crm_person_id, subject=subject, body=body)
        if there is not None:
            return Told(there)
    return Told(await crm.add_note(lead.crm_person_id, subject=subject, body=body))


async def _text(tend: Tend, crm: Crm, lead: Row[Any], row: Row[Any]) -> Answer:
    """A text as it was; where texts may not be logged (no registered system, no number of ours) a note says it."""
    message = await _message(tend, row)
    if message is None:
        return Skipped("the message is gone")
    incoming = message.direction == "in"
    theirs = tend.sealer.open("messages", "address", message.id, message.address)
    body = tend.sealer.open("messages", "body", message.id, message.body)
    ours = normalise_phone(tend.settings.twilio_from_number) or ""
    if ours:
        logged = LoggedText(incoming, body, *((theirs, ours) if incoming else (ours, theirs)))
        try:
            there = await text_there(tend, crm, lead, row, incoming=incoming)
            return Told(there or await crm.log_text(lead.crm_person_id, logged))
        except CrmError as error:
            if error.reason != "forbidden":
                raise
    return await noted(crm, lead, row, subject="They texted Tend" if incoming else "Tend texted them", body=body)


async def _mail(tend: Tend, crm: Crm, lead: Row[Any], row: Row[Any]) -> Answer:
    """What happened to a mail; where mail events may not be logged (not an owner's key) a note says it was sent."""
    told = payload_of(tend, row)
    message = await _message(tend, row)
    if message is None:
        return Skipped("the message is gone")
    subject = tend.sealer.open("messages", "subject", message.id, message.subject)
    body = tend.sealer.open("messages", "body", message.id, message.body)
    written = message.text_id in {"", "written"}
    mail = LoggedMail(
        news=told["news"],  # type: ignore[arg-type]  # one of them, as it was put down
        at=datetime.fromisoformat(told["at"]),
        recipient=tend.sealer.open("messages", "address", message.id, message.address),
        template=message.id.hex if written else f"{message.text_id}:{message.text_hash[:12]}",
        name=f"Tend: {subject}" if written else f"Tend: {message.text_id}",
        subject=subject,
        body=body,
    )
    try:
        campaign_id = await crm.mail_campaign(mail)
        if not (in_doubt(row) and await crm.knows_mail(lead.crm_person_id, mail, campaign_id=campaign_id)):
            await crm.log_mail(lead.crm_person_id, mail, campaign_id=campaign_id)
    except CrmError as error:
        if error.reason != "forbidden":
            raise
    else:
        return Told(campaign_id)
    if mail.news != "delivered":
        return Skipped("mail events may not be logged with this key")
    return await noted(crm, lead, row, subject=f"Tend emailed them: {subject}", body=body)


async def _person(tend: Tend, crm: Crm, lead: Row[Any], row: Row[Any]) -> Answer:
    """Score, temperature, intent, consent, stage and tags as they are now; what stands there already is not written."""
    del row
    wishes = tend.team.crm
    async with tend.reading() as conn:
        entries = await messages.consent_entries(conn, team_id=tend.team_id, lead_id=lead.id)
        theirs = await leads.addresses_of(conn, team_id=tend.team_id, sealer=tend.sealer, lead_ids=[lead.id])
        hashes = [leads.address_hash(tend.sealer, each.channel, each.value) for each in theirs.get(lead.id, ())]
        closed = (
            await conn.execute(
                select(suppressions.c.channel).where(
                    suppressions.c.team_id == tend.team_id,
                    suppressions.c.value_hash.in_(hashes),
                    suppressions.c.lifted_at.is_(None),
                )
            )
        ).scalars()
        shut = set(closed)
        before = await outbox.last_done(conn, team_id=tend.team_id, lead_id=lead.id, kind="person")
    agreed = {
        channel: channel not in shut and standing(entries, channel=channel).allowed for channel in ("email", "sms")
    }
    known: Mapping[str, str | int] = {
        "score": lead.score,
        "temperature": lead.temperature,
        "intent": lead.intent.replace("_", " "),
        "consent": consent_in_words(email=agreed["email"], texts=agreed["sms"]),
    }
    news = PersonNews(
        tags=(*wishes.tags, *((_CLOSED_TAG,) if shut else ())),
        stage=stage_to_move_to(Status(lead.status), lead.crm_stage, mapped=tend.team.stages, wishes=wishes),
        custom={field: known[name] for name, field in wishes.custom.items()},
    )
    kept = json.dumps(asdict(news), sort_keys=True)
    stood = json.loads(tend.sealer.open("outbox", "payload", before.id, before.payload)) if before is not None else {}
    if json.dumps(stood, sort_keys=True) == kept:
        return Skipped("it stands there already")
    over = tuple(tag for tag in stood.get("tags", ()) if tag == _CLOSED_TAG and tag not in news.tags)
    await crm.write_person(lead.crm_person_id, replace(news, not_tags=over))
    return Told(kept=kept)


async def _assignee(tend: Tend, crm: Crm, lead: Row[Any], row: Row[Any]) -> Answer:
    """Whose a lead is, where it was nobody's there, or only the CRM's own lead flow had given it to somebody.

    Its open tasks go to them in any case.
    """
    del row
    if lead.assignee_id is None:
        return Skipped("it is nobody's here")
    user_id = tend.assignee(lead.assignee_id).crm_user_id
    if not user_id:
        return Skipped("the team file names no crm_user_id for the assignee")
    for task, _ in await _open_tasks(tend, lead):
        await crm.give_task(task.external_id, user_id)
    if not tend.team.crm.assigns:
        return Skipped("the team wants whose they are left to the CRM")
    people = await crm.people([lead.crm_person_id])
    async with tend.reading() as conn:
        announced = await outbox.last_done(conn, team_id=tend.team_id, lead_id=lead.id, kind="lead")
    flow_gave_to = payload_of(tend, announced).get("given_to", "") if announced is not None else ""
    for person in people:
        theirs = person.assigned_user_id or ""
        if theirs == user_id:
            return Skipped("they have it there already")
        if person.pond or theirs not in {"", flow_gave_to}:
            return Skipped("the CRM gave it to somebody itself")
    await crm.write_person(lead.crm_person_id, PersonNews(user_id=user_id))
    return Told()


async def _task(tend: Tend, crm: Crm, lead: Row[Any], row: Row[Any]) -> Answer:
    async with tend.reading() as conn:
        todo = (
            await conn.execute(
                select(todos).where(
                    todos.c.team_id == tend.team_id, todos.c.id == UUID(hex=payload_of(tend, row)["todo"])
                )
            )
        ).one_or_none()
    if todo is None or todo.state != "open":
        return Skipped("it is done already")
    user_id = tend.assignee(todo.assignee_id).crm_user_id
    if not user_id:
        return Skipped("the team file names no crm_user_id for the assignee")
    action = tend.sealer.open("todos", "action", todo.id, todo.action)
    kind = _KINDS.get(todo.kind, "follow_up")
    task = NewTask(action, kind, user_id, todo.due_at)
    there = await task_there(tend, crm, lead, row, task)
    return Told(there or await crm.add_task(lead.crm_person_id, task))


async def _appointment(tend: Tend, crm: Crm, lead: Row[Any], row: Row[Any]) -> Answer:
    """An appointment with whoever agreed on it, where the team file says who they are there."""
    kept = payload_of(tend, row)
    start = datetime.fromisoformat(kept["at"])
    user_id = tend.assignee(UUID(hex=kept["user"])).crm_user_id if kept["user"] else ""
    new = NewAppointment(kept["title"], start, start + APPOINTMENT_LASTS, user_id)
    there = await appointment_there(tend, crm, lead, row, new)
    return Told(there or await crm.add_appointment(lead.crm_person_id, new))


async def _done(tend: Tend, crm: Crm, lead: Row[Any], row: Row[Any]) -> Answer:
    """Tick off every task whose to-do is closed."""
    del row
    over = [task for task, is_open in await _open_tasks(tend, lead, closed_too=True) if not is_open]
    if not over:
        return Skipped("no task of theirs is open")
    for each in over:
        await crm.end_task(each.external_id)
        await tend.writer.run(
            partial(outbox.end, team_id=tend.team_id, row_id=each.id, values={"reason": "ticked off"})
        )
    return Told()


async def _open_tasks(tend: Tend, lead: Row[Any], *, closed_too: bool = False) -> list[tuple[Row[Any], bool]]:
    """The tasks that are open in the CRM, each with whether its to-do is open here; by default those alone."""
    async with tend.reading() as conn:
        written = await outbox.open_tasks(conn, team_id=tend.team_id, lead_id=lead.id)
        still = {each.id.hex for each in await todo_store.open_of(conn, team_id=tend.team_id, lead_id=lead.id)}
    found = [(each, payload_of(tend, each)["todo"] in still) for each in written]
    return [each for each in found if closed_too or each[1]]


async def _message(tend: Tend, row: Row[Any]) -> Row[Any] | None:
    message_id = UUID(hex=payload_of(tend, row)["message"])
    async with tend.reading() as conn:
        return (
            await conn.execute(
                select(messages_table).where(
                    messages_table.c.team_id == tend.team_id, messages_table.c.id == message_id
                )
            )
        ).one_or_none()


_WRITE: Mapping[str, Callable[[Tend, Crm, Row[Any], Row[Any]], Awaitable[Answer]]] = {
    "note": _note,
    "text": _text,
    "mail": _mail,
    "person": _person,
    "task": _task,
    "assignee": _assignee,
    "appointment": _appointment,
    "done": _done,
}
