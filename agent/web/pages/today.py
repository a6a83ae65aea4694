"""The first page: the queue of people who want to hear from a person."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post
from litestar.types import ControllerRouterHandler

from agent.flows import trying_again
from agent.rules.bottleneck import bottleneck
from agent.store import inbox, outbox, senders, waiting_messages
from agent.store.views import queue_page
from agent.tend import Tend
from agent.web.pages import drawing, snoozing
from channels.outcomes import CONFIGURATION


def routes(tend: Tend) -> list[ControllerRouterHandler]:
    """The page."""

    @get("/")
    async def today(request: Request[Any, Any, Any]) -> Response[Any]:
        return await page(tend, request)

    @post("/events/again", status_code=200)
    async def try_again(request: Request[Any, Any, Any]) -> Response[Any]:
        await trying_again.events(tend)
        return await page(tend, request) if drawing.is_block(request) else drawing.see_other("/")

    @post("/senders/again", status_code=200)
    async def send_again(request: Request[Any, Any, Any]) -> Response[Any]:
        await trying_again.sending(tend)
        return await page(tend, request) if drawing.is_block(request) else drawing.see_other("/")

    return [today, try_again, send_again]


async def page(tend: Tend, request: Request[Any, Any, Any], *, dial: str = "") -> Response[Any]:
    """Draw the queue; `dial` is the lead whose number was just asked for."""
    async with tend.reading() as conn:
        queue = await queue_page(
            conn,
            team_id=tend.team_id,
            sealer=tend.sealer,
            now=tend.now(),
            user_names=drawing.names_by_id(tend),
            team_zone=tend.team.zone,
        )
        trouble = await inbox.trouble(conn, team_id=tend.team_id)
        untold, untold_why = await outbox.dead(conn, team_id=tend.team_id)
        cannot_send = await senders.trouble(conn, team_id=tend.team_id, now=tend.now())
        waiting = await waiting_messages.waiting(conn, team_id=tend.team_id, now=tend.now())
        waiting = tuple(each for each in waiting if each.held_by != CONFIGURATION)  # `cannot_send` tells of those
        slow = bottleneck(waiting, paces={"sms": tend.settings.text_pace, "email": tend.settings.email_pace})
        context = {
            "queue": queue,
            "slow": slow,
            "trouble": trouble,
            "cannot_send": cannot_send,
            "untold": untold,
            "untold_why": untold_why,
            "dial": dial,
            "mark": drawing.mark_of(queue, trouble, cannot_send, slow, untold),
            "snoozes_for": lambda zone: snoozing.choices(tend.now(), zone=zone),
        }
        return await drawing.draw(tend, conn, request, "today", nav="today", context=context)
