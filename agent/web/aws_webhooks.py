"""Doors for Amazon's notices (SNS over HTTP): receipts, texts and mail, at whichever of the three addresses they come.

SNS says text/plain over what is JSON, and tries again after 5xx alone; so what could not be checked or kept just now is
503. Every body is checked before anything in it is believed, confirmations among them.
"""

from __future__ import annotations

from typing import Any

from litestar import Request, post
from litestar.types import ControllerRouterHandler

from agent.flows import notices
from agent.log import log
from agent.tend import Tend
from agent.web.errors import Refused
from channels.notices import CannotCheck, NoticeKind, NotReadable, NotTheirs

PATHS = ["/hooks/ses", "/hooks/s3", "/hooks/aws/sms"]


def aws_routes(tend: Tend) -> list[ControllerRouterHandler]:
    """The handler, closed over this Tend."""

    @post(PATHS, status_code=200, opt={"public": True, "webhook": True}, summary="Amazon's notices (SNS)")
    async def aws(request: Request[Any, Any, Any]) -> dict[str, bool]:
        door = tend.doors.notices
        if door is None:
            raise Refused(404, "NOT_CONFIGURED", "no topic may post here; set TEND_SNS_TOPICS")
        try:
            notice = await door.read(await request.body(), now=tend.now())
            match notice.kind:
                case NoticeKind.SUBSCRIPTION:
                    await door.confirm(notice)
                    log.info("topic.confirmed", topic=notice.topic)
                case NoticeKind.UNSUBSCRIPTION:
                    log.warning("topic.left", topic=notice.topic)
                case NoticeKind.NOTIFICATION:
                    await notices.take(tend, door.told(notice))
        except NotTheirs as error:
            raise Refused(401, "BAD_SIGNATURE", str(error)) from None
        except CannotCheck as error:
            raise Refused(503, "TRY_LATER", str(error)) from None
        except (NotReadable, ValueError) as error:
            raise Refused(400, "MALFORMED", str(error)) from None
        return {"success": True}

    return [aws]
