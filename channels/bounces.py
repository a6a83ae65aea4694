"""Mail that reports on mail of ours: what a server could not deliver (RFC 3464), or a complaint (RFC 5965).

Only the report's own parts are read, each capped. Which mail it is about stands in the header that came back with it;
a report that names none is just a machine's mail. Whether one of ours has that name is the caller's to find out.
"""

from __future__ import annotations

import re

from channels.email import Returned
from channels.mime_fields import Fields, content_type, one_line
from channels.mime_parts import Mail, head

_MAX_PART = 64 * 1024
_MAX_RECIPIENTS = 50
_MAX_ABOUT = 20
_MESSAGE_ID = re.compile(r"<([^<>\s]{1,500})>")
_REPORTS = {"message/delivery-status": "delivery", "message/feedback-report": "feedback"}
_RETURNED = frozenset({"message/rfc822", "message/rfc822-headers", "text/rfc822-headers", "message/global"})


def read(mail: Mail) -> tuple[Returned, ...]:
    """Read a report; empty for any other mail, and for a report that says nothing of a mail."""
    report, kind = b"", ""
    about: tuple[str, ...] = ()
    for fields, body in mail.parts:
        part = content_type(fields)[0]
        if part in _REPORTS:
            report, kind = body[:_MAX_PART], _REPORTS[part]
        elif part in _RETURNED:
            about = _about(head(body[:_MAX_PART])[0])
    if not about:
        return ()
    return _complaint(report, about) if kind == "feedback" else _deliveries(report, about)


def _about(fields: Fields) -> tuple[str, ...]:
    """The ids in a returned header: the mail's own, then those it refers to, the last first."""
    own = _MESSAGE_ID.findall(fields.first("message-id") or "")[:1]
    earlier = _MESSAGE_ID.findall(fields.first("references") or "")[::-1]
    return tuple(dict.fromkeys(map(one_line, (*own, *earlier))))[:_MAX_ABOUT]


def _deliveries(report: bytes, about: tuple[str, ...]) -> tuple[Returned, ...]:
    found = []
    for block in re.split(rb"\n[ \t]*\n", report)[: _MAX_RECIPIENTS + 1]:
        fields, _ = head(block + b"\n")
        action = one_line(fields.first("action") or "").lower()[:20]
        if not action:
            continue
        _, _, recipient = (fields.first("final-recipient") or fields.first("original-recipient") or "").rpartition(";")
        status = re.search(r"[245]\.\d{1,3}\.\d{1,3}", (fields.first("status") or "")[:100])
        detail = one_line(fields.first("diagnostic-code") or "")[:1000]
        found.append(Returned(action, status[0] if status else "", one_line(recipient).lower()[:320], detail, about))
    return tuple(found)


def _complaint(report: bytes, about: tuple[str, ...]) -> tuple[Returned, ...]:
    """Say that somebody called it spam. "Not spam" and reports of other kinds are no complaint."""
    fields, _ = head(report)
    kind = one_line(fields.first("feedback-type") or "").lower()
    recipient = one_line(fields.first("original-rcpt-to") or "").strip("<>").lower()[:320]
    action = "complaint" if kind in {"abuse", "fraud", "opt-out"} else "other"
    return (Returned(action, "", recipient, kind, about),)
