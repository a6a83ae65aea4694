"""Aged leads: who would be woken and why the others would not, before a person starts it, and how to stop it."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post
from litestar.types import ControllerRouterHandler

from agent.flows import reactivation
from agent.tend import Tend
from agent.web.guarding import user_of
from agent.web.pages import drawing
from agent.web.pages.forms import fields

_MOST_A_DAY = 200


def routes(tend: Tend) -> list[ControllerRouterHandler]:
    """The page and its two buttons."""

    @get("/aged")
    async def aged(request: Request[Any, Any, Any]) -> Response[Any]:
        return await _page(tend, request)

    @post("/aged/start", status_code=200)
    async def start(request: Request[Any, Any, Any]) -> Response[Any]:
        given = (await fields(request)).get("daily_limit", "")
        if not given.isdecimal() or not 1 <= int(given) <= _MOST_A_DAY:
            return await _page(tend, request, wrong=f"Choose a number from 1 to {_MOST_A_DAY}.")
        await reactivation.start(tend, daily_limit=int(given), user_id=user_of(request))
        return await _page(tend, request) if drawing.is_block(request) else drawing.see_other("/aged")

    @post("/aged/stop", status_code=200)
    async def stop(request: Request[Any, Any, Any]) -> Response[Any]:
        await reactivation.stop(tend)
        return await _page(tend, request) if drawing.is_block(request) else drawing.see_other("/aged")

    return [aged, start, stop]


async def _page(tend: Tend, request: Request[Any, Any, Any], *, wrong: str = "") -> Response[Any]:
    preview = await reactivation.preview(tend)
    running = await reactivation.running(tend)
    context = {
        "preview": preview,
        "running": running,
        "suggested": reactivation.DEFAULT_DAILY_LIMIT,
        "most": _MOST_A_DAY,
        "wrong": wrong,
    }
    async with tend.reading() as conn:
        return await drawing.draw(tend, conn, request, "aged", nav="aged", context=context)
