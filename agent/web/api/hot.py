"""`GET /v1/api/leads?view=hot`: whom to call now, in the queue's order, why, and the one next best action."""

from __future__ import annotations

from typing import Any

from litestar import Request, get
from litestar.types import ControllerRouterHandler

from agent.store.ids import shown
from agent.store.views.hot import HotLead, hot_list
from agent.tend import Tend
from agent.web.errors import Refused

_USUAL, _MOST = 50, 500


def hot_routes(tend: Tend) -> list[ControllerRouterHandler]:
    """The handler, closed over this Tend."""

    @get("/v1/api/leads", summary="Whom to call now")
    async def hot(request: Request[Any, Any, Any]) -> dict[str, Any]:
        if request.query_params.get("view") != "hot":
            raise Refused(400, "VALIDATION_ERROR", "view must be hot", field="view")
        limit = request.query_params.get("limit", str(_USUAL))
        if not (limit.isdecimal() and len(limit) < 5 and 0 < int(limit) <= _MOST):
            raise Refused(400, "VALIDATION_ERROR", f"limit is a number from 1 to {_MOST}", field="limit")
        async with tend.reading() as conn:
            found = await hot_list(
                conn,
                team_id=tend.team_id,
                sealer=tend.sealer,
                now=tend.now(),
                user_names={user_id: tend.assignee(user_id).name for user_id in tend.user_ids.values()},
                team_zone=tend.team.zone,
                limit=int(limit),
            )
        leads = [_told(lead, rank) for rank, lead in enumerate(found, start=1)]
        return {"success": True, "view": "hot", "at": tend.now().isoformat(), "leads": leads}

    return [hot]


def _told(lead: HotLead, rank: int) -> dict[str, Any]:
    return {
        "rank": rank,
        "lead_id": shown("lead", lead.face.lead_id),
        "name": lead.face.name,
        "phone": lead.face.phone or None,
        "email": lead.face.email or None,
        "about": lead.face.line,
        "temperature": lead.face.temperature,
        "score": lead.face.score,
        "campaign_score": lead.face.campaign_score,
        "grade": lead.face.grade or None,
        "assigned_to": lead.assignee or None,
        "next_best_action": {"act": lead.act, "text": lead.action, "reason": lead.reason},
        "reasons": list(lead.reasons),
        "quote": lead.quote or None,
        "waiting_since": lead.waiting_since.isoformat() if lead.waiting_since is not None else None,
        "due_at": lead.due_at.isoformat() if lead.due_at is not None else None,
        "overdue": lead.overdue,
    }
