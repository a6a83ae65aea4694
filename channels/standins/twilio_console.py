"""What the Twilio stand-in's account shows when it is looked at: status, numbers, services, registrations, WhatsApp.

Everything is well in a new one; a test or the demo changes what should be off. Shapes: twilio-oai `twilio_api_v2010`,
`twilio_messaging_v1` and `v2`, `twilio_content_v1`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

Record = dict[str, Any]
Call = Request[Any, Any, State]
SERVICE = "MG" + "0" * 31 + "1"
NUMBER = "+15125550199"
_OTHER = {"status": 404, "code": 20404, "message": "not found", "more_info": "https://www.twilio.com/docs/errors/20404"}


@dataclass
class Console:
    """One account as its owner sees it. `refuses` answers every look with this status, when it is not 0.

    `code` is the error's code then.
    """

    status: str = "active"
    type: str = "Full"
    refuses: int = 0
    code: int = 20404
    nonsense: bool = False
    service: Record = field(
        default_factory=lambda: {
            "sid": SERVICE,
            "friendly_name": "Tend",
            "inbound_request_url": "https://tend.example/hooks/twilio/sms#rc=3&rp=all",
            "use_inbound_webhook_on_number": False,
        }
    )
    numbers: list[Record] = field(
        default_factory=lambda: [
            {
                "sid": "PN" + "0" * 31 + "1",
                "phone_number": NUMBER,
                "capabilities": {"sms": True, "mms": True, "voice": True},
                "sms_url": "https://tend.example/hooks/twilio/sms#rc=3&rp=all",
            }
        ]
    )
    short_codes: list[Record] = field(default_factory=list)
    campaigns: list[Record] = field(
        default_factory=lambda: [
            {
                "campaign_status": "VERIFIED",
                "us_app_to_person_usecase": "MIXED",
                "brand_registration_sid": "BN" + "0" * 31 + "1",
                "errors": [],
            }
        ]
    )
    brand: Record = field(default_factory=lambda: {"status": "APPROVED", "failure_reason": None})
    verifications: list[Record] = field(default_factory=list)
    whatsapp: list[Record] = field(
        default_factory=lambda: [{"sid": "XE1", "sender_id": f"whatsapp:{NUMBER}", "status": "ONLINE"}]
    )
    templates: dict[str, Record] = field(default_factory=dict)


def answered(console: Console, found: Record | None) -> Response[Any]:
    """Show a record as the console's state has it, or say that there is none."""
    if console.nonsense:
        return Response(b"<html>not what was asked</html>", media_type="text/html")
    if console.refuses:
        return Response(_OTHER | {"status": console.refuses, "code": console.code}, status_code=console.refuses)
    return Response(_OTHER, status_code=404) if found is None else Response(found)


@get("/2010-04-01/Accounts/{name:str}")
async def account(state: State, name: FromPath[str]) -> Response[Any]:
    """Show the account itself (`AC….json`)."""
    console: Console = state.account.console
    sid: str = state.account.sid
    shown = {"sid": sid, "friendly_name": "Alder Realty", "status": console.status, "type": console.type}
    return answered(console, shown if name == f"{sid}.json" else None)


@get("/2010-04-01/Accounts/{_sid:str}/IncomingPhoneNumbers.json")
async def numbers(request: Call, state: State, _sid: FromPath[str]) -> Response[Any]:
    """List the account's numbers."""
    console: Console = state.account.console
    wanted = request.query_params.get("PhoneNumber")
    return answered(
        console, {"incoming_phone_numbers": [n for n in console.numbers if wanted in {None, n["phone_number"]}]}
    )


@get("/2010-04-01/Accounts/{_sid:str}/SMS/ShortCodes.json")
async def short_codes(state: State, _sid: FromPath[str]) -> Response[Any]:
    """List the account's short codes."""
    return answered(state.account.console, {"short_codes": state.account.console.short_codes})


@get("/v1/Services/{sid:str}")
async def service(state: State, sid: FromPath[str]) -> Response[Any]:
    """Show the Messaging Service."""
    console: Console = state.account.console
    return answered(console, console.service if sid == console.service["sid"] else None)


@get(["/v1/Services/{sid:str}/{part:str}", "/v1/Services/{sid:str}/Compliance/{part:str}"])
async def of_service(state: State, sid: FromPath[str], part: FromPath[str]) -> Response[Any]:
    """Show what the Messaging Service sends from, or its campaigns."""
    console: Console = state.account.console
    shown = {
        "PhoneNumbers": {"phone_numbers": console.numbers},
        "ShortCodes": {"short_codes": console.short_codes},
        "Usa2p": {"compliance": console.campaigns},
    }
    return answered(console, shown.get(part) if sid == console.service["sid"] else None)


@get("/v1/a2p/BrandRegistrations/{_sid:str}")
async def brand(state: State, _sid: FromPath[str]) -> Response[Any]:
    """Show the brand."""
    return answered(state.account.console, state.account.console.brand)


@get("/v1/Tollfree/Verifications")
async def verifications(request: Call, state: State) -> Response[Any]:
    """List the verifications of one toll-free number."""
    console: Console = state.account.console
    wanted = request.query_params.get("TollfreePhoneNumberSid")
    found = [each for each in console.verifications if each["tollfree_phone_number_sid"] == wanted]
    return answered(console, {"verifications": found})


@get("/v2/Channels/Senders")
async def senders(state: State) -> Response[Any]:
    """List the WhatsApp senders."""
    return answered(state.account.console, {"senders": state.account.console.whatsapp})


@get("/v1/Content/{sid:str}/ApprovalRequests")
async def approval(state: State, sid: FromPath[str]) -> Response[Any]:
    """Show what WhatsApp says of a template."""
    found = state.account.console.templates.get(sid)
    return answered(state.account.console, None if found is None else {"sid": sid, "whatsapp": found})


ROUTES: list[HTTPRouteHandler] = [
    account,
    numbers,
    short_codes,
    service,
    of_service,
    brand,
    verifications,
    senders,
    approval,
]
