"""What stands before every route: what changes something must come from our own pages, and pages need a session.

Routes marked `public` need no session; those marked `webhook` carry their own proof (a signature or a token in the URL)
and may come from anywhere. Everything else needs a session cookie or, under `/v1/api/`, a bearer token. In the demo
alone pages are open, and only to this machine by a loopback Host without forwarding headers, so that neither a tunnel
nor a neighbour on the network opens anything.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from litestar import Request, Response
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Middleware, Receive, Scope, Send

from agent.tend import Tend
from agent.web import sessions
from agent.web.errors import Refused

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_FORWARDED = ("forwarded", "x-real-ip", "via")
_USER = "tend_user_id"
_SIGNED_IN = "tend_signed_in"


def middleware(tend: Tend, *, open_to_all: bool) -> list[Middleware]:
    """Both guards, in order. `open_to_all` is for the demo."""
    return [SameOrigin(), SignInNeeded(tend, open_to_all=open_to_all)]


def user_of(request: Request[Any, Any, Any]) -> UUID | None:
    """Who is signed in here; None for nobody in particular."""
    user_id: UUID | None = request.scope["state"].get(_USER)
    return user_id


def is_signed_in(request: Request[Any, Any, Any]) -> bool:
    """Whether they signed in, so that they can sign out; nobody has to in the demo."""
    return bool(request.scope["state"].get(_SIGNED_IN))


class SameOrigin(ASGIMiddleware):
    """Refuses a request that changes something unless the browser says it comes from our own pages.

    `Sec-Fetch-Site` decides where the browser sends it; otherwise the host in `Origin` must be the `Host` (OWASP, Fetch
    Metadata). Neither of them means refused. A bearer token is no cookie and needs no such proof.
    """

    scopes = (ScopeType.HTTP,)
    exclude_opt_key = "webhook"

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Let it pass, or raise 403."""
        request: Request[Any, Any, Any] = Request(scope)
        if request.method not in _SAFE and _bearer(request) is None and not _from_our_pages(request):
            raise Refused(
                403, "CROSS_SITE", "This came from another site and was refused. Open the page and try again."
            )
        await next_app(scope, receive, send)


class SignInNeeded(ASGIMiddleware):
    """Lets signed-in people and programs through, and sends everyone else to the sign-in page."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, tend: Tend, *, open_to_all: bool) -> None:
        self._tend = tend
        self._open_to_all = open_to_all

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Find out who asks; 401 or the sign-in page where nobody does."""
        request: Request[Any, Any, Any] = Request(scope)
        if scope["route_handler"].opt.get("public", False):
            await next_app(scope, receive, send)
            return
        found = await self._who(request)
        if found is not None:
            scope["state"][_USER] = found.user_id
            scope["state"][_SIGNED_IN] = True
        elif self._open_to_all and _at_this_machine(request):
            scope["state"][_USER] = self._tend.user_ids[self._tend.team.lead_of_team.key]
        else:
            if request.url.path.startswith("/v1/") or "text/html" not in request.headers.get("accept", "*/*"):
                raise Refused(401, "UNAUTHORIZED", "Sign in, or send a token as “Authorization: Bearer tend_…”")
            await _to_sign_in(request)(scope, receive, send)
            return
        await next_app(scope, receive, send)

    async def _who(self, request: Request[Any, Any, Any]) -> sessions.SignedIn | None:
        token = _bearer(request)
        if token is not None and request.url.path.startswith("/v1/"):
            return await sessions.who(self._tend, token, kind="api")
        session = request.cookies.get(sessions.cookie_name(self._tend), "")
        return await sessions.who(self._tend, session, kind="session") if session else None


def _to_sign_in(request: Request[Any, Any, Any]) -> ASGIApp:
    headers = {"Cache-Control": "no-store"}
    if request.headers.get("hx-request"):
        response = Response(None, status_code=401, headers={**headers, "HX-Redirect": "/login"})
    else:
        response = Response(None, status_code=303, headers={**headers, "Location": "/login"})
    return response.to_asgi_response(app=None, request=request)


def _bearer(request: Request[Any, Any, Any]) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def _from_our_pages(request: Request[Any, Any, Any]) -> bool:
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("origin")
    return bool(origin) and urlsplit(origin or "").netloc == request.headers.get("host")


def _at_this_machine(request: Request[Any, Any, Any]) -> bool:
    """The demo's condition: a loopback client and Host, and nothing that says the request was passed on."""
    if request.client is None or not _is_loopback(request.client.host):
        return False
    names = request.headers.keys()
    if any(name in _FORWARDED or name.startswith("x-forwarded-") for name in map(str.lower, names)):
        return False
    host = request.headers.get("host", "")
    return urlsplit(f"//{host}").hostname in _LOOPBACK


def _is_loopback(address: str) -> bool:
    """Whether a peer's address is this machine's own; one that is no address is not."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return (getattr(found, "ipv4_mapped", None) or found).is_loopback
