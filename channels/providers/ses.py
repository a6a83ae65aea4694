"""Email through Amazon SES, version 2 of its API: one raw mail a call, tagged with our id.

SES writes a Message-ID and a Date of its own. The tag `tend` comes back in every event of that mail, and our own name
for it stands in References, so that both receipts and replies find it. SES keeps no list of what it took, and says so
later only through events: those settle an uncertain mail, not `find`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from channels.email import OutgoingEmail
from channels.outcomes import CONFIGURATION, INVALID_ADDRESS, CannotTell, Deferred, FindOutcome, Refused, SendOutcome
from channels.outgoing_mime import UnusableAddress, ascii_address, build
from channels.providers.aws import Account, Service

TAG = "tend"
"""The name of the tag that carries our id; values are limited to letters, digits, `_` and `-`."""

_QUOTA_SECONDS = 1800.0
_OURS = frozenset(
    {"AccountSuspendedException", "MailFromDomainNotVerifiedException", "NotFoundException", "SendingPausedException"}
)


class SesSender:
    """Sends through one account. `configuration_set` is the one whose events reach our webhook; empty: no events."""

    def __init__(
        self,
        account: Account,
        *,
        configuration_set: str,
        timeout_seconds: float,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._service = Service("sesv2", account, timeout_seconds=timeout_seconds)
        self._configuration_set = configuration_set
        self._now = now

    async def send(self, email: OutgoingEmail) -> SendOutcome:
        """Hand one email to SES."""
        try:
            raw = build(email, at=self._now(), vendor_names_it=True)
            parameters: dict[str, Any] = {
                "FromEmailAddress": ascii_address(email.from_address),
                "Destination": {"ToAddresses": [ascii_address(email.to)]},
                "Content": {"Raw": {"Data": raw}},
                "EmailTags": [{"Name": TAG, "Value": email.our_id}],
            }
        except UnusableAddress as error:
            return Refused(INVALID_ADDRESS, str(error))
        if self._configuration_set:
            parameters["ConfigurationSetName"] = self._configuration_set
        return await self._service.call("send_email", parameters, sort=_sorted)

    async def find(self, *, our_id: str, to: str, since: datetime, words: str) -> FindOutcome:  # noqa: ARG002 nobody to ask
        """Say that SES cannot be asked; its events, where they are wired, tell of the mail by themselves."""
        return CannotTell("SES keeps no list of what it took; its events settle it when they come")

    async def aclose(self) -> None:
        """Let go of the connections."""
        await self._service.aclose()


def _sorted(code: str, words: str, answer: Mapping[str, Any]) -> SendOutcome | None:  # noqa: ARG001 the door's shape
    said = words.lower()
    if "daily" in said and "quota" in said:
        # It frees over the next 24 hours, which is longer than any number of tries.
        return Deferred(CONFIGURATION, _QUOTA_SECONDS, "the day's quota at SES is used up; ask Amazon for a higher one")
    if code == "LimitExceededException":
        return Deferred("SES says that a limit is reached", _QUOTA_SECONDS)
    if code in _OURS or "not verified" in said:
        return Deferred(CONFIGURATION, detail=f"{code}: {words}")
    return None
