"""The HTTP side of the Twilio stand-in: messages, looks at the account, authentication, errors, and ways to fail.

Whoever runs it brings the server (`uvicorn.Server` over `app(account)`, loopback only).
Shapes: twilio-oai `twilio_api_v2010`, April 2026.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs

from litestar import Litestar, Request, Response, Router, get, post
from litestar.datastructures import State
from litestar.params import FromPath
from litestar.response import Stream

from channels.standins.twilio_account import LOSES_ITS_ANSWER, Behaviour, TwilioAccount
from channels.standins.twilio_console import ROUTES

HANGS_SECONDS = 30.0
_STATUS = {20003: 401, 20404: 404, 20429: 429, 20500: 500, 20503: 503}

Call = Request[Any, Any, State]


def app(account: TwilioAccount) -> Litestar:
    """Build the server for one account."""
    return Litestar(
        route_handlers=[
            create,
            listed,
            media,
            Router(path="/", route_handlers=ROUTES, before_request=_only_the_account),
        ],
        state=State({"account": account}),
        openapi_config=None,
        logging_config=None,
    )


@post("/2010-04-01/Accounts/{sid:str}/Messages.json")
async def create(request: Call, state: State, sid: FromPath[str]) -> Response[Any]:
    """Take one message, or do what the script says."""
    account: TwilioAccount = state.account
    form = parse_qs((await request.body()).decode(), keep_blank_values=True)
    if stranger := _stranger(request, account, sid):
        return stranger
    answer = account.next_answer()
    if isinstance(answer, int):
        return _error(answer)
    if answer in {Behaviour.HANGS, Behaviour.FAILS, Behaviour.BUSY}:
        if answer is Behaviour.HANGS:
            await asyncio.sleep(HANGS_SECONDS)
        return _error(20429 if answer is Behaviour.BUSY else 20503)
    if refusal := account.refusal(form):
        return _error(refusal)
    made = account.take(form)
    return await _lost(answer) if answer in LOSES_ITS_ANSWER else Response(made, status_code=201)


@get("/2010-04-01/Accounts/{sid:str}/Messages.json")
async def listed(request: Call, state: State, sid: FromPath[str]) -> Response[Any]:
    """List messages, newest first."""
    account: TwilioAccount = state.account
    if stranger := _stranger(request, account, sid):
        return stranger
    query = request.query_params
    size = int(query.get("PageSize", "50"))
    return Response(account.listed(to=query.get("To"), sender=query.get("From"), page_size=size))


@get("/2010-04-01/Accounts/{sid:str}/Messages/{message:str}/Media/{name:str}")
async def media(request: Call, state: State, sid: FromPath[str], message: FromPath[str], name: FromPath[str]) -> Any:
    """Give one file that came with a text, or send whoever asks on."""
    del message
    account: TwilioAccount = state.account
    account.asked.append(name)
    if stranger := _stranger(request, account, sid):
        return stranger
    held = account.media.get(name)
    if held is None or held.status >= 400:
        return _error(20404 if held is None else 20503)
    if held.moved_to:
        return Response(b"", status_code=307, headers={"Location": held.moved_to})
    return Response(held.content, media_type=held.kind)


async def _lost(answer: Behaviour) -> Response[Any]:
    """Answer in a way from which nobody can tell that the message was taken."""
    match answer:
        case Behaviour.HANGS_TAKEN:
            await asyncio.sleep(HANGS_SECONDS)
        case Behaviour.BREAKS_OFF:
            return Stream(_half(), status_code=201, media_type="application/json", headers={"Content-Length": "900"})
        case Behaviour.GIBBERISH:
            return Response(b"<html>not what was asked</html>", status_code=201, media_type="text/html")
        case _:
            pass
    return _error(20503)


async def _half() -> AsyncIterator[bytes]:
    yield b'{"account_sid": "AC0000'
    await asyncio.sleep(0.01)
    raise ConnectionResetError("broken off on purpose")


async def _only_the_account(request: Call) -> Response[Any] | None:
    """Let nobody else look at what the account shows."""
    account: TwilioAccount = request.app.state.account
    return _stranger(request, account, account.sid)


def _stranger(request: Call, account: TwilioAccount, sid: str) -> Response[Any] | None:
    """Refuse whoever is not the account."""
    wanted = "Basic " + base64.b64encode(f"{account.sid}:{account.token}".encode()).decode()
    if not hmac.compare_digest(request.headers.get("authorization", ""), wanted):
        return _error(20003)
    return _error(20404) if sid != account.sid else None


def _error(code: int) -> Response[Any]:
    status = _STATUS.get(code, 400)
    told = {
        "code": code,
        "message": f"Error {code}",
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }
    return Response(told, status_code=status, headers={"Retry-After": "2"} if code == 20429 else {})
