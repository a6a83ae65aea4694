"""A stand-in for Follow Up Boss: its API v1 as a real HTTP server over one invented account, on loopback only.

Promises the vendor's authentication, rate-limit answers, paging, masks and error envelope for the calls Tend makes.
Whoever runs it brings the server (`uvicorn.Server` over `app(account)`) and pushes with `Account.push`.
Shapes: docs.followupboss.com, read 2026-11.
"""

from __future__ import annotations

from typing import Any

from litestar import Litestar, Request, Router, get, post
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.params import FromPath, JSONBody
from litestar.response import Response

from integrations.standins.followupboss_account import MASK, Account, Record
from integrations.standins.followupboss_door import Door
from integrations.standins.followupboss_hooks import WEBHOOKS
from integrations.standins.followupboss_listings import LISTINGS
from integrations.standins.followupboss_pages import page
from integrations.standins.followupboss_refusals import one, only_registered, require
from integrations.standins.followupboss_writes import WRITES

__all__ = ["Account", "app"]

Call = Request[Any, Any, State]


def app(state: Account) -> Litestar:
    """Build the server for one account."""
    routes = [identity, people, one_person, texts, one_text, log_text, add_note, users, stages, custom_fields]
    return Litestar(
        route_handlers=[Router(path="/v1", route_handlers=[*routes, *LISTINGS, *WEBHOOKS, *WRITES])],
        middleware=[Door(state)],
        exception_handlers={HTTPException: _envelope},
        state=State({"account": state}),
        openapi_config=None,
        logging_config=None,
    )


@get("/identity")
async def identity(state: State) -> Record:
    """Who the key belongs to."""
    account: Account = state.account
    user = next(iter(account.users.values()), {"id": 1, "name": "", "role": "Broker"}) | {"isOwner": account.owner}
    if not account.owner:
        user["role"] = account.role
    return {"user": user, "account": {"id": 1, "domain": "demo", "name": "Invented account"}}


@get("/people")
async def people(request: Call, state: State) -> Record:
    """List people; those in the Trash stage only with `includeTrash`, custom fields only when asked for."""
    account: Account = state.account
    query = request.query_params
    found = list(account.people.values())
    if "id" in query:
        wanted = set(query["id"].split(","))
        found = [each for each in found if str(each["id"]) in wanted]
    if query.get("includeTrash", "false").lower() not in {"true", "1"}:
        found = [each for each in found if each["stage"] != "Trash"]
    if "lastActivityAfter" in query:
        found = [each for each in found if each["lastActivity"] >= query["lastActivityAfter"].replace(" ", "T")]
    if "email" in query:
        asked = query["email"].casefold()
        found = [each for each in found if asked in {email["value"].casefold() for email in each["emails"]}]
    fields = query.get("fields", "")
    return page(request, "people", [_shown(each, fields) for each in found])


@get("/people/{person_id:int}")
async def one_person(request: Call, state: State, person_id: FromPath[int]) -> Record:
    """Show one person."""
    account: Account = state.account
    return _shown(one(account.people, person_id), request.query_params.get("fields", ""))


@get("/textMessages")
async def texts(request: Call, state: State) -> Record:
    """List a person's texts; the array's name is all lower case, as the vendor has it."""
    account: Account = state.account
    if "personId" not in request.query_params:
        raise HTTPException("One of personId, toNumber or fromNumber is required.", status_code=400)
    found = [each for each in account.texts.values() if str(each["personId"]) == request.query_params["personId"]]
    return page(request, "textmessages", found)


@get("/textMessages/{text_id:int}")
async def one_text(state: State, text_id: FromPath[int]) -> Record:
    """Show one text."""
    account: Account = state.account
    return one(account.texts, text_id)


@post("/textMessages")
async def log_text(request: Call, state: State, data: JSONBody[Record]) -> Record:
    """Log a text; nothing is sent. Registered systems only, and the body is masked from then on."""
    account: Account = state.account
    only_registered(request, account)
    require(data, "personId", "message", "toNumber", "fromNumber")
    one(account.people, data["personId"])
    text_id = account.next_id()
    logged = {field: data[field] for field in ("personId", "toNumber", "fromNumber")}
    account.texts[text_id] = logged | {
        "id": text_id,
        "created": account.stamp(),
        "message": MASK,
        "isIncoming": int(bool(data.get("isIncoming"))),
        "isExternal": True,
        "systemName": account.system,
        "status": "Sent",
        "userName": "",
        "actionPlanId": 0,
        "leadFlowRouteId": None,
    }
    return account.texts[text_id]


@post("/notes")
async def add_note(state: State, data: JSONBody[Record]) -> Record:
    """Write a note on a person."""
    account: Account = state.account
    require(data, "personId")
    one(account.people, data["personId"])
    note_id = account.next_id()
    words = {"subject": str(data.get("subject", "")), "body": str(data.get("body", ""))}
    writer = next(iter(account.users.values()), {"id": 1, "name": "Owner"})
    by = {"createdById": writer["id"], "createdBy": writer["name"], "systemName": account.system}
    stamped = {"id": note_id, "personId": data["personId"], "created": account.stamp()} | by
    account.notes[note_id] = stamped | words | {"isHtml": bool(data.get("isHtml"))}
    return account.notes[note_id]


@get("/users")
async def users(request: Call, state: State) -> Record:
    """List who works in the account."""
    return page(request, "users", list(state.account.users.values()))


@get("/stages")
async def stages(request: Call, state: State) -> Record:
    """List the account's stages."""
    return page(request, "stages", list(state.account.stages.values()))


@get("/customFields")
async def custom_fields(request: Call, state: State) -> Record:
    """List the custom fields; the array's name is all lower case."""
    return page(request, "customfields", list(state.account.custom_fields.values()))


def _shown(person: Record, fields: str) -> Record:
    """Leave custom fields out unless `fields` names them or says `allFields` or `allCustom`."""
    asked = set(fields.split(","))
    if asked & {"allFields", "allCustom"}:
        return person
    return {name: value for name, value in person.items() if not name.startswith("custom") or name in asked}


def _envelope(_: Call, error: HTTPException) -> Response[dict[str, str]]:
    return Response({"errorMessage": error.detail}, status_code=error.status_code, headers=error.headers)
