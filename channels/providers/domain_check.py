"""Looks in DNS for what mail of our domain needs: SPF, DKIM, DMARC, and the MX that brings the answers.

Receivers want all three of the first: Gmail and Yahoo of whoever sends much, Microsoft since May 2025. DMARC passes
when SPF or DKIM does so for the domain in From; mail through SES leaves as amazonses.com or as its MAIL FROM, so there
SPF for our own domain is a help and no need. (RFC 7208, RFC 6376, RFC 7489; support.google.com/a/answer/81126)
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import dns.asyncresolver
import dns.exception
import dns.resolver

from channels.checks import AGAIN, CannotLook, Checked, Look, told

_AMAZON_MX = re.compile(r"inbound-smtp\.([a-z0-9-]+)\.amazonaws\.com")
_SELECTORS = (
    "default",
    "google",
    "selector1",
    "selector2",
    "s1",
    "s2",
    "k1",
    "mail",
    "dkim",
    "smtp",
    "fm1",
    "pm",
    "mx",
)
_AMAZON_SPF = "include:amazonses.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What the records should say. `mx_regions`: Amazon's regions answers may go to; empty where they go elsewhere."""

    through_ses: bool
    sends: bool
    hears_mail: bool
    hears_amazon: bool
    mx_regions: Collection[str]


class Names:
    """Asks DNS: this machine's servers, or the one given as address and port."""

    def __init__(self, *, timeout_seconds: float, server: tuple[str, int] | None = None) -> None:
        try:
            self._resolver = dns.asyncresolver.Resolver(configure=server is None)
        except dns.resolver.NoResolverConfiguration:
            self._resolver = dns.asyncresolver.Resolver(configure=False)
        if server is not None:
            self._resolver.nameservers = [server[0]]
            self._resolver.port = server[1]
        self._resolver.lifetime = timeout_seconds
        self._resolver.timeout = timeout_seconds / 2

    async def ask(self, name: str, kind: str) -> list[str]:
        """The records of this kind as text; none where there are none. Raises `CannotLook`."""
        try:
            answer = await self._resolver.resolve(name, kind, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except (dns.exception.DNSException, OSError, ValueError) as error:
            step = f"see that this machine may ask DNS, or say --dns 1.1.1.1; or {AGAIN}"
            raise CannotLook(f"DNS did not tell of {name} ({type(error).__name__})", step) from None
        if kind == "TXT":
            return [b"".join(each.strings).decode("utf-8", "replace") for each in answer]
        return [each.to_text() for each in answer]


async def look_at_domain(names: Names, domain: str, expected: Expected) -> Look:
    """Look at all records; one that DNS does not tell of keeps nobody from the next."""
    looks = [("MX", _mx(names, domain, expected))]
    if expected.sends:
        dkim = [] if expected.through_ses else [("DKIM", _usual_selectors(names, domain))]
        looks = [
            ("SPF", _spf(names, domain, through_ses=expected.through_ses)),
            *dkim,
            ("DMARC", _dmarc(names, domain)),
            *looks,
        ]
    for name, look in looks:
        async for line in told(name, look):
            yield line


async def look_at_ses_keys(names: Names, domain: str, tokens: Sequence[str]) -> Checked:
    """Look whether each of SES's keys for this domain is published where receivers look for it."""
    try:
        missing = [token for token in tokens if not await _published(names, domain, token)]
    except CannotLook as error:
        return Checked("DKIM", error.state, error.found, error.next)
    if not missing:
        return Checked("DKIM", "ok", f"{len(tokens)} keys of SES are published for {domain}")
    record = f"{missing[0]}._domainkey.{domain} CNAME {missing[0]}.dkim.amazonses.com"
    return Checked("DKIM", "broken", f"{len(missing)} of {len(tokens)} keys are not in DNS", f"publish {record}")


async def _published(names: Names, domain: str, token: str) -> bool:
    """A CNAME to SES (or below its hosted zone, in newer regions), or a key that some provider copied flat."""
    at = f"{token}._domainkey.{domain}"
    return any("amazonses.com" in each.lower() for each in await names.ask(at, "CNAME")) or any(
        "p=" in each for each in await names.ask(at, "TXT")
    )


async def _spf(names: Names, domain: str, *, through_ses: bool) -> Look:
    found = [each for each in await names.ask(domain, "TXT") if re.match(r"v=spf1(\s|$)", each, re.IGNORECASE)]
    should = f"publish TXT {domain} “v=spf1 {_AMAZON_SPF if through_ses else 'include:YOUR-MAIL-SERVER'} ~all”"
    if not found:
        yield Checked("SPF", "off" if through_ses else "broken", f"{domain} has no SPF record", should)
    elif len(found) > 1:
        yield Checked(
            "SPF", "broken", f"{domain} has {len(found)} SPF records, which counts as none", "make one of them"
        )
    elif re.search(r"\s\+?all\b", found[0], re.IGNORECASE):
        yield Checked("SPF", "broken", "it allows everybody (+all)", "end it with ~all")
    elif through_ses and _AMAZON_SPF not in found[0].lower():
        yield Checked("SPF", "off", f"it does not name SES: {found[0][:160]}", f"add {_AMAZON_SPF} to it")
    else:
        yield Checked("SPF", "ok", found[0][:160])


async def _usual_selectors(names: Names, domain: str) -> Look:
    """Only the mail server knows under which name its key stands, so the usual names are tried."""
    for selector in _SELECTORS:
        if any("p=" in each for each in await names.ask(f"{selector}._domainkey.{domain}", "TXT")):
            yield Checked("DKIM", "ok", f"a key is published as {selector}._domainkey.{domain}")
            return
    step = "see that the mail server signs: a mail to yourself should say dkim=pass in Authentication-Results"
    yield Checked("DKIM", "off", f"no key of {domain} under any of the usual names", step)


async def _dmarc(names: Names, domain: str) -> Look:
    """The domain's own record, else the nearest above, as receivers look for it."""
    labels = domain.split(".")
    for start in range(max(1, len(labels) - 1)):
        above = ".".join(labels[start:])
        texts = await names.ask(f"_dmarc.{above}", "TXT")
        found = [each for each in texts if re.match(r"v=DMARC1\s*(;|$)", each)]
        if len(found) > 1:
            yield Checked(
                "DMARC", "broken", f"{above} has {len(found)} DMARC records, which counts as none", "keep one"
            )
            return
        if found:
            yield _policy(found[0], above, inherited=start > 0)
            return
    step = f"publish TXT _dmarc.{domain} “v=DMARC1; p=none; rua=mailto:dmarc@{domain}”"
    yield Checked("DMARC", "broken", f"{domain} has no DMARC record", step)


def _policy(record: str, domain: str, *, inherited: bool) -> Checked:
    tags = dict(re.findall(r"(?:^|;)\s*([a-z]+)\s*=\s*([^;]*?)\s*(?=;|$)", record))
    policy = (tags.get("sp") if inherited else None) or tags.get("p", "")
    if policy not in {"none", "quarantine", "reject"}:
        return Checked("DMARC", "broken", f"no policy in {record[:120]}", "add p=none, or better p=quarantine")
    return Checked("DMARC", "ok", f"p={policy}{f', from {domain}' if inherited else ''}")


async def _mx(names: Names, domain: str, expected: Expected) -> Look:
    found = [each.split(" ", 1)[1].rstrip(".").lower() for each in await names.ask(domain, "MX")]
    hosts = [host for host in found if host]
    at_amazon = [match[1] for host in hosts if (match := _AMAZON_MX.fullmatch(host))]
    if not (expected.hears_mail or expected.hears_amazon):
        step = "open a door for them: TEND_EMAIL_HOOK_TOKEN, or TEND_SNS_TOPICS with mail at Amazon"
        yield Checked("MX", "off", "no email reply is heard here", step)
    elif not hosts:
        where = f"inbound-smtp.{min(expected.mx_regions)}.amazonaws.com" if expected.mx_regions else "your mail server"
        yield Checked("MX", "broken", f"{domain} takes no mail: answers bounce", f"publish MX {domain} 10 {where}")
    elif wrong := [region for region in at_amazon if expected.hears_amazon and region not in expected.mx_regions]:
        step = f"receive mail in {' or '.join(sorted(expected.mx_regions))}, or add a topic of {wrong[0]}"
        yield Checked("MX", "broken", f"mail arrives at Amazon in {wrong[0]}, where no topic of ours is", step)
    elif at_amazon and not expected.hears_amazon:
        step = "set TEND_SNS_TOPICS to the topic of the receipt rule"
        yield Checked("MX", "broken", "mail arrives at Amazon, and its notices are refused", step)
    elif not at_amazon and not expected.hears_mail:
        amazon = f"inbound-smtp.{min(expected.mx_regions)}.amazonaws.com"
        step = f"publish MX {domain} 10 {amazon}, or set TEND_EMAIL_HOOK_TOKEN"
        yield Checked("MX", "broken", f"mail arrives at {hosts[0]}, which tells nothing of it", step)
    else:
        yield Checked("MX", "ok", ", ".join(hosts)[:160])
