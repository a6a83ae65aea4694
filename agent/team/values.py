"""Typed values out of the team file; what cannot be used is refused with file, key path and reason."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from agent.rules.zones import is_zone


class TeamFileError(ValueError):
    """The team file cannot be used; the message names file, key and reason."""


class Values:
    """Reads the values of one file. Every method takes the whole key path, whose last part is the key."""

    def __init__(self, where: str) -> None:
        self.where = where

    def refuse(self, path: str, reason: str) -> Any:
        """Raise `TeamFileError` for this key."""
        message = f"{self.where}: {path}: {reason}"
        raise TeamFileError(message)

    def table(self, value: Any, path: str) -> Mapping[str, Any]:
        """Return a value that is a table."""
        return value if isinstance(value, dict) else self.refuse(path, "this table is missing")

    def tables(self, data: Mapping[str, Any], key: str) -> list[tuple[str, Mapping[str, Any]]]:
        """Return the tables of a list with their paths; an absent list is empty."""
        rows = data.get(key, [])
        if not isinstance(rows, list):
            self.refuse(key, f"write it as [[{key}]]")
        paths = [f"{key}[{index}]" for index in range(len(rows))]
        return [(path, self.table(row, path)) for path, row in zip(paths, rows, strict=True)]

    def only(self, data: Mapping[str, Any], path: str, allowed: Collection[str]) -> None:
        """Refuse keys that mean nothing here, so that a misspelt one is not a setting that silently does nothing."""
        for key in data:
            if key not in allowed:
                self.refuse(f"{path}.{key}", f"there is no such setting; there are {', '.join(allowed)}")

    def words(self, data: Mapping[str, Any], path: str, default: str | None = None) -> str:
        """Return text; without a default it is needed."""
        value = data.get(_key(path), default)
        if not isinstance(value, str) or (default is None and not value.strip()):
            return str(self.refuse(path, "write some text here"))
        return value.strip()

    def one_of(self, data: Mapping[str, Any], path: str, choices: Collection[str]) -> str | None:
        """Return one of these words, or None where the key is absent."""
        value = data.get(_key(path))
        if value is not None and value not in choices:
            self.refuse(path, f"{value!r} is none of {', '.join(choices)}")
        return value

    def list_of_words(self, data: Mapping[str, Any], path: str) -> tuple[str, ...]:
        """Return a list of texts; an absent one is empty."""
        value = data.get(_key(path), [])
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            self.refuse(path, 'write a list, such as ["one", "two"]')
        return tuple(each.strip() for each in value)

    def flag(self, data: Mapping[str, Any], path: str, *, default: bool) -> bool:
        """Return true or false."""
        value = data.get(_key(path), default)
        return value if isinstance(value, bool) else bool(self.refuse(path, "say true or false"))

    def day(self, data: Mapping[str, Any], path: str) -> date | None:
        """Return a day, or None where the key is absent."""
        value = data.get(_key(path))
        if value is not None and (not isinstance(value, date) or isinstance(value, datetime)):
            self.refuse(path, "write a day without quotes, such as 2026-01-15")
        return value

    def number(self, data: Mapping[str, Any], path: str, *, whole: bool) -> float | int | None:
        """Return a number above zero, or None where the key is absent."""
        value = data.get(_key(path))
        kinds = int if whole else (int, float)
        if value is not None and (not isinstance(value, kinds) or isinstance(value, bool) or not 0 < value < 1e12):
            self.refuse(path, f"write a {'whole ' if whole else ''}number above 0")
        return value

    def web_address(self, data: Mapping[str, Any], path: str) -> str:
        """Return an http(s) address, or nothing where the key is absent."""
        value = self.words(data, path, "")
        if value and not is_web_address(value):
            self.refuse(path, f"{value!r} is no web address; write one such as https://www.example.com/guide")
        return value

    def zone(self, data: Mapping[str, Any], path: str) -> str:
        """Return the name of a time zone."""
        name = self.words(data, path)
        if not is_zone(name):
            self.refuse(path, f"{name!r} is not a time zone; write one such as America/Chicago")
        return ZoneInfo(name).key


def is_web_address(value: str) -> bool:
    """Whether this is a whole http(s) address."""
    try:
        parts = urlsplit(value)
        parts.port  # noqa: B018 - reading it is the check
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and not any(c.isspace() for c in value)


def _key(path: str) -> str:
    return path.rsplit(".", 1)[-1]
