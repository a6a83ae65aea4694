"""One shape for every API error, and the answer each expected failure gets.

Bad signature 401, not configured 404, malformed 400, too large 413, duplicate 409, "try later" 503. Never 2xx for what
was not kept; never 406 or 410, on which Follow Up Boss deletes its webhook.
"""

from __future__ import annotations

from typing import Any

from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException
from litestar.status_codes import HTTP_500_INTERNAL_SERVER_ERROR, HTTP_503_SERVICE_UNAVAILABLE

from agent.log import log
from agent.store.writer import WriterClosed, WriterFull

_WORDS = {
    400: "BAD_REQUEST",
    401: "UNAUTHORIZED",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    409: "CONFLICT",
    413: "TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
    429: "TOO_MANY_REQUESTS",
    500: "INTERNAL_ERROR",
    503: "TRY_LATER",
}


class Refused(HTTPException):
    """A refusal with its error word, and the field at fault where there is one."""

    def __init__(self, status: int, word: str, message: str, *, field: str | None = None, **extra: Any) -> None:
        super().__init__(detail=message, status_code=status)
        self.word = word
        self.field = field
        self.extra_fields = extra


def body(status: int, word: str, message: str, *, field: str | None = None, **extra: Any) -> dict[str, Any]:
    """The one error shape."""
    content: dict[str, Any] = {"success": False, "error": word, "message": message}
    if field is not None:
        content["field"] = field
    return {**content, "code": status, **extra}


def on_refused(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    """Answer an expected failure."""
    del request
    status = error.status_code
    if status in {406, 410}:
        status = 400
    if isinstance(error, Refused):
        content = body(status, error.word, error.detail, field=error.field, **error.extra_fields)
    else:
        content = body(status, _WORDS.get(status, "ERROR"), error.detail or "the request was refused")
    return Response(content, status_code=status, media_type=MediaType.JSON, headers=error.headers or {})


def on_full(request: Request[Any, Any, Any], error: WriterFull | WriterClosed) -> Response[Any]:
    """Too much is waiting, or we are shutting down: nothing was kept, try again."""
    del request
    return Response(
        body(503, "TRY_LATER", str(error)),
        status_code=HTTP_503_SERVICE_UNAVAILABLE,
        media_type=MediaType.JSON,
        headers={"Retry-After": "2"},
    )


def on_bug(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """A bug: logged once with its trace, told without detail."""
    log.exception("request.failed", path=request.scope["path"], error=type(error).__name__, exc_info=error)
    return Response(
        body(500, "INTERNAL_ERROR", "Something broke on our side; it was logged."),
        status_code=HTTP_500_INTERNAL_SERVER_ERROR,
        media_type=MediaType.JSON,
    )


HANDLERS = {HTTPException: on_refused, WriterFull: on_full, WriterClosed: on_full, Exception: on_bug}
