"""A person says on a lead's page, by “This was wrong”, what a message really meant."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Request, Response, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from agent.flows import correcting
from agent.tend import Tend
from agent.web.guarding import user_of
from agent.web.pages import drawing
from agent.web.pages.forms import fields
from agent.web.pages.leads import lead_id_of, page
from integrations.language_model import Intent


def routes(tend: Tend) -> list[ControllerRouterHandler]:
    """The one button, whose value is the choice."""

    @post("/leads/{lead:str}/correct", status_code=200)
    async def correct(request: Request[Any, Any, Any], lead: FromPath[str]) -> Response[Any]:
        lead_id, given = lead_id_of(lead), await fields(request)
        reading_id, intent = _chosen(given.get("reading", ""), given.get("intent", ""))
        if not await correcting.correct(tend, lead_id, reading_id=reading_id, intent=intent, user_id=user_of(request)):
            raise NotFoundException("There is no such message to correct.")
        if not drawing.is_block(request):
            return drawing.see_other(f"/leads/{lead}")
        return await page(tend, request, lead_id, typed=given)

    return [correct]


def _chosen(reading: str, intent: str) -> tuple[UUID, Intent]:
    try:
        return UUID(reading), Intent(intent)
    except ValueError as error:
        raise NotFoundException("Choose one of the meanings shown.") from error
