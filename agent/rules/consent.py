"""What the consent ledger allows, and which grants a form or a team's source rule is evidence of.

Promises that a marketing text needs prior express written consent with the wording that was shown (47 CFR
64.1200(f)(9)), that email may go until it is revoked (CAN-SPAM, 16 CFR 316), and that nothing is inferred from a
field nobody mapped. Suppression of an address outlives the ledger and is checked apart from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from agent.rules.closing import LEADS_OWN

CHANNELS = ("email", "sms")

WEB_FORM, SOURCE_RULE = "web_form", "source_rule"
WRITTEN_BASES = frozenset({WEB_FORM, "consent_page", SOURCE_RULE, "imported_written"})

_FORM_FIELD = "form_metadata.consent_given"
_CALLED = {"email": "email", "sms": "texts"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the append-only ledger.

    `channel` is `email` or `sms`, `action` is `granted`, `revoked` or `reopened` (the lead took their own revocation
    back), `source` where it came from (of a revocation: a `ClosedBy`), `wording` what the person was shown, `at` an
    aware instant. `address` is the keyed hash of the number a grant was given for: consent to texts is for one number
    (47 CFR 64.1200(f)(9)(i)). None means every address of the lead, as a revocation always does.
    """

    channel: str
    action: str
    basis: str
    source: str
    wording: str
    at: datetime
    address: bytes | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether marketing may go to this channel now, on what basis, and why in plain words."""

    allowed: bool
    basis: str
    reason: str


@dataclass(frozen=True, slots=True)
class Grant:
    """A grant to be entered into the ledger."""

    channel: str
    basis: str
    wording: str


class MalformedConsentError(ValueError):
    """A form's consent that cannot be read. `field` is the path in the request, `reason` the plain words."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


@dataclass(frozen=True, slots=True)
class SourceConsent:
    """A rule the team set once: leads by this source, tag or custom field were shown `wording` and agreed in writing.

    `match` is `source`, `tag` or `custom`, `value` what that says; `field` names the custom field, else it is empty.
    `kept_at` says where the evidence is kept, `since` from which day the wording was shown. Raises ValueError when made
    of parts that cannot be evidence.
    """

    match: str
    value: str
    field: str
    channels: tuple[str, ...]
    wording: str
    kept_at: str
    since: date

    def __post_init__(self) -> None:
        if self.match not in {"source", "tag", "custom"}:
            raise ValueError(f"match: “{self.match}” is not source, tag or custom")
        if not self.value.strip():
            raise ValueError("value: the source, tag or field value to match is needed")
        if (self.match == "custom") != bool(self.field.strip()):
            raise ValueError("field: name the custom field when, and only when, match is custom")
        if not self.channels or any(channel not in CHANNELS for channel in self.channels):
            raise ValueError("channels: email, sms or both are needed")
        if "sms" in self.channels and not (self.wording.strip() and self.kept_at.strip()):
            raise ValueError("wording: texts need the wording that was shown, and kept_at where it is kept")


def in_force(
    entries: Sequence[Entry], *, channel: str, address: bytes | None = None
) -> tuple[Entry | None, tuple[Entry, ...]]:
    """Give the revocation that counts now and the grants that count after it, newest first.

    Asked of one `address`, grants for other addresses do not count; asked of none, any of the lead's do.

    A revocation ends every grant before it, and wins over one at the same instant. Where the lead reopened the channel
    later, the lead's own revocations before that count no more, so that what was granted before them counts again; what
    a person was told and a complaint stay.
    """
    mine = [entry for entry in entries if entry.channel == channel]
    reopened = max((entry.at for entry in mine if entry.action == "reopened"), default=None)
    revoked = max(
        (
            entry
            for entry in mine
            if entry.action == "revoked"
            and not (reopened is not None and entry.at < reopened and entry.source in LEADS_OWN)
        ),
        key=lambda entry: (entry.at, entry.source not in LEADS_OWN),
        default=None,
    )
    grants = (
        entry
        for entry in mine
        if entry.action == "granted"
        and (revoked is None or entry.at > revoked.at)
        and (address is None or entry.address in {None, address})
    )
    return revoked, tuple(sorted(grants, key=lambda entry: entry.at, reverse=True))


def standing(entries: Sequence[Entry], *, channel: str, address: bytes | None = None) -> Standing:
    """Judge one channel by what is in force of the ledger, for one address or (None) for any of the lead's.

    Texts are allowed by a written grant with its wording; email is allowed unless revoked. Raises ValueError for an
    unknown channel.
    """
    if channel not in CHANNELS:
        raise ValueError(f"channel: “{channel}” is not one of {', '.join(CHANNELS)}")
    called = _CALLED[channel]
    revoked, grants = in_force(entries, channel=channel, address=address)
    if revoked and not grants:
        said = revoked.source or revoked.basis
        return Standing(allowed=False, basis=revoked.basis, reason=f"consent to {called} was revoked ({said})")
    if channel == "email":
        if grants:
            return Standing(allowed=True, basis=grants[0].basis, reason=f"agreed to email ({grants[0].source})")
        return Standing(allowed=True, basis="default", reason="email may go until they say stop")
    written = [grant for grant in grants if grant.basis in WRITTEN_BASES]
    for grant in written:
        if grant.wording.strip():
            return Standing(allowed=True, basis=grant.basis, reason=f"agreed to texts in writing ({grant.source})")
    if written:
        return Standing(allowed=False, basis=written[0].basis, reason="the wording shown for texts is not on file")
    if grants:
        return Standing(allowed=False, basis=grants[0].basis, reason="the consent to texts is not in writing")
    return Standing(allowed=False, basis="", reason="no written consent to texts")


def from_form(
    consent_given: bool | Mapping[str, object] | None,  # noqa: FBT001 - the capture API says bool or object
    *,
    campaign_wording: str | None,
) -> tuple[Grant, ...]:
    """Read `form_metadata.consent_given` of the capture API.

    A bare true covers email, and texts only when the campaign stores the wording its form shows. An object says which
    channels, and its `wording` comes before the campaign's. A text grant without any wording is kept as said, and
    `standing` does not count it. False, null and channels not said give nothing. Raises MalformedConsentError.
    """
    stored = (campaign_wording or "").strip()
    if consent_given is None or consent_given is False:
        return ()
    if consent_given is True:
        return tuple(Grant(channel, WEB_FORM, stored) for channel in CHANNELS if channel == "email" or stored)
    if not isinstance(consent_given, Mapping):
        raise MalformedConsentError(_FORM_FIELD, "must be true, false or an object of channels")
    if not any(channel in consent_given for channel in CHANNELS):
        raise MalformedConsentError(_FORM_FIELD, "must name email, sms or both")
    for channel in CHANNELS:
        if not isinstance(consent_given.get(channel, False), bool):
            raise MalformedConsentError(f"{_FORM_FIELD}.{channel}", "must be true or false")
    shown = consent_given.get("wording")
    if shown is not None and not isinstance(shown, str):
        raise MalformedConsentError(f"{_FORM_FIELD}.wording", "must be text")
    wording = (shown or "").strip() or stored
    return tuple(Grant(channel, WEB_FORM, wording) for channel in CHANNELS if consent_given.get(channel) is True)


def from_source_rule(rule: SourceConsent) -> tuple[Grant, ...]:
    """Give the grants that a matching team rule is evidence of."""
    return tuple(Grant(channel, SOURCE_RULE, rule.wording) for channel in rule.channels)


def matching(
    rules: Iterable[SourceConsent],
    *,
    source: str,
    tags: Iterable[str],
    custom: Mapping[str, str],
    created_on: date,
) -> tuple[Grant, ...]:
    """Give the grants of every rule that a person matches, one a channel, the first rule's first.

    Values are compared without case and outer spaces. A rule whose wording was shown only after the person was
    created (`created_on`, in the team's zone) is no evidence of what they saw.
    """
    folded_tags = {_folded(tag) for tag in tags}
    granted: dict[str, Grant] = {}
    for rule in rules:
        value = _folded(rule.value)
        match rule.match:
            case "source":
                hit = _folded(source) == value
            case "tag":
                hit = value in folded_tags
            case "custom":
                hit = _folded(custom.get(rule.field, "")) == value
        if hit and created_on >= rule.since:
            for grant in from_source_rule(rule):
                granted.setdefault(grant.channel, grant)
    return tuple(granted.values())


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()
