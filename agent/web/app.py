"""The Litestar application: every route, the error shape, limits and security headers. Made for one `Tend`.

`open_to_all` is for the demo alone: no sign-in, and only on a loopback Host without forwarding headers.
"""

from __future__ import annotations

from typing import Any

from litestar import Litestar, Request, Response, get
from litestar.datastructures import MutableScopeHeaders, State
from litestar.exceptions import NotFoundException
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.plugins import PluginProtocol
from litestar.plugins.core import MsgspecDIPlugin
from litestar.types import Message, Scope
from sqlalchemy import text

from agent.store.live import LiveBus
from agent.tend import Tend
from agent.web import errors, guarding, pages
from agent.web.api.control import control_routes
from agent.web.api.hot import hot_routes
from agent.web.api.leads import lead_routes
from agent.web.api.scores import score_routes
from agent.web.pages import mistakes
from agent.web.webhooks import MAX_BODY, webhook_routes

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"
)
_HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class _Spoken(Litestar):
    """Litestar with msgspec alone.

    Pydantic is here only because openai brings it, no handler speaks it, and its plugins take 80 ms of every start.
    """

    @staticmethod
    def _get_default_plugins(plugins: list[PluginProtocol]) -> list[PluginProtocol]:
        return [*plugins, MsgspecDIPlugin()]


def make_app(tend: Tend, *, open_to_all: bool = False, control_token: str = "") -> Litestar:
    """Make the application; the ticks run beside it.

    `control_token` lets commands of the same user in. Close `app.state.live` before its server stops.
    """

    @get("/healthz", opt={"public": True}, include_in_schema=False)
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @get("/readyz", opt={"public": True}, include_in_schema=False)
    async def readyz() -> Response[dict[str, Any]]:
        async with tend.reading() as conn:
            await conn.execute(text("SELECT 1"))
        waiting = tend.writer.waiting
        return Response({"status": "ready", "writes_waiting": waiting})

    live = LiveBus(tend.database, team_id=tend.team_id)
    return _Spoken(
        route_handlers=[
            healthz,
            readyz,
            *webhook_routes(tend),
            *lead_routes(tend),
            *hot_routes(tend),
            *score_routes(tend),
            *control_routes(tend, token=control_token),
            *pages.page_routes(tend, live),
        ],
        middleware=guarding.middleware(tend, open_to_all=open_to_all),
        exception_handlers={**errors.HANDLERS, NotFoundException: _nothing_here},  # type: ignore[dict-item]
        request_max_body_size=MAX_BODY,
        logging_config=None,
        state=State({"live": live}),
        template_config=pages.template_config(),
        before_send=[_secure],
        openapi_config=OpenAPIConfig(
            title="Tend", version="1", path="/schema", render_plugins=[JsonRenderPlugin()], use_handler_docstrings=True
        ),
    )


def _nothing_here(request: Request[Any, Any, Any], error: NotFoundException) -> Response[Any]:
    """No such address: a page for a person at a browser, the one error shape for a program."""
    if "text/html" in request.headers.get("accept", ""):
        return mistakes.on_refused(request, error)
    return errors.on_refused(request, error)


async def _secure(message: Message, scope: Scope) -> None:
    """Put the security headers on every answer, refusals and mistakes among them."""
    del scope
    if message["type"] == "http.response.start":
        headers = MutableScopeHeaders.from_message(message)
        for name, value in _HEADERS.items():
            headers.setdefault(name, value)
