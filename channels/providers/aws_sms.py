"""Texts through Amazon, in either of its two ways: End User Messaging (`sms-voice`), or a plain SNS publish.

End User Messaging returns our id with every event and is the better one. SNS has no receipts that reach us and keeps
nothing of ours. Neither can be asked afterwards. STOP, HELP and their answers are Amazon's to give unless the number's
opt-out handling is set to self-managed; the stop still counts with us when the carrier tells of it here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from channels.outcomes import (
    CONFIGURATION,
    INVALID_ADDRESS,
    OPTED_OUT_AT_CARRIER,
    CannotTell,
    Deferred,
    FindOutcome,
    Refused,
    SendOutcome,
)
from channels.providers.aws import Account, Service
from channels.sms import OutgoingSms

VALID_SECONDS = 1800
"""How long a text may wait at Amazon: no longer than at Twilio, so that none rings at night that was allowed by day."""

_KEYWORDS = frozenset(
    {"stop", "arret", "cancel", "end", "opt-out", "optout", "quit", "remove", "td", "unsubscribe", "help"}
)
_QUOTA_SECONDS = 3600.0
_OUR_SENDER = frozenset(
    {
        "CHANNEL_NOT_ENABLED",
        "COUNTRY_NOT_ENABLED",
        "INVALID_IDENTITY_FOR_DESTINATION_COUNTRY",
        "SENDER_ID_NOT_REGISTERED",
        "SENDER_ID_NOT_SUPPORTED",
        "SENDER_ID_REQUIRES_REGISTRATION",
    }
)
"""What Amazon finds wrong with the number, pool or sender id, or with the account, and not with the recipient."""


class _AwsTexts:
    """What both ways share."""

    def __init__(self, name: str, account: Account, *, sender: str, timeout_seconds: float) -> None:
        self._service = Service(name, account, timeout_seconds=timeout_seconds)
        self._sender = sender

    def answers_itself(self, body: str) -> bool:
        """Whether Amazon itself answers this word from a lead."""
        return body.strip().lower() in _KEYWORDS

    async def find(self, *, our_id: str, to: str, since: datetime, words: str) -> FindOutcome:  # noqa: ARG002 nobody to ask
        """Say that Amazon cannot be asked about one text."""
        return CannotTell("Amazon keeps no list of the texts it took")

    async def aclose(self) -> None:
        """Let go of the connections."""
        await self._service.aclose()


class SmsVoiceSender(_AwsTexts):
    """End User Messaging. `sender` is a number, a pool or a sender id; `configuration_set` the one with our events."""

    def __init__(self, account: Account, *, sender: str, configuration_set: str, timeout_seconds: float) -> None:
        super().__init__("pinpoint-sms-voice-v2", account, sender=sender, timeout_seconds=timeout_seconds)
        self._configuration_set = configuration_set

    async def send(self, sms: OutgoingSms) -> SendOutcome:
        """Hand one text over."""
        parameters = {
            "DestinationPhoneNumber": sms.to,
            "OriginationIdentity": self._sender,
            "MessageBody": sms.body,
            "MessageType": "PROMOTIONAL",
            "TimeToLive": VALID_SECONDS,
            "Context": {"tend": sms.our_id},
        }
        if self._configuration_set:
            parameters["ConfigurationSetName"] = self._configuration_set
        return await self._service.call("send_text_message", parameters, sort=_sms_voice)


class SnsTextSender(_AwsTexts):
    """SNS publish, from the number `sender`."""

    def __init__(self, account: Account, *, sender: str, timeout_seconds: float) -> None:
        super().__init__("sns", account, sender=sender, timeout_seconds=timeout_seconds)

    async def send(self, sms: OutgoingSms) -> SendOutcome:
        """Hand one text over."""
        attributes = {"AWS.SNS.SMS.SMSType": "Promotional", "AWS.MM.SMS.OriginationNumber": self._sender}
        parameters = {
            "PhoneNumber": sms.to,
            "Message": sms.body,
            "MessageAttributes": {
                name: {"DataType": "String", "StringValue": value} for name, value in attributes.items() if value
            },
        }
        return await self._service.call("publish", parameters, sort=_sns)


def _sms_voice(code: str, words: str, answer: Mapping[str, Any]) -> SendOutcome | None:
    reason = str(answer.get("Reason", ""))
    if reason == "DESTINATION_PHONE_NUMBER_OPTED_OUT":
        return Refused(OPTED_OUT_AT_CARRIER, words)
    if code == "ServiceQuotaExceededException":
        # A spending limit frees with the month, or when a person raises it: longer than any number of tries.
        return Deferred(CONFIGURATION, _QUOTA_SECONDS, "a quota or the month's spending limit at Amazon is used up")
    if code == "ValidationException" and reason == "INVALID_PARAMETER" and "DestinationPhoneNumber" in _fields(answer):
        return Refused(INVALID_ADDRESS, words)
    if reason.startswith("DESTINATION_PHONE_NUMBER_BLOCKED"):
        return Refused("blocked", words)
    if code in {"ConflictException", "ResourceNotFoundException"} or reason in _OUR_SENDER:
        return Deferred(CONFIGURATION, detail=f"{reason or code}: {words}")
    return None


def _sns(code: str, words: str, answer: Mapping[str, Any]) -> SendOutcome | None:  # noqa: ARG001 the door's shape
    said = words.lower()
    if code in {"OptedOut", "OptedOutException"} or "opted out" in said:
        return Refused(OPTED_OUT_AT_CARRIER, words)
    if code in {"InvalidParameter", "InvalidParameterValue"} and "phonenumber" in said.replace(" ", ""):
        return Refused(INVALID_ADDRESS, words)
    return None


def _fields(answer: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(str(each.get("Name", "")) for each in answer.get("Fields", ()))
