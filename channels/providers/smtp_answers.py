"""What a mail server's refusal means: its reply code (RFC 5321) and its enhanced status (RFC 3463), sorted.

A 4xx is tried again; one about no recipient yet, or about our rate, holds for all mail. A 5xx about the recipient is a
dead address, one about us or our account waits for a person, and the rest is a refusal of this one mail.
"""

from __future__ import annotations

import re

from aiosmtplib import SMTPResponseException

from channels.outcomes import CONFIGURATION, INVALID_ADDRESS, THROTTLED, Deferred, Refused, SendOutcome, Unknown

_GREY_LISTED_SECONDS = 300.0
_BUSY_SECONDS = 60.0
_OF_THE_SERVER = frozenset({421, 454})
"""Closing, or a rate reached (RFC 5321 §3.8; SES and others), wherever it is said."""
_STATUS = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})\b")
_NO_SUCH_ADDRESS = frozenset({(1, 0), (1, 1), (1, 2), (1, 3), (1, 6), (1, 10), (2, 1)})
_ABOUT_US = frozenset({(1, 7), (1, 8), (5, 7), (7, 8), (7, 9), (7, 11), (7, 20), (7, 21), (7, 22), (7, 23), (7, 26)})
"""Our sender address, our login, our SPF, DKIM and DMARC (RFC 7372, 4954, 3463)."""

_OUR_FAULT = re.compile(r"relay|authenti|not permitted to send|sender (address )?rejected", re.IGNORECASE)
_NOT_THE_ADDRESS = re.compile(r"spam|polic|block|reputation|denied|quota|full", re.IGNORECASE)
_LOGIN = frozenset({530, 534, 535, 538})


def refused_by(error: SMTPResponseException, *, at: str) -> SendOutcome:
    """Sort an answer that is no yes, given at `connect`, `mail`, `rcpt` or `data`."""
    code, words = error.code, " ".join(error.message.split())[:300]
    status = _STATUS.search(words)
    detail = (int(status[2]), int(status[3])) if status else None
    if 400 <= code < 500:
        later = f"the mail server says later ({code})"
        if at in {"connect", "mail"} or code in _OF_THE_SERVER:
            return Deferred(THROTTLED, _BUSY_SECONDS, later)
        return Deferred(later, _GREY_LISTED_SECONDS if code in {450, 451} else None)
    if not 500 <= code < 600:
        return Unknown("the mail server answered with nonsense") if at == "data" else Deferred("nonsense", None)
    ours = code in _LOGIN or detail in _ABOUT_US or _OUR_FAULT.search(words)
    if ours or (at in {"connect", "mail"} and code != 552):
        return Deferred(CONFIGURATION, detail=f"{code} {words}")
    if code == 552 or detail in {(3, 4), (2, 3)}:
        return Refused("too_large", words)
    if detail in _NO_SUCH_ADDRESS or (
        detail is None and at == "rcpt" and code in {550, 551, 553} and not _NOT_THE_ADDRESS.search(words)
    ):
        return Refused(INVALID_ADDRESS, words)
    return Refused("rejected", words)
