"""Looks at a Twilio account without sending: the account, what texts are sent from, where replies go, WhatsApp.

Registration with the US carriers is `twilio_registration`'s. Toll-free numbers are those beginning 800, 833, 844, 855,
866, 877 and 888; other US and Canadian long codes need a registered campaign (A2P 10DLC).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from channels.checks import CannotLook, Checked, Look, told
from channels.providers.twilio_asking import Asking, Record, records
from channels.providers.twilio_messages import Account
from channels.providers.twilio_registration import look_at_registration

_MEND_SENDER = "set TWILIO_MESSAGING_SERVICE_SID or TWILIO_FROM_NUMBER to one that Twilio's console shows"


@dataclass(frozen=True, slots=True, kw_only=True)
class Senders:
    """What should be there: what texts and WhatsApp messages are sent from, and the account's own token (if given)."""

    service_sid: str = ""
    number: str = ""
    whatsapp_number: str = ""
    whatsapp_template: str = ""
    auth_token: str = ""


async def look_at_twilio(account: Account, senders: Senders) -> Look:
    """Look at the account first; where it is closed to us, at nothing else."""
    # A standard API key may not read the account itself, its own token may.
    owner = replace(account, user=account.sid, password=senders.auth_token) if senders.auth_token else account
    asking_owner, asking = Asking(owner), Asking(account)
    try:
        async for line in told("Twilio account", _account(asking_owner)):
            yield line
            if line.state == "broken":
                return
        for name, look in _looks(asking, senders):
            async for line in told(name, look):
                yield line
    finally:
        await asking_owner.aclose()
        await asking.aclose()


def _looks(asking: Asking, senders: Senders) -> Iterator[tuple[str, Look]]:
    """One look after the other at what there should be."""
    if senders.service_sid:
        yield "Messaging Service", _service(asking, senders)
    elif senders.number:
        yield "Twilio number", _number(asking, senders.number)
    if senders.whatsapp_number:
        yield "WhatsApp sender", _whatsapp(asking, senders.whatsapp_number)
    if senders.whatsapp_number and senders.whatsapp_template:
        yield "WhatsApp template", _template(asking, senders.whatsapp_template)


async def _account(asking: Asking) -> Look:
    name = "Twilio account"
    found = await asking.of_account("")
    if found is None:
        raise CannotLook("there is no account of that id", "set TWILIO_ACCOUNT_SID, or see TWILIO_BASE_URL")
    status, called = found.get("status"), found.get("friendly_name") or asking.account.sid
    if not isinstance(status, str):
        raise CannotLook("the answer is not Twilio's", "see that TWILIO_BASE_URL is Twilio's")
    if status != "active":
        yield Checked(
            name, "broken", f"{called} is {status}", "pay or write to Twilio's support; nothing leaves so far"
        )
    elif found.get("type") == "Trial":
        yield Checked(
            name,
            "broken",
            f"{called} is on trial: only numbers verified in the console get texts, each with a line of Twilio's",
            "upgrade the account in Twilio's console",
        )
    else:
        yield Checked(name, "ok", f"{called} is active")


async def _number(asking: Asking, number: str) -> Look:
    """A number by itself; short codes have a list of their own."""
    name = "Twilio number"
    short = not number.startswith("+")
    if short:
        listed = records(await asking.of_account("/SMS/ShortCodes", ShortCode=number), "short_codes")
        own = [each for each in listed if each.get("short_code") == number]
    else:
        listed = records(await asking.of_account("/IncomingPhoneNumbers", PhoneNumber=number), "incoming_phone_numbers")
        own = [each for each in listed if each.get("phone_number") == number]
    if not own:
        yield Checked(name, "broken", f"{number} is not this account's", _MEND_SENDER)
        return
    if not short and not _texts(own[0]):
        yield Checked(name, "broken", f"{number} cannot send texts", "take a number with SMS in Twilio's console")
        return
    yield Checked(name, "ok", f"{number} is this account's")
    yield _replies(asking, str(own[0].get("sms_url") or ""), "the number")
    if not short:
        async for line in told("A2P registration", look_at_registration(asking, service_sid="", numbers=own)):
            yield line


async def _service(asking: Asking, senders: Senders) -> Look:
    name, sid = "Messaging Service", senders.service_sid
    service = await asking.of_messaging(f"/v1/Services/{sid}")
    if service is None:
        yield Checked(name, "broken", f"{sid} is not this account's", _MEND_SENDER)
        return
    called = service.get("friendly_name") or sid
    numbers = records(await asking.of_messaging(f"/v1/Services/{sid}/PhoneNumbers", PageSize="400"), "phone_numbers")
    short = records(await asking.of_messaging(f"/v1/Services/{sid}/ShortCodes", PageSize="400"), "short_codes")
    senders_there = {str(each.get("phone_number") or each.get("short_code")) for each in (*numbers, *short)}
    add = f"add a number to {called} in Twilio's console"
    if not senders_there:
        yield Checked(name, "broken", f"{called} has no number to send from", add)
    elif senders.number and senders.number not in senders_there:
        yield Checked(name, "broken", f"{senders.number} is not in {called}", f"{add}, or unset TWILIO_FROM_NUMBER")
    else:
        yield Checked(name, "ok", f"{called}, {len(senders_there)} to send from")
    if service.get("use_inbound_webhook_on_number"):
        async for line in told("Twilio replies arrive", _replies_of_numbers(asking, senders_there)):
            yield line
    else:
        yield _replies(asking, str(service.get("inbound_request_url") or ""), str(called))
    async for line in told("A2P registration", look_at_registration(asking, service_sid=sid, numbers=numbers)):
        yield line


async def _replies_of_numbers(asking: Asking, numbers: set[str]) -> Look:
    """The service leaves replies to its numbers: the first one that sends them elsewhere, else that all is well."""
    owned = records(await asking.of_account("/IncomingPhoneNumbers", PageSize="1000"), "incoming_phone_numbers")
    lines = [
        _replies(asking, str(each.get("sms_url") or ""), str(each["phone_number"]))
        for each in owned
        if each.get("phone_number") in numbers
    ]
    for line in sorted(lines, key=lambda line: line.state == "ok")[:1]:
        yield line


def _replies(asking: Asking, url: str, whose: str) -> Checked:
    name, ours = "Twilio replies arrive", f"{asking.account.public_url.rstrip('/')}/hooks/twilio/sms"
    if url.split("#", maxsplit=1)[0].split("?", maxsplit=1)[0] == ours:
        return Checked(name, "ok", f"{whose} posts them to {ours}")
    enter = f"at Twilio, set “A message comes in” of {whose} to {ours}#rc=3&rp=all"
    return Checked(name, "broken", f"{whose} posts them to {url or 'nobody'}: no STOP is heard here", enter)


async def _whatsapp(asking: Asking, number: str) -> Look:
    name = "WhatsApp sender"
    listed = await asking.of_messaging("/v2/Channels/Senders", Channel="whatsapp", PageSize="100")
    own = [each for each in records(listed, "senders") if each.get("sender_id") == f"whatsapp:{number}"]
    if not own:
        step = (
            "register it at Twilio, or mend TWILIO_WHATSAPP_NUMBER; Twilio's sandbox reaches only phones that joined it"
        )
        yield Checked(name, "broken", f"{number} is no WhatsApp sender of this account", step)
        return
    status = str(own[0].get("status") or "unknown")
    if not status.startswith("ONLINE"):
        yield Checked(
            name, "broken", f"{number} is {status.lower()}", "see Senders, WhatsApp senders in Twilio's console"
        )
        return
    yield Checked(name, "ok", f"{number} is {status.lower()}")


async def _template(asking: Asking, sid: str) -> Look:
    name = "WhatsApp template"
    found = await asking.of_content(f"/v1/Content/{sid}/ApprovalRequests")
    if found is None:
        yield Checked(name, "broken", f"{sid} is no template of this account", "mend TWILIO_WHATSAPP_TEMPLATE")
        return
    asked = found.get("whatsapp")
    status = str(asked.get("status") or "unsubmitted") if isinstance(asked, dict) else "unsubmitted"
    if status == "approved":
        yield Checked(name, "ok", "approved by WhatsApp")
        return
    why = str(asked.get("rejection_reason") or "") if isinstance(asked, dict) else ""
    yield Checked(
        name, "broken", f"{status} {why}".strip(), "submit it for WhatsApp's approval in Twilio's Content editor"
    )


def _texts(number: Record) -> bool:
    able = number.get("capabilities")
    return not isinstance(able, dict) or bool(able.get("sms", able.get("SMS", True)))
