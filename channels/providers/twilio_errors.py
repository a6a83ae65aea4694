"""What Twilio's error codes mean for us, as two tables: on sending, and in a status callback afterwards.

Twilio publishes no flag that says whether an error lasts; the classes are our judgement (twilio.com/docs/api/errors,
read 2026-11). `said` is in our own words, because Twilio's name the number. A code that is in neither table is told by
its number.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from channels.outcomes import CONFIGURATION, INVALID_ADDRESS, LANDLINE, OPTED_OUT_AT_CARRIER
from channels.receipts import ReceiptKind

NOT_ON_WHATSAPP = "not_on_whatsapp"
"""Says nothing against the number: it may still be texted and called."""


class Kind(StrEnum):
    """What an error on sending proves: never, not now, not until a person mends it, or nothing at all."""

    PERMANENT = "permanent"
    LATER = "later"
    CONFIGURATION = "configuration"
    RECONCILE = "reconcile"


@dataclass(frozen=True, slots=True)
class Refusal:
    """One error on sending: its kind, the short word for the row, and the sentence for a person."""

    kind: Kind
    reason: str
    said: str


@dataclass(frozen=True, slots=True)
class Failure:
    """One error afterwards: how far the message came, the short word, and the sentence for a person."""

    kind: ReceiptKind
    reason: str
    said: str


def _never(reason: str, said: str) -> Refusal:
    return Refusal(Kind.PERMANENT, reason, said)


def _later(reason: str, said: str) -> Refusal:
    return Refusal(Kind.LATER, reason, said)


def _mend(said: str) -> Refusal:
    return Refusal(Kind.CONFIGURATION, CONFIGURATION, said)


def _ask(said: str) -> Refusal:
    return Refusal(Kind.RECONCILE, "unknown", said)


ON_SENDING: dict[int, Refusal] = {
    20003: _mend("the account's id and its token or key do not fit each other"),
    20005: _mend("the account is not active"),
    20006: _mend("the account or key may not send"),
    20404: _mend("there is no account of that id"),
    20429: _later("too_many_requests", "too many requests at once"),
    20500: _ask("Twilio failed inside"),
    20503: _ask("Twilio is out of order"),
    21211: _never(INVALID_ADDRESS, "that is no phone number"),
    21212: _mend("the number it is sent from is none"),
    21265: _never(INVALID_ADDRESS, "a short code cannot be written to"),
    21408: _mend("texts to that country are not turned on for the account"),
    21601: _mend("the number it is sent from cannot text, or is not the account's"),
    21602: _never("no_words", "a text needs words"),
    21603: _mend("it has no number to be sent from"),
    21604: _never(INVALID_ADDRESS, "it has no number to go to"),
    21606: _mend("the number it is sent from is not the account's, or cannot text"),
    21608: _mend("a trial account texts only the numbers it has verified"),
    21609: _mend("the address for its statuses (TEND_PUBLIC_URL) is not one Twilio can call"),
    21610: _never(OPTED_OUT_AT_CARRIER, "they told the carrier to stop"),
    21611: _later("queue_full", "more texts wait at Twilio than the number sends in hours"),
    21612: _never("unreachable", "that number cannot be reached from ours"),
    21614: _never(LANDLINE, "that number is no mobile phone"),
    21617: _never("too_long", "a text has 1600 characters at most"),
    21620: _never("bad_media", "the picture's address cannot be used"),
    21635: _never(LANDLINE, "that number is a landline"),
    21659: _mend("the number it is sent from is not Twilio's, or not of that country"),
    21660: _mend("the number it is sent from belongs to another account"),
    21661: _mend("the number it is sent from cannot text"),
    21701: _mend("there is no Messaging Service of that id in the account"),
    21703: _mend("the Messaging Service has no number"),
    21704: _mend("the Messaging Service has no number that can send this"),
    21705: _mend("there is no Messaging Service of that id"),
    30002: _mend("the account is suspended"),
    63003: _never(NOT_ON_WHATSAPP, "that number is not on WhatsApp"),
    63007: _mend("the number it is sent from is no WhatsApp sender"),
    63016: _never("outside_window", "WhatsApp allows only a template now"),
    63018: _later("too_many_requests", "WhatsApp's rate is reached"),
    63024: _never(NOT_ON_WHATSAPP, "that number is not on WhatsApp"),
}
"""By Twilio's code, of a request that was answered with an error."""

_UNDELIVERED, _REJECTED, _BOUNCED = ReceiptKind.UNDELIVERED, ReceiptKind.REJECTED, ReceiptKind.BOUNCED

AFTERWARDS: dict[int, Failure] = {
    21610: Failure(_REJECTED, OPTED_OUT_AT_CARRIER, "they told the carrier to stop"),
    30001: Failure(_UNDELIVERED, "carrier_limit", "it waited at Twilio until it was too late"),
    30002: Failure(_REJECTED, CONFIGURATION, "the account is suspended"),
    30003: Failure(_UNDELIVERED, "unreachable", "the phone was off or out of reach"),
    30004: Failure(_REJECTED, "blocked", "the carrier or the person blocks texts from our number"),
    30005: Failure(_BOUNCED, "no_such_address", "nobody has that number"),
    30006: Failure(_BOUNCED, LANDLINE, "a landline, or a carrier that takes no texts"),
    30007: Failure(_REJECTED, "filtered", "the carrier filtered it; do not send those words again"),
    30008: Failure(_UNDELIVERED, "unknown", "it did not arrive, and the carrier says no reason"),
    30017: Failure(_UNDELIVERED, "carrier_limit", "the carrier's network was full"),
    30022: Failure(_UNDELIVERED, "carrier_limit", "more a second than the registration allows"),
    30023: Failure(_UNDELIVERED, "carrier_limit", "the carrier's daily limit is reached"),
    30027: Failure(_UNDELIVERED, "carrier_limit", "the carrier's daily limit is reached"),
    30032: Failure(_REJECTED, CONFIGURATION, "the toll-free number is not verified"),
    30033: Failure(_REJECTED, CONFIGURATION, "the campaign's registration is suspended"),
    30034: Failure(_REJECTED, CONFIGURATION, "the number is not registered (A2P 10DLC)"),
    30035: Failure(_REJECTED, CONFIGURATION, "the number's registration is not through yet (A2P 10DLC)"),
    30410: Failure(_UNDELIVERED, "unknown", "the carrier did not answer; it may have arrived"),
    30450: Failure(_UNDELIVERED, "blocked", "texts to that number are blocked for now"),
    63003: Failure(_REJECTED, NOT_ON_WHATSAPP, "that number is not on WhatsApp"),
    63007: Failure(_REJECTED, CONFIGURATION, "the number it is sent from is no WhatsApp sender"),
    63014: Failure(_REJECTED, "blocked", "they block our number on WhatsApp"),
    63016: Failure(_REJECTED, "outside_window", "WhatsApp allowed only a template"),
    63018: Failure(_UNDELIVERED, "carrier_limit", "WhatsApp's rate was reached"),
    63024: Failure(_REJECTED, NOT_ON_WHATSAPP, "that number is not on WhatsApp"),
}
"""By Twilio's code, of a message that came to nothing after Twilio had taken it."""


def afterwards(code: int) -> Failure | None:
    """What the error of a message that Twilio had taken means; None for a code we do not know.

    A Messaging Service takes a message before it looks closely, so errors on sending are also told afterwards.
    """
    if code in AFTERWARDS:
        return AFTERWARDS[code]
    refusal = ON_SENDING.get(code)
    if refusal is None:
        return None
    if refusal.reason in {INVALID_ADDRESS, LANDLINE}:
        return Failure(_BOUNCED, refusal.reason, refusal.said)
    passes = refusal.kind in {Kind.LATER, Kind.RECONCILE}
    return Failure(_UNDELIVERED if passes else _REJECTED, refusal.reason, refusal.said)
