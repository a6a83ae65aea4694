"""What the CRM does not know, and a button to try again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from agent.flows import trying_again
from agent.store.views import owed_to_crm
from agent.tend import Tend
from agent.web.pages import drawing


def routes(tend: Tend) -> list[ControllerRouterHandler]:
    """The page and its buttons."""

    @get("/crm")
    async def crm(request: Request[Any, Any, Any]) -> Response[Any]:
        return await _page(tend, request)

    @post("/crm/again", status_code=200)
    async def again(request: Request[Any, Any, Any]) -> Response[Any]:
        await trying_again.crm(tend)
        return await _page(tend, request) if drawing.is_block(request) else drawing.see_other("/crm")

    @post("/crm/{row_id:uuid}/again", status_code=200)
    async def one_again(request: Request[Any, Any, Any], row_id: FromPath[UUID]) -> Response[Any]:
        await trying_again.crm(tend, row_id)
        return await _page(tend, request) if drawing.is_block(request) else drawing.see_other("/crm")

    return [crm, again, one_again]


async def _page(tend: Tend, request: Request[Any, Any, Any]) -> Response[Any]:
    async with tend.reading() as conn:
        owed = await owed_to_crm(conn, team_id=tend.team_id, sealer=tend.sealer)
        context = {"owed": owed, "mark": drawing.mark_of(owed)}
        return await drawing.draw(tend, conn, request, "crm", nav="today", context=context)
