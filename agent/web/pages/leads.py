"""The list of leads, one lead's page, and what a person does there: each button is one function of `flows.controls`.

A button answers with the block it stands in: the queue or the lead, by its field `back`. Without JavaScript the browser
is sent back to that page instead.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from agent.flows import controls, permitting, reconciling
from agent.flows.composing import consent_link
from agent.flows.opting_in import EmailAllowed
from agent.rules.zones import TELLABLE
from agent.store import by_now, leads
from agent.store.ids import parsed, shown
from agent.store.views import LeadPage, lead_page, leads_list
from agent.tend import Tend
from agent.web.guarding import user_of
from agent.web.pages import drawing, snoozing, today
from agent.web.pages.forms import fields
from agent.web.pages.meanings import MEANINGS

_EARLIER_FROM = 14


def routes(tend: Tend) -> list[ControllerRouterHandler]:
    """The pages and every button."""

    @get("/leads")
    async def everyone(request: Request[Any, Any, Any]) -> Response[Any]:
        query = request.query_params.get("q", "")[:200]
        view = "pond" if request.query_params.get("view") == "pond" else ""
        page = request.query_params.get("page", "1")
        async with tend.reading() as conn:
            found = await leads_list(
                conn,
                team_id=tend.team_id,
                sealer=tend.sealer,
                query=query,
                only_open=view == "pond",
                user_id=drawing.acting(tend, request),
                takes_any=drawing.acting(tend, request) == drawing.leader(tend),
                page=int(page) if page.isdecimal() and len(page) < 6 else 1,
                user_names=drawing.names_by_id(tend),
                team_zone=tend.team.zone,
            )
            context = {"found": found, "query": query, "view": view}
            return await drawing.draw(tend, conn, request, "leads", nav="leads", context=context)

    @get("/leads/{lead:str}")
    async def one(request: Request[Any, Any, Any], lead: FromPath[str]) -> Response[Any]:
        return await page(tend, request, lead_id_of(lead), dial=request.query_params.get("dial", ""))

    @get("/leads/{lead:str}/live")
    async def live(request: Request[Any, Any, Any], lead: FromPath[str]) -> Response[Any]:
        if not drawing.is_block(request):
            return drawing.see_other(f"/leads/{lead}")
        return await page(tend, request, lead_id_of(lead), name="lead_live")

    return [everyone, one, live, *_buttons(tend), *_choices(tend), *_forms(tend)]


def _buttons(tend: Tend) -> list[ControllerRouterHandler]:
    @post("/leads/{lead:str}/call", status_code=200)
    async def call(request: Request[Any, Any, Any], lead: FromPath[str]) -> Response[Any]:
        return await _press(tend, request, lead, controls.call, dial="call")

    @post("/leads/{lead:str}/text", status_code=200)
    async def text(request: Request[Any, Any, Any], lead: FromPath[str]) -> Response[Any]:
        return await _press(tend, request, lead, controls.text, dial="text")

    @post("/leads/{lead:str}/pause", status_code=200)
    async def pause(request: Request[Any, Any, Any], lead: FromPath[str]) -> Response[Any]:
        return await _press(tend, request, lead, controls.pause)

    @post("/leads/{lead:str}/resume", status_code=200)
    async def resume(request: Request[Any, Any, Any], lead: FromPath[str]) -> Response[Any]:
        return await _press(tend, request, lead, controls.resume)

    @post("/leads/{lead:str}/opt-out", status_code=200)
    async def opt_out(request: Request[Any, Any, Any], lead: FromPath[str]) -> Response[Any]:
        return await _press(tend, request, lead, permitting.opt_out)

    @post("/leads/{lead:str}/done", status_code=200)
    async def done(request: Request[Any, Any, Any], lead: FromPath[str]) -> Response[Any]:
        return await _press(tend, request, lead, controls.done)

    return [call, text, pause, resume, opt_out, done]


def _choices(tend: Tend) -> list[ControllerRouterHandler]:
    @post("/leads/{lead:str}/snooze", status_code=200)
    async def snooze(request: Request[Any, Any, Any], lead: FromPath[str]) -> Response[Any]:
        lead_id = lead_id_of(lead)
        zone = await zone_of(tend, lead_id)
        until = snoozing.until((await fields(request)).get("until", ""), tend.now(), zone=zone)
        if until is None:
            raise NotFoundException("Choose when it should come back.")

        async def put_aside(tend: Tend, lead_id: UUID, *, user_id: UUID | None) -> None:
            await controls.snooze(tend, lead_id, until=until, user_id=user_id)

        return await _press(tend, request, lead, put_aside)

    @post("/leads/{lead:str}/zone", status_code=200)
    async def zone(request: Request[Any, Any, Any], lead: FromPath[str]) -> Response[Any]:
        told = (await fields(request)).get("zone", "")
        if told not in TELLABLE:
            raise NotFoundException("Choose one of the places shown.")

        async def live_by(tend: Tend, lead_id: UUID, *, user_id: UUID | None) -> None:
            await controls.told_zone(tend, lead_id, zone=told, user_id=user_id)

        return await _press(tend, request, lead, live_by)

    return [snooze, zone]


def _forms(tend: Tend) -> list[ControllerRouterHandler]:
    @post("/leads/{lead:str}/reply", status_code=200)
    async def reply(request: Request[Any, Any, Any], lead: FromPath[str]) -> Response[Any]:
        return await _reply(tend, request, lead_id_of(lead))

    @post("/leads/{lead:str}/touches/{touch:uuid}", status_code=200)
    async def settle(request: Request[Any, Any, Any], lead: FromPath[str], touch: FromPath[UUID]) -> Response[Any]:
        decision = (await fields(request)).get("decision", "")

        async def decide(tend: Tend, _: UUID, *, user_id: UUID | None) -> None:
            match decision:
                case "arrived" | "again" | "drop":
                    await reconciling.decide(tend, touch, decision, user_id=user_id)
                case _:
                    raise NotFoundException("Say whether it arrived, goes out again, or is dropped.")

        return await _press(tend, request, lead, decide)

    @post("/leads/{lead:str}/allow-email", status_code=200)
    async def allow_email(request: Request[Any, Any, Any], lead: FromPath[str]) -> Response[Any]:
        lead_id = lead_id_of(lead)
        await zone_of(tend, lead_id)
        reason = (await fields(request)).get("reason", "")
        answer = await controls.allow_email_again(tend, lead_id, reason=reason, user_id=user_of(request))
        if answer is not EmailAllowed.YES:
            return await page(tend, request, lead_id, refused=answer)
        return await page(tend, request, lead_id) if drawing.is_block(request) else drawing.see_other(f"/leads/{lead}")

    return [reply, settle, allow_email]


_Control = Callable[..., Awaitable[None]]


async def _press(
    tend: Tend, request: Request[Any, Any, Any], lead: str, control: _Control, *, dial: str = ""
) -> Response[Any]:
    """Do what a button says, and show where it stood."""
    lead_id = lead_id_of(lead)
    await zone_of(tend, lead_id)
    given = await fields(request)
    await control(tend, lead_id, user_id=user_of(request))
    on_queue = given.get("back") == "today"
    if not drawing.is_block(request):
        if dial:
            return drawing.see_other(f"/leads/{lead}?dial={dial}")
        return drawing.see_other("/" if on_queue else f"/leads/{lead}")
    if on_queue:
        return await today.page(tend, request, dial=lead if dial else "")
    return await page(tend, request, lead_id, dial=dial, typed=given)


async def _reply(tend: Tend, request: Request[Any, Any, Any], lead_id: UUID) -> Response[Any]:
    await zone_of(tend, lead_id)
    given = await fields(request)
    generation = given.get("generation", "")
    answer = await controls.reply(
        tend,
        lead_id,
        channel=given.get("channel", ""),
        subject=given.get("subject", "")[:200],
        body=given.get("body", ""),
        user_id=user_of(request),
        generation=int(generation) if generation.isdecimal() and len(generation) < 10 else -1,
    )
    match answer:
        case controls.ReplyRefused(reason=reason):
            return await page(tend, request, lead_id, typed=given, refused=reason)
        case controls.ReplyPlanned():
            if drawing.is_block(request):
                return await page(tend, request, lead_id, sent=True)
            return drawing.see_other(f"/leads/{shown('lead', lead_id)}")


async def page(
    tend: Tend,
    request: Request[Any, Any, Any],
    lead_id: UUID,
    *,
    name: str = "lead",
    dial: str = "",
    typed: dict[str, str] | None = None,
    refused: str = "",
    sent: bool = False,
    told: str = "",
    not_merged: str = "",
) -> Response[Any]:
    """Draw one lead. `typed`: what stood in the reply; `refused`: why it was not taken; `dial`: what was pressed.

    `told`: why a lead that is offered was not theirs to take; `not_merged`: why a merge was not made or undone. Whoever
    was merged into another lead is shown as that one.
    """
    now = tend.now()
    async with tend.reading() as conn:
        found = await lead_page(
            conn,
            team_id=tend.team_id,
            sealer=tend.sealer,
            lead_id=lead_id,
            now=now,
            user_id=user_of(request),
            takes_any=drawing.acting(tend, request) == drawing.leader(tend),
            names_by_id=drawing.names_by_id(tend),
            names_by_key=drawing.names_by_key(tend),
            brokerage=tend.team.brokerage,
            team_zone=tend.team.zone,
            quiet_hours=tend.quiet_hours,
            whatsapp_template=None if tend.doors.whatsapp is None else tend.doors.whatsapp.has_template,
        )
        now_id = await by_now.lead(conn, team_id=tend.team_id, lead_id=lead_id)
        if now_id != lead_id:
            return elsewhere(request, now_id)
        if found is None:
            raise NotFoundException("There is no such lead. It may have been deleted in the CRM.")
        live = found.face, found.owner, found.whose, found.todos, found.thread, found.permission, found.kin
        context = {
            "lead": found,
            "mark": drawing.mark_of(*live, found.ahead.waiting),
            "earlier": found.thread[:-_EARLIER_FROM],
            "recent": found.thread[-_EARLIER_FROM:],
            "snoozes": snoozing.choices(now, zone=found.face.zone),
            "places": TELLABLE,
            "meanings": MEANINGS,
            "consent_link": consent_link(tend, lead_id),
            "dial": dial if dial in {"call", "text"} and found.face.phone else "",
            "typed": typed or {},
            "channel": _channel(found, (typed or {}).get("channel", "")),
            "subject": _subject(found),
            "segment_price": tend.settings.tend_text_segment_price,
            "refused": refused,
            "sent": sent,
            "told": told,
            "not_merged": not_merged,
        }
        return await drawing.draw(tend, conn, request, name, nav="leads", context=context)


def elsewhere(request: Request[Any, Any, Any], lead_id: UUID) -> Response[Any]:
    """Send the browser to another lead's page."""
    path = f"/leads/{shown('lead', lead_id)}"
    if not drawing.is_block(request):
        return drawing.see_other(path)
    return Response(content="", status_code=200, headers={"HX-Redirect": path})


def _channel(found: LeadPage, typed: str) -> str:
    """The channel the composer starts on: what was chosen, else the one they last wrote on, else what is open."""
    may = [channel.key for channel in found.permission.channels if not channel.closed]
    return next((key for key in (typed, found.last_channel, *may) if key in may), "")


def _subject(found: LeadPage) -> str:
    """The subject a reply starts with: that of the last email, answered."""
    last = next((entry.subject for entry in reversed(found.thread) if entry.subject), "")
    return last if not last or last.casefold().startswith("re:") else f"Re: {last}"


async def zone_of(tend: Tend, lead_id: UUID) -> str:
    """The lead's zone. Raises `NotFoundException` when there is no such lead."""
    async with tend.reading() as conn:
        row = await leads.one(conn, team_id=tend.team_id, lead_id=lead_id)
    if row is None:
        raise NotFoundException("There is no such lead.")
    return str(row.zones.split(",")[0] or tend.team.zone)


def lead_id_of(text: str) -> UUID:
    """The lead an address names. Raises `NotFoundException`."""
    lead_id = parsed("lead", text)
    if lead_id is None:
        raise NotFoundException("There is no such lead.")
    return lead_id
