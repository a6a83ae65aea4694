"""`POST /v1/api/leads/score`: the scores of a lead, of what a form would send, or of many, each with its ledger.

Nothing is stored and no model is asked. A form that is no lead yet has a campaign score alone: engagement begins with
the first event.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import Request, post
from litestar.types import ControllerRouterHandler

from agent.rules import campaign_score, form_facts
from agent.store.ids import parsed
from agent.store.views.score import as_entry, lead_scores
from agent.tend import Tend
from agent.web.api.plain_json import decoded, keepable
from agent.web.errors import Refused, body

_MOST = 1000
_object = msgspec.json.Decoder(dict[str, Any])


def score_routes(tend: Tend) -> list[ControllerRouterHandler]:
    """The handler, closed over this Tend."""

    @post("/v1/api/leads/score", status_code=200, summary="Score one lead or a batch")
    async def score(request: Request[Any, Any, Any]) -> dict[str, Any]:
        asked = _asked(await request.body())
        if "leads" not in asked:
            (found,) = await _scored(tend, [asked])
            if not found["success"]:
                raise Refused(404, "NOT_FOUND", found["message"], field="lead_id")
            return found
        batch = asked["leads"]
        if not isinstance(batch, list) or not 0 < len(batch) <= _MOST:
            raise Refused(400, "VALIDATION_ERROR", f"leads is a list of 1 to {_MOST}", field="leads")
        for number, one in enumerate(batch):
            if not isinstance(one, dict):
                raise Refused(400, "VALIDATION_ERROR", "Each lead is an object", field=f"leads[{number}]")
        return {"success": True, "scores": await _scored(tend, batch)}

    return [score]


def _asked(raw: bytes) -> dict[str, Any]:
    try:
        content: dict[str, Any] = decoded(_object, raw)
    except msgspec.ValidationError:
        raise Refused(400, "VALIDATION_ERROR", "The body is not a JSON object") from None
    keepable(raw, content)
    return content


async def _scored(tend: Tend, batch: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One answer for each, in order: a lead by its `lead_id`, anything else as a form's body."""
    named = {str(one["lead_id"]) for one in batch if "lead_id" in one}
    ids = {text: lead_id for text in named if (lead_id := parsed("lead", text)) is not None}
    async with tend.reading() as conn:
        kept = await lead_scores(conn, team_id=tend.team_id, sealer=tend.sealer, lead_ids=ids.values())
    by_name = {text: kept[lead_id] for text, lead_id in ids.items() if lead_id in kept}
    return [_answer(tend, one, by_name) for one in batch]


def _answer(tend: Tend, one: dict[str, Any], by_name: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    if "lead_id" not in one:
        return {"success": True, "engagement": None, "campaign": _worth(tend, one)}
    name = str(one["lead_id"])
    if name not in by_name:
        return body(404, "NOT_FOUND", "There is no such lead", field="lead_id")
    return {"success": True, "lead_id": name, **by_name[name]}


def _worth(tend: Tend, form: dict[str, Any]) -> dict[str, Any]:
    profile = tend.profiles.campaign_on(tend.today())
    read = form_facts.read(form, profile)
    found = campaign_score.score(read.facts, profile)
    return {
        "points": found.points,
        "grade": found.grade,
        "version": found.version,
        "ledger": [as_entry(one.points, one.text, read.said.get(one.fact, ""), "", one.most) for one in found.lines],
    }
