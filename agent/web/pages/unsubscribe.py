"""The two pages a lead sees: stop everything, and allow texts. A GET only shows; a POST acts, once or many times alike.

A number that asked for no more texts is not opened by a link in an email: the phone itself must text START.

The token in the address names the lead and opens nothing else. A mail program's own button posts here too (RFC 8058)
and gets a plain 200, so neither page asks for a session or for the same origin.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from agent.flows import permitting
from agent.rules.contact import last_four
from agent.store import by_now, leads
from agent.tend import Tend
from agent.web.pages import drawing
from agent.web.pages.forms import fields
from channels.tokens import read

_OPEN = {"public": True, "webhook": True}


def routes(tend: Tend) -> list[ControllerRouterHandler]:
    """Both pages and their buttons."""

    @get("/u/{token:str}", opt=_OPEN)
    async def ask(request: Request[Any, Any, Any], token: FromPath[str]) -> Response[Any]:
        return _stop_page(tend, request, token, known=await _lead(tend, "unsubscribe", token), done=False)

    @post("/u/{token:str}", opt=_OPEN, status_code=200)
    async def stop(request: Request[Any, Any, Any], token: FromPath[str]) -> Response[Any]:
        lead_id = await _lead(tend, "unsubscribe", token)
        if lead_id is not None:
            await permitting.unsubscribe(tend, lead_id)
        return _stop_page(tend, request, token, known=lead_id, done=True)

    @get("/u/{token:str}/texts", opt=_OPEN)
    async def ask_texts(request: Request[Any, Any, Any], token: FromPath[str]) -> Response[Any]:
        return await _texts_page(tend, request, token, step="ask")

    @post("/u/{token:str}/texts", opt=_OPEN, status_code=200)
    async def allow_texts(request: Request[Any, Any, Any], token: FromPath[str]) -> Response[Any]:
        if (await fields(request)).get("agree") != "yes":
            return await _texts_page(tend, request, token, step="tick")
        lead_id = await _lead(tend, "consent", token)
        number = await _number(tend, lead_id)
        allowed = False
        if lead_id is not None and number:
            ip = request.client.host if request.client is not None else ""
            wording = _wording(tend, number)
            allowed = await permitting.allow_texts(tend, lead_id, number=number, wording=wording, ip=ip)
        return await _texts_page(tend, request, token, step="done" if allowed else "refused")

    return [ask, stop, ask_texts, allow_texts]


def _stop_page(
    tend: Tend, request: Request[Any, Any, Any], token: str, *, known: UUID | None, done: bool
) -> Response[Any]:
    everything = tend.settings.tend_stop_scope == "person"
    context = {"token": token, "known": known is not None, "done": done, "everything": everything}
    status = 200 if known is not None else 404
    return drawing.draw_bare(tend, request, "unsubscribe", context=context, status_code=status)


async def _texts_page(tend: Tend, request: Request[Any, Any, Any], token: str, *, step: str) -> Response[Any]:
    lead_id = await _lead(tend, "consent", token)
    wording = _wording(tend, await _number(tend, lead_id))
    closed = lead_id is not None and await _closed(tend, lead_id)
    context = {"token": token, "known": lead_id is not None, "wording": wording, "step": step, "closed": closed}
    status = 404 if lead_id is None else 400 if step == "tick" else 409 if step == "refused" and closed else 200
    return drawing.draw_bare(tend, request, "allow_texts", context=context, status_code=status)


async def _closed(tend: Tend, lead_id: UUID) -> bool:
    async with tend.reading() as conn:
        return await permitting.texts_closed(conn, tend, lead_id)


async def _lead(tend: Tend, purpose: str, token: str) -> UUID | None:
    """The lead a token names, if it was made for this purpose and the lead is still here."""
    lead_id = read(tend.sealer.token_key(purpose), purpose=purpose, token=token)
    if lead_id is None:
        return None
    async with tend.reading() as conn:
        now_id = await by_now.lead(conn, team_id=tend.team_id, lead_id=lead_id)
        return now_id if await leads.one(conn, team_id=tend.team_id, lead_id=now_id) is not None else None


async def _number(tend: Tend, lead_id: UUID | None) -> str:
    """The lead's number that texts would go to; empty when there is none."""
    if lead_id is None:
        return ""
    async with tend.reading() as conn:
        theirs = await leads.addresses_of(conn, team_id=tend.team_id, sealer=tend.sealer, lead_ids=[lead_id])
    return next((address.value for address in theirs.get(lead_id, ()) if address.channel == "sms"), "")


def _wording(tend: Tend, number: str) -> str:
    """The words shown for a number; empty when there is none to text."""
    if not number:
        return ""
    return tend.words.consent_wording(brokerage=tend.team.brokerage, last_four=last_four(number))
