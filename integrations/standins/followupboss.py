"""A stand-in for Follow Up Boss: its API v1 as a real HTTP server over one invented account, on loopback only.

Promises the vendor's authentication, rate-limit answers, paging, masks and error envelope for the calls Tend makes.
Whoever runs it brings the server (`uvicorn.Server` over `app(account)`) and pushes with `Account.push`.
Shapes: docs.followupboss.com, read 2026-11.
"""

from __future__ import annotations

import ipaddress
from typing import Any
from urllib.parse import urlsplit

from litestar import Litestar, Request, Router, get, post
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.params import FromPath, JSONBody
from litestar.response import Response

from integrations.standins.followupboss_account import MASK, Account, Record
from integrations.standins.followupboss_door import Door, registered
from integrations.standins.followupboss_pages import page

__all__ = ["Account", "app"]

_WEBHOOKS_PER_EVENT = 2

Call = Request[Any, Any, State]


def app(state: Account) -> Litestar:
    """Build the server for one account."""
    routes = [identity, people, one_person, texts, one_text, log_text, notes, add_note, webhooks, add_webhook]
    return Litestar(
        route_handlers=[Router(path="/v1", route_handlers=[*routes, users, stages, custom_fields])],
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
    owner = next(iter(account.users.values()), None)
    return {"user": owner, "account": {"id": 1, "domain": "demo", "name": "Invented account"}}


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
    fields = query.get("fields", "")
    return page(request, "people", [_shown(each, fields) for each in found])


@get("/people/{person_id:int}")
async def one_person(request: Call, state: State, person_id: FromPath[int]) -> Record:
    """Show one person."""
    account: Account = state.account
    return _shown(_one(account.people, person_id), request.query_params.get("fields", ""))


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
    return _one(account.texts, text_id)


@post("/textMessages")
async def log_text(request: Call, state: State, data: JSONBody[Record]) -> Record:
    """Log a text; nothing is sent. Registered systems only, and the body is masked from then on."""
    account: Account = state.account
    _only_registered(request, account)
    _require(data, "personId", "message", "toNumber", "fromNumber")
    _one(account.people, data["personId"])
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


@get("/notes")
async def notes(request: Call, state: State) -> Record:
    """List notes, of one person with `personId`."""
    account: Account = state.account
    wanted = request.query_params.get("personId")
    return page(request, "notes", [n for n in account.notes.values() if wanted in {None, str(n["personId"])}])


@post("/notes")
async def add_note(state: State, data: JSONBody[Record]) -> Record:
    """Write a note on a person."""
    account: Account = state.account
    _require(data, "personId")
    _one(account.people, data["personId"])
    note_id = account.next_id()
    words = {"subject": str(data.get("subject", "")), "body": str(data.get("body", ""))}
    stamped = {"id": note_id, "personId": data["personId"], "created": account.stamp()}
    account.notes[note_id] = stamped | words | {"isHtml": bool(data.get("isHtml"))}
    return account.notes[note_id]


@get("/webhooks")
async def webhooks(request: Call, state: State) -> Record:
    """List the system's webhooks."""
    account: Account = state.account
    _only_registered(request, account)
    return page(request, "webhooks", list(account.webhooks.values()))


@post("/webhooks")
async def add_webhook(request: Call, state: State, data: JSONBody[Record]) -> Record:
    """Register a webhook: one event each, at most two per event. Only loopback addresses, over http or https."""
    account: Account = state.account
    _only_registered(request, account)
    _require(data, "event", "url")
    event, url = str(data["event"]), str(data["url"])
    if not _is_loopback(url):
        raise HTTPException("This stand-in pushes to loopback addresses only.", status_code=400)
    if sum(each["event"] == event for each in account.webhooks.values()) >= _WEBHOOKS_PER_EVENT:
        raise HTTPException(f"At most {_WEBHOOKS_PER_EVENT} webhooks per event.", status_code=400)
    return account.webhooks[account.add_webhook(event=event, url=url)]


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


def _one(records: dict[int, Record], record_id: object) -> Record:
    if not isinstance(record_id, int) or record_id not in records:
        raise HTTPException("The requested resource was not found.", status_code=404)
    return records[record_id]


def _require(data: Record, *fields: str) -> None:
    missing = [field for field in fields if data.get(field) in {None, ""}]
    if missing:
        raise HTTPException(f"Missing required fields: {', '.join(missing)}.", status_code=400)


def _only_registered(request: Call, account: Account) -> None:
    if not registered(request.headers, account):
        raise HTTPException("This call needs a registered system (X-System, X-System-Key).", status_code=403)


def _is_loopback(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False


def _envelope(_: Call, error: HTTPException) -> Response[dict[str, str]]:
    return Response({"errorMessage": error.detail}, status_code=error.status_code, headers=error.headers)
