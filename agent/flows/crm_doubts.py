"""What may stand in the CRM already, since the answer to writing it was lost, is looked for before it is written again.

The CRM hides some words and stamps whole seconds, so each thing is known again by what it shows; what another row of
the outbox remembers as its own is not it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy.engine import Row

from agent.store import outbox
from agent.tend import Tend
from integrations.crm import Crm, CrmEventKind
from integrations.crm_writes import Announced, NewAppointment, NewLead, NewTask

_LOST = frozenset({"timeout", "unreachable", "unavailable", "malformed_answer"})
"""Failures after which what was written may be there all the same."""
_BEFORE = timedelta(minutes=2)
"""How much earlier than ours the CRM's clock may say that something was written."""


def is_lost(reason: str) -> bool:
    """Whether, for that reason, nobody knows whether something was written."""
    return reason in _LOST


def in_doubt(row: Row[Any]) -> bool:
    """Whether something owed may be there already: its answer was lost, or whoever told it died before it said so."""
    return is_lost(row.reason) or (row.attempts > 1 and not row.reason)


async def text_there(tend: Tend, crm: Crm, lead: Row[Any], row: Row[Any], *, incoming: bool) -> str | None:
    """A text that we logged since this was owed and do not remember; the CRM hides its words. Raises `CrmError`."""
    if not in_doubt(row):
        return None
    logged = await crm.logged_since(lead.crm_person_id, row.created_at - _BEFORE)
    texts = await crm.texts([each for kind, each in logged if kind is CrmEventKind.TEXT_CREATED])
    return await _not_remembered(tend, "text", [each.id for each in texts if each.ours and each.incoming == incoming])


async def task_there(tend: Tend, crm: Crm, lead: Row[Any], row: Row[Any], task: NewTask) -> str | None:
    """A task like this one, given since it was owed, that we do not remember. Raises `CrmError`."""
    if not in_doubt(row):
        return None
    found = await crm.find_tasks(lead.crm_person_id, task, since=row.created_at - _BEFORE)
    return await _not_remembered(tend, "task", found)


async def appointment_there(tend: Tend, crm: Crm, lead: Row[Any], row: Row[Any], new: NewAppointment) -> str | None:
    """An appointment at the same time and of the same title that we do not remember. Raises `CrmError`."""
    if not in_doubt(row):
        return None
    return await _not_remembered(tend, "appointment", await crm.find_appointments(lead.crm_person_id, new))


async def lead_there(crm: Crm, row: Row[Any], new: NewLead) -> Announced | None:
    """Whom a lead became whose announcement may have arrived. Raises `CrmError`."""
    return await crm.find_lead(new, since=row.created_at - _BEFORE) if in_doubt(row) else None


async def _not_remembered(tend: Tend, kind: str, ids: list[str]) -> str | None:
    async with tend.reading() as conn:
        ours = await outbox.written(conn, team_id=tend.team_id, kind=kind, external_ids=ids)
    return next((each for each in ids if each not in ours), None)
