"""Commands of the same user, handed to the running server with its token: pause, resume, tokens, reactivation."""

from __future__ import annotations

import hmac
from typing import Any

from litestar import Request, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from agent.flows import controls, reactivation
from agent.tend import Tend
from agent.web import sessions
from agent.web.errors import Refused


def control_routes(tend: Tend, *, token: str) -> list[ControllerRouterHandler]:
    """The handler, closed over this Tend; an empty token closes the door."""

    @post("/v1/api/control/{verb:str}", status_code=200, opt={"public": True, "webhook": True}, include_in_schema=False)
    async def control(request: Request[Any, Any, Any], verb: FromPath[str]) -> dict[str, Any]:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not token or not hmac.compare_digest(given.encode(), token.encode()):
            raise Refused(401, "UNAUTHORIZED", "this door is for commands of the same user")
        if verb not in VERBS:
            raise Refused(404, "NOT_FOUND", f"there is no command {verb}")
        return await carry_out(tend, verb, {**(await request.json() or {}), "address": str(request.base_url)})

    return [control]


VERBS = frozenset({"pause", "resume", "token", "sign-in", "reactivate-preview", "reactivate-start", "reactivate-stop"})


async def carry_out(tend: Tend, verb: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Do one command on an open Tend."""
    match verb:
        case "pause":
            await controls.pause_everything(tend, reason=str(arguments.get("reason", "")))
        case "resume":
            await controls.resume_everything(tend)
        case "reactivate-start":
            await reactivation.start(tend, daily_limit=int(arguments["daily_limit"]), user_id=None)
        case "token":
            return {"token": await sessions.make_api_token(tend, user_id=None)}
        case "sign-in":
            reached_at = None if tend.settings.public_url.startswith("https://") else arguments.get("address")
            return {"link": await sessions.make_sign_in_link(tend, address=reached_at)}
        case "reactivate-stop":
            await reactivation.stop(tend)
        case _:
            found = await reactivation.preview(tend)
            running = await reactivation.running(tend)
            return {
                "total": found.total,
                "eligible": found.eligible,
                "by_reason": dict(found.by_reason),
                "per_assignee": dict(found.per_assignee),
                "notes": dict(found.notes),
                "running_daily_limit": running,
            }
    return {"success": True}
