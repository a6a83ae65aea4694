"""Sealing of personal data and the keyed hashes that look it up.

`seal(table, column, id, value)` gives bytes: version, key id, nonce, AES-256-GCM ciphertext; the place is authenticated
(AAD `table|column|id`), so a value cannot be moved to another row. Hashes are HMAC-SHA256 truncated to 16 bytes, with a
key made once per installation and never rotated (suppressions outlive everything). Without a key (demo) values are
stored as plain UTF-8 behind version byte 0. Cost measured elsewhere: about 2 µs a value.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_PLAIN, _AES_GCM = 0, 1
_NONCE = 12
_HEADER = 2


class SealBroken(ValueError):
    """A sealed value that does not open: wrong key, moved from another row, or damaged."""


def new_key() -> str:
    """Make a key as it is written in settings: 32 random bytes, URL-safe base64."""
    return base64.urlsafe_b64encode(os.urandom(32)).decode()


@dataclass(frozen=True)
class Sealer:
    """Seals, opens and hashes for one installation. `key` is 32 bytes, or None to store plain text (demo only)."""

    key: bytes | None
    hash_key: bytes

    def seal(self, table: str, column: str, row: UUID, value: str) -> bytes:
        """Seal one value for one place."""
        return self.seal_bytes(table, column, row, value.encode("utf-8", "replace"))

    def seal_bytes(self, table: str, column: str, row: UUID, value: bytes) -> bytes:
        """Seal what is no text."""
        if self.key is None:
            return bytes((_PLAIN, 0)) + value
        nonce = os.urandom(_NONCE)
        sealed = _cipher(self.key).encrypt(nonce, value, _place(table, column, row))
        return bytes((_AES_GCM, _key_id(self.key))) + nonce + sealed

    def open(self, table: str, column: str, row: UUID, sealed: bytes | None) -> str:
        """Open one value; an absent one is empty. Raises `SealBroken`."""
        return self.open_bytes(table, column, row, sealed).decode()

    def open_bytes(self, table: str, column: str, row: UUID, sealed: bytes | None) -> bytes:
        """Open what is no text. Raises `SealBroken`."""
        if not sealed:
            return b""
        if sealed[0] == _PLAIN:
            return sealed[_HEADER:]
        if sealed[0] != _AES_GCM or self.key is None or sealed[1] != _key_id(self.key):
            message = (
                f"{table}.{column} was sealed with another key: set TEND_SECRET_KEY to the key it was written with"
            )
            raise SealBroken(message)
        nonce, body = sealed[_HEADER : _HEADER + _NONCE], sealed[_HEADER + _NONCE :]
        try:
            return _cipher(self.key).decrypt(nonce, body, _place(table, column, row))
        except InvalidTag:
            message = f"{table}.{column} does not open: the value is damaged or belongs to another row"
            raise SealBroken(message) from None

    def hash(self, kind: str, value: str) -> bytes:
        """Keyed hash for lookups (`kind` keeps an email's hash apart from a phone's); normalise the value first."""
        return hmac.digest(self.hash_key, f"{kind}\0{value}".encode("utf-8", "replace"), "sha256")[:16]

    def token_key(self, purpose: str) -> bytes:
        """Derive the key that signs links and reply addresses."""
        return _token_key(self.hash_key, purpose)


def key_from_text(text: str) -> bytes:
    """Read a key as written in settings. Raises `ValueError` with what to do."""
    try:
        key = base64.urlsafe_b64decode(text.encode())
    except ValueError:
        key = b""
    if len(key) != 32:
        message = "TEND_SECRET_KEY must be 32 bytes in URL-safe base64; leave it empty and `tend serve` makes one"
        raise ValueError(message)
    return key


def wrap(key: bytes | None, secret: bytes) -> bytes:
    """Wrap the hash key for the installation row (plain when there is no key)."""
    if key is None:
        return bytes((_PLAIN, 0)) + secret
    nonce = os.urandom(_NONCE)
    return bytes((_AES_GCM, _key_id(key))) + nonce + _cipher(key).encrypt(nonce, secret, b"installation|hash_key")


def unwrap(key: bytes | None, wrapped: bytes) -> bytes:
    """Undo `wrap`. Raises `SealBroken` when the key is not the one it was wrapped with."""
    if wrapped[0] == _PLAIN and key is None:
        return wrapped[_HEADER:]
    if wrapped[0] == _PLAIN:
        message = "this database was made without a key (a demo); give `tend serve` a database of its own"
        raise SealBroken(message)
    if key is None or wrapped[1] != _key_id(key):
        message = "this database belongs to another key: set TEND_SECRET_KEY to the one it was made with"
        raise SealBroken(message)
    return _cipher(key).decrypt(
        wrapped[_HEADER : _HEADER + _NONCE], wrapped[_HEADER + _NONCE :], b"installation|hash_key"
    )


def _place(table: str, column: str, row: UUID) -> bytes:
    return f"{table}|{column}|{row.hex}".encode()


@lru_cache(maxsize=32)
def _token_key(hash_key: bytes, purpose: str) -> bytes:
    return hmac.digest(hash_key, b"token\0" + purpose.encode(), "sha256")


@lru_cache(maxsize=8)
def _cipher(key: bytes) -> AESGCM:
    return AESGCM(key)


@lru_cache(maxsize=8)
def _key_id(key: bytes) -> int:
    return hashlib.sha256(b"key id\0" + key).digest()[0]
