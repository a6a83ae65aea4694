"""Looks at Amazon SES without sending: the account, the identity of our domain with DKIM and MAIL FROM, its events.

A domain's identity also covers what lies below it, so where `reply.alder.example` has none of its own,
`alder.example`'s counts. (https://docs.aws.amazon.com/ses/latest/dg/creating-identities.html)
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any

from channels.checks import CannotLook, Checked, Look, told
from channels.providers.aws import Account, NotThere, Service

NEEDED = frozenset({"BOUNCE", "COMPLAINT", "DELIVERY", "REJECT"})
"""The events without which Tend does not learn what became of a mail."""
_TRACKING = frozenset({"OPEN", "CLICK"})

Signs = Callable[[str, list[str]], Awaitable[Checked]]
"""Looks in DNS for the keys SES signs a domain's mail with: the domain and SES's tokens."""


async def look_at_ses(
    account: Account,
    *,
    domain: str,
    configuration_set: str,
    topics: Collection[str],
    signs: Signs,
    timeout_seconds: float,
) -> Look:
    """Look at all of it; what one part does not tell keeps nobody from the next."""
    service = Service("sesv2", account, timeout_seconds=timeout_seconds)
    try:
        for name, look in (
            ("SES account", _account(service)),
            ("SES identity", _identity(service, domain, account.region, signs)),
            ("SES events", _events(service, configuration_set, topics)),
        ):
            async for line in told(name, look):
                yield line
    finally:
        await service.aclose()


async def _account(service: Service) -> Look:
    name = "SES account"
    try:
        found = await service.ask("get_account", {})
    except NotThere:
        raise CannotLook("SES is not there", "see AWS_REGION and AWS_ENDPOINT_URL") from None
    health = str(found.get("EnforcementStatus") or "HEALTHY")
    quota = found.get("SendQuota") or {}
    most, sent = float(quota.get("Max24HourSend", -1)), float(quota.get("SentLast24Hours", 0))
    said = f"{sent:.0f} of {'any number' if most < 0 else f'{most:.0f}'} sent in 24 hours"
    case = "answer Amazon's mail about it, or open a case with AWS support"
    if not found.get("SendingEnabled"):
        yield Checked(name, "broken", "sending is paused", f"SES console, Account dashboard; {case}")
    elif health == "SHUTDOWN":
        yield Checked(name, "broken", "Amazon has shut sending down", case)
    elif not found.get("ProductionAccessEnabled"):
        only = f"in the sandbox: only verified addresses are reached, {said}"
        yield Checked(name, "broken", only, "request production access (SES console, Account dashboard)")
    elif health == "PROBATION":
        yield Checked(name, "broken", "under review for bounces or complaints", case)
    elif 0 <= most <= sent:
        yield Checked(name, "broken", said, "wait, or request a higher quota (Service Quotas)")
    else:
        yield Checked(name, "ok", f"in production, {said}")


async def _identity(service: Service, domain: str, region: str, signs: Signs) -> Look:
    name = "SES identity"
    covering, found = await _covering(service, domain)
    if found is None:
        step = f"create the domain identity {domain} in SES with Easy DKIM, or see AWS_REGION"
        yield Checked(name, "broken", f"{domain} is no identity of this account in {region}", step)
        return
    if not found.get("VerifiedForSendingStatus"):
        status = str(found.get("VerificationStatus") or "PENDING").lower().replace("_", " ")
        yield Checked(
            name, "broken", f"{covering} is not verified ({status})", "publish the DNS records SES shows for it"
        )
    else:
        yield Checked(name, "ok", f"{covering} is verified")
    dkim = found.get("DkimAttributes") or {}
    yield _dkim(dkim)
    if tokens := [str(each) for each in dkim.get("Tokens") or () if dkim.get("SigningAttributesOrigin") != "EXTERNAL"]:
        yield await signs(covering, tokens)
    yield _mail_from(found.get("MailFromAttributes") or {}, domain)


async def _covering(service: Service, domain: str) -> tuple[str, Mapping[str, Any] | None]:
    """The identity mail from this domain goes by: its own, else the nearest above."""
    labels = domain.split(".")
    for start in range(max(1, len(labels) - 1)):
        above = ".".join(labels[start:])
        try:
            return above, await service.ask("get_email_identity", {"EmailIdentity": above})
        except NotThere:
            continue
    return domain, None


def _dkim(dkim: Mapping[str, Any]) -> Checked:
    name = "SES DKIM"
    status = str(dkim.get("Status") or "NOT_STARTED")
    if not dkim.get("SigningEnabled"):
        return Checked(name, "broken", "SES does not sign the mails", "turn Easy DKIM on for the identity")
    if status == "SUCCESS":
        return Checked(name, "ok", f"signs, with {str(dkim.get('CurrentSigningKeyLength') or 'a key').lower()}")
    return Checked(name, "broken", status.lower().replace("_", " "), "publish the three CNAME records SES shows")


def _mail_from(attributes: Mapping[str, Any], domain: str) -> Checked:
    name = "SES MAIL FROM"
    own, status = attributes.get("MailFromDomain"), str(attributes.get("MailFromDomainStatus") or "")
    if not own:
        step = f"may be left so; better set one such as bounce.{domain} in SES"
        return Checked(name, "off", "bounces go to amazonses.com, so DMARC rests on DKIM alone", step)
    if status == "SUCCESS":
        return Checked(name, "ok", str(own))
    return Checked(
        name, "broken", f"{own} is {status.lower() or 'not set up'}", "publish the MX and TXT records SES shows"
    )


async def _events(service: Service, configuration_set: str, topics: Collection[str]) -> Look:
    name = "SES events"
    if not configuration_set:
        step = "make a configuration set whose events go to one of TEND_SNS_TOPICS; set TEND_SES_CONFIGURATION_SET"
        yield Checked(name, "off", "SES tells nothing of bounces and complaints", step)
        return
    asked = {"ConfigurationSetName": configuration_set}
    try:
        whole = await service.ask("get_configuration_set", asked)
        found = await service.ask("get_configuration_set_event_destinations", asked)
    except NotThere:
        step = "make it, or mend TEND_SES_CONFIGURATION_SET: every mail is refused so far"
        yield Checked(name, "broken", f"there is no configuration set {configuration_set}", step)
        return
    if (whole.get("SendingOptions") or {}).get("SendingEnabled") is False:
        yield Checked(name, "broken", f"sending is off for {configuration_set}", "turn it on in the SES console")
        return
    ours = [
        each
        for each in found.get("EventDestinations") or ()
        if each.get("Enabled") and (each.get("SnsDestination") or {}).get("TopicArn") in topics
    ]
    told_of = {str(kind) for each in ours for kind in each.get("MatchingEventTypes") or ()}
    if not ours:
        step = "add an SNS event destination to it, and the topic to TEND_SNS_TOPICS"
        yield Checked(name, "broken", f"{configuration_set} tells no topic of TEND_SNS_TOPICS", step)
    elif missing := sorted(NEEDED - told_of):
        step = "tick them in the event destination"
        yield Checked(name, "broken", f"{configuration_set} does not tell of {', '.join(missing).lower()}", step)
    else:
        traced = sorted(_TRACKING & told_of)
        step = f"untick {' and '.join(traced).lower()}: SES rewrites links or adds an image for it" if traced else ""
        yield Checked(name, "ok", f"{configuration_set} tells {ours[0]['SnsDestination']['TopicArn']}", step)
