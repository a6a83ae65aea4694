"""Looks at an Amazon account without sending: whose keys these are, and the topics whose notices come to us."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from channels.checks import CannotLook, Checked, Look, told
from channels.providers.aws import Account, NotThere, Service
from channels.providers.sns import region_of

_DOORS = ("/hooks/ses", "/hooks/s3", "/hooks/aws/sms")


async def look_at_keys(account: Account, *, timeout_seconds: float) -> Look:
    """Say whose the keys are; every key may ask that."""
    service = Service("sts", account, timeout_seconds=timeout_seconds)
    try:
        try:
            found = await service.ask("get_caller_identity", {})
        except NotThere:
            raise CannotLook("the answer is not Amazon's", "see AWS_ENDPOINT_URL") from None
        if not found.get("Account"):
            raise CannotLook("the answer is not Amazon's", "see AWS_ENDPOINT_URL")
        yield Checked("Amazon account", "ok", f"{found['Account']}, as {str(found.get('Arn', '')).rpartition(':')[2]}")
    finally:
        await service.aclose()


async def look_at_topics(
    account: Account, topics: Collection[str], *, public_url: str, signature_v1: bool, timeout_seconds: float
) -> Look:
    """Look at each topic: is it there, is it signed as we take it, and does it post to us, wrapped and confirmed."""
    for topic in topics:
        name = f"topic {topic.rpartition(':')[2]}"
        try:
            region = region_of(topic)
        except ValueError as error:
            yield Checked(name, "broken", str(error), "mend TEND_SNS_TOPICS")
            continue
        service = Service("sns", replace(account, region=region), timeout_seconds=timeout_seconds)
        try:
            async for line in told(name, _topic(service, topic, name, public_url, signature_v1=signature_v1)):
                yield line
        finally:
            await service.aclose()


async def _topic(service: Service, topic: str, name: str, public_url: str, *, signature_v1: bool) -> Look:
    try:
        attributes = (await service.ask("get_topic_attributes", {"TopicArn": topic})).get("Attributes") or {}
    except NotThere:
        yield Checked(name, "broken", f"there is no {topic}", "make it, or mend TEND_SNS_TOPICS")
        return
    if str(attributes.get("SignatureVersion") or "1") != "2" and not signature_v1:
        both = "set the topic's SignatureVersion to 2, or TEND_SNS_SIGNATURE_V1=true"
        yield Checked(name, "broken", "signed with SHA-1, which is refused here", both)
        return
    ours = {f"{public_url.rstrip('/')}{door}" for door in _DOORS}
    mine = [
        each for each in await _subscriptions(service, topic) if str(each.get("Endpoint", "")).split("#")[0] in ours
    ]
    subscribe = f"subscribe {public_url.rstrip('/')}/hooks/ses to it, protocol HTTPS, raw delivery off"
    if not mine:
        yield Checked(name, "broken", "it does not post to this Tend", subscribe)
        return
    confirmed = [each for each in mine if str(each.get("SubscriptionArn", "")).startswith("arn:")]
    if not confirmed:
        step = "start Tend where the topic reaches it, allow sns:ConfirmSubscription, and subscribe once more"
        yield Checked(name, "broken", "subscribed, and not confirmed", step)
        return
    found = await service.ask("get_subscription_attributes", {"SubscriptionArn": confirmed[0]["SubscriptionArn"]})
    if str((found.get("Attributes") or {}).get("RawMessageDelivery")).lower() == "true":
        yield Checked(name, "broken", "its messages come raw, without a signature", "turn raw message delivery off")
        return
    yield Checked(name, "ok", f"posts to {confirmed[0]['Endpoint']}")


async def _subscriptions(service: Service, topic: str) -> list[dict[str, str]]:
    """All subscriptions; Amazon lists a hundred at once."""
    found: list[dict[str, str]] = []
    token = ""
    for _ in range(10):
        page = await service.ask(
            "list_subscriptions_by_topic", {"TopicArn": topic} | ({"NextToken": token} if token else {})
        )
        found.extend(page.get("Subscriptions") or [])
        token = str(page.get("NextToken") or "")
        if not token:
            break
    return found
