"""One file that came with a message, to whoever is signed in: saved, never opened by the browser.

It is sent as what it was found to be, under a name that says so, in a sandbox without scripts.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote
from uuid import UUID

from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from agent.store import attachments
from agent.store.ids import parsed
from agent.tend import Tend
from agent.web.pages.phrases import file_name


def routes(tend: Tend) -> list[ControllerRouterHandler]:
    """The one address."""

    @get("/leads/{lead:str}/attachments/{attachment:uuid}")
    async def one(lead: FromPath[str], attachment: FromPath[UUID]) -> Response[Any]:
        lead_id = parsed("lead", lead)
        if lead_id is None:
            raise NotFoundException("There is no such lead.")
        async with tend.reading() as conn:
            found = await attachments.content_of(
                conn, team_id=tend.team_id, sealer=tend.sealer, lead_id=lead_id, attachment_id=attachment
            )
        if found is None:
            raise NotFoundException("There is no such file.")
        file, content = found
        return Response(
            content,
            media_type=file.content_type,
            headers={
                "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file_name(file), safe='')}",
                "X-Content-Type-Options": "nosniff",
                "Content-Security-Policy": "sandbox; default-src 'none'",
                "Cross-Origin-Resource-Policy": "same-origin",
            },
        )

    return [one]
