"""Doors for other systems: read the raw body once, verify, hand it to one flow, answer after the commit.

A vendor that is not configured is a closed door (404). Bodies over 1 MiB, of mail over 10 MiB,
are refused with 413.
"""

from __future__ import annotations

import hmac
from typing import Any
from urllib.parse import parse_qs

from litestar import MediaType, Request, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from agent.flows import inbound_mail, receipts, replies
from agent.flows.intake import Intake
from agent.tend import Tend
from agent.web.aws_webhooks import aws_routes
from agent.web.errors import Refused
from channels.arrived_mail import Envelope
from channels.mime import MAX_BYTES
from channels.sms import SmsWebhook
from integrations.errors import MalformedEvent

MAX_BODY = 1024 * 1024
_OPEN = {"public": True, "webhook": True}
_EMPTY_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response/>'


def webhook_routes(tend: Tend) -> list[ControllerRouterHandler]:
    """All webhook handlers, closed over this Tend."""
    return [_followupboss(tend), _twilio_sms(tend), _twilio_status(tend), _email(tend), *aws_routes(tend)]


def _followupboss(tend: Tend) -> ControllerRouterHandler:
    intake = Intake(tend)

    @post("/hooks/followupboss", status_code=200, opt=_OPEN, summary="Follow Up Boss events")
    async def followupboss(request: Request[Any, Any, Any]) -> dict[str, bool]:
        hook = tend.doors.crm_hook
        if hook is None:
            raise Refused(404, "NOT_CONFIGURED", "Follow Up Boss is not configured here")
        body = await request.body()
        if not hook.verify(body, _headers(request)):
            raise Refused(401, "BAD_SIGNATURE", "FUB-Signature does not match the body")
        try:
            event = hook.parse(body)
        except MalformedEvent as error:
            raise Refused(400, "MALFORMED", str(error)) from None
        await intake.keep(event, body)
        return {"success": True}

    return followupboss


def _twilio_sms(tend: Tend) -> ControllerRouterHandler:
    @post("/hooks/twilio/sms", status_code=200, media_type=MediaType.XML, opt=_OPEN, summary="Inbound texts")
    async def twilio_sms(request: Request[Any, Any, Any]) -> str:
        hook, params = await _of_twilio(tend, request)
        try:
            await replies.receive_sms(tend, hook.parse(params))
        except ValueError as error:
            raise Refused(400, "MALFORMED", str(error)) from None
        return _EMPTY_TWIML

    return twilio_sms


def _twilio_status(tend: Tend) -> ControllerRouterHandler:
    @post("/hooks/twilio/status", status_code=204, opt=_OPEN, summary="What became of a text")
    async def twilio_status(request: Request[Any, Any, Any]) -> None:
        hook, params = await _of_twilio(tend, request)
        try:
            receipt = hook.receipt(params, query=_query(request), at=tend.now())
        except ValueError as error:
            raise Refused(400, "MALFORMED", str(error)) from None
        if receipt is not None:
            await receipts.keep(tend, [receipt])

    return twilio_status


async def _of_twilio(tend: Tend, request: Request[Any, Any, Any]) -> tuple[SmsWebhook, dict[str, list[str]]]:
    """A form that Twilio signed, and what reads it. Raises `Refused`."""
    hook = tend.doors.sms_hook
    if hook is None:
        raise Refused(404, "NOT_CONFIGURED", "Twilio is not configured here")
    try:
        params = parse_qs((await request.body()).decode("utf-8"), keep_blank_values=True, max_num_fields=500)
    except ValueError:
        raise Refused(400, "MALFORMED", "the form is not readable") from None
    path = request.scope["path"]
    if not hook.verify(path=path, query=_query(request), params=params, headers=_headers(request)):
        raise Refused(401, "BAD_SIGNATURE", "X-Twilio-Signature does not match; check TEND_PUBLIC_URL")
    return hook, params


def _query(request: Request[Any, Any, Any]) -> str:
    return str(request.scope["query_string"].decode("latin-1"))


def _email(tend: Tend) -> ControllerRouterHandler:
    @post(
        "/hooks/email/{token:str}",
        status_code=200,
        opt=_OPEN,
        summary="Inbound email (raw MIME)",
        request_max_body_size=MAX_BYTES,
    )
    async def email(request: Request[Any, Any, Any], token: FromPath[str]) -> dict[str, bool]:
        wanted = tend.settings.tend_email_hook_token
        if not wanted:
            raise Refused(404, "NOT_CONFIGURED", "inbound email is not configured here; set TEND_EMAIL_HOOK_TOKEN")
        valid = [each for each in (wanted, tend.settings.tend_email_hook_former_token) if each]
        if not any(hmac.compare_digest(each.reveal().encode(), token.encode()) for each in valid):
            raise Refused(401, "BAD_SIGNATURE", "this is not the email hook's token")
        try:
            await inbound_mail.receive(tend, await request.body(), Envelope())
        except ValueError as error:
            raise Refused(400, "MALFORMED", str(error)) from None
        return {"success": True}

    return email


def _headers(request: Request[Any, Any, Any]) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in request.scope["headers"]}
