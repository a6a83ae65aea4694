"""Taking a lead that nobody has: on its own page, or behind the link of an offer.

The link was sent to that person alone and says who they are, so nobody has to sign in to be first; its GET changes
nothing, since mail programs open links. How to reach the lead is shown only to whoever has it.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.flows import offering
from agent.store import leads, offers
from agent.store.alerts import last_words
from agent.store.views import best_addresses, face
from agent.tend import Tend
from agent.web.pages import drawing
from agent.web.pages.leads import lead_id_of, page
from channels.tokens import read

_OPEN = {"public": True}


def routes(tend: Tend) -> list[ControllerRouterHandler]:
    """The page and its button."""

    @get("/take/{token:str}", opt=_OPEN)
    async def look(request: Request[Any, Any, Any], token: FromPath[str]) -> Response[Any]:
        return await _page(tend, request, token)

    @post("/take/{token:str}", opt=_OPEN, status_code=200)
    async def take(request: Request[Any, Any, Any], token: FromPath[str]) -> Response[Any]:
        offer = await _offer(tend, token)
        if offer is not None:
            await offering.take(tend, offer.lead_id, user_id=offer.user_id)
        return await _page(tend, request, token)

    @post("/leads/{lead:str}/take", status_code=200)
    async def take_here(request: Request[Any, Any, Any], lead: FromPath[str]) -> Response[Any]:
        lead_id = lead_id_of(lead)
        outcome = await offering.take(tend, lead_id, user_id=drawing.acting(tend, request))
        told = outcome.reason if isinstance(outcome, offering.NotTaken) else ""
        if told or drawing.is_block(request):
            return await page(tend, request, lead_id, told=told)
        return drawing.see_other(f"/leads/{lead}")

    return [look, take, take_here]


async def _page(tend: Tend, request: Request[Any, Any, Any], token: str) -> Response[Any]:
    offer = await _offer(tend, token)
    context: dict[str, Any] = {"token": token, "step": "unknown", "now": tend.now(), "team_zone": tend.team.zone}
    if offer is not None:
        async with tend.reading() as conn:
            context |= await _lead(conn, tend, offer)
    return drawing.draw_bare(tend, request, "take", context=context, status_code=404 if offer is None else 200)


async def _lead(conn: AsyncConnection, tend: Tend, offer: Row[Any]) -> dict[str, Any]:
    """What the page shows of the offered lead, and which `step` it stands at for this person."""
    lead = await leads.one(conn, team_id=tend.team_id, lead_id=offer.lead_id)
    if lead is None or lead.deleted_at is not None:
        return {"step": "gone"}
    reach = await best_addresses(conn, team_id=tend.team_id, sealer=tend.sealer, lead_ids=[lead.id])
    return {
        "step": _step(lead, offer),
        "face": face(tend.sealer, lead, reach=reach.get(lead.id, {}), team_zone=tend.team.zone),
        "quote": await last_words(conn, team_id=tend.team_id, sealer=tend.sealer, lead_id=lead.id),
        "until": offer.until,
        "zone": tend.assignee(offer.user_id).zone,
        "you": tend.assignee(offer.user_id).first_name,
        "whose": tend.assignee(lead.assignee_id).name,
    }


def _step(lead: Row[Any], offer: Row[Any]) -> str:
    if lead.assignee_id is not None:
        return "yours" if lead.assignee_id == offer.user_id else "taken"
    return "open" if offer.state == "open" else "over"


async def _offer(tend: Tend, token: str) -> Row[Any] | None:
    """The offer this link was made for, while its person is of the team."""
    offer_id: UUID | None = read(tend.sealer.token_key("take"), purpose="take", token=token)
    if offer_id is None:
        return None
    async with tend.reading() as conn:
        found = await offers.one(conn, team_id=tend.team_id, offer_id=offer_id)
    return found if found is not None and found.user_id in tend.user_ids.values() else None
