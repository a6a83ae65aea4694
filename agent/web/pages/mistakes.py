"""Errors on a page, as a page: what went wrong and where to go, or a short sentence where htmx asked."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException

from agent.log import log
from agent.store.writer import WriterClosed, WriterFull
from agent.web.pages.drawing import theme_of

_TITLES = {
    401: "Sign in first",
    403: "That was refused",
    404: "Not found",
    405: "That does not work here",
    413: "That is too large",
    503: "Try again in a moment",
}
_SAID = {
    404: "There is no such page. The address may be mistyped, or what was here is gone.",
    405: "Open the page again and use its buttons. Nothing was changed.",
}
"""Said where the framework knows no more than the name of the status."""


def on_refused(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    """An expected failure."""
    status = error.status_code
    bare = error.detail in {"", HTTPStatus(status).phrase}
    return _page(request, status, _SAID.get(status, "Nothing was changed.") if bare else error.detail)


def on_full(request: Request[Any, Any, Any], error: WriterFull | WriterClosed) -> Response[Any]:
    """Too much is waiting, or Tend is shutting down: nothing was changed."""
    return _page(request, 503, f"{error}. Nothing was changed.")


def on_bug(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """A bug: logged once with its trace."""
    log.exception("page.failed", path=request.scope["path"], error=type(error).__name__, exc_info=error)
    return _page(request, 500, "Something broke on our side. It was logged, and nothing was changed.")


def _page(request: Request[Any, Any, Any], status: int, said: str) -> Response[Any]:
    engine = request.app.template_engine
    if request.headers.get("hx-request") or engine is None:
        return Response(said, status_code=status, media_type=MediaType.TEXT)
    title = _TITLES.get(status, "Something went wrong")
    html = engine.get_template("mistake.html").render(title=title, said=said, theme=theme_of(request), team=None)
    return Response(html, status_code=status, media_type=MediaType.HTML, headers={"Cache-Control": "no-store"})


HANDLERS = {HTTPException: on_refused, WriterFull: on_full, WriterClosed: on_full, Exception: on_bug}
