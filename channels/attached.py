"""What comes with a message: which files are kept, and where the others' reasons come from. Nothing is opened or run.

A file is kept when its declared type is on the list, its first bytes say the same, and it is not too big. What could
run in a browser or unpack itself (HTML, SVG, scripts, archives, office files with macros) is on no list. A kept name
ends in what the file is, so that no picture is called `.html`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Protocol

MOST_BYTES = 5 * 1024 * 1024
MOST_TOGETHER = 10 * 1024 * 1024
MOST_FILES = 10
TOO_BIG = f"it is larger than {MOST_BYTES // 1024**2} MB"
TOO_MUCH = f"the message brought more than {MOST_TOGETHER // 1024**2} MB"
TOO_MANY = f"the message brought more than {MOST_FILES} files"

_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN = "application/vnd.oasis.opendocument."
_ENDINGS = {
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "image/gif": (".gif",),
    "image/webp": (".webp",),
    "image/heic": (".heic", ".heif"),
    "application/pdf": (".pdf",),
    "text/plain": (".txt",),
    f"{_OPEN}text": (".odt",),
    f"{_OPEN}spreadsheet": (".ods",),
    f"{_OFFICE}wordprocessingml.document": (".docx",),
    f"{_OFFICE}spreadsheetml.sheet": (".xlsx",),
}
_ALSO_CALLED = {"image/jpg": "image/jpeg", "image/pjpeg": "image/jpeg", "image/heif": "image/heic"}
_BEGINS = {
    "image/jpeg": rb"\xff\xd8\xff",
    "image/png": rb"\x89PNG\r\n\x1a\n",
    "image/gif": rb"GIF8[79]a",
    "image/webp": rb"RIFF....WEBP",
    "image/heic": rb"....ftyp(?:hei[cmsx]|hev[cx]|mif1|msf1)",
    "application/pdf": rb"%PDF-",
    f"{_OPEN}text": rb"PK\x03\x04.{26}mimetypeapplication/vnd\.oasis\.opendocument\.textPK",
    f"{_OPEN}spreadsheet": rb"PK\x03\x04.{26}mimetypeapplication/vnd\.oasis\.opendocument\.spreadsheetPK",
    f"{_OFFICE}wordprocessingml.document": rb"PK\x03\x04",
    f"{_OFFICE}spreadsheetml.sheet": rb"PK\x03\x04",
}
_HOLDS = {f"{_OFFICE}wordprocessingml.document": b"word/", f"{_OFFICE}spreadsheetml.sheet": b"xl/"}
_MACROS = b"vbaProject"
SHOWN_SMALL = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
"""What every browser draws and none runs."""


def kind_of(declared: str) -> str:
    """Give the type as the list names it; any other as it is."""
    kind = declared.partition(";")[0].strip().lower()
    return _ALSO_CALLED.get(kind, kind)


def why_not_kind(kind: str) -> str:
    """Why a file of this declared type is not kept; empty when it may be."""
    return "" if kind_of(kind) in _ENDINGS else "files of this type are not kept"


def why_not(kind: str, content: bytes) -> str:
    """Why this file is not kept; empty when it is."""
    kind = kind_of(kind)
    if reason := why_not_kind(kind):
        return reason
    if len(content) > MOST_BYTES:
        return TOO_BIG
    if not content:
        return "it is empty"
    return "" if _is(kind, content) else "it is not what it says it is"


def safe_name(name: str, kind: str) -> str:
    """Give a name to save it under: one line without tricks of direction, ending in what the file is."""
    seen = "".join(letter for letter in name if unicodedata.category(letter) not in {"Cc", "Cf", "Cs"})
    plain = re.sub(r'[\\/:*?"<>|\s]+', " ", seen)[-150:].strip(" .")
    endings = _ENDINGS.get(kind_of(kind), ("",))
    return (plain or "file") if plain.lower().endswith(endings) else f"{plain or 'file'}{endings[0]}"


def _is(kind: str, content: bytes) -> bool:
    """Whether the bytes say the same as the declared type, as far as that is cheap to see."""
    if kind == "text/plain":
        return b"\x00" not in content
    if not re.match(_BEGINS[kind], content, re.DOTALL):
        return False
    return _HOLDS.get(kind, b"") in content and not (kind in _HOLDS and _MACROS in content)


@dataclass(frozen=True, slots=True)
class FetchedFile:
    """A file that was fetched: what it is by its server's word, and its bytes."""

    kind: str
    content: bytes


class FileNotFetched(Exception):
    """A file could not be fetched: a short `reason`, and whether that is `permanent`."""

    def __init__(self, reason: str, *, permanent: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.permanent = permanent


class FileStore(Protocol):
    """Where a vendor keeps what came with a message, until it is fetched."""

    async def fetch(self, url: str) -> FetchedFile:
        """Fetch one file of at most `MOST_BYTES`. Raises `FileNotFetched`."""
        ...

    async def aclose(self) -> None:
        """Close the connections."""
        ...
