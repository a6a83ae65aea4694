"""What Tend did in the last 24 hours, and what it did not, each with its reason."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get
from litestar.types import ControllerRouterHandler

from agent.store.views import what_tend_did
from agent.tend import Tend
from agent.web.pages import drawing


def routes(tend: Tend) -> list[ControllerRouterHandler]:
    """The page."""

    @get("/did")
    async def did(request: Request[Any, Any, Any]) -> Response[Any]:
        async with tend.reading() as conn:
            done = await what_tend_did(
                conn,
                team_id=tend.team_id,
                sealer=tend.sealer,
                now=tend.now(),
                user_names=drawing.names_by_key(tend),
                team_zone=tend.team.zone,
            )
            return await drawing.draw(tend, conn, request, "did", nav="today", context={"did": done})

    return [did]
