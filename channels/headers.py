"""Email headers that protect the reader: one-click unsubscribe, and values that cannot smuggle in another header.

Which URL unsubscribes whom is decided elsewhere (`channels.tokens`); signing both headers with DKIM is the sender's.
"""

from __future__ import annotations

import re

# Everything str.splitlines() breaks at, the other control characters, and halves of surrogate pairs.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
# http(s), a host, and then printable ASCII without space and angle brackets.
_URL = re.compile(r"https?://(?![/?#])[!-;=?-~]+", re.IGNORECASE)


def list_unsubscribe(url: str) -> tuple[tuple[str, str], ...]:
    """Give the two headers of one-click unsubscribe (RFC 8058) for one recipient's own URL.

    Mail providers POST `List-Unsubscribe=One-Click` there; a GET only shows a page. RFC 8058 asks for https, and plain
    http is let through for a sandbox on loopback. Raises `ValueError` for anything else that is not such a URL.
    """
    if not _URL.fullmatch(url):
        raise ValueError("an unsubscribe URL is an absolute http(s) address in printable ASCII")
    return ("List-Unsubscribe", f"<{url}>"), ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")


def safe_header(value: str) -> str:
    r"""Put a value on one line: every run of line breaks and control characters becomes one space, ends are trimmed.

    A lead called `Ann\r\nBcc: everyone@…` stays a name. The length is left alone.
    """
    return _UNSAFE.sub(" ", value).strip()
