"""WhatsApp messages that leave through Twilio: the same form as a text, with addresses of their own.

Words go as they are within the 24 hours; outside them goes the configured template (a Content SID) and no words,
because a template's text sent as words is refused (63016).
"""

from __future__ import annotations

import json
from datetime import datetime

from channels.outcomes import CannotTell, FindOutcome, NotFound, Refused, SendOutcome
from channels.providers.twilio_messages import TwilioMessages
from channels.whatsapp import OutgoingWhatsApp

_PREFIX = "whatsapp:"


class TwilioWhatsAppSender:
    """Sends from one WhatsApp number; `template` is the Content SID of the approved template, empty for none."""

    def __init__(self, messages: TwilioMessages, *, from_number: str, template: str = "") -> None:
        self._messages = messages
        self._from = f"{_PREFIX}{from_number}"
        self._template = template

    @property
    def has_template(self) -> bool:
        """Whether a template is configured."""
        return bool(self._template)

    async def send(self, message: OutgoingWhatsApp) -> SendOutcome:
        """Hand one message to Twilio."""
        form: dict[str, str | list[str]] = {"To": f"{_PREFIX}{message.to}", "From": self._from}
        if message.template_values:
            if not self._template:
                return Refused("outside_window", "no WhatsApp template is configured")
            blanks = {str(number): value for number, value in enumerate(message.template_values, 1)}
            form |= {"ContentSid": self._template, "ContentVariables": json.dumps(blanks)}
        else:
            form["Body"] = message.body
        if callback := self._messages.account.callback(message.our_id):
            form["StatusCallback"] = callback
        return await self._messages.create(form)

    async def find(self, *, our_id: str, to: str, since: datetime, words: str) -> FindOutcome:  # noqa: ARG002 Twilio's list keeps no id of ours
        """Look for the message in Twilio's list by number, time and words.

        A template stands there in its own words, so that where there is one, not to be found proves nothing.
        """
        found = await self._messages.look_for(to=f"{_PREFIX}{to}", since=since, words=words)
        if isinstance(found, NotFound) and self._template:
            return CannotTell("it may have left as a template, which Twilio lists in other words")
        return found

    def answers_itself(self, body: str) -> bool:  # noqa: ARG002 keywords are not handled on WhatsApp by default
        """No: without Advanced Opt-Out, which tells us when it answered, Twilio leaves WhatsApp's words to us."""
        return False
