"""The fields of a mail's header, decoded as well as they can be: names, addresses, subjects, types with parameters.

The standard library decodes single fields and is kept from hurting itself: it sees a thousand characters, and whatever
it fails on is read raw. Nothing here raises.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import policy

from channels.headers import safe_header

_MAX_DECODED = 1000  # the library's field parsers are quadratic: at this length they still answer in milliseconds


@dataclass(frozen=True, slots=True)
class Fields:
    """The header of a mail or a part: names in lower case, values unfolded, neither decoded nor trusted."""

    items: tuple[tuple[str, str], ...]

    def first(self, name: str) -> str | None:
        """Give the first value of a name, or `None` when there is no such field."""
        return next((value for key, value in self.items if key == name), None)

    def every(self, *names: str) -> tuple[str, ...]:
        """Give all values of these names, in the order they stand."""
        return tuple(value for key, value in self.items if key in names)


def decoded(value: str) -> str:
    """Decode one unstructured field (RFC 2047 words in it) to a single clean line of at most 1,000 characters."""
    try:
        text = str(policy.default.header_factory("subject", value[:_MAX_DECODED]))
    except Exception:  # noqa: BLE001 the library's parser fails in many ways on hostile fields; the raw words will do
        text = value
    return one_line(text)[:_MAX_DECODED]


def mailbox(value: str) -> tuple[str, str]:
    """Read the first address of a field: (address in lower case, decoded name). Either may be empty."""
    address = name = ""
    try:
        header = policy.default.header_factory("from", value[:_MAX_DECODED])
        found = next((a for a in header.addresses if a.username and a.domain), None)
        if found is not None:
            address, name = found.addr_spec, found.display_name
    except Exception:  # noqa: BLE001 as above; the address is then picked out of the raw words
        address = ""
    if not address:
        address = next(iter(addresses(value)), "")
    return one_line(address).lower()[:320], one_line(name)[:200]


def addresses(value: str) -> tuple[str, ...]:
    """Pick every address out of a list of mailboxes, lower case, quoted names left out. Linear, however long."""
    unquoted = re.sub(r'"[^"]*"', " ", value)
    return tuple(found.lower() for found in re.findall(r"[^\s<>()\[\],;:\"@]{1,64}@[A-Za-z0-9.-]{1,255}", unquoted))


def one_line(text: str) -> str:
    """Turn line breaks, control characters and broken surrogates into single spaces."""
    return " ".join(safe_header(text).split())


def content_type(fields: Fields) -> tuple[str, dict[str, str]]:
    """Read Content-Type: the type in lower case (`text/plain` when absent or unreadable) and its parameters."""
    value = fields.first("content-type")
    if value is None:
        return "text/plain", {}
    try:
        header = policy.default.header_factory("content-type", value[:_MAX_DECODED])
        return str(header.content_type), {str(k).lower(): str(v) for k, v in header.params.items()}
    except Exception:  # noqa: BLE001 the library's parser fails in many ways on hostile fields
        return "text/plain", {}


def parameters(fields: Fields, name: str) -> dict[str, str]:
    """Read the parameters of a field such as Content-Disposition; none where it is unreadable."""
    try:
        header = policy.default.header_factory(name, (fields.first(name) or "")[:_MAX_DECODED])
        return {str(key).lower(): str(value) for key, value in header.params.items()}
    except Exception:  # noqa: BLE001 as above
        return {}
