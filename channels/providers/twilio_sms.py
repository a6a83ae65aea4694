"""Texts that leave through Twilio: what the form says, and which words Twilio answers by itself.

A text not handed to the carrier in half an hour is dropped by Twilio, so that a full queue never rings at night.
Opt-out words are Twilio's defaults for long codes, also right with Advanced Opt-Out, which tells us when it answered.
"""

from __future__ import annotations

from dataclasses import replace

from channels.outcomes import (
    FindOutcome,
    SendOutcome,
    Sought,
)
from channels.providers.twilio_messages import TwilioMessages
from channels.sms import OutgoingSms, fold

VALID_SECONDS = 1800
_ANSWERED = frozenset(
    "stop stopall unsubscribe cancel end quit revoke optout start unstop yes help info".split()  # noqa: SIM905 - as Twilio lists them
)
_MOST_MEDIA = 10


class TwilioSmsSender:
    """Sends texts from a Messaging Service, or a number, or a number of a service's pool where both are given."""

    def __init__(self, messages: TwilioMessages, *, service_sid: str = "", from_number: str = "") -> None:
        if not service_sid and not from_number:
            raise ValueError("texts need a Messaging Service or a number to be sent from")
        self._messages = messages
        self._origin = {"MessagingServiceSid": service_sid} if service_sid else {}
        self._origin |= {"From": from_number} if from_number else {}

    async def send(self, sms: OutgoingSms) -> SendOutcome:
        """Hand one text to Twilio, look-alike characters folded."""
        form: dict[str, str | list[str]] = {"To": sms.to, **self._origin, "ValidityPeriod": str(VALID_SECONDS)}
        if sms.body:
            form["Body"] = fold(sms.body)
        if sms.media_urls:
            form["MediaUrl"] = list(sms.media_urls[:_MOST_MEDIA])
        if callback := self._messages.account.callback(sms.our_id):
            form["StatusCallback"] = callback
        return await self._messages.create(form)

    async def find(self, sought: Sought) -> FindOutcome:
        """Look for the text in Twilio's list by number, time and words."""
        return await self._messages.look_for(replace(sought, words=fold(sought.words)))

    def answers_itself(self, body: str) -> bool:
        """Whether Twilio answers this text: it does when the whole of it is one of its words, in any letter case."""
        return body.strip().casefold() in _ANSWERED
