"""What DNS says of a domain that sends and takes mail, asked of a real server on this machine."""

from __future__ import annotations

import pytest

from channels.checks import Checked
from channels.providers.domain_check import Expected, Names, look_at_domain, look_at_ses_keys
from tests.channels.name_server import Zone, naming

DOMAIN = "alder.example"
SES = Expected(through_ses=True, sends=True, hears_mail=False, hears_amazon=True, mx_regions={"us-east-1"})
SMTP = Expected(through_ses=False, sends=True, hears_mail=True, hears_amazon=False, mx_regions=())
GOOD: Zone = {
    (DOMAIN, "TXT"): ['"google-site-verification=x"', '"v=spf1 include:amazonses.com " "~all"'],
    (DOMAIN, "MX"): ["10 inbound-smtp.us-east-1.amazonaws.com."],
    (f"_dmarc.{DOMAIN}", "TXT"): ['"v=DMARC1; p=quarantine; rua=mailto:d@alder.example"'],
    (f"google._domainkey.{DOMAIN}", "TXT"): ['"v=DKIM1; k=rsa; p=MIGf"'],
}


async def looked(zone: Zone, expected: Expected, domain: str = DOMAIN) -> dict[str, Checked]:
    async with naming(zone) as server:
        names = Names(timeout_seconds=1.0, server=server)
        return {line.name: line async for line in look_at_domain(names, domain, expected)}


async def test_a_domain_in_order_is_ok_in_every_line() -> None:
    assert {name: line.state for name, line in (await looked(GOOD, SES)).items()} == {
        "SPF": "ok",
        "DMARC": "ok",
        "MX": "ok",
    }
    by_server = await looked({**GOOD, (DOMAIN, "MX"): ["10 mx.alder.example."]}, SMTP)
    assert {line.state for line in by_server.values()} == {"ok"}
    assert by_server["DKIM"].found == "a key is published as google._domainkey.alder.example"


@pytest.mark.parametrize(
    "expected, kind, records, name, found, state",
    [
        (SMTP, "TXT", [], "SPF", "no SPF record", "broken"),
        (SES, "TXT", [], "SPF", "no SPF record", "off"),
        (SES, "TXT", ['"v=spf1 ~all"', '"v=spf1 -all"'], "SPF", "2 SPF records", "broken"),
        (SES, "TXT", ['"v=spf1 include:_spf.google.com ~all"'], "SPF", "does not name SES", "off"),
        (SMTP, "TXT", ['"v=spf1 include:_spf.google.com +all"'], "SPF", "everybody", "broken"),
        (SMTP, "TXT", ['"v=spf10 all"'], "SPF", "no SPF record", "broken"),
        (SMTP, "TXT", ["!"], "SPF", "DNS did not tell", "broken"),
        (SMTP, "TXT", ["*"], "SPF", "DNS did not tell", "broken"),
        (SES, "MX", [], "MX", "takes no mail", "broken"),
        (SES, "MX", ["0 ."], "MX", "takes no mail", "broken"),
        (SES, "MX", ["10 inbound-smtp.eu-west-1.amazonaws.com."], "MX", "in eu-west-1", "broken"),
        (SES, "MX", ["10 mx.alder.example."], "MX", "which tells nothing of it", "broken"),
        (SMTP, "MX", ["10 inbound-smtp.us-east-1.amazonaws.com."], "MX", "notices are refused", "broken"),
    ],
)
async def test_a_record_that_is_off_is_named_with_the_next_step(
    expected: Expected, kind: str, records: list[str], name: str, found: str, state: str
) -> None:
    line = (await looked({**GOOD, (DOMAIN, kind): records}, expected))[name]
    assert (line.state, found in line.found, bool(line.next)) == (state, True, True), line


@pytest.mark.parametrize(
    "records, found, state",
    [
        ([], "no DMARC record", "broken"),
        (['"v=DMARC1; p=none"', '"v=DMARC1; p=reject"'], "2 DMARC records", "broken"),
        (['"v=DMARC1; rua=mailto:d@alder.example"'], "no policy", "broken"),
        (['"v=DMARC1;p=reject"'], "p=reject", "ok"),
    ],
)
async def test_dmarc_is_one_record_with_a_policy(records: list[str], found: str, state: str) -> None:
    line = (await looked({**GOOD, (f"_dmarc.{DOMAIN}", "TXT"): records}, SES))["DMARC"]
    assert (line.state, found in line.found) == (state, True), line


async def test_a_domain_below_has_the_dmarc_of_the_one_above() -> None:
    zone = {**GOOD, (f"_dmarc.{DOMAIN}", "TXT"): ['"v=DMARC1; p=reject; sp=none"']}
    line = (await looked(zone, SES, f"reply.{DOMAIN}"))["DMARC"]
    assert line == Checked("DMARC", "ok", "p=none, from alder.example")


async def test_no_key_under_a_usual_name_is_not_called_broken() -> None:
    zone = {name: records for name, records in GOOD.items() if "_domainkey" not in name[0]}
    line = (await looked(zone, SMTP))["DKIM"]
    assert (line.state, "dkim=pass" in line.next) == ("off", True)


async def test_nothing_is_heard_where_no_door_is_open() -> None:
    deaf = Expected(through_ses=False, sends=False, hears_mail=False, hears_amazon=False, mx_regions=())
    (line,) = (await looked(GOOD, deaf)).values()
    assert (line.name, line.state) == ("MX", "off")


async def test_each_key_of_ses_has_to_be_published() -> None:
    zone: Zone = {
        (f"a._domainkey.{DOMAIN}", "CNAME"): ["a.dkim.amazonses.com."],
        (f"b._domainkey.{DOMAIN}", "TXT"): ['"p=MIGf"'],
    }
    async with naming(zone) as server:
        names = Names(timeout_seconds=1.0, server=server)
        assert (await look_at_ses_keys(names, DOMAIN, ["a", "b"])).state == "ok"
        missing = await look_at_ses_keys(names, DOMAIN, ["a", "b", "c"])
    assert missing.state == "broken"
    assert missing.next == "publish c._domainkey.alder.example CNAME c.dkim.amazonses.com"


async def test_a_closed_server_is_a_line_too() -> None:
    async with naming({}) as server:
        pass
    names = Names(timeout_seconds=0.4, server=server)
    found = {line.name: line async for line in look_at_domain(names, DOMAIN, SES)}
    assert {line.state for line in found.values()} == {"broken"}
    assert "--dns" in found["SPF"].next
