"""The dashboard: one module per page, each a GET that asks one view and POSTs that call one function of a flow.

`page_routes` gives every handler, closed over one `Tend`; `template_config` the templates they draw. Errors on a page
are drawn as a page, everything else about errors is the application's.
"""

from __future__ import annotations

from litestar import Router
from litestar.datastructures import CacheControlHeader, ResponseHeader
from litestar.static_files import create_static_files_router
from litestar.types import ControllerRouterHandler

from agent.store.live import LiveBus
from agent.tend import Tend
from agent.web.pages import (
    aged,
    agreed,
    attachments,
    campaigns,
    correcting,
    crm,
    did,
    events,
    leads,
    login,
    mistakes,
    sameness,
    settings,
    taking,
    today,
    unsubscribe,
)
from agent.web.pages.drawing import STATIC, template_config

__all__ = ["page_routes", "template_config"]


def page_routes(tend: Tend, live: LiveBus) -> list[ControllerRouterHandler]:
    """Every page, its buttons, the stream of `live` and the static files. Whoever stops the server closes `live`."""
    handlers: list[ControllerRouterHandler] = [
        *today.routes(tend),
        *leads.routes(tend),
        *correcting.routes(tend),
        *sameness.routes(tend),
        *agreed.routes(tend),
        *attachments.routes(tend),
        *did.routes(tend),
        *crm.routes(tend),
        *aged.routes(tend),
        *campaigns.routes(tend),
        *settings.routes(tend),
        *taking.routes(tend),
        *login.routes(tend),
        *unsubscribe.routes(tend),
    ]
    return [
        Router(
            path="/",
            route_handlers=handlers,
            exception_handlers=mistakes.HANDLERS,  # type: ignore[arg-type]  # handlers of narrower exceptions
            response_headers=[ResponseHeader(name="Cache-Control", value="no-store")],
            include_in_schema=False,
        ),
        *events.routes(live),
        create_static_files_router(
            path="/static",
            directories=[STATIC],
            cache_control=CacheControlHeader(max_age=86400, public=True),
            opt={"public": True},
        ),
    ]
