"""Mail that a machine wrote: vacation notices, bounces, list mail. It is no reply, and nothing is answered to it.

The signs are those of RFC 3834 and of the mail programs that do not follow it. One sign is enough; some of them also
mark what a person wrote by way of a mailing list.
"""

from __future__ import annotations

import re

from channels.mime_parts import Fields, content_type

_BULK = frozenset({"bulk", "list", "junk", "auto_reply", "auto-reply"})
_FLAGS = ("x-autoreply", "x-autorespond", "x-autoresponse", "x-auto-reply", "x-failed-recipients", "list-id")
_MACHINES = ("mailer-daemon", "postmaster")
_SUBJECT = re.compile(
    r"(?:out of (?:the )?office|automatic reply|automated reply|auto[- ]?reply|auto[- ]?response|autoresponder|"
    r"automatische antwort|abwesenheitsnotiz|respuesta automática|fuera de (?:la )?oficina|réponse automatique|"
    r"resposta automática|vacation (?:reply|notice|response|autoreply)|delivery status notification|"
    r"undeliver(?:able|ed)(?: mail)?|mail delivery (?:failed|failure|system)|returned mail|failure notice)\b|"
    r"(?:auto|ooo):",
    re.IGNORECASE,
)


def is_auto_reply(fields: Fields, *, sender: str, subject: str) -> bool:
    """Say whether a machine wrote this mail.

    `Auto-Submitted` other than `no`; `Precedence` bulk, list or junk; X-Autoreply and its kin; `List-Id`; an empty
    Return-Path; `multipart/report`; X-Auto-Response-Suppress that names auto-replies (Exchange puts receipts-only
    values on people's own mail); mailer-daemon and postmaster; a subject such as "Out of office" (at its very start: a
    person's "Re: Out of office" is a person's).
    """
    submitted = _token(fields.first("auto-submitted"))
    suppress = re.split(r"[\s,;]+", (fields.first("x-auto-response-suppress") or "").lower())
    return_path = fields.first("return-path")
    return (
        submitted not in {"", "no"}
        or _token(fields.first("precedence")) in _BULK
        or any(_token(value) != "no" for value in fields.every(*_FLAGS))
        or not {"all", "oof", "autoreply"}.isdisjoint(suppress)
        or (return_path is not None and return_path.strip() in {"", "<>"})
        or content_type(fields)[0] == "multipart/report"
        or re.split(r"[@\s]", sender, maxsplit=1)[0] in _MACHINES
        or _SUBJECT.match(subject) is not None
    )


def _token(value: str | None) -> str:
    """The first word of a field, without parameters and comments, in lower case."""
    return re.split(r"[;(\s]", (value or "").strip(), maxsplit=1)[0].lower()
