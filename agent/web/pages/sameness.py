"""What a person says on a lead's page of who is who: merge two leads, say that they are two, take a merge back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Request, Response, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from agent.flows import joining, likening
from agent.flows.joining import Merged, MergeRefused, Undone
from agent.tend import Tend
from agent.web.guarding import user_of
from agent.web.pages import drawing
from agent.web.pages.forms import fields
from agent.web.pages.leads import elsewhere, lead_id_of, page


def routes(tend: Tend) -> list[ControllerRouterHandler]:
    """The three buttons."""

    @post("/leads/{lead:str}/merge", status_code=200)
    async def merge(request: Request[Any, Any, Any], lead: FromPath[str]) -> Response[Any]:
        lead_id = lead_id_of(lead)
        other_id = lead_id_of((await fields(request)).get("other", ""))
        match await joining.merge(tend, lead_id, other_id, user_id=user_of(request)):
            case MergeRefused(reason=reason):
                return await page(tend, request, lead_id, not_merged=reason)
            case Merged(kept_id=kept_id):
                return await _show(tend, request, lead_id, kept_id)

    @post("/leads/{lead:str}/not-the-same", status_code=200)
    async def not_the_same(request: Request[Any, Any, Any], lead: FromPath[str]) -> Response[Any]:
        lead_id = lead_id_of(lead)
        other_id = lead_id_of((await fields(request)).get("other", ""))
        await likening.not_the_same(tend, lead_id, other_id, user_id=user_of(request))
        return await _show(tend, request, lead_id, lead_id)

    @post("/leads/{lead:str}/undo-merge", status_code=200)
    async def undo(request: Request[Any, Any, Any], lead: FromPath[str]) -> Response[Any]:
        lead_id = lead_id_of(lead)
        match await joining.undo(tend, _merge_id((await fields(request)).get("merge", "")), user_id=user_of(request)):
            case MergeRefused(reason=reason):
                return await page(tend, request, lead_id, not_merged=reason)
            case Undone(kept_id=kept_id):
                return await _show(tend, request, lead_id, kept_id)

    return [merge, not_the_same, undo]


async def _show(tend: Tend, request: Request[Any, Any, Any], lead_id: UUID, now_id: UUID) -> Response[Any]:
    if drawing.is_block(request) and now_id == lead_id:
        return await page(tend, request, lead_id)
    return elsewhere(request, now_id)


def _merge_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFoundException("There is no such merge.") from error
