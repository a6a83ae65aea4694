"""Lead capture and status: `POST /v1/api/leads` (browsers post here, CORS by campaign) and `GET …/{lead_id}/status`."""

from __future__ import annotations

import math
from typing import Any

from litestar import Request, Response, get, post, route
from litestar.enums import HttpMethod
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from agent.flows.capture import Capture
from agent.flows.form_posts import Captured, Denied, Duplicate
from agent.store import by_now, campaigns, status
from agent.store.ids import parsed, shown
from agent.tend import Tend
from agent.web.api import capture_form
from agent.web.errors import Refused, body
from agent.web.rate_limit import RateLimit

_ALLOWED_HEADERS = "Content-Type, Idempotency-Key, X-Campaign-Token"
_AT_ONCE = "within 5 minutes"
_FROM_A_PERSON = "within 4 hours, where it needs an answer"


def lead_routes(tend: Tend) -> list[ControllerRouterHandler]:
    """The handlers, closed over this Tend."""
    capture = Capture(tend)
    limit = RateLimit(tend.settings.tend_forms_per_minute, now=tend.now)

    @post("/v1/api/leads", status_code=201, opt={"public": True, "webhook": True}, summary="Capture a lead")
    async def capture_lead(request: Request[Any, Any, Any]) -> Response[dict[str, Any]]:
        origin = request.headers.get("origin", "")
        if wait := limit.wait(request.client.host if request.client is not None else ""):
            return await _refusal(tend, origin, _too_many(wait))
        try:
            submission = capture_form.read(
                await request.body(),
                idempotency_key=request.headers.get("idempotency-key"),
                token=request.headers.get("x-campaign-token", ""),
                origin=origin,
            )
        except Refused as error:
            return await _refusal(tend, origin, error)
        match answer := await capture.capture(submission):
            case Denied(status=status, word=word, message=message):
                return await _refusal(tend, origin, Refused(status, word, message))
            case Duplicate(lead_id=lead_id):
                headers = _cors(origin) if origin and answer.origin_allowed else {}
                content = body(
                    409,
                    "DUPLICATE_SUBMISSION",
                    "This email was submitted to this campaign within the last 24 hours",
                    field="contact.email",
                    lead_id=shown("lead", lead_id),
                )
                return Response(content, status_code=409, headers=headers)
            case Captured(lead_id=lead_id):
                headers = _cors(origin) if origin and answer.origin_allowed else {}
                return Response(_captured(shown("lead", lead_id), answer), status_code=201, headers=headers)

    @route(
        "/v1/api/leads",
        http_method=[HttpMethod.OPTIONS],
        opt={"public": True, "webhook": True},
        include_in_schema=False,
    )
    async def preflight(request: Request[Any, Any, Any]) -> Response[None]:
        origin = request.headers.get("origin", "")
        async with tend.reading() as conn:
            allowed = bool(origin) and await campaigns.allowed_anywhere(conn, team_id=tend.team_id, origin=origin)
        headers = {
            **_cors(origin),
            "Access-Control-Allow-Methods": "POST",
            "Access-Control-Allow-Headers": _ALLOWED_HEADERS,
            "Access-Control-Max-Age": "600",
        }
        return Response(None, status_code=204, headers=headers if allowed else {})

    @get("/v1/api/leads/{lead_id:str}/status", summary="How a lead stands")
    async def lead_status(lead_id: FromPath[str]) -> dict[str, Any]:
        found = parsed("lead", lead_id)
        async with tend.reading() as conn:
            now_id = None if found is None else await by_now.lead(conn, team_id=tend.team_id, lead_id=found)
            row = None if now_id is None else await status.lead_status(conn, team_id=tend.team_id, lead_id=now_id)
        if found is None or row is None:
            raise Refused(404, "NOT_FOUND", "There is no such lead")
        return {
            "lead_id": lead_id,
            "status": row.status,
            "last_updated": row.updated_at.isoformat(),
            "assigned_to": tend.assignee(row.assignee_id).name if row.assignee_id is not None else None,
            "next_action": tend.sealer.open("leads", "next_action", row.id, row.next_action)
            or row.end_reason
            or "Tend writes next",
            "estimated_response_time": row.next_due_at.isoformat() if row.next_due_at is not None else None,
        }

    return [preflight, capture_lead, lead_status]


def _captured(lead_id: str, answer: Captured) -> dict[str, Any]:
    return {
        "success": True,
        "lead_id": lead_id,
        "message": "Lead captured successfully",
        "next_steps": {
            "expected_response_time": _expected(answer),
            "contact_method": "email",
            "tracking_enabled": True,
        },
    }


def _expected(answer: Captured) -> str:
    """What to promise: a new lead hears from Tend; whom Tend knows may be in a conversation or have opted out."""
    if answer.known:
        return _FROM_A_PERSON
    return _AT_ONCE if answer.campaign_on else "when the campaign is resumed"


def _cors(origin: str) -> dict[str, str]:
    return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}


def _too_many(wait: float) -> Refused:
    error = Refused(429, "TOO_MANY_REQUESTS", "Too many forms from this address; post again later")
    error.headers = {"Retry-After": str(math.ceil(wait)), "Access-Control-Expose-Headers": "Retry-After"}
    return error


async def _refusal(tend: Tend, origin: str, error: Refused) -> Response[dict[str, Any]]:
    headers = dict(error.headers or {})
    if origin:
        async with tend.reading() as conn:
            if await campaigns.allowed_anywhere(conn, team_id=tend.team_id, origin=origin):
                headers |= _cors(origin)
    return Response(
        body(error.status_code, error.word, error.detail, field=error.field),
        status_code=error.status_code,
        headers=headers,
    )
