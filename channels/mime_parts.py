"""Raw mail taken apart into header fields and the text a person could read, in time linear in its size.

The standard library decodes single fields; the walk over headers and parts is our own, because the library's is
quadratic or endlessly deep on mail made to hurt (thousands of nested parts, one header of a megabyte). Whatever is
malformed is read as well as it can be; nothing here raises. What the fields mean is left to `channels.mime`.
"""

from __future__ import annotations

import base64
import codecs
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from email import policy

from channels import attached
from channels.email import Attachment
from channels.headers import safe_header

_MAX_FIELDS = 400
_MAX_FIELD_LINES = 10_000
_MAX_FIELD_BYTES = 8192
_MAX_PARTS = 64
_MAX_DEPTH = 6
_MAX_ATTACHMENTS = 50
_REPORT_PARTS = 5
_MAX_LEAF_BYTES = 512 * 1024
_MAX_DECODED = 1000  # the library's field parsers are quadratic: at this length they still answer in milliseconds
_FIELD = re.compile(rb"([!-9;-~]{1,100})[ \t]*:(.*)", re.DOTALL)
_NOT_BASE64 = re.sub(rb"[A-Za-z0-9+/]", b"", bytes(range(256)))
# Codecs for text only: `punycode` and `idna` are quadratic, `utf_7` and `unicode_escape` are nobody's.
_CHARSETS = re.compile(r"utf-(8|16|32)(-[bl]e)?(-sig)?|ascii|iso8859-\d+|cp\d+|koi8-\w|mac-\w+|shift_jis\w*|euc_\w+|"
                       r"gb\w+|big5\w*|hz|iso2022_\w+|johab|tis-620")  # fmt: skip


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


@dataclass(frozen=True, slots=True)
class Words:
    """Readable text of one part; `html` says which kind."""

    text: str
    html: bool


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail taken apart: its header, its readable words in reading order, what is attached, and the parts of a report.

    `parts` are those of the outermost level, and only of a `multipart/report`.
    """

    fields: Fields
    words: tuple[Words, ...]
    attachments: tuple[Attachment, ...]
    parts: tuple[tuple[Fields, bytes], ...]


def take_apart(raw: bytes) -> Mail:
    """Take raw mail apart.

    Of alternatives the plain one is taken unless it is blank; of attached mails only name, type and size are. At most
    64 parts, six levels and 512 KiB of each part's words are looked at.
    """
    fields, body = head(raw)
    walk = _Walk()
    words = tuple(walk.words(fields, body, depth=0))
    kind, params = content_type(fields)
    report = _pieces(body, params.get("boundary"))[:_REPORT_PARTS] if kind == "multipart/report" else []
    return Mail(fields, words, tuple(walk.attachments), tuple(_split_head(piece) for piece in report))


def head(raw: bytes) -> tuple[Fields, bytes]:
    """Split raw mail into its header and its body, with plain line ends."""
    return _split_head(raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").lstrip(b"\n"))


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


class _Walk:
    """One reading of one mail, with its budget of parts."""

    def __init__(self) -> None:
        self._parts_left = _MAX_PARTS
        self._bytes_left = attached.MOST_TOGETHER
        self._files_left = attached.MOST_FILES
        self.attachments: list[Attachment] = []

    def words(self, fields: Fields, body: bytes, *, depth: int) -> Iterator[Words]:
        kind, params = content_type(fields)
        if kind.startswith("multipart/") and depth < _MAX_DEPTH and (pieces := _pieces(body, params.get("boundary"))):
            yield from self._many(kind, pieces, depth=depth)
        elif kind in {"text/plain", "text/html"} and not _is_attachment(fields, params, whole_mail=depth == 0):
            text = _text(body, fields, params)
            if text.strip():
                yield Words(text, html=kind == "text/html")
        elif kind.startswith("multipart/") and depth == 0:  # announced, but not there: read what is
            yield Words(_text(body, fields, params), html=False)
        elif len(self.attachments) < _MAX_ATTACHMENTS and not kind.startswith("multipart/"):
            self.attachments.append(self._kept(_attachment(kind, fields, params, body), fields, body))

    def _kept(self, found: Attachment, fields: Fields, body: bytes) -> Attachment:
        """The attachment with its content, or with the reason why that is not kept."""
        content = b"" if attached.why_not_kind(found.kind) else _content(body, fields, most=attached.MOST_BYTES + 1)
        refused = attached.why_not(found.kind, content)
        if not refused and (len(content) > self._bytes_left or not self._files_left):
            refused = attached.TOO_MANY if self._bytes_left >= len(content) else attached.TOO_MUCH
        if refused:
            return replace(found, refused=refused)
        self._bytes_left -= len(content)
        self._files_left -= 1
        return replace(found, size=len(content), content=content)

    def _many(self, kind: str, pieces: list[bytes], *, depth: int) -> Iterator[Words]:
        children: list[list[Words]] = []
        for piece in pieces:
            if self._parts_left == 0:
                break
            self._parts_left -= 1
            fields, body = _split_head(piece)
            children.append(list(self.words(fields, body, depth=depth + 1)))
        if kind == "multipart/alternative":
            readable = [child for child in children if child]
            plain = [child for child in readable if not any(words.html for words in child)]
            children = (plain or readable)[:1]
        for child in children:
            yield from child


def _split_head(raw: bytes) -> tuple[Fields, bytes]:
    """Read fields up to the first blank line, or up to a line that is none; what follows is the body."""
    items: list[tuple[str, bytes]] = []
    position = lines = 0
    while position < len(raw):
        lines += 1
        if lines > _MAX_FIELD_LINES:
            end = raw.find(b"\n\n", position)
            position = len(raw) if end < 0 else end + 2
            break
        end = raw.find(b"\n", position)
        end = len(raw) if end < 0 else end
        line = raw[position : min(end, position + _MAX_FIELD_BYTES)]
        if not line:
            position = end + 1
            break
        if line[:1] in {b" ", b"\t"} and items:
            name, value = items[-1]
            if len(value) < _MAX_FIELD_BYTES:
                items[-1] = (name, value + line)
        elif found := _FIELD.fullmatch(line):
            if len(items) < _MAX_FIELDS:
                items.append((found[1].decode("ascii").lower(), found[2]))
        elif not (position == 0 and line.startswith(b"From ")):  # an mbox file begins so
            break
        position = end + 1
    return Fields(tuple((name, _unfolded(value)) for name, value in items)), raw[position:]


def _unfolded(value: bytes) -> str:
    try:
        return value.decode("utf-8").strip()
    except UnicodeDecodeError:
        return value.decode("cp1252", "replace").strip()


def _pieces(body: bytes, boundary: str | None) -> list[bytes]:
    """Cut a multipart body at its delimiter lines (RFC 2046 §5.1.1). A missing closing line is forgiven."""
    if not boundary:
        return []
    delimiter = b"\n--" + boundary.encode("utf-8", "replace")
    text = b"\n" + body
    pieces: list[bytes] = []
    start, position = -1, text.find(delimiter)
    while position >= 0 and len(pieces) < _MAX_PARTS:
        end = text.find(b"\n", position + 1)
        end = len(text) if end < 0 else end
        rest = text[position + len(delimiter) : end].strip()
        if rest in {b"", b"--"}:
            if start >= 0:
                pieces.append(text[start:position])
            start = -1 if rest else end + 1
            if rest:
                break
        position = text.find(delimiter, end)
    if start >= 0 and len(pieces) < _MAX_PARTS:
        pieces.append(text[start:])
    return pieces


def _is_attachment(fields: Fields, params: dict[str, str], *, whole_mail: bool) -> bool:
    disposition = (fields.first("content-disposition") or "").lower()
    return disposition.startswith("attachment") or (not whole_mail and ("filename" in disposition or "name" in params))


def _attachment(kind: str, fields: Fields, params: dict[str, str], body: bytes) -> Attachment:
    """Name, type and size of a part, as its sender gives them; a name never holds a path."""
    named = parameters(fields, "content-disposition").get("filename") or params.get("name") or ""
    base64_text = (fields.first("content-transfer-encoding") or "").lower().startswith("base64")
    size = (len(body) - body.count(b"\n")) * 3 // 4 if base64_text else len(body)
    return Attachment(one_line(re.split(r"[\\/]", named[-1000:])[-1])[:200], one_line(kind)[:100], size)


def parameters(fields: Fields, name: str) -> dict[str, str]:
    """Read the parameters of a field such as Content-Disposition; none where it is unreadable."""
    try:
        header = policy.default.header_factory(name, (fields.first(name) or "")[:_MAX_DECODED])
        return {str(key).lower(): str(value) for key, value in header.params.items()}
    except Exception:  # noqa: BLE001 as above
        return {}


def _text(body: bytes, fields: Fields, params: dict[str, str]) -> str:
    text = _as_text(_content(body, fields, most=_MAX_LEAF_BYTES), params.get("charset", "utf-8"))
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")


def _content(body: bytes, fields: Fields, *, most: int) -> bytes:
    """Undo the transfer encoding, of at most so many bytes."""
    encoding = (fields.first("content-transfer-encoding") or "").lower()
    if encoding.startswith("base64"):
        letters = body[: most * 3 // 2].translate(None, _NOT_BASE64)
        letters = letters[: len(letters) - (len(letters) % 4 == 1)]  # one letter alone holds no byte
        body = base64.b64decode(letters + b"=" * (-len(letters) % 4))
    elif encoding.startswith("quoted-printable"):
        body = quopri.decodestring(body[: most * 2])
    return body[:most]


def _as_text(content: bytes, charset: str) -> str:
    """Decode with the named charset. Unknown and over-modest names (ascii, Latin-1) mean UTF-8 or Windows-1252."""
    try:
        name = codecs.lookup(charset[:40].strip()).name
    except (LookupError, ValueError):
        name = ""
    if name in {"utf-8", "ascii", "iso8859-1"} or not _CHARSETS.fullmatch(name):
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError:
            return content.decode("utf-8" if name == "utf-8" else "cp1252", "replace")
    return content.decode(name, "replace")
