"""What the stand-in shows of calls, emails, notes, appointments, plans and email events: lists and single records.

Lists are of one person with `personId`, and of certain records with `id`. Automations are shown to registered systems
only; calls, emails and notes as their masks leave them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from litestar import get
from litestar.datastructures import State
from litestar.params import FromPath

from integrations.standins.followupboss_account import Account, Record
from integrations.standins.followupboss_pages import page
from integrations.standins.followupboss_refusals import Call, one, only_registered

_Records = Callable[[Account], dict[int, Record]]


def _pair(path: str, records: _Records, *, registered_only: bool = False) -> tuple[Any, Any]:
    """The list and the single record of one collection."""

    @get(f"/{path}", name=f"list {path}")
    async def many(request: Call, state: State) -> Record:
        account: Account = state.account
        if registered_only:
            only_registered(request, account)
        return page(request, path, _asked(request, records(account)))

    @get(f"/{path}/{{record_id:int}}", name=f"one of {path}")
    async def single(request: Call, state: State, record_id: FromPath[int]) -> Record:
        account: Account = state.account
        if registered_only:
            only_registered(request, account)
        return one(records(account), record_id)

    return many, single


def _asked(request: Call, records: dict[int, Record]) -> list[Record]:
    found = list(records.values())
    query = request.query_params
    if "id" in query:
        wanted = set(query["id"].split(","))
        found = [each for each in found if str(each["id"]) in wanted]
    if "updatedAfter" in query:
        found = [each for each in found if each["created"] >= query["updatedAfter"].replace(" ", "T")]
    for field in ("personId", "status", "type"):
        if field in query:
            found = [each for each in found if query[field] in _values(each, field)]
    return found


def _values(record: Record, field: str) -> set[str]:
    """What a record says of a field; an appointment names its people among its guests."""
    return {str(record.get(field)), *(str(each.get(field)) for each in record.get("invitees") or ())}


LISTINGS: tuple[Any, ...] = (
    *_pair("notes", lambda account: account.notes),
    *_pair("calls", lambda account: account.calls),
    *_pair("emails", lambda account: account.emails),
    *_pair("events", lambda account: account.events),
    *_pair("appointments", lambda account: account.appointments),
    *_pair("emEvents", lambda account: account.em_events),
    *_pair("emCampaigns", lambda account: account.em_campaigns),
    *_pair("tasks", lambda account: account.tasks),
    *_pair("actionPlans", lambda account: account.action_plans),
    *_pair("actionPlansPeople", lambda account: account.action_plans_people),
    *_pair("automations", lambda account: account.automations, registered_only=True),
    *_pair("automationsPeople", lambda account: account.automations_people, registered_only=True),
)
