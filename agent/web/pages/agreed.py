"""An appointment that a person agreed on, as they enter it on the lead's page: a day and a time on the lead's clock."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from litestar import Request, Response, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from agent.flows import agreeing
from agent.tend import Tend
from agent.web.guarding import user_of
from agent.web.pages import drawing
from agent.web.pages.forms import fields
from agent.web.pages.leads import lead_id_of, page, zone_of


def routes(tend: Tend) -> list[ControllerRouterHandler]:
    """The form."""

    @post("/leads/{lead:str}/appointment", status_code=200)
    async def appointment(request: Request[Any, Any, Any], lead: FromPath[str]) -> Response[Any]:
        lead_id = lead_id_of(lead)
        zone = await zone_of(tend, lead_id)
        given = await fields(request)
        at, refused = _instant(given.get("at", ""), zone=zone), "Choose a day and a time."
        if at is not None:
            title = given.get("title", "")
            refused = await agreeing.agree(tend, lead_id, at=at, title=title, user_id=user_of(request))
        if refused:
            return await page(tend, request, lead_id, refused=refused)
        return await page(tend, request, lead_id) if drawing.is_block(request) else drawing.see_other(f"/leads/{lead}")

    return [appointment]


def _instant(text: str, *, zone: str) -> datetime | None:
    """The instant a browser's day and time mean on that clock; None for what is neither."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
