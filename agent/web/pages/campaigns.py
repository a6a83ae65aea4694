"""Campaigns: where leads come from, and the drafts that wait for a person to confirm them."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.types import ControllerRouterHandler

from agent.flows import controls
from agent.rules.aging import AGED_AFTER
from agent.store.views import campaigns_list
from agent.tend import Tend
from agent.web.pages import drawing
from agent.web.pages.forms import fields

_STATUSES = frozenset({"active", "paused", "completed"})


def routes(tend: Tend) -> list[ControllerRouterHandler]:
    """The page and its buttons."""

    @get("/campaigns")
    async def campaigns(request: Request[Any, Any, Any]) -> Response[Any]:
        return await _page(tend, request)

    @post("/campaigns/confirm", status_code=200)
    async def confirm(request: Request[Any, Any, Any]) -> Response[Any]:
        given = await fields(request)
        if given.get("status") not in _STATUSES or not given.get("key"):
            raise NotFoundException("There is no such campaign, or no such status.")
        await controls.confirm_campaign(tend, given["key"], status=given["status"])
        return await _page(tend, request) if drawing.is_block(request) else drawing.see_other("/campaigns")

    return [campaigns, confirm]


async def _page(tend: Tend, request: Request[Any, Any, Any]) -> Response[Any]:
    async with tend.reading() as conn:
        rows = await campaigns_list(
            conn, team_id=tend.team_id, today=tend.today(), waiting_since=tend.now() - AGED_AFTER
        )
        names = {user_id: tend.assignee(user_id).name for user_id in tend.user_ids.values()}
        context = {"campaigns": rows, "names": names}
        return await drawing.draw(tend, conn, request, "campaigns", nav="campaigns", context=context)
