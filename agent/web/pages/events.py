"""`/events`: the live stream of one open page. Events are hints; the page asks again for what it shows."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

from litestar import Request, get
from litestar.response import ServerSentEvent, ServerSentEventMessage
from litestar.types import ControllerRouterHandler

from agent.store.live import LiveBus

_RETRY_MILLISECONDS = 2000


def routes(live: LiveBus) -> list[ControllerRouterHandler]:
    """The stream."""

    @get("/events", include_in_schema=False)
    async def events(request: Request[Any, Any, Any]) -> ServerSentEvent:
        last = request.headers.get("last-event-id", "")
        return ServerSentEvent(_messages(live, int(last) if last.isdecimal() else None))

    return [events]


async def _messages(live: LiveBus, last_id: int | None) -> AsyncGenerator[ServerSentEventMessage, None]:
    yield ServerSentEventMessage(comment="here", data=None, retry=_RETRY_MILLISECONDS)
    async for hint in live.stream(last_id=last_id):
        if hint is None:
            yield ServerSentEventMessage(comment="still here", data=None)
        else:
            yield ServerSentEventMessage(event=hint.topic, data=hint.data, id=hint.id)
