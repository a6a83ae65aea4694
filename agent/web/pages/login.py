"""Signing in with the one-time link that `tend serve` prints: its page shows a button, only the button signs in."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from agent.log import log
from agent.tend import Tend
from agent.web import sessions
from agent.web.pages import drawing


def routes(tend: Tend) -> list[ControllerRouterHandler]:
    """Sign in and out."""

    @get("/login", opt={"public": True})
    async def how(request: Request[Any, Any, Any]) -> Response[Any]:
        return drawing.draw_bare(tend, request, "login", context={"token": "", "expired": False})

    @get("/login/{token:str}", opt={"public": True})
    async def show(request: Request[Any, Any, Any], token: FromPath[str]) -> Response[Any]:
        good = await sessions.link_is_good(tend, token)
        context = {"token": token if good else "", "expired": not good}
        return drawing.draw_bare(tend, request, "login", context=context, status_code=200 if good else 404)

    @post("/login/{token:str}", opt={"public": True}, status_code=303)
    async def sign_in(request: Request[Any, Any, Any], token: FromPath[str]) -> Response[Any]:
        old = request.cookies.get(sessions.cookie_name(tend))
        session = await sessions.redeem(tend, token, replaces=old)
        if session is None:
            return drawing.draw_bare(tend, request, "login", context={"token": "", "expired": True}, status_code=404)
        log.info("user.signed_in")
        response = drawing.see_other("/")
        response.cookies.append(sessions.cookie(tend, session))
        return response

    @post("/logout", status_code=303)
    async def sign_out(request: Request[Any, Any, Any]) -> Response[Any]:
        await sessions.sign_out(tend, request.cookies.get(sessions.cookie_name(tend), ""))
        log.info("user.signed_out")
        response = drawing.see_other("/login")
        response.cookies.append(sessions.cookie(tend, ""))
        return response

    return [how, show, sign_in, sign_out]
