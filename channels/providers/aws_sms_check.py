"""Looks at Amazon's texts without sending: are we out of the sandbox, is the sender there, and do events come to us."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from channels.checks import CannotLook, Checked, Look, told
from channels.providers.aws import Account, NotThere, Service

_SANDBOX = "in the sandbox: only verified numbers are reached"
_NUMBER = "Amazon number"
_EVENTS = "Amazon text events"


async def look_at_sms_voice(
    account: Account, *, sender: str, configuration_set: str, topics: Collection[str], timeout_seconds: float
) -> Look:
    """Look at End User Messaging; `sender` is a number, a pool or a sender id."""
    service = Service("pinpoint-sms-voice-v2", account, timeout_seconds=timeout_seconds)
    try:
        for name, look in (
            ("Amazon texts account", _tier(service)),
            (_NUMBER, _sender(service, sender, topics)),
            (_EVENTS, _events(service, configuration_set, topics)),
        ):
            async for line in told(name, look):
                yield line
    finally:
        await service.aclose()


async def look_at_sns_texts(account: Account, *, sender: str, timeout_seconds: float) -> Look:
    """Look at texts by SNS publish, from the number `sender`."""
    service = Service("sns", account, timeout_seconds=timeout_seconds)
    try:
        for name, look in (("Amazon texts account", _sns_sandbox(service)), (_NUMBER, _sns_number(service, sender))):
            async for line in told(name, look):
                yield line
    finally:
        await service.aclose()


async def _tier(service: Service) -> Look:
    found = (await _asked(service, "describe_account_attributes")).get("AccountAttributes") or ()
    tier = {each.get("Name"): each.get("Value") for each in found}.get("ACCOUNT_TIER")
    yield _out_of_sandbox(tier == "SANDBOX")


async def _sns_sandbox(service: Service) -> Look:
    yield _out_of_sandbox(bool((await _asked(service, "get_sms_sandbox_account_status")).get("IsInSandbox")))


def _out_of_sandbox(inside: bool) -> Checked:  # noqa: FBT001 - one question, one answer
    if inside:
        return Checked("Amazon texts account", "broken", _SANDBOX, "request production access for texts at Amazon")
    return Checked("Amazon texts account", "ok", "in production")


async def _sender(service: Service, sender: str, topics: Collection[str]) -> Look:
    if "pool-" in sender:
        listed, key = await _one(service, "describe_pools", "PoolIds", sender), "Pools"
    elif "phone-" in sender:
        listed, key = await _one(service, "describe_phone_numbers", "PhoneNumberIds", sender), "PhoneNumbers"
    elif sender.startswith("+"):
        listed, key = await _listed(service, sender), "PhoneNumbers"
    else:
        yield Checked(
            _NUMBER, "off", f"{sender} is a sender id, and cannot be answered", "the US wants a number or pool"
        )
        return
    found = (listed.get(key) or [None])[0]
    if found is None:
        yield Checked(_NUMBER, "broken", f"{sender} is not this account's", "mend TEND_AWS_TEXT_SENDER or AWS_REGION")
        return
    status, kind = str(found.get("Status") or ""), str(found.get("MessageType") or "")
    stops = f"opt-outs in {found.get('OptOutListName') or 'no list'}"
    if status != "ACTIVE":
        step = "wait for its registration, or see it in End User Messaging's console"
        yield Checked(_NUMBER, "broken", f"{sender} is {status.lower() or 'unknown'}", step)
    elif kind == "TRANSACTIONAL":
        step = "register a number for promotional texts"
        yield Checked(_NUMBER, "broken", f"{sender} is for transactional texts, and these are promotional", step)
    else:
        yield Checked(_NUMBER, "ok", f"{sender} is active, {stops}")
    if not found.get("TwoWayEnabled"):
        step = "turn two-way messages on, to one of TEND_SNS_TOPICS"
        yield Checked("Amazon replies arrive", "broken", "two-way messages are off: no STOP is heard here", step)
    elif found.get("TwoWayChannelArn") not in topics:
        step = "send them to one of TEND_SNS_TOPICS"
        yield Checked("Amazon replies arrive", "broken", f"they go to {found.get('TwoWayChannelArn')}", step)
    else:
        yield Checked("Amazon replies arrive", "ok", f"they go to {found['TwoWayChannelArn']}")


async def _one(service: Service, operation: str, name: str, sender: str) -> Mapping[str, Any]:
    try:
        return await service.ask(operation, {name: [sender]})
    except NotThere:
        return {}


async def _listed(service: Service, number: str) -> Mapping[str, Any]:
    """The phone number by itself: Amazon finds it by id alone, so the pages are searched."""
    token = ""
    for _ in range(20):
        page = await _asked(service, "describe_phone_numbers", **({"NextToken": token} if token else {}))
        own = [each for each in page.get("PhoneNumbers") or () if each.get("PhoneNumber") == number]
        token = str(page.get("NextToken") or "")
        if own or not token:
            return {"PhoneNumbers": own}
    return {}


async def _events(service: Service, configuration_set: str, topics: Collection[str]) -> Look:
    if not configuration_set:
        step = "make one whose events go to one of TEND_SNS_TOPICS; set TEND_AWS_TEXT_CONFIGURATION_SET"
        yield Checked(_EVENTS, "off", "nothing is heard of a text once it left", step)
        return
    try:
        asked = {"ConfigurationSetNames": [configuration_set]}
        found = (await service.ask("describe_configuration_sets", asked)).get("ConfigurationSets")
    except NotThere:
        found = None
    if not found:
        step = "make it, or mend TEND_AWS_TEXT_CONFIGURATION_SET: every text is refused so far"
        yield Checked(_EVENTS, "broken", f"there is no configuration set {configuration_set}", step)
        return
    arns = [
        str((each.get("SnsDestination") or {}).get("TopicArn"))
        for each in found[0].get("EventDestinations") or ()
        if each.get("Enabled")
    ]
    ours = [arn for arn in arns if arn in topics]
    if ours:
        yield Checked(_EVENTS, "ok", f"{configuration_set} tells {ours[0]}")
    else:
        step = "add an SNS event destination to it, and the topic to TEND_SNS_TOPICS"
        yield Checked(_EVENTS, "broken", f"{configuration_set} tells no topic of TEND_SNS_TOPICS", step)


async def _sns_number(service: Service, sender: str) -> Look:
    listed = (await _asked(service, "list_origination_numbers")).get("PhoneNumbers") or ()
    own = [each for each in listed if each.get("PhoneNumber") == sender]
    if not own:
        step = "mend TEND_AWS_TEXT_SENDER or AWS_REGION"
        yield Checked(_NUMBER, "broken", f"{sender} is not this account's", step)
    elif str(own[0].get("Status") or "").upper() not in {"", "ACTIVE"}:
        yield Checked(_NUMBER, "broken", f"{sender} is {str(own[0]['Status']).lower()}", "see it in Amazon's console")
    else:
        yield Checked(_NUMBER, "ok", f"{sender} is this account's")


async def _asked(service: Service, operation: str, **parameters: Any) -> Mapping[str, Any]:
    try:
        return await service.ask(operation, parameters)
    except NotThere:
        raise CannotLook("this service is not there", "see AWS_REGION and AWS_ENDPOINT_URL") from None
