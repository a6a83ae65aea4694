"""What came in from machines at addresses nobody has, a bounce or a newsletter, in one quiet sentence."""

from __future__ import annotations

from collections.abc import Mapping

UNDELIVERED = "undelivered"
"""A mail server tells of a mail that it could not deliver."""
AUTOMATIC = "automatic"


def stray_mail(came: Mapping[str, int]) -> str | None:
    """Say how many mails of each kind came in the last day; None where there were none."""
    undelivered, automatic = came.get(UNDELIVERED, 0), came.get(AUTOMATIC, 0)
    said = []
    if undelivered:
        said.append(
            "a mail could not be delivered" if undelivered == 1 else f"{undelivered} mails could not be delivered"
        )
    if automatic:
        many = "1 automatic mail" if automatic == 1 else f"{automatic} automatic mails"
        said.append(f"{many} came from addresses that are nobody's here")
    return f"In the last 24 hours {' and '.join(said)}" if said else None
