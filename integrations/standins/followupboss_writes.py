"""What the stand-in lets others write beside notes: changes of people, tasks, mail campaigns and their events, leads.

Promises the vendor's refusals: a field that cannot be changed, a task for nobody, a campaign made twice, a lead flow
that ignores a source (204). Nobody is told by itself; whoever runs the account pushes.
"""

from __future__ import annotations

from typing import Any

from litestar import post, put
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.params import FromPath, JSONBody
from litestar.response import Response

from integrations.standins.followupboss_account import Account, Record
from integrations.standins.followupboss_refusals import Call, one, only_owner, require

_TASKS = frozenset(
    ("Follow Up", "Call", "Text", "Email", "Appointment", "Showing", "Closing", "Open House", "Thank You")
)
_EVENTS = frozenset(
    (
        "Registration",
        "Inquiry",
        "Seller Inquiry",
        "Property Inquiry",
        "General Inquiry",
        "Viewed Property",
        "Saved Property",
        "Visited Website",
        "Incoming Call",
        "Unsubscribed",
        "Property Search",
        "Saved Property Search",
        "Visited Open House",
        "Viewed Page",
    )
)
_MAIL = frozenset(
    ("delivered", "open", "click", "bounced", "soft-bounce", "hard-bounce", "unsubscribe", "spamreport", "dropped")
)
_FIXED = {"id", "created", "source", "sourceUrl"}
MOST_EVENTS = 1000


@put("/people/{person_id:int}")
async def change_person(request: Call, state: State, person_id: FromPath[int], data: JSONBody[Record]) -> Record:
    """Change a person: lists are replaced, tags only added to with `mergeTags=true`; the source stays what it was."""
    account: Account = state.account
    person = one(account.people, person_id)
    if "stage" in data and data["stage"] not in {each["name"] for each in account.stages.values()}:
        raise HTTPException("stage is not one of the account's.", status_code=400)
    known = {each["name"] for each in account.custom_fields.values()}
    unknown = [name for name in data if name.startswith("custom") and name not in known]
    if unknown:
        raise HTTPException(f"Unknown custom fields: {', '.join(unknown)}.", status_code=400)
    changes = {name: value for name, value in data.items() if name not in _FIXED}
    if "tags" in changes and request.query_params.get("mergeTags", "false").lower() in {"true", "1"}:
        changes["tags"] = list(dict.fromkeys([*person["tags"], *changes["tags"]]))
    if changes.get("assignedUserId") is not None:
        one(account.users, changes["assignedUserId"])
    account.change_person(person_id, **changes)
    return account.people[person_id]


@post("/tasks")
async def add_task(state: State, data: JSONBody[Record]) -> Record:
    """Give a user something to do; the answer spells `AssignedTo` with a capital, as the vendor's does."""
    account: Account = state.account
    require(data, "personId", "name")
    one(account.people, data["personId"])
    if data.get("type", "Follow Up") not in _TASKS:
        raise HTTPException("type is not a kind of task.", status_code=400)
    if not data.get("assignedUserId") and not data.get("assignedTo"):
        raise HTTPException("One of assignedTo or assignedUserId is required.", status_code=400)
    user = one(account.users, data["assignedUserId"]) if data.get("assignedUserId") else {"name": data["assignedTo"]}
    task_id = account.next_id()
    account.tasks[task_id] = {
        "id": task_id,
        "created": account.stamp(),
        "isCompleted": False,
        "AssignedTo": user["name"],
        **{name: data.get(name) for name in ("personId", "name", "type", "assignedUserId", "dueDate", "dueDateTime")},
    }
    return account.tasks[task_id]


@post("/appointments")
async def add_appointment(state: State, data: JSONBody[Record]) -> Record:
    """Put an appointment into the calendar; whoever is invited has to be there."""
    account: Account = state.account
    require(data, "title", "start", "end")
    for each in data.get("invitees", ()):
        if each.get("personId"):
            one(account.people, each["personId"])
        if each.get("userId"):
            one(account.users, each["userId"])
    appointment_id = account.next_id()
    account.appointments[appointment_id] = {
        "id": appointment_id,
        "created": account.stamp(),
        "createdById": next(iter(account.users), None),
        **{name: data.get(name) for name in ("title", "start", "end", "description", "invitees")},
    }
    return account.appointments[appointment_id]


@put("/tasks/{task_id:int}")
async def change_task(state: State, task_id: FromPath[int], data: JSONBody[Record]) -> Record:
    """Tick a task off, or change it."""
    account: Account = state.account
    task = one(account.tasks, task_id)
    task.update({name: value for name, value in data.items() if name not in {"id", "created", "personId"}})
    return task


@post("/emCampaigns")
async def add_campaign(state: State, data: JSONBody[Record]) -> Record:
    """Make a mail campaign: owners and admins only, and each origin's id only once."""
    account: Account = state.account
    if not account.owner and account.role != "Admin":
        only_owner(account)
    require(data, "origin", "originId", "name", "subject", "bodyHtml")
    names = (data["origin"], data["originId"])
    if any((each["origin"], each["originId"]) == names for each in account.em_campaigns.values()):
        raise HTTPException("A campaign with this origin and originId exists.", status_code=400)
    campaign_id = account.next_id()
    account.em_campaigns[campaign_id] = {"id": campaign_id, "created": account.stamp(), **data}
    return account.em_campaigns[campaign_id]


@post("/emEvents")
async def add_mail_events(state: State, data: JSONBody[Record]) -> Record:
    """Log what happened to emails, at most a thousand at once; of people nobody knows they are passed over."""
    account: Account = state.account
    events = data.get("emEvents")
    if not isinstance(events, list) or not 0 < len(events) <= MOST_EVENTS:
        raise HTTPException(f"emEvents must be a list of 1 to {MOST_EVENTS}.", status_code=400)
    for each in events:
        require(each, "type", "occurred", "recipient", "campaignId")
        if each["type"] not in _MAIL:
            raise HTTPException("type is not a kind of mail event.", status_code=400)
        one(account.em_campaigns, each["campaignId"])
    for each in events:
        if _known(account, each["recipient"]):
            event_id = account.next_id()
            account.em_events[event_id] = {"id": event_id, "created": account.stamp(), **each}
    return {"emEvents": []}


@post("/events")
async def add_event(state: State, data: JSONBody[Record]) -> Response[Record | None]:
    """Take a lead in: 201 for a new person, 200 for a known one, 204 where the lead flow ignores its source."""
    account: Account = state.account
    require(data, "source", "type", "person")
    if data["type"] not in _EVENTS:
        raise HTTPException("type is not a kind of event.", status_code=400)
    if data["source"] in account.ignored_sources:
        return Response(None, status_code=204)
    given: dict[str, Any] = data["person"]
    if "id" in given:
        one(account.people, given["id"])
    person_id = given.get("id") or _whose(account, given)
    new = person_id is None
    if person_id is None:
        person_id = account.add_person(
            first_name=str(given.get("firstName", "")),
            last_name=str(given.get("lastName", "")),
            email=next((each["value"] for each in given.get("emails", ())), ""),
            phone=next((each["value"] for each in given.get("phones", ())), ""),
            source=data["source"],
            tags=given.get("tags", ()),
            assigned_user_id=given.get("assignedUserId") or account.lead_flow_gives_to,
        )
    event_id = account.next_id()
    account.events[event_id] = {"id": event_id, "created": account.stamp(), "personId": person_id, **data}
    account.active(person_id)
    return Response(account.people[person_id], status_code=201 if new else 200)


def _known(account: Account, recipient: str) -> bool:
    return any(recipient in {each["value"] for each in person["emails"]} for person in account.people.values())


def _whose(account: Account, given: Record) -> int | None:
    """The person this is, by email, else by the last ten digits of a phone."""
    emails = {each["value"].casefold() for each in given.get("emails", ())}
    phones = {_digits(each["value"]) for each in given.get("phones", ())}
    for person_id, person in account.people.items():
        if emails & {each["value"].casefold() for each in person["emails"]}:
            return person_id
    for person_id, person in account.people.items():
        if phones & {_digits(each["value"]) for each in person["phones"]}:
            return person_id
    return None


def _digits(number: str) -> str:
    return "".join(each for each in number if each.isdigit())[-10:]


WRITES: tuple[Any, ...] = (
    change_person,
    add_task,
    change_task,
    add_appointment,
    add_campaign,
    add_mail_events,
    add_event,
)
