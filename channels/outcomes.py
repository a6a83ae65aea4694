"""What a sender's door answers: the four things that can be true after one attempt to send.

Only an answer that *proves* nothing left (`Deferred`) may be tried again; `Unknown` never is, because a person
would get the same message twice. A sender never raises for the vendor's or the network's faults: it answers.
"""

from __future__ import annotations

from dataclasses import dataclass

OPTED_OUT_AT_CARRIER = "opted_out"
"""The reason word of a refusal, or of a receipt, by which a carrier tells of a stop that never reached us."""
INVALID_ADDRESS = "invalid_address"
"""The address does not exist, or can never get this."""
LANDLINE = "landline"
"""The number cannot get texts."""
CONFIGURATION = "configuration"
"""Our own account or its registration refuses: nothing goes until a person mends it."""


@dataclass(frozen=True, slots=True)
class Sent:
    """The vendor took the message and named it `provider_id`."""

    provider_id: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was sent and nothing ever will be: a dead number, a malformed address, an opt-out at the carrier.

    `reason` is a short word for the row (`invalid_address`, `opted_out`, `configuration`); `detail` the vendor's words.
    """

    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Deferred:
    """Nothing was sent, and that is proved: refused before the body was taken, or an answer that says so (429).

    `retry_after_seconds` is the least to wait. With the reason `configuration` it is tried again for as long as it
    takes, and a person is told `detail`.
    """

    reason: str
    retry_after_seconds: float | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Unknown:
    """The call ended without proof either way (time-out, reset after the body, 5xx). Never sent again by itself."""

    reason: str


SendOutcome = Sent | Refused | Deferred | Unknown


@dataclass(frozen=True, slots=True)
class Found:
    """Asked afterwards, the vendor knows the message."""

    provider_id: str


@dataclass(frozen=True, slots=True)
class NotFound:
    """Asked afterwards, the vendor has no such message: it was not sent."""


@dataclass(frozen=True, slots=True)
class CannotTell:
    """The vendor cannot be asked; a person decides."""

    reason: str


FindOutcome = Found | NotFound | CannotTell
