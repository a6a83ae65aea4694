"""The two switches on every page: all sending on or off, and the colours."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, post
from litestar.datastructures import Cookie
from litestar.types import ControllerRouterHandler

from agent.flows import pausing
from agent.tend import Tend
from agent.web.guarding import user_of
from agent.web.pages import drawing
from agent.web.pages.forms import back_to, fields

_A_YEAR = 365 * 86400


def routes(tend: Tend) -> list[ControllerRouterHandler]:
    """The switches."""

    @post("/pause-everything", status_code=303)
    async def pause_everything(request: Request[Any, Any, Any]) -> Response[Any]:
        name = drawing.names_by_id(tend).get(user_of(request) or tend.team_id, "a person")
        await pausing.pause_everything(tend, reason=f"{name} pressed “Pause everything”")
        return drawing.see_other(back_to(await fields(request)))

    @post("/resume-everything", status_code=303)
    async def resume_everything(request: Request[Any, Any, Any]) -> Response[Any]:
        await pausing.resume_everything(tend)
        return drawing.see_other(back_to(await fields(request)))

    @post("/theme", status_code=303)
    async def theme(request: Request[Any, Any, Any]) -> Response[Any]:
        given = await fields(request)
        chosen = given.get("theme", "")
        response = drawing.see_other(back_to(given))
        response.cookies.append(
            Cookie(
                key="theme",
                value=chosen if chosen in {"light", "dark"} else "",
                path="/",
                samesite="lax",
                secure=tend.settings.public_url.startswith("https://"),
                max_age=_A_YEAR if chosen in {"light", "dark"} else 0,
            )
        )
        return response

    return [pause_everything, resume_everything, theme]
