"""Whether US carriers take texts of these numbers: a service's campaign and brand (A2P 10DLC), toll-free verification.

Unregistered long codes are turned away by the carriers (error 30034), unverified toll-free ones too (30032).
"""

from __future__ import annotations

from collections.abc import Sequence

from channels.checks import Checked, Look
from channels.providers.twilio_asking import Asking, Record, records

_TOLL_FREE = ("+1800", "+1833", "+1844", "+1855", "+1866", "+1877", "+1888")
_CAMPAIGN = "A2P campaign"
_BRAND = "A2P brand"


async def look_at_registration(asking: Asking, *, service_sid: str, numbers: Sequence[Record]) -> Look:
    """Look at what these numbers need: nothing, outside the US and Canada."""
    named = [(str(each.get("phone_number") or ""), str(each.get("sid") or "")) for each in numbers]
    for number, sid in named:
        if number.startswith(_TOLL_FREE):
            yield await _toll_free(asking, number, sid)
    if not any(number.startswith("+1") and not number.startswith(_TOLL_FREE) for number, _ in named):
        return
    if not service_sid:
        yield Checked(
            _CAMPAIGN,
            "off",
            "a number alone does not say whether it is registered",
            "register it with a Messaging Service, and set TWILIO_MESSAGING_SERVICE_SID to have that looked at",
        )
        return
    answer = await asking.of_messaging(f"/v1/Services/{service_sid}/Compliance/Usa2p")
    campaigns = records(answer, "compliance")
    if not campaigns:
        register = "register brand and campaign (Console, Messaging, Regulatory compliance)"
        yield Checked(_CAMPAIGN, "broken", "none: US carriers turn these texts away (30034)", register)
        return
    best = min(campaigns, key=lambda each: each.get("campaign_status") != "VERIFIED")
    yield _campaign(best)
    if best.get("campaign_status") != "VERIFIED" and best.get("brand_registration_sid"):
        yield await _brand(asking, str(best["brand_registration_sid"]))


def _campaign(campaign: Record) -> Checked:
    status = str(campaign.get("campaign_status") or "unknown")
    if status == "VERIFIED":
        return Checked(_CAMPAIGN, "ok", f"verified, for {campaign.get('us_app_to_person_usecase') or 'its use'}")
    if status == "FAILED":
        reasons = "; ".join(
            str(each.get("description") or each.get("error_code") or "") for each in records(campaign, "errors")
        )
        found = f"refused: {reasons}" if reasons else "refused"
        return Checked(_CAMPAIGN, "broken", found[:300], "mend what it names and submit it once more in the console")
    wait = "wait for Twilio's mail, days as a rule; until then US carriers turn these texts away (30034)"
    return Checked(_CAMPAIGN, "broken", status.lower().replace("_", " "), wait)


async def _brand(asking: Asking, sid: str) -> Checked:
    brand = await asking.of_messaging(f"/v1/a2p/BrandRegistrations/{sid}") or {}
    status = str(brand.get("status") or "unknown")
    if status == "APPROVED":
        return Checked(_BRAND, "ok", "approved")
    why = str(brand.get("failure_reason") or "")
    found = f"{status.lower().replace('_', ' ')} {why}".strip()[:300]
    return Checked(_BRAND, "broken", found, "see Messaging, Regulatory compliance, Brands in Twilio's console")


async def _toll_free(asking: Asking, number: str, sid: str) -> Checked:
    name = "toll-free verification"
    answer = await asking.of_messaging("/v1/Tollfree/Verifications", TollfreePhoneNumberSid=sid)
    found = [str(each.get("status") or "") for each in records(answer, "verifications")]
    if "TWILIO_APPROVED" in found:
        return Checked(name, "ok", f"{number} is verified")
    if not found:
        return Checked(
            name,
            "broken",
            f"{number} is not verified: its texts are turned away (30032)",
            "submit its verification in Twilio's console",
        )
    status = found[0].lower().replace("_", " ")
    return Checked(
        name, "broken", f"{number}: {status}", "wait for Twilio, or mend what its mail names and submit again"
    )
