"""Commands of the same user, handed to the running server with its token: pause, resume, tokens, reactivation."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from litestar import Request, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from agent.flows import backtesting, connecting, correcting, importing, number_lists, pausing, reactivation, versions
from agent.flows.number_lists import Uploaded, UploadRefused
from agent.store import leads
from agent.store.ids import shown
from agent.store.views.score import lead_scores
from agent.tend import Tend
from agent.web import sessions
from agent.web.errors import Refused
from integrations.errors import CrmError


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


async def carry_out(tend: Tend, verb: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Do one command on an open Tend."""
    return await VERBS[verb](tend, arguments)


async def _pause(tend: Tend, arguments: dict[str, Any]) -> dict[str, Any]:
    await pausing.pause_everything(tend, reason=str(arguments.get("reason", "")))
    return {"success": True}


async def _resume(tend: Tend, arguments: dict[str, Any]) -> dict[str, Any]:
    nothing_was_sent = bool(arguments.get("nothing_was_sent"))
    return {"left_out": await pausing.resume_everything(tend, nothing_was_sent=nothing_was_sent)}


async def _token(tend: Tend, _: dict[str, Any]) -> dict[str, Any]:
    return {"token": await sessions.make_api_token(tend, user_id=None)}


async def _sign_in(tend: Tend, arguments: dict[str, Any]) -> dict[str, Any]:
    reached_at = None if tend.settings.public_url.startswith("https://") else arguments.get("address")
    key = str(arguments.get("key") or "")
    if key and key not in tend.user_ids:
        raise Refused(404, "NOT_FOUND", f"{key!r} is the key of nobody; there are {', '.join(tend.user_ids)}")
    return {"link": await sessions.make_sign_in_link(tend, address=reached_at, key=key)}


async def _versions(tend: Tend, _: dict[str, Any]) -> dict[str, Any]:
    return {"versions": [asdict(version) for version in await versions.overview(tend)]}


async def _move(tend: Tend, arguments: dict[str, Any]) -> dict[str, Any]:
    try:
        return asdict(await versions.move(tend, arguments["key"], only_look=not arguments["go"]))
    except LookupError as error:
        raise Refused(404, "NOT_FOUND", str(error)) from None


async def _corrections(tend: Tend, _: dict[str, Any]) -> dict[str, Any]:
    return {"lines": await correcting.exported(tend)}


async def _fub_connect(tend: Tend, _: dict[str, Any]) -> dict[str, Any]:
    try:
        found = await connecting.connect(tend)
    except connecting.CannotConnect as error:
        return {"error": str(error)}
    except CrmError as error:
        return {"error": f"Follow Up Boss: {error}"}
    return {
        "account": found.identity.account,
        "user": found.identity.user,
        "owner": found.identity.owner,
        "url": found.url,
        "polls": found.polls,
        "hooks": [{"event": hook.event, "state": hook.state.value, "detail": hook.detail} for hook in found.hooks],
        "complete": found.complete,
    }


async def _fub_import(tend: Tend, _: dict[str, Any]) -> dict[str, Any]:
    """Bring one page; whoever asked asks again until it is done."""
    try:
        return asdict(await importing.bring_page(tend))
    except importing.NothingToImport as error:
        return {"error": str(error), "done": True}
    except CrmError as error:
        found = {"error": f"Follow Up Boss: {error}", "done": error.permanent}
        return found | {"again_in": error.retry_after_seconds}


async def _reactivation(tend: Tend, _: dict[str, Any]) -> dict[str, Any]:
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


async def _reactivate(tend: Tend, arguments: dict[str, Any]) -> dict[str, Any]:
    await reactivation.start(tend, daily_limit=int(arguments["daily_limit"]), user_id=None)
    return {"success": True}


async def _stop_reactivating(tend: Tend, _: dict[str, Any]) -> dict[str, Any]:
    await reactivation.stop(tend)
    return {"success": True}


async def _number_list(tend: Tend, arguments: dict[str, Any]) -> dict[str, Any]:
    on = arguments.get("on")
    done = await number_lists.upload(
        tend,
        Path(arguments["file"]),
        kind=arguments["kind"],
        checked_on=date.fromisoformat(on) if on else None,
    )
    match done:
        case Uploaded(numbers=numbers, unreadable=unreadable, checked_on=checked_on):
            counted = {"numbers": numbers, "unreadable": unreadable, "checked_on": checked_on.isoformat()}
            return {"success": True, **counted}
        case UploadRefused(reason=reason):
            return {"success": False, "message": reason}


async def _score_explain(tend: Tend, arguments: dict[str, Any]) -> dict[str, Any]:
    asked = str(arguments["lead"])
    async with tend.reading() as conn:
        lead_id = await leads.asked_for(conn, team_id=tend.team_id, sealer=tend.sealer, asked=asked)
        found = await lead_scores(conn, team_id=tend.team_id, sealer=tend.sealer, lead_ids=[lead_id] if lead_id else [])
    if lead_id is None or lead_id not in found:
        return {"success": False, "message": f"no lead is “{asked}”; give an id (lead_…), an email address or a phone"}
    return {"success": True, "lead_id": shown("lead", lead_id), **found[lead_id]}


async def _score_backtest(tend: Tend, arguments: dict[str, Any]) -> dict[str, Any]:
    return await backtesting.run(
        tend, after_days=int(arguments["after_days"]), mature_days=int(arguments["mature_days"])
    )


VERBS: Mapping[str, Callable[[Tend, dict[str, Any]], Awaitable[dict[str, Any]]]] = {
    "pause": _pause,
    "resume": _resume,
    "token": _token,
    "sign-in": _sign_in,
    "corrections": _corrections,
    "fub-connect": _fub_connect,
    "fub-import": _fub_import,
    "number-list": _number_list,
    "score-explain": _score_explain,
    "score-backtest": _score_backtest,
    "sequences": _versions,
    "sequences-move": _move,
    "reactivate-preview": _reactivation,
    "reactivate-start": _reactivate,
    "reactivate-stop": _stop_reactivating,
}
